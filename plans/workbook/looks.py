"""How cells look, as far as it says something: struck through, percentages, colours; and which numbers are moments.

The stylesheet is read leniently: what a program wrote wrongly there loses its look, never the file. (openpyxl refuses
the whole workbook for a colour of the wrong length, which some programs write.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from xml.etree.ElementTree import Element

from xlrd.formatting import excel_default_palette_b8

from plans.workbook.grid import Grid, Place

# Numbers of formats that every program knows without a definition (ECMA-376 part 1, 18.8.30, with the Chinese ones).
_BUILT_IN_MOMENTS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_BUILT_IN_PERCENT = {9, 10}
_PALETTE = {
    8 + index: "{:02X}{:02X}{:02X}".format(*rgb) for index, rgb in enumerate(excel_default_palette_b8)
}
_PALETTE |= {index: _PALETTE[index + 8] for index in range(8)}
_BLACK, _WHITE = "000000", "FFFFFF"
_UNSAID = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
STYLES = ("numFmts", "fonts", "fills", "cellXfs", "colors")  # the parts of a stylesheet that are asked
LAST_SERIAL = 2_958_465  # 9999-12-31


@dataclass(frozen=True)
class Look:
    """What a cell's style says that matters here; colours as RRGGBB, empty where there is none."""

    moment: bool = False
    percent: bool = False
    struck: bool = False
    filled: str = ""
    inked: str = ""

    def note(self, grid: Grid, place: Place, *, number: bool) -> None:
        """Keep on the grid what this says of a cell that holds something."""
        if self.struck:
            grid.struck.add(place)
        if self.percent and number:
            grid.percent.add(place)
        if self.filled:
            grid.filled[place] = self.filled
        if self.inked:
            grid.inked[place] = self.inked


PLAIN = Look()


def format_says(code: str) -> tuple[bool, bool]:
    """Whether a number format shows a moment, whether a percentage: `yyyy"年"m"月"` and `0.0%` do."""
    first = _UNSAID.sub("", code).partition(";")[0].lower()
    if "general" in first or "通用" in first:
        return False, False
    percent = "%" in first
    return not percent and "#" not in first and bool(re.search(r"[ymdhs]", first)), percent


def fill_colour(colour: str) -> str:
    """A colour behind cells; none where it is white."""
    return "" if colour == _WHITE else colour


def ink_colour(colour: str) -> str:
    """A colour of letters; none where it is black."""
    return "" if colour == _BLACK else colour


def looks_of(sheet: Element) -> dict[str, Look]:
    """The looks in a stylesheet by index as cells write it (`s="12"`); plain ones are left out."""
    formats = {_number(one.get("numFmtId")): one.get("formatCode", "") for one in sheet.iter("numFmt")}
    palette = [
        _rgb(one.get("rgb", "")) for one in sheet.iterfind("colors/indexedColors/rgbColor")
    ]  # a workbook's own
    fonts = [
        (_on(font.find("strike")), ink_colour(_colour(font.find("color"), palette)))
        for font in sheet.iterfind("fonts/font")
    ]
    fills = [_fill(fill.find("patternFill"), palette) for fill in sheet.iterfind("fills/fill")]
    looks = {}
    for index, style in enumerate(sheet.iterfind("cellXfs/xf")):
        number = _number(style.get("numFmtId"))
        moment, percent = format_says(formats[number]) if number in formats else (False, False)
        if number not in formats:
            moment, percent = number in _BUILT_IN_MOMENTS, number in _BUILT_IN_PERCENT
        font, fill = _number(style.get("fontId")), _number(style.get("fillId"))
        struck, inked = fonts[font] if 0 <= font < len(fonts) else (False, "")
        look = Look(moment, percent, struck, fills[fill] if 0 <= fill < len(fills) else "", inked)
        if look != PLAIN:
            looks[str(index)] = look
    return looks


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def _on(element: Element | None) -> bool:
    return element is not None and element.get("val", "1") not in ("0", "false", "off")


def _rgb(text: str) -> str:
    found = re.fullmatch(r"(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})", text)
    return found[1].upper() if found else ""


def _colour(element: Element | None, palette: list[str]) -> str:
    """A colour that is written out or numbered; those of the theme stay unknown."""
    if element is None:
        return ""
    if "rgb" in element.attrib:
        return _rgb(element.attrib["rgb"])
    number = _number(element.get("indexed"))
    return palette[number] if 0 <= number < len(palette) else _PALETTE.get(number, "")


def _fill(pattern: Element | None, palette: list[str]) -> str:
    if pattern is None or pattern.get("patternType", "none") == "none":
        return ""
    return fill_colour(_colour(pattern.find("fgColor"), palette))


def moment_of(serial: float, *, from_1904: bool) -> date | datetime | time | None:
    """The moment that a number means in a cell with a moment's format; None where it means none.

    Days since the end of 1899 (which had a 29 February 1900 that never was) or since 1904-01-01; less than one day is
    a time of day.
    """
    if not 0 <= serial <= LAST_SERIAL - (1462 if from_1904 else 0):
        return None
    seconds = round(serial * 86_400)
    if serial < 1 and seconds < 86_400 and not (from_1904 and seconds == 0):
        return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    if from_1904:
        start = datetime(1904, 1, 1)  # noqa: DTZ001 - cells know no time zone
    else:
        start = datetime(1899, 12, 30) if serial >= 60 else datetime(1899, 12, 31)  # noqa: DTZ001
    found = start + timedelta(seconds=seconds)
    return found if seconds % 86_400 else found.date()
