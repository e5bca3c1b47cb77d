"""What people, workbooks and attackers type into a month's form: understood, or said beside the field; never lost.

The numbers in the cases' names are those of the office's list of bad inputs (numbers 1–25, texts 26–47, dates 48–59, addresses
and headers 106–120).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from office.models import Activity
from plans.choices import Kind
from plans.models import Draft, Extension, Reached, Report, Target
from plans.services import approve_report, return_report
from plans.tokens import new_token
from plans.urls import urlpatterns
from tests.builders import TODAY, draft, first, fresh, make_target, moment, report, submit, undone
from tests.pages.helpers import hand_in, page_of, report_url, signed_in, typed

pytestmark = pytest.mark.django_db

WORDS = "两项在办，按月推进"


@pytest.fixture
def cadre(office) -> Client:
    return signed_in(office.cadre)


@pytest.fixture
def target(office, plan) -> Target:
    """So many people: whole."""
    return make_target(plan, office)


def refused(client: Client, target: Target, blamed: str, month: int = 9, **fields: str) -> None:
    """On both pages: 422, words beside that field, all that was typed still in the form, nothing stored."""
    fields = {"progress": WORDS, **fields}
    written = (Report.objects.count(), Activity.objects.count())
    for back in ("", "mine"):
        response = hand_in(client, target, month, back=back, **fields)
        assert response.status_code == 422, back
        form = response.context["form"]
        page = response.content.decode()
        assert form.errors.get(blamed), (back, form.errors)
        for sentence in form.errors[blamed]:
            assert f">{html.escape(sentence)}</p>" in page
        for name, text in fields.items():
            assert form[name].value() in (text, text == "on"), (back, name)  # "on" is a ticked box
            assert is_printed(page, text), (back, name)
    assert (Report.objects.count(), Activity.objects.count()) == written


def is_printed(page: str, text: str) -> bool:
    """Whether the page shows the text, as text."""
    return html.escape(text).replace("&#x27;", "&#39;") in page.replace("&#x27;", "&#39;")


def understood(client: Client, target: Target, month: int = 9, **fields: str) -> Report:
    """It is taken; the stored report."""
    response = hand_in(client, target, month, **fields)
    assert response.status_code == 302, response.context["form"].errors
    return Report.objects.get(target=target, month=first(month))


# Numbers ---------------------------------------------------------------------------------------

TENTHS: dict[str, Any] = {"goal": Decimal(500), "measure": "万元", "whole": False}


@pytest.mark.parametrize(
    ("text", "stored", "changes"),
    [
        pytest.param("１２３", "123", {}, id="1-full-width"),
        pytest.param("１２３．５", "123.5", TENTHS, id="2-full-width-point"),
        pytest.param("1,234", "1234", {}, id="3-thousands"),
        pytest.param("１，２３４", "1234", {}, id="3-full-width-thousands"),
        pytest.param("-0", "0", {}, id="9-minus-zero"),
        pytest.param("2147483648", "2147483648", {"goal": Decimal(10) ** 10}, id="14-two-to-31"),
        pytest.param("0.005", "0.005", TENTHS, id="18-third-decimal"),
        pytest.param("0", "0", {}, id="21-zero"),
        pytest.param(" \u3000７ ", "7", {}, id="35-spaces"),
        pytest.param("１２３人", None, {}, id="19-unit-behind"),
        pytest.param("１２３．５", None, {}, id="2-no-half-people"),
        pytest.param("1_000", None, {}, id="4-underscore"),
        pytest.param("٣", None, {}, id="5-arabic"),
        pytest.param("𝟙𝟚", None, {}, id="6-mathematical"),
        pytest.param("50%", None, {}, id="7-percent-of-people"),
        pytest.param("１２．５％", None, TENTHS, id="7-percent-of-money"),
        pytest.param("1e3", None, {}, id="8-exponent"),
        pytest.param("NaN", None, {}, id="10-nan"),
        pytest.param("sNaN", None, {}, id="11-snan"),
        pytest.param("Infinity", None, {}, id="12-infinity"),
        pytest.param("-Infinity", None, TENTHS, id="12-minus-infinity"),
        pytest.param("9" * 400, None, {}, id="13-four-hundred-nines"),
        pytest.param("9223372036854775808", None, {}, id="15-two-to-63"),
        pytest.param("100000000000000", None, {}, id="15-one-more-than-fits"),
        pytest.param("true", None, {}, id="16-true"),
        pytest.param("1.5", None, {}, id="17-half-a-person"),
        pytest.param("0.00005", None, TENTHS, id="18-fifth-decimal"),
        pytest.param("十二", None, {}, id="19-chinese"),
        pytest.param("壹佰", None, {}, id="19-formal-chinese"),
        pytest.param("½", None, {}, id="20-a-half"),
        pytest.param("²", None, {}, id="20-squared"),
        pytest.param("", None, {}, id="21-blank"),
        pytest.param("—", None, {}, id="21-dash"),
        pytest.param("无", None, {}, id="21-none"),
        pytest.param("1\u200b2", None, {}, id="28-zero-width-inside"),
        pytest.param("--5", None, {}, id="24-two-signs"),
        pytest.param("=1+1", None, {}, id="103-formula"),
        pytest.param("1\x002", None, {}, id="26-nul-inside"),
    ],
)
def test_an_increment(text, stored, changes, office, plan, cadre):
    target = make_target(plan, office, **changes)
    if stored is None:
        refused(cadre, target, "value", value=text)
    else:
        assert understood(cadre, target, value=text).value == Decimal(stored)
        assert not str(Report.objects.get().value).startswith("-")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        pytest.param("50%", "50", id="7-percent"),
        pytest.param("１２．５％", "12.5", id="7-full-width-percent"),
        pytest.param("140%", "140", id="25-over-a-hundred"),
        pytest.param("140", "140", id="25-over-a-hundred-bare"),
        pytest.param("-3.5", "-3.5", id="24-a-fall"),
        pytest.param("%", None, id="7-sign-alone"),
        pytest.param("50%%", None, id="7-twice"),
        pytest.param("5%0", None, id="7-inside"),
        pytest.param("NaN%", None, id="10-nan-percent"),
        pytest.param("", None, id="21-blank"),
    ],
)
def test_a_level_in_percent(text, stored, office, plan, cadre):
    target = make_target(plan, office, Kind.LEVEL)
    if stored is None:
        refused(cadre, target, "value", value=text)
    else:
        assert understood(cadre, target, value=text).value == Decimal(stored)


@pytest.mark.parametrize(
    ("numerator", "denominator", "stored", "blamed"),
    [
        pytest.param("１，２００", "1,600", "75", "", id="3-parts"),
        pytest.param("0", "0", None, "", id="23-nothing-to-count"),
        pytest.param("1", "3", "33.3333", "", id="18-rounded"),
        pytest.param("3", "", None, "denominator", id="21-no-denominator"),
        pytest.param("", "3", None, "numerator", id="21-no-numerator"),
        pytest.param("3", "-1", None, "denominator", id="24-negative-denominator"),
        pytest.param("99999999999999", "0.0001", None, "value", id="13-rate-that-no-column-holds"),
        pytest.param("NaN", "1", None, "numerator", id="10-nan"),
        pytest.param("1e3", "1", None, "numerator", id="8-exponent"),
    ],
)
def test_a_rate_from_its_parts(numerator, denominator, stored, blamed, office, plan, cadre):
    target = make_target(plan, office, Kind.LEVEL)
    if blamed:
        refused(cadre, target, blamed, numerator=numerator, denominator=denominator)
    else:
        value = understood(cadre, target, numerator=numerator, denominator=denominator).value
        assert value == (None if stored is None else Decimal(stored))


def test_22_a_total_below_the_month_before_asks_why(cadre, target):
    report(target, 8, 40, at=TODAY)

    refused(cadre, target, "correction_reason", total="39")
    taken = understood(cadre, target, total="39", correction_reason="上月多报1人")

    assert (taken.value, taken.typed_total) == (Decimal(-1), Decimal(39))


def test_23_a_goal_of_nothing(cadre, target):
    Target.objects.filter(pk=target.pk).update(goal=0)

    assert understood(cadre, target, value="5").value == 5
    assert cadre.get(target.get_absolute_url()).status_code == 200


def test_24_less_than_nothing_asks_why(cadre, target):
    refused(cadre, target, "correction_reason", value="-5")
    refused(cadre, target, "correction_reason", value="-5", correction_reason="\u200b")

    assert understood(cadre, target, value="－５", correction_reason="上月多报").value == -5


@pytest.mark.parametrize("text", ["-1", "1000000", "2147483648", "1.5", "许多人", "9" * 30])
def test_13_people_at_an_event(text, office, plan, cadre):
    target = make_target(plan, office, Kind.RECURRING)
    key = target.checkpoints.order_by("due_on")[0].pk

    refused(
        cadre, target, f"people_{key}",
        **{f"tick_{key}": "on", f"on_{key}": "2024-03-30", f"people_{key}": text},
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "x", "-1", "9" * 400, "٣x", "1.5", "NaN"])
def test_15_a_version_that_the_portal_never_wrote(text, cadre, target):
    response = hand_in(cadre, target, value="1", version=text, progress=WORDS)

    assert response.status_code == 422
    assert is_printed(response.content.decode(), WORDS)
    assert not Report.objects.exists()


# Texts -----------------------------------------------------------------------------------------

FAMILY = "👨\u200d👩\u200d👧"
EVIL = {
    "39-script": "<script>alert(1)</script>",
    "40-image": '"><img src=x onerror=alert(1)>',
    "41-template": "{{7*7}} {% debug %}",
    "42-javascript": "javascript:alert(1)",
    "43-end-of-script": "</script><!--<script>",
    "43-end-of-textarea": "</textarea></td></details><script>alert(2)</script>",
    "44-sql": "' OR 1=1--",
    "45-format": "%s%n{0.__class__}%(x)s",
    "103-formula": "=cmd|' /C calc'!A0",
    "104-formula-full-width": "＝1+1",
    "104-formula-at": "@SUM(1+1)*cmd|' /C calc'!A0",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        pytest.param("a\0b", "ab", id="26-nul"),
        pytest.param("\u200b", "", id="28-zero-width-only"),
        pytest.param("\ufeff", "", id="29-bom-only"),
        pytest.param("甲\u202e乙", "甲乙", id="30-bidi"),
        pytest.param(FAMILY * 3, FAMILY * 3, id="31-families"),
        pytest.param("𬭎𠮷䶮", "𬭎𠮷䶮", id="32-rare"),
        pytest.param("cafe\u0301", "café", id="33-decomposed"),
        pytest.param("ＡＢ１２", "ＡＢ１２", id="34-full-width"),
        pytest.param("　甲　乙　", "甲　乙", id="35-wide-spaces"),
        pytest.param("甲\r\nBcc: x@y.z", "甲\nBcc: x@y.z", id="38-crlf"),
        pytest.param("甲\n2026 INFO login ok", "甲\n2026 INFO login ok", id="46-log"),
        pytest.param("\t=1+1", "=1+1", id="104-tab-formula"),
        *(pytest.param(text, text, id=name) for name, text in EVIL.items()),
    ],
)
def test_words(text, stored, cadre, target):
    taken = understood(cadre, target, value="1", progress=text, problems=text, next_steps=text)

    assert [taken.progress, taken.problems, taken.next_steps] == [stored] * 3


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_evil_words_come_back_as_words(text, cadre, target):
    """A form that is refused, a draft, and one that is stale: the text stands in its field, as text."""
    fields = {"progress": text, "problems": text, "next_steps": text, "correction_reason": text}
    refused(cadre, target, "value", value=text, **fields)

    hand_in(cadre, target, act="draft", value=text, **fields)
    for url in (report_url(target), reverse("plans:mine")):
        printed_as_words(cadre.get(url), text)

    submit(target, 9, 1)
    stale = hand_in(cadre, target, value="1", **fields)
    assert stale.status_code == 409
    printed_as_words(stale, text)


def printed_as_words(response: Any, text: str) -> None:
    page = response.content.decode()
    assert response.status_code in (200, 409)
    assert is_printed(page, text)
    for tag in ("<script>alert", "<img src=x", "</textarea></td>", "<!--<script>", 'href="javascript:alert'):
        assert tag not in page


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_evil_words_are_words_on_every_page(text, office, cadre, target):
    waiting = understood(cadre, target, value="1", progress=text, problems=text, next_steps=text)
    head, leader = signed_in(office.head), signed_in(office.leader)
    printed_as_words(head.get(reverse("plans:review")), text)
    printed_as_words(leader.get(target.get_absolute_url()), text)

    return_report(report=waiting, reason=text, by=fresh(office.head), at=TODAY)
    for url in (reverse("plans:mine"), report_url(target)):
        printed_as_words(cadre.get(url), text)

    waiting.refresh_from_db()
    again = understood(
        cadre, target, value="-1", progress=text, correction_reason=text, version=str(waiting.version)
    )
    approve_report(report=again, by=fresh(office.head), at=TODAY)
    again.refresh_from_db()
    amended = understood(
        cadre, target, value="2", progress=f"甲{text}", amend_reason=text, version=str(again.version)
    )
    printed_as_words(head.get(reverse("plans:review")), text)
    approve_report(report=amended, by=fresh(office.head), at=TODAY)
    printed_as_words(leader.get(target.get_absolute_url()), text)
    history = leader.get(reverse("plans:history", args=[target.pk, "2024-09"]))
    assert history.status_code == 200
    assert is_printed(history.content.decode(), text)
    assert "<script>alert" not in history.content.decode()
    assert "<img src=x" not in history.content.decode()


@pytest.mark.parametrize("blank", ["\u200b", "\ufeff", "\u200d", "\u3000\u00a0", "\x00"])
def test_28_29_what_nobody_sees_is_no_word(blank, office, plan, cadre, target):
    """Neither words instead of ticks, nor a reason."""
    nodes = make_target(plan, office, Kind.MILESTONES)
    assert hand_in(cadre, nodes, progress=blank).status_code == 422
    approved = report(target, 9, 10, at=TODAY)
    refused(cadre, target, "amend_reason", value="12", amend_reason=blank, version=str(approved.version))
    again = submit(target, 9, 11, version=approved.version, amend_reason="漏报")
    url = reverse("plans:send_back", args=[again.pk])
    assert signed_in(office.head).post(url, {"reason": blank}).status_code == 422


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("字" * 350_000, id="36-a-megabyte"),
        pytest.param("a\r\n" * 100_000, id="37-hundred-thousand-lines"),
    ],
)
@pytest.mark.parametrize("field", ["progress", "problems", "next_steps", "correction_reason"])
def test_too_long(text, field, cadre, target):
    response = hand_in(cadre, target, value="1", **{field: text})

    assert response.status_code == 422
    assert response.context["form"].errors[field]
    assert response.context["form"][field].value() == text
    assert not Report.objects.exists()
    saved = cadre.post(reverse("plans:draft", args=[target.pk, "2024-09"]), typed(target, **{field: text}))
    assert saved.status_code == 422
    assert hand_in(cadre, target, act="draft", **{field: text}).status_code == 422


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"%ED%A0%80", id="27-lone-surrogate"),
        pytest.param(b"\xed\xa0\x80", id="27-lone-surrogate-raw"),
        pytest.param("进展".encode("gbk"), id="47-gbk"),
        pytest.param(b"%BD%F8%D5%B9", id="47-gbk-quoted"),
        pytest.param(b"%00%01%02%7F", id="26-controls"),
        pytest.param(b"%EF%BF%BE%EF%BF%BF", id="26-no-characters"),
        pytest.param(b"%F4%90%80%80", id="27-beyond-unicode"),
    ],
)
@pytest.mark.parametrize("charset", ["", "; charset=gbk", "; charset=utf-16", "; charset=none-such"])
def test_bytes_that_are_no_text(raw, charset, cadre, target):
    """Whatever is made of them, the answer is one that a person can read."""
    cadre.raise_request_exception = False
    prefix = f"t{target.pk}-".encode()
    body = b"&".join([b"act=submit", prefix + b"version=0", prefix + b"value=1", prefix + b"progress=" + raw])
    for url in (report_url(target), reverse("plans:draft", args=[target.pk, "2024-09"])):
        response = cadre.generic("POST", url, body, f"application/x-www-form-urlencoded{charset}")
        assert response.status_code < 500, url
    for url in (target.get_absolute_url(), reverse("plans:mine"), report_url(target)):
        assert cadre.get(url).status_code < 400


# Days ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        pytest.param("2024-02-29", date(2024, 2, 29), id="49-leap-day"),
        pytest.param("2024年2月29日", date(2024, 2, 29), id="50-chinese"),
        pytest.param("２０２４-０２-２９", date(2024, 2, 29), id="51-full-width"),
        pytest.param("2024.2.29", date(2024, 2, 29), id="50-points"),
        pytest.param("2024/2/29", date(2024, 2, 29), id="50-slashes"),
        pytest.param("2024-09-20", date(2024, 9, 20), id="59-today"),
        pytest.param("2023-02-29", None, id="48-no-such-day"),
        pytest.param("2025-02-29", None, id="49-a-year-later"),
        pytest.param("20240229", None, id="52-digits"),
        pytest.param("24-2-3", None, id="53-short-year"),
        pytest.param("2024-13-01", None, id="54-month-13"),
        pytest.param("2024-0-01", None, id="54-month-0"),
        pytest.param("2024-01-00", None, id="54-day-0"),
        pytest.param("0000-01-01", None, id="55-year-0"),
        pytest.param("10000-01-01", None, id="55-year-10000"),
        pytest.param("1899-12-31", None, id="55-year-1899"),
        pytest.param("46081", None, id="56-excel-serial"),
        pytest.param("44619", None, id="56-excel-serial-1904"),
        pytest.param("2024-09-21", None, id="59-tomorrow"),
        pytest.param("", None, id="21-blank"),
        pytest.param("٢٠٢٤-٠٢-٢٩", None, id="5-arabic"),
        pytest.param("2024-02-29T00:00:00", None, id="48-with-time"),
        pytest.param("2024-02-29\x00", None, id="26-nul"),
        pytest.param("<script>alert(1)</script>", None, id="39-script"),
        pytest.param("2024-" + "9" * 400 + "-01", None, id="13-endless"),
    ],
)
@pytest.mark.parametrize("kind", [Kind.MILESTONES, Kind.RECURRING])
def test_a_day(kind, text, stored, office, plan, cadre):
    target = make_target(plan, office, kind)
    key = target.checkpoints.order_by("due_on")[0].pk
    fields = {f"tick_{key}": "on", f"on_{key}": text}
    if stored is None:
        refused(cadre, target, f"on_{key}", **fields)
        assert not Reached.objects.exists()
    else:
        understood(cadre, target, **fields)
        assert Reached.objects.get().reached_on == stored


@pytest.mark.parametrize(
    ("month", "status"),
    [
        pytest.param("2023-09", 404, id="57-another-year"),
        pytest.param("2025-01", 404, id="57-next-year"),
        pytest.param("2024-10", 404, id="59-future"),
        pytest.param("2024-13", 404, id="54-month-13"),
        pytest.param("2024-00", 404, id="54-month-0"),
        pytest.param("0000-01", 404, id="55-year-0"),
        pytest.param("9999-12", 404, id="55-year-9999"),
        pytest.param("２０２４-09", 404, id="51-full-width"),
        pytest.param("2024-08", 302, id="58-closed"),
    ],
)
def test_a_month_of_the_address(month, status, cadre, target):
    url = f"/targets/{target.pk}/{month}/"
    answer = cadre.post(url, {"act": "submit", **typed(target, value="3")})

    assert answer.status_code == status
    assert list(Report.objects.values_list("month", "value", "made_up")) == (
        [(first(8), Decimal(3), True)] if status == 302 else []
    )
    if status == 404:
        assert cadre.post(f"{url}draft/", typed(target, progress="x")).status_code in (200, 404)
        for rest in ("withdraw/", "drop/"):
            assert cadre.post(f"{url}{rest}").status_code == 404
        assert cadre.get(f"{url}history/").status_code == 404
        assert cadre.post(f"/mine/{month}/unchanged/", {"seen": [f"{target.pk}:0"]}).status_code == 404


# After the session has ended -------------------------------------------------------------------


@pytest.mark.parametrize("text", [*EVIL.values(), "a\0b", FAMILY * 3, "\u202e"])
def test_a_bad_text_without_a_session_is_kept_as_typed(text, office, target):
    Client().post(report_url(target), {"token": new_token(office.cadre), **typed(target, progress=text)})

    assert Draft.objects.get().fields["progress"] == text.replace("\0", "")


# Every address that takes a POST ---------------------------------------------------------------


@dataclass(frozen=True)
class Address:
    """A route of the plans with rows that are really there."""

    name: str
    url: str
    takes_get: bool


POST_ONLY = {
    "draft", "unchanged", "withdraw", "drop", "approve", "send_back", "evidence_remove", "import_apply",
    "extension_agree", "extension_grant", "extension_withdraw",
}  # fmt: skip


def addresses(target: Target, waiting: Report, extension: Extension) -> Iterator[Address]:
    """All routes of plans/urls/, found there."""
    for pattern in urlpatterns:
        arguments: dict[str, Any] = {}
        route = str(pattern.pattern)
        for name in pattern.pattern.converters:
            if name == "month":
                arguments[name] = "2024-09"
            elif route.startswith("review/"):
                arguments[name] = waiting.pk
            elif route.startswith("extensions/"):
                arguments[name] = extension.pk
            elif route.startswith("checkpoints/"):
                arguments[name] = Target.objects.get(kind=Kind.MILESTONES).checkpoints.order_by("pk")[0].pk
            else:
                arguments[name] = target.pk
        assert pattern.name
        url = reverse(f"plans:{pattern.name}", kwargs=arguments)
        yield Address(pattern.name, url, pattern.name not in POST_ONLY)


def rubbish(target: Target) -> dict[str, dict[str, Any]]:
    """Bodies that no page of the portal sends."""
    form = "application/x-www-form-urlencoded"
    prefix = f"t{target.pk}-"
    return {
        "empty": {"data": b"", "content_type": form},
        "no-type": {"data": b"a=b", "content_type": ""},
        "json": {"data": b'{"report": [1], "act": {"$gt": ""}}', "content_type": "application/json"},
        "broken-json": {"data": b"[" * 100_000, "content_type": "application/json"},
        "plain": {"data": b"value=1", "content_type": "text/plain"},
        "no-boundary": {"data": b"--x\r\n", "content_type": "multipart/form-data"},
        "broken-parts": {
            "data": b"--x\r\nContent-Disposition: form-data; name=\"evidence\"; filename=\"a\0b\r\n\r\n--",
            "content_type": "multipart/form-data; boundary=x",
        },
        "many": {"data": b"&".join(b"a%d=1" % n for n in range(2001)), "content_type": form},
        "many-of-one": {"data": b"&".join([b"seen=1:0"] * 2001), "content_type": form},
        "nul-names": {
            "data": f"act%00=x&{prefix}value%00=1&%00=%00&{prefix}tick_1%00=on".encode(), "content_type": form
        },
        "nul-values": {
            "data": f"act=%00&back=%00&token=%00&report=%00&seen=%00&tap=%00&reason=%00&who=%00"
            f"&{prefix}version=%00&{prefix}value=%00&{prefix}progress=%00&open=%00&name=%00&code=%00"
            f"&until=%00&due_on=%00&month=%00&sha256=%00&version=%00".encode(),
            "content_type": form,
        },
        "huge-numbers": {
            "data": "&".join(
                f"{name}={'9' * 30}"
                for name in ("report", "seen", "version", "pk", f"{prefix}version", f"{prefix}value", "unit",
                             "target", "cadre", "leader", "lead_unit", "from", "to", "person", "weight",
                             "goal", "user", "post", "supporting_units", f"{prefix}draft_version")
            ).encode(),
            "content_type": form,
        },
        "acts": {"data": b"act=drop%20table&tap=x&back=//evil.example&next=//evil.example", "content_type": form},
        "tap": {"data": b"act=tap&tap=none-such.x", "content_type": form},
        "copy": {"data": b"act=copy", "content_type": form},
        "upload": {"data": b"act=upload&evidence=no-file", "content_type": form},
        "discard": {"data": b"act=discard&back=mine", "content_type": form},
    }  # fmt: skip


@pytest.fixture
def rows(office, plan, target) -> tuple[Target, Report, Extension]:
    """Something at every address."""
    make_target(plan, office, Kind.MILESTONES)
    extension = Extension.objects.create(
        target=target, due_on=target.due_on, wanted_due_on=date(2025, 3, 31), reason="选址未定",
        progress="已过半", requested_by=office.cadre, requested_at=moment(9, 1),
    )  # fmt: skip
    draft(target, progress="写到一半")
    return target, submit(target, 9, 3), extension


@pytest.mark.once  # addresses and answers, whatever the database
@pytest.mark.parametrize(
    "who",
    [
        "planner",
        *(pytest.param(who, marks=pytest.mark.full) for who in ("cadre", "head", "leader", "stranger")),
    ],
)
def test_rubbish_is_answered_at_every_address(who, office, rows):
    client = signed_in(getattr(office, who))
    client.raise_request_exception = False
    failed = []
    for address in addresses(*rows):
        for name, request in rubbish(rows[0]).items():
            with undone():
                status = client.post(address.url, **request).status_code
            if status >= 500:
                failed.append((address.name, name, status))

    assert failed == []


@pytest.mark.once  # addresses and methods, whatever the database
@pytest.mark.parametrize("who", ["cadre", "head", "leader", "planner", "stranger"])
def test_what_takes_a_post_alone_says_so(who, office, rows):
    client = signed_in(getattr(office, who))
    client.raise_request_exception = False
    known = {address.name for address in addresses(*rows)}
    assert known >= POST_ONLY
    for address in addresses(*rows):
        for method in (client.get, client.put, client.delete):
            with undone():
                status = method(address.url).status_code
            assert status < 500, (address.name, method)
            if not address.takes_get:
                assert status == 405, (address.name, method)


@pytest.mark.once  # views and addresses: docs/architecture.md
@pytest.mark.parametrize("who", ["cadre", "head", "leader", "planner", "stranger"])
def test_numbers_that_no_row_has(who, office, rows):
    client = signed_in(getattr(office, who))
    client.raise_request_exception = False
    for number in (2**31, 10**18 - 1, 2**63, 10**30):
        for pattern in urlpatterns:
            names = pattern.pattern.converters
            if "pk" not in names:
                continue
            arguments = {name: 987654 if name == "pk" else "2024-09" for name in names}
            url = reverse(f"plans:{pattern.name}", kwargs=arguments).replace("987654", str(number))
            for answer in (client.get(url), client.post(url)):
                assert 400 <= answer.status_code < 500, (url, answer.status_code)


def test_83_too_many_fields_are_answered_in_words(cadre, target):
    fields = {f"x{number}": "1" for number in range(2001)}
    response = cadre.post(report_url(target), fields)

    assert response.status_code == 400
    assert "字段" in page_of(response) or "请" in page_of(response)


# Addresses and headers -------------------------------------------------------------------------


@pytest.mark.once
def test_46_a_line_break_in_an_address_begins_no_line_of_the_log(office, caplog):
    signed_in(office.cadre).get("/targets/%0A2026-11-30 INFO login ok/")

    assert "Not Found" in caplog.text
    assert not [line for line in caplog.text.splitlines() if line.startswith("2026-11-30 INFO")]


ASKED = [
    "page_size=1000000", "limit=1000000", "per_page=0", "cadre__password__startswith=p", "cadre__password=p",
    "lead_unit__posts__user__password__startswith=p", "ordering=cadre__password", "expand=cadre", "fields=password",
    "sort=cadre__password", "q=a&q=",
]  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("name", ["plans:ledger", "notices:inbox", "supervision:orders"])
def test_107_108_113_an_address_asks_for_nothing_else_than_the_page_offers(name, office, plan, target):
    """What no page knows changes nothing; of a word written twice the last one counts."""
    client = signed_in(office.planner)

    def words(query: str) -> str:
        answer = client.get(f"{reverse(name)}?{query}")
        assert answer.status_code == 200, query
        return re.sub(r"<[^>]*>", "", page_of(answer))

    plain = words("")
    assert {query for query in ASKED if words(query) != plain} == set()


@pytest.mark.once
@pytest.mark.parametrize("query", ["cadre__password__startswith=p", "plan__unit__posts__user__password=p"])
def test_108_the_back_office_is_not_asked_about_other_rows_columns(query, office, target):
    """Django says 400 to a column of another row, and takes back what it does not know (`e=1`)."""
    answer = signed_in(office.planner).get(f"{reverse('admin:plans_target_changelist')}?{query}")

    assert answer.status_code in (302, 400)


LONG = "x" * 100_000
COOKIES = {
    "118-huge": f"sessionid={LONG}; csrftoken={LONG}",
    "118-many": "; ".join(f"a{number}=1" for number in range(5000)),
    "118-nul": 'sessionid="abcdefgh\\000x"; csrftoken="abcdefgh\\000x"',
    "118-no-text": 'sessionid="abcdefgh\\355\\240\\200"',
    "118-sql": "sessionid=abcdefgh' OR 1=1--",
}
HEADERS = {
    **{name: {"HTTP_COOKIE": value} for name, value in COOKIES.items()},
    "118-agent": {"HTTP_USER_AGENT": LONG, "HTTP_REFERER": LONG},
    "118-forwarded": {"HTTP_X_FORWARDED_FOR": "," * 100_000, "HTTP_X_FORWARDED_HOST": LONG},
    "118-htmx": {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": LONG, "HTTP_HX_TARGET": "\udcff"},
    "118-token": {"HTTP_AUTHORIZATION": f"Token portal_\0{LONG}"},
    "118-conditions": {"HTTP_IF_NONE_MATCH": '"' * 10_000, "HTTP_IF_MODIFIED_SINCE": LONG},
    "118-languages": {"HTTP_ACCEPT_LANGUAGE": "zh," * 30_000},
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_118_odd_headers_are_answered(headers, office):
    """What server and proxy let through (they take 8 KB a line): a visitor, nobody else, and no failure."""
    client = Client(raise_request_exception=False)
    for path in ("/signin/", "/inbox/", "/password/", "/api/v1/me/", "/static/css/base.css"):
        for answer in (client.get(path, **headers), client.post(path, **headers)):
            assert answer.status_code in (200, 302, 401, 403, 404, 405, 422), (path, answer.status_code)
    assert not Activity.objects.filter(action="office.signin").exists()
