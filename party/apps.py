from django.apps import AppConfig


class PartyConfig(AppConfig):
    name = "party"
    verbose_name = "党建"

    def ready(self) -> None:
        from plans import pillars

        pillars.register(
            pillars.Pillar(key="party", label="党建", code="DJ", order=5, url_name="party:index")
        )
