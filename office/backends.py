"""How a session becomes a person."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.db.models import Subquery

from office.models import ChainHead, User


class OfficeBackend(ModelBackend):
    """Passwords as Django keeps them; the person comes with the state of the office as of now.

    `user.office_head` is the head of the activity chain (see office.permissions.Access), read in the query that
    every page makes anyway.
    """

    def get_user(self, user_id: int) -> User | None:
        head = Subquery(ChainHead.objects.values("hash")[:1])
        user = User.objects.annotate(office_head=head).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
