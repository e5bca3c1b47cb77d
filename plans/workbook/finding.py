"""Finding the table of targets in a book: which sheet, which rows are the header, which column is which field,

which rows are tasks and which are titles, totals, notes and signatures. Nothing is decided in silence: a column tells how
it was matched, and every row that is not read tells why.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from openpyxl.utils import get_column_letter

from plans.workbook import cells
from plans.workbook.annotating import SUMMARY_TITLE, without_marks
from plans.workbook.columns import COLUMNS, QUARTERS, TARGETS, WEAK, Vocabulary, plain_header
from plans.workbook.engine import UnreadableWorkbook
from plans.workbook.grid import Book, Grid, Place, Value
from plans.workbook.writing import GUIDE_TITLE, OFFERED_TITLE

HEADER_DEPTH = 60  # among how many first rows the header is looked for
HEADER_ROWS = 3  # how many rows a header may have
SAMPLE = 200  # how many rows a column is judged by
OURS = {SUMMARY_TITLE, GUIDE_TITLE, OFFERED_TITLE}  # sheets that we add to files ourselves


@dataclass(frozen=True)
class Known:
    """The names that the office knows: what the content of a column is recognised by."""

    units: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    remembered: Mapping[str, str] = field(default_factory=dict)  # plain header → field ("" for no field)
    vocabulary: Vocabulary = TARGETS


@dataclass(frozen=True)
class Match:
    """One column of the table: its letter, the header as written, its field, and by what it was matched."""

    letter: str
    header: str
    field: str  # "" where it goes into the remarks
    by: str  # header, weak, content, memory, choice; none, personal, passed where it has no field

    @property
    def words(self) -> str:
        """How sure the match is, for the page."""
        return {
            "header": "按表头", "weak": "按表头，请核对", "content": "按内容，请核对", "memory": "按上次的选择",
            "choice": "按您的选择", "none": "记入备注", "personal": "不读入", "passed": "不需要",
        }[self.by]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """Something to be said about a field of a row, by its looks (here) or by what it means (rows.py)."""

    field: str  # "" for the row
    severity: str  # error, warning, info
    code: str
    message: str
    about: str = ""  # the name that is not known, for choosing another in the preview


@dataclass(slots=True)
class SheetRow:
    """One task: its number as Excel shows it, its cells by field, and what its looks say."""

    number: int
    cells: dict[str, Value]
    percent: frozenset[str] = frozenset()  # fields whose number is shown as a percentage
    said: list[Said] = field(default_factory=list)


@dataclass
class Sheet:
    """The table that was found."""

    title: str
    header_rows: list[int]
    matches: list[Match]
    rows: list[SheetRow] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    measure: str = ""  # the unit in the header of the goal: 目标值（万元）
    unit: str = ""  # 填报单位 above the table

    @property
    def columns(self) -> dict[str, str]:
        """Letter → field, of the columns that are read."""
        return {match.letter: match.field for match in self.matches if match.field}

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields of the columns that are read."""
        return frozenset(self.columns.values())

    def letter(self, name: str) -> str:
        """The letter of the column of a field; empty where the file has none."""
        return next((match.letter for match in self.matches if match.field == name), "")


def find(book: Book, known: Known, *, title: str = "", chosen: Mapping[str, str] | None = None) -> Sheet:
    """The table of targets of a book; `title` and `chosen` (letter → field) are what a person put right.

    Raises UnreadableWorkbook where no sheet has a header that can be recognised.
    """
    best: tuple[float, Grid, _Header] | None = None
    for grid in book.grids:
        if title and grid.title != title:
            continue
        if not title and (not grid.visible or grid.title in OURS):
            continue
        header = _header(grid, known)
        if header is not None and (best is None or header.score > best[0]):
            best = (header.score, grid, header)
    if best is None:
        where = f"工作表“{title}”里" if title else ""
        raise UnreadableWorkbook(f"{where}{known.vocabulary.missing}")
    _, grid, header = best
    sheet = _Table(grid, header, known, chosen or {}).sheet()
    hidden = [each.title for each in book.grids if not each.visible]
    if hidden:
        sheet.notes.append(f"隐藏的工作表没有读：{'、'.join(hidden[:5])}")
    if not book.has_styles:
        sheet.notes.append("未检查格式：这种文件看不出隐藏行、删除线和颜色")
    sheet.notes += book.notes
    return sheet


