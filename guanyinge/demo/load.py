"""Loading the demo: the plan, then the year as it went, each act by the person whose act it was.

Everything goes through the services that the pages call, in calendar order, so that late, made up, returned and
frozen are what the portal made of it and not what somebody wrote into a column.
"""

from __future__ import annotations

import os
import secrets
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from guanyinge.demo import document, ledgers, orders, people, story
from guanyinge.demo.story import Said
from guanyinge.demo.targets import COMMITMENTS, PILLARS
from guanyinge.demo.targets.spec import YEAR, Commitment
from office import services as office
from office.calendar import WorkCalendar
from office.clock import SHANGHAI
from office.models import Post, Role, Unit, User
from plans import services as plans
from plans.models import Clause, Plan, Report, ReportingMonth, Target, Theme, ThemeKind
from plans.months import month_of
from plans.services.entries import seed_terms

CODE = f"guanyinge-{YEAR}"
SINCE = date(YEAR, 1, 1)
TODAY = date(YEAR, 9, 20)
# What was done by now lies before the demo's day, whatever time of day it is opened at.
LAST_EVENING = date(YEAR, 9, 19)

# No characters that look alike on a slip of paper.
_LETTERS = ("ABCDEFGHJKMNPQRSTUVWXYZ", "abcdefghjkmnpqrstuvwxyz", "23456789")


def is_loaded() -> bool:
    """Whether the demo's plan is there."""
    return Plan.objects.filter(code=CODE).exists()


@transaction.atomic
def load() -> Plan:
    """Write the whole demo, or nothing of it."""
    office_of = _Office.open()
    plan = _write_plan(office_of)
    year = _Year(office_of, plan)
    year.set_targets()
    seed_terms(unit=plan.unit, by=office_of.plan_officer)  # orders and ledgers name words of the dictionaries
    year.live()
    ledgers.fill(
        plan=plan, units=office_of.units, users=office_of.users, officer=office_of.plan_officer,
        at=_moment(LAST_EVENING, CODE),
    )  # fmt: skip
    plans.judge_day(plan=plan, on=TODAY)
    return plan


# Units and people ----------------------------------------------------------------------------


@dataclass
class _Office:
    """Who and what is there, by username and by code."""

    units: dict[str, Unit] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)

    @classmethod
    def open(cls) -> _Office:
        """Set up units, the calendar, people and their posts. The system only makes the first two officers."""
        here = cls()
        system = User.objects.system()
        for place, seed in enumerate(people.UNITS):
            parent = here.units.get(seed.parent)
            unit = Unit(
                code=seed.code, name=seed.name, kind=seed.kind, parent=parent, position=place,
                aliases=list(seed.aliases),
            )  # fmt: skip
            here.units[seed.code] = office.save_unit(unit=unit, by=system)
        for officer in (people.ADMINISTRATOR, people.SECURITY):
            here._add(officer.username, officer.name, by=system)
            here._give(officer.username, officer.unit, officer.role, officer.name, by=system)
        admin, security = here.users[people.ADMINISTRATOR.username], here.users[people.SECURITY.username]
        for year in range(YEAR - 1, YEAR + 3):
            office.seed_workdays(year=year, by=admin)
        for officer in (people.PLAN_OFFICER, people.AUDITOR):
            here._add(officer.username, officer.name, by=admin)
            here._give(officer.username, officer.unit, officer.role, officer.name, by=security)
        for username, (name, units) in people.LEADERS.items():
            here._add(username, name, by=admin)
            for code in units:
                here._give(username, code, Role.LEADER, name, by=security)
        posts = {}
        for person in people.people():
            here._add(person.username, person.name, by=admin)
            posts[person.username] = here._give(
                person.username, person.unit, person.role, person.name, by=security
            )
        a_post = posts[people.DEPUTISED]
        office.give_post(
            user=here.users[people.DEPUTY], unit=a_post.unit, role=Role.CADRE, since=SINCE, by=security,
            title=f"{a_post.title}B岗", deputy_of=a_post,
        )  # fmt: skip
        return here

    def _add(self, username: str, name: str, *, by: User) -> None:
        # Nothing sent to .invalid ever arrives anywhere.
        user = User(username=username, name=name, email=f"{username}@example.invalid")
        self.users[username] = office.save_user(user=user, by=by)

    def _give(self, username: str, unit: str, role: Role, title: str, *, by: User) -> Post:
        return office.give_post(
            user=self.users[username], unit=self.units[unit], role=role, title=title, since=SINCE, by=by
        )

    @property
    def plan_officer(self) -> User:
        """Who keeps the plan."""
        return self.users[people.PLAN_OFFICER.username]


