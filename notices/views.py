"""消息: a person's inbox."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from notices.models import Notice
from notices.services import mark_all_read, mark_read
from office import clock
from office.http import SignedInRequest


def inbox(request: SignedInRequest) -> HttpResponse:
    """The messages to this person, newest first, with what each asks for."""
    notices = Notice.objects.visible_to(request.user).order_by("-created_at", "-pk")
    page = Paginator(notices, 20).get_page(request.GET.get("page"))
    return render(
        request,
        "notices/inbox.html",
        {"page": page, "unread": any(row.read_at is None for row in page.object_list)},
    )


def notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """One message; opening it marks it read. With `to` the click goes on to that line's page."""
    found = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        mark_read(notice=found, by=request.user, at=clock.now())
        index = request.POST.get("line", "")
        if index.isascii() and index.isdigit() and len(index) < 5 and int(index) < len(found.lines):
            path = found.lines[int(index)].get("path")
            if path:
                return redirect(path)
        return redirect("notices:notice", pk=found.pk)
    return render(request, "notices/notice.html", {"notice": found})


@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    """Mark the whole inbox as read."""
    number = mark_all_read(by=request.user, at=clock.now())
    messages.success(request, f"{number}条消息已标为已读。")
    return redirect("notices:inbox")
