"""The closed vocabularies of the plan: every word that a row or a page may use for a state."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """How a target is measured, and therefore what one month of it reports."""

    CUMULATIVE = "cumulative", "累计数"
    LEVEL = "level", "水平值"
    MILESTONES = "milestones", "里程碑"
    RECURRING = "recurring", "频次"
    ONGOING = "ongoing", "常态"

    @property
    def is_titled(self) -> bool:
        """Whether its checkpoints carry a title and a day on which they were reached."""
        return self in (Kind.MILESTONES, Kind.RECURRING)

    @property
    def is_amount(self) -> bool:
        """Whether its checkpoints carry a planned value in the target's measure."""
        return self in (Kind.CUMULATIVE, Kind.LEVEL)


class Comparison(TextChoices):
    """Which side of the goal is the good one."""

    AT_LEAST = ">=", "不低于"
    AT_MOST = "<=", "不高于"


class Answer(TextChoices):
    """What a month of a standing duty answers."""

    HELD = "held", "已开展"
    NOT_HELD = "not_held", "未开展"
    UNMEASURED = "unmeasured", "未监测"


class TargetState(TextChoices):
    """Where a target stands in its own life, apart from its progress."""

    DRAFT = "draft", "草稿"
    ACTIVE = "active", "在册"
    SUSPENDED = "suspended", "中止"
    WITHDRAWN = "withdrawn", "撤销"


class Light(TextChoices):
    """The colour group; what it is printed as depends on the plan's palette."""

    RED = "red", "红"
    YELLOW = "yellow", "黄"
    BLUE = "blue", "蓝"
    GREY = "grey", "灰"


class Word(TextChoices):
    """The word of a light, in the order from urgent to calm in which every page lists them."""

    OVERDUE = "overdue", "已逾期"
    OFF_TARGET = "off_target", "未达标"
    FAR_BEHIND = "far_behind", "严重滞后"
    BEHIND = "behind", "滞后"
    DUE_SOON = "due_soon", "临近时限"
    ON_TRACK = "on_track", "正常推进"
    DONE = "done", "已完成"
    DONE_LATE = "done_late", "逾期完成"
    NOT_DUE = "not_due", "未到期"
    INCOMPLETE = "incomplete", "待补"
    SUSPENDED = "suspended", "已中止"

    @property
    def light(self) -> Light:
        """The colour that always goes with this word."""
        return _LIGHTS[self]

    @property
    def rank(self) -> int:
        """0 for the most urgent; the order of lists that run from urgent to calm."""
        return list(Word).index(self)


_LIGHTS = {
    Word.OVERDUE: Light.RED,
    Word.OFF_TARGET: Light.RED,
    Word.FAR_BEHIND: Light.RED,
    Word.BEHIND: Light.YELLOW,
    Word.DUE_SOON: Light.YELLOW,
    Word.ON_TRACK: Light.BLUE,
    Word.DONE: Light.BLUE,
    Word.DONE_LATE: Light.BLUE,
    Word.NOT_DUE: Light.GREY,
    Word.INCOMPLETE: Light.GREY,
    Word.SUSPENDED: Light.GREY,
}


class ReportState(TextChoices):
    """Where a month's report stands on its way to counting."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "退回"
    APPROVED = "approved", "已审定"


class Stage(TextChoices):
    """The steps of a month's reminders, in the order in which they come."""

    OPEN = "open", "开始报送"
    BEFORE = "before", "截止前提醒"
    DUE = "due", "截止当天"
    AFTER = "after", "催办"
    LEADER = "leader", "报分管领导"
    LIST = "list", "未报清单"

    @property
    def chases(self) -> bool:
        """Whether it speaks of somebody who is late."""
        return self in (Stage.AFTER, Stage.LEADER, Stage.LIST)

    @property
    def order(self) -> int:
        """0 for the first."""
        return list(Stage).index(self)

    @property
    def asks(self) -> str:
        """Whom it turns to."""
        return _ASKED[self]


_ASKED = {
    Stage.OPEN: "责任人",
    Stage.BEFORE: "未报的责任人",
    Stage.DUE: "未报的责任人",
    Stage.AFTER: "责任人和科室负责人",
    Stage.LEADER: "分管领导",
    Stage.LIST: "督查员",
}
