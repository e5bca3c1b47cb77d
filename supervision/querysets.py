"""Which rows: the chainable questions about orders. `visible_to` comes first in every chain."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from office.clock import day_of
from office.models import Unit, User
from office.permissions import Access, access_of
from plans.models import Entry, Plan
from supervision.choices import OPEN, Asked, Colour, Level, OrderState, TaskState

if TYPE_CHECKING:
    from supervision.models import Move, MoveFile, Order, OrderTask  # noqa: F401

# How long a unit may take to sign for what it was given.
SIGN_WITHIN = timedelta(hours=24)


def kept_by(access: Access, prefix: str = "") -> Q:
    """The condition under which a person keeps the orders: the plan office of the plan's unit or of one above it."""
    if access.is_system:
        return Q()
    condition = Q(pk__in=[])
    for path in access.paths.get("plan_office", ()):
        condition |= Q(**{f"{prefix}plan__unit__path__startswith": path})
    return condition


def _tasks_seen(access: Access) -> Q:
    """The condition under which a person sees a task of an order that was issued.

    Leaders and heads see what lies with the units at or below their post, heads and cadres also what such a unit is to
    support; a cadre sees the own tasks, and those of the own unit that name nobody.
    """
    from supervision.models import OrderTask

    condition = Q(pk__in=[])
    over = tuple({path for role in ("leader", "head") for path in access.paths.get(role, ())})
    if over:
        condition |= Q(lead_unit__in=_within(over))
    acting = tuple({path for role in ("head", "cadre") for path in access.paths.get(role, ())})
    if acting:
        through = OrderTask.supporting_units.through
        condition |= Q(pk__in=through.objects.filter(unit__in=_within(acting)).values("ordertask_id"))
    if access.has("cadre"):
        condition |= Q(cadre__in=access.stands_for)
        condition |= Q(cadre__isnull=True, lead_unit__in=_within(access.paths.get("cadre", ())))
    return condition


def _within(paths: tuple[str, ...]) -> models.QuerySet[Unit, Any]:
    return Unit.objects.within(paths).order_by().values("pk")


