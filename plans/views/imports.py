"""导入: give a workbook, see row by row what it would do, put it right, then write all of it or nothing."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from office import clock
from office.http import SignedInRequest
from office.models import Post, Unit
from office.services import may_manage_people
from plans.errors import StateError
from plans.forms.imports import ACCEPTED, typed_choices
from plans.forms.reports import typed_version
from plans.models import BatchState, ImportBatch
from plans.permissions import can_keep_plan
from plans.services.exports import template
from plans.services.imports import (
    CHANGED,
    ERROR,
    NEW,
    UNCHANGED,
    annotated_batch,
    apply_batch,
    cancel_batch,
    checked,
    checked_rows,
    choose,
    column_choices,
    keep_batch,
    undo_batch,
)
from plans.views.exports import attachment
from plans.views.scope import Scope, scope_of
from plans.views.workbooks import looked_at
from plans.workbook.choices import Choices
from plans.workbook.columns import BY_FIELD
from plans.workbook.engine import UnreadableWorkbook
from plans.workbook.names import plain

# The columns that a preview shows; the rest is in the file and in the target. And how changes call them.
SHOWN = ("code", "name", "goal", "measure", "due_on", "lead_unit", "cadre")
CHANGES = {
    "name": "目标任务", "goal": "目标值", "measure": "计量单位", "due_on": "完成时限", "lead_unit": "主责单位", "cadre": "责任人",
}  # fmt: skip
KINDS = {NEW: "new", CHANGED: "changed", UNCHANGED: "same", ERROR: "error"}
TABS = (
    ("", "全部"), (ERROR, "错误"), ("warning", "请核对"), (NEW, "新增"), (CHANGED, "变更"), (UNCHANGED, "无变化"),
)  # fmt: skip
A_PAGE = 100
FIXES = 60  # cells offered for putting right at once
ALIKE = 5  # names offered before all others, from this ratio of likeness on
LIKE = 0.3
UNKNOWN = ("unit.unknown", "person.unknown")
# Complaints that say the one right text: how it follows from the message and from what is written.
ADVICE: dict[str, Callable[[str, str], str]] = {
    "date.no_such_day": lambda message, _: message.rpartition("请写成 ")[2],
    "quantity.letter": lambda _, written: written.translate(str.maketrans("OoIl", "0011")),
}


def _scope(request: SignedInRequest) -> Scope:
    scope = scope_of(request)
    if not can_keep_plan(request.user, scope.plan):
        raise PermissionDenied("只有督查员可以导入目标任务")
    return scope


def _batch(request: SignedInRequest, scope: Scope, pk: int) -> ImportBatch:
    return get_object_or_404(
        ImportBatch.objects.visible_to(request.user).select_related("plan__unit", "by"),
        pk=pk,
        plan=scope.plan,
    )


def import_start(request: SignedInRequest) -> HttpResponse:
    """Choose a workbook."""
    scope = _scope(request)
    form, batch = looked_at(
        request,
        lambda name, content: keep_batch(
            plan=scope.plan, filename=name, content=content, by=request.user, at=clock.now()
        ),
    )
    if batch is not None:
        return redirect("plans:import_preview", pk=batch.pk)
    batches = ImportBatch.objects.visible_to(request.user).filter(plan=scope.plan)
    return render(
        request,
        "plans/import_start.html",
        {
            "scope": scope,
            "form": form,
            "accepted": ACCEPTED.replace(",", " "),
            "batches": batches.select_related("by").defer("content", "book", "checked", "before_images")[:10],
        },
        status=422 if form.errors else 200,
    )


@require_safe
def import_template(request: SignedInRequest) -> HttpResponse:
    """The empty workbook with our headers."""
    scope = _scope(request)
    return attachment(template(plan=scope.plan), f"目标任务导入表{scope.plan.year}年.xlsx")


@require_safe
def import_preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every row with what it would do; nothing is written while one error stands."""
    scope = _scope(request)
    return _page(request, scope, _batch(request, scope, pk))


