from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "项目"

    def ready(self) -> None:
        from plans import pillars
        from projects.ledgers import DICTIONARIES, LEDGERS, METRICS

        pillars.register(
            pillars.Pillar(
                key="projects",
                label="项目",
                code="XM",
                order=2,
                url_name="projects:index",
                words="项目 城市建设 攻坚 更新 工程 固投 专项债",
                ledgers=LEDGERS,
                metrics=METRICS,
                dictionaries=DICTIONARIES,
            )
        )
