"""月度通报: made from the figures, published as made or as changed in Word, again only with a word why.

A short one is made in the request; a long one (setting its PDF takes up to half a minute) by the worker
(`run_waiting`), which tells how far it is. The rows are the queue: a page never waits for the broker.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q

from dashboards.bulletin.figures import figures_of, rows_of
from dashboards.bulletin.pdf import NoPdf, pdf_of
from dashboards.bulletin.word_file import word_file
from dashboards.bulletin.words import text_of
from dashboards.models import Bulletin, BulletinState, Edition
from notices import services as notices
from office import activity, clock
from office.clock import day_of
from office.links import link
from office.models import Post, Role, User
from plans import files
from plans.errors import StateError
from plans.models import Plan, ReportingMonth
from plans.numbers import visible_text
from plans.official import BrokenTemplate
from plans.permissions import can_keep_plan

logger = logging.getLogger(__name__)

AT_ONCE = 40  # rows of the red list and of units that a request writes: about three seconds with the PDF
STEPS = 3  # figures and words, Word, PDF
LEASE = timedelta(minutes=10)  # above the worker's time limit: whoever held a bulletin longer is dead
PDF_ROWS = 1500  # above, setting it takes too long and too much memory; Word makes one from its own file
MAX_BYTES = 20 * 1024 * 1024
LONGEST_NOTE = 200  # as the column
_WRONG_KIND = "不是Word文件（docx），请传在Word里改好的通报，存为docx"


@dataclass(frozen=True)
class Made:
    """What making a bulletin gives."""

    text: dict[str, Any]
    content: bytes
    pdf: bytes
    is_frozen: bool


# Making --------------------------------------------------------------------------------------------


def make_bulletin(*, month: ReportingMonth, by: User, at: datetime, queue: bool = True) -> Bulletin:
    """Write a month's bulletin from its figures; what was made before is replaced, what was published stays.

    More than `AT_ONCE` rows wait for the worker, unless `queue` is false; one that waits already goes on waiting.
    Raises PermissionDenied for anyone but the plan office, StateError for a month that has not opened, and for a
    template that cannot be filled in.
    """
    _require(month.plan, by)
    month = ReportingMonth.objects.select_related("plan__unit").get(pk=month.pk)
    if month.opens_on > day_of(at):
        raise StateError(f"{month}还没有开放报送，没有可通报的数")
    if queue and rows_of(month) > AT_ONCE:
        return _queue(month, by, at)
    try:
        made = _made(month, by, at)
    except BrokenTemplate as error:
        raise StateError(str(error)) from error
    with transaction.atomic():
        return _keep(_locked(month, by, at), made, by, at)


@transaction.atomic
def _queue(month: ReportingMonth, by: User, at: datetime) -> Bulletin:
    bulletin = _locked(month, by, at)
    if bulletin.pk is not None and bulletin.is_waiting:
        return bulletin
    bulletin.state, bulletin.by, bulletin.at = BulletinState.WAITING, by, at
    bulletin.done, bulletin.total, bulletin.claimed_at, bulletin.message = 0, STEPS, None, ""
    bulletin.save()
    activity.record(by=by, action="dashboards.bulletin.queue", subject=bulletin, detail=_detail(month))
    return bulletin


def _locked(month: ReportingMonth, by: User, at: datetime) -> Bulletin:
    """The month's bulletin, made or not, under the lock of the month's row."""
    ReportingMonth.objects.select_for_update(of=("self",)).get(pk=month.pk)
    found = Bulletin.objects.filter(month=month).first()
    return found or Bulletin(month=month, by=by, at=at)


def _made(
    month: ReportingMonth, by: User, at: datetime, watch: Callable[[int], None] = lambda done: None
) -> Made:
    """The files. `watch` is told how many of the STEPS are done. Raises BrokenTemplate, PermissionDenied."""
    _require(month.plan, by)
    text = text_of(figures_of(month=month, by=by), on=day_of(at), notice=settings.DEMO_NOTICE)
    watch(1)
    content = word_file(text, at=at)
    watch(2)
    return Made(text, content, _pdf(text), month.is_closed)


def _pdf(text: dict[str, Any]) -> bytes:
    """The PDF; empty where this machine makes none, or the list is too long for it."""
    if len(text["matter_rows"]) > PDF_ROWS:
        return b""
    try:
        return pdf_of(text)
    except NoPdf:
        return b""


def _keep(bulletin: Bulletin, made: Made, by: User, at: datetime) -> Bulletin:
    bulletin.text, bulletin.content, bulletin.pdf = made.text, made.content, made.pdf
    bulletin.is_frozen = made.is_frozen
    bulletin.state, bulletin.by, bulletin.at = BulletinState.MADE, by, at
    bulletin.done, bulletin.total, bulletin.message = STEPS, STEPS, ""
    bulletin.save()
    activity.record(
        by=by,
        action="dashboards.bulletin.make",
        subject=bulletin,
        detail={**_detail(bulletin.month), "sha256": hashlib.sha256(made.content).hexdigest()},
    )
    return bulletin


def _detail(month: ReportingMonth) -> dict[str, str]:
    return {"plan": month.plan.code, "month": f"{month.month:%Y-%m}"}


# The worker's part ---------------------------------------------------------------------------------


def run_waiting(*, at: datetime) -> int:
    """Make what waits, one bulletin after the other; answers how many. Safe to run twice at once.

    One that a dead worker held is taken up again after `LEASE`: it was kept whole, or not at all.
    """
    count = 0
    while (bulletin := _claim()) is not None:
        _work(bulletin, at)
        count += 1
    return count


def _claim() -> Bulletin | None:
    """The next one that waits, taken for this worker: of two that want it, one gets it. Leases use real time."""
    at = clock.real_now()
    waiting = Bulletin.objects.filter(state=BulletinState.WAITING)
    free = waiting.filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=at - LEASE))
    for key, held in free.order_by("at", "pk").values_list("pk", "claimed_at"):
        if waiting.filter(pk=key, claimed_at=held).update(claimed_at=at):
            return Bulletin.objects.select_related("month__plan__unit", "by").get(pk=key)
    return None


def _work(bulletin: Bulletin, at: datetime) -> None:
    rows, by = Bulletin.objects.filter(pk=bulletin.pk), bulletin.by

    def watch(done: int) -> None:
        rows.update(done=done)

    try:
        made = _made(bulletin.month, by, at, watch)
        with transaction.atomic():
            bulletin = _locked(bulletin.month, by, at)
            if bulletin.is_waiting:  # nobody made it at once meanwhile
                _keep(bulletin, made, by, at)
    except (BrokenTemplate, PermissionDenied) as error:
        _fail(bulletin, str(error))
    except SoftTimeLimitExceeded:
        _fail(bulletin, "用时太长，已停下；请稍后重新生成")
    except Exception:
        # Whatever it was, it would come again at each tick, and somebody watches a bar that never moves.
        logger.exception("bulletin %s was not made", bulletin.pk)
        _fail(bulletin, "生成时出错，原因已记入日志，请联系系统管理员")
    finally:
        rows.update(claimed_at=None)


def _fail(bulletin: Bulletin, message: str) -> None:
    waiting = Bulletin.objects.filter(pk=bulletin.pk, state=BulletinState.WAITING)
    waiting.update(state=BulletinState.FAILED, message=message[:400], done=0)


# Publishing ----------------------------------------------------------------------------------------


@transaction.atomic
def publish_bulletin(
    *,
    month: ReportingMonth,
    by: User,
    at: datetime,
    content: bytes | None = None,
    name: str = "",
    note: str = "",
) -> Edition:
    """Publish a closed month's bulletin: as it was made, or a Word file (`content`, `name`) made from it.

    Publishing again makes the next edition and needs a `note`; the very bytes that are in force already write
    nothing. Heads and leaders get a message. Raises PermissionDenied for anyone but the plan office, StateError where
    there is nothing to publish yet, ValidationError by `file` and `note`.
    """
    _require(month.plan, by)
    month = ReportingMonth.objects.select_related("plan__unit").get(pk=month.pk)
    bulletin = _locked(month, by, at)
    if not month.is_closed:
        raise StateError(f"{month.label}还没有关账，数字还会变，关账以后再发布")
    if bulletin.pk is None or not bulletin.content:
        raise StateError(f"请先生成{month.label}通报，再发布")
    if bulletin.is_waiting:
        raise StateError(f"{month.label}通报正在生成，请等它完成再发布")
    if content is None and not bulletin.is_frozen:
        raise StateError(f"这份通报是{month.label}关账以前生成的，请重新生成再发布")
    edition = _edition(bulletin, content, name)
    edition.by, edition.at = by, at
    latest = bulletin.editions.defer("content", "pdf", "text").first()  # the highest number
    if latest is not None and latest.sha256 == edition.sha256:
        return latest
    edition.number = latest.number + 1 if latest else 1
    edition.note = _checked_note(note, again=latest is not None)
    edition.save()
    activity.record(
        by=by,
        action="dashboards.bulletin.publish",
        subject=edition,
        detail={**_detail(month), "number": edition.number, "sha256": edition.sha256, "note": edition.note},
    )
    _tell(edition, month)
    return edition


def _edition(bulletin: Bulletin, content: bytes | None, name: str) -> Edition:
    if content is None:
        made, text, pdf = bytes(bulletin.content), bulletin.text, bytes(bulletin.pdf)
        name = "".join(bulletin.text["title"])
    else:
        made, text, pdf = _checked_file(content, name), {}, b""
    return Edition(
        bulletin=bulletin,
        content=made,
        text=text,
        pdf=pdf,
        name=files.clean_name(name, "docx"),
        size=len(made),
        sha256=hashlib.sha256(made).hexdigest(),
    )


def _checked_file(content: bytes, name: str) -> bytes:
    """The bytes of a sound docx. Raises ValidationError that says what is wrong with the file and what to do."""
    called = f"《{files.clean_name(name)}》"
    if len(content) > MAX_BYTES:
        size = len(content) / 1024 / 1024
        raise ValidationError(
            {"file": f"{called}有{size:.1f}MB，最大{MAX_BYTES // 1024 // 1024}MB；请压缩其中的图片再传"}
        )
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise ValidationError({"file": f"{called}是旧格式（doc）或设了密码，请另存为不设密码的docx再传"})
    if content and not content.startswith(b"PK"):
        raise ValidationError({"file": f"{called}{_WRONG_KIND}"})
    try:
        sound = files.recognise(content)
    except files.RefusedFile as error:
        # The advice of evidence leads to PDF, which is no bulletin that can be published.
        told = str(error).replace("请导出为PDF再传", "请在Word里去掉外部模板和链接的对象再传")
        raise ValidationError(
            {"file": f"{called}{_WRONG_KIND if files.ACCEPTED in told else told}"}
        ) from error
    if sound.kind != "docx":
        raise ValidationError({"file": f"{called}{_WRONG_KIND}"})
    return sound.content


def _checked_note(note: str, *, again: bool) -> str:
    words = " ".join(visible_text(note).split())
    if again and not words:
        raise ValidationError({"note": "再次发布要写明改了什么"})
    if len(words) > LONGEST_NOTE:
        raise ValidationError({"note": f"最多{LONGEST_NOTE}字，现在{len(words)}字"})
    return words


def _tell(edition: Edition, month: ReportingMonth) -> None:
    """A message to the heads and leaders of the plan's units. It asks nothing of them."""
    posts = (
        Post.objects.held(on=day_of(edition.at))
        .filter(
            role__in=[Role.HEAD, Role.LEADER],
            user__is_active=True,
            unit__path__startswith=month.plan.unit.path,
        )
        .exclude(user=edition.by)
        .select_related("user")
    )
    people = {post.user_id: post.user for post in posts}
    again = f"（第{edition.number}版：{edition.note}）" if edition.number > 1 else ""
    line = {
        "text": f"{month}目标任务进展情况通报已发布{again}",
        "path": f"{link('dashboards:bulletin', f'{month.month:%Y-%m}')}?plan={month.plan.code}",
    }
    notices.notify_many(
        kind="bulletin",
        at=edition.at,
        messages=[
            notices.Outgoing(
                recipient=person,
                subject_key=f"bulletin-{edition.pk}",
                title=f"{month.label}通报已发布",
                lines=[line],
            )
            for person in people.values()
        ],
        is_duty=False,
    )


def _require(plan: Plan, by: User) -> None:
    if not can_keep_plan(by, plan):
        raise PermissionDenied("通报由督查员生成和发布")
