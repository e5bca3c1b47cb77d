"""Colours are readable, every word has its shape, every icon that a template names is in the sprite."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from plans.choices import Word

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text("utf-8")
ICONS = next((ROOT / "static" / "vendor").glob("tabler-icons-*/icons.svg")).read_text("utf-8")
COMPONENTS = sorted(path.name for path in (ROOT / "templates" / "components").glob("*.html"))


def tokens_of(selector: str) -> dict[str, str]:
    """The colours that the blocks of one selector give; a block of the dark screen stands on its own."""
    found: dict[str, str] = {}
    for block in re.findall(rf"^{re.escape(selector)} \{{(.*?)^\}}", TOKENS, re.M | re.S):
        found.update(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


PAPER = tokens_of(":root")
GREEN = PAPER | tokens_of(".palette-green")
MONO = PAPER | tokens_of(".palette-mono")
DARK = tokens_of(".dark")


@pytest.mark.parametrize(
    ("palette", "text", "ground"),
    [
        (PAPER, text, ground)
        for ground in ("paper", "wash", "accent-tint")
        for text in ("ink", "ink-2", "ink-3", "accent", "accent-dark", "light-bad-word", "light-warn-word")
    ]
    + [(PAPER, "error", "paper"), (PAPER, "error", "error-tint"), (PAPER, "error", "wash")]
    + [(PAPER, "ink-3", "disabled"), (PAPER, "ink-2", "banner"), (PAPER, "light-good", "paper")]
    + [(PAPER, "on-accent", ground) for ground in ("accent", "accent-dark", "accent-busy")]
    + [(GREEN, "light-good", "paper"), (MONO, "light-bad-word", "paper"), (MONO, "light-warn-word", "paper")]
    + [
        (DARK, text, "paper")
        for text in ("ink", "ink-2", "ink-3", "accent", "light-bad-word", "light-warn-word")
    ],
)
def test_text_is_readable(palette: dict[str, str], text: str, ground: str) -> None:
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize(
    ("palette", "mark", "ground"),
    [
        (PAPER, mark, "paper")
        for mark in ("light-bad", "light-warn", "light-near", "light-good", "light-none", "control", "ring")
    ]
    + [(PAPER, "control", "wash"), (GREEN, "light-good", "paper")]
    + [(MONO, mark, "paper") for mark in ("light-bad", "light-warn", "light-good", "light-none")]
    + [(DARK, mark, "paper") for mark in ("light-bad", "light-behind", "light-good", "light-none")],
)
def test_marks_and_borders_are_visible(palette: dict[str, str], mark: str, ground: str) -> None:
    assert contrast(palette[mark], palette[ground]) >= 3


def test_every_word_has_its_shape_in_the_order_of_urgency() -> None:
    sprite = (ROOT / "static" / "img" / "lights.svg").read_text("utf-8")
    assert re.findall(r'<symbol id="(\w+)"', sprite) == [*(word.value for word in Word), "near"]


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    named = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"icons\.svg' %\}#([\w-]+)", path.read_text("utf-8"))
    }
    assert named <= set(re.findall(r'<symbol id="([\w-]+)"', ICONS))


@pytest.mark.parametrize("name", COMPONENTS)
def test_component_compiles_and_says_what_it_takes(name: str) -> None:
    template = get_template(f"components/{name}")
    source = (ROOT / "templates" / "components" / name).read_text("utf-8")
    assert "{% comment %}" in source
    assert template is not None
