"""Which rows: the chainable questions about plans. `visible_to` comes first in every chain."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.models import Count, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.functions import Coalesce

from office import clock
from office.keeping import kept
from office.models import Post, Role, Unit, User
from office.permissions import Access, access_of
from plans.choices import ReportState, TargetState, Word

if TYPE_CHECKING:
    from plans.models import (  # noqa: F401
        Checkpoint,
        Draft,
        EntryPart,
        Evidence,
        Extension,
        ImportBatch,
        ImportColumn,
        MonthException,
        Plan,
        Report,
        Source,
        Standing,
        Target,
        Term,
    )

# Roles that see every target of the units below their post.
OVERSEERS = ("leader", "plan_office")
# Roles that have to do with plans at all.
BUSINESS = ("cadre", "head", "leader", "plan_office")
# Roles that keep the rows of the pillars' ledgers true.
KEEPERS = ("cadre", "head", "plan_office")
Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


def with_names(rows: Rows, *people: str) -> Rows:
    """Rows with these persons, of whom a page prints the name alone: whole persons cost more than the rows."""
    own = (field.name for field in rows.model._meta.concrete_fields)
    return rows.select_related(*people).only(*own, *(f"{person}__name" for person in people))


def _units(paths: tuple[str, ...]) -> models.QuerySet[Unit, Any]:
    return Unit.objects.within(paths).order_by().values("pk")


def _overseen(access: Access) -> tuple[str, ...]:
    return tuple({path for role in OVERSEERS for path in access.paths.get(role, ())})


def sees(access: Access, *, lead: str, target: str, person: str, supporting: bool = True) -> Q:
    """The condition under which a person sees a target, for any row that leads to one.

    `lead`, `target` and `person` are the lookups of the lead unit, of the target's key and of the
    target itself (with trailing `__`, or empty). Cadres and their deputies see their own targets,
    heads those of their unit and those it supports, leaders and the plan office all below their post.
    """
    from plans.models import Target

    if access.is_system:
        return Q()
    condition = Q()
    overseen = _overseen(access)
    if overseen:
        condition |= Q(**{f"{lead}__in": _units(overseen)})
    headed = access.paths.get("head", ())
    if headed:
        condition |= Q(**{f"{lead}__in": _units(headed)})
        if supporting:
            supported = Target.supporting_units.through.objects.filter(unit__in=_units(headed)).values(
                "target_id"
            )
            condition |= Q(**{f"{target}__in": supported})
    if access.has("cadre", "leader"):
        condition |= Q(**{f"{person}cadre__in": access.stands_for})
        condition |= Q(**{f"{person}leader": access.user_id})
    return condition or Q(pk__in=[])


def plans_seen(access: Access, prefix: str = "") -> Q:
    """The condition under which a person sees a plan: the own unit's, one above it, or one below it.

    `prefix` leads from the row to its plan (`plan__`), or is empty for plans themselves.
    """
    if access.is_system:
        return Q()
    own = _business_paths(access)
    if not own:
        return Q(pk__in=[])
    condition = Q(**{f"{prefix}unit__path__in": _above(own)})
    for path in _overseen(access):
        condition |= Q(**{f"{prefix}unit__path__startswith": path})
    return condition


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: User) -> PlanQuerySet:
        """Plans of the units that this person's posts lie in or above."""
        return self.filter(plans_seen(access_of(user)))

    def active(self) -> PlanQuerySet:
        """Plans that are being carried out."""
        return self.filter(state="active")


class PlanPartQuerySet(models.QuerySet[Any]):
    """Rows that belong to a plan: themes, clauses, reporting months."""

    def visible_to(self, user: User) -> PlanPartQuerySet:
        """Those of the plans that this person sees."""
        return self.filter(plans_seen(access_of(user), "plan__"))


class TargetPartQuerySet(models.QuerySet[Any]):
    """Rows that belong to a target: its changes."""

    def visible_to(self, user: User) -> TargetPartQuerySet:
        """Those of the targets that this person sees."""
        return self.filter(
            sees(access_of(user), lead="target__lead_unit", target="target", person="target__")
        )


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def visible_to(self, user: User) -> ExtensionQuerySet:
        """Those of the targets that this person sees."""
        return self.filter(
            sees(access_of(user), lead="target__lead_unit", target="target", person="target__")
        )

    def open(self) -> ExtensionQuerySet:
        """Requests on which somebody still has to decide."""
        return self.filter(state__in=["requested", "agreed"])

    def waiting_for(self, user: User) -> ExtensionQuerySet:
        """Open requests on which this person decides next; nobody decides on an own one.

        A head for the own unit and those below it; the plan office for what is agreed, and for what no head is
        left to ask about.
        """
        access = access_of(user)
        if access.is_system:
            return self.open()
        condition = Q()
        headed = access.paths.get("head", ())
        if headed:
            condition |= Q(state="requested", target__lead_unit__in=_units(headed))
        kept = access.paths.get("plan_office", ())
        if kept:
            ready = Q(state="agreed") | Q(state="requested") & Q(~Exists(_heads_to_agree()))
            condition |= Q(target__plan__unit__in=_units(kept)) & ready
        return self.open().filter(condition or Q(pk__in=[])).exclude(requested_by=user.pk)


