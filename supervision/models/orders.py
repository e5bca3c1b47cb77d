from __future__ import annotations

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q

from office.links import link
from office.models import Unit, User
from plans.choices import Word
from plans.models import Plan, Target, Term
from supervision.choices import Asked, Level, OrderState, Origin, Rhythm, TaskState
from supervision.querysets import OrderQuerySet, OrderTaskQuerySet


def number_words(year: int, number: int) -> str:
    """As it is printed: 督办〔2024〕7号."""
    return f"督办〔{year}〕{number}号"


def task_path(order: int, task: int) -> str:
    """The address of a task on the page of its order, by their keys."""
    return f"{link('supervision:order', order)}#task-{task}"


class Order(models.Model):
    """督办单: what is to be done, from whom it comes, by when; one or several tasks, each with a unit of its own.

    Its number is given when it is issued and never again used. An order that is taken up once more is a new one that
    names the old one (`follows`).
    """

    plan = models.ForeignKey(Plan, verbose_name="年度计划", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField("编号", null=True, blank=True, help_text="交办时编号，一年一编")
    title = models.CharField("标题", max_length=100)
    content = models.TextField("督办要求", max_length=2000, blank=True)
    origin = models.CharField("来源", max_length=20, choices=Origin.choices, default=Origin.PLAN_OFFICE)
    origin_words = models.CharField("来源说明", max_length=200, blank=True)
    level = models.CharField("缓急", max_length=20, choices=Level.choices, default=Level.NORMAL)
    state = models.CharField("状态", max_length=20, choices=OrderState.choices, default=OrderState.DRAFT)
    tags = models.ManyToManyField(Term, verbose_name="标签", related_name="+", blank=True)
    follows = models.ForeignKey(
        "self",
        verbose_name="接续",
        on_delete=models.PROTECT,
        related_name="followed_by",
        null=True,
        blank=True,
    )
    drafted_by = models.ForeignKey(User, verbose_name="拟稿人", on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField("拟稿时间")
    issued_at = models.DateTimeField("交办时间", null=True, blank=True)
    closed_at = models.DateTimeField("销号时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = "督办单"
        verbose_name_plural = "督办单"
        ordering = ["-drafted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"],
                name="order_number_once",
                violation_error_message="这个编号已经用过",
            ),
            models.CheckConstraint(
                condition=Q(state=OrderState.DRAFT, number__isnull=True, issued_at__isnull=True)
                | Q(number__isnull=False, issued_at__isnull=False)
                | Q(state=OrderState.WITHDRAWN),
                name="order_issued_has_number",
            ),
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="order_state_known"),
            models.CheckConstraint(
                condition=~Q(title=""), name="order_has_title", violation_error_message="请写标题"
            ),
            models.CheckConstraint(
                condition=Q(follows__isnull=True) | ~Q(follows=F("pk")), name="order_follows_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number_words} {self.title}"

    def get_absolute_url(self) -> str:
        return link("supervision:order", self.pk)

    @property
    def number_words(self) -> str:
        """As it is printed; a draft has none."""
        return number_words(self.plan.year, self.number) if self.number else "未编号"


class OrderTask(models.Model):
    """督办事项: one unit's part of an order, with its limit and its own way to closure.

    `first_due_on` is the limit it was issued with and never changes; a granted extension moves `due_on`. What it is
    about is a target, a row of a pillar's ledger (`ledger`, `entry`), or neither. A request for a later limit stands on
    the task while it is decided on (`asked`); the moves keep what was asked and answered.
    """

    order = models.ForeignKey(Order, verbose_name="督办单", on_delete=models.CASCADE, related_name="tasks")
    position = models.PositiveSmallIntegerField("排序", default=0)
    content = models.CharField("督办事项", max_length=500)
    lead_unit = models.ForeignKey(Unit, verbose_name="承办单位", on_delete=models.PROTECT, related_name="+")
    cadre = models.ForeignKey(
        User, verbose_name="承办人", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    supporting_units = models.ManyToManyField(Unit, verbose_name="协办单位", related_name="+", blank=True)
    target = models.ForeignKey(
        Target, verbose_name="目标任务", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    ledger = models.CharField("台账", max_length=30, blank=True)
    entry = models.PositiveBigIntegerField("台账行", null=True, blank=True)
    first_due_on = models.DateField("原时限")
    due_on = models.DateField("办理时限")
    rhythm = models.CharField("反馈", max_length=20, choices=Rhythm.choices, default=Rhythm.ONCE)
    feedback_on = models.DateField("下次反馈", null=True, blank=True)
    state = models.CharField("状态", max_length=20, choices=TaskState.choices, default=TaskState.DRAFT)
    returned = models.BooleanField("退回重办", default=False)
    given_at = models.DateTimeField(
        "待签收起", null=True, blank=True, help_text="交办、转办或恢复的时间，24小时从这时算起"
    )
    signed_at = models.DateTimeField("签收时间", null=True, blank=True)
    signed_late = models.BooleanField("超时签收", default=False)
    done_on = models.DateField("办结日", null=True, blank=True, help_text="核查通过的那次办结是哪天报的")
    closed_on = models.DateField("销号日", null=True, blank=True)
    word_at_issue = models.CharField(
        "交办时亮灯", max_length=20, choices=Word.choices, blank=True, help_text="目标任务交办时的灯，不再改"
    )
    word_at_closing = models.CharField("销号时亮灯", max_length=20, choices=Word.choices, blank=True)
    asked = models.CharField("延期申请", max_length=20, choices=Asked.choices, blank=True)
    asked_by = models.ForeignKey(
        User, verbose_name="延期申请人", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    agreed_by = models.ForeignKey(
        User, verbose_name="同意延期的人", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    wanted_due_on = models.DateField("申请延至", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1, editable=False)

    objects = OrderTaskQuerySet.as_manager()

    class Meta:
        verbose_name = "督办事项"
        verbose_name_plural = "督办事项"
        ordering = ["order_id", "position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=TaskState.values), name="task_state_known"),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("first_due_on")),
                name="task_limit_only_moves_on",
                violation_error_message="时限只能往后延",
            ),
            models.CheckConstraint(
                condition=Q(ledger="", entry__isnull=True) | (~Q(ledger="") & Q(entry__isnull=False)),
                name="task_entry_whole",
            ),
            models.CheckConstraint(
                condition=Q(asked="", wanted_due_on__isnull=True, asked_by__isnull=True)
                | (~Q(asked="") & Q(wanted_due_on__gt=F("due_on"), asked_by__isnull=False)),
                name="task_asked_for_later",
                violation_error_message="延至的日期要在现时限之后",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True)
                | (Q(asked=Asked.PLAN_OFFICE, asked_by__isnull=False) & ~Q(agreed_by=F("asked_by"))),
                name="task_agreed_by_another",
                violation_error_message="延期由申请人以外的人同意",
            ),
            models.CheckConstraint(
                condition=~Q(state=TaskState.CLOSED) | Q(closed_on__isnull=False, done_on__isnull=False),
                name="task_closed_was_done",
                violation_error_message="没有核查通过的事项不能销号",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[TaskState.DRAFT, TaskState.WITHDRAWN]) | Q(given_at__isnull=False),
                name="task_given_to_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(content=""), name="task_has_content", violation_error_message="请写明督办事项"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="task_by_state_and_limit")]

    def __str__(self) -> str:
        return self.content[:40]

    def get_absolute_url(self) -> str:
        return task_path(self.order_id, self.pk)

    @property
    def state_enum(self) -> TaskState:
        return TaskState(self.state)

    def is_near(self, *, on: date) -> bool:
        """Whether its limit comes within the days that its order's urgency calls near, or has passed."""
        return self.due_on - timedelta(days=Level(self.order.level).near) <= on

    def can_be_urged(self, *, on: date) -> bool:
        """Whether its unit owes something: a signature, feedback, or the end, late or soon."""
        if self.state == TaskState.ISSUED:
            return True
        owes_feedback = self.feedback_on is not None and self.feedback_on <= on
        return self.state == TaskState.UNDER_WAY and (owes_feedback or self.is_near(on=on))
