"""数据来源: which metric a target's months are filled in from, and what it says of a month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from office import activity
from office.models import User
from plans import pillars
from plans.choices import Answer, Kind
from plans.ledgers import Ledger
from plans.metrics import Counted, Metric, Wanted, counted
from plans.models import Checkpoint, Source, Target, TargetChange
from plans.months import end_of
from plans.numbers import plain
from plans.permissions import can_keep_plan

if TYPE_CHECKING:
    from plans.services.reports import ReportValues

UNKNOWN = "这个指标现在没有，请另选"


@transaction.atomic
def set_source(*, target: Target, metric: str, entry: int | None, by: User, at: datetime) -> Source | None:
    """Name the metric that a target is filled in from; an empty one takes it away. Answers the source, if there is one.

    Raises PermissionDenied for anyone but the plan office, ValidationError for a metric that does not fit the target's kind.
    """
    if not can_keep_plan(by, target.plan):
        raise PermissionDenied("数据来源由督查员设定")
    Target.objects.select_for_update(of=("self",)).get(pk=target.pk)
    before = Source.objects.filter(target=target).first()
    old = _words(before)
    if metric:
        found = pillars.find_metric(metric)
        if found is None:
            raise ValidationError({"metric": UNKNOWN})
        _check(*found, target, entry, by=by)
        source: Source | None
        source, _ = Source.objects.update_or_create(
            target=target, defaults={"metric": metric, "entry": entry}
        )
    else:
        Source.objects.filter(target=target).delete()
        source = None
    new = _words(source)
    if old == new:
        return source
    TargetChange.objects.create(
        target=target, field="数据来源", old=old[:200], new=new[:200], reason="设定数据来源", by=by, at=at
    )
    activity.record(by=by, action="plans.target.source", subject=target, detail={"old": old, "new": new})
    return source


def day_counted(month: date, *, today: date) -> date:
    """The day as of which a month is counted: its last, or today as long as it runs."""
    return min(end_of(month), today)


def count_sources(sources: Iterable[Source], *, days: Sequence[date]) -> dict[tuple[int, date], Counted]:
    """What the metrics say for these sources' targets as of each day, by target and day. One query for each metric."""
    by_metric: dict[str, list[Source]] = {}
    for source in sources:
        by_metric.setdefault(source.metric, []).append(source)
    answers: dict[tuple[int, date], Counted] = {}
    for key, named in by_metric.items():
        found = pillars.find_metric(key)
        if found is None:
            continue
        ledger, metric = found
        wanted = {source.target_id: Wanted(source.path, source.entry) for source in named}
        told = counted(metric, ledger, days=days, wanted=wanted.values())
        answers |= {(target, on): told[each, on] for target, each in wanted.items() for on in days}
    return answers


# What a month would say ------------------------------------------------------------------------


