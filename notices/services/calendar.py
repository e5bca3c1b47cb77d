"""The warning that a year's holidays are not in the working calendar, so that due days rest on plain weekends."""

from __future__ import annotations

from datetime import datetime

from notices.models import Notice
from notices.services.inbox import Outgoing, awake, notify_many
from office.clock import day_of
from office.models import Post, Role, User
from office.services import keep_calendar

CALENDAR = "calendar"


def warn_of_missing_years(*, at: datetime) -> int:
    """Tell each administrator once of each year that is still unknown, in waking hours. Answers how many messages.

    From 1 November on the next year ought to be known. What is published by then is filled in first. One query
    where nothing is missing.
    """
    missing = keep_calendar(on=day_of(at), by=User.objects.system())
    if not missing or awake(at) > at:
        return 0
    posts = Post.objects.held(on=day_of(at)).filter(role=Role.ADMINISTRATOR)
    administrators = User.objects.filter(pk__in=posts.order_by().values("user"), is_active=True).order_by(
        "pk"
    )
    told = set(Notice.objects.filter(kind=CALENDAR).values_list("recipient", "subject_key"))
    messages = [
        Outgoing(
            recipient=person,
            subject_key=f"calendar-{year}",
            title=f"{year}年的节假日还没有录入",
            lines=[
                {
                    "text": f"{year}年的报送日期暂按周一至周五上班推算。国务院办公厅公布放假安排后，"
                    "请在后台管理的工作日表录入放假和调休的日子；已排好的报送月在报送月页面调整"
                }
            ],
        )
        for person in administrators
        for year in missing
        if (person.pk, f"calendar-{year}") not in told
    ]
    return len(notify_many(kind=CALENDAR, at=at, messages=messages)) if messages else 0
