"""The one place that asks what time it is. Only doors (pages, commands, tasks) call it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def real_now() -> datetime:
    """The true moment, in Shanghai: for sign-in, sessions, locks and the activity log."""
    return timezone.now().astimezone(SHANGHAI)


def now() -> datetime:
    """The moment of business time: the demo's pinned date with the true time of day."""
    moment = real_now()
    if settings.PORTAL_TODAY is not None:
        pinned = settings.PORTAL_TODAY
        moment = moment.replace(year=pinned.year, month=pinned.month, day=pinned.day)
    return moment


def lately() -> datetime:
    """The same, to the last ten minutes: for what a page keeps. What depends on the hour shows that much later."""
    moment = now()
    return moment.replace(minute=moment.minute // 10 * 10, second=0, microsecond=0)


def today() -> date:
    """The date of business time."""
    return now().date()


def day_of(moment: datetime) -> date:
    """The day in Shanghai on which a stored moment fell."""
    return moment.astimezone(SHANGHAI).date()
