"""How a session becomes a person."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.db.models import Subquery
from django.http import HttpRequest

from office.models import ChainHead, User

# A longer text is no password of ours, and is not worth hashing.
LONGEST_TYPED = 4096


class OfficeBackend(ModelBackend):
    """Passwords as Django keeps them; the person comes with the state of the office as of now.

    `user.office_head` is the last change in the activity chain (see office.permissions.Access), read in the query that
    every page makes anyway.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Who has this name and password. Nobody's password takes as long to be wrong as somebody's."""
        if username is None or password is None or len(password) > LONGEST_TYPED:
            return None
        try:
            user = User.objects.get_by_natural_key(username)
        except User.DoesNotExist:
            make_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None

    def get_user(self, user_id: int) -> User | None:
        head = Subquery(ChainHead.objects.values("state")[:1])
        user = User.objects.annotate(office_head=head).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
