"""Reads every number on a page and asks what it is: a count with its list, or a date, a percent, a name.

A number that is none of them is unexplained, and the test that reads the page fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

# What is no count: dates, percents and points, durations, clock times, and what the page says of its own frame.
NO_COUNT = re.compile(
    r"\d{4}-\d\d(-\d\d)?|\d{4}年度?(\d{1,2}月(\d{1,2}日)?)?|\d{1,2}月(\d{1,2}日)?|\d{1,2}日|\d{1,2}:\d\d"
    r"|[+−±-]?\d+(\.\d+)?%|[+−±-]?\d+\.\d+( 个百分点)?|今后14天|[一二三四五六七八九十]"
    r"|(逾期|还有|已过)\d+天|(还有)?\d+个(月|工作日)"
)
LIST = "/targets/?"  # 台账, the list behind most counts
VOID = {
    "area",
    "br",
    "col",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "use",
    "wbr",
    "path",
    "circle",
    "rect",
    "line",
}
# Words that people wrote, and names: digits in them count nothing. Options and scripts are not read aloud.
SILENT_TAGS = {"script", "style", "option", "title", "svg", "textarea", "figure"}


@dataclass
class Count:
    """A number, and the address of the list behind it (empty where the page gives none)."""

    number: int
    url: str
    around: str  # the text it stands in


@dataclass
class Reader(HTMLParser):
    """Collects the counts of a page's main part."""

    silent_classes: frozenset[str] = frozenset()
    counts: list[Count] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, set[str], str]] = []
        self._links: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go down."""
        if tag in VOID:
            return
        given = {name: value or "" for name, value in attrs}
        self._open.append((tag, set(given.get("class", "").split()), given.get("href", "")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that closes itself holds nothing."""

    def handle_endtag(self, tag: str) -> None:
        """Go up again, past what was left open."""
        if tag not in VOID and any(tag == name for name, _, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, text: str) -> None:
        """Look at one piece of text."""
        tags = [tag for tag, _, _ in self._open]
        classes = {name for _, names, _ in self._open for name in names}
        url = next((href for tag, _, href in reversed(self._open) if tag == "a"), "")
        silent = bool(classes & self.silent_classes) and not url.startswith(LIST)
        if "main" not in tags or SILENT_TAGS & set(tags) or silent:
            return
        left = NO_COUNT.sub("·", text)
        for number in re.findall(r"\d+", left):
            self.counts.append(Count(int(number), url, text.strip()))


def counts_of(page: str, *, silent: tuple[str, ...] = ()) -> list[Count]:
    """Every number in the main part that is no date, percent or duration; `silent` names classes of free words."""
    reader = Reader(silent_classes=frozenset(silent))
    reader.feed(page)
    return reader.counts
