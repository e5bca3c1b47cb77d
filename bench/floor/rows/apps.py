from django.apps import AppConfig


class RowsConfig(AppConfig):
    name = "bench.floor.rows"
    label = "rows"
