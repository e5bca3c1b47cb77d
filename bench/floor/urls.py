from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from bench.floor.rows.models import Row


def page(request: HttpRequest) -> HttpResponse:
    """Session, user and 20 rows: three SELECTs."""
    return render(request, "floor.html", {"user": request.user, "rows": Row.objects.order_by("pk")[:20]})


urlpatterns = [path("", page)]
