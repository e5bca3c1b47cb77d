"""The request of a signed-in person, as views see it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from office.models import User


class SignedInRequest(HttpRequest):
    """A request that LoginRequiredMiddleware let through: `user` is a person, never anonymous."""

    user: User
    htmx: HtmxDetails
