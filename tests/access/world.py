"""Two streets of one district, somebody for every part that a person can play, and one row of everything in every place.

Built once for all tests of this folder (conftest.py), by the services; what a test writes is taken back.

    qu 测试区
    ├─ jie 测试街道 ── the plan that most people work on
    │  ├─ jingfa 经济发展办公室     cadre, deputy (B岗), successor, leaver, head
    │  │  ├─ jf-zu 经发一组         the child
    │  │  └─ banqian 搬迁服务中心   the moved one: it belonged to anquan, and its target is older than the move
    │  ├─ anquan 应急管理办公室     the sibling, with a head of its own
    │  └─ (jie itself)              the parent; leader, plan office and the three administrators
    └─ lin 邻街道 ── another plan; the outsider is its plan office
       └─ lin-jf 邻街经发办
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from dashboards.models import Bulletin, Edition, Screen
from dashboards.services import open_screen
from dashboards.services.bulletins import make_bulletin, publish_bulletin
from economy.models import Premises
from notices.models import Feedback, Notice
from notices.services import give_feedback
from notices.services.inbox import notify
from office import clock
from office.api.tokens import issue_token
from office.models import ApiToken, Unit, User
from office.services import end_post, give_post, save_unit, save_user
from plans import pillars
from plans.choices import Kind
from plans.models import (
    Checkpoint,
    Comment,
    EntryFile,
    Evidence,
    Extension,
    ImportBatch,
    ImportColumn,
    MonthException,
    Plan,
    Report,
    Target,
    Term,
)
from plans.services import (
    activate_plan,
    add_clause,
    add_exception,
    add_theme,
    approve_report,
    comment_on,
    create_plan,
    hand_over,
    judge_day,
    keep_months,
    request_extension,
)
from plans.services.entries import save_entry, save_term
from plans.services.evidence import attach_evidence
from plans.services.imports import keep_batch
from plans.services.sources import set_source
from supervision.choices import Board, ListKind, RollKey
from supervision.lists import DEFAULTS
from supervision.models import Move, MoveFile, Order, OrderTask
from supervision.services import (
    OrderFields,
    TaskFields,
    draft_order,
    feed_back,
    issue_order,
    name_lists,
    sign_task,
    urge_task,
)
from tests.access.matrix import PLACES, ROLES
from tests.builders import (
    MILESTONES,
    NEW_YEAR,
    TODAY,
    close_through,
    draft,
    first,
    fresh,
    make_target,
    make_unit,
    make_user,
    submit,
)
from tests.workbooks.test_messy import HEAD, file, task

# What stands in every text of a place, by what it is a text of: who may not see that never reads it.
OF_TARGET, OF_DRAFT, OF_ENTRY, OF_NOTICE, OF_FEEDBACK, OF_PLAN_OFFICE, OF_TERM, OF_ORDER = "标稿册私议案词办"
CODES = {
    "own": "jingfa", "handed": "jingfa", "child": "jf-zu", "moved": "banqian", "sibling": "anquan",
    "parent": "jie", "foreign": "lin-jf",
}  # fmt: skip


def word(place: str, of: str = OF_TARGET) -> str:
    """What the texts of a place have in them and nothing else has."""
    return of + "甲乙丙丁戊己庚"[PLACES.index(place)] * 3


@dataclass
class Place:
    """One row of everything that belongs to one unit."""

    unit: Unit
    plan: Plan
    target: Target
    report: Report
    evidence: Evidence
    unfiled: Evidence
    checkpoint: Checkpoint
    comment: Comment
    extension: Extension
    exception: MonthException
    entry: Premises
    entry_file: EntryFile
    order: Order
    order_task: OrderTask
    order_file: MoveFile
    order_urging: Move
    feedback: Feedback
    notice: Notice
    api_token: ApiToken


@dataclass
class OfPlan:
    """What belongs to a plan as a whole."""

    plan: Plan
    batch: ImportBatch
    screen: Screen
    counted: Target
    bulletin: Bulletin
    edition: Edition


@dataclass
class World:
    """The people by what they are, the places, and what belongs to each of the two plans."""

    system: User
    people: dict[str, User] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    plans: dict[str, OfPlan] = field(default_factory=dict)

    def client(self, role: str, **options: Any) -> Client:
        """A browser of that role. The deactivated one signed in before being switched off."""
        client = Client(**options)
        if role != "anonymous":
            client.force_login(fresh(self.people[role]), backend="office.backends.OfficeBackend")
        return client


def picture(shade: int) -> bytes:
    """A small picture, another one for each shade."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (shade % 256, 90, 120)).save(out, "PNG")
    return out.getvalue()


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