@require_POST
def import_choose(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put columns, cells and names right, and check anew."""
    scope = _scope(request)
    batch = _batch(request, scope, pk)
    choices = typed_choices(request.POST.dict(), Choices.stored(batch.choices))
    try:
        choose(
            batch=batch,
            choices=choices,
            by=request.user,
            at=clock.now(),
            version=typed_version(request.POST, "version"),
            remember="remember" in request.POST,
        )
    except StateError as error:
        messages.error(request, str(error), extra_tags="没有改")
        return _page(request, scope, batch, status=409)
    except UnreadableWorkbook as error:
        messages.error(request, str(error), extra_tags="没有改")
        return _page(request, scope, batch, status=422)
    messages.success(request, "按您改的重新核对了一遍。", extra_tags="已改")
    return redirect("plans:import_preview", pk=pk)


@require_POST
def import_apply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write the workbook that was previewed."""
    scope = _scope(request)
    batch = _batch(request, scope, pk)
    try:
        done = apply_batch(
            batch=batch, by=request.user, at=clock.now(), version=typed_version(request.POST, "version")
        )
    except StateError as error:
        messages.error(request, str(error), extra_tags="没有写入")
        return _page(request, scope, batch, status=409)
    if done.state != BatchState.WRITING:
        messages.success(request, _told(done), extra_tags="已写入")
    return redirect("plans:import_preview", pk=pk)


@require_POST
def import_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Stop a long import."""
    scope = _scope(request)
    try:
        cancel_batch(batch=_batch(request, scope, pk), by=request.user)
    except StateError as error:
        messages.error(request, str(error), extra_tags="没有取消")
    else:
        messages.success(request, "没有写入任何数据。", extra_tags="正在停下")
    return redirect("plans:import_preview", pk=pk)


@require_POST
def import_undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a written workbook back, while nothing was changed since."""
    scope = _scope(request)
    batch = _batch(request, scope, pk)
    try:
        undo_batch(batch=batch, by=request.user, at=clock.now())
    except StateError as error:
        messages.error(request, str(error), extra_tags="没有撤销")
        return _page(request, scope, batch, status=409)
    except ValidationError as error:
        return _page(request, scope, batch, conflicts=error.messages, status=409)
    messages.success(request, "新增的任务已去掉，变更的已改回原样。", extra_tags="已撤销")
    return redirect("plans:import_preview", pk=pk)


@require_safe
def import_annotated(request: SignedInRequest, pk: int) -> HttpResponse:
    """The person's own file, with every complaint at its cell."""
    scope = _scope(request)
    batch = _batch(request, scope, pk)
    stem = batch.filename.rpartition(".")[0] or batch.filename
    return attachment(annotated_batch(batch=batch, by=request.user), f"{stem}（核对结果）.xlsx")


def _told(batch: ImportBatch) -> str:
    found = batch.summary
    return f"新增{found['new']}项，变更{found['changed']}项，无变化{found['unchanged']}项。"


# The page --------------------------------------------------------------------------------------


def _page(
    request: SignedInRequest,
    scope: Scope,
    batch: ImportBatch,
    *,
    conflicts: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    batch.refresh_from_db(
        fields=["state", "version", "choices", "summary", "done", "total", "message", "checked"]
    )
    if batch.state_enum.is_waiting:
        percent = batch.done * 100 // max(1, batch.total)
        return render(
            request, "plans/import_waiting.html",
            {"scope": scope, "batch": batch, "percent": percent, "writes": batch.state == BatchState.WRITING},
            status=status,
        )  # fmt: skip
    if request.htmx.target == "waiting":
        return HttpResponseClientRefresh()  # the bar asks for nothing that is here any more
    if batch.state != BatchState.PREVIEWED or not batch.checked:
        return render(
            request, "plans/import_done.html",
            {"scope": scope, "batch": batch, "conflicts": conflicts or [], "may_undo": batch.state == BatchState.APPLIED},
            status=status,
        )  # fmt: skip
    found = checked(batch)
    look = _Look(batch, found, tab=request.GET.get("show", ""), page=request.GET.get("page"))
    names = _names(look.unknown, batch, scope)
    doubtful = sum(1 for each in found["matches"] if each["by"] in ("weak", "content"))
    unfound = _unfound(found["matches"])
    fixes = list(look.fixes.values())
    return render(
        request,
        "plans/import_preview.html",
        {
            "scope": scope,
            "batch": batch,
            "found": found,
            "rows": [_printed(row) for row in look.rows],
            "page": look.page,
            "tabs": look.tabs,
            "fixes": fixes,
            "fixes_left": len(look.wrong) - len(fixes),
            "unknown": [each for each in names if not each["chosen"]],
            "named": [each for each in names if each["chosen"]],
            "makes_people": may_manage_people(request.user),
            "warnings": _told_once(look.said["warning"]),
            "read": _told_once(look.said["info"]),
            "put_right": _put_right(batch, look.wrong),
            "counts": {"rows": batch.total, **look.counts},
            "writes": found["summary"]["new"] + found["summary"]["changed"],
            "columns": column_choices(),
            "doubtful": doubtful,
            "unfound": unfound,
            # Who has put something right has seen the columns.
            "opened": bool(doubtful or unfound) and batch.version == 1,
            "sheets": _sheets(batch, found),
        },
        status=status,
    )


class _Look:
    """One look through all rows of a preview, which may be fifty thousand: only what the page shows is kept."""

    def __init__(self, batch: ImportBatch, found: dict[str, Any], *, tab: str, page: str | None) -> None:
        summary = found["summary"]
        all_rows = {ERROR: summary["errors"], NEW: summary["new"], CHANGED: summary["changed"]}
        all_rows[UNCHANGED] = summary["unchanged"]
        by_tab = {"": all_rows, "warning": {key: found["warned"].get(key, 0) for key in all_rows}}
        by_tab |= {key: {key: number} for key, number in all_rows.items()}
        self.tabs = [
            {"key": key, "label": label, "count": sum(by_tab[key].values()), "chosen": key == tab}
            for key, label in TABS
            if not key or sum(by_tab[key].values())
        ]
        chosen = by_tab.get(tab, {})
        self.page = Paginator(range(sum(chosen.values())), A_PAGE).get_page(page)
        self.fixes: dict[str, dict[str, Any]] = {}  # wrong cells, each once, with all that is said of it
        self.wrong: set[str] = set()
        self.unknown: dict[tuple[str, str], dict[str, Any]] = {}
        self.said: dict[str, dict[str, list[str]]] = {"warning": {}, "info": {}}
        self.counts = dict.fromkeys(_WORST, 0)
        # The urgent rows come first: where each outcome's rows begin, and how many of it were seen.
        places, begin = {}, 0
        for key, number in chosen.items():
            places[key], begin = begin, begin + number
        kept = {}
        for row in checked_rows(batch):
            self._hear(row)
            if row["outcome"] in places and _belongs(row, tab):
                if places[row["outcome"]] in self.page.object_list:
                    kept[places[row["outcome"]]] = row
                places[row["outcome"]] += 1
        self.rows = [kept[place] for place in sorted(kept)]

    def _hear(self, row: dict[str, Any]) -> None:
        for each in row["complaints"]:
            self.counts[each["severity"]] += 1
            if each["severity"] != "error":
                self.said[each["severity"]].setdefault(each["message"], []).append(each["cell"])
            elif each["code"] in UNKNOWN:
                kind = each["code"].partition(".")[0]
                entry = self.unknown.setdefault(
                    (kind, each["about"]), {"kind": kind, "cells": [], "chosen": "", **each}
                )
                entry["cells"].append(each["cell"])
            else:
                self.wrong.add(each["cell"])
                if each["cell"] in self.fixes or len(self.fixes) < FIXES:
                    self._fix(each, task=row["fields"].get("name") or "")

    def _fix(self, each: dict[str, Any], *, task: str) -> None:
        """For typing what is right."""
        cell = self.fixes.setdefault(
            each["cell"],
            {
                **each,
                "task": task,
                "messages": [],
                "can_type": each["cell"][0].isascii(),
                "column": BY_FIELD[each["field"]].header if each["field"] in BY_FIELD else "",
                "advice": "",
            },
        )
        cell["messages"].append(each["message"])
        if cell["can_type"] and each["code"] in ADVICE:
            cell["advice"] = ADVICE[each["code"]](each["message"], each["written"])


_WORST = ["error", "warning", "info"]


def _belongs(row: dict[str, Any], tab: str) -> bool:
    if tab == "warning":
        return any(each["severity"] == "warning" for each in row["complaints"])
    return not tab or row["outcome"] == tab


def _unfound(matches: list[dict[str, str]]) -> list[str]:
    """What a table of targets has and this one seems not to have, where a column is left that may be it."""
    fields = {each["field"] for each in matches}
    if not any(each["by"] == "none" for each in matches):
        return []
    return [BY_FIELD[name].header for name in ("goal", "due_on", "lead_unit") if name not in fields]


def _sheets(batch: ImportBatch, found: dict[str, Any]) -> list[dict[str, Any]]:
    """The file's sheets where there are several. The one shown keeps its value: leaving it is no choice."""
    titles = found.get("sheets", [])
    return [
        {"title": title, "value": batch.choices.get("sheet", "") if title == found["sheet"] else title,
         "chosen": title == found["sheet"]}
        for title in titles if len(titles) > 1
    ]  # fmt: skip


def _names(
    asked: dict[tuple[str, str], dict[str, Any]], batch: ImportBatch, scope: Scope
) -> list[dict[str, Any]]:
    """Units and people that nobody knows, and those that a person named already: each once, with whom it may be,

    the likeliest first. At most two queries.
    """
    for kind, names in (("unit", "units"), ("person", "people")):
        for text, value in batch.choices.get(names, {}).items():
            asked.setdefault((kind, text), {"kind": kind, "about": text, "cells": [], "chosen": value})
    kinds = {kind for kind, _ in asked}
    known = {
        "unit": [
            (unit.code, unit.name, (unit.name, *unit.aliases))
            for unit in Unit.objects.within((scope.plan.unit.path,)).filter(is_active=True)
        ] if "unit" in kinds else [],
        "person": [
            (post.user.username, f"{post.user.name}（{post.unit.name}）", (post.user.name, post.title, post.user.username))
            for post in Post.objects.held(on=clock.today())
            .filter(user__is_active=True, unit__path__startswith=scope.plan.unit.path)
            .select_related("user", "unit").order_by("unit__path", "pk")
        ] if "person" in kinds else [],
    }  # fmt: skip
    for entry in asked.values():
        entry["cells"] = _places(entry["cells"])
        entry["like"], entry["options"] = _by_likeness(entry["about"], known[entry["kind"]])
    return list(asked.values())


Option = tuple[str, str]  # value and label


def _by_likeness(
    text: str, known: Iterable[tuple[str, str, tuple[str, ...]]]
) -> tuple[list[Option], list[Option]]:
    """Options, each value once: the few whose names are most like the text, and the others as they come."""
    options: dict[str, str] = {}
    ratios: dict[str, float] = {}
    for value, label, names in known:
        options.setdefault(value, label)
        ratio = max(difflib.SequenceMatcher(None, plain(text), plain(name)).ratio() for name in names)
        ratios[value] = max(ratio, ratios.get(value, 0))
    like = [
        value for value in sorted(options, key=lambda value: -ratios[value])[:ALIKE] if ratios[value] >= LIKE
    ]
    return (
        [(value, options[value]) for value in like],
        [(value, label) for value, label in options.items() if value not in like],
    )


def _told_once(said: dict[str, list[str]]) -> list[dict[str, str]]:
    """What is said in the same words of several cells, once."""
    return [{"message": message, "cells": _places(cells)} for message, cells in list(said.items())[:FIXES]]


def _places(cells: list[str], most: int = 4) -> str:
    return "、".join(cells[:most]) + (f"等{len(cells)}处" if len(cells) > most else "")


def _put_right(batch: ImportBatch, wrong: set[str]) -> list[dict[str, str]]:
    """The cells that a person typed anew and that are right by now; they can be typed once more."""
    cells = batch.choices.get("cells", {})
    return [{"cell": cell, "written": text} for cell, text in cells.items() if cell not in wrong][:FIXES]


def _printed(row: dict[str, Any]) -> dict[str, Any]:
    """One row of the preview: per shown column the value, what was said of it, what it was before."""
    said: dict[str, list[dict[str, Any]]] = {}
    for complaint in row["complaints"]:
        said.setdefault(complaint["field"] if complaint["field"] in SHOWN else "", []).append(complaint)
    changes = dict(row["changes"])
    return {
        "number": row["row"],
        "kind": KINDS[row["outcome"]],
        "cells": [
            _printed_cell(
                name, row["fields"].get(name), changes.pop(CHANGES.get(name, ""), None), said.get(name, [])
            )
            for name in SHOWN
        ],
        "others": [each for each in said.get("", []) if each["severity"] != "info"],
        "more": [{"label": label, "old": pair[0], "new": pair[1]} for label, pair in changes.items()],
    }


def _printed_cell(
    name: str, value: Any, pair: list[str] | None, said: list[dict[str, Any]]
) -> dict[str, Any]:
    worst = min((each["severity"] for each in said), key=_WORST.index, default="info")
    written = said[0]["written"] if said else ""
    if worst == "error":
        value = written  # what is wrong is seen as it stands there
    elif value is None:
        value = "待编" if name == "code" else ""
    return {
        "name": name,
        "label": BY_FIELD[name].header,
        "value": value,
        "old": pair[0] if pair else "",
        "worst": worst,
        "said": [
            {
                **each,
                "message": _shortly(each["message"], each["about"] or written)
                if worst == "error"
                else each["message"],
            }
            for each in said
        ],
    }


def _shortly(message: str, written: str) -> str:
    """A complaint beside what it is of: without repeating it, and without the advice that stands at the field."""
    short = message.replace(f"“{written}”", "", 1) if written else message
    return short.lstrip("：，").partition("，可能是")[0]
