import argparse
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from dashboards.services import make_bulletin
from office import clock
from plans.commands import add_arguments, person, plan_named
from plans.errors import StateError
from plans.months import parse_month
from plans.services import judge_day, keep_months


class Command(BaseCommand):
    """The door `bulletin`."""

    help = "按一个月的数字生成月度通报（Word），存进平台，并写到文件。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_arguments(parser)
        parser.add_argument("--month", required=True, help="月份，如 2024-08")
        parser.add_argument("--out", required=True, help="写到哪个文件（.docx）")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_named(options["plan"])
        try:
            month = parse_month(options["month"])
        except ValueError:
            raise CommandError(f"“{options['month']}”不是月份，请写成 2024-08") from None
        now, by = clock.now(), person(options["by"])
        if plan.judged_on is None or plan.judged_on < now.date():
            keep_months(plan=plan, on=now.date())
            judge_day(plan=plan, on=now.date())
        row = plan.months.filter(month=month).select_related("plan__unit").first()
        if row is None:
            raise CommandError(f"{plan.title}没有{month.year}年{month.month}月这个报送月")
        try:
            bulletin = make_bulletin(month=row, by=by, at=now, queue=False)
        except (StateError, PermissionDenied) as error:
            raise CommandError(str(error)) from None
        try:
            Path(options["out"]).write_bytes(bytes(bulletin.content))
        except OSError as error:
            raise CommandError(f"写不了“{options['out']}”：{error.strerror}") from None
        pages = "" if row.is_closed else f"（{row.label}还没有关账，数字还会变）"
        self.stdout.write(f"{row}通报已生成，写入{options['out']}{pages}")
