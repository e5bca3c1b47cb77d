"""Which bulletins? `visible_to` comes first in every chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import BooleanField, Case, Exists, OuterRef, Q, Value, When

from office.models import Unit, User
from office.permissions import access_of
from plans.querysets import plans_seen

if TYPE_CHECKING:
    from dashboards.models import Bulletin, Edition  # noqa: F401


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    def visible_to(self, user: User) -> BulletinQuerySet:
        """Those of the plans that this person sees; what is not published yet is for the plan office alone."""
        from dashboards.models import Edition

        access = access_of(user)
        rows = self.filter(plans_seen(access, "month__plan__"))
        if access.is_system:
            return rows
        published = Exists(Edition.objects.filter(bulletin=OuterRef("pk")))
        kept = Unit.objects.within(access.paths.get("plan_office", ())).order_by().values("pk")
        return rows.filter(Q(published) | Q(month__plan__unit__in=kept))

    def with_files(self) -> BulletinQuerySet:
        """With `has_content` and `has_pdf`: whether the files are there, which may be large."""
        return self.annotate(has_content=_is_there("content"), has_pdf=_is_there("pdf"))


class EditionQuerySet(models.QuerySet["Edition"]):
    def visible_to(self, user: User) -> EditionQuerySet:
        """What was published of the plans that this person sees: a bulletin is for the whole office."""
        return self.filter(plans_seen(access_of(user), "bulletin__month__plan__"))

    def with_pdf(self) -> EditionQuerySet:
        """With `has_pdf`: whether it has one."""
        return self.annotate(has_pdf=_is_there("pdf"))


def _is_there(field: str) -> Case:
    """Whether a file has any bytes, without fetching them."""
    return Case(When(**{field: b""}, then=Value(False)), default=Value(True), output_field=BooleanField())
