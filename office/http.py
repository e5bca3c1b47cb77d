"""What every view shares: the request of a signed-in person, and how a private file leaves."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from office.models import User

Response = TypeVar("Response", bound=HttpResponseBase)


class SignedInRequest(HttpRequest):
    """A request that LoginRequiredMiddleware let through: `user` is a person, never anonymous."""

    user: User
    htmx: HtmxDetails


# What a browser sends by itself: links and forms.
METHODS = ("GET", "HEAD", "POST")
NUL = "%00"


class KnownMethodsMiddleware:
    """Pages, files and the back office know what a browser sends; any other method is 405, and no view guesses at it.

    A NUL in an address says nothing to any of them.

    A view that is a class of the API says itself what it knows.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Refuse what is none of these methods before the view is asked, and leave out of the question what says nothing."""
        if hasattr(view, "cls"):
            return None
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        query = request.META.get("QUERY_STRING", "")
        if NUL in query:  # no database can be asked for it
            while NUL in query:
                query = query.replace(NUL, "")
            request.META["QUERY_STRING"] = query
            request.GET = QueryDict(query)
        return None


def as_file(response: Response) -> Response:
    """A private file on its way out: no browser runs anything in it, and no page shows it in a frame, our own included.

    That no cache keeps it and no browser guesses what it is, office/middleware.py says of everything.
    """
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return response
