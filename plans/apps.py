from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "plans"
    verbose_name = "计划与目标任务"

    def ready(self) -> None:
        from notices import sources
        from plans import owed, waiting

        sources.register(owed.lines_at)
        sources.register(waiting.lines_at)
