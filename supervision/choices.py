"""The closed vocabularies of supervision: what an order, a task and a move may be called."""

from __future__ import annotations

from django.db.models import TextChoices


class OrderState(TextChoices):
    """Where an order as a whole stands; its tasks have states of their own."""

    DRAFT = "draft", "拟稿"
    ISSUED = "issued", "在办"
    CLOSED = "closed", "已销号"
    WITHDRAWN = "withdrawn", "已撤销"


class Origin(TextChoices):
    """Where an order comes from."""

    LEADER = "leader", "领导批示"
    PLAN_OFFICE = "plan_office", "督查立项"
    MEETING = "meeting", "会议议定"
    LETTER = "letter", "来信来电"


class Level(TextChoices):
    """How urgent an order is: it gives the limit that is offered, and when a task is near it."""

    TOP = "top", "特急"
    URGENT = "urgent", "急件"
    NORMAL = "normal", "一般"

    @property
    def days(self) -> int:
        """The limit that is offered, in days after the issue. Source: DOMAIN.md 1.2 (急件3日、一般15日；特急随到随办)."""
        return _DAYS[self]

    @property
    def near(self) -> int:
        """From how many days before its limit a task is called near."""
        return _NEAR[self]


_DAYS = {Level.TOP: 1, Level.URGENT: 3, Level.NORMAL: 15}
_NEAR = {Level.TOP: 1, Level.URGENT: 1, Level.NORMAL: 3}


class Rhythm(TextChoices):
    """How often a task is to be fed back on while it is under way."""

    ONCE = "once", "办结时报"
    WEEKLY = "weekly", "每周报"
    MONTHLY = "monthly", "每月报"
    ON_DATE = "on_date", "定日报"


class TaskState(TextChoices):
    """Where a task stands on its way from issue to closure."""

    DRAFT = "draft", "拟稿"
    ISSUED = "issued", "待签收"
    UNDER_WAY = "under_way", "办理中"
    REPORTED = "reported", "待核查"
    ACCEPTED = "accepted", "待销号"
    CLOSED = "closed", "已销号"
    SUSPENDED = "suspended", "已中止"
    WITHDRAWN = "withdrawn", "已撤销"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self in OPEN


# What is not over. A suspended task is waited for by nobody, but comes back.
OPEN = (TaskState.ISSUED, TaskState.UNDER_WAY, TaskState.REPORTED, TaskState.ACCEPTED)


class Asked(TextChoices):
    """Where a request for a later limit stands while it is decided on; empty when there is none."""

    HEAD = "head", "待科室同意"
    PLAN_OFFICE = "plan_office", "待督查批准"


class Colour(TextChoices):
    """The light of a task, in the order from urgent to calm. Source: DOMAIN.md 1.4 (宿迁)."""

    OVERDUE = "overdue", "已逾期"
    BEHIND = "behind", "滞后"
    DUE_SOON = "due_soon", "临近时限"
    ON_TRACK = "on_track", "正常推进"
    DONE = "done", "已完成"
    DONE_LATE = "done_late", "逾期完成"
    SUSPENDED = "suspended", "已中止"

    @property
    def mark(self) -> str:
        """The mark that draws it. Here blue warns of the limit, so that what is calm has no colour."""
        return {Colour.DUE_SOON: "near", Colour.ON_TRACK: "not_due"}.get(self, self.value)


class ListKind(TextChoices):
    """四单 and 四榜: what has no public definition, so that each plan office says how it calls them."""

    ROLLS = "rolls", "四单"
    BOARDS = "boards", "四榜"


class RollKey(TextChoices):
    """The four lists of orders, under the names that they come with, in the order of their tabs."""

    ASSIGN = "assign", "交办单"
    SUPERVISE = "supervise", "督办单"
    ADVANCE = "advance", "推进单"
    RECTIFY = "rectify", "整改单"


class Board(TextChoices):
    """The four boards, likewise. What they count says dashboards/boards.py."""

    PROGRESS = "progress", "进度榜"
    TIMELINESS = "timeliness", "及时榜"
    QUALITY = "quality", "质量榜"
    RECTIFICATION = "rectification", "整改榜"


class Kind(TextChoices):
    """What a move was."""

    DRAFT = "draft", "拟稿"
    CHANGE = "change", "修改"
    ISSUE = "issue", "交办"
    SIGN = "sign", "签收"
    FEEDBACK = "feedback", "反馈"
    REPORT = "report", "报办结"
    TAKE_BACK = "take_back", "收回办结"
    ACCEPT = "accept", "核查通过"
    RETURN = "return", "退回重办"
    CLOSE = "close", "销号"
    ASK = "ask", "申请延期"
    TAKE_ASK_BACK = "take_ask_back", "撤回延期申请"
    AGREE = "agree", "同意延期"
    GRANT = "grant", "批准延期"
    REFUSE = "refuse", "不同意延期"
    TRANSFER = "transfer", "转办"
    SUSPEND = "suspend", "中止"
    RESUME = "resume", "恢复"
    WITHDRAW = "withdraw", "撤销"
    URGE = "urge", "催办"
