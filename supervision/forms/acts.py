"""One form for every act on a task that needs words: which fields it has, and what is said beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from office.models import Unit, User
from plans.forms.fields import DayField, WordsField
from supervision import services
from supervision.models import OrderTask
from supervision.people import people_of, units_of
from supervision.services.urging import LONGEST_MORE


@dataclass(frozen=True)
class ActSpec:
    """An act: its words, the service behind it, and the fields of its form (none: one button, no form)."""

    title: str
    done: str
    service: Callable[..., Any]
    words: str = ""  # what it means, above the form
    label: str = ""  # of the words that it asks for
    keyword: str = "words"  # what the service calls them
    fields: tuple[str, ...] = ()

    @property
    def takes_files(self) -> bool:
        """Whether the service keeps files beside the words: every one that takes words, but the letter of 催办."""
        return "words" in self.fields


ACTS: dict[str, ActSpec] = {
    "sign": ActSpec("签收", "已签收", services.sign_task),
    "take_back": ActSpec("收回办结", "已收回", services.take_back),
    "take_ask_back": ActSpec("撤回延期申请", "已撤回", services.take_ask_back),
    "agree": ActSpec("同意延期", "已同意延期", services.agree_extension),
    "grant": ActSpec("批准延期", "已批准延期", services.grant_extension),
    "accept": ActSpec(
        "核查通过", "核查通过", services.accept_task, "核查通过后等待销号；怎么核查的、看到什么，可以写在这里，承办人会看到。",
        "核查意见（选填）", fields=("words",),
    ),
    "close": ActSpec("销号", "已销号", services.close_task),
    "feed_back": ActSpec(
        "反馈进展", "已反馈", services.feed_back, "写明办到哪一步、还差什么，督查员会看到。", "办理进展",
        fields=("words",),
    ),
    "report": ActSpec(
        "报办结", "已报办结", services.report_done, "督查员核查后销号；没有办好的会退回重办。", "办理结果",
        fields=("words",),
    ),
    "return": ActSpec(
        "退回重办", "已退回", services.return_task, "退回后由承办人重新办理，时限不变。", "退回理由", "reason",
        ("words",),
    ),
    "refuse": ActSpec(
        "不同意延期", "已答复", services.refuse_extension, "时限不变，申请人会收到理由。", "理由", "reason", ("words",)
    ),
    "ask": ActSpec(
        "申请延期", "已申请延期", services.ask_extension, "先科室负责人同意，再督查员批准；批准前仍按现时限判定，原时限始终保留。",
        "延期理由", "reason", ("wanted_due_on", "words", "progress"),
    ),
    "transfer": ActSpec(
        "转办", "已转办", services.transfer_task, "转办后由新的承办人在24小时内签收，时限不变。", "转办理由", "reason",
        ("unit", "cadre", "words"),
    ),
    "urge": ActSpec(
        "催办", "已催办", services.urge_task, "催办记入办理记录，承办人会收到消息；催办通知在办理记录里下载。", "补充要求", "more",
        ("reply_by", "more"),
    ),
    "suspend": ActSpec(
        "中止", "已中止", services.suspend_task, "中止期间不用反馈，不催办，以后可以恢复。", "中止理由", "reason", ("words",)
    ),
    "resume": ActSpec(
        "恢复", "已恢复", services.resume_task, "恢复后继续办理，原时限保留。", "恢复理由", "reason", ("due_on", "words")
    ),
    "withdraw": ActSpec(
        "撤销", "已撤销", services.withdraw_task, "撤销后这个事项不再办理，记录都保留。", "撤销理由", "reason", ("words",)
    ),
}  # fmt: skip


class ActForm(forms.Form):
    """The fields of one act."""

    def __init__(self, data: Any = None, *, act: ActSpec, task: OrderTask, today: date) -> None:
        super().__init__(data, auto_id="id_%s")
        self.act = act
        self.file_errors: list[str] = []
        made: dict[str, Callable[[], forms.Field]] = {
            "wanted_due_on": lambda: DayField(
                label="延至",
                error_messages={"required": "请填延至哪一天"},
                help_text=f"现时限{_words(task.due_on)}",
            ),
            "due_on": lambda: DayField(
                label="办理时限",
                error_messages={"required": "请填办理时限"},
                help_text=f"原时限{_words(task.first_due_on)}",
            ),
            "unit": lambda: _select(Unit, units_of(task.order.plan), "承办单位", task.lead_unit_id),
            "cadre": lambda: _select(
                User, people_of(task.order.plan, today), "承办人", task.cadre_id, required=False
            ),
            "words": lambda: WordsField(label=act.label),
            "progress": lambda: WordsField(label="目前进展"),
            "reply_by": lambda: DayField(
                label="回复日期",
                initial=services.reply_day(today),
                error_messages={"required": "请填哪一天前回复"},
                help_text="默认下一个工作日",
            ),
            "more": lambda: WordsField(label=f"{act.label}（选填）", max_length=LONGEST_MORE),
        }
        for name in act.fields:
            self.fields[name] = made[name]()

    def arguments(self) -> dict[str, Any]:
        """What the service is called with."""
        found = dict(self.cleaned_data)
        if "words" in found:
            found[self.act.keyword] = found.pop("words")
        return found

    def blame(self, errors: dict[str, list[str]]) -> None:
        """Put the service's complaints beside the fields they speak of."""
        for name, sentences in errors.items():
            if name == "evidence":
                self.file_errors = list(sentences)
                continue
            field = "words" if name == self.act.keyword else name
            self.add_error(field if field in self.fields else None, sentences)


def _select(
    model: Any, queryset: Any, label: str, initial: int | None, *, required: bool = True
) -> forms.Field:
    field: Any = forms.ModelChoiceField(
        queryset, label=label, required=required, initial=initial, empty_label="请选择" if required else "由单位安排",
        error_messages={"required": f"请选{label}"},
    )  # fmt: skip
    field.widget.attrs["class"] = "form-select"
    if model is User:
        field.label_from_instance = lambda user: user.name
    return field


def _words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
