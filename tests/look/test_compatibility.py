"""Our own and the vendored CSS and JS use only what Chromium 90 knows, and nothing that the security policy forbids.

The style sheets are parsed (declarations, selectors, at-rules), not searched: a word in a comment or in a file name is
no finding. The lists name what came after Chromium 90 (April 2021) or never.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import tinycss2  # type: ignore[import-untyped]
from tinycss2.ast import Node  # type: ignore[import-untyped]

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"

SHEETS = sorted(STATIC.rglob("*.css"))
SCRIPTS = sorted(path for path in STATIC.rglob("*.js") if path.name != "entry.js")
PAGES = sorted(TEMPLATES.rglob("*.html"))

AT_RULES = {"charset", "media", "supports", "font-face", "keyframes", "-webkit-keyframes", "page"}
NEW_PROPERTIES = re.compile(
    r"accent-color|anchor-\w+|animation-(?:composition|range\S*|timeline)|container(?:-\w+)?|corner-shape|field-sizing"
    r"|font-(?:palette|size-adjust|synthesis-\S+)|hyphenate-\S+|initial-letter|inset-area|interpolate-size|line-clamp"
    r"|mask|mask-(?:border|clip|composite|mode|origin|repeat|type)\S*|math-\S+|object-view-box|offset-(?:anchor|position)|overlay|position-(?:anchor|area|try\S*)|rotate"
    r"|scale|scroll-timeline\S*|scrollbar-(?:color|gutter|width)|text-(?:box\S*|emphasis\S*|spacing-trim|wrap\S*)"
    r"|timeline-scope|transition-behavior|translate|view-(?:timeline|transition)\S*|white-space-collapse"
)
# Harmless where an older browser drops it, because its prefixed twin stands before it.
PREFIXED_TWIN = {
    "print-color-adjust": "-webkit-print-color-adjust",
    "mask-image": "-webkit-mask-image",
    "mask-size": "-webkit-mask-size",
    "mask-position": "-webkit-mask-position",
}
NEW_FUNCTIONS = re.compile(
    r"abs|a?(?:cos|sin|tan)|atan2|anchor(?:-size)?|color(?:-mix)?|contrast-color|exp|hwb|hypot|image-set|lab|lch"
    r"|light-dark|linear|log|mod|ok(?:lab|lch)|pow|rem|round|scroll|sign|sqrt|view"
)
NEW_UNITS = re.compile(r"[sld]v(?:h|w|i|b|min|max)|cq(?:w|h|i|b|min|max)|r?lh|r?cap|r?ic|rex|rch|vi|vb", re.I)
NEW_PSEUDOS = re.compile(
    r"active-view-transition\S*|current|details-content|dir|future|grammar-error|has|has-slotted|highlight|modal|open"
    r"|past|picker|popover-open|scroll-\S+|search-text|spelling-error|state|target-(?:current|text)"
    r"|user-(?:in)?valid|view-transition\S*"
)
SUBGRID = "subgrid"


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def everything_in(nodes: list[Node]) -> Iterator[Node]:
    """Each node and what lies within its blocks and functions."""
    for node in nodes:
        yield node
        inner = getattr(node, "arguments", None) or (node.content if node.type.endswith(" block") else None)
        if inner:
            yield from everything_in(inner)


def complaints_of_values(prelude: str, nodes: list[Node]) -> Iterator[str]:
    for node in everything_in(nodes):
        if node.type == "function" and NEW_FUNCTIONS.fullmatch(node.lower_name):
            yield f"{prelude}: {node.lower_name}()"
        if node.type == "function" and any(
            inner.type == "ident" and inner.lower_value == "from" for inner in node.arguments[:2]
        ):
            yield f"{prelude}: relative colour in {node.lower_name}()"
        if node.type == "dimension" and NEW_UNITS.fullmatch(node.unit):
            yield f"{prelude}: unit {node.unit}"
        if node.type == "ident" and node.lower_value == SUBGRID:
            yield f"{prelude}: subgrid"


def complaints_of_selector(nodes: list[Node]) -> Iterator[str]:
    flat = list(everything_in(nodes))
    text = tinycss2.serialize(nodes).strip()
    for before, node in zip([None, *flat], flat, strict=False):
        if before is not None and before.type == "literal" and before.value == ":":
            word = str(getattr(node, "lower_name", None) or getattr(node, "lower_value", ""))
            if NEW_PSEUDOS.fullmatch(word):
                yield f"{text}: :{word}"
            if word.startswith("nth-") and any(
                each.type == "ident" and each.lower_value == "of" for each in getattr(node, "arguments", [])
            ):
                yield f"{text}: :{word}(… of …)"
        if node.type == "literal" and node.value == "&":
            yield f"{text}: nesting"


def complaints_of_block(prelude: str, nodes: list[Node]) -> Iterator[str]:
    properties: set[str] = set()
    for node in tinycss2.parse_blocks_contents(nodes, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration":
            properties.add(node.lower_name)
            if NEW_PROPERTIES.fullmatch(node.lower_name):
                yield f"{prelude}: {node.lower_name}"
            twin = PREFIXED_TWIN.get(node.lower_name)
            if twin and twin not in properties:
                yield f"{prelude}: {node.lower_name} without {twin}"
            yield from complaints_of_values(f"{prelude} {node.lower_name}", node.value)
        elif node.type == "error":
            yield f"{prelude}: not understood: {node.message}"
        else:
            yield f"{prelude}: a rule within a rule"


def complaints_of_rules(nodes: list[Node]) -> Iterator[str]:
    for rule in nodes:
        if rule.type == "error":
            yield f"not understood: {rule.message}"
        elif rule.type == "qualified-rule":
            yield from complaints_of_selector(rule.prelude)
            yield from complaints_of_block(tinycss2.serialize(rule.prelude).strip(), rule.content)
        elif rule.type == "at-rule":
            word = rule.lower_at_keyword
            if word not in AT_RULES:
                yield f"@{word}"
            elif word == "media":
                if any(
                    each.type == "literal" and each.value in "<>=" for each in everything_in(rule.prelude)
                ):
                    yield f"@media{tinycss2.serialize(rule.prelude)}: range syntax"
                yield from complaints_of_rules(inner_rules(rule))
            elif word == "supports" or word.endswith("keyframes"):
                yield from complaints_of_rules(inner_rules(rule))
            elif rule.content is not None:
                yield from complaints_of_block(f"@{word}", rule.content)


def inner_rules(rule: Node) -> list[Node]:
    return tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)


def complaints_of_sheet(css: str) -> list[str]:
    return list(complaints_of_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)))


@pytest.mark.parametrize("path", SHEETS, ids=name_of)
def test_style_sheet_needs_nothing_newer_than_chromium_90(path: Path) -> None:
    assert complaints_of_sheet(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "css",
    [
        "a:has(b) { color: red }",
        "a { color: color-mix(in srgb, red, blue) }",
        "a { color: oklch(50% 0 0) }",
        "a { color: rgb(from red r g b) }",
        "a { height: 100dvh }",
        "a { width: 10cqw }",
        "a { & b { color: red } }",
        "a { b { color: red } }",
        "@layer x { a { color: red } }",
        "@container (width > 1px) { a { color: red } }",
        "@media (width >= 600px) { a { color: red } }",
        "@media print { a { text-wrap: balance } }",
        "a { accent-color: red }",
        "a { scrollbar-gutter: stable }",
        "a { grid-template-rows: subgrid }",
        "a { print-color-adjust: exact }",
        "li:nth-child(2 of .a) { color: red }",
        "input:user-invalid { color: red }",
    ],
)
def test_the_lint_sees(css: str) -> None:
    assert complaints_of_sheet(css)


def test_the_lint_lets_words_in_comments_and_names_be() -> None:
    css = '/* :has() oklch() */ .has-mask, .a:not(.b, .c):is(d) { background: url("oklch().svg"); gap: 1px }'
    assert complaints_of_sheet(css) == []


@pytest.mark.parametrize(
    "path", [p for p in SHEETS if "vendor" not in p.parts and p.name != "tokens.css"], ids=name_of
)
def test_colours_are_named_by_token(path: Path) -> None:
    """One place for colours: a page in another palette or on paper stays right."""
    found = []

    def look(nodes: list[Node]) -> None:
        for rule in nodes:
            if rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
                look(inner_rules(rule))
            elif rule.type == "qualified-rule":
                for each in tinycss2.parse_blocks_contents(
                    rule.content, skip_comments=True, skip_whitespace=True
                ):
                    for node in everything_in(each.value):
                        raw = node.type == "hash" and re.fullmatch(r"[0-9a-fA-F]{3,8}", node.value)
                        made = node.type == "function" and node.lower_name in {"rgb", "rgba", "hsl", "hsla"}
                        if raw or made:
                            found.append(f"{tinycss2.serialize(rule.prelude).strip()}: {node.serialize()}")

    look(tinycss2.parse_stylesheet(path.read_text("utf-8"), skip_comments=True, skip_whitespace=True))
    assert found == []


# JavaScript is not parsed here (the tests need no node): comments, strings and regular expressions are set aside, and
# what remains is searched for what came after Chromium 90.
LITERAL = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)"""
    r"""|(?:(?<=[(,=:\[!&|?{};+\n])|(?<=return)|(?<=return ))[ ]*(?P<regex>/(?![*/])"""
    r"""(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/(?P<flags>[a-z]*))""",
    re.S,
)
NEW_IN_SCRIPTS = {
    "structuredClone": r"\bstructuredClone\b",
    "Array.prototype.at": r"\.at\(",
    "Object.hasOwn": r"\bObject\.hasOwn\b",
    "findLast": r"\.findLast(?:Index)?\(",
    "changed copies of arrays": r"\.to(?:Sorted|Reversed|Spliced)\(",
    "groupBy": r"\b(?:Object|Map)\.groupBy\b",
    "Array.fromAsync": r"\bfromAsync\b",
    "Promise.withResolvers": r"\bwithResolvers\b",
    "Error cause": r"new Error\([^()]*,\s*\{\s*cause",
    "static block": r"\bstatic\s*\{",
    "private brand check": r"#\w+\s+in\s",
    "top-level await": r"^await\b",
    "inert": r"\.inert\b",
    "popover": r"\.(?:showPopover|hidePopover|togglePopover)\(",
    "randomUUID": r"\brandomUUID\b",
    "AbortSignal.timeout or any": r"\bAbortSignal\.(?:timeout|any)\b",
    "navigation": r"\bnavigation\.navigate\b",
    "scheduler": r"\bscheduler\.(?:yield|postTask)\b",
    "checkVisibility": r"\.checkVisibility\(",
    "set methods": r"\.(?:isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference)\(",
    "view transitions": r"\bstartViewTransition\b",
    "moveBefore": r"\bmoveBefore\b",
}
# Asked for before use, so that an older browser takes the other way.
GUARDED = {("htmx.min.js", "view transitions"), ("htmx.min.js", "moveBefore")}
FORBIDDEN_IN_OUR_SCRIPTS = {
    "eval": r"\beval\(|\bnew Function\b",
    "markup from text": r"\.(?:innerHTML|outerHTML)\b|insertAdjacentHTML|document\.write",
    "inline style text": r"""\.cssText\b|setAttribute\(\s*["']style""",
}


