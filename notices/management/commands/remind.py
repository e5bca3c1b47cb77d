import argparse
import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notices.services import Reminder, deliver, remind
from office import clock


class Command(BaseCommand):
    """The door `remind`."""

    help = "算出某一时刻谁还欠报，并各发一次提醒（每人每天一条）。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--at", help="时刻，如 2024-09-25T09:00；没有时区的按北京时间，默认现在")
        parser.add_argument("--dry-run", action="store_true", help="只算不发")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        at = _moment(options["at"])
        reminder = remind(at=at, dry_run=options["dry_run"])
        if not options["dry_run"] and not reminder.quiet:
            deliver(at=at)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(reminder), ensure_ascii=False))
            return
        for entry in [*_entries(reminder), *_entries(reminder, owed=False)]:
            mark = "（补发）" if entry["late"] else ""
            self.stdout.write(
                f"{entry['recipient']}　{entry['unit']}　{entry['stage']}{mark}　{'、'.join(entry['targets'])}"
            )
        if reminder.quiet:
            self.stdout.write("现在是休息时间，下一个工作日早上8点再发")
        self.stdout.write(f"{len(reminder.digests)}人有待办，发出{reminder.sent}条")


def _moment(text: str | None) -> datetime:
    if not text:
        return clock.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}”不是时刻，请写成 2024-09-25T09:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.SHANGHAI)


def _entries(reminder: Reminder, *, owed: bool = True) -> list[dict[str, Any]]:
    """One entry for each person, unit and rung, with the codes of what is owed (or of what waits otherwise)."""
    found: dict[tuple[str, str, str, bool], dict[str, None]] = {}
    for digest in reminder.digests:
        for line in digest.lines:
            if line.is_owed is owed:
                late = line.rung in digest.late
                key = (digest.recipient.username, line.unit, line.stage, late)
                found.setdefault(key, {})[line.code] = None
    return [
        {"recipient": recipient, "unit": unit, "stage": stage, "late": late, "targets": list(codes)}
        for (recipient, unit, stage, late), codes in found.items()
    ]


def _as_json(reminder: Reminder) -> dict[str, Any]:
    return {"at": reminder.at.isoformat(), "owed": _entries(reminder), "sent": reminder.sent}
