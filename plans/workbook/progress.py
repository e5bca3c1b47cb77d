"""A monthly progress workbook: which columns it may have, and what one row of it says in the fields of the report's form.

Nothing is decided here about what a report may hold: a cell becomes the text that somebody would type into the form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from plans.choices import Answer, Kind
from plans.models import Checkpoint, Target
from plans.numbers import plain as plain_number
from plans.workbook import cells, columns
from plans.workbook.cells import CellError
from plans.workbook.columns import RESULT_HEADERS, WEAK, Column, Vocabulary, plain_header
from plans.workbook.finding import Said, Sheet, SheetRow, find
from plans.workbook.grid import Book, Value
from plans.workbook.names import Names, nearest, plain
from plans.workbook.writing import REPORT_HEADERS


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# The month's own name (9月, 当月) in a header reads as 本月.
COLUMNS: tuple[Column, ...] = (
    Column("increment", "本月新增", _words("本月新增数 本月新增量 本月新增完成 本月增加"), weak=_words("新增 新增数 增加")),
    Column(
        "amount", "本月完成",
        _words(
            "本月数 本月完成数 本月完成量 本月完成值 本月数值 本月值 本月实际 本月实际完成 本月实绩 本月指标值 本月达到 数值"
        ),
        weak=_words("完成数 完成量 完成值 实际完成 实际值 实际数 当前值 现值 完成"),
    ),
    Column("total", "累计完成", _words("累计 累计数 累计值 累计完成数 累计完成量 年度累计 全年累计 累计实际 累计新增")),
    Column("numerator", "分子"),
    Column("denominator", "分母"),
    Column("answer", "开展情况", _words("本月开展情况 是否开展 工作开展情况")),
    Column(
        "node", "达成节点", _words("本月达成节点 本月达成 完成节点 已达成节点 本月完成节点"),
        weak=_words("节点 里程碑 里程碑节点 进度节点 关键节点"),
    ),
    Column("reached_on", "达成日期", _words("达成日 达成时间 实际完成时间 实际完成日期 举办日期 举办时间 举办日")),
    Column(
        "progress", "本月进展",
        _words("进展 进展情况 工作进展 工作进展情况 本月工作进展 完成情况 推进情况 落实情况 目前进展 本月工作 最新进展"),
    ),
    Column("problems", "存在问题", _words("存在的问题 问题 主要问题 困难问题 问题和困难 存在困难")),
    Column("next_steps", "下步打算", _words("下一步措施 下一步打算 下一步工作 下一步计划 下步措施 下步计划 整改措施")),
    Column("correction_reason", "更正理由"),
)  # fmt: skip
# Of the target workbook's columns these name the task or are held against it; all others are known and not needed.
IDENTITY = {"code", "name", "measure", "lead_unit", "cadre"}
LABELS = {column.field: column.header for column in (*columns.COLUMNS, *COLUMNS)}
SAID = tuple(column.field for column in COLUMNS)
WORDS = ("progress", "problems", "next_steps", "correction_reason")
# Both stand in the portal's own exports and nowhere else; 累计 there is what had been approved before.
_OWN_EXPORT = {"序时%", "亮灯"}
_PASSED = {plain_header(header) for header in (*RESULT_HEADERS, *REPORT_HEADERS)} - {"累计"}

_RANKS: dict[str, tuple[int, str]] = {}
for _column in COLUMNS:
    for _rank, _name in enumerate((_column.header, *_column.synonyms)):
        _RANKS.setdefault(_name, (_rank, _column.field))
    for _rank, _name in enumerate(_column.weak):
        _RANKS.setdefault(_name, (WEAK + _rank, _column.field))
_MADE_OF = [
    (re.compile(pattern), name)
    for pattern, name in (
        (r"(?:(?:截至|截止|至|到)?(?:目前|当前|本月[底末]?)|1[-—~至]本月|年初以来|年度|全年|本年)?累计(?:实际)?(?:完成|新增|达成)?[数值量]?", "total"),
        (r"1[-—~至]本月(?:实际)?(?:完成|新增)?[数值量]?", "total"),
        (r"(?:下一?步|下月|下阶段).{0,8}", "next_steps"),
        (r".{0,6}(?:问题|困难|原因).{0,8}", "problems"),
        (r".{0,6}(?:进展|推进|落实|完成|开展)(?:工作)?情况.{0,6}", "progress"),
    )
]  # fmt: skip
_MADE = 60


def vocabulary(month: date) -> Vocabulary:
    """The headers of a progress workbook for that month; columns of other months are nobody's."""
    own = re.compile(rf"(?:{month.year}年度?)?(?<!\d)0?{month.month}月份?|当月份?")

    def fields_of(header: object) -> list[tuple[int, str]]:
        text = plain_header(header)
        if text in _PASSED and text not in _RANKS:
            return []
        bare = re.sub(r"[(\[（【<].*|[*:：]+$", "", own.sub("本月", text))
        if bare in _RANKS:
            return [_RANKS[bare]]
        for pattern, name in _MADE_OF:
            if pattern.fullmatch(bare):
                return [(_MADE, name)]
        return [(rank, name) for rank, name in columns.fields_of(header) if name in IDENTITY]

    def is_passed_over(header: object) -> bool:
        if fields_of(header):
            return False
        return (
            plain_header(header) in _PASSED
            or columns.is_passed_over(header)
            or bool(columns.fields_of(header))
        )

    return Vocabulary(
        fields_of=fields_of,
        is_passed_over=is_passed_over,
        keys=frozenset({"code", "name"}),
        beside=frozenset(SAID),
        missing="没有找到表头。表头里要有“编号”或“目标任务”，并有“本月新增”“累计完成”“数值”“开展情况”“本月进展”中的一项",
    )


