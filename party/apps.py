from django.apps import AppConfig


class PartyConfig(AppConfig):
    name = "party"
    verbose_name = "党建"

    def ready(self) -> None:
        from party.ledgers import LEDGERS, METRICS
        from plans import pillars

        pillars.register(
            pillars.Pillar(
                key="party",
                label="党建",
                code="DJ",
                order=5,
                url_name="party:index",
                words="党建 党务 作风 纪检 廉政 清廉 组织 红色",
                ledgers=LEDGERS,
                metrics=METRICS,
            )
        )