class ReportPartQuerySet(models.QuerySet[Any]):
    """Rows that belong to a report: revisions, reached checkpoints."""

    def visible_to(self, user: User) -> ReportPartQuerySet:
        """Those of the targets that this person sees."""
        return self.filter(
            sees(
                access_of(user),
                lead="report__target__lead_unit",
                target="report__target",
                person="report__target__",
            )
        )


class MonthExceptionQuerySet(models.QuerySet["MonthException"]):
    def visible_to(self, user: User) -> MonthExceptionQuerySet:
        """Exceptions in the months of plans that this person sees; of single targets only those seen."""
        from plans.models import Target

        return self.filter(plans_seen(access_of(user), "month__plan__")).filter(
            Q(target__isnull=True) | Q(target__in=Target.objects.visible_to(user).order_by().values("pk"))
        )


class DraftQuerySet(models.QuerySet["Draft"]):
    def visible_to(self, user: User) -> DraftQuerySet:
        """A person's own drafts, and nobody else's."""
        return self.filter(user=user)


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: User) -> EvidenceQuerySet:
        """What was handed in with a report of a target that this person sees, and the person's own uploads.

        An own upload is seen as long as the target is.
        """
        return self.filter(
            sees(access_of(user), lead="target__lead_unit", target="target", person="target__")
        ).filed_or_by(user)

    def filed_or_by(self, user: User) -> EvidenceQuerySet:
        """What was handed in, and the person's own uploads: for files of a target that is known to be seen."""
        return self.filter(Q(filed_at__isnull=False) | Q(by=user.pk))


class TargetQuerySet(models.QuerySet["Target"]):
    def visible_to(self, user: User) -> TargetQuerySet:
        """The targets that this person may see; no joins that would double rows."""
        return self.filter(sees(access_of(user), lead="lead_unit", target="pk", person=""))

    def of_plan(self, plan: Plan, user: User) -> TargetQuerySet:
        """Targets of one plan that this person sees; all of them, plainly, for who oversees its unit."""
        rows = self.filter(plan=plan)
        return rows if access_of(user).has_over(plan.unit, *OVERSEERS) else rows.visible_to(user)

    def live(self) -> TargetQuerySet:
        """Targets that count: neither drafts nor suspended nor withdrawn."""
        return self.filter(state=TargetState.ACTIVE)


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    def visible_to(self, user: User) -> CheckpointQuerySet:
        """Checkpoints of the targets that this person sees."""
        return self.filter(
            sees(access_of(user), lead="target__lead_unit", target="target", person="target__")
        )

    def of_plan(self, plan: Plan, user: User) -> CheckpointQuerySet:
        """Checkpoints of one plan that this person sees; all of them for who oversees its unit."""
        rows = self.filter(target__plan=plan)
        return rows if access_of(user).has_over(plan.unit, *OVERSEERS) else rows.visible_to(user)

    def counting(self) -> CheckpointQuerySet:
        """Checkpoints that were not cancelled."""
        return self.filter(cancelled_on__isnull=True)