def find_progress(book: Book, names: Names, month: date) -> Sheet:
    """The progress table of a book. Raises UnreadableWorkbook where no sheet has a header that can be recognised."""
    # Columns remembered for target workbooks say nothing of progress ones.
    known = replace(names.known(), remembered={}, vocabulary=vocabulary(month))
    sheet = find(book, known)
    if {plain_header(match.header) for match in sheet.matches} >= _OWN_EXPORT:
        sheet.matches = [
            replace(match, field="", by="passed") if match.field in ("total", "node") and match.header in ("累计", "节点")
            else match
            for match in sheet.matches
        ]  # fmt: skip
        kept = set(sheet.columns.values())
        for row in sheet.rows:
            row.cells = {name: value for name, value in row.cells.items() if name not in SAID or name in kept}
    return sheet


def written(row: SheetRow, name: str) -> str:
    """A cell as its file shows it; empty for a blank, a dash, and a formula that failed."""
    try:
        return cells.text_of(row.cells.get(name))
    except CellError:
        return ""


def hold_names(row: SheetRow, target: Target, names: Names) -> list[Said]:
    """Units and people of a row against its target: an unknown name is an error, another one is said."""
    said: list[Said] = []
    units = []
    for part in _parts(written(row, "lead_unit"), names.units):
        try:
            units += names.units_of(part)[0]
        except CellError as error:
            if plain(part) not in names.people:  # 责任单位及责任人 in one cell
                said.append(Said("lead_unit", "error", error.code, str(error), part))
    if units and target.lead_unit not in units:
        said.append(
            Said("lead_unit", "warning", "unit.other", f"台账里主责单位是“{target.lead_unit.name}”，没有改动")
        )
    people = []
    for part in _parts(written(row, "cadre"), names.people):
        held = names.people.get(plain(part))
        if held:
            people += [user for user, _ in held]
            continue
        said.append(
            Said(
                "cadre",
                "error",
                "person.unknown",
                f"没有“{part}”这个人{nearest(plain(part), names.people)}",
                part,
            )
        )
    if people and target.cadre is not None and target.cadre not in people:
        said.append(Said("cadre", "warning", "person.other", f"台账里责任人是{target.cadre.name}，没有改动"))
    return said


def _parts(text: str, known: object) -> list[str]:
    assert isinstance(known, dict)
    return [text] if plain(text) in known else cells.parts_of(text)


# What a row says -------------------------------------------------------------------------------

