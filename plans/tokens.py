"""One token per rendered form: whoever sends the same form again gets the same report, not another.

A token is signed and names its person, so that it is worth nothing to anybody else. It also proves that the
portal gave this form to that person, which lets a form that is sent after the session has ended be kept as
that person's draft (plans/views/mine.py).
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from django.core import signing

from office.models import User

_SALT = "plans.report-form"
LIFETIME = timedelta(days=7)


def new_token(user: User) -> str:
    """A token for the forms of one rendered page."""
    return signing.dumps([user.pk, uuid4().hex], salt=_SALT)


def read_token(text: str) -> tuple[int, UUID] | None:
    """The person and the key of a token; None for one that is foreign, altered, missing or too old."""
    try:
        person, key = signing.loads(text, salt=_SALT, max_age=LIFETIME)
        return int(person), UUID(key)
    except (signing.BadSignature, ValueError, TypeError):
        return None
