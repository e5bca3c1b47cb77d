from django.apps import AppConfig
from django.urls import register_converter


class OfficeConfig(AppConfig):
    name = "office"
    verbose_name = "机构与人员"

    def ready(self) -> None:
        # The addresses of every app are read after this.
        from office.converters import KeyConverter

        register_converter(KeyConverter, "key")
