"""The page of the pillar 经济."""

from django.http import HttpResponse

from office.http import SignedInRequest
from plans.views.pillars import pillar_page


def index(request: SignedInRequest) -> HttpResponse:
    """Its targets and how they stand."""
    return pillar_page(request, key="economy")
