"""How the demo writes a month down: one line for each report.

    8 +13 late | progress | problems | next steps

The first field holds the month and, parted by blanks, what was said and how:

    12, -1, 92.5      the month's increment, or the level
    412/448           a level as numerator and denominator
    yes no none       已开展, 未开展, 未监测
    =                 本月无变化
    @2=04-18          the second step was reached on 18 April; `@2=04-18,place,120` also says where, by how many
    by=NAME           somebody else than the cadre wrote it
    late              handed in after the due day, before the closing
    after=04-09       made up on that day, after the closing
    wait              handed in and not decided yet
    draft             begun and not handed in
    again, back       sent back with the fifth field as reason: and handed in again, or still lying there
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from guanyinge.demo.targets.spec import YEAR, day
from plans.choices import Answer

_ANSWERS = {"yes": Answer.HELD, "no": Answer.NOT_HELD, "none": Answer.UNMEASURED}
_MANNERS = ("late", "wait", "draft", "again", "back")


@dataclass(frozen=True)
class Step:
    """A titled checkpoint that a month reached, by its place in the order of due days (from 0)."""

    place: int
    on: date
    where: str = ""
    people: int | None = None


@dataclass(frozen=True)
class Said:
    """One month's report before it is a row."""

    code: str
    month: date
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    answer: Answer | None = None
    unchanged: bool = False
    steps: tuple[Step, ...] = ()
    author: str = ""
    manner: str = ""
    made_up_on: date | None = None
    progress: str = ""
    problems: str = ""
    next_steps: str = ""
    reason: str = ""


def read(story: dict[str, str]) -> list[Said]:
    """All reports of a pillar. Raises ValueError for a line that says nothing that is understood."""
    return [_said(code, line) for code, lines in story.items() for line in lines.splitlines() if line.strip()]


def _said(code: str, line: str) -> Said:
    head, *texts = (part.strip() for part in line.split("|"))
    progress, problems, next_steps, reason = (*texts, "", "", "", "")[:4]
    month, *words = head.split()
    fields: dict[str, object] = {}
    steps = []
    for word in words:
        name, _, rest = word.partition("=")
        if word == "=":
            fields["unchanged"] = True
        elif word in _ANSWERS:
            fields["answer"] = _ANSWERS[word]
        elif word in _MANNERS:
            fields["manner"] = word
        elif name == "by":
            fields["author"] = rest
        elif name == "after":
            fields["made_up_on"] = day(rest)
        elif name.startswith("@"):
            on, where, people = (*rest.split(","), "", "")[:3]
            steps.append(Step(int(name[1:]) - 1, day(on), where, int(people) if people else None))
        elif "/" in word:
            above, below = word.split("/")
            fields["numerator"], fields["denominator"] = Decimal(above), Decimal(below)
        else:
            fields["value"] = Decimal(word)
    return Said(
        code=code,
        month=date(YEAR, int(month), 1),
        steps=tuple(steps),
        progress=progress,
        problems=problems,
        next_steps=next_steps,
        reason=reason,
        **fields,  # type: ignore[arg-type]
    )
