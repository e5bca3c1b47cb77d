"""The bulletin as a Word file after GB/T 9704-2012: template.docx, filled in.

The page, its fonts and the fixed words lie in the template, which an office may change in Word (docs/operations.md).
A template is a program: it runs in a sandbox, it comes from this folder alone, and what is filled in is text, whatever
it looks like.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from docx.oxml.ns import qn
from docx.shared import Twips
from docxtpl import DocxTemplate  # type: ignore[import-untyped]
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from dashboards.bulletin.words import width

TEMPLATE = Path(__file__).with_name("template.docx")
# The width of one of the 28 characters of a line, in twentieths of a point: 156 mm ÷ 28.
CHARACTER = 315.86
_SIGNATURE = "通报署名"
# The date stands four characters from the right, the name above it in its middle (GB/T 9704, 7.3.5.1).
_FROM_RIGHT = 4.0
# What a shade looks like: pale enough for black letters, apart from each other in grey, and never without its word.
_FILLS = {
    "bad": "EFB7B2",
    "warn": "FBE7AE",
    "good": "D9E6F5",
    "none": "ECECEC",
    "done": "595959",
    "gap": "BFBFBF",
    "": "auto",
}
_GREEN = {"good": "DCEFE1"}
# Where a cell's shade has to stand among its properties.
_BEFORE_SHADE = ("w:cnfStyle", "w:tcW", "w:gridSpan", "w:hMerge", "w:vMerge", "w:tcBorders")


class BrokenTemplate(Exception):
    """The template cannot be filled in, as after a change in Word. The message says what is wrong with it."""


def word_file(text: Mapping[str, Any], *, at: datetime) -> bytes:
    """The text of dashboards.bulletin.words as a .docx. Raises BrokenTemplate."""
    fills = _FILLS | (_GREEN if text["palette"] == "green" else {})
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    environment.filters["shade"] = fills.__getitem__
    template = DocxTemplate(TEMPLATE)
    try:
        template.render(dict(text), environment)
    except (TemplateError, ValueError, KeyError) as error:
        raise BrokenTemplate(f"通报模板填不进去：{error}；请检查template.docx里的花括号") from error
    _put_shades_in_place(template.docx)
    _centre_signature(template.docx, text)
    told = template.docx.core_properties
    told.title, told.author = "".join(text["title"]), text["unit"]
    told.created = told.modified = at.replace(tzinfo=None)
    file = io.BytesIO()
    template.save(file)
    return file.getvalue()


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
        if style == _SIGNATURE:
            paragraph.paragraph_format.right_indent = Twips(round((from_right + moved) * CHARACTER))
        elif style == "通报日期" and moved:
            _indent_date(paragraph, _FROM_RIGHT + moved)


def _indent_date(paragraph: Any, characters: float) -> None:
    paragraph.paragraph_format.right_indent = Twips(round(characters * CHARACTER))
    # In characters it is written beside; Word reads that one first.
    paragraph._p.pPr.ind.set(qn("w:rightChars"), str(round(characters * 100)))
