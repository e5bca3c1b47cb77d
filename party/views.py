"""The page of the pillar 党建."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from office.http import SignedInRequest
from plans.views.pillars import pillar_page


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Its targets and how they stand."""
    return pillar_page(request, key="party")