class OrderTaskQuerySet(models.QuerySet["OrderTask"]):
    def visible_to(self, user: User) -> OrderTaskQuerySet:
        """Tasks that this person keeps, oversees, does or supports; drafts only for who keeps them."""
        access = access_of(user)
        if access.is_system:
            return self
        return self.filter(kept_by(access, "order__") | (~Q(state=TaskState.DRAFT) & _tasks_seen(access)))

    def of_plan(self, plan: Plan) -> OrderTaskQuerySet:
        """Those of one plan's orders."""
        return self.filter(order__plan=plan)

    def on_entry(self, entry: Entry) -> OrderTaskQuerySet:
        """Those about this row of a ledger."""
        return self.filter(ledger=entry.ledger.key, entry=entry.pk)

    def open(self) -> OrderTaskQuerySet:
        """Those that somebody still has to do something about."""
        return self.filter(state__in=OPEN)

    def saying(self, words: str) -> OrderTaskQuerySet:
        """Those whose task, order, unit or person is called so, or whose order has that number; all for no words."""
        words = words.strip()[:60]
        if not words:
            return self
        condition = (
            Q(content__icontains=words)
            | Q(order__title__icontains=words)
            | Q(lead_unit__name__icontains=words)
            | Q(cadre__name__icontains=words)
        )
        if words.isascii() and words.isdigit() and len(words) < 9:
            condition |= Q(order__number=int(words))
        return self.filter(condition)

    def issued(self) -> OrderTaskQuerySet:
        """Those that were given to a unit and not taken back."""
        return self.exclude(state__in=[TaskState.DRAFT, TaskState.WITHDRAWN])

    def with_colour(self, *, at: datetime) -> OrderTaskQuerySet:
        """Each with its `colour` and `colour_rank` at that moment; drafts have none.

        The first that fits: closed (late where it was reported done after its limit), suspended, overdue until it is
        closed, behind (sent back, not signed for within a day, a feedback missed), near its limit, on track.
        """
        today = day_of(at)
        level = {each: Q(order__level=each, due_on__lte=today + timedelta(days=each.near)) for each in Level}
        near = Q()
        for condition in level.values():
            near |= condition
        waits = Q(done_on__isnull=True)
        rules = [
            (Q(state=TaskState.DRAFT), ""),
            (Q(state=TaskState.CLOSED, done_on__gt=F("due_on")), Colour.DONE_LATE),
            (Q(state=TaskState.CLOSED), Colour.DONE),
            (Q(state__in=[TaskState.SUSPENDED, TaskState.WITHDRAWN]), Colour.SUSPENDED),
            (Q(worked_until__gt=F("due_on")), Colour.OVERDUE),
            (Q(returned=True), Colour.BEHIND),
            (Q(state=TaskState.ISSUED, given_at__lt=at - SIGN_WITHIN), Colour.BEHIND),
            (waits & Q(feedback_on__lt=today), Colour.BEHIND),
            (waits & near, Colour.DUE_SOON),
        ]
        ranks = list(Colour)
        return self.annotate(
            worked_until=Coalesce("done_on", Value(today, output_field=models.DateField())),
        ).annotate(
            colour=Case(
                *[When(condition, then=Value(str(colour))) for condition, colour in rules],
                default=Value(str(Colour.ON_TRACK)),
                output_field=models.CharField(),
            ),
            colour_rank=Case(
                *[
                    When(condition, then=Value(ranks.index(colour) if isinstance(colour, Colour) else 99))
                    for condition, colour in rules
                ],
                default=Value(ranks.index(Colour.ON_TRACK)),
                output_field=IntegerField(),
            ),
        )

    def handled_by(self, user: User) -> OrderTaskQuerySet:
        """Those that it is for this person to do."""
        return self.filter(_handled_by(access_of(user)))

    def in_hand(self, user: User) -> OrderTaskQuerySet:
        """Those that this person has to sign for or to do."""
        return self.handled_by(user).filter(state__in=[TaskState.ISSUED, TaskState.UNDER_WAY])

    def to_sign(self, user: User) -> OrderTaskQuerySet:
        """Those that wait for this person's signature."""
        return self.handled_by(user).filter(state=TaskState.ISSUED)

    def to_do(self, user: User) -> OrderTaskQuerySet:
        """Those under way that this person does."""
        return self.handled_by(user).filter(state=TaskState.UNDER_WAY)

    def to_decide(self, user: User) -> OrderTaskQuerySet:
        """Those on which this person decides: reported done, to be closed, or with a request for a later limit."""
        access = access_of(user)
        keeps = kept_by(access, "order__") & Q(state__in=[TaskState.REPORTED, TaskState.ACCEPTED])
        grants = (
            kept_by(access, "order__") & Q(asked=Asked.PLAN_OFFICE) & ~Q(asked_by=user) & ~Q(agreed_by=user)
        )
        agrees = (
            Q(lead_unit__in=_within(access.paths.get("head", ()))) & Q(asked=Asked.HEAD) & ~Q(asked_by=user)
        )
        return self.filter(keeps | (Q(state__in=OPEN) & (grants | agrees)))


def _handled_by(access: Access) -> Q:
    """The condition under which it is for this person to act: the cadre, or where none is named the unit's people."""
    units = _within(tuple({path for role in ("cadre", "head") for path in access.paths.get(role, ())}))
    return Q(cadre__in=access.stands_for) | Q(cadre__isnull=True, lead_unit__in=units)


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: User) -> OrderQuerySet:
        """Orders that this person keeps, and those with a task that the person sees."""
        from supervision.models import OrderTask

        access = access_of(user)
        if access.is_system:
            return self
        seen = OrderTask.objects.filter(_tasks_seen(access), order=OuterRef("pk"))
        return self.filter(kept_by(access) | (~Q(state=OrderState.DRAFT) & Exists(seen)))


class MoveQuerySet(models.QuerySet["Move"]):
    def visible_to(self, user: User) -> MoveQuerySet:
        """Moves of the orders, and of the tasks, that this person sees."""
        from supervision.models import Order, OrderTask

        return self.filter(
            Q(task__isnull=True, order__in=Order.objects.visible_to(user).order_by().values("pk"))
            | Q(task__in=OrderTask.objects.visible_to(user).order_by().values("pk"))
        )


class MoveFileQuerySet(models.QuerySet["MoveFile"]):
    def visible_to(self, user: User) -> MoveFileQuerySet:
        """Files of the moves that this person sees."""
        from supervision.models import Move

        return self.filter(move__in=Move.objects.visible_to(user).order_by().values("pk"))
