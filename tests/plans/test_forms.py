"""Numbers, words and dates as people type them, through the fields and the form of a month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from plans.choices import Answer, Kind
from plans.forms.fields import NumberField, WordsField
from plans.forms.reports import ReportForm, ReturnForm
from plans.numbers import parse_number, plain, visible_text
from tests.builders import TODAY, first, make_target

pytestmark = pytest.mark.once  # pages: docs/architecture.md

ACCEPTED = [
    ("123", "123"),
    ("１２３", "123"),
    ("１２３．５", "123.5"),
    ("1,234", "1234"),
    ("１，２３４", "1234"),
    ("1,234,567.25", "1234567.25"),
    (" 12 ", "12"),
    ("\u300012\u3000", "12"),
    ("+3", "3"),
    ("－3", "-3"),
    ("−3", "-3"),
    ("-0", "0"),
    ("0.0000", "0"),
    (".5", "0.5"),
    ("99999999999999", "99999999999999"),
]
REFUSED = [
    "1_000", "٣", "𝟙𝟚", "NaN", "sNaN", "Infinity", "-inf", "1e3", "1E3", "9" * 400, "十二", "壹佰", "½", "²",
    "1,23", "12,34,567", "1.2.3", "--1", "0x10", "1 000", "12%", "1;2", "=1+1", "\u200b12", "12\u200b", "true",
]  # fmt: skip


@pytest.mark.parametrize(("typed", "number"), ACCEPTED)
def test_numbers_as_people_type_them(typed, number):
    found = NumberField().clean(typed)

    assert found == Decimal(number)
    assert str(found) != "-0"


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_no_number_is_refused_with_words(typed):
    with pytest.raises(ValidationError) as refused:
        NumberField().clean(typed)
    assert refused.value.messages[0] in ("请填数字，例如 1234 或 12.5", "这个数太长，请核对")


@pytest.mark.parametrize(
    ("typed", "number"), [("12.5%", "12.5"), ("１２．５％", "12.5"), ("50 %", "50"), ("140%", "140")]
)
def test_a_percent_sign_is_taken_where_it_is_a_percent(typed, number):
    assert NumberField(percent=True).clean(typed) == Decimal(number)
    with pytest.raises(ValidationError):
        NumberField().clean(typed)


@pytest.mark.parametrize("typed", ["0.00005", "1.23456"])
def test_no_more_places_than_are_kept(typed):
    with pytest.raises(ValidationError, match="小数最多4位"):
        NumberField().clean(typed)


def test_whole_pieces_have_no_places():
    with pytest.raises(ValidationError, match="请填整数"):
        NumberField(places=0).clean("1.5")
    assert NumberField(places=0).clean("12") == 12


@pytest.mark.parametrize("typed", ["", "  ", None])
def test_blank_is_nothing_and_not_zero(typed):
    assert NumberField(required=False).clean(typed) is None
    with pytest.raises(ValidationError):
        NumberField(required=True).clean(typed)


@pytest.mark.parametrize("typed", ["\u200b", "\ufeff"])
def test_zero_width_alone_is_no_number(typed):
    with pytest.raises(ValidationError):
        NumberField(required=False).clean(typed)


def test_parse_number_reads_what_plain_prints():
    for text in ("0", "1234", "12.5", "-3.25", "99999999999999"):
        assert plain(parse_number(text)) == text
    assert plain(Decimal("100.0000")) == "100"
    assert plain(None) == "—"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("已完成", "已完成"),
        ("\u200b\ufeff\u200e", ""),
        ("\u3000 \n", ""),
        ("a\0b", "ab"),
        ("\u202e反写", "反写"),
        ("第一行\n第二行\t列", "第一行\n第二行\t列"),
        ("e\u0301", "é"),
        ("𬭎𠮷䶮", "𬭎𠮷䶮"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("\u200d", ""),
        ("a\ud800b", "ab"),
    ],
)
def test_words_without_what_nobody_sees(typed, kept):
    assert visible_text(typed) == kept
    assert WordsField().clean(typed.replace("\ud800", "")) == kept


def test_words_have_a_longest():
    with pytest.raises(ValidationError, match="2000"):
        WordsField().clean("字" * 2001)
    assert len(WordsField().clean("字" * 2000)) == 2000


@pytest.mark.parametrize("typed", ["", "   ", "\u200b", "\u3000", "a\0b", "字" * 401])
def test_a_return_needs_a_visible_reason(typed):
    assert not ReturnForm({"reason": typed}).is_valid()


# The form of a month ---------------------------------------------------------------------------


def form_of(target, **typed) -> ReportForm:
    data = {f"t{target.pk}-{name}": value for name, value in {"version": "0", **typed}.items()}
    checkpoints = list(target.checkpoints.order_by("due_on")) if target.kind_enum.is_titled else []
    return ReportForm(data, target=target, month=first(9), today=TODAY.date(), checkpoints=checkpoints)


@pytest.mark.django_db
def test_the_fields_follow_from_the_kind(office, plan):
    words = {"version", "draft_version", "progress", "problems", "next_steps"}
    expected = {
        Kind.CUMULATIVE: {"value", "total", "correction_reason"},
        Kind.LEVEL: {"value", "numerator", "denominator"},
        Kind.ONGOING: {"answer"},
    }
    for kind in Kind:
        target = make_target(plan, office, kind)
        names = set(form_of(target).fields)
        if kind.is_titled:
            parts = ("tick", "on", "place", "people") if kind is Kind.RECURRING else ("tick", "on")
            ticks = {f"{part}_{row.pk}" for row in target.checkpoints.all() for part in parts}
            assert names == words | ticks
        else:
            assert names == words | expected[kind]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2024-09-21", "还没有到"),
        ("2025-01-01", "还没有到"),
        ("2023-02-29", "日期"),
        ("2024-13-01", "日期"),
        ("2024-00-10", "日期"),
        ("0000-01-01", "日期"),
        ("10000-01-01", "日期"),
        ("昨天", "日期"),
        ("", "请填日期"),
    ],
)
def test_a_checkpoints_day_is_a_day_that_has_been(day, words, office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    key = target.checkpoints.get(title="立项").pk

    form = form_of(target, **{f"tick_{key}": "on", f"on_{key}": day})

    assert not form.is_valid()
    assert words in str(form.errors[f"on_{key}"])


@pytest.mark.django_db
def test_what_was_typed_becomes_what_the_service_takes(office, plan):
    amount = form_of(make_target(plan, office), value="１２", progress=" 进展 \u200b", problems="")
    assert amount.is_valid()
    assert (amount.values().value, amount.values().progress) == (Decimal(12), "进展")

    ongoing = form_of(make_target(plan, office, Kind.ONGOING), answer="not_held")
    assert ongoing.is_valid()
    assert ongoing.values().answer is Answer.NOT_HELD
    assert not form_of(ongoing.target, answer="maybe").is_valid()

    level = form_of(make_target(plan, office, Kind.LEVEL), value="93.5％")
    assert level.is_valid()
    assert level.values().value == Decimal("93.5")

    target = make_target(plan, office, Kind.RECURRING)
    key = target.checkpoints.get(title="一季度").pk
    held = form_of(target, **{f"tick_{key}": "on", f"on_{key}": "2024-03-29"})
    assert held.is_valid()
    assert [(row.checkpoint.title, row.reached_on) for row in held.values().reached] == [
        ("一季度", date(2024, 3, 29))
    ]
    assert held.values(unchanged=True).reached == ()


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "1.5"])
def test_a_tampered_version_is_an_error_and_no_failure(version, office, plan):
    assert not form_of(make_target(plan, office), version=version, value="1").is_valid()
