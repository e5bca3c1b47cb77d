import argparse
import json
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from office import clock
from plans.commands import add_arguments, person, plan_named
from plans.errors import StateError
from plans.services.imports import Import, annotated, import_workbook, preview_import
from plans.workbook import engine
from plans.workbook.engine import UnreadableWorkbook

WORDS = {"new": "新增", "changed": "变更", "unchanged": "无变化", "error": "错误"}


class Command(BaseCommand):
    """The door `import_targets`."""

    help = "从Excel工作簿导入目标任务。有一处错误就全不写入，退出码为1。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", help="工作簿：.xlsx .xlsm .xls .ods .csv")
        add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="只看，不写")
        parser.add_argument("--json", action="store_true", help="输出 JSON")
        parser.add_argument("--annotated", help="把逐格标明问题的工作簿写到哪个文件（.xlsx）")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_named(options["plan"])
        by = person(options["by"])
        try:
            content = _content(Path(options["file"]))
            run = preview_import if options["dry_run"] else import_workbook
            done = run(plan=plan, content=content, by=by, at=clock.now())
            if options["annotated"]:
                _write(Path(options["annotated"]), annotated(content=content, done=done))
        except (UnreadableWorkbook, PermissionDenied, StateError) as error:
            if options["json"]:
                self.stdout.write(json.dumps(_refused(str(error)), ensure_ascii=False))
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(done.as_json(), ensure_ascii=False))
        else:
            self._tell(done, dry_run=options["dry_run"])
        if done.has_errors:
            raise CommandError(f"{done.summary['errors']}行有错误，没有写入任何数据")

    def _tell(self, done: Import, *, dry_run: bool) -> None:
        for row in done.rows:
            name = row.fields.get("name", "")
            self.stdout.write(f"第{row.number}行　{WORDS[row.outcome]}　{name}")
            for complaint in row.complaints:
                self.stdout.write(f"　　{complaint.cell}　{complaint.message}")
        for number, reason in done.sheet.skipped:
            self.stdout.write(f"第{number}行　跳过：{reason}")
        counted = "，".join(
            f"{word}{done.summary[key]}项"
            for key, word in (("new", "新增"), ("changed", "变更"), ("unchanged", "无变化"))
        )
        verb = "将" if dry_run else "已" if not done.has_errors else "未写入："
        self.stdout.write(f"{verb}{counted}")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"写不了“{path}”：{error.strerror}") from None


def _content(path: Path) -> bytes:
    try:
        engine.require_size(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"打不开“{path}”：{error.strerror}") from None


def _refused(message: str) -> dict[str, Any]:
    """The same object as for a workbook that was read, with the reason as its one complaint."""
    complaint = {"cell": "", "severity": "error", "code": "workbook.unreadable", "message": message}
    return {
        "sheet": None,
        "header_rows": [],
        "columns": {},
        "rows": [{"row": 0, "fields": {}, "complaints": [complaint]}],
        "skipped": [],
        "summary": {"new": 0, "changed": 0, "unchanged": 0, "errors": 1},
    }