@dataclass(frozen=True)
class Suggestion:
    """A month's report as the ledger would write it. `counted.value` is None where the ledger has nothing to say."""

    counted: Counted
    source: Source
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    answer: Answer | None = None
    reached: tuple[tuple[Checkpoint, date], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to fill in."""
        return self.counted.value is None and self.answer is None

    @property
    def text(self) -> str:
        """What a report keeps of it."""
        if self.is_empty:
            return ""
        if self.answer is not None:
            return str(self.answer.label)
        if self.counted.metric.is_rate:
            return f"{plain(self.counted.numerator)}/{plain(self.counted.denominator)}"
        return plain(self.counted.value)

    @property
    def words(self) -> str:
        """What the ledger says of the month, for people."""
        if self.answer is not None:
            return str(self.answer.label)
        kind = Kind(self.source.target.kind)
        if kind.is_titled:
            titles = "、".join(checkpoint.title for checkpoint, _ in self.reached)
            return f"“{titles}”已有记录" if titles else "没有新的记录"
        if kind is Kind.CUMULATIVE and self.value is not None:
            return f"累计{self.counted.words}，本月新增{plain(self.value)}{self.counted.metric.measure}"
        return self.counted.words

    def differs(self, values: ReportValues) -> bool:
        """Whether a person says something else than the ledger does."""
        if self.is_empty:
            return False
        kind = Kind(self.source.target.kind)
        if kind is Kind.CUMULATIVE:
            return (Decimal(0) if values.value is None else values.value) != self.value
        if kind is Kind.ONGOING:
            return values.answer != self.answer
        if kind is Kind.LEVEL:
            if values.numerator is not None and self.numerator is not None:
                return (values.numerator, values.denominator) != (self.numerator, self.denominator)
            return values.value != self.value
        # What the ledger has no word for is for people to say.
        told = (each.checkpoint for each in values.reached)
        ticked = {checkpoint.pk for checkpoint in told if self.counted.speaks_of(checkpoint.title)}
        return ticked != {checkpoint.pk for checkpoint, _ in self.reached}


def suggestion_of(
    target: Target, month: date, *, today: date, before: Callable[[], Decimal]
) -> Suggestion | None:
    """What the ledger says of a target's month; None where it has no source. `before` is asked for what an amount stood at.

    No query where the target was fetched with its source and has none; else one, and one more for titled kinds.
    """
    source: Source | None = getattr(target, "source", None)
    if source is None:
        return None
    source.target = target
    on = day_counted(month, today=today)
    told = count_sources([source], days=[on]).get((target.pk, on))
    if told is None:
        return None
    kind = Kind(target.kind)
    if kind is Kind.ONGOING:
        return Suggestion(told, source, answer=told.answer)
    if told.value is None:
        return Suggestion(told, source)
    if kind is Kind.CUMULATIVE:
        stands = (target.baseline or Decimal(0)) + told.value
        return Suggestion(told, source, value=stands - before())
    if kind is Kind.LEVEL:
        return Suggestion(told, source, told.value, told.numerator, told.denominator)
    return Suggestion(told, source, reached=_reached(target, told))


def _reached(target: Target, told: Counted) -> tuple[tuple[Checkpoint, date], ...]:
    """The checkpoints that the ledger says were reached and no approved report told of yet.

    Of one thing's stages or steps: the node whose title holds the word. Of occurrences: the first day since the checkpoint
    before, up to the one in question.
    """
    found = []
    last = date.min
    for checkpoint in target.checkpoints.counting().order_by("due_on", "pk"):
        if told.metric.is_by_words:
            days = [day for word, day in told.reached if word in checkpoint.title]
        else:
            days = [day for day in told.days if last < day <= checkpoint.due_on]
        last = checkpoint.due_on
        if days and checkpoint.reached_on is None:
            found.append((checkpoint, days[0]))
    return tuple(found)


@dataclass(frozen=True)
class Difference:
    """An approved month whose ledger says something else now than it did when the month was handed in."""

    month: date
    then: str
    now: Suggestion


def differences_of(
    source: Source, told: Mapping[date, tuple[str, date]], *, today: date
) -> tuple[Suggestion | None, list[Difference]]:
    """What the ledger says today, and the months of which it says another thing now than it did then.

    `told`: month → what it said, and as of which day: what happened after that day is no difference. One query, however
    many months.
    """
    answers = count_sources([source], days=sorted({today, *(on for _, on in told.values())}))
    found = []
    for month, (then, on) in sorted(told.items()):
        now = answers.get((source.target_id, on))
        stands = _standing(source, now) if now is not None else None
        if stands is not None and stands.text != then:
            found.append(Difference(month, then, stands))
    today_says = answers.get((source.target_id, today))
    return (_standing(source, today_says) if today_says is not None else None), found


def _standing(source: Source, told: Counted) -> Suggestion:
    """What the ledger says as such, without what a month would add."""
    answer = told.answer if source.target.kind == Kind.ONGOING else None
    return Suggestion(told, source, answer=answer)


def _check(ledger: Ledger, metric: Metric, target: Target, entry: int | None, *, by: User) -> None:
    if target.kind not in metric.kinds:
        raise ValidationError({"metric": f"“{metric.label}”不能用于{target.get_kind_display()}的任务"})
    things = pillars.things_of(ledger, metric)
    if metric.is_of_one and entry is None:
        raise ValidationError({"entry": "请选只数哪一条记录"})
    if entry is None:
        return
    if things is None:
        raise ValidationError({"entry": "这个指标不能只数一条记录"})
    if not things.model._default_manager.visible_to(by).filter(pk=entry).exists():
        raise ValidationError({"entry": f"{things.label}里没有这一条，请另选"})


def _words(source: Source | None) -> str:
    if source is None:
        return ""
    thing = source.thing
    return str(source) if thing is None else f"{source}（{thing}）"
