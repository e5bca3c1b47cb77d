"""Sealing what must be read again, and fingerprints of what need not be, so that the database does not give them away.

Keys follow from FIELD_KEY, or from SECRET_KEY where there is none. What was sealed under FIELD_KEY_FALLBACKS, SECRET_KEY or
SECRET_KEY_FALLBACKS still opens.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealBroken(Exception):
    """Sealed under a key that is no longer known, too long ago, or not by us."""


def seal(text: str, *, purpose: bytes) -> str:
    """The text unreadable. What is sealed for one purpose opens for no other."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(text: str, *, purpose: bytes, seconds: int | None = None) -> str:
    """What `seal` was given, not more than so many seconds ago. Raises SealBroken."""
    try:
        return _box(purpose).decrypt(text.encode(), ttl=seconds).decode()
    except (InvalidToken, ValueError) as error:
        raise SealBroken from error


def fingerprint(text: str, *, purpose: bytes) -> str:
    """What tells a text again without holding it; worth nothing without the key."""
    return hmac.digest(_keys(purpose)[0], text.encode(), hashlib.sha256).hex()


def is_fingerprint_of(text: str, print_: str, *, purpose: bytes) -> bool:
    """Whether `fingerprint` gave this for the text, under any key that is still known."""
    return any(
        hmac.compare_digest(hmac.digest(key, text.encode(), hashlib.sha256).hex(), print_)
        for key in _keys(purpose)
    )


def _keys(purpose: bytes) -> list[bytes]:
    known = [
        settings.FIELD_KEY, *settings.FIELD_KEY_FALLBACKS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS
    ]  # fmt: skip
    return [hmac.digest(str(key).encode(), purpose, "sha256") for key in known if key]


def _box(purpose: bytes) -> MultiFernet:
    return MultiFernet(Fernet(base64.urlsafe_b64encode(key)) for key in _keys(purpose))
