"""公文 as Word files after GB/T 9704-2012: a template, filled in.

The page, its fonts and the fixed words lie in a template beside the words that fill it; an office may change it in Word
(docs/operations.md). A template is a program: it runs in a sandbox, it comes from our own folders alone, and what is
filled in is text, whatever it looks like.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from docx.oxml.ns import qn
from docx.shared import Twips
from docxtpl import DocxTemplate  # type: ignore[import-untyped]
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from plans.numbers import visible_text

# The width of one of the 28 characters of a line, in twentieths of a point: 156 mm ÷ 28.
CHARACTER = 315.86
TITLE_WIDTH = 18  # characters of 2号 that a line of 156 mm holds in any font
# The date stands four characters from the right, the name above it in its middle (GB/T 9704, 7.3.5.1).
_FROM_RIGHT = 4.0
_SIGNATURE, _DATE = "署名", "日期"  # how the styles of these two lines end
# Where a cell's shade has to stand among its properties.
_BEFORE_SHADE = ("w:cnfStyle", "w:tcW", "w:gridSpan", "w:hMerge", "w:vMerge", "w:tcBorders")
_NOT_XML = re.compile("[\ufffe\uffff]")


class BrokenTemplate(Exception):
    """The template cannot be filled in, as after a change in Word. The message says what is wrong with it."""


def filled_in(
    template: Path,
    text: Mapping[str, Any],
    *,
    name: str,
    at: datetime,
    filters: Mapping[str, Callable[..., Any]] | None = None,
) -> bytes:
    """The template with these words as a .docx; `name` is what the document is called in sentences.

    The words hold `title` (its lines), `unit` and `date` of the signature, and what the template asks for. Raises
    BrokenTemplate.
    """
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    environment.filters.update(filters or {})
    file = DocxTemplate(template)
    try:
        file.render(dict(text), environment)
    except (TemplateError, ValueError, KeyError) as error:
        raise BrokenTemplate(f"{name}模板填不进去：{error}；请检查{template.name}里的花括号") from error
    _put_shades_in_place(file.docx)
    _centre_signature(file.docx, text)
    told = file.docx.core_properties
    told.title, told.author = "".join(text["title"])[:255], text["unit"][:255]
    told.created = told.modified = at.replace(tzinfo=None)
    content = io.BytesIO()
    file.save(content)
    return content.getvalue()


# Words ----------------------------------------------------------------------------------------------


def cleaned(value: Any) -> Any:
    """The same with texts of one line each, of characters that XML may hold and people can see."""
    if isinstance(value, str):
        return (
            " ".join(_NOT_XML.sub("", visible_text(value)).split(" ")).replace("\n", " ").replace("\t", " ")
        )
    if isinstance(value, list):
        return [cleaned(each) for each in value]
    if isinstance(value, dict):
        return {key: cleaned(each) for key, each in value.items()}
    return value


def title_lines(unit: str, about: str) -> list[str]:
    """The title in one line; in two that break by sense where 2号 letters do not fit into one."""
    return [unit + about] if width(unit + about) <= TITLE_WIDTH else [unit, about]


def width(text: str) -> float:
    """In characters; those of ASCII take half of one."""
    return sum(0.5 if character.isascii() else 1 for character in text)


def full_day(day: date) -> str:
    """A day as documents are dated: 2024年9月2日."""
    return f"{day.year}年{day.month}月{day.day}日"


# The file -------------------------------------------------------------------------------------------


def _put_shades_in_place(document: Any) -> None:
    """Move each shade behind the cell's width: docxtpl writes it first, where the format does not allow it."""
    before = {qn(name) for name in _BEFORE_SHADE}
    for shade in list(document.element.body.iter(qn("w:shd"))):
        properties = shade.getparent()
        if properties.tag != qn("w:tcPr"):
            continue
        properties.remove(shade)
        place = sum(1 for each in properties if each.tag in before)
        properties.insert(place, shade)


def _centre_signature(document: Any, text: Mapping[str, Any]) -> None:
    """Set the name over the middle of the date; a longer one moves both to the left."""
    name, day = width(text["unit"]), width(text["date"])
    from_right = _FROM_RIGHT + (day - name) / 2
    moved = max(0.0, 2.0 - from_right)  # two characters stay free at the right
    for paragraph in document.paragraphs:
        style = paragraph.style.name
        if style.endswith(_SIGNATURE):
            paragraph.paragraph_format.right_indent = Twips(round((from_right + moved) * CHARACTER))
        elif style.endswith(_DATE) and moved:
            _indent_date(paragraph, _FROM_RIGHT + moved)


def _indent_date(paragraph: Any, characters: float) -> None:
    paragraph.paragraph_format.right_indent = Twips(round(characters * CHARACTER))
    # In characters it is written beside; Word reads that one first.
    paragraph._p.pPr.ind.set(qn("w:rightChars"), str(round(characters * 100)))
