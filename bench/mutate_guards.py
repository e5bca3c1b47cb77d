"""Takes each guard of the portal away in turn and looks whether a test notices: a guard that nothing misses is none.

    . <environment with DATABASE_URL>; python bench/mutate_guards.py [--only WORD] [--part N/M] [--list]

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
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
MATRIX = "tests/access/test_matrix.py::test_what_each_role_is_answered"
OFFICE = "tests/access/test_matrix.py::test_another_streets_row_is_not_there_in_the_back_office"


@dataclass(frozen=True)
class Guard:
    """One guard: what it is, where it stands, what stands there without it, and the tests that miss it."""

    kind: str  # scope, predicate, door, log, version, key, token, lock, escape, header, method, file, api, webhook
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


def door(file: str, text: str, instead: str, *tests: str) -> Guard:
    return Guard("door", file, text, instead, tests)


def log(file: str, text: str, instead: str, *tests: str) -> Guard:
    return Guard("log", file, text, instead, tests)


def api(file: str, text: str, instead: str, *tests: str) -> Guard:
    return Guard("api", f"office/api/{file}", text, instead, tests)


QUERYSETS = "plans/querysets.py"
RIGHTS = "plans/permissions.py"
ORDERS = "supervision/querysets.py"
ORDER_RIGHTS = "supervision/permissions.py"
SESSIONS = "tests/office/test_passwords_and_sessions.py"
LOG = "tests/office/test_log.py"
HEADERS = "tests/pages/test_headers.py"
CALLERS = "tests/api/test_callers.py"
ORDERS_TESTS = "tests/supervision/test_orders.py"
EVERY_ACT = "tests/supervision/test_tasks.py::test_every_act_by_every_role_from_this_state"
GUARDS = (
    # Which rows ----------------------------------------------------------------------------------
    scope(QUERYSETS, 'return self.filter(sees(access_of(user), lead="lead_unit", target="pk", person=""))', "return self", f"{MATRIX}[plans:target]"),
    scope(QUERYSETS, 'return self.filter(plans_seen(access_of(user)))', "return self", "tests/pages/test_access.py::test_who_has_no_business_post_finds_no_plan"),
    scope(QUERYSETS, 'return self.filter(sees(access_of(user), lead="unit", target="target", person="target__"))', "return self", "tests/access/test_leaks.py::test_every_count_is_of_what_is_theirs"),
    scope(QUERYSETS, '.filed_or_by(user)\n\n', "\n\n", "tests/pages/test_evidence_pages.py"),
    scope(QUERYSETS, "return self.filter(user=user)", "return self", "tests/plans/test_drafts.py", "tests/pages/test_drafts.py"),
    scope(QUERYSETS, "Q(target__isnull=True) | Q(target__in=Target.objects.visible_to(user).order_by().values(\"pk\"))", "Q()", f"{MATRIX}[plans:month_exception_end]"),
    scope(QUERYSETS, 'return self.filter(plan__unit__in=_units(access.paths.get("plan_office", ())))', "return self", "tests/access/test_api.py::test_what_each_role_is_answered[import_retrieve GET]"),  # pages also ask for the plan
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
    may(RIGHTS, "return heads and extension.requested_by_id != user.pk", "return heads", "tests/plans/test_extensions.py::test_an_own_request_is_not_offered_for_a_decision"),
    may(RIGHTS, "return can_keep_plan(user, extension.target.plan) and extension.requested_by_id != user.pk", "return can_keep_plan(user, extension.target.plan)", "tests/plans/test_extensions.py::test_an_own_request_is_not_offered_for_a_decision"),
    may(RIGHTS, "return extension.requested_by_id == user.pk", "return True", f"{MATRIX}[plans:extension_withdraw]"),
    may(RIGHTS, "return access_of(user).has_over(unit, *KEEPERS)", "return True", f"{MATRIX}[economy:entry_edit]"),
    may("plans/services/reports.py", '_require(can_report(by, target), "这项任务不由您填报")\n    target = (', "target = (", "tests/plans/test_reports.py::test_who_may_not_report_is_told_so_before_the_mistakes"),
    may("plans/services/comments.py", "if not can_comment(by, target):", "if False:", "tests/plans/test_comments.py"),
    may("plans/services/handover.py", "if not can_hand_over(by, plan):", "if False:", "tests/plans/test_handover.py::test_who_may_hand_over"),
    may("plans/services/extensions.py", '_require(can_report(by, target), "这项任务不由您填报，不能申请延期")', "pass", "tests/plans/test_extensions.py::test_who_may_ask"),
    may("plans/services/sources.py", "if not can_keep_plan(by, target.plan):", "if False:", "tests/ledgers/test_sources.py"),
    may("supervision/services/lists.py", "require(can_keep_orders(by, plan), \"四单四榜由督查员维护\")", "", "tests/supervision/test_lists.py"),
    may("dashboards/services/screens.py", 'raise PermissionDenied("大屏链接由督查员开通")', "pass", "tests/dashboards/test_screens.py"),
    may("plans/views/review.py", "if not can_decide(request.user, found):", "if False:", f"{MATRIX}[plans:send_back]"),
    may("plans/views/entries.py", "if not can_keep_entries(request.user, entry.unit):", "if False:", f"{MATRIX}[economy:entry_attach]"),
    may("office/permissions.py", "if not user.is_active:", "if False:", "tests/office"),
    may("office/admin_site.py", "if request.user.is_authenticated and not self.has_permission(request):", "if False:", "tests/access/test_matrix.py::test_who_has_no_post_of_the_back_office_finds_none_of_it"),
    # Who comes in ----------------------------------------------------------------------------------
    # Where `next` of the first step leads, Django's LoginView looks at.
    door("office/middleware.py", "            and not is_within(address_of(request), allowed)\n", "            and False\n", "tests/office/test_duties.py::test_outside_its_networks_there_is_no_back_office"),
    door("office/middleware.py", 'if request.path not in allowed and not request.path.startswith("/api/"):', "if False:", f"{SESSIONS}::test_a_one_time_password_is_changed_before_anything_else"),
    door("office/middleware.py", "return user.must_change_password or is_expired(user, at=clock.real_now())", "return is_expired(user, at=clock.real_now())", f"{SESSIONS}::test_a_one_time_password_is_changed_before_anything_else"),
    door("office/middleware.py", "return user.must_change_password or is_expired(user, at=clock.real_now())", "return user.must_change_password", f"{SESSIONS}::test_after_ninety_days_a_password_is_changed_before_anything_else"),
    door("office/middleware.py", "if request.path not in allowed and not request.path.startswith(\"/api/\") and is_compulsory(user):", "if False:", "tests/office/test_second_factor.py::test_these_set_it_up_before_anything_else"),
    door("office/middleware.py", "moment - began > LONGEST_SECONDS or ", "", f"{SESSIONS}::test_a_session_ends_after_twelve_hours_however_busy"),
    door("office/middleware.py", " or moment - seen > IDLE_SECONDS", "", f"{SESSIONS}::test_a_session_ends_after_thirty_idle_minutes"),
    door("office/models/users.py", 'said = f"{self.password} {self.session_stamp}"', "said = self.password", f"{SESSIONS}::test_a_post_given_or_ended_ends_every_session"),
    door("office/models/users.py", 'said = f"{self.password} {self.session_stamp}"', 'said = f"{self.session_stamp}"', f"{SESSIONS}::test_another_password_ends_every_other_session"),
    door("office/backends.py", "return user if user.check_password(password) and self.user_can_authenticate(user) else None", "return user if user.check_password(password) else None", f"{SESSIONS}::test_somebody_put_out_of_use_hears_the_same"),
    door("office/backends.py", "            make_password(password)\n", "", "tests/office/test_signing_in.py::test_a_hash_is_computed_whoever_is_named"),
    door("office/services/signing_in.py", '[(TriesKind.ADDRESS, "", where)] if where else []', "[]", "tests/office/test_signing_in.py::test_two_hundred_tries_from_one_address_get_fifty"),
    door("office/services/signing_in.py", "else (TriesKind.PAIR, username, where)", 'else (TriesKind.PAIR, username, "")', "tests/office/test_signing_in.py::test_five_wrong_passwords_lock_this_person_here_and_nobody_else"),
    door("office/services/signing_in.py", "    if any(row.is_locked(at=at) for row in rows):\n        raise Locked\n", "", "tests/office/test_signing_in.py::test_five_wrong_passwords_lock_this_person_here_and_nobody_else"),
    door("office/services/signing_in.py", '(TriesKind.CODE, username, "") if code', "(TriesKind.CODE, username, where) if code", "tests/office/test_second_factor.py::test_five_wrong_codes_lock_whatever_the_address"),
    door("office/services/signing_in.py", 'if not (access.is_system or access.has("administrator", "security_administrator")):', "if False:", "tests/office/test_signing_in.py::test_nobody_else_ends_a_lock"),
    door("office/services/second_factor.py", " and step > after:", ":", "tests/office/test_second_factor.py::test_a_code_counts_once"),
    door("office/services/second_factor.py", ".filter(used_at=None)", ".all()", "tests/office/test_second_factor.py::test_a_recovery_code_opens_once_and_is_in_the_log"),
    door("office/services/second_factor.py", "if owner != str(to.pk):", "if False:", "tests/office/test_second_factor.py::test_an_offer_is_for_one_person_and_a_quarter_of_an_hour"),
    door("office/services/second_factor.py", "seconds=OFFERED_FOR", "seconds=10**6", "tests/office/test_second_factor.py::test_an_offer_is_for_one_person_and_a_quarter_of_an_hour"),
    door("office/services/second_factor.py", "if not own and not may_let_in(user, by):", "if False:", "tests/office/test_second_factor.py::test_nobody_else_takes_it_away"),
    door("office/views/signing_in.py", ' or clock.real_now().timestamp() - pending["at"] > PENDING_SECONDS', "", "tests/office/test_second_factor.py::test_the_second_step_waits_five_minutes"),
    door("office/views/signing_in.py", ' or not constant_time_compare(pending["hash"], user.get_session_auth_hash())', "", "tests/office/test_second_factor.py::test_another_password_or_nobody_ends_the_wait"),
    door("office/views/signing_in.py", '"next": self.get_success_url(),', '"next": self.request.POST.get("next", "/"),', "tests/office/test_second_factor.py::test_next_leads_only_to_ourselves_here_too"),
    door("office/addresses.py", "found = _read(said[-settings.TRUSTED_PROXIES])", "found = _read(said[0])", "tests/office/test_signing_in.py::test_a_forged_forwarded_for_gains_nothing"),
    # The activity log --------------------------------------------------------------------------
    log("office/models/activity.py", "                *([self.origin] if self.origin else []),\n", "", f"{LOG}::test_rows_of_before_verify_as_before_and_an_origin_is_not_taken_out"),
    log("office/models/activity.py", "                self.detail,\n", "", "tests/office/test_activity.py::test_what_was_done_behind_the_portals_back_is_found"),
    log("office/activity.py", "if entry.changes:", "if True:", f"{LOG}::test_who_comes_and_looks_leaves_what_pages_keep"),
    log("office/activity.py", "if head is not None and (head.sequence, head.hash) != (sequence, previous):", "if False:", f"{LOG}::test_a_thousand_ways_to_tamper_are_all_found"),
    log("office/activity.py", "ChainHead.objects.select_for_update().get(pk=1)", "ChainHead.objects.get(pk=1)", "tests/office/test_log.py::test_two_writers_never_follow_the_same_row"),
    log("office/migrations/0004_signing_in.py", "        schema_editor.execute(POSTGRESQL)\n", "        pass\n", f"{LOG}::test_the_whole_table_is_not_emptied_either"),
    log("office/views/activities.py", '    if access.has("auditor"):\n        return\n', "    return\n", f"{LOG}::test_only_the_auditor_opens_it"),
    log("office/querysets.py", 'return self if access_of(user).has("auditor") else self.none()', "return self", f"{LOG}::test_only_the_auditor_opens_it"),
    log("office/heads.py", "os.link(half, path)", "os.replace(half, path)", f"{LOG}::test_an_older_head_is_never_written_over"),
    log("office/heads.py", "elif kept != hash_:", "elif False:", f"{LOG}::test_the_head_is_written_down_once_a_day_and_compared"),
    log("office/heads.py", "if kept is None:", "if False:", f"{LOG}::test_the_head_is_written_down_once_a_day_and_compared"),
    # Who was faster ------------------------------------------------------------------------------
    Guard("version", "plans/services/reports.py", "if report.version != version:", "if False:", ("tests/plans/test_reports.py::test_a_stale_save_is_refused_and_nothing_is_lost",)),
    Guard("version", "plans/services/drafts.py", "if draft.version != version:", "if False:", ("tests/plans/test_drafts.py::test_another_device_is_not_overwritten",)),
    Guard("version", "plans/services/targets.py", "if version and version != found.version:", "if False:", ("tests/plans/test_amendments.py", "tests/pages/test_life_pages.py")),
    Guard("version", "plans/services/entries.py", "if version != before.version:", "if False:", ("tests/ledgers/test_entries.py::test_two_editors_meet_and_the_slower_is_told",)),
    Guard("version", "plans/services/imports.py", "    if version and batch.version != version:\n        raise Stale(_STALE)\n    if hashlib", "    if hashlib", ("tests/workbooks/test_batches.py",)),
    Guard("version", "notices/services/feedback.py", "if feedback.version != version:", "if False:", ("tests/notices/test_feedback.py",)),
    Guard("version", "notices/services/preferences.py", "if preference.version != version:", "if False:", ("tests/notices/test_preferences.py",)),
    Guard("token", "plans/services/reports.py", "        and report.token == token\n", "        and False\n", ("tests/plans/test_amendments.py::test_the_same_form_hands_in_once",)),
    Guard("token", "plans/tokens.py", "signing.loads(text, salt=_SALT, max_age=LIFETIME)", "signing.loads(text, salt=_SALT)", ("tests/pages/test_drafts.py",)),
    Guard("key", "notices/services/inbox.py", "new = [wanted[key] for key in sorted(wanted.keys() - known)]", "new = list(wanted.values())", ("tests/notices/test_delivery.py::test_told_twice_is_told_once",)),
    Guard("key", "office/activity.py", "row.hash = row.computed_hash()", 'row.hash = ""', ("tests/office/test_activity.py",)),
    Guard("lock", "plans/services/reports.py", 'Report.objects.select_for_update(of=("self", "target"))', "Report.objects", ("tests/plans/test_reports.py::test_the_second_of_two_deciders_waits_for_the_first_and_is_told",)),
    Guard("key", "office/api/sections.py", "asked.seen, sent, held.paths, held.stands_for", "asked.seen, sent", ("tests/api/test_reports.py::test_who_lost_the_post_is_not_answered_again",)),
    Guard("lock", "office/forms.py", "if services.fail_try(tried=tried, action=\"office.password.failed\", by=self.user):", "if False:", (f"{SESSIONS}::test_whoever_finds_a_page_left_open_does_not_guess_the_password",)),
    Guard("lock", "office/services/organisation.py", "if before.is_active != user.is_active:", "if False:", (f"{SESSIONS}::test_who_is_put_out_of_use_is_out_at_once",)),
    log("office/api/authentication.py", "        by_token(token.pk)\n", "", "tests/api/test_callers.py"),
    # What leaves and what comes in ---------------------------------------------------------------
    Guard("method", "office/http.py", "if NUL in query:", "if False:", ("tests/access/test_rubbish.py::test_no_question_in_an_address_fails[supervision:orders]",)),
    Guard("escape", "plans/workbook/writing.py", "sheet.write_string(number, index, value, style)", 'sheet.write_formula(number, index, value, style) if value.startswith("=") else sheet.write_string(number, index, value, style)', ("tests/workbooks/test_exports.py::test_no_exported_cell_is_a_formula_whatever_the_texts",)),
    Guard("escape", "plans/views/entries.py", '\'<td class="{}{}" data-label="{}">{}</td>\',\n            ((cls, " none" if text == "—" else "", label, text)', '\'<td class="{}{}" data-label="{}">{}</td>\',\n            ((cls, " none" if text == "—" else "", label, mark_safe(text))', ("tests/ledgers/test_pages.py::test_what_a_row_says_is_text_in_every_column",)),
    Guard("header", "office/middleware.py", '            "X-Content-Type-Options": "nosniff",\n', "", (f"{HEADERS}::test_another_host_is_refused",)),
    Guard("header", "office/http.py", "response[\"Content-Security-Policy\"] = \"sandbox; default-src 'none'; frame-ancestors 'none'\"", "pass", ("tests/pages/test_evidence_pages.py",)),
    Guard("header", "guanyinge/settings.py", '    "django.middleware.csrf.CsrfViewMiddleware",\n', "", ("tests/pages/test_headers.py::test_a_form_without_its_token_is_refused",)),
    Guard("header", "guanyinge/settings.py", 'X_FRAME_OPTIONS = "DENY"', 'X_FRAME_OPTIONS = "SAMEORIGIN"', ("tests/pages/test_headers.py",)),
    Guard("header", "office/middleware.py", '            "Content-Security-Policy": build_policy(),\n', "", (f"{HEADERS}::test_another_host_is_refused",)),
    Guard("header", "office/middleware.py", '            "Cache-Control": "no-store",', '            "X-Nothing": "",', (f"{HEADERS}::test_every_kind_of_refusal_has_them[400]",)),
    Guard("header", "office/middleware.py", "patch_cache_control(response, private=True, no_store=True)", "pass", (f"{SESSIONS}::test_private_pages_are_kept_out_of_caches",)),
    Guard("header", "guanyinge/settings.py", '"frame-ancestors": [NONE],', "", (f"{HEADERS}::test_every_kind_of_refusal_has_them[404]",)),
    Guard("header", "guanyinge/settings.py", 'SESSION_COOKIE_NAME = "__Host-session"', 'SESSION_COOKIE_NAME = "session"', (f"{HEADERS}::test_cookies_are_the_hosts_own_and_closed_to_scripts",)),
    Guard("header", "guanyinge/settings.py", 'CSRF_COOKIE_NAME = "__Host-csrf"', 'CSRF_COOKIE_NAME = "csrf"', (f"{HEADERS}::test_cookies_are_the_hosts_own_and_closed_to_scripts",)),
    Guard("header", "guanyinge/settings.py", "SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO", "SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False", (f"{HEADERS}::test_cookies_are_the_hosts_own_and_closed_to_scripts",)),
    Guard("header", "guanyinge/settings.py", "SESSION_COOKIE_HTTPONLY = True\n", "SESSION_COOKIE_HTTPONLY = False\n", (f"{HEADERS}::test_cookies_are_the_hosts_own_and_closed_to_scripts",)),
    Guard("method", "office/middleware.py", 'refused = {"TRACE", "TRACK", "CONNECT"}', "refused: set[str] = set()", (f"{HEADERS}::test_methods_that_echo_are_refused",)),
    Guard("method", "office/http.py", "if request.method not in METHODS:", "if False:", ("tests/access/test_matrix.py::test_a_method_that_is_not_named_is_refused[plans:report]",)),
    Guard("method", "guanyinge/settings.py", '    "django.contrib.auth.middleware.LoginRequiredMiddleware",\n', "", (f"{MATRIX}[plans:mine]",)),
    Guard("file", "plans/files.py", 'raise RefusedFile("是空文件，请重新选择")', "pass", ("tests/plans/test_evidence.py::test_what_is_refused_says_why_and_what_to_do",)),
    Guard("file", "plans/files.py", 'raise RefusedFile("开头夹带了网页，请打印成新的PDF再传")', "pass", ("tests/plans/test_evidence.py::test_what_is_refused_says_why_and_what_to_do",)),
    Guard("file", "plans/files.py", 'raise RefusedFile("引用了外部模板或对象，请导出为PDF再传")', "pass", ("tests/plans/test_evidence.py::test_what_is_refused_says_why_and_what_to_do",)),
    Guard("file", "plans/files.py", 'raise RefusedFile("里面夹带了压缩包，请取出来单独处理后再传")', "pass", ("tests/plans/test_evidence.py::test_what_is_refused_says_why_and_what_to_do",)),
    Guard("file", "plans/files.py", 'raise RefusedFile("内部路径不正常，请用Word或Excel另存一份再传")', "pass", ("tests/plans/test_evidence.py::test_what_is_refused_says_why_and_what_to_do",)),
    # The API -----------------------------------------------------------------------------------------
    api("authentication.py", "if operation.scope not in request.auth.scopes:", "if False:", f"{CALLERS}::test_scopes_bound_what_a_token_does"),
    api("authentication.py", "super().enforce_csrf(request)", "pass", f"{CALLERS}::test_a_session_reads_and_writes_only_with_the_pages_csrf_token"),
    api("authentication.py", "if not settings.DEMO and (user.must_change_password or is_expired(user, at=real_now())):", "if False:", f"{CALLERS}::test_a_one_time_password_is_changed_first"),
    api("authentication.py", "if settings.SECOND_FACTOR and user.second_factor_since is None and is_compulsory(user):", "if False:", f"{CALLERS}::test_a_compulsory_second_step_comes_first"),
    api("tokens.py", ", expires_at__gt=now", "", f"{CALLERS}::test_a_token_is_over_at_once[expired]"),
    api("tokens.py", ", ended_at__isnull=True", "", f"{CALLERS}::test_a_token_is_over_at_once[ended]"),
    api("tokens.py", ", user__is_active=True", "", f"{CALLERS}::test_a_token_is_over_at_once[person out of use]"),
    api("tokens.py", "return hashlib.sha256(text.encode()).hexdigest()", "return text[:64]", f"{CALLERS}::test_a_token_is_stored_as_a_hash_and_told_once"),
    api("tokens.py", 'raise PermissionDenied("令牌由安全管理员发放")', "pass", f"{CALLERS}::test_who_gives_posts_gives_tokens"),
    api("tokens.py", 'raise PermissionDenied("令牌由管理员或本人停用")', "pass", f"{CALLERS}::test_only_administrators_and_its_person_end_a_token"),
    scope("office/views/account.py", "visible_to(user).filter(user=user)", "visible_to(user)", "tests/office/test_account.py::test_a_person_sees_the_tokens_in_the_own_name_alone"),
    scope("office/querysets.py", "self if allowed else self.filter(user=user)", "self", "tests/office/test_account.py::test_administrators_see_all_tokens_and_everybody_the_own"),
    scope("office/querysets.py", "return self.filter(named, action__in=SIGNING_IN)", "return self.filter(action__in=SIGNING_IN)", "tests/office/test_account.py::test_who_came_in_and_who_tried_to"),
    api("versions.py", 'raise Problem("version-missing", words)', "return 1", "tests/api/test_reports.py::test_every_act_on_a_report_needs_the_version_that_was_seen"),
    api("idempotency.py", "if row.request != request:", "if False:", "tests/api/test_reports.py::test_the_same_key_is_the_same_act"),
    api("idempotency.py", "Q(at__lt=now - LEASE, status=0)", "Q(status=0)", "tests/api/test_reports.py::test_a_claim_that_its_holder_left_is_taken_over_after_a_while"),
    api("idempotency.py", "StoredAnswer.objects.filter(user=user, key=key).first()", "StoredAnswer.objects.filter(key=key).first()", "tests/api/test_reports.py::test_what_is_answered_again_is_ones_own_answer"),
    api("sections.py", "if re.fullmatch(idempotency.PATTERN, key) is None:", "if False:", "tests/api/test_reports.py::test_a_key_has_a_form"),
    api("sections.py", "answered() if key is None else", "answered() if not key else", "tests/api/test_reports.py::test_a_key_has_a_form"),
    api("sections.py", "limit = Number(least=1, most=MOST,", "limit = Number(least=1,", "tests/api/test_requests.py::test_an_address_asks_only_what_is_offered[limit=201]"),
    api("sections.py", '            errors.append({"parameter": name[:60], "detail": "没有这个参数"})', "            pass", "tests/api/test_requests.py::test_an_address_asks_only_what_is_offered[cadre__password__startswith=a]"),
    api("throttling.py", "return Rates._counts[who] <= most", "return True", f"{CALLERS}::test_too_many_requests_wait"),
    api("sections.py", "            self.check_throttles(request)\n", "", f"{CALLERS}::test_guessing_tokens_is_slowed_down"),
    Guard("webhook", "notices/services/webhooks.py", "if wrong := wrong_with(url):", "if wrong := \"\":", ("tests/api/test_webhooks.py::test_only_allowed_hosts_over_https",)),
    Guard("webhook", "notices/services/webhooks.py", "headers = {SIGNATURE: signature(secret, int(real_now().timestamp()), body)}", "headers: dict[str, str] = {}", ("tests/api/test_webhooks.py::test_a_closed_month_is_told_once_and_signed",)),
    Guard("webhook", "notices/services/webhooks.py", 'f"{moment}.".encode() + body', "body", ("tests/api/test_webhooks.py::test_a_closed_month_is_told_once_and_signed",)),
    Guard("webhook", "notices/services/webhooks.py", 'raise PermissionDenied("对外通知由系统管理员维护")', "pass", ("tests/api/test_webhooks.py::test_an_ended_one_hears_nothing_more",)),
    Guard("webhook", "notices/channels/transport.py", "[address for address in addresses if may_connect(address)]", "addresses", ("tests/api/test_webhooks.py::test_an_allowed_name_that_leads_inside_is_not_called",)),
    # Orders ------------------------------------------------------------------------------------------
    scope(ORDERS, "return self.filter(kept_by(access) | (~Q(state=OrderState.DRAFT) & Exists(seen)))", "return self", f"{ORDERS_TESTS}::test_who_sees_an_issued_order"),
    scope(ORDERS, "kept_by(access) | (~Q(state=OrderState.DRAFT) & Exists(seen))", "kept_by(access) | Q(Exists(seen))", f"{ORDERS_TESTS}::test_a_draft_is_seen_by_its_keepers_alone_and_has_no_number"),
    scope(ORDERS, 'kept_by(access, "order__") | (~Q(state=TaskState.DRAFT) & _tasks_seen(access))', 'kept_by(access, "order__") | ~Q(state=TaskState.DRAFT)', f"{ORDERS_TESTS}::test_one_sees_the_own_task_of_an_order_only"),
    scope(ORDERS, "(~Q(state=TaskState.DRAFT) & _tasks_seen(access))", "_tasks_seen(access)", f"{ORDERS_TESTS}::test_a_draft_is_seen_by_its_keepers_alone_and_has_no_number"),
    scope(ORDERS, 'condition |= Q(**{f"{prefix}plan__unit__path__startswith": path})', 'condition |= Q(**{f"{prefix}plan__unit__path__gt": ""})', f"{MATRIX}[supervision:order]"),
    scope(ORDERS, "            | Q(task__in=OrderTask.objects.visible_to(user).order_by().values(\"pk\"))", "            | Q(task__isnull=False)", "tests/supervision/test_tasks.py::test_files_are_kept_with_their_move_and_bad_ones_refused"),
    scope(ORDERS, "Q(task__isnull=True, order__in=Order.objects.visible_to(user).order_by().values(\"pk\"))", "Q(task__isnull=True)", "tests/supervision/test_orders.py::test_the_moves_of_an_order_are_of_who_sees_it"),
    scope(ORDERS, "return self.filter(move__in=Move.objects.visible_to(user).order_by().values(\"pk\"))", "return self", "tests/supervision/test_tasks.py::test_files_are_kept_with_their_move_and_bad_ones_refused"),
    scope("supervision/views/orders.py", "        Order.objects.visible_to(request.user)\n", "        Order.objects.all()\n", f"{MATRIX}[supervision:order]"),
    scope("supervision/views/tasks.py", "OrderTask.objects.visible_to(request.user)", "OrderTask.objects", "tests/supervision/test_pages.py::test_an_unknown_step_and_a_strangers_task_are_not_there"),
    scope("supervision/views/tasks.py", 'MoveFile.objects.visible_to(request.user).select_related("move")', 'MoveFile.objects.select_related("move")', f"{MATRIX}[supervision:move_file]"),
    scope("supervision/views/tasks.py", "MoveFile.objects.visible_to(request.user).filter(kind", "MoveFile.objects.filter(kind", f"{MATRIX}[supervision:move_preview]"),
    may(ORDER_RIGHTS, "    return can_keep_plan(user, plan)\n", "    return True\n", f"{ORDERS_TESTS}::test_only_the_plan_office_drafts_issues_and_withdraws"),
    may(ORDER_RIGHTS, "return target.is_live and can_keep_plan(user, target.plan)", "return target.is_live", "tests/supervision/test_pages.py::test_begun_from_a_target_and_from_several"),
    may(ORDER_RIGHTS, "return target.is_live and can_keep_plan(user, target.plan)", "return can_keep_plan(user, target.plan)", "tests/supervision/test_pages.py::test_begun_from_a_target_and_from_several"),
    may(ORDER_RIGHTS, 'return access_of(user).has_over(entry.unit, "plan_office")', "return True", "tests/supervision/test_pages.py::test_an_order_begins_with_what_there_is_to_ask_about_a_row_of_a_ledger"),
    may(ORDER_RIGHTS, 'if access.stands_for_user(task.cadre_id) or access.has_over(task.lead_unit, "head"):', "if True:", f"{EVERY_ACT}[issued]"),
    may(ORDER_RIGHTS, 'return task.cadre_id is None and access.has_over(task.lead_unit, "cadre")', 'return access.has_over(task.lead_unit, "cadre")', "tests/supervision/test_tasks.py::test_a_named_task_is_not_everybodys"),
    may(ORDER_RIGHTS, 'return can_keep_orders(user, task.order.plan) or access_of(user).has_over(task.lead_unit, "head")', "return True", f"{EVERY_ACT}[issued]"),
    may(ORDER_RIGHTS, 'access_of(user).has_over(task.lead_unit, "head") and task.asked_by_id != user.pk', "task.asked_by_id != user.pk", f"{EVERY_ACT}[asked_head]"),
    may(ORDER_RIGHTS, 'access_of(user).has_over(task.lead_unit, "head") and task.asked_by_id != user.pk', 'access_of(user).has_over(task.lead_unit, "head")', "tests/supervision/test_tasks.py::test_nobody_agrees_to_an_own_request"),
    may(ORDER_RIGHTS, "access_of(user).stands_for_user(task.asked_by_id) and can_handle(user, task)", "can_handle(user, task)", f"{EVERY_ACT}[asked_head]"),
    may(ORDER_RIGHTS, "access_of(user).stands_for_user(task.asked_by_id) and can_handle(user, task)", "access_of(user).stands_for_user(task.asked_by_id)", "tests/supervision/test_tasks.py::test_who_no_longer_does_a_task_takes_nothing_back"),
    may(ORDER_RIGHTS, "return can_keep_orders(user, task.order.plan) and user.pk not in (task.asked_by_id, task.agreed_by_id)", "return user.pk not in (task.asked_by_id, task.agreed_by_id)", f"{EVERY_ACT}[asked_keeper]"),
    may(ORDER_RIGHTS, "if can_keep_orders(user, task.order.plan) and task.asked_by_id != user.pk:", "if task.asked_by_id != user.pk:", f"{EVERY_ACT}[asked_keeper]"),
    may(ORDER_RIGHTS, "if can_keep_orders(user, task.order.plan) and task.asked_by_id != user.pk:", "if can_keep_orders(user, task.order.plan):", "tests/supervision/test_tasks.py::test_nobody_grants_an_own_request"),
    may(ORDER_RIGHTS, "return task.asked != Asked.PLAN_OFFICE and can_agree(user, task)", "return can_agree(user, task)", "tests/supervision/test_tasks.py::test_two_approvals_are_two_peoples"),
    may(ORDER_RIGHTS, "user.pk not in (task.asked_by_id, task.agreed_by_id)", "user.pk != task.agreed_by_id", "tests/supervision/test_tasks.py::test_nobody_grants_an_own_request"),
    may(ORDER_RIGHTS, "user.pk not in (task.asked_by_id, task.agreed_by_id)", "user.pk != task.asked_by_id", "tests/supervision/test_tasks.py::test_two_approvals_are_two_peoples"),
    may("supervision/services/tasks.py", "    if reported is not None and reported.by_id == by.pk:\n", "    if False:\n", "tests/supervision/test_tasks.py::test_nobody_verifies_what_the_same_person_reported"),
    may("supervision/services/moves.py", "        raise PermissionDenied(message)\n", "        pass\n", f"{ORDERS_TESTS}::test_only_the_plan_office_drafts_issues_and_withdraws"),
    Guard("version", "supervision/services/orders.py", "if order.version != version:", "if False:", (f"{ORDERS_TESTS}::test_a_draft_is_written_anew_and_a_second_editor_is_told",)),
    Guard("version", "supervision/services/moves.py", "    if task.state_enum not in tuple(states):\n", "    if False:\n", ("tests/supervision/test_tasks.py::test_two_verify_at_once_and_the_second_is_told",)),
    Guard("lock", "supervision/services/moves.py", "OrderTask.objects.select_for_update(of=(\"self\",))", "OrderTask.objects", ("tests/supervision/test_tasks.py::test_an_act_locks_the_order_and_then_the_task",)),
    Guard("lock", "supervision/services/moves.py", "Order.objects.select_for_update(of=(\"self\",)).select_related(\"plan__unit\")", "Order.objects.select_related(\"plan__unit\")", ("tests/supervision/test_tasks.py::test_an_act_locks_the_order_and_then_the_task",)),
)  # fmt: skip


def run(folder: Path, tests: tuple[str, ...], *, own_database: bool = False) -> tuple[int, str]:
    """Exit code of pytest over these tests in the copy, and its last line.

    What stands in a migration is looked at in a database that is made from it, and gone afterwards.
    """
    environment = dict(os.environ)
    if own_database:
        address = urlsplit(environment["DATABASE_URL"])
        environment["DATABASE_URL"] = address._replace(path=f"{address.path}_without").geturl()
    command = [
        str(ROOT / ".venv/bin/python"),
        "-P",
        "-m",
        "pytest",
        "-q",
        "-x",
        "--no-header",
        "--tb=no",
        *([] if own_database else ["--reuse-db"]),
    ]
    done = subprocess.run(
        [*command, *tests], cwd=folder, capture_output=True, text=True, timeout=900, env=environment
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
    parser.add_argument(
        "--part", default="1/1", help="2/3: the second of three parts, each on a database of its own"
    )
    parser.add_argument("--list", action="store_true")
    parser.add_argument(
        "--quick", action="store_true", help="believe that the tests pass on the tree as it is"
    )
    asked = parser.parse_args()
    part, parts = map(int, asked.part.split("/"))
    guards = [guard for guard in GUARDS if asked.only in guard.name][part - 1 :: parts]
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
            code, said = run(folder, guard.tests, own_database="/migrations/" in guard.file)
            path.write_text(whole, encoding="utf-8")
            missed += code != 1
            word = "red" if code == 1 else f"NOT NOTICED ({said})"
            print(f"{word:4} {time.monotonic() - began:5.0f} s  {guard.name}", flush=True)
    print(f"{len(guards)} guards, {missed} that no test missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
