"""Sealing what a channel needs to sign in, so that the database and its backups do not give it away.

The keys follow from SECRET_KEY; texts sealed under one of SECRET_KEY_FALLBACKS still open.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

PURPOSE = b"notices.channel"


class SealBroken(Exception):
    """Sealed under a key that is no longer known, or not by us."""


def seal(secrets: Mapping[str, str]) -> str:
    """The secrets as one unreadable text; none give an empty one."""
    kept = {name: value for name, value in secrets.items() if value}
    return _box().encrypt(json.dumps(kept).encode()).decode() if kept else ""


def unseal(text: str) -> dict[str, str]:
    """What `seal` was given. Raises SealBroken."""
    if not text:
        return {}
    try:
        opened = json.loads(_box().decrypt(text.encode()))
    except (InvalidToken, ValueError) as error:
        raise SealBroken("密钥解不开：服务器的 SECRET_KEY 换过，请重新填写这个账号的密钥") from error
    return {str(name): str(value) for name, value in opened.items()}


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(hmac.digest(str(key).encode(), PURPOSE, "sha256"))) for key in keys
    )
