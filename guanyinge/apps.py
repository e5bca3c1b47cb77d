from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class GuanyingeConfig(AppConfig):
    name = "guanyinge"
    verbose_name = "目标任务平台"

    def ready(self) -> None:
        from guanyinge import checks  # noqa: F401


class BackOfficeConfig(AdminConfig):
    """Django's admin as the back office, with our own site in place of the default one."""

    default_site = "office.admin_site.BackOffice"
