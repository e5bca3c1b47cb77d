from django.http import Http404, HttpResponse

from office.http import SignedInRequest


def import_start(request: SignedInRequest) -> HttpResponse:
    raise Http404


import_apply = import_preview = import_template = import_start
