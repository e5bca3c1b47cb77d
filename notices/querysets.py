from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q
from django.db.models.functions import TruncDate

from office.clock import SHANGHAI
from office.models import Post, Unit, User
from office.permissions import access_of

if TYPE_CHECKING:
    from notices.models import Delivery, Feedback, Notice  # noqa: F401


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> NoticeQuerySet:
        """A person's own messages, and nobody else's."""
        return self.filter(recipient=user)

    def unread(self) -> NoticeQuerySet:
        """Messages not opened yet."""
        return self.filter(read_at__isnull=True)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, user: User) -> DeliveryQuerySet:
        """Deliveries of a person's own messages."""
        return self.filter(notice__recipient=user)


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def visible_to(self, user: User) -> FeedbackQuerySet:
        """A person's own, and those that this person answers."""
        return self._in_or(user, Q(by=user.pk))

    def answerable_by(self, user: User) -> FeedbackQuerySet:
        """Those of people who held a post in or below this person's plan office on the day of writing."""
        return self._in_or(user, Q(pk__in=[]))

    def unanswered_first(self) -> FeedbackQuerySet:
        """What waits for an answer before what has one; the newest first."""
        done = ExpressionWrapper(~Q(answer=""), output_field=models.BooleanField())
        return self.alias(done=done).order_by("done", "-at", "-pk")

    def _in_or(self, user: User, condition: Q) -> FeedbackQuerySet:
        access = access_of(user)
        if access.is_system:
            return self
        paths = access.paths.get("plan_office", ())
        if not paths:
            return self.filter(condition)
        posts = Post.objects.filter(
            Q(until__isnull=True) | Q(until__gte=OuterRef("day")),
            user=OuterRef("by"),
            since__lte=OuterRef("day"),
            unit__in=Unit.objects.within(paths).order_by().values("pk"),
        )
        return self.alias(day=TruncDate("at", tzinfo=SHANGHAI)).filter(condition | Q(Exists(posts)))
