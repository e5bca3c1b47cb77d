from django.http import Http404, HttpResponse

from office.http import SignedInRequest


def export(request: SignedInRequest) -> HttpResponse:
    raise Http404
