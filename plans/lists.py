"""The addresses of the lists behind numbers. Every number of a page links to a list that is as long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from office.links import link
from plans.models import ReportingMonth

if TYPE_CHECKING:
    from plans.views.scope import Scope


@dataclass(frozen=True)
class Lists:
    """The addresses of the lists behind a page's numbers: 台账 of one month, narrowed as the page itself is.

    `plan` is the plan's code where the page's address names it, `leader` the key of the leader whose targets
    alone the page counts.
    """

    month: ReportingMonth
    plan: str = ""
    leader: int = 0

    def of(self, **filters: str) -> str:
        """The list with these filters of plans/filters.py."""
        return f"{link('plans:ledger')}?{self.query}" + "".join(
            f"&{key}={value}" for key, value in filters.items()
        )

    def linked(self, number: int, **filters: str) -> SafeString:
        """A number as printed: a link to the list that is as long, plain text where it is 0."""
        if not number:
            return mark_safe("0")
        url = escape(self.of(**filters))
        return mark_safe(f'<a class="counted" href="{url}">{number}</a>')  # noqa: S308 a page has a hundred

    @cached_property
    def query(self) -> str:
        """What every address of the page carries on."""
        parts = [f"month={self.month.month:%Y-%m}"]
        if self.plan:
            parts.append(f"plan={quote(self.plan)}")
        if self.leader:
            parts.append(f"leader={self.leader}")
        return "&".join(parts)


def lists_of(request: HttpRequest, scope: Scope, *, leader: int = 0) -> Lists:
    """The lists behind a page's numbers; they stay with the plan that the page's address names."""
    return Lists(scope.month, plan=scope.plan.code if request.GET.get("plan") else "", leader=leader)
