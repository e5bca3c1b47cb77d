from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q
from django.db.models.functions import TruncDate

from office.clock import SHANGHAI
from office.models import Post, Unit, User
from office.permissions import access_of
from office.services import may_manage_people

if TYPE_CHECKING:
    from notices.models import (  # noqa: F401
        Announcement,
        ChannelAccount,
        Delivery,
        Feedback,
        Notice,
        Preference,
        Webhook,
    )


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

    def to_send(self, *, at: datetime) -> DeliveryQuerySet:
        """What still has to go out and whose time has come."""
        return self.filter(state__in=["queued", "failed"], not_before__lte=at)

    def unclaimed(self, *, at: datetime, lease: timedelta) -> DeliveryQuerySet:
        """Rows that no sender holds: never claimed, or by one whose lease ran out.

        A claim from the future was made by a clock that was set back since; it is as void as an old one.
        """
        return self.filter(Q(claimed_by="") | Q(claimed_at__lt=at - lease) | Q(claimed_at__gt=at + lease))


class ChannelAccountQuerySet(models.QuerySet["ChannelAccount"]):
    def in_use(self) -> ChannelAccountQuerySet:
        """Accounts that messages go through."""
        return self.filter(is_active=True)

    def visible_to(self, user: User) -> ChannelAccountQuerySet:
        """All for whoever keeps the system, none for anybody else."""
        return self if may_manage_people(user) else self.none()


class PreferenceQuerySet(models.QuerySet["Preference"]):
    def visible_to(self, user: User) -> PreferenceQuerySet:
        """A person's own, and nobody else's."""
        return self.filter(user=user)

    def telling(self, users: Sequence[int], *, on: date) -> PreferenceQuerySet:
        """Those of these people and of their delegates, each with whether its delegate receives on that day.

        Someone who left, or holds no post any more, receives nothing for others. One query.
        """
        posts = Post.objects.held(on=on).filter(user=OuterRef("delegate"))
        delegates = self.model._default_manager.filter(user__in=users, delegate_until__gte=on).values(
            "delegate"
        )
        return (
            self.filter(Q(user__in=users) | Q(user__in=delegates))
            .annotate(
                delegate_receives=ExpressionWrapper(
                    Q(delegate_until__gte=on) & Q(delegate__is_active=True) & Q(Exists(posts)),
                    output_field=models.BooleanField(),
                )
            )
            .select_related("user", "delegate")
        )


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


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, user: User) -> WebhookQuerySet:
        """All for whoever keeps the system, none for anybody else."""
        return self if may_manage_people(user) else self.none()


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def visible_to(self, user: User) -> AnnouncementQuerySet:
        """All for whoever keeps the system, none for anybody else."""
        return self if may_manage_people(user) else self.none()

    def to_send(self, *, at: datetime) -> AnnouncementQuerySet:
        """What still has to be told and whose time has come."""
        return self.filter(state="queued", not_before__lte=at, webhook__is_active=True)