_ANSWERS = {str(answer.label): answer for answer in Answer} | {
    "开展": Answer.HELD, "已举办": Answer.HELD, "是": Answer.HELD, "√": Answer.HELD, "正常开展": Answer.HELD,
    "没有开展": Answer.NOT_HELD, "否": Answer.NOT_HELD, "×": Answer.NOT_HELD, "没有监测": Answer.UNMEASURED,
}  # fmt: skip
_BEGINS = tuple(str(answer.label) for answer in Answer)
_REACHED = re.compile(r"达成[“\"](.+)[”\"]")  # as exports say it
_READ_ALL_THE_SAME = (
    "quantity.fraction",
    "quantity.unit_differs",
)  # the number stands, only its unit is in doubt
_UNIT_IN_HEADER = re.compile(r"[(（](%|[十百千万亿]*元|人次|[人家户个处项场吨亩])[)）]")
_NODE_DAY = re.compile(r"^\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?\s*|\*[\d.]+$")


@dataclass
class Told:
    """What a row says of a month: the form's fields as typed, and what is to be said of the cells."""

    fields: dict[str, str] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)


def read_progress(row: SheetRow, sheet: Sheet, target: Target, checkpoints: Sequence[Checkpoint]) -> Told:
    """One row in the fields of its target's form. `checkpoints` are the titled ones that are still open."""
    reader = _Reader(row, sheet, target, checkpoints)
    reader.read()
    return reader.told


