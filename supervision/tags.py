"""督办标签: words by which the plan office groups orders, across lists and lights; a dictionary that it keeps itself."""

from __future__ import annotations

from django.db.models import Q

from plans.ledgers import Dictionary
from plans.models import Plan, Term
from plans.querysets import TermQuerySet

TAGS = "order_tags"
DICTIONARY = Dictionary(TAGS, "督办标签", ("三类项目", "惠民实事", "安全隐患", "信访诉求", "上级督查"))


def tags_of(plan: Plan) -> TermQuerySet:
    """The tags that orders of a plan may have: those of its unit and of the units above."""
    return Term.objects.for_unit(plan.unit, TAGS)


def tags_met(plan: Plan) -> TermQuerySet:
    """Those by which the plan's orders can be looked for: what is in use, and what an order still has."""
    from supervision.models import Order

    had = Order.tags.through.objects.filter(order__plan=plan).values("term")
    return tags_of(plan).filter(Q(is_active=True) | Q(pk__in=had)).order_by("position", "pk")