def bare(js: str) -> tuple[str, list[str]]:
    """The script without comments, strings and regular expressions, and the flags of those expressions."""
    flags: list[str] = []

    def set_aside(match: re.Match[str]) -> str:
        if match["regex"]:
            flags.append(match["flags"])
            return " /r/ "
        return " " if match["comment"] else '""'

    return LITERAL.sub(set_aside, js), flags


def complaints_of_script(name: str, js: str) -> list[str]:
    code, flags = bare(js)
    found = [
        what
        for what, pattern in NEW_IN_SCRIPTS.items()
        if re.search(pattern, code, re.M) and (name, what) not in GUARDED
    ]
    found += [f"regular expression flag {letter}" for each in flags for letter in "dv" if letter in each]
    return found


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_script_needs_nothing_newer_than_chromium_90(path: Path) -> None:
    assert complaints_of_script(path.name, path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", [p for p in SCRIPTS if "vendor" not in p.parts], ids=name_of)
def test_our_scripts_keep_to_the_security_policy(path: Path) -> None:
    js = path.read_text("utf-8")
    without_comments = re.sub(r"^\s*//[^\n]*", "", js, flags=re.M)
    assert [
        what for what, pattern in FORBIDDEN_IN_OUR_SCRIPTS.items() if re.search(pattern, without_comments)
    ] == []


@pytest.mark.parametrize(
    "js",
    [
        "const last = list.at(-1);",
        "Object.hasOwn(a, 'b')",
        "class A { static { x(); } }",
        "const copy = structuredClone(a);",
        "const found = text.match(/a/d);",
        "panel.inert = true;",
    ],
)
def test_the_script_lint_sees(js: str) -> None:
    assert complaints_of_script("a.js", js)


def test_the_script_lint_lets_comments_and_strings_be() -> None:
    assert complaints_of_script("a.js", "// structuredClone\nvar a = 'list.at(' + b; a ||= c?.d ?? 1;") == []


class Markup(HTMLParser):
    """Collects what a strict content security policy would block, and what leaves the house."""

    DATA = {"application/json", "text/plain"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        where = f"line {self.getpos()[0]}: <{tag}>"
        for name, value in given.items():
            if name == "style" or name.startswith(("on", "hx-on", "data-hx-on")):
                self.found.append(f"{where} {name}")
            if value.strip().lower().startswith("javascript:"):
                self.found.append(f"{where} javascript: address")
            fetched = tag not in {"a", "html", "svg"} and name in {"src", "href", "action", "srcset", "data"}
            if fetched and re.match(r"\s*(?:https?:)?//", value):
                self.found.append(f"{where} {name} leaves the house")
        if tag == "style":
            self.found.append(f"{where} inline style sheet")
        if tag == "script" and "src" not in given and given.get("type") not in self.DATA:
            self.found.append(f"{where} inline script")

    handle_startendtag = handle_starttag


def complaints_of_template(text: str) -> list[str]:
    text = re.sub(r"\{%\s*comment.*?endcomment\s*%\}", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", text)
    text = re.sub(r"\{\{.*?\}\}", "x", text)
    markup = Markup()
    markup.feed(text)
    markup.close()
    return markup.found


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_template_has_nothing_inline_and_nothing_from_elsewhere(path: Path) -> None:
    assert complaints_of_template(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "html",
    [
        '<p style="color: red">',
        '<p{% if a %} style="x"{% endif %}>',
        '<a onclick="x()">',
        '<a hx-on:click="x()">',
        '<a href="javascript:x()">',
        "<style>a{}</style>",
        "<script>x()</script>",
        '<script src="https://example.org/x.js"></script>',
        '<link href="//example.org/x.css">',
    ],
)
def test_the_template_lint_sees(html: str) -> None:
    assert complaints_of_template(html)