_REPORTED = Q(state__in=[ReportState.SUBMITTED, ReportState.APPROVED]) | Q(approved_number__gt=0)


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> ReportQuerySet:
        """Reports of the targets that this person sees."""
        return self.filter(
            sees(access_of(user), lead="target__lead_unit", target="target", person="target__")
        )

    def of_plan(self, plan: Plan, user: User) -> ReportQuerySet:
        """Reports of one plan that this person sees; all of them, plainly, for who oversees its unit."""
        rows = self.filter(target__plan=plan)
        return rows if access_of(user).has_over(plan.unit, *OVERSEERS) else rows.visible_to(user)

    def decidable_by(self, user: User) -> ReportQuerySet:
        """Reports on which this person decides, whatever their state.

        A head decides for the own unit and those below it, but never over an own report. Where no head is
        left to ask (the head is the cadre or the author, or the unit has none), the plan office above does.
        """
        access = access_of(user)
        if access.is_system:
            return self
        condition = Q()
        headed = access.paths.get("head", ())
        if headed:
            own = Q(target__cadre=user.pk, target__cadre__isnull=False)
            condition |= Q(target__lead_unit__in=_units(headed)) & ~own
        overseen = access.paths.get("plan_office", ())
        if overseen:
            condition |= Q(target__lead_unit__in=_units(overseen)) & Q(~Exists(_heads_to_ask()))
        return self.filter(condition or Q(pk__in=[])).exclude(author=user.pk)

    def reported(self) -> ReportQuerySet:
        """Reports that count as handed in: submitted and not sent back since, or approved once."""
        return self.filter(_REPORTED)

    def handed_in(self, at: datetime) -> ReportQuerySet:
        """Reports that counted as handed in at a moment, as far as the rows still tell.

        What was sent back, or amended, after that moment counted at it.
        """
        returned_later = Q(state=ReportState.RETURNED, decided_at__gt=at)
        amended = Q(approved_number__gt=1) | Q(approved_number=1) & ~Q(state=ReportState.APPROVED)
        return self.filter(
            Q(submitted_at__lte=at) & (_REPORTED | returned_later) | Q(first_submitted_at__lte=at) & amended
        )

    def waiting_for(self, user: User) -> ReportQuerySet:
        """Submitted reports that this person decides on."""
        return self.decidable_by(user).filter(state=ReportState.SUBMITTED)


def _heads_to_ask() -> models.QuerySet[Post]:
    """For a report: the posts of heads in its lead unit or above it who are neither cadre nor author."""
    return (
        Post.objects.held(on=clock.today())
        .filter(role=Role.HEAD)
        .annotate(lead=ExpressionWrapper(OuterRef("target__lead_unit__path"), models.CharField()))
        .filter(lead__startswith=F("unit__path"))
        .exclude(user_id=OuterRef("author_id"))
        .exclude(user_id=Coalesce(OuterRef("target__cadre_id"), 0))
    )


def _heads_to_agree() -> models.QuerySet[Post]:
    """For an extension: the posts of heads in its lead unit or above it who did not ask for it."""
    return (
        Post.objects.held(on=clock.today())
        .filter(role=Role.HEAD, user__is_active=True)
        .annotate(lead=ExpressionWrapper(OuterRef("target__lead_unit__path"), models.CharField()))
        .filter(lead__startswith=F("unit__path"))
        .exclude(user_id=OuterRef("requested_by_id"))
    )


class StandingQuerySet(models.QuerySet["Standing"]):
    def visible_to(self, user: User) -> StandingQuerySet:
        """Standings of the targets that this person sees."""
        return self.filter(sees(access_of(user), lead="unit", target="target", person="target__"))

    def of_plan(self, plan: Plan, user: User) -> StandingQuerySet:
        """Standings of one plan that this person sees; all of them, plainly, for who oversees its unit."""
        rows = self.filter(plan=plan)
        return rows if access_of(user).has_over(plan.unit, *OVERSEERS) else rows.visible_to(user)

    def in_month(self, month: date) -> StandingQuerySet:
        """Standings of one month."""
        return self.filter(month=month)

    def in_question(self) -> StandingQuerySet:
        """需要过问: every red and yellow one, from urgent to calm."""
        return self.filter(light__in=["red", "yellow"]).from_urgent_to_calm()

    def from_urgent_to_calm(self) -> StandingQuerySet:
        """The order of every list of lights: by word, then by how far behind."""
        return self.order_by("rank", F("lag").desc(nulls_last=True), "target__code")

    def counts_by_word(self) -> dict[str, int]:
        """How many stand under each word, in one query; words without any are 0."""
        found = dict(self.order_by().values_list("word").annotate(number=Count("pk")))
        return {word.value: found.get(word.value, 0) for word in Word}

    def latest_words(self, targets: Collection[int]) -> dict[int, str]:
        """The word under which each of these targets stands now: that of its latest month. One query."""
        rows = self.filter(target__in=targets).order_by("month").values_list("target_id", "word")
        return dict(rows)  # the latest month wins

    def share_sums(self, *by: str) -> models.QuerySet[Standing, dict[str, Any]]:
        """One dict for each group: `completion_sums`, and how many stand there, are counted, owe and have reported."""
        return self.completion_sums(*by).annotate(
            counted_number=Count("pk", filter=Q(counted=True)),
            owed_number=Count("pk", filter=Q(owed=True)),
            filed_number=Count("pk", filter=Q(owed=True, reported=True)),
        )

    def completion_sums(self, *by: str) -> models.QuerySet[Standing, dict[str, Any]]:
        """One dict for each group: how many stand there, and the sums of completion.

        Σ weight × share, Σ weight × planned share and Σ weight run over what is counted only.
        """
        counted = Q(counted=True)
        return (
            self.order_by()
            .values(*by)
            .annotate(
                number=Count("pk"),
                weighted=models.Sum(F("weight") * F("share"), filter=counted),
                planned_weighted=models.Sum(F("weight") * F("planned_share"), filter=counted),
                total_weight=models.Sum("weight", filter=counted),
            )
        )


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    def visible_to(self, user: User) -> ImportBatchQuerySet:
        """Batches of plans in whose plan office this person serves."""
        access = access_of(user)
        if access.is_system:
            return self
        return self.filter(plan__unit__in=_units(access.paths.get("plan_office", ())))