# The plan ------------------------------------------------------------------------------------


def _write_plan(here: _Office) -> Plan:
    by = here.plan_officer
    plan = plans.create_plan(
        unit=here.units[people.STREET], year=YEAR, code=CODE, title=document.TITLE,
        document=document.document(), by=by,
    )  # fmt: skip
    themes = (
        (ThemeKind.MAIN_LINE, document.MAIN_LINE),
        (ThemeKind.DEMAND, document.DEMANDS),
        (ThemeKind.APPROACH, document.APPROACHES),
        (ThemeKind.PRIORITY, document.PRIORITIES),
    )
    for kind, texts in themes:
        for order, text in enumerate(texts, 1):
            plans.add_theme(plan=plan, kind=kind, order=order, text=text, by=by)
    for number, clause in enumerate(document.clauses(), 1):
        plans.add_clause(
            plan=plan, number=number, heading=clause.heading, topic=clause.topic,
            paragraph=clause.paragraph, words=clause.words, by=by,
        )  # fmt: skip
    plan = plans.activate_plan(plan=plan, by=by)
    plans.keep_months(plan=plan, on=SINCE)
    return plan


# The year ------------------------------------------------------------------------------------


class _Year:
    """The months from January to the demo's day, acted out."""

    def __init__(self, here: _Office, plan: Plan) -> None:
        self.here = here
        self.plan = plan
        self.calendar = WorkCalendar.load([YEAR - 1, YEAR, YEAR + 1])
        self.months = {row.month: row for row in ReportingMonth.objects.filter(plan=plan)}
        self.commitments = {wanted.code: wanted for wanted in COMMITMENTS}
        self.targets: dict[str, Target] = {}
        themes = Theme.objects.filter(plan=plan)
        self.themes = {(theme.kind, theme.text): theme for theme in themes}
        rows = Clause.objects.filter(plan=plan)
        numbers = {marked.key: number for number, marked in enumerate(document.clauses(), 1)}
        by_number = {clause.number: clause for clause in rows}
        self.clauses = {key: by_number[number] for key, number in numbers.items()}

    def set_targets(self) -> None:
        """Enter every target on the first working days of the year."""
        for code, wanted in self.commitments.items():
            self.targets[code] = plans.create_target(
                plan=self.plan, wanted=self.fields(wanted), by=self.here.plan_officer,
                at=_moment(date(YEAR, 1, 5), code),
            )  # fmt: skip

    def fields(self, wanted: Commitment) -> plans.TargetFields:
        """A commitment as the service takes it."""
        curve: tuple[plans.CheckpointFields, ...] | None = None
        if wanted.nodes:
            curve = tuple(plans.CheckpointFields(due_on=on, title=title) for on, title in wanted.nodes)
        elif wanted.curve:
            curve = tuple(plans.CheckpointFields(due_on=on, planned=value) for on, value in wanted.curve)
        return plans.TargetFields(
            code=wanted.code,
            name=wanted.name,
            kind=wanted.kind,
            pillar=PILLARS[wanted.code[:2]],
            lead_unit=self.here.units[wanted.unit],
            start_on=wanted.start,
            due_on=wanted.due,
            goal=wanted.goal,
            baseline=wanted.baseline,
            measure=wanted.measure,
            whole=wanted.whole,
            comparison=wanted.comparison,
            tolerance=wanted.tolerance,
            weight=wanted.weight,
            priority=self.themes[ThemeKind.PRIORITY, wanted.priority],
            approach=self.themes[ThemeKind.APPROACH, wanted.approach],
            clause=self.clauses[wanted.clause],
            cadre=self.here.users[wanted.cadre],
            leader=self.here.users[people.leader_over(wanted.unit)],
            recurrence=wanted.recurrence,
            assumption=wanted.assumption,
            remark=wanted.remark,
            supporting_units=tuple(self.here.units[code] for code in wanted.supporting),
            checkpoints=curve,
        )

    def live(self) -> None:
        """Do everything that happened, in the order in which it happened."""
        acts = [act for said in story.REPORTS for act in self._acts_of(said)]
        acts += [
            _Act(_moment(change.on, change.code), partial(self._change, change)) for change in story.CHANGES
        ]
        acts += [_Act(_moment(stop.on, stop.code), partial(self._stop, stop)) for stop in story.STOPS]
        play = orders.Play(
            plan=self.plan, units=self.here.units, users=self.here.users, officer=self.here.plan_officer,
            head_of=people.head_of, moment=_moment,
        )  # fmt: skip
        acts += [_Act(at, do) for at, do in play.acts()]
        for row in self.months.values():
            if row.closes_on <= LAST_EVENING:
                acts.append(_Act(_at(row.closes_on, 17, 45), partial(self._close, row)))
        for act in sorted(acts, key=lambda act: act.at):
            act.do()

    # Reports.

    def _acts_of(self, said: Said) -> list[_Act]:
        """The steps that a report took: written, sent back, written again, decided."""
        row = self.months[said.month]
        first = self._submission_day(said, row)
        moment = _moment(first, said.code)
        if said.manner == "draft":
            return [_Act(moment, lambda: self._draft(said, moment))]
        acts = [_Act(moment, lambda: self._submit(said, moment))]
        last = LAST_EVENING if row.closes_on > LAST_EVENING or said.made_up_on else row.closes_on
        if said.manner in ("again", "back"):
            back = _moment(min(self.calendar.shift(first, 1), last), said.code, afternoon=True)
            acts.append(_Act(back, lambda: self._return(said, back)))
            if said.manner == "back":
                return acts
            first = self.calendar.shift(first, 2)
            again = _moment(first, said.code)
            acts.append(_Act(again, lambda: self._submit(said, again)))
        if said.manner != "wait":
            decided = min(self.calendar.shift(first, 1 + _chance(said.code, said.month, 2)), last)
            at = _moment(decided, said.code, afternoon=True)
            acts.append(_Act(at, lambda: self._approve(said, at)))
        return acts

    def _submission_day(self, said: Said, row: ReportingMonth) -> date:
        if said.made_up_on is not None:
            return said.made_up_on
        if said.manner == "late":
            return self.calendar.shift(row.due_on, 1 + _chance(said.code, said.month, 2))
        earliest = max([row.opens_on, *(step.on for step in said.steps)])
        latest = min(row.due_on, LAST_EVENING)
        if row.month == month_of(TODAY) and said.manner != "wait":
            latest = row.opens_on  # so that it was decided by the demo's day
        days = [self.calendar.on_or_after(earliest)]
        while (following := self.calendar.shift(days[-1], 1)) <= latest:
            days.append(following)
        # Two working days are left for sending back and writing again.
        choice = days[: max(1, len(days) - 2)] if said.manner == "again" else days
        return choice[_chance(said.code, said.month, len(choice))]

    def _values(self, said: Said) -> plans.ReportValues:
        reached = []
        if said.steps:
            nodes = list(self.targets[said.code].checkpoints.order_by("due_on", "pk"))
            reached = [
                plans.ReachedValue(nodes[step.place], step.on, step.where, step.people) for step in said.steps
            ]
        return plans.ReportValues(
            value=said.value,
            numerator=said.numerator,
            denominator=said.denominator,
            answer=said.answer,
            unchanged=said.unchanged,
            reached=tuple(reached),
            progress=said.progress,
            problems=said.problems,
            next_steps=said.next_steps,
        )

    def _author(self, said: Said) -> User:
        cadre = self.targets[said.code].cadre
        if said.author:
            return self.here.users[said.author]
        assert cadre is not None
        return self.here.users[cadre.username]

    def _decider(self, said: Said) -> User:
        """The unit's head; what a head wrote goes one level up."""
        unit = self.commitments[said.code].unit
        head = people.head_of(unit)
        return self.here.plan_officer if said.author == head else self.here.users[head]

    def _draft(self, said: Said, at: datetime) -> None:
        values = self._values(said)
        plans.keep_draft(
            target=self.targets[said.code], month=said.month,
            fields={
                "value": "" if values.value is None else f"{values.value.normalize():f}",
                "progress": values.progress, "problems": values.problems, "next_steps": values.next_steps,
            },
            report_version=0, by=self._author(said), at=at, version=0,
        )  # fmt: skip

    def _submit(self, said: Said, at: datetime) -> None:
        target = self.targets[said.code]
        seen = Report.objects.filter(target=target, month=said.month).first()
        plans.submit_report(
            target=target, month=said.month, values=self._values(said), by=self._author(said), at=at,
            version=seen.version if seen else 0,
        )  # fmt: skip

    def _return(self, said: Said, at: datetime) -> None:
        plans.return_report(report=self._report(said), reason=said.reason, by=self._decider(said), at=at)

    def _approve(self, said: Said, at: datetime) -> None:
        plans.approve_report(report=self._report(said), by=self._decider(said), at=at)

    def _report(self, said: Said) -> Report:
        return Report.objects.get(target=self.targets[said.code], month=said.month)

    # The plan office.

    def _change(self, change: story.Change) -> None:
        wanted = replace(self.commitments[change.code], **change.fields)
        fields = self.fields(wanted)
        if "nodes" not in change.fields and "curve" not in change.fields:
            fields = replace(fields, checkpoints=None)
        plans.change_target(
            target=self.targets[change.code], wanted=fields, reason=change.reason,
            by=self.here.plan_officer, at=_moment(change.on, change.code),
        )  # fmt: skip
        self.commitments[change.code] = wanted
        self.targets[change.code] = Target.objects.get(pk=self.targets[change.code].pk)

    def _stop(self, stop: story.Stop) -> None:
        self.targets[stop.code] = plans.suspend_target(
            target=self.targets[stop.code], reason=stop.reason, by=self.here.plan_officer,
            at=_moment(stop.on, stop.code),
        )  # fmt: skip

    def _close(self, row: ReportingMonth) -> None:
        plans.close_month(plan=self.plan, month=row.month, by=self.here.plan_officer, on=row.closes_on)