class _Builder:
    """Puts the world up, in the order in which an office would come to it."""

    def __init__(self) -> None:
        self.system = User.objects.system()
        self.world = World(self.system)
        self.units: dict[str, Unit] = {}
        self.shade = 0

    def build(self) -> World:
        self._units()
        self._people()
        street, other = self._plan("jie", "street-2024"), self._plan("lin", "lin-2024")
        targets = {place: self._target(place, other if place == "foreign" else street) for place in PLACES}
        self._move_and_hand_over(street)
        for place in PLACES:
            self.world.places[place] = self._place(place, targets[place])
        for name, plan, planner in (("own", street, "planner"), ("foreign", other, "outsider")):
            self.world.plans[name] = self._of_plan(plan, planner, name)
        for plan in (street, other):
            judge_day(plan=plan, on=TODAY.date())  # what the first page of a day does
        self.world.people["deactivated"].is_active = False
        save_user(user=self.world.people["deactivated"], by=self.system)
        return self.world

    def _units(self) -> None:
        for code, name, kind, parent in (
            ("qu", "测试区", "district", None),
            ("jie", "测试街道", "subdistrict", "qu"),
            ("jingfa", "经济发展办公室", "office", "jie"),
            ("anquan", "应急管理办公室", "office", "jie"),
            ("jf-zu", "经发一组", "office", "jingfa"),
            ("banqian", "搬迁服务中心", "office", "anquan"),
            ("lin", "邻街道", "subdistrict", "qu"),
            ("lin-jf", "邻街经发办", "office", "lin"),
        ):
            self.units[code] = make_unit(
                self.system, code, name, kind, self.units[parent] if parent else None
            )

    def _people(self) -> None:
        posts: dict[str, Any] = {}
        for role, unit, post in (
            ("cadre", "jingfa", "cadre"), ("successor", "jingfa", "cadre"), ("leaver", "jingfa", "cadre"),
            ("head", "jingfa", "head"), ("other_head", "anquan", "head"), ("leader", "jie", "leader"),
            ("planner", "jie", "plan_office"), ("outsider", "lin", "plan_office"),
            ("administrator", "jie", "administrator"), ("security", "jie", "security_administrator"),
            ("auditor", "jie", "auditor"), ("deactivated", "jie", "plan_office"),
            # In charge of the other places, and in no row of the table.
            ("of_child", "jf-zu", "cadre"), ("of_sibling", "anquan", "cadre"), ("of_parent", "jie", "cadre"),
            ("of_moved", "banqian", "cadre"), ("of_foreign", "lin-jf", "cadre"),
        ):  # fmt: skip
            user = self.world.people[role] = make_user(self.system, role.replace("_", "-"), f"{role}员")
            posts[role] = give_post(
                user=user, unit=self.units[unit], role=post, since=NEW_YEAR, by=self.system
            )
        deputy = self.world.people["deputy"] = make_user(self.system, "deputy", "deputy员")
        give_post(
            user=deputy, unit=self.units["jingfa"], role="cadre", since=NEW_YEAR, by=self.system,
            deputy_of=posts["cadre"],
        )  # fmt: skip
        assert set(ROLES) - {"anonymous"} <= set(self.world.people)
        self.leavers_post = posts["leaver"]

    def in_charge(self, place: str) -> User:
        name = {"own": "cadre", "handed": "successor"}.get(place, f"of_{place}")
        return fresh(self.world.people[name])

    def _plan(self, code: str, plan_code: str) -> Plan:
        plan = create_plan(
            unit=self.units[code], year=2024, code=plan_code, title=f"{self.units[code].name}2024年工作计划",
            document=f"抓好{plan_code}就业。\n\n管好断面。", by=self.system,
        )  # fmt: skip
        plan = activate_plan(plan=plan, by=self.system)
        add_theme(plan=plan, kind="priority", order=1, text=f"{plan_code}重点", by=self.system)
        add_clause(plan=plan, number=1, heading="经济", topic=f"{plan_code}条款", paragraph=1, words="管好断面", by=self.system)  # fmt: skip
        keep_months(plan=plan, on=TODAY.date())
        close_through(plan, 7, by=self.system)
        return plan

    def _target(self, place: str, plan: Plan) -> Target:
        name = {"handed": "leaver", "own": "cadre"}.get(place, f"of_{place}")
        leader = None if place == "foreign" else self.world.people["leader"]
        return make_target(
            plan, self._office(), Kind.MILESTONES, code=f"JJ-{PLACES.index(place) + 1:02d}", leader=leader,
            name=f"{word(place)}任务", lead_unit=self.units[CODES[place]], cadre=self.world.people[name],
            checkpoints=MILESTONES, remark=f"{word(place)}备注",
        )  # fmt: skip

    def _office(self) -> Any:
        """What `make_target` reads of an office, where a target does not say it itself."""

        class Office:
            economy, cadre, leader, system = self.units["jingfa"], None, None, self.system

        return Office

    def _move_and_hand_over(self, street: Plan) -> None:
        moved = self.units["banqian"]
        moved.parent = self.units["jingfa"]
        self.units["banqian"] = save_unit(unit=moved, by=self.system)
        people = self.world.people
        hand_over(
            leaver=people["leaver"], successor=people["successor"], plan=street, reason="调离", by=self.system,
            at=TODAY,
        )  # fmt: skip
        end_post(post=self.leavers_post, until=date(2024, 9, 1), by=self.system)

    def _place(self, place: str, target: Target) -> Place:
        target = Target.objects.select_related("plan__unit", "lead_unit", "cadre").get(pk=target.pk)
        unit, by, said = Unit.objects.get(code=CODES[place]), self.in_charge(place), word(place)
        approved = submit(target, 6, "立项", by=by, at=TODAY, problems=f"{said}六月问题")
        approve_report(report=approved, by=self.system, at=TODAY)
        filed, unfiled = (
            attach_evidence(
                target=target, month=first(month), files=[upload(f"{what}{month}月.png", self._picture())], by=by,
                at=TODAY,
            )[0]
            for month, what in ((9, said), (8, word(place, OF_DRAFT)))
        )  # fmt: skip
        report = submit(target, 9, by=by, at=TODAY, progress=f"{said}进展", problems=f"{said}问题")
        draft(target, 8, by=by, progress=f"{word(place, OF_DRAFT)}草稿")
        comment = comment_on(target=target, text=f"{said}批示", by=self.system, at=TODAY)
        extension = request_extension(
            target=target, wanted_due_on=date(2025, 1, 20), reason=f"{said}延期理由", progress=f"{said}做到", by=by,
            at=TODAY,
        )  # fmt: skip
        exception = add_exception(
            month=target.plan.months.get(month=first(9)), target=target, until=date(2024, 9, 27),
            reason=f"{said}宽限", by=self.system, at=TODAY,
        )  # fmt: skip
        entry = save_entry(
            entry=Premises(unit=unit, name=f"{word(place, OF_ENTRY)}楼", kind="building", area=1000, vacant_area=400, remark=f"{word(place, OF_ENTRY)}注"),
            by=self.system, at=TODAY, files=[upload(f"{word(place, OF_ENTRY)}楼.png", self._picture())],
        )  # fmt: skip
        assert isinstance(entry, Premises)
        task = self._ordered(target, by, word(place, OF_ORDER))
        feedback = give_feedback(text=f"{word(place, OF_FEEDBACK)}意见", page="", by=by, at=TODAY)
        notice = notify(
            recipient=by, kind="test", subject_key=place, title=f"{word(place, OF_NOTICE)}消息",
            lines=[{"text": f"{word(place, OF_NOTICE)}行", "path": target.get_absolute_url()}], at=TODAY,
        )  # fmt: skip
        assert notice is not None
        api_token, _ = issue_token(
            name="上级平台",
            user=by,
            scopes=["read"],
            expires_at=clock.real_now() + timedelta(days=30),
            by=self.system,
        )
        return Place(
            unit=unit, plan=target.plan, target=target, report=report, evidence=filed, unfiled=unfiled,
            checkpoint=target.checkpoints.order_by("-due_on")[0], comment=comment, extension=extension, exception=exception,
            entry=entry, entry_file=EntryFile.objects.of(entry).get(),
            order=task.order, order_task=task, order_file=MoveFile.objects.get(move__task=task),
            order_urging=Move.objects.get(task=task, kind="urge"), feedback=feedback, notice=notice,
            api_token=api_token,
        )  # fmt: skip

    def _ordered(self, target: Target, by: User, said: str) -> OrderTask:
        """An order of one task, urged, signed for and fed back on with a picture."""
        asked = TaskFields(
            content=f"{said}事项",
            lead_unit=target.lead_unit,
            due_on=date(2024, 10, 31),
            cadre=by,
            target=target,
        )
        order = draft_order(
            plan=target.plan, by=self.system, at=TODAY,
            wanted=OrderFields(title=f"{said}督办", content=f"{said}要求", origin_words=f"{said}来源", tasks=(asked,)),
        )  # fmt: skip
        order = issue_order(order=order, by=self.system, at=TODAY)
        task = order.tasks.get()
        urge_task(task=task, reply_by=date(2024, 9, 30), more=f"{said}催促", by=self.system, at=TODAY)
        task = sign_task(task=task, by=by, at=TODAY)
        return feed_back(
            task=task,
            words=f"{said}反馈",
            by=by,
            at=TODAY,
            files=[upload(f"{said}督办.png", self._picture())],
        )

    def _picture(self) -> bytes:
        self.shade += 1
        return picture(self.shade)

    def _of_plan(self, plan: Plan, planner: str, place: str) -> OfPlan:
        by = fresh(self.world.people[planner])
        for index, dictionary in enumerate(pillars.all_dictionaries()):
            save_term(
                term=Term(unit=plan.unit, dictionary=dictionary.key, text=f"{word(place, OF_TERM)}{index}"),
                by=by,
            )
        of, place = place, "parent" if place == "own" else place
        counted = make_target(
            plan, self._office(), Kind.CUMULATIVE, code="LJ-01", name=f"{word(place)}税收", lead_unit=plan.unit,
            cadre=self.in_charge(place), leader=None,
        )  # fmt: skip
        set_source(target=counted, metric="economy.tax_found", entry=None, by=by, at=TODAY)
        said = word(of, OF_TERM)
        for kind in ListKind:
            names = [
                replace(name, words=f"{said}{index}", is_on=name.key not in (Board.QUALITY, RollKey.RECTIFY))
                for index, name in enumerate(DEFAULTS[kind])
            ]
            name_lists(plan=plan, kind=kind, names=names, by=by)
        ImportColumn.objects.create(unit=plan.unit, header=f"{word(of, OF_PLAN_OFFICE)}列", field="name")
        batch = keep_batch(
            plan=plan,
            filename=f"{word(of, OF_PLAN_OFFICE)}导入.xlsx",
            content=file([HEAD, task()]),
            by=by,
            at=TODAY,
        )
        screen = open_screen(
            plan=plan, place=f"{word(of, OF_PLAN_OFFICE)}大厅", days=30, by=by, at=clock.real_now()
        )
        month = plan.months.get(month=first(7))
        with patch(
            "dashboards.services.bulletins.pdf_of", return_value=b"%PDF-1.7"
        ):  # drawing one takes long
            bulletin = make_bulletin(month=month, by=by, at=TODAY)
        edition = publish_bulletin(month=month, content=None, name="", note="", by=by, at=TODAY)
        return OfPlan(
            plan=plan, counted=counted, batch=batch, screen=screen, bulletin=bulletin, edition=edition
        )


def build() -> World:
    """The world, in an empty database."""
    return _Builder().build()
