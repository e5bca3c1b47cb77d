from django.apps import AppConfig


class LivelihoodConfig(AppConfig):
    name = "livelihood"
    verbose_name = "民生"

    def ready(self) -> None:
        from plans import pillars

        pillars.register(
            pillars.Pillar(key="livelihood", label="民生", code="MS", order=3, url_name="livelihood:index")
        )
