from django.apps import AppConfig


class SafetyConfig(AppConfig):
    name = "safety"
    verbose_name = "安全"

    def ready(self) -> None:
        from plans import pillars
        from safety.ledgers import LEDGERS, METRICS

        pillars.register(
            pillars.Pillar(
                key="safety",
                label="安全",
                code="AQ",
                order=4,
                url_name="safety:index",
                words="安全 稳定 信访 平安 治理 生态 环保 环境 应急 诉求 断面 法治",
                ledgers=LEDGERS,
                metrics=METRICS,
            )
        )