class ImportColumnQuerySet(models.QuerySet["ImportColumn"]):
    def visible_to(self, user: User) -> ImportColumnQuerySet:
        """The headers of units in whose plan office this person serves."""
        access = access_of(user)
        if access.is_system:
            return self
        return self.filter(unit__in=_units(access.paths.get("plan_office", ())))


# Ledgers of the pillars ------------------------------------------------------------------------


def _above(paths: tuple[str, ...]) -> list[str]:
    """These paths and those of every unit above them."""
    parts = [path.rstrip("/").split("/") for path in paths]
    return sorted({"/".join(each[: depth + 1]) + "/" for each in parts for depth in range(len(each))})


def _business_paths(access: Access) -> tuple[str, ...]:
    return tuple({path for role in BUSINESS for path in access.paths.get(role, ())})


class EntryQuerySet(models.QuerySet[Any]):
    """Rows of a pillar's ledger."""

    def visible_to(self, user: User) -> EntryQuerySet:
        """The rows of the units in which this person works and of those below them; and, whoever sees a target,

        the rows that are counted for it. One query for the latter, for all ledgers, kept until something happens.
        """
        access = access_of(user)
        if access.is_system:
            return self
        from plans import pillars

        ledger = pillars.ledger_of(self.model)[1].key
        paths = {*_business_paths(access), *_counted_paths(user).get(ledger, ())}
        return self.filter(unit__in=_units(tuple(sorted(paths)))) if paths else self.none()

    def kept_by(self, user: User) -> EntryQuerySet:
        """The rows that this person may change: cadres, heads and the plan office, in their units and below."""
        access = access_of(user)
        if access.is_system:
            return self
        paths = {path for role in KEEPERS for path in access.paths.get(role, ())}
        return self.filter(unit__in=_units(tuple(sorted(paths)))) if paths else self.none()

    def within(self, path: str) -> EntryQuerySet:
        """The rows of the unit at this path and of those below it."""
        return self.filter(unit__in=_units((path,)))


@kept(1024)
def _counted_paths(user: User) -> dict[str, set[str]]:
    """By ledger: the paths of the units whose rows are counted for targets that the person sees. One query for all."""
    from plans import pillars
    from plans.models import Source, Target

    sources = Source.objects.filter(target__in=Target.objects.visible_to(user)).select_related(
        "target__lead_unit", "target__plan__unit"
    )
    found: dict[str, set[str]] = {}
    for source in sources:
        for name in pillars.ledgers_behind(source.metric):
            found.setdefault(name, set()).add(source.path)
    return found


class EntryPartQuerySet(models.QuerySet[Any]):
    """What belongs to rows of ledgers: changes, files."""

    def visible_to(self, user: User) -> EntryPartQuerySet:
        """Those of the rows that this person sees."""
        from plans import pillars

        condition = Q(pk__in=[])
        for _, ledger in pillars.all_ledgers():
            rows = ledger.model.objects.visible_to(user).values("pk")
            condition |= Q(ledger=ledger.key, entry__in=rows)
        return self.filter(condition)

    def of(self, entry: Any) -> EntryPartQuerySet:
        """Those of one row."""
        return self.filter(ledger=entry.ledger.key, entry=entry.pk)


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: User) -> SourceQuerySet:
        """Those of the targets that this person sees."""
        return self.filter(
            sees(access_of(user), lead="target__lead_unit", target="target", person="target__")
        )


class TermQuerySet(models.QuerySet["Term"]):
    def for_unit(self, unit: Unit, dictionary: str) -> TermQuerySet:
        """The words of a dictionary that a unit's rows may name: its own and those of the units above it."""
        return self.filter(dictionary=dictionary, unit__path__in=_above((unit.path,)))

    def visible_to(self, user: User) -> TermQuerySet:
        """The words of the units in which this person works, of those above and of those below."""
        access = access_of(user)
        if access.is_system:
            return self
        own = _business_paths(access)
        if not own:
            return self.none()
        condition = Q(unit__path__in=_above(own))
        for path in own:
            condition |= Q(unit__path__startswith=path)
        return self.filter(condition)
