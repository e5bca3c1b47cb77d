"""Sealing what a channel needs to sign in, so that the database and its backups do not give it away."""

from __future__ import annotations

import json
from collections.abc import Mapping

from office import sealing
from office.sealing import SealBroken

__all__ = ["SealBroken", "seal", "unseal"]

PURPOSE = b"notices.channel"


def seal(secrets: Mapping[str, str]) -> str:
    """The secrets as one unreadable text; none give an empty one."""
    kept = {name: value for name, value in secrets.items() if value}
    return sealing.seal(json.dumps(kept), purpose=PURPOSE) if kept else ""


def unseal(text: str) -> dict[str, str]:
    """What `seal` was given. Raises SealBroken."""
    if not text:
        return {}
    try:
        opened = json.loads(sealing.unseal(text, purpose=PURPOSE))
    except (SealBroken, ValueError) as error:
        raise SealBroken(
            "密钥解不开：服务器的 FIELD_KEY 或 SECRET_KEY 换过，请重新填写这个账号的密钥"
        ) from error
    return {str(name): str(value) for name, value in opened.items()}