class _Reader:
    def __init__(
        self, row: SheetRow, sheet: Sheet, target: Target, checkpoints: Sequence[Checkpoint]
    ) -> None:
        self.row, self.sheet, self.target, self.checkpoints = row, sheet, target, checkpoints
        self.headers = {match.field: match for match in sheet.matches if match.field}
        self.kind = Kind(target.kind)
        self.told = Told()
        self.used: set[str] = set(WORDS)

    def read(self) -> None:
        for flag in self.row.said:
            if flag.severity != "info" and (not flag.field or flag.field in SAID):
                self._say(flag.field, flag.severity, flag.code, flag.message)
        for name in WORDS:
            if name != "correction_reason" or self.kind is Kind.CUMULATIVE:
                self._put(name, self._text(name))
        self._answer()
        if self.kind is Kind.CUMULATIVE:
            self._increment()
        elif self.kind is Kind.LEVEL:
            self._level()
        elif self.kind.is_titled:
            self._nodes()
        unused = [
            self.headers[name].header for name in SAID if name not in self.used and written(self.row, name)
        ]
        if unused:
            listed = "、".join(f"“{header}”" for header in unused)
            self._say("", "info", "progress.unused", f"{self.kind.label}不填{listed}，没有读")

    def _increment(self) -> None:
        self.used |= {"increment", "amount", "total"}
        increment, amount = self._number("increment"), self._number("amount")
        if increment and amount and increment != amount:
            self._say(
                "amount", "warning", "progress.two_values",
                f"“{self.headers['increment'].header}”和“{self.headers['amount'].header}”不同，按前者读",
            )  # fmt: skip
        self._put("value", increment or amount)
        self._put("total", self._number("total"))

    def _level(self) -> None:
        self.used |= {"amount", "total"}
        amount, total = self._number("amount"), self._number("total")
        if not amount and total:
            self._say(
                "total",
                "warning",
                "progress.total_as_level",
                f"水平值没有累计，“{self.headers['total'].header}”按本月数值读",
            )
        self._put("value", amount or total)
        if self.target.measure in ("%", "百分点"):
            self.used |= {"numerator", "denominator"}
            parts = {name: self._number(name) for name in ("numerator", "denominator")}
            if any(parts.values()):
                # The rate follows from its parts.
                self.told.fields.pop("value", None)
                for name, text in parts.items():
                    self._put(name, text)

    def _answer(self) -> None:
        """开展情况 is a choice for a standing duty, and words for all others."""
        self.used.add("answer")
        text = self._text("answer")
        if self.kind is Kind.ONGOING:
            told = text or self._text("amount")
            self.used.add("amount")
            answer = _ANSWERS.get(plain(told).rstrip("。"))
            begun = next((word for word in _BEGINS if told.startswith(word)), "")
            if answer is not None:
                self._put("answer", answer.value)
                return
            if begun:
                self._put("answer", _ANSWERS[begun].value)
                self._say("answer", "info", "progress.answer", f"开展情况按“{begun}”读，全文写进本月进展")
            text = told
        if text:
            before = self.told.fields.get("progress", "")
            self._put("progress", before if text in before else f"{before}\n{text}".strip())

    # Checkpoints -------------------------------------------------------------------------------

    def _nodes(self) -> None:
        self.used |= {"node", "reached_on", "amount"}
        match, text, day = self.headers.get("node"), self._text("node"), self._day()
        if match is not None and match.by == "weak" and not day:
            text = ""  # 节点 by itself says what is planned
        told = _REACHED.search(self._text("amount"))
        titles = self._titles(text) or (self._titles(told[1]) if told else [])
        if match is not None and match.by == "weak" and len(titles) > 1:
            self._say(
                "node",
                "error",
                "node.several",
                f"“{match.header}”一格有{len(titles)}个节点，本月达成的请另写一列“达成节点”",
            )
            return
        if day and not titles:
            self._say(
                "reached_on", "error", "node.missing", "写了达成日期，没有写达成的是哪个节点，请补“达成节点”"
            )
        open_ones = {plain(each.title): each for each in self.checkpoints}
        for title in titles:
            found = open_ones.get(plain(title))
            if found is None:
                self._say(
                    "node",
                    "error",
                    "node.unknown",
                    f"没有等着达成的节点“{title}”{nearest(plain(title), open_ones)}",
                    title,
                )
                continue
            self.told.fields[f"tick_{found.pk}"] = "on"
            # Without a day the form would offer today's; whoever opens it is asked for it instead.
            self.told.fields[f"on_{found.pk}"] = day

    def _titles(self, text: str) -> list[str]:
        if plain(text) in {plain(each.title) for each in self.checkpoints}:
            return [text]
        parts = (_NODE_DAY.sub("", part.strip()) for part in re.split(r"[、，,;；\n]", text))
        return [part.strip('“”" 。') for part in parts if part.strip('“”" 。')]

    def _day(self) -> str:
        value = self.row.cells.get("reached_on")
        try:
            found = cells.day_of(value, year=self.target.plan.year)
        except CellError:
            return written(self.row, "reached_on")
        if found is None:
            return ""
        exact = found.day is not None and not any(note.severity == "warning" for note in found.notes)
        return found.day.isoformat() if exact and found.day is not None else written(self.row, "reached_on")

    # Cells -------------------------------------------------------------------------------------

    def _text(self, name: str) -> str:
        try:
            return cells.text_of(self.row.cells.get(name))
        except CellError as error:
            self._say(name, "error", error.code, str(error))
            return ""

    def _number(self, name: str) -> str:
        """A number as the form takes it, in the target's measure; what is no plain number stays as written."""
        value = self.row.cells.get(name)
        text = self._text(name)
        if not text:
            return ""
        try:
            found = cells.quantity_of(
                self._with_unit(name, value), percent=name in self.row.percent, measure=self.target.measure
            )
        except CellError:
            return text
        if found is None or found.number is None or found.comparison or found.recurrence or found.others:
            return text
        doubted = any(
            note.severity == "warning" and note.code not in _READ_ALL_THE_SAME for note in found.notes
        )
        if doubted and isinstance(value, str):
            return text  # as written, for the form to ask about
        for note in found.notes:
            self._say(name, note.severity, note.code, note.message)
        if doubted:
            return text
        return plain_number(found.number)

    def _with_unit(self, name: str, value: Value) -> Value:
        """The value with the unit that its header or the unit column names, where that is not the target's own."""
        match = _UNIT_IN_HEADER.search(self.headers[name].header) if name in self.headers else None
        unit = match[1] if match else written(self.row, "measure")
        plain_value = isinstance(value, (int, float)) and not isinstance(value, bool)
        if plain_value and unit and unit != self.target.measure and name not in self.row.percent:
            return f"{cells.text_of(value)}{unit}"
        return value

    def _put(self, name: str, text: str) -> None:
        if text:
            self.told.fields[name] = text

    def _say(self, name: str, severity: str, code: str, message: str, about: str = "") -> None:
        if all(each.message != message for each in self.told.said):
            self.told.said.append(Said(name, severity, code, message, about))
