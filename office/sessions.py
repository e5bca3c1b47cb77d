"""Sessions in the database, as Django keeps them."""

from __future__ import annotations

import re

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Looks up only what can be a key: a cookie may hold anything, and PostgreSQL fails over a NUL in a text."""

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and re.fullmatch("[a-z0-9]{8,40}", key) is not None