@dataclass(frozen=True)
class _Act:
    """Something that somebody did at a moment."""

    at: datetime
    do: Callable[[], None]


def _chance(code: str, month: date, sides: int) -> int:
    """A number below `sides` that looks thrown and is the same on every machine."""
    return zlib.crc32(f"{code} {month:%m}".encode()) % sides


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=SHANGHAI)


def _moment(day: date, code: str, *, afternoon: bool = False) -> datetime:
    """A minute of that day's office hours: mornings people write, afternoons heads decide."""
    minutes = zlib.crc32(f"{code} {day}".encode()) % 150
    start = 14 if afternoon else 8
    return _at(day, start + (30 + minutes) // 60, (30 + minutes) % 60)


# Sign-ins ------------------------------------------------------------------------------------


def sign_ins_path() -> Path:
    """Where the demo's passwords are written."""
    return Path(settings.VAR_DIR) / "demo-sign-ins.txt"


@transaction.atomic
def give_passwords() -> str:
    """Give every person of the demo a new random password; answers the list as text.

    Those who stand for one kind of work each come first.
    """
    system = User.objects.system()
    codes = [person.username for person in people.people()]
    everyone = [
        *people.REPRESENTATIVE, *people.LEADERS, people.PLAN_OFFICER.username,
        people.ADMINISTRATOR.username, people.SECURITY.username, people.AUDITOR.username, *codes,
    ]  # fmt: skip
    users = {user.username: user for user in User.objects.filter(username__in=everyone)}
    roles = _roles(users.values())
    lines = ["演示账号（登录名、密码、身份；进度为虚构，密码为本机随机生成）"]
    for place, username in enumerate(dict.fromkeys(everyone)):
        if place == len(people.REPRESENTATIVE):
            lines.append("其余账号")
        password = _password()
        office.set_password(user=users[username], password=password, by=system)
        lines.append(f"{username:<22}{password:<16}{users[username].name}（{roles[users[username].pk]}）")
    return "\n".join(lines) + "\n"


def _roles(users: Iterable[User]) -> dict[int, str]:
    found: dict[int, list[str]] = {}
    for post in Post.objects.filter(user__in=list(users)).select_related("deputy_of__user").order_by("pk"):
        word = f"{post.deputy_of.user.name}的B岗" if post.deputy_of else str(Role(post.role).label)
        if word not in found.setdefault(post.user_id, []):
            found[post.user_id].append(word)
    return {user: "、".join(words) for user, words in found.items()}


def write_sign_ins(text: str) -> Path:
    """Keep the list where only the account that runs the demo reads it."""
    path = sign_ins_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    fresh.replace(path)
    return path


def _password(groups: Sequence[str] = _LETTERS, length: int = 12) -> str:
    """A random one with capitals, small letters and digits in it."""
    letters = [secrets.choice(group) for group in groups]
    letters += [secrets.choice("".join(groups)) for _ in range(length - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
