import argparse
import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from office import activity, clock
from office.models import User
from plans.commands import person, plan_named
from plans.models import Standing
from plans.permissions import can_keep_plan
from plans.sentences import day_words
from plans.services import current_month
from plans.services.exports import export_standings


class Command(BaseCommand):
    """The door `export_targets`."""

    help = "把一个计划的目标任务导出成Excel，列与导入模板相同。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--plan", required=True, help="计划代码；某年只有一个计划时可写年份")
        parser.add_argument("--out", required=True, help="写到哪个文件（.xlsx）")
        parser.add_argument("--by", help="以谁的名义，写登录名；默认系统")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_named(options["plan"])
        by: User = person(options["by"])
        if not can_keep_plan(by, plan):
            raise CommandError("只有督查员可以导出整个计划")
        today = clock.today()
        month = current_month(plan, on=today)
        if month is None:
            raise CommandError("计划还没有开放报送，没有可导出的状态")
        standings = Standing.objects.filter(plan=plan, month=month.month).order_by("target__code")
        content = export_standings(
            plan=plan, month=month, standings=standings, until=f"数据截至{day_words(today)}"
        )
        try:
            with content, Path(options["out"]).open("wb") as file:
                shutil.copyfileobj(content, file)
        except OSError as error:
            raise CommandError(f"写不了“{options['out']}”：{error.strerror}") from None
        activity.note(by=by, action="plans.target.export", subject=plan, detail={"rows": standings.count()})
        self.stdout.write(f"{standings.count()}项任务，已写入{options['out']}")
