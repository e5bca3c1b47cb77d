import argparse
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from office import clock
from plans.commands import add_arguments, person, plan_named
from plans.errors import StateError
from plans.months import parse_month
from plans.services import close_month, keep_months


class Command(BaseCommand):
    """The door `close_month`."""

    help = "关账：最后判定一次，把这个月的状态冻结下来。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_arguments(parser)
        parser.add_argument("--month", required=True, help="月份，如 2024-09")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_named(options["plan"])
        try:
            month = parse_month(options["month"])
        except ValueError:
            raise CommandError(f"“{options['month']}”不是月份，请写成 2024-09") from None
        today = clock.today()
        keep_months(plan=plan, on=today)
        try:
            row = close_month(plan=plan, month=month, by=person(options["by"]), on=today)
        except (StateError, PermissionDenied) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{row}已关账，{plan.title}的状态已冻结")
