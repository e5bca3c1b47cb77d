"""Through which door, and from where, an act comes: what the activity log says besides who and what.

A door says it once for all that happens behind it (`through`); services do not hand it on. Nobody judges by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

DOORS = {"page": "页面", "api": "接口", "task": "定时任务", "command": "命令"}

_origin: ContextVar[str] = ContextVar("origin", default="command")


@contextmanager
def through(door: str, address: str = "") -> Iterator[None]:
    """Whatever happens inside comes through this door."""
    token = _origin.set(f"{door} {address}".strip())
    try:
        yield
    finally:
        _origin.reset(token)


def origin() -> str:
    """The door of this moment, and the address where there is one; a command where no door said anything."""
    return _origin.get()


def by_token(key: int) -> None:
    """What follows is asked by a system: its token (`api#3`), for the person whose name the row bears."""
    door, space, address = _origin.get().partition(" ")
    _origin.set(f"{door.partition('#')[0]}#{key}{space}{address}")


def words(said: str) -> str:
    """An origin as people read it."""
    door, _, address = said.partition(" ")
    door, _, key = door.partition("#")
    token = f"（令牌{key}）" if key else ""
    return " ".join(part for part in (DOORS.get(door, door) + token, address) if part)
