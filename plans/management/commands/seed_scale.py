import argparse
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from office import clock
from office.models import User
from plans.services.scale import seed_scale


class Command(BaseCommand):
    """The door `seed_scale`."""

    help = "写入合成数据，供 bench/ 测量用；只在演示环境能用。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--units", type=int, required=True, help="街道数")
        parser.add_argument("--targets", type=int, required=True, help="目标任务总数")
        parser.add_argument("--months", type=int, required=True, help="已报的月数，1到12")

    def handle(self, *args: Any, units: int, targets: int, months: int, **options: Any) -> None:
        if not (1 <= units <= targets and 1 <= months <= 12):
            raise CommandError("街道数至少1、任务数不少于街道数、月数在1到12之间")
        try:
            counts = seed_scale(
                units=units, targets=targets, months=months, by=User.objects.system(), on=clock.today()
            )
        except PermissionDenied as error:
            raise CommandError(str(error)) from None
        with connection.cursor() as cursor:
            # Fresh tables have no statistics; without them the planner would be measured, not the portal.
            cursor.execute("ANALYZE")
        self.stdout.write("，".join(f"{name} {number}" for name, number in counts.items()))
