"""A bulletin in words: pure functions from figures to the text that a secretary would write.

The answer holds nothing but texts, so that Word, PDF, page and database hold the same words. What is not there is
said (“没有逾期任务”) or left out; “滞后0项” is never printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dashboards.bulletin.figures import Counts, Figures, Filing, Part, Past
from dashboards.themes import numeral
from plans.choices import Light, Word
from plans.months import months_between, shift
from plans.numbers import difference
from plans.official import cleaned, full_day, title_lines
from plans.sentences import day_words

Row = dict[str, str]

LONGEST_NOTE = 60  # characters of 存在问题 in the red list
NODES = 40  # lines of what falls due; the rest is in the ledger
STEPS = 20  # of the column chart: one for each 5 %
_STEP = Decimal(100) / STEPS

# How a cell is shaded: by the light whose word stands in it.
_SHADES = {Light.RED: "bad", Light.YELLOW: "warn", Light.BLUE: "good", Light.GREY: "none"}
_ADDRESSED = {"district": "各区", "subdistrict": "各街道", "office": "各科室", "community": "各社区"}


@dataclass(frozen=True)
class Text:
    """The whole bulletin. Shades are names (`bad warn good none`, in the chart `done gap`), empty for none."""

    title: list[str]  # one line, or two of sense where one does not hold it
    to: str
    opening: str
    overall: list[str]
    chart: list[list[str]]  # shades of the column chart, from the top, a column for each month
    trend: list[Row]
    pillar_rows: list[Row]
    pillars: list[Row]  # head and text of a paragraph each
    units: str
    unit_rows: list[Row]
    matters: str
    matter_rows: list[Row]
    filing: list[str]
    filing_rows: list[Row]
    coming: list[str]
    node_rows: list[Row]
    attachment: str
    unit: str
    date: str
    palette: str
    notice: str


def text_of(figures: Figures, *, on: date, notice: str) -> dict[str, Any]:
    """The bulletin of these figures, dated on a day, as plain data. `notice` stands on each page (the demo's)."""
    text = Text(
        title=title_of(figures.unit, figures.month),
        to=_addressed(figures.unit_kinds),
        opening=f"现将{figures.month.month}月目标任务进展情况通报如下。",
        overall=_overall(figures),
        chart=_chart(_months(figures)),
        trend=[_trend_column(month) for month in _months(figures)],
        pillar_rows=_pillar_rows(figures),
        pillars=[
            {"head": f"（{numeral(number)}）{part.label}板块。", "text": _pillar(part)}
            for number, part in enumerate(figures.pillars, 1)
        ],
        units=_units(figures.units),
        unit_rows=[_unit_row(part) for part in figures.units],
        matters=_matters(figures),
        matter_rows=_matter_rows(figures),
        filing=_filing(figures),
        filing_rows=_filing_rows(figures.units) if figures.is_closed else [],
        coming=_coming(figures),
        node_rows=[
            {
                "day": day_words(node.day, year=figures.month.year),
                "name": node.name,
                "what": node.what or "任务到期",
                "unit": node.unit,
            }
            for node in figures.nodes[:NODES]
        ],
        attachment=f"附件：{figures.month.year}年{figures.month.month}月目标任务台账",
        unit=figures.unit,
        date=full_day(on),
        palette=figures.palette,
        notice=notice,
    )
    found: dict[str, Any] = cleaned(asdict(text))
    return found


# The head -------------------------------------------------------------------------------------------


def title_of(unit: str, month: date) -> list[str]:
    """The title in one line; in two that break by sense where 2号 letters do not fit into one."""
    return title_lines(unit, f"{month.year}年{month.month}月目标任务进展情况通报")


def _addressed(kinds: frozenset[str]) -> str:
    return ("、".join(word for kind, word in _ADDRESSED.items() if kind in kinds) or "各有关单位") + "："


# 一、总体情况 ---------------------------------------------------------------------------------------

_WORDS = (
    ("finished", "已完成"),
    ("on_track", "正常推进"),
    ("soon", "临近时限"),
    ("lagging", "滞后"),
    ("late", "逾期"),
    ("waiting", "未到期及待补"),
)


def _overall(figures: Figures) -> list[str]:
    total = figures.total
    until = f"截至{_until(figures)}，"
    if not total.counts.live:
        return [f"{until}没有在册目标任务。{_suspended(total.counts)}"]
    told = [f"{until}{_stands(total.counts)}。{_suspended(total.counts)}{_completion(total)}"]
    return [*told, *_compared(figures.trend, figures.month), *_orders(figures)]


def _orders(figures: Figures) -> list[str]:
    """督办 of the month, where there was any."""
    counts = figures.orders
    if not counts:
        return []
    parts = []
    if counts.issued:
        parts.append(f"交办督办事项{counts.issued}项")
    if counts.closed:
        late = counts.closed - counts.on_time
        parts.append(
            f"销号{counts.closed}项，{f'其中逾期办结{late}项' if late else '均按时办结'}"
            if counts.on_time
            else f"销号{counts.closed}项，均逾期办结"
        )
    told = f"{figures.month.month}月{'；'.join(parts)}。" if parts else ""
    overdue = f"截至{_until(figures)}，督办事项逾期未销号{counts.overdue}项。" if counts.overdue else ""
    return [told + overdue]


def _until(figures: Figures) -> str:
    """The end of a closed month, by which it was judged; of an open one the day for which it was."""
    return f"{figures.month.month}月底" if figures.is_closed else day_words(figures.as_of, year=figures.year)


def _stands(counts: Counts) -> str:
    found = [f"{word}{getattr(counts, name)}项" for name, word in _WORDS if getattr(counts, name)]
    told = f"在册目标任务{counts.live}项"
    told += (
        f"，均为{found[0].removesuffix(f'{counts.live}项')}"
        if len(found) == 1
        else f"，其中{'、'.join(found)}"
    )
    return told + _none_of(counts)


def _none_of(counts: Counts) -> str:
    """What is good enough to be said although it is a zero."""
    missing = [word for word, number in (("滞后", counts.lagging), ("逾期", counts.late)) if not number]
    return f"，没有{'、'.join(missing)}任务" if missing else ""


def _suspended(counts: Counts) -> str:
    return f"另有{counts.suspended}项已中止，不计入统计。" if counts.suspended else ""


def _completion(part: Part) -> str:
    if part.actual is None:
        return "没有计入完成率的任务，暂无综合完成率。"
    return f"综合完成率{part.actual}%，序时{part.planned}%，{_gap(part)}。"


def _gap(part: Part) -> str:
    behind = part.behind
    assert behind is not None
    if not behind:
        return "与序时持平"
    return f"{'落后' if behind > 0 else '快于序时'}{abs(behind)}个百分点"


def _compared(trend: Sequence[Past], month: date) -> list[str]:
    """Against the month before, where it has figures."""
    before = next((past for past in trend if past.month == shift(month, -1)), None)
    now = next((past for past in trend if past.month == month), None)
    if before is None or now is None:
        return []
    changes, same = [], []
    for name, word in (("finished", "已完成"), ("lagging", "滞后"), ("late", "逾期")):
        then, number = getattr(before, name), getattr(now, name)
        if number == then:
            same.append(word)
        else:
            changes.append(f"{word}{'增加' if number > then else '减少'}{abs(number - then)}项")
    if same:
        changes.append(f"{'、'.join(same)}{'项数均' if len(same) > 1 else '项数'}没有变化")
    told = f"与{before.month.month}月相比，{'，'.join(changes)}"
    if before.actual is not None and now.actual is not None:
        rise = now.actual - before.actual
        if rise:
            told += f"；综合完成率{'提高' if rise > 0 else '降低'}{abs(rise)}个百分点"
        else:
            told += "；综合完成率持平"
    return [told + "。"]


def _months(figures: Figures) -> list[Past]:
    """Twelve columns: the plan's year, or where the plan goes on after it, the twelve months up to this one."""
    last = date(figures.year, 12, 1) if figures.month.year == figures.year else figures.month
    known = {past.month: past for past in figures.trend}
    return [
        known.get(month, Past(month, None, None, 0, 0, 0)) for month in months_between(shift(last, -11), last)
    ]


def _trend_column(past: Past) -> Row:
    gap = None if past.actual is None or past.planned is None else past.planned - past.actual
    return {
        "label": f"{past.month.month}月",
        "actual": _figure(past.actual),
        "planned": _figure(past.planned),
        "difference": difference(gap),
    }


def _chart(months: Sequence[Past]) -> list[list[str]]:
    """Columns of cells, one for each 5 %: dark up to what is done, light from there to what was planned."""

    def height(value: Decimal | None) -> int:
        return 0 if value is None else min(STEPS, int((value / _STEP).quantize(Decimal(1), ROUND_HALF_UP)))

    return [
        [
            "done" if step <= height(past.actual) else "gap" if step <= height(past.planned) else ""
            for past in months
        ]
        for step in range(STEPS, 0, -1)
    ]


# 二、板块进展 ---------------------------------------------------------------------------------------

_COLUMNS = (
    ("finished", "good"),
    ("on_track", "good"),
    ("soon", "warn"),
    ("lagging", "warn"),
    ("late", "bad"),
    ("waiting", "none"),
)


def _pillar_rows(figures: Figures) -> list[Row]:
    return [_pillar_row(part) for part in figures.pillars] + [_pillar_row(figures.total, "合计")]


def _pillar_row(part: Part, label: str = "") -> Row:
    row = {"label": label or part.label, "live": str(part.counts.live), **_figures(part)}
    for name, shade in _COLUMNS:
        number = getattr(part.counts, name)
        row |= {name: str(number), f"{name}_shade": shade if number else ""}
    return row


def _figures(part: Part) -> Row:
    return {
        "actual": _figure(part.actual),
        "planned": _figure(part.planned),
        "difference": difference(part.behind),
    }


def _figure(value: Decimal | None) -> str:
    """In a column whose head says %."""
    return "—" if value is None else str(value)


def _pillar(part: Part) -> str:
    counts = part.counts
    if not counts.live:
        return f"没有在册任务。{_suspended(counts)}"
    if part.actual is None:
        return f"在册{counts.live}项，均未到期或待补。"
    told = f"在册{counts.live}项，完成率{part.actual}%，序时{part.planned}%，{_gap(part)}"
    wrong = [
        f"{word}{number}项" for word, number in (("滞后", counts.lagging), ("逾期", counts.late)) if number
    ]
    return f"{told}；{'、'.join(wrong) or '没有滞后、逾期任务'}。"


# 三、单位完成情况 -----------------------------------------------------------------------------------

_NAMED = 5  # units that a sentence names before it counts them


def _unit_row(part: Part) -> Row:
    return {
        "rank": str(part.rank) if part.rank else "—",
        "label": part.label,
        "live": str(part.counts.live),
        **_figures(part),
        "finished": str(part.counts.finished),
        "lagging": str(part.counts.lagging),
        "lagging_shade": "warn" if part.counts.lagging else "",
        "late": str(part.counts.late),
        "late_shade": "bad" if part.counts.late else "",
    }


def _units(units: Sequence[Part]) -> str:
    """Who leads and who is furthest behind, by unit."""
    placed = [part for part in units if part.actual is not None]
    if not placed:
        return "各单位暂无计入完成率的任务。"
    if len(placed) == 1:
        return f"{placed[0].label}完成率{placed[0].actual}%，序时{placed[0].planned}%，{_gap(placed[0])}。"
    told = f"{len(placed)}个单位有计入完成率的任务。{_leading(placed)}"
    behind = sorted(
        (part for part in placed if part.behind and part.behind > 0),
        key=lambda part: -(part.behind or 0),
    )
    if not behind:
        return f"{told}各单位均达到序时进度。"
    if len(behind) < len(placed):
        told += f"{len(placed) - len(behind)}个单位达到序时进度；"
    return (
        told
        + f"落后序时较多的是{'、'.join(f'{part.label}（落后{part.behind}个百分点）' for part in behind[:3])}。"
    )


def _leading(placed: Sequence[Part]) -> str:
    best = [part for part in placed if part.rank <= 3]
    if len(best) > _NAMED:
        best = [part for part in placed if part.rank == 1]
    if len(best) <= _NAMED:
        return f"完成率居前的是{'、'.join(f'{part.label}（{part.actual}%）' for part in best)}。"
    names = "、".join(part.label for part in best[:3])
    return f"{names}等{len(best)}个单位完成率并列第一，为{best[0].actual}%。"


# 四、需要过问的任务 ---------------------------------------------------------------------------------


def _matters(figures: Figures) -> str:
    if not figures.matters:
        return "没有需要过问的任务，均达到序时进度。" if figures.total.counts.live else "没有需要过问的任务。"
    number = Counter(matter.word for matter in figures.matters)
    words = [f"{word.label}{number[word]}项" for word in Word if number[word]]
    if len(words) == 1:
        return f"需要过问的任务{len(figures.matters)}项，均为{next(iter(number)).label}。"
    return f"需要过问的任务{len(figures.matters)}项，其中{'、'.join(words)}，由急到缓列在下表。"


def _matter_rows(figures: Figures) -> list[Row]:
    return [
        {
            "number": str(number),
            "name": matter.name,
            "unit": matter.unit,
            "word": str(matter.word.label),
            "shade": _SHADES[matter.word.light],
            "planned": _figure(matter.planned),
            "actual": _figure(matter.actual),
            "since": matter.since or "—",
            "note": _short(matter.note),
        }
        for number, matter in enumerate(figures.matters, 1)
    ]


def _short(note: str) -> str:
    return note if len(note) <= LONGEST_NOTE else note[: LONGEST_NOTE - 1] + "…"


# 五、月报报送情况 -----------------------------------------------------------------------------------


def _filing(figures: Figures) -> list[str]:
    filing, month = figures.total.filing, f"{figures.month.month}月"
    if not filing.owed:
        return [f"{month}没有应报的月报。"]
    if not figures.is_closed:
        done = filing.on_time + filing.late
        return [
            f"{month}月报正在报送，{day_words(figures.due_on, year=figures.month.year)}截止，应报{filing.owed}项，"
            f"{f'已报{done}项' if done else '还没有报送'}{f'、未报{filing.missing}项' if done and filing.missing else ''}。"
        ]
    if filing.on_time == filing.owed:
        return [f"{month}应报月报{filing.owed}项，全部按时报送。"]
    parts = [
        f"{word}{number}项"
        for word, number in (("按时报送", filing.on_time), ("迟报", filing.late), ("未报", filing.missing))
        if number
    ]
    told = f"{month}应报月报{filing.owed}项，其中{'、'.join(parts)}。"
    if filing.made_up:
        told += f"未报的关账后已补报{filing.made_up}项，记为补报。"
    others = sum(1 for part in figures.units if _is_in_time(part.filing))
    if others:
        told += f"{others}个单位全部按时报送，其余单位见下表。"
    return [told]


def _is_in_time(filing: Filing) -> bool:
    return bool(filing.owed) and filing.on_time == filing.owed


def _filing_rows(units: Sequence[Part]) -> list[Row]:
    """The units that were late or silent, most silent first."""
    rows = [part for part in units if part.filing.late or part.filing.missing]
    rows.sort(key=lambda part: (-part.filing.missing, -part.filing.late))
    return [
        {
            "label": part.label,
            "owed": str(part.filing.owed),
            "on_time": str(part.filing.on_time),
            "late": str(part.filing.late),
            "missing": str(part.filing.missing),
            "made_up": str(part.filing.made_up),
        }
        for part in rows
    ]


# 六、下步安排 ---------------------------------------------------------------------------------------


def _coming(figures: Figures) -> list[str]:
    following = shift(figures.month, 1)
    month = (
        f"{following.year}年{following.month}月" if following.year != figures.year else f"{following.month}月"
    )
    told = []
    counts = figures.total.counts
    wrong = [word for word, number in (("逾期", counts.late), ("滞后", counts.lagging)) if number]
    if wrong:
        told.append(
            f"有{'、'.join(wrong)}任务的单位要逐项查明原因、落实措施，在{month}月报中写明存在问题和下步打算。"
        )
    number = len(figures.nodes)
    if number:
        more = f"，下表列出前{NODES}项，其余见台账" if number > NODES else ""
        told.append(f"{month}到期的节点和任务{number}项{more}，请各主责单位按期完成。")
    else:
        told.append(f"{month}没有到期的节点和任务。")
    if figures.next_due is not None:
        told.append(f"{month}月报请于{day_words(figures.next_due, year=figures.year)}前报送。")
    return told
