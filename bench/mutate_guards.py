"""Takes each guard of the portal away in turn and looks whether a test notices: a guard that nothing misses is none.

    . <environment with DATABASE_URL>; python bench/mutate_guards.py [--only WORD] [--list]

Works in a copy of the tree. For each row of GUARDS it puts the replacement in the place of the text, runs the tests that the
row names, which have to fail, and puts the text back. First all of them are run on the tree as it is, and have to pass. The
table goes to the terminal. tests/access/test_guards.py holds that each text stands in its file exactly once.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MATRIX = "tests/access/test_matrix.py::test_what_each_role_is_answered"
OFFICE = "tests/access/test_matrix.py::test_another_streets_row_is_not_there_in_the_back_office"


@dataclass(frozen=True)
class Guard:
    """One guard: what it is, where it stands, what stands there without it, and the tests that miss it."""

    kind: str  # scope, predicate, version, key, token, lock, escape, header, method, file
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.kind:9} {self.file}: {self.text.strip().splitlines()[0][:70]}"


def scope(file: str, text: str, instead: str, *tests: str) -> Guard:
    return Guard("scope", file, text, instead, tests)


def may(file: str, text: str, instead: str, *tests: str) -> Guard:
    return Guard("predicate", file, text, instead, tests)


QUERYSETS = "plans/querysets.py"
RIGHTS = "plans/permissions.py"
GUARDS = (
    # Which rows ----------------------------------------------------------------------------------
    scope(QUERYSETS, 'return self.filter(sees(access_of(user), lead="lead_unit", target="pk", person=""))', "return self", f"{MATRIX}[plans:target]"),
    scope(QUERYSETS, 'return self.filter(plans_seen(access_of(user)))', "return self", "tests/pages/test_access.py::test_who_has_no_business_post_finds_no_plan"),
    scope(QUERYSETS, 'return self.filter(sees(access_of(user), lead="unit", target="target", person="target__"))', "return self", "tests/access/test_leaks.py::test_every_count_is_of_what_is_theirs"),
    scope(QUERYSETS, '.filed_or_by(user)\n\n', "\n\n", "tests/pages/test_evidence_pages.py"),
    scope(QUERYSETS, "return self.filter(user=user)", "return self", "tests/plans/test_drafts.py", "tests/pages/test_drafts.py"),
    scope(QUERYSETS, "Q(target__isnull=True) | Q(target__in=Target.objects.visible_to(user).order_by().values(\"pk\"))", "Q()", f"{MATRIX}[plans:month_exception_end]"),
    scope(QUERYSETS, 'return self.filter(plan__unit__in=_units(access.paths.get("plan_office", ())))', "return self", f"{MATRIX}[plans:import_preview]", "tests/workbooks/test_batches.py"),
    scope(QUERYSETS, 'return self.filter(unit__in=_units(tuple(sorted(paths)))) if paths else self.none()\n\n    def kept_by', "return self\n\n    def kept_by", f"{MATRIX}[economy:entry]"),
    scope(QUERYSETS, 'return self.filter(unit__in=_units(access.paths.get("plan_office", ())))', "return self", f"{OFFICE}[plans.importcolumn]"),
    scope(QUERYSETS, "condition |= Q(target__lead_unit__in=_units(headed)) & ~own", "condition |= Q()", "tests/plans/test_report_moves.py"),
    scope(QUERYSETS, "return self.filter(condition or Q(pk__in=[])).exclude(author=user.pk)", "return self.filter(condition or Q(pk__in=[]))", "tests/plans/test_report_moves.py::test_who_wrote_it_never_decides_on_it"),
    scope("notices/querysets.py", "return self.filter(recipient=user)", "return self", f"{MATRIX}[notices:notice]"),
    scope("notices/querysets.py", "return self.alias(day=TruncDate(\"at\", tzinfo=SHANGHAI)).filter(condition | Q(Exists(posts)))", "return self", f"{MATRIX}[notices:answer]"),
    scope("dashboards/querysets.py", "return rows.filter(Q(published) | Q(month__plan__unit__in=kept))", "return rows", "tests/dashboards/test_bulletins.py"),
    scope("dashboards/querysets.py", 'return self.filter(plans_seen(access_of(user), "bulletin__month__plan__"))', "return self", f"{OFFICE}[dashboards.edition]"),
    scope("dashboards/admin.py", ".filter(pk__in=Screen.objects.visible_to(person(request)).values(\"pk\"))", "", f"{OFFICE}[dashboards.screen]"),
    scope("plans/admin.py", 'rows: QuerySet[Any] = super().get_queryset(request).filter(**{f"{self.plan_path}__in": plans})', "rows: QuerySet[Any] = super().get_queryset(request)", f"{OFFICE}[plans.target]"),
    # What a person may do ------------------------------------------------------------------------
    may(RIGHTS, 'return access_of(user).has_over(plan.unit, "plan_office")', "return True", f"{MATRIX}[plans:target_edit]"),
    may(RIGHTS, 'return access_of(user).has_over(target.lead_unit, "leader")', "return True", f"{MATRIX}[plans:target_comment]"),
    may(RIGHTS, 'return access.stands_for_user(target.cadre_id) or access.has_over(target.lead_unit, "head", "plan_office")', "return True", f"{MATRIX}[plans:report]"),
    may(RIGHTS, "return heads and extension.requested_by_id != user.pk", "return heads", "tests/plans/test_extensions.py"),
    may(RIGHTS, "return can_keep_plan(user, extension.target.plan) and extension.requested_by_id != user.pk", "return can_keep_plan(user, extension.target.plan)", "tests/plans/test_extensions.py::test_nobody_grants_an_own_request"),
    may(RIGHTS, "return extension.requested_by_id == user.pk", "return True", f"{MATRIX}[plans:extension_withdraw]"),
    may(RIGHTS, "return access_of(user).has_over(unit, *KEEPERS)", "return True", f"{MATRIX}[economy:entry_edit]"),
    may("plans/services/reports.py", '_require(can_report(by, target), "这项任务不由您填报")\n    target = (', "target = (", "tests/plans/test_reports.py::test_who_may_report_save_and_withdraw"),
    may("plans/services/comments.py", "if not can_comment(by, target):", "if False:", "tests/plans/test_comments.py"),
    may("plans/services/handover.py", "if not can_hand_over(by, plan):", "if False:", "tests/plans/test_handover.py::test_who_may_hand_over"),
    may("plans/services/extensions.py", '_require(can_report(by, target), "这项任务不由您填报，不能申请延期")', "pass", "tests/plans/test_extensions.py::test_who_may_ask"),
    may("plans/services/sources.py", "if not can_keep_plan(by, target.plan):", "if False:", "tests/ledgers/test_sources.py"),
    may("dashboards/services/boards.py", "if not can_keep_plan(by, plan):", "if False:", f"{MATRIX}[dashboards:boards_shown]"),
    may("dashboards/services/screens.py", 'raise PermissionDenied("大屏链接由督查员开通")', "pass", "tests/dashboards/test_screens.py"),
    may("plans/views/review.py", "if not can_decide(request.user, found):", "if False:", f"{MATRIX}[plans:send_back]"),
    may("plans/views/entries.py", "if not can_keep_entries(request.user, entry.unit):", "if False:", f"{MATRIX}[economy:entry_attach]"),
    may("office/permissions.py", "if not user.is_active:", "if False:", "tests/office"),
    may("office/admin_site.py", "if request.user.is_authenticated and not self.has_permission(request):", "if False:", "tests/access/test_matrix.py::test_who_has_no_post_of_the_back_office_finds_none_of_it"),
    # Who was faster ------------------------------------------------------------------------------
    Guard("version", "plans/services/reports.py", "if report.version != version:", "if False:", ("tests/plans/test_reports.py::test_a_stale_save_is_refused_and_nothing_is_lost",)),
    Guard("version", "plans/services/drafts.py", "if draft.version != version:", "if False:", ("tests/plans/test_drafts.py::test_another_device_is_not_overwritten",)),
    Guard("version", "plans/services/targets.py", "if version and version != found.version:", "if False:", ("tests/plans/test_amendments.py", "tests/pages/test_life_pages.py")),
    Guard("version", "plans/services/entries.py", "if version != before.version:", "if False:", ("tests/ledgers/test_entries.py::test_two_editors_meet_and_the_slower_is_told",)),
    Guard("version", "plans/services/imports.py", "    if version and batch.version != version:\n        raise Stale(_STALE)\n    if hashlib", "    if hashlib", ("tests/workbooks/test_batches.py",)),
    Guard("version", "notices/services/feedback.py", "if feedback.version != version:", "if False:", ("tests/notices/test_feedback.py",)),
    Guard("version", "notices/services/preferences.py", "if preference.version != version:", "if False:", ("tests/notices/test_preferences.py",)),
    Guard("token", "plans/services/reports.py", "        and report.token == token\n", "        and False\n", ("tests/plans/test_reports.py::test_a_second_submission_of_the_same_form_makes_no_second_report",)),
    Guard("token", "plans/tokens.py", "signing.loads(text, salt=_SALT, max_age=LIFETIME)", "signing.loads(text, salt=_SALT)", ("tests/pages/test_drafts.py",)),
    Guard("key", "notices/services/inbox.py", "new = [wanted[key] for key in sorted(wanted.keys() - known)]", "new = list(wanted.values())", ("tests/notices/test_delivery.py::test_told_twice_is_told_once",)),
    Guard("key", "office/activity.py", "row.hash = row.computed_hash()", 'row.hash = ""', ("tests/office/test_activity.py",)),
    Guard("lock", "plans/services/reports.py", 'Report.objects.select_for_update(of=("self", "target"))', "Report.objects", ("tests/plans/test_two_editors.py",)),
    # What leaves and what comes in ---------------------------------------------------------------
    Guard("escape", "plans/workbook/writing.py", "sheet.write_string(number, index, value, style)", 'sheet.write_formula(number, index, value, style) if value.startswith("=") else sheet.write_string(number, index, value, style)', ("tests/workbooks/test_exports.py::test_no_exported_cell_is_a_formula_whatever_the_texts",)),
    Guard("escape", "plans/views/entries.py", '\'<td class="{}{}" data-label="{}">{}</td>\',\n            ((cls, " none" if text == "—" else "", label, text)', '\'<td class="{}{}" data-label="{}">{}</td>\',\n            ((cls, " none" if text == "—" else "", label, mark_safe(text))', ("tests/ledgers/test_pages.py",)),
    Guard("header", "office/http.py", 'response["X-Content-Type-Options"] = "nosniff"', "pass", ("tests/pages/test_evidence_pages.py", "tests/pages/test_headers.py")),
    Guard("header", "office/http.py", "response[\"Content-Security-Policy\"] = \"sandbox; default-src 'none'; frame-ancestors 'none'\"", "pass", ("tests/pages/test_evidence_pages.py",)),
    Guard("header", "guanyinge/settings.py", '    "django.middleware.csrf.CsrfViewMiddleware",\n', "", ("tests/pages/test_headers.py::test_a_form_without_its_token_is_refused",)),
    Guard("header", "guanyinge/settings.py", 'X_FRAME_OPTIONS = "DENY"', 'X_FRAME_OPTIONS = "SAMEORIGIN"', ("tests/pages/test_headers.py",)),
    Guard("method", "office/http.py", 'if request.method in METHODS or hasattr(view, "cls"):', "if True:", ("tests/access/test_matrix.py::test_a_method_that_is_not_named_is_refused[plans:report]",)),
    Guard("method", "guanyinge/settings.py", '    "django.contrib.auth.middleware.LoginRequiredMiddleware",\n', "", (f"{MATRIX}[plans:mine]",)),
    Guard("file", "plans/files.py", 'raise RefusedFile("是空文件，请重新选择")', "pass", ("tests/plans/test_evidence.py::test_what_is_refused_says_why_and_what_to_do",)),
    Guard("file", "plans/files.py", 'raise RefusedFile("开头夹带了网页，请打印成新的PDF再传")', "pass", ("tests/plans/test_evidence.py::test_what_is_refused_says_why_and_what_to_do",)),
    Guard("file", "plans/files.py", 'raise RefusedFile("引用了外部模板或对象，请导出为PDF再传")', "pass", ("tests/plans/test_evidence.py::test_what_is_refused_says_why_and_what_to_do",)),
    Guard("file", "plans/files.py", 'raise RefusedFile("里面夹带了压缩包，请取出来单独处理后再传")', "pass", ("tests/plans/test_evidence.py::test_what_is_refused_says_why_and_what_to_do",)),
    Guard("file", "plans/files.py", 'raise RefusedFile("内部路径不正常，请用Word或Excel另存一份再传")', "pass", ("tests/plans/test_evidence.py::test_what_is_refused_says_why_and_what_to_do",)),
)  # fmt: skip


def run(folder: Path, tests: tuple[str, ...]) -> tuple[int, str]:
    """Exit code of pytest over these tests in the copy, and its last line."""
    command = [
        str(ROOT / ".venv/bin/python"),
        "-P",
        "-m",
        "pytest",
        "-q",
        "-x",
        "--no-header",
        "--tb=no",
        "--reuse-db",
    ]
    done = subprocess.run(
        [*command, *tests], cwd=folder, capture_output=True, text=True, timeout=900, env=dict(os.environ)
    )
    lines = done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or [""]
    return done.returncode, lines[-1]


def copied(folder: Path) -> None:
    """The tracked files, and whatever is installed beside them."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in names.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="guards with this word in their name")
    parser.add_argument("--list", action="store_true")
    parser.add_argument(
        "--quick", action="store_true", help="believe that the tests pass on the tree as it is"
    )
    asked = parser.parse_args()
    guards = [guard for guard in GUARDS if asked.only in guard.name]
    if asked.list:
        print("\n".join(guard.name for guard in guards))
        return 0
    missed = 0
    with tempfile.TemporaryDirectory(prefix="guards-") as place:
        folder = Path(place)
        copied(folder)
        code, said = (
            (0, "")
            if asked.quick
            else run(folder, tuple(sorted({test for guard in guards for test in guard.tests})))
        )
        if code:
            print(f"the tests fail with every guard in its place: {said}")
            return 2
        for guard in guards:
            path = folder / guard.file
            whole = path.read_text(encoding="utf-8")
            assert whole.count(guard.text) == 1, guard.name
            began = time.monotonic()
            path.write_text(whole.replace(guard.text, guard.instead), encoding="utf-8")
            code, said = run(folder, guard.tests)
            path.write_text(whole, encoding="utf-8")
            missed += code != 1
            word = "red" if code == 1 else f"NOT NOTICED ({said})"
            print(f"{word:4} {time.monotonic() - began:5.0f} s  {guard.name}", flush=True)
    print(f"{len(guards)} guards, {missed} that no test missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
