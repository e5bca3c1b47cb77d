from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from guanyinge.demo import load


class Command(BaseCommand):
    """The door `load_demo`."""

    help = "写入演示数据：2024年工作计划、单位、按岗位设置的用户和1至9月的月报。重复运行不改动已有数据。"

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "load_demo 只能在演示模式下运行：请设置环境变量 PORTAL_MODE=demo，正式环境不要写入演示数据。"
            )
        if not load.is_loaded():
            load.load()
            load.write_sign_ins(load.give_passwords())
        path = load.sign_ins_path()
        if not path.exists():
            # The database outlived its folder: nobody knows the old passwords any more.
            load.write_sign_ins(load.give_passwords())
        self.stdout.write(path.read_text(encoding="utf-8"), ending="")
