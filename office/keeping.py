"""Keeping what was worked out for a person until something happens in the office, or the day ends."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

from office.models import User
from office.permissions import access_of

P = ParamSpec("P")
R = TypeVar("R")


def kept(
    maxsize: int,
) -> Callable[[Callable[Concatenate[User, P], R]], Callable[Concatenate[User, P], R]]:
    """Keep up to so many answers of a function per process, each as long as `Access.as_of` stays what it was.

    The first argument is the person, all of them are hashable. The answer is shared: whoever
    gets it does not change it. What changes without an activity (a draft) does not belong into such a function.
    """

    def decorate(work: Callable[Concatenate[User, P], R]) -> Callable[Concatenate[User, P], R]:
        @lru_cache(maxsize)
        def keep(as_of: str, user: User, /, *rest: P.args, **named: P.kwargs) -> R:
            return work(user, *rest, **named)

        @wraps(work)
        def ask(user: User, *rest: P.args, **named: P.kwargs) -> R:
            as_of = access_of(user).as_of
            if not as_of:
                return work(user, *rest, **named)
            return keep(as_of, user, *rest, **named)  # type: ignore[arg-type] # P cannot say "hashable"

        return ask

    return decorate
