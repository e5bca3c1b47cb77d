"""月度通报 from its figures to its editions: who may, in which state, once; its pages, its worker, its command."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document
from openpyxl import Workbook

from dashboards.bulletin import pdf
from dashboards.bulletin.figures import figures_of, rows_of
from dashboards.models import Bulletin, BulletinState, Edition
from dashboards.services import bulletins, make_bulletin, publish_bulletin
from dashboards.services.bulletins import LEASE, MAX_BYTES, run_waiting
from dashboards.summaries import overview
from dashboards.tasks import run_bulletins
from notices.models import Notice
from office.models import Activity, User
from office.services import give_post
from plans.choices import Kind, Word
from plans.errors import StateError
from plans.lists import Lists
from plans.models import Plan, ReportingMonth, Standing
from plans.official import BrokenTemplate
from tests.builders import (
    TODAY,
    Office,
    close_through,
    first,
    fresh,
    make_plan,
    make_target,
    make_unit,
    make_user,
    moment,
    month_row,
    points,
    report,
    submit,
)
from tests.pages.helpers import page_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md

LIST = reverse("dashboards:bulletins")
AUGUST = reverse("dashboards:bulletin", args=["2024-08"])
MAKE = reverse("dashboards:bulletin_made", args=["2024-08"])
PUBLISH = reverse("dashboards:bulletin_published", args=["2024-08"])
WORD = reverse("dashboards:bulletin_word", args=["2024-08"])
FIRST = reverse("dashboards:edition_word", args=["2024-08", 1])
SEES = ("cadre", "deputy", "head", "other_cadre", "other_deputy", "other_head", "leader")
BLIND = ("administrator", "security", "auditor", "stranger")


@pytest.fixture(autouse=True)
def _no_typesetting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting a PDF takes two seconds; how it looks is asked in test_bulletin_files."""
    monkeypatch.setattr(bulletins, "pdf_of", lambda text: b"%PDF-" + "".join(text["title"]).encode())


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """One row is many."""
    monkeypatch.setattr(bulletins, "AT_ONCE", 0)


def months_of(plan: Plan, number: int) -> ReportingMonth:
    return ReportingMonth.objects.select_related("plan__unit").get(plan=plan, month=first(number))


def make(plan: Plan, office: Office, month: int = 8, *, by: User | None = None, **more: Any) -> Bulletin:
    return make_bulletin(month=months_of(plan, month), by=fresh(by or office.planner), at=TODAY, **more)


def publish(plan: Plan, office: Office, month: int = 8, *, by: User | None = None, **more: Any) -> Edition:
    return publish_bulletin(month=months_of(plan, month), by=fresh(by or office.planner), at=TODAY, **more)


def edited(text: str = "改过的通报") -> bytes:
    """A Word file as an office saves it."""
    document, file = Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(file)
    return file.getvalue()


