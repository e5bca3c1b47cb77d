"""Versions in headers: `ETag` on what is given, `If-Match` on what changes it. Nothing is overwritten unseen."""

from __future__ import annotations

import re
from typing import Any

from office.api.problems import Problem

PATTERN = r'^"[1-9][0-9]{0,8}"$'


def etag(version: int) -> str:
    """The header of a version."""
    return f'"{version}"'


def seen_version(request: Any, *, may_be_new: bool = False) -> int:
    """The version that the caller saw, from `If-Match`; 0 for `If-None-Match: *`, where what is written may be new.

    Raises Problem: 428 where the header is missing, 400 where it is no version of ours.
    """
    header = request.headers.get("If-Match", "").strip()
    if not header:
        if may_be_new and request.headers.get("If-None-Match", "").strip() == "*":
            return 0
        words = (
            "还没有内容时写 If-None-Match: *，有内容时用 If-Match 写明取回时的 ETag。" if may_be_new else ""
        )
        raise Problem("version-missing", words)
    if re.fullmatch(PATTERN, header) is None:
        raise Problem("malformed", 'If-Match 要写取回时的 ETag，例如 "3"。')
    return int(header.strip('"'))
