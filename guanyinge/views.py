"""The doors of the house itself: where to go after signing in, and whether the house stands."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from guanyinge.guide import CHARTS
from office.http import SignedInRequest
from office.permissions import access_of


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Send each person to the page they come for."""
    access = access_of(request.user)
    if access.has("leader", "plan_office"):
        return redirect("dashboards:overview")
    if access.has("cadre"):
        return redirect("plans:mine")
    if access.has("head"):
        return redirect("plans:review")
    if access.has("auditor"):
        return redirect("office:log")
    if request.user.is_staff:
        return redirect("admin:index")
    return redirect("notices:inbox")


@login_not_required
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """The components with their states, for developers; only where the demo runs."""
    if not settings.DEMO:
        raise Http404
    return render(request, "guanyinge/styleguide.html", {"charts": CHARTS})


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether the database answers too: 503 where it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"database": False}, status=503)
    return JsonResponse({"database": True})