# The header ------------------------------------------------------------------------------------


@dataclass
class _Header:
    """Rows of a grid that read as a header: their numbers, and the names of the columns."""

    first: int  # index in grid.rows
    last: int
    numbers: list[int]
    names: dict[
        int, list[str]
    ]  # column → what it may be called: the lowest row's word, joined, the upper row's
    score: float


def _header(grid: Grid, known: Known) -> _Header | None:
    spans = {(top, left): (bottom, right) for top, left, bottom, right in grid.merged}
    best: _Header | None = None
    for index in range(min(HEADER_DEPTH, len(grid.rows))):
        for depth in range(1, HEADER_ROWS + 1):
            found = _header_at(grid, spans, index, depth, known)
            if found is not None and (best is None or found.score > best.score):
                best = found
    return best


def _header_at(
    grid: Grid, spans: Mapping[Place, Place], index: int, depth: int, known: Known
) -> _Header | None:
    rows = grid.rows[index : index + depth]
    # A header's rows stand together, and a cell that spans more rows than the header has more below it.
    if len(rows) < depth or rows[-1][0] - rows[0][0] != depth - 1:
        return None
    levels = [_level(number, values, spans) for number, values in rows]
    if depth > 1 and not _belongs(levels, rows, spans):
        return None
    names: dict[int, list[str]] = {}
    for column in sorted({column for level in levels for column in level}):
        words = list(dict.fromkeys(text for level in levels if (text := level.get(column))))
        names[column] = list(dict.fromkeys([words[-1], "".join(words), words[0]])) if words else []
    fields = {found for texts in names.values() if (found := _surest(texts, known))}
    # “单位” says little of a table; the task itself and one thing beside it are what a header needs.
    if not _may_be_name(names, known) or not fields & known.vocabulary.beside:
        return None
    long = sum(1 for level in levels for text in level.values() if len(text) > 24)
    unknown = sum(1 for texts in names.values() if not _surest(texts, known) and not _is_passed(texts, known))
    score = len(fields) * 10 - long * 6 - unknown - depth * 0.5
    return _Header(index, index + depth - 1, [number for number, _ in rows], names, score)


def _level(number: int, values: Sequence[Value], spans: Mapping[Place, Place]) -> dict[int, str]:
    """One row of a header: column → text, merged cells told in each of their columns."""
    found: dict[int, str] = {}
    for column, value in enumerate(values, 1):
        text = plain_header(value)
        if text:
            _, right = spans.get((number, column), (number, column))
            for each in range(column, right + 1):
                found.setdefault(each, text)
    return found


def _belongs(
    levels: list[dict[int, str]], rows: Sequence[tuple[int, list[Value]]], spans: Mapping[Place, Place]
) -> bool:
    """Whether rows are one header: each upper row groups columns of the next, or reaches down beside it.

    A title over the whole table groups nothing: it would lend its words to every column.
    """
    for (number, _), (upper, lower) in zip(rows, itertools.pairwise(levels), strict=False):
        tall = [place for place, (bottom, _) in spans.items() if place[0] == number and bottom > number]
        wide = [place for place, (_, right) in spans.items() if place[0] == number and right > place[1]]
        across = max((spans[place][1] - place[1] + 1 for place in wide), default=1)
        if len(upper) < 2 or across >= len(upper) or not (tall or wide):
            return False
        if any(isinstance(value, (int, float, date)) for _, values in rows for value in values):
            return False
        if not lower:
            return False
    return True


def _surest(texts: Sequence[str], known: Known) -> str:
    for text in texts:
        if text in known.remembered:
            return known.remembered[text]
        if found := known.vocabulary.fields_of(text):
            return found[0][1]
    return ""


