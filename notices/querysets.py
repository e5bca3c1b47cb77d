from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from office.models import User

if TYPE_CHECKING:
    from notices.models import Delivery, Notice  # noqa: F401


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
