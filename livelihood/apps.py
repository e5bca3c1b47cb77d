from django.apps import AppConfig


class LivelihoodConfig(AppConfig):
    name = "livelihood"
    verbose_name = "民生"

    def ready(self) -> None:
        from livelihood.ledgers import LEDGERS, METRICS
        from plans import pillars

        pillars.register(
            pillars.Pillar(
                key="livelihood",
                label="民生",
                code="MS",
                order=3,
                url_name="livelihood:index",
                words="民生 惠民 就业 养老 托育 文化 小区 物业 社区服务 社会事业 城市管理",
                ledgers=LEDGERS,
                metrics=METRICS,
            )
        )
