"""消息: a person's inbox, and 消息设置; 意见建议: what hinders somebody, and the answer."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from notices.errors import StateError
from notices.forms import AnswerForm, FeedbackForm, PreferenceForm
from notices.models import Feedback, Notice
from notices.services import (
    answer_feedback,
    can_answer,
    give_feedback,
    mark_all_read,
    mark_read,
    own_path,
    possible_delegates,
    preference_of,
    routes_to,
    set_preference,
)
from office import clock
from office.http import SignedInRequest
from office.permissions import access_of

OWN_SHOWN = 10  # own feedback above the list of all


@require_safe
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


def preferences(request: SignedInRequest) -> HttpResponse:
    """消息设置: which outside channels, and who receives along."""
    at = clock.now()
    form = _preference_form(request, at.date(), request.POST if request.method == "POST" else None)
    stale = ""
    if request.method == "POST" and form.is_valid():
        try:
            set_preference(user=request.user, by=request.user, at=at, **form.said())
        except ValidationError as error:
            form.add_error(None, error)
        except StateError as error:
            stale = str(error)
            form = _preference_form(request, at.date(), None)
        else:
            messages.success(request, "从下一条消息起按新设置发。", extra_tags="已保存")
            return redirect("notices:preferences")
    status = 409 if stale else 422 if form.is_bound and form.errors else 200
    return render(request, "notices/preferences.html", {"form": form, "stale": stale}, status=status)


def _preference_form(request: SignedInRequest, on: date, data: QueryDict | None) -> PreferenceForm:
    return PreferenceForm(
        data,
        preference=preference_of(request.user),
        routes=routes_to(request.user, on=on),
        delegates=possible_delegates(request.user, on=on),
    )


@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    """Mark the whole inbox as read."""
    number = mark_all_read(by=request.user, at=clock.now())
    messages.success(request, f"{number}条消息已标为已读。")
    return redirect("notices:inbox")


def feedback(request: SignedInRequest) -> HttpResponse:
    """A form, what the person wrote with its answers, and for the plan office what everybody wrote."""
    if request.method != "POST":
        return _feedback_page(request, FeedbackForm(initial={"page": own_path(request.GET.get("from", ""))}))
    form = FeedbackForm(request.POST)
    if form.is_valid():
        try:
            give_feedback(**form.cleaned_data, by=request.user, at=clock.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "答复会发到您的消息里，也列在下面。", extra_tags="已提交")
            return redirect("notices:feedback")
    return _feedback_page(request, form, status=422)


@require_POST
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer one feedback, or change its answer."""
    found = get_object_or_404(Feedback.objects.visible_to(request.user), pk=pk)
    if not can_answer(request.user, found):
        raise PermissionDenied("意见由督查员答复")
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            answer_feedback(feedback=found, **form.cleaned_data, by=request.user, at=clock.now())
        except ValidationError as error:
            form.add_error(None, error)
        except StateError as error:
            found.refresh_from_db()
            # Whoever reads the answer given meanwhile may put the own one over it.
            form = AnswerForm({**request.POST.dict(), "version": found.version})
            return _feedback_page(request, FeedbackForm(), answering=pk, answer=form, stale=str(error))
        else:
            messages.success(request, "已发消息告诉提出人。", extra_tags="已答复")
            return redirect("notices:feedback")
    return _feedback_page(request, FeedbackForm(), answering=pk, answer=form, status=422)


def _feedback_page(
    request: SignedInRequest,
    form: FeedbackForm,
    *,
    answering: int = 0,
    answer: AnswerForm | None = None,
    stale: str = "",
    status: int = 200,
) -> HttpResponse:
    answers = access_of(request.user).has("plan_office")
    own = Feedback.objects.filter(by=request.user).select_related("by", "answered_by")
    everybodys = Feedback.objects.answerable_by(request.user).select_related("by", "answered_by")
    rows = everybodys.unanswered_first() if answers else own
    page = Paginator(rows, 20).get_page(request.GET.get("page"))
    asked = request.GET.get("answer", "")
    if answers and not answering and asked.isascii() and asked.isdigit() and len(asked) < 12:
        answering = int(asked)
    entries = list(page.object_list)
    if answering and all(row.pk != answering for row in entries):
        # The list moved on to another page: what is being answered stands above it.
        entries = [*everybodys.filter(pk=answering), *entries]
    chosen = next((row for row in entries if row.pk == answering), None) if answers else None
    if chosen is not None and answer is None:
        answer = AnswerForm(initial={"answer": chosen.answer, "version": chosen.version})
    return render(
        request,
        "notices/feedback.html",
        {
            "form": form,
            "answers": answers,
            "own": list(own[:OWN_SHOWN]) if answers else entries,
            "everybodys": entries if answers else [],
            "waiting": everybodys.filter(answer="").count() if answers else 0,
            "page": page,
            "answering": chosen.pk if chosen else 0,
            "answer": answer,
            "stale": stale,
        },
        status=409 if stale else status,
    )
