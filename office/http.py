"""What every view shares: the request of a signed-in person, and how a private file leaves."""

from typing import TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from office.models import User

Response = TypeVar("Response", bound=HttpResponseBase)


class SignedInRequest(HttpRequest):
    """A request that LoginRequiredMiddleware let through: `user` is a person, never anonymous."""

    user: User
    htmx: HtmxDetails


def as_file(response: Response) -> Response:
    """A private file on its way out: no cache keeps it, and no browser guesses what it is or runs anything in it."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