def _wishes(texts: Sequence[str], known: Known) -> list[tuple[int, str]]:
    """The fields that a column may be: by the lowest of its words that says any, which is the most particular."""
    return next((found for text in texts if (found := known.vocabulary.fields_of(text))), [])


def _is_passed(texts: Sequence[str], known: Known) -> bool:
    return any(known.vocabulary.is_passed_over(text) for text in texts)


def _may_be_name(names: Mapping[int, Sequence[str]], known: Known) -> bool:
    keys = known.vocabulary.keys
    return any(
        known.remembered.get(text) in keys
        or any(found in keys for _, found in known.vocabulary.fields_of(text))
        for texts in names.values()
        for text in texts
    )


# The table -------------------------------------------------------------------------------------

_TOTALS = re.compile(
    r"(?:[一二三四五六七八九十]+、)?(?:本页|本表|板块|部门|全街道)?(?:小计|合计|总计|共计|累计合计)[:：]?"
)
_FOOTER = re.compile(
    r"(?:填报人|填表人|制表人?|审核人?|审批人|复核人?|报送人|经办人签|负责人签|单位负责人|主要负责人|分管领导签|签字|签章|盖章|"
    r"填报日期|填报时间|报送日期|制表日期|填表日期|联系电话|联系方式|填表说明|填报说明|备注[:：]|说明[:：]|注[:：]|注\d|注释)"
)
_GROUP = re.compile(
    r"(?:[一二三四五六七八九十]+、|[(（][一二三四五六七八九十]+[)）]|第[一二三四五六七八九十]+[部章类])"
)
_CANCELLED = re.compile(r"[(（【\[]?(?:已)?(?:取消|作废|删除|停止实施)[)）】\]]")
_UNIT_LINE = re.compile(r"(?:填报|报送|责任|编报)(?:单位|部门|科室)(?:\(盖章\))?[:：](?P<unit>[^:：]{2,30})")
_LOOKS_A_UNIT = re.compile(
    r"(?:办公室|办|科|社区|中心|所|站|局|公司|委员会|大队|中队|支部|党工委|办事处|村)$"
)
_BEGINS_AS_NUMBER = re.compile(
    r"(?:[≥≤><=约近±]|不少于|不低于|不高于|不超过|至少|达到?|完成|控制在|超过?|突破|力争|确保|大于|小于)*[\d一二两三四五六七八九十百千万]+"
)
_ONLY_A_DAY = re.compile(
    r"[\d\-./:年月日号份底前末初上中下旬第季度半一二三四五六七八九十至~完成之以内全]{1,19}"
)
# Colours that people use for a state: strong ones. Pale ones are decoration.
_STATES = {"红": (200, 0, 0), "黄": (200, 200, 0), "绿": (0, 150, 0), "蓝": (0, 80, 200)}


