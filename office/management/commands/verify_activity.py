import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from office.activity import verify
from office.heads import compare_heads
from office.models import Activity, ChainHead


class Command(BaseCommand):
    """The door `verify_activity`."""

    help = "核对操作记录的散列链：有改动、缺失或截断时逐条列出，退出码为1。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--head", help="另存的链头散列，用来发现被截去的末尾")
        parser.add_argument(
            "--heads",
            nargs="?",
            const=str(settings.ACTIVITY_HEADS),
            help="与每天另存的链头逐个比对；不写目录时用 ACTIVITY_HEADS",
        )

    def handle(self, *args: Any, head: str | None = None, heads: str | None = None, **options: Any) -> None:
        rows = Activity.objects.order_by("sequence")
        complaints = verify(rows.iterator(chunk_size=2000), ChainHead.objects.first())
        if head and not rows.filter(hash=head).exists():
            complaints.append("另存的链头不在记录中，末尾可能被截去")
        kept = ""
        if heads:
            number, wrong = compare_heads(Path(heads))
            complaints += wrong
            kept = f"，与另存的{number}个链头相符"
        if complaints:
            raise CommandError("\n".join(complaints))
        self.stdout.write(f"{rows.count()}条操作记录，链完整{kept}")