def upload(content: bytes | None = None, name: str = "改好的通报.docx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, edited() if content is None else content)


# The figures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("month", [8, 9])
def test_the_figures_are_those_of_the_overview(month, full, office):
    row = months_of(full, month)
    opened = [each for each in full.months.all() if each.opens_on <= TODAY.date()]
    found = figures_of(month=row, by=fresh(office.planner))
    shown = overview(
        user=fresh(office.planner), plan=full, months=opened, lists=Lists(row), today=TODAY.date()
    )

    def told(group: Any) -> tuple[Any, ...]:
        counted = ("live", "late", "lagging", "soon", "suspended")
        return (
            *(getattr(group, name) for name in counted), group.count("finished"), group.count("waiting"),
            group.words.get(Word.ON_TRACK, 0), group.completion.actual, group.completion.planned,
        )  # fmt: skip

    def said(part: Any) -> tuple[Any, ...]:
        counts = part.counts
        return (
            counts.live, counts.late, counts.lagging, counts.soon, counts.suspended, counts.finished, counts.waiting,
            counts.on_track, part.actual, part.planned,
        )  # fmt: skip

    assert said(found.total) == told(shown.total)
    assert [(part.label, *said(part)) for part in found.pillars] == [
        (group.label, *told(group)) for group in shown.pillars
    ]
    ranked = {(group.label, group.rank, group.owed, group.filed, *told(group)) for group in shown.units}
    assert ranked == {
        (part.label, part.rank, part.filing.owed, part.filing.on_time + part.filing.late, *said(part))
        for part in found.units
    }
    assert [(past.actual, past.planned) for past in found.trend] == [
        (past["actual"], past["planned"]) for past in shown.months
    ]
    before = found.trend[-2]
    assert shown.previous == {"finished": before.finished, "lagging": before.lagging, "late": before.late}
    assert len(found.matters) == shown.matters_total == sum(
        matter.word.light in ("red", "yellow") for matter in found.matters
    )  # fmt: skip
    assert rows_of(row) == len(found.matters) + len(found.units)


def test_the_red_list_names_units_and_no_persons(full, office):
    make(full, office)
    text = Bulletin.objects.get().text
    assert text["matter_rows"][0]["word"] == "已逾期"
    everything = str(text)
    for person in User.objects.exclude(username="system"):
        assert person.name not in everything


def test_counting_costs_the_same_however_many_targets(full, office):
    row, by = months_of(full, 8), fresh(office.planner)
    figures_of(month=row, by=by)
    with CaptureQueriesContext(connection) as few:
        figures_of(month=row, by=by)
    for number in range(12):
        make_target(
            full, office, Kind.MILESTONES, code=f"ZZ-{number:02d}", checkpoints=points((9, 30, "节点"))
        )
    with CaptureQueriesContext(connection) as many:
        figures_of(month=row, by=by)
    assert len(few) == len(many) <= 9


def test_how_the_month_was_reported_by_unit(office):
    plan = make_plan(office, closed=0)
    start = moment(1, 2)
    in_time = make_target(plan, office, at=start)
    late = make_target(plan, office, at=start)
    silent = make_target(plan, office, at=start, lead_unit=office.safety, cadre=office.other_cadre)
    report(in_time, 1, 1, at=moment(1, 22))
    report(late, 1, 1, at=moment(1, 29))
    close_through(plan, 1, by=office.system)

    def filing() -> dict[str, tuple[int, ...]]:
        found = figures_of(month=months_of(plan, 1), by=office.system)
        parts = {part.label: part.filing for part in found.units} | {"": found.total.filing}
        return {
            label: (each.owed, each.on_time, each.late, each.missing, each.made_up)
            for label, each in parts.items()
        }

    assert filing() == {
        "经济发展办公室": (2, 1, 1, 0, 0),
        "应急管理办公室": (1, 0, 0, 1, 0),
        "": (3, 1, 1, 1, 0),
    }
    submit(silent, 1, 1, at=moment(2, 5))
    assert filing()["应急管理办公室"] == (1, 0, 0, 1, 1)


def test_what_falls_due_next_month(office, plan):
    nodes = points((9, 5, "已达成的"), (9, 20, "还差的"), (10, 5, "太远的"))
    make_target(plan, office, Kind.MILESTONES, name="里程碑", checkpoints=nodes, at=moment(8, 1), code="A-1")
    reached = plan.targets.get(code="A-1").checkpoints.get(title="已达成的")
    reached.reached_on = first(8).replace(day=20)
    reached.save()
    make_target(plan, office, name="到期的", due_on=first(9).replace(day=30), at=moment(8, 1), code="A-2")
    make_target(plan, office, name="年底的", at=moment(8, 1), code="A-3")
    # The targets came after August had closed: the open month alone knows them.
    found = figures_of(month=months_of(plan, 8), by=office.system)
    assert [(node.name, node.what) for node in found.nodes] == [("里程碑", "还差的")]
    assert found.next_due == month_row(plan, 9).due_on
    reached.reached_on = None
    reached.save()


# Making ----------------------------------------------------------------------------------------


def test_a_short_one_is_made_at_once_with_one_activity(full, office):
    before = Activity.objects.count()
    bulletin = make(full, office)

    assert (bulletin.state, bulletin.is_frozen, bulletin.by) == (BulletinState.MADE, True, office.planner)
    assert bytes(bulletin.pdf).startswith(b"%PDF")
    document = Document(io.BytesIO(bytes(bulletin.content)))
    total = Standing.objects.filter(plan=full, month=first(8)).exclude(word=Word.SUSPENDED).count()
    assert f"截至8月底，在册目标任务{total}项" in "\n".join(p.text for p in document.paragraphs)
    [written] = Activity.objects.order_by("sequence")[before:]
    assert (written.action, written.detail["month"]) == ("dashboards.bulletin.make", "2024-08")
    assert written.detail["sha256"] == hashlib.sha256(bytes(bulletin.content)).hexdigest()


def test_making_again_replaces_it(full, office):
    old = make(full, office)
    new = make(full, office)
    assert (new.pk, Bulletin.objects.count()) == (old.pk, 1)


@pytest.mark.parametrize("who", [*SEES, *BLIND])
def test_nobody_else_makes_or_publishes(who, plan, office):
    make(plan, office)
    before = Activity.objects.count()
    for act in (make, publish):
        with pytest.raises(PermissionDenied):
            act(plan, office, by=getattr(office, who))
    assert Activity.objects.count() == before


def test_a_month_that_has_not_opened_has_no_figures(plan, office):
    with pytest.raises(StateError, match="还没有开放"):
        make(plan, office, 11)
    assert not Bulletin.objects.exists()


def test_an_open_month_is_a_draft(plan, office):
    assert make(plan, office, 9).is_frozen is False
    with pytest.raises(StateError, match="还没有关账"):
        publish(plan, office, 9)
    with pytest.raises(StateError, match="还没有关账"):
        publish(plan, office, 9, content=edited(), name="a.docx")


def test_without_the_library_there_is_a_word_file_and_no_pdf(plan, office, monkeypatch):
    def missing(text: Any) -> bytes:
        raise pdf.NoPdf("没有安装")

    monkeypatch.setattr(bulletins, "pdf_of", missing)
    bulletin = make(plan, office)
    assert (bulletin.state, bytes(bulletin.pdf)) == (BulletinState.MADE, b"")
    monkeypatch.setattr(pdf, "missing", lambda: "这台机器没有安装PDF组件WeasyPrint")
    page = page_of(signed_in(office.planner).get(AUGUST))
    assert "没有PDF：这台机器没有安装PDF组件WeasyPrint" in page
    assert signed_in(office.planner).get(WORD.replace("docx", "pdf")).status_code == 404


def test_a_list_too_long_for_a_pdf_says_so(full, office, monkeypatch):
    for module in ("dashboards.services.bulletins", "dashboards.views.bulletins"):
        monkeypatch.setattr(f"{module}.PDF_ROWS", 0)
    assert bytes(make(full, office).pdf) == b""
    assert "另存为PDF" in page_of(signed_in(office.planner).get(AUGUST))


# The worker ------------------------------------------------------------------------------------


def test_a_long_one_is_made_by_the_worker(long, full, office):
    client = signed_in(office.planner)
    assert client.post(MAKE).status_code == 302
    bulletin = Bulletin.objects.get()
    assert (bulletin.state, bytes(bulletin.content)) == (BulletinState.WAITING, b"")
    page = page_of(client.get(AUGUST))
    assert "正在排队" in page
    assert 'hx-trigger="every 2s"' in page
    assert "刷新" in page

    polled = {"HX-Request": "true", "HX-Target": "waiting"}
    assert "正在排队" in page_of(client.get(AUGUST, headers=polled))

    assert run_bulletins() == 1
    bulletin.refresh_from_db()
    assert client.get(AUGUST, headers=polled)["HX-Refresh"] == "true"
    assert (bulletin.state, bulletin.claimed_at, bulletin.done) == (BulletinState.MADE, None, bulletin.total)
    assert "下载Word" in page_of(client.get(AUGUST))
    assert run_bulletins() == 0
    actions = list(Activity.objects.filter(action__startswith="dashboards.").values_list("action", flat=True))
    assert sorted(actions) == ["dashboards.bulletin.make", "dashboards.bulletin.queue"]


def test_asking_twice_queues_it_once(long, full, office):
    make(full, office)
    before = Activity.objects.count()
    make(full, office)
    assert Activity.objects.count() == before
    assert run_waiting(at=TODAY) == 1


def test_of_two_workers_one_gets_it(long, full, office, monkeypatch):
    bulletin = make(full, office)
    other: list[int] = []
    real = bulletins.text_of

    def meanwhile(*args: Any, **named: Any) -> Any:
        other.append(run_waiting(at=TODAY))
        Bulletin.objects.get(pk=bulletin.pk)
        return real(*args, **named)

    monkeypatch.setattr(bulletins, "text_of", meanwhile)
    assert run_waiting(at=TODAY) == 1
    assert other == [0]
    assert Activity.objects.filter(action="dashboards.bulletin.make").count() == 1


def test_what_a_dead_worker_held_is_made_after_its_lease(long, full, office, monkeypatch):
    """The worker is killed in the middle: nothing is kept, nobody takes it up before the lease is over."""
    bulletin = make(full, office)

    class Killed(BaseException):
        pass

    def die(*args: Any, **named: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(bulletins, "word_file", die)
        # A killed process runs no `finally`: its claim stays.
        claimed = bulletins._claim()
        assert claimed is not None
        with pytest.raises(Killed):
            bulletins._made(claimed.month, claimed.by, TODAY)
    bulletin.refresh_from_db()
    assert (bulletin.state, bytes(bulletin.content)) == (BulletinState.WAITING, b"")
    assert run_waiting(at=TODAY) == 0
    Bulletin.objects.update(claimed_at=claimed.claimed_at - LEASE - timedelta(seconds=1))  # type: ignore[operator]
    assert run_waiting(at=TODAY) == 1
    bulletin.refresh_from_db()
    assert bulletin.state == BulletinState.MADE


FAILURES = {
    "a broken template": (BrokenTemplate("通报模板填不进去：x"), "通报模板填不进去：x"),
    "too slow": (bulletins.SoftTimeLimitExceeded(), "用时太长"),
    "a fault of ours": (RuntimeError("boom"), "原因已记入日志"),
    "the right was lost": (PermissionDenied("通报由督查员生成和发布"), "由督查员"),
}


@pytest.mark.parametrize(("error", "told"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_told_in_words_and_not_tried_for_ever(error, told, long, full, office, monkeypatch):
    def fail(*args: Any, **named: Any) -> Any:
        raise error

    make(full, office)
    with monkeypatch.context() as patch:
        patch.setattr(bulletins, "word_file", fail)
        assert run_waiting(at=TODAY) == 1
    bulletin = Bulletin.objects.get()
    assert (bulletin.state, bulletin.claimed_at) == (BulletinState.FAILED, None)
    assert told in bulletin.message
    assert run_waiting(at=TODAY) == 0
    page = page_of(signed_in(office.planner).get(AUGUST))
    assert told in page
    assert "生成通报" in page
    make(full, office)
    assert run_waiting(at=TODAY) == 1


def test_progress_is_told_step_by_step(long, full, office, monkeypatch):
    make(full, office)
    seen: list[tuple[int, str]] = []

    def look(made: bytes) -> Any:
        def run(*args: Any, **named: Any) -> bytes:
            page = page_of(signed_in(office.planner).get(AUGUST))
            step = next(word for word in ("排Word", "排PDF") if f"正在{word}" in page)
            seen.append((Bulletin.objects.get().done, step))
            return made

        return run

    monkeypatch.setattr(bulletins, "word_file", look(b"PK"))
    monkeypatch.setattr(bulletins, "pdf_of", look(b"%PDF-"))
    run_waiting(at=TODAY)
    assert seen == [(1, "排Word"), (2, "排PDF")]


# Publishing ------------------------------------------------------------------------------------


def test_published_as_made(full, office):
    made = make(full, office)
    before = Activity.objects.count()
    edition = publish(full, office)

    assert (edition.number, bytes(edition.content), bytes(edition.pdf)) == (
        1,
        bytes(made.content),
        bytes(made.pdf),
    )
    assert edition.name == "测试街道2024年8月目标任务进展情况通报.docx"
    assert edition.sha256 == hashlib.sha256(bytes(made.content)).hexdigest()
    [written] = Activity.objects.order_by("sequence")[before:]
    assert (written.action, written.detail["number"]) == ("dashboards.bulletin.publish", 1)


def test_publishing_the_same_again_writes_nothing(full, office):
    make(full, office)
    edition = publish(full, office)
    before = (Activity.objects.count(), Notice.objects.count())
    assert publish(full, office) == edition
    assert publish(full, office, content=bytes(edition.content), name="x.docx") == edition
    assert (Activity.objects.count(), Notice.objects.count()) == before
    assert Edition.objects.count() == 1


def test_the_next_edition_says_what_is_different(full, office):
    make(full, office)
    publish(full, office)
    with pytest.raises(ValidationError) as refused:
        publish(full, office, content=edited(), name="a.docx", note=" \u200b")
    assert refused.value.message_dict == {"note": ["再次发布要写明改了什么"]}
    with pytest.raises(ValidationError, match="最多200字"):
        publish(full, office, content=edited(), name="a.docx", note="长" * 201)

    second = publish(full, office, content=edited(), name="C:\\通报\\改<好>.doc", note="  更正\n第三部分 ")
    assert (second.number, second.note, second.name, second.text, bytes(second.pdf)) == (
        2, "更正 第三部分", "改_好_.docx", {}, b"",
    )  # fmt: skip
    assert list(Edition.objects.values_list("number", flat=True)) == [2, 1]


def test_heads_and_leaders_are_told_and_nobody_else(full, office):
    make(full, office)
    publish(full, office)
    told = Notice.objects.filter(kind="bulletin")
    assert {row.recipient for row in told.select_related("recipient")} == {
        office.head,
        office.other_head,
        office.leader,
    }
    path = told[0].lines[0]["path"]
    assert signed_in(office.head).get(path).status_code == 200


@pytest.mark.parametrize("state", ["nothing made", "waiting", "made before the closing"])
def test_what_cannot_be_published_yet(state, office, monkeypatch):
    plan = make_plan(office, closed=7)
    if state == "waiting":
        close_through(plan, 8, by=office.system)
        make(plan, office)
        Bulletin.objects.update(state=BulletinState.WAITING)
    elif state == "made before the closing":
        make(plan, office)
        close_through(plan, 8, by=office.system)
    else:
        close_through(plan, 8, by=office.system)
    with pytest.raises(StateError, match=r"请先生成|正在生成|重新生成"):
        publish(plan, office)
    assert not Edition.objects.exists()
    if state == "made before the closing":
        assert "请重新生成" in page_of(signed_in(office.planner).get(AUGUST))
        make(plan, office)
        assert publish(plan, office).number == 1


FILES = {
    "empty": (b"", "是空文件"),
    "no word file": (b"hello", "不是Word文件"),
    "old doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "另存为不设密码的docx"),
    "pdf": (b"%PDF-1.7\nstartxref", "不是Word文件"),
    "broken zip": (b"PK\x03\x04" + b"x" * 50, "已损坏"),
    "too large": (b"PK" + b"x" * MAX_BYTES, "最大20MB"),
}


@pytest.mark.parametrize(("content", "told"), FILES.values(), ids=FILES)
def test_a_wrong_file_says_what_is_wrong_and_keeps_the_note(content, told, plan, office):
    make(plan, office)
    publish(plan, office)
    with pytest.raises(ValidationError) as refused:
        publish(plan, office, content=content, name="改.docx", note="更正")
    assert told in refused.value.message_dict["file"][0]

    answer = signed_in(office.planner).post(
        PUBLISH, {"act": "file", "note": "更正第三部分", "file": upload(content)}
    )
    assert answer.status_code == 422
    page = page_of(answer)
    assert told in page
    assert "更正第三部分" in page
    assert Edition.objects.count() == 1


def test_an_excel_file_is_no_bulletin(plan, office):
    book, file = Workbook(), io.BytesIO()
    book.save(file)
    make(plan, office)
    with pytest.raises(ValidationError, match="不是Word文件"):
        publish(plan, office, content=file.getvalue(), name="台账.docx")


def test_another_units_plan_is_not_ones_own(office):
    plan = make_plan(office)
    make(plan, office)
    publish(plan, office)

    street = make_unit(office.system, "bie", "别的街道", "subdistrict", office.district)
    other = make_user(office.system, "bie01", "别的督查员")
    give_post(user=other, unit=street, role="plan_office", since=first(1), by=office.system, title="督查")
    for act in (make, publish):
        with pytest.raises(PermissionDenied):
            act(plan, office, by=other)
    assert not Bulletin.objects.visible_to(fresh(other)).exists()
    assert not Edition.objects.visible_to(fresh(other)).exists()
    client = signed_in(other)
    for url in (LIST, AUGUST, WORD, FIRST, f"{AUGUST}?plan={plan.code}", f"{FIRST}?plan={plan.code}"):
        assert client.get(url).status_code == 404, url
    for url in (MAKE, PUBLISH):
        assert client.post(f"{url}?plan={plan.code}").status_code == 404, url


# The pages -------------------------------------------------------------------------------------


def test_who_opens_what_before_and_after_publishing(plan, office):
    make(plan, office)
    urls = (AUGUST, WORD, FIRST)

    def statuses(who: str) -> tuple[int, ...]:
        client = signed_in(getattr(office, who))
        return (
            client.get(LIST).status_code, *(client.get(url).status_code for url in urls),
            client.post(MAKE).status_code, client.post(PUBLISH).status_code,
        )  # fmt: skip

    for who in ("cadre", "other_head", "leader"):
        assert statuses(who) == (200, 404, 404, 404, 403, 403), who
    assert [signed_in(office.planner).get(url).status_code for url in urls] == [200, 200, 404]
    publish(plan, office)
    for who in ("cadre", "other_head", "leader"):
        assert statuses(who) == (200, 200, 404, 200, 403, 403), who
    for who in ("administrator", "stranger"):
        assert statuses(who) == (404,) * 6, who


@pytest.mark.parametrize("month", ["2024-13", "2024-11", "1999-01", "2024-9", "x", "2024-00"])
@pytest.mark.parametrize("rest", ["", "draft.docx", "1.docx", "1.pdf", "99999999999999999999.docx", "1.exe"])
def test_what_is_not_there_is_404(month, rest, plan, office):
    assert signed_in(office.planner).get(f"/bulletins/{month}/{rest}").status_code == 404


def test_an_edition_that_is_not_there_is_404(plan, office):
    make(plan, office)
    publish(plan, office)
    client = signed_in(office.planner)
    for rest in ("0.docx", "2.docx", "999999999999999999.docx", "1.exe"):
        assert client.get(f"{AUGUST}{rest}").status_code == 404, rest


def test_from_the_list_to_an_edition_by_its_buttons(full, office):
    client = signed_in(office.planner)
    assert "生成通报" in page_of(client.get(LIST))
    assert client.post(MAKE, follow=True).status_code == 200
    page = page_of(client.get(AUGUST))
    assert "截至8月底，在册目标任务" in page
    assert "下载PDF" in page
    assert f"{reverse('plans:export')}?month=2024-08" in page
    assert "核对、发布" in page_of(client.get(LIST))
    assert client.post(PUBLISH, {"act": "made"}).status_code == 302
    assert "已发布" in page_of(client.get(LIST))
    again = client.post(PUBLISH, {"act": "file", "file": upload(), "note": "更正<b>第三部分"})
    assert again.status_code == 302
    page = page_of(signed_in(office.cadre).get(AUGUST))
    assert "第2版：更正<b>第三部分" in page
    assert "以下载的文件为准" in page
    assert "重新生成" not in page
    first_page = page_of(signed_in(office.planner).get(AUGUST))
    assert "第1版" in first_page
    assert "在用" in first_page


def test_the_reader_sees_the_words_of_the_edition_in_force(full, office):
    make(full, office)
    publish(full, office)
    Bulletin.objects.update(text={})
    page = page_of(signed_in(office.cadre).get(AUGUST))
    assert "截至8月底，在册目标任务" in page
    assert "待发布" not in page


@pytest.mark.parametrize(
    ("posted", "told"),
    [
        ({"act": "file"}, "请选择改好的Word文件"),
        ({}, "请选择改好的Word文件"),
        ({"act": "made", "note": "长" * 201}, "最多200字"),
    ],
)
def test_a_form_without_a_file_or_with_too_much_is_422(posted, told, plan, office):
    make(plan, office)
    publish(plan, office)
    answer = signed_in(office.planner).post(PUBLISH, posted)
    assert (answer.status_code, told in page_of(answer)) == (422, True)
    assert posted.get("note", "") in page_of(answer)


def test_a_state_that_forbids_it_is_409(plan, office):
    client = signed_in(office.planner)
    answer = client.post(PUBLISH, {"act": "made"})
    assert (answer.status_code, "请先生成8月通报" in page_of(answer)) == (409, True)
    september = reverse("dashboards:bulletin_made", args=["2024-09"])
    assert client.post(september).status_code == 302
    answer = client.post(september.replace("make", "publish"), {"act": "file", "file": upload()})
    assert (answer.status_code, "还没有关账" in page_of(answer)) == (409, True)


def test_files_are_handed_out_to_be_kept_and_never_run(full, office):
    make(full, office)
    publish(full, office)
    for url, kind in (
        (WORD, "wordprocessingml"),
        (FIRST, "wordprocessingml"),
        (FIRST.replace("docx", "pdf"), "pdf"),
    ):
        answer = signed_in(office.planner).get(url)
        assert kind in answer["Content-Type"]
        assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E6%B5%8B")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "private, no-store"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert signed_in(office.planner).post(url).status_code == 405
    taken = Activity.objects.filter(action="dashboards.bulletin.download", actor=office.planner)
    assert taken.count() == 3
    assert Document(io.BytesIO(signed_in(office.planner).get(FIRST).content)).tables


def test_lists_fetch_no_files(full, office):
    make(full, office)
    publish(full, office)
    client = signed_in(office.planner)
    for url in (LIST, AUGUST):
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        fetched = [each["sql"].split(" FROM ")[0] for each in queries.captured_queries]
        assert not [sql for sql in fetched if '."content",' in sql], url


def test_a_hundred_matters_are_not_all_on_the_page(full, office, monkeypatch):
    monkeypatch.setattr("dashboards.views.bulletins.SHOWN", 1)
    make(full, office)
    found = len(Bulletin.objects.get().text["matter_rows"])
    assert f"这里列前1项，其余{found - 1}项见下载的文件" in page_of(signed_in(office.planner).get(AUGUST))


def test_the_menu_has_it_for_everyone_with_business(plan, office):
    for who in ("cadre", "head", "leader", "planner"):
        page = page_of(signed_in(getattr(office, who)).get(reverse("dashboards:overview")))
        assert f'href="{LIST}"' in page, who
    assert f'href="{LIST}"' not in page_of(signed_in(office.stranger).get(reverse("notices:inbox")))


# The command -----------------------------------------------------------------------------------


def test_the_command_writes_the_file_and_keeps_it(long, full, office, tmp_path, capsys):
    out = tmp_path / "F.docx"
    call_command("bulletin", plan="2024", month="2024-08", out=str(out))
    assert out.read_bytes() == bytes(Bulletin.objects.get().content)
    assert "2024年8月通报已生成" in capsys.readouterr().out
    assert Document(str(out)).tables


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"month": "2024-13"}, "不是月份"),
        ({"month": "2024-12"}, "还没有开放报送"),
        ({"month": "2026-01"}, "没有2026年1月"),
        ({"plan": "none"}, "没有“none”这个计划"),
        ({"by": "ld01"}, "由督查员"),
        ({"by": "nobody"}, "没有“nobody”"),
        ({"out": "/nowhere/at/all.docx"}, "写不了"),
    ],
)
def test_the_command_says_what_is_wrong(options, told, plan, office, tmp_path):
    asked = {"plan": "2024", "month": "2024-08", "out": str(tmp_path / "F.docx")} | options
    with pytest.raises(CommandError, match=told):
        call_command("bulletin", **asked)
