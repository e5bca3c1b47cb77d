from django.apps import AppConfig


class EconomyConfig(AppConfig):
    name = "economy"
    verbose_name = "经济"

    def ready(self) -> None:
        from economy.ledgers import DICTIONARIES, LEDGERS, METRICS
        from plans import pillars

        pillars.register(
            pillars.Pillar(
                key="economy",
                label="经济",
                code="JJ",
                order=1,
                url_name="economy:index",
                words="经济 税收 招商 企业 楼宇 商圈 产业 财源",
                ledgers=LEDGERS,
                metrics=METRICS,
                dictionaries=DICTIONARIES,
            )
        )