class _Table:
    """A grid below its header, on its way to rows of fields."""

    def __init__(self, grid: Grid, header: _Header, known: Known, chosen: Mapping[str, str]) -> None:
        self.grid, self.header, self.known = grid, header, known
        self.below = grid.rows[header.last + 1 :]
        self.inside = self._merged_inside()
        self.matches = self._matches(chosen)
        self.words = {text for texts in header.names.values() for text in texts}
        self.unknown = [match for match in self.matches if match.by == "none"]
        self.by_field = {match.field: column_number(match.letter) for match in self.matches if match.field}
        self.common = self._common_colours()
        self.is_marked = bool(grid.percent or grid.unvalued or grid.struck)

    def sheet(self) -> Sheet:
        """The table as rows."""
        sheet = Sheet(title=self.grid.title, header_rows=self.header.numbers, matches=self.matches)
        goal = next((match.header for match in self.matches if match.field == "goal"), "")
        if unit := re.search(r"[(（]([^()（）]{1,8})[)）]$", goal):
            sheet.measure = unit[1].removeprefix("单位").lstrip("：:")
        sheet.unit = self._unit_above()
        personal = [match.header for match in self.matches if match.by == "personal"]
        if personal:
            sheet.notes.append(f"像是证件号或电话的列没有读入：{'、'.join(personal)}")
        if self.grid.hidden_columns & set(self.by_field.values()):
            letters = "、".join(
                get_column_letter(each)
                for each in sorted(self.grid.hidden_columns & set(self.by_field.values()))
            )
            sheet.notes.append(f"隐藏的列也读了：{letters}，请核对")
        section, footer, above = "", False, None
        for number, values in self.below:
            why = self._why_not(number, values, footer)
            if why:
                if why != "空行":
                    sheet.skipped.append((number, self._with_sum(why, values, sheet.rows)))
                footer = footer or why.startswith("说明")
                if why == "分组行":
                    section = plain_header(next(value for value in values if plain_header(value)))
                continue
            row = self._row(number, values, section, above)
            sheet.rows.append(row)
            above = row
        return sheet

    # Columns -----------------------------------------------------------------------------------

    def _matches(self, chosen: Mapping[str, str]) -> list[Match]:
        """Which column is which field: chosen ones, remembered ones, by header, then by content."""
        names = self.header.names
        written = {column: (texts[0] if texts else "") for column, texts in names.items()}
        width = max((len(values) for _, values in self.below), default=0)
        for column in range(1, width + 1):
            written.setdefault(column, "")
        taken: dict[str, tuple[int, str]] = {}  # field → column, by
        settled: dict[int, str] = {}  # column → by, where it is no field

        def take(column: int, name: str, by: str) -> None:
            taken[name] = (column, by)

        free = sorted(written)
        for column in list(free):
            letter, text = get_column_letter(column), written[column]
            if letter in chosen:
                free.remove(column)
                if chosen[letter]:
                    take(column, chosen[letter], "choice")
                else:
                    settled[column] = "none"
            elif text in self.known.remembered:
                name = self.known.remembered[text]
                if name and name not in taken:
                    take(column, name, "memory")
                    free.remove(column)
                elif not name:
                    settled[column] = "none"
                    free.remove(column)
        for column in list(free):
            sample = self._sample(column)
            if cells.looks_personal(written[column], sample):
                settled[column] = "personal"
            elif _is_passed(names.get(column, []), self.known):
                settled[column] = "passed"
            else:
                continue
            free.remove(column)
        wishes = sorted(
            (
                name != "name",
                rank,
                column,
                name,
            )  # without the task's column there is no table: it comes first
            for column in free
            for rank, name in _wishes(names.get(column, []), self.known)
        )
        if detail := self._detail([column for first, _, column, _ in wishes if not first]):
            wishes.sort(key=lambda wish: (wish[0], wish[2] != detail and not wish[0], wish[1]))
        for _, rank, column, wish in wishes:
            name = self._by_content(column, wish)
            if column in free and name not in taken:
                take(column, name, "weak" if rank >= WEAK else "header")
                free.remove(column)
        for column in list(free):
            name = self._guessed(column, set(taken))
            if name:
                take(column, name, "content")
                free.remove(column)
        found = {column: (name, by) for name, (column, by) in taken.items()}
        return [
            Match(
                letter=get_column_letter(column),
                header=written[column] or "（无表头）",
                field=found[column][0] if column in found else "",
                by=found[column][1] if column in found else settled.get(column, "none"),
            )
            for column in sorted(written)
            if written[column] or column in found or self._sample(column)
        ]

    def _sample(self, column: int) -> list[Value]:
        found: list[Value] = []
        for number, values in self.below[:SAMPLE]:
            value = self._value(number, values, column)
            if value is not None and plain_header(value):
                found.append(value)
        return found

    def _detail(self, columns: Sequence[int]) -> int:
        """Of several columns that may be the task, the one that tells rows apart where the surest does not; else 0.

        工作任务 with 就业, 就业 beside 指标名称 with 新增就业, 招聘会: the first is a heading over the second.
        """
        if len(columns) < 2:
            return 0
        apart = {}
        for column in columns:
            texts = [plain_header(value) for value in self._sample(column)]
            apart[column] = len(set(texts)) / len(texts) if texts else 0.0
        if apart[columns[0]] >= 0.8:
            return 0
        return next((column for column in columns[1:] if apart[column] >= 0.95), 0)

    def _by_content(self, column: int, name: str) -> str:
        """The field of an ambiguous header: 单位 may be of measure or an office, 节点 a day or several points."""
        texts = [plain_header(value) for value in self._sample(column)]
        if not texts:
            return name
        if name == "measure" and self._share(texts, self._is_unit) > 0.5:
            return "lead_unit"
        found = self.known.vocabulary.fields_of(self.header.names[column][0])
        if name == "name" and any(each == "goal" for _, each in found):
            # 工作目标 may be the task in words or its number.
            return "goal" if self._share(texts, _is_number) > 0.5 else "name"
        if name in ("nodes", "due_on") and len(found) > 1 and found[0][0] > 0:  # not our own header
            return (
                "due_on"
                if self._share(texts, lambda text: bool(_ONLY_A_DAY.fullmatch(text))) > 0.5
                else "nodes"
            )
        return name

    def _guessed(self, column: int, taken: set[str]) -> str:
        """The field that a column's content tells where its header does not; empty without a clear majority."""
        texts = [plain_header(value) for value in self._sample(column)]
        if len(texts) < 2 or self.header.names.get(column):
            # A header that we do not know is somebody's own column: only nameless ones are guessed.
            return ""
        for name, test in (
            ("lead_unit", self._is_unit),
            ("cadre", lambda text: text in self.known.people),
            ("due_on", _is_day),
        ):
            if name not in taken and self._share(texts, test) >= 0.6:
                return name
        return ""

    def _is_unit(self, text: str) -> bool:
        return text in self.known.units or bool(_LOOKS_A_UNIT.search(text))

    @staticmethod
    def _share(texts: Sequence[str], test: Callable[[str], bool]) -> float:
        return sum(1 for text in texts if test(text)) / len(texts)

    # Rows --------------------------------------------------------------------------------------

    def _merged_inside(self) -> dict[Place, Place]:
        """Every cell below the header that lies inside a merge, with the merge's first cell."""
        first = self.below[0][0] if self.below else 0
        return {
            (row, column): (top, left)
            for top, left, bottom, right in self.grid.merged
            if bottom >= first and (bottom - top + 1) * (right - left + 1) <= 20_000
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
            if (row, column) != (top, left)
        }

    def _value(self, number: int, values: Sequence[Value], column: int) -> Value:
        """A cell; inside a merge that reaches down, the value at its head."""
        place = self.inside.get((number, column)) if self.inside else None
        if place is not None:
            return self._heads.get(place) if place[0] != number else None
        return values[column - 1] if 0 < column <= len(values) else None

    @cached_property
    def _heads(self) -> dict[Place, Value]:
        places = set(self.inside.values())
        return {
            (number, column): value
            for number, values in self.grid.rows
            for column, value in enumerate(values, 1)
            if (number, column) in places
        }

    def _why_not(self, number: int, values: Sequence[Value], footer: bool) -> str:
        """Why a row is no task; empty where it is one."""
        own = [(column, text) for column, value in enumerate(values, 1) if (text := plain_header(value))]
        if not own:
            return "空行"
        texts = [text for _, text in own]
        if self._is_header_again(own):
            return "重复的表头"
        if any(_TOTALS.fullmatch(text) for text in texts[:3]):
            return "小计或合计行"
        if _FOOTER.match(texts[0]):
            return "说明或签字行"
        name = plain_header(self._value(number, values, self.by_field.get("name", 0)))
        wide = self._spans_table(number, own[0][0])
        alone = len(set(texts)) == 1 and (wide or not self._has_more(number, values, own))
        if alone and footer:
            return "说明或签字行"
        if alone and (wide or _GROUP.match(texts[0]) or name == "" or own[0][0] != self.by_field.get("name")):
            return "分组行"
        if len(own) <= 2 and not name and all(_GROUP.match(text) or text.isdigit() for text in texts):
            return "分组行"
        if self._is_numbering(own):
            return "列号行"
        if self._is_struck(number, own):
            return "整行加了删除线，没有读入"
        remark = plain_header(self._value(number, values, self.by_field.get("remark", 0)))
        if name and (
            _CANCELLED.search(name) or _CANCELLED.match(remark) or remark in ("取消", "已取消", "作废")
        ):
            return "注明已取消，没有读入"
        return ""

    def _has_more(self, number: int, values: Sequence[Value], own: Sequence[tuple[int, str]]) -> bool:
        """Whether merged cells from above say more than the row's own ones."""
        return any(
            plain_header(self._value(number, values, column))
            for name, column in self.by_field.items()
            if name in ("lead_unit", "due_on", "goal") and column not in {each for each, _ in own}
        )

    def _is_header_again(self, own: Sequence[tuple[int, str]]) -> bool:
        if self.words.isdisjoint([text for _, text in own]):
            return False
        same = sum(1 for column, text in own if text in self.header.names.get(column, ()))
        return same >= 3 and same >= len(own) / 2

    @staticmethod
    def _is_numbering(own: Sequence[tuple[int, str]]) -> bool:
        """The line 1 2 3 4 … (or 甲 乙 1 2) that forms put under their header."""
        numbers = [int(text) for _, text in own if text.isdigit()]
        if len(numbers) < 4:
            return False
        rest = [text for _, text in own if not text.isdigit()]
        return (
            numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            and numbers[0] <= 3
            and all(text in "甲乙丙丁栏次" or text == "栏次" for text in rest)
        )

    def _spans_table(self, number: int, column: int) -> bool:
        return any(
            top == number and left == column and right - left + 1 >= max(3, len(self.header.names) // 2)
            for top, left, _, right in self.grid.merged
        )

    def _is_struck(self, number: int, own: Sequence[tuple[int, str]]) -> bool:
        if not self.grid.struck:
            return False
        struck = sum(1 for column, _ in own if (number, column) in self.grid.struck)
        name = (number, self.by_field.get("name", 0)) in self.grid.struck
        return struck * 2 >= len(own) and (name or struck == len(own))

    def _with_sum(self, why: str, values: Sequence[Value], rows: Sequence[SheetRow]) -> str:
        """A total is held against the rows above it, where both are plain numbers."""
        column = self.by_field.get("goal", 0)
        told = values[column - 1] if why == "小计或合计行" and 0 < column <= len(values) else None
        numbers = [row.cells.get("goal") for row in rows]
        if not isinstance(told, (int, float)) or isinstance(told, bool) or not numbers:
            return why
        plain = [Decimal(str(each)) for each in numbers if isinstance(each, (int, float))]
        total = sum(plain, Decimal(0))
        if len(plain) != len(numbers) or total == Decimal(str(told)):
            return why
        return f"{why}；表上写{told:g}，上面各行相加是{total.normalize():f}，请核对"

    def _row(self, number: int, values: Sequence[Value], section: str, above: SheetRow | None) -> SheetRow:
        row = SheetRow(number, {})
        percent = set()
        for name, column in self.by_field.items():
            value = self._value(number, values, column)
            if name != "name" and cells.is_ditto(value):
                value = above.cells.get(name) if above is not None else None
                row.said.append(Said(name, "warning", "cell.ditto", f"“同上”，按上一行的“{_short(value)}”读"))
            row.cells[name] = value
            if not self.is_marked:
                continue
            place = (number, column)
            if place in self.grid.percent:
                percent.add(name)
            if place in self.grid.unvalued:
                severity = "error" if name in _REQUIRED else "warning"
                row.said.append(
                    Said(
                        name,
                        severity,
                        "cell.formula",
                        "公式还没有算出的值，请在Excel里打开保存一次，或粘贴为数值",
                    )
                )
            if place in self.grid.struck:
                row.said.append(
                    Said(name, "warning", "cell.struck", "这一格加了删除线，仍按所写的读，请核对")
                )
        row.percent = frozenset(percent)
        if section:
            row.cells["section"] = section
        if number in self.grid.hidden_rows:
            row.said.append(
                Said("", "warning", "row.hidden", "这一行在文件里是隐藏的，仍会读入；不要的请在文件里删去")
            )
        self._colours(number, values, row)
        self._remarks(number, values, row)
        return row

    def _colours(self, number: int, values: Sequence[Value], row: SheetRow) -> None:
        if not self.grid.filled and not self.grid.inked:
            return
        for column in range(1, len(values) + 1):
            for colours, what in ((self.grid.filled, "底色"), (self.grid.inked, "字")):
                colour = colours.get((number, column))
                state = _state_of(colour) if colour and colour not in self.common else ""
                if state:
                    letter = get_column_letter(column)
                    row.said.append(
                        Said(
                            self._field_at(column), "info", "cell.coloured",
                            f"{letter}{number}是{state}{what}，颜色没有读成状态；有意思的请写成字",
                        )
                    )  # fmt: skip
                    return

    def _common_colours(self) -> set[str]:
        """Colours of a whole column or every other row: decoration."""
        counts: dict[str, int] = {}
        for colours in (self.grid.filled, self.grid.inked):
            for (number, _), colour in colours.items():
                if self.below and number >= self.below[0][0]:
                    counts[colour] = counts.get(colour, 0) + 1
        rows = max(1, len(self.below))
        return {colour for colour, count in counts.items() if rows > 3 and count > rows * 0.45 * 2}

    def _field_at(self, column: int) -> str:
        return next((name for name, each in self.by_field.items() if each == column), "")

    def _remarks(self, number: int, values: Sequence[Value], row: SheetRow) -> None:
        """Columns that we do not know, and comments on cells, are kept as remarks."""
        kept = []
        for match in self.unknown:
            value = self._value(number, values, column_number(match.letter))
            if value is not None and plain_header(value):
                text = _short(value, 400)
                kept.append(text if match.header == "（无表头）" else f"{match.header}：{text}")
        for column in range(1, len(values) + 1) if self.grid.comments else ():
            comment = without_marks(self.grid.comments.get((number, column), "")).strip()
            if comment:
                kept.append(f"批注：{comment[:400]}")
        if kept:
            own = row.cells.get("remark")
            row.cells["remark"] = "\n".join(([_short(own, 2000)] if plain_header(own) else []) + kept)

    def _unit_above(self) -> str:
        for _, values in self.grid.rows[: self.header.first]:
            for text in (plain_header(value) for value in values):
                if match := _UNIT_LINE.search(text):
                    return re.sub(
                        r"(?:填报|报送|制表)?(?:日期|时间|人).*$|\d{4}年.*$|\(.*$", "", match["unit"]
                    )
            texts = [plain_header(value) for value in values if plain_header(value)]
            for label, text in itertools.pairwise(texts):
                if re.fullmatch(r"(?:填报|报送|责任)(?:单位|部门|科室)[:：]?", label):
                    return text
        return ""


_REQUIRED = {column.field for column in COLUMNS if column.required}


def planned_columns(row: SheetRow) -> Iterator[tuple[int, str]]:
    """The planned values that a row has columns for: month number and field; months come before quarters."""
    for name, month in _PLANNED.items():
        if name in row.cells:
            yield month, name


_PLANNED = {f"m{month}": month for month in range(1, 13)} | QUARTERS


def column_number(letter: str) -> int:
    """The number of a column: A is 1."""
    number = 0
    for character in letter:
        number = number * 26 + ord(character) - 64
    return number


def _is_day(text: str) -> bool:
    try:
        found = cells.day_of(text, year=2024)
    except ValueError:
        return False
    return found is not None and found.day is not None and not text.isdigit()


def _is_number(text: str) -> bool:
    return len(text) <= 16 and bool(_BEGINS_AS_NUMBER.match(text))


def _short(value: Value, longest: int = 40) -> str:
    text = cells.text_of(value) if not isinstance(value, str) else value.strip()
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _state_of(colour: str) -> str:
    """The colour of a light that a strong colour is near to; empty for pale, grey and others."""
    try:
        found = tuple(int(colour[-6:][place : place + 2], 16) for place in (0, 2, 4))
    except ValueError:
        return ""
    if max(found) - min(found) < 110:
        return ""
    return min(
        _STATES,
        key=lambda name: sum((one - other) ** 2 for one, other in zip(found, _STATES[name], strict=True)),
    )
