import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from office import clock
from office.models import User
from plans.models import Plan, Standing
from plans.services import rebuild_differences, recompute_plan


class Command(BaseCommand):
    """The door `recompute_standings`."""

    help = "按已审定的月报重算状态；--check 只比较，有差别时退出码为1。冻结的月份从不改写。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="只比较，不改写")

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for plan in Plan.objects.all():
            if not options["check"]:
                recompute_plan(plan=plan, by=User.objects.system(), on=plan.judged_on or clock.today())
            for difference in rebuild_differences(plan=plan):
                found += 1
                standing = difference.standing
                what = "；".join(f"{name}：{old}→{new}" for name, (old, new) in difference.fields.items())
                self.stderr.write(f"{plan.code} {standing.target} {standing.month:%Y-%m}　{what}")
        if found:
            raise CommandError(f"{found}条状态与重算结果不同")
        self.stdout.write(f"{Standing.objects.count()}条状态，与重算结果一致")
