"""Lights, marks and bars as tags: the parts that stand on a page hundreds of times.

The markup is that of templates/components/; what depends on few arguments is rendered once and kept.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from django import template
from django.forms import BoundField
from django.template.loader import get_template, render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def light(word: str, label: str, size: str = "") -> SafeString:
    """Shape, colour and word of a light; `size` is "", "big", "above" or "plain"."""
    return _light(str(word), str(label), size)


@register.simple_tag
def mark(word: str) -> SafeString:
    """The bare shape of a light, for places that say its word beside it."""
    return _mark(str(word))


@register.simple_tag
def bar(actual: Decimal | None, planned: Decimal | None, caption: str | None = None) -> SafeString:
    """Rail, ink fill = actual, accent tick = planned; with a caption also the two figures below."""
    return _bar(actual, planned, caption)


@lru_cache(maxsize=256)
def _light(word: str, label: str, size: str) -> SafeString:
    context: dict[str, object] = {"word": word, "label": label}
    if size:
        context[size] = True
    return render_to_string("components/light.html", context)


@lru_cache(maxsize=64)
def _mark(word: str) -> SafeString:
    return render_to_string("components/mark.html", {"word": word, "label": ""})


@lru_cache(maxsize=4096)
def _bar(actual: Decimal | None, planned: Decimal | None, caption: str | None) -> SafeString:
    context = {
        "actual": actual,
        "planned": planned,
        "unreported": actual is None,
        "caption": caption or "",
        "figures": caption is not None,
    }
    return render_to_string("components/bar.html", context)


@register.simple_tag
def marks(entries: list[dict[str, str]]) -> SafeString:
    """One linked mark per target: [{word, label, name, url}]; the page shows the legend beside them."""
    parts = []
    for entry in entries:
        told = escape(f"{entry['label']}：{entry['name']}")
        parts.append(
            f'<li><a href="{escape(entry["url"])}" aria-label="{told}" title="{told}">{_mark(entry["word"])}</a></li>'
        )
    # Every value above is escaped; one join is many times faster than format_html for each mark.
    return mark_safe(f'<ul class="marks">{"".join(parts)}</ul>')  # noqa: S308


@register.simple_tag
def rows(template_name: str, entries: Iterable[Mapping[str, object]]) -> SafeString:
    """The same piece of markup for each entry, with `{name}` places that are filled and escaped.

    For lists of dozens of rows with a dozen cells each: Django's own loop costs ten times as much. The
    piece is a file in templates/ that ends in `.row.html`; it holds no tags.
    """
    return mark_safe("".join(row(template_name, **entry) for entry in entries))  # noqa: S308 each is escaped


def row(template_name: str, **places: object) -> SafeString:
    """One such piece, for a view that puts pieces together."""
    return mark_safe(  # noqa: S308 each is escaped
        _piece(template_name).format_map({name: _escaped(value) for name, value in places.items()})
    )


def _escaped(value: object) -> str:
    """What Django's conditional_escape says; its look for lazy text would double what a cell costs."""
    return value.__html__() if hasattr(value, "__html__") else html.escape(str(value))


@lru_cache(maxsize=64)
def _piece(template_name: str) -> str:
    source: str = get_template(template_name).template.source  # type: ignore[attr-defined]
    return source.strip()


@register.simple_tag
def segments(entries: list[bool], label: str) -> SafeString:
    """n of m as segments, the filled ones first; `label` is their accessible name."""
    return _segments(sum(entries), len(entries), label)


@lru_cache(maxsize=512)
def _segments(filled: int, total: int, label: str) -> SafeString:
    entries = [True] * filled + [False] * (total - filled)
    return render_to_string("components/segments.html", {"segments": entries, "label": label})


@register.simple_tag
def section_head(title: str, note: str = "") -> SafeString:
    """A section's title over its ink rule, with a note beside it."""
    return _section_head(str(title), str(note))


@lru_cache(maxsize=512)
def _section_head(title: str, note: str) -> SafeString:
    return render_to_string("components/section_head.html", {"title": title, "note": note})


@register.simple_tag
def options(field: BoundField) -> SafeString:
    """The options of a select, the chosen one marked: one join instead of a loop of nodes."""
    chosen = str(field.value() or "")
    parts = [
        f'<option value="{escape(value)}"{" selected" if str(value) == chosen else ""}>{escape(label)}</option>'
        for value, label in field.field.choices  # type: ignore[attr-defined]
    ]
    return mark_safe("".join(parts))  # noqa: S308 value and label are escaped
