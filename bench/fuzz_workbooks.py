"""Mutated workbooks against the reader: whatever comes in, a Book or a sentence comes out, soon and in little memory.

    python -m bench.fuzz_workbooks --count 20000 [--start N]

Every mutant is made from its number alone, so `mutant(4711)` is the same file on every machine and in every year
(as long as the seeds in tests/workbooks/files.py stay). Whatever breaks the rule is kept in var/fuzz/.
"""

from __future__ import annotations

import argparse
import functools
import io
import random
import re
import struct
import sys
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plans.workbook.engine import Reader, UnreadableWorkbook
from plans.workbook.grid import Book
from tests.workbooks import files

KEPT = Path(__file__).resolve().parents[1] / "var" / "fuzz"
LONGEST = 10.0  # seconds for one file
MOST = 300 * 1024 * 1024  # bytes that the child may hold

# Values that some program somewhere trips over.
NASTY = (
    "", "0", "-1", "1", "9999", "99999", "65536", "1048576", "4294967295", "18446744073709551616", "1e400", "NaN", "x",
    "A1", "XFD1048576", "XFE1", "A0", "A1:XFD1048576", "ZZZZZZZZZ99999999999", "true", "\u0000", "\ufffe", "&lt;", "&#0;",
    "&#55296;", "&lol;", "]]>", "<", "'", '"', "％", "１２", "_xD800_", "../../etc/passwd", "/xl/workbook.xml", "#REF!",
    "yyyy", "s", "b", "e", "d", "str", "inlineStr", "n", "16384", "hidden", "1904", "字" * 5_000,
)  # fmt: skip
# Elements and attributes that decide something; changed more often than others.
TELLING = (
    "r", "s", "t", "ref", "min", "max", "hidden", "id", "r:id", "state", "numFmtId", "formatCode", "fontId", "fillId",
    "rgb", "indexed", "date1904", "Target", "Type", "table:number-columns-repeated", "table:number-rows-repeated",
    "office:value", "office:value-type", "office:date-value", "table:number-columns-spanned",
)  # fmt: skip

WEIGHTS = [{"xlsx": 3, "xlsx-shared": 3, "ods": 3, "xls": 2}.get(name, 1) for name in files.SEEDS]


@functools.cache
def seeds() -> tuple[bytes, ...]:
    """The good files that everything is made from."""
    return tuple(build() for build in files.SEEDS.values())


def mutants(count: int, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """So many mutants, with their numbers."""
    for number in range(start, start + count):
        yield number, mutant(number)


def mutant(number: int) -> bytes:
    """The file of that number."""
    chance = random.Random(number)
    content = chance.choices(seeds(), WEIGHTS)[0]
    is_zip = content.startswith(b"PK")
    ways = (edit_bytes, edit_zip, *((edit_parts,) * 4)) if is_zip else (edit_bytes, edit_fields)
    if chance.random() < 0.05:
        return swap_types(content, chance)
    return chance.choice(ways)(content, chance)


# Bytes -----------------------------------------------------------------------------------------


def edit_bytes(content: bytes, chance: random.Random) -> bytes:
    """Bits flipped, bytes put in, taken out, repeated, cut off."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        place = chance.randrange(len(changed) or 1)
        length = chance.choice((1, 2, 4, 30, 500))
        match chance.randrange(6):
            case 0 if changed:
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                changed[place:place] = chance.randbytes(length)
            case 2:
                del changed[place : place + length]
            case 3:
                changed[place : place + length] = bytes(length)
            case 4:
                changed[place:place] = changed[place : place + length] * chance.choice((1, 20))
            case _ if chance.random() < 0.3:
                del changed[place:]
    return bytes(changed)


def edit_fields(content: bytes, chance: random.Random) -> bytes:
    """Numbers of two and four bytes at even places, as .xls has them, replaced by extreme ones."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 3, 10))):
        place = chance.randrange(0, len(changed) - 4, 2)
        value = chance.choice((0, 1, 0x7F, 0xFF, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, chance.randrange(65536)))
        if chance.random() < 0.8:
            struct.pack_into("<H", changed, place, value)
        else:
            struct.pack_into("<L", changed, place, chance.choice((value, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000)))
    return bytes(changed)


# XML inside packages ---------------------------------------------------------------------------


def edit_parts(content: bytes, chance: random.Random) -> bytes:
    """One or two parts changed, and the package made anew, sound as a zip."""
    parts = files.unpacked(content)
    names = [name for name in parts if name.endswith((".xml", ".rels"))]
    telling = [name for name in names if re.search(r"sheet|shared|styles|workbook|comment|content", name)]
    for _ in range(chance.choice((1, 1, 2))):
        name = chance.choice(telling if chance.random() < 0.9 else names)
        parts[name] = edit_xml(parts[name], chance)
    return files.packed(parts)


def edit_xml(part: bytes, chance: random.Random) -> bytes:
    text = part.decode("utf-8", "replace")
    for _ in range(chance.choice((1, 1, 2, 5))):
        text = chance.choice(XML_EDITS)(text, chance)[:500_000]
    match chance.randrange(12):
        case 0:
            return text.encode(
                chance.choice(("utf-16", "utf-16-le", "utf-32", "gb18030", "utf-7")), "replace"
            )
        case 1:
            return edit_bytes(text.encode("utf-8", "replace"), chance)
        case 2:
            declared = chance.choice(("gb2312", "latin-1", "UTF-16", "ascii", "x" * 300))
            return text.replace("UTF-8", declared).encode("utf-8", "replace")
    return text.encode("utf-8", "replace")


def _one(pattern: str, text: str, chance: random.Random) -> re.Match[str] | None:
    """A match somewhere: the first one after a place by chance."""
    found = re.compile(pattern)
    return found.search(text, chance.randrange(len(text) + 1)) or found.search(text)


def _put(text: str, match: re.Match[str] | None, new: str, group: int = 0) -> str:
    return text if match is None else text[: match.start(group)] + new + text[match.end(group) :]


def change_value(text: str, chance: random.Random) -> str:
    names = "|".join(TELLING) if chance.random() < 0.7 else r"[\w:]+"
    return _put(text, _one(rf'\b(?:{names})="([^"]*)"', text, chance), chance.choice(NASTY), 1)


def change_text(text: str, chance: random.Random) -> str:
    return _put(text, _one(r">([^<>]+)<", text, chance), chance.choice(NASTY), 1)


def delete_tag(text: str, chance: random.Random) -> str:
    return _put(text, _one(r"<[^<>]+>", text, chance), "")


def repeat_tag(text: str, chance: random.Random) -> str:
    match = _one(r"<[^<>]+>", text, chance)
    return _put(text, match, (match[0] if match else "") * chance.choice((2, 2, 50, 2_000)))


def repeat_element(text: str, chance: random.Random) -> str:
    match = _one(r"<([\w:]+)[^<>]*>(?:[^<>]*|.{0,400}?)</\1>", text, chance)
    return _put(text, match, (match[0] if match else "") * chance.choice((2, 2, 50, 2_000)))


def rename_tag(text: str, chance: random.Random) -> str:
    new = chance.choice(
        ("c", "v", "t", "row", "x:c", "is", "f", "sst", "si", "rPh", "table:table", "text:p", "1", "…")
    )
    return _put(text, _one(r"</?([\w:]+)", text, chance), new, 1)


def delete_attribute(text: str, chance: random.Random) -> str:
    return _put(text, _one(r'\s[\w:]+="[^"]*"', text, chance), "")


def repeat_attribute(text: str, chance: random.Random) -> str:
    match = _one(r'\s[\w:]+="[^"]*"', text, chance)
    return _put(text, match, match[0] * 2 if match else "")


def move_piece(text: str, chance: random.Random) -> str:
    first, second = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    return text[second:] + text[first:second] + text[:first]


def nest(text: str, chance: random.Random) -> str:
    match, depth = _one(r"<([\w:]+)[^<>/]*>", text, chance), chance.choice((10, 1_000, 20_000))
    return _put(text, match, match[0] * depth if match else "")


def declare(text: str, chance: random.Random) -> str:
    dtd = chance.choice(
        (files.DTD, '<!DOCTYPE a SYSTEM "file:///etc/passwd">', "<!ENTITY a 'b'>", "<!DOCTYPE")
    )
    return _put(text, _one(r"<[\w:]", text, chance), dtd + "<x")


def cut(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


XML_EDITS: tuple[Callable[[str, random.Random], str], ...] = (
    *((change_value,) * 8),
    *((change_text,) * 4),
    delete_tag, repeat_tag, repeat_element, rename_tag, delete_attribute, repeat_attribute, move_piece, nest, declare,
    cut,
)  # fmt: skip


# The zip around ----------------------------------------------------------------------------------


def edit_zip(content: bytes, chance: random.Random) -> bytes:
    """Sizes, names, order, number and packing of the parts."""
    parts = list(files.unpacked(content).items())
    place = chance.randrange(len(parts))
    name, part = parts[place]
    match chance.randrange(9):
        case 0:
            chance.shuffle(parts)
        case 1:
            parts.pop(place)
        case 2:
            parts.append((name, chance.choice(parts)[1]))
        case 3:
            parts[place] = (name, chance.choice(parts)[1])
        case 4:
            new = chance.choice(
                (name.upper(), "../" + name, name.replace("/", "\\"), "", name + "\x00x", "字" * 99)
            )
            parts[place] = (new, part)
        case 5:
            parts += [(f"xl/media/{number}.png", b"") for number in range(chance.choice((10, 10, 10, 6_000)))]
        case 6:
            parts[place] = (name, part + bytes(chance.choice((1, 1_000_000, 10_000_000))))
        case 7:
            return _edit_directory(content, chance)
        case _:
            garbage = chance.randbytes(chance.choice((1, 100, 70_000)))
            return content + garbage if chance.random() < 0.5 else garbage + content
    return _zip_of(parts, chance)


def _zip_of(parts: Sequence[tuple[str, bytes]], chance: random.Random) -> bytes:
    methods = (
        zipfile.ZIP_DEFLATED,
        zipfile.ZIP_DEFLATED,
        zipfile.ZIP_STORED,
        zipfile.ZIP_BZIP2,
        zipfile.ZIP_LZMA,
    )
    method = chance.choice(methods if len(parts) < 100 else methods[:3])  # the others are slow to begin
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as package:
        warnings.simplefilter("ignore", UserWarning)  # one name twice is what is wanted
        for name, part in parts:
            package.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), part, method, 1)
    return buffer.getvalue()


def _edit_directory(content: bytes, chance: random.Random) -> bytes:
    """One field of one entry, in the directory, at the part itself or at the very end."""
    signature = chance.choice((b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"))
    places = [match.start() for match in re.finditer(re.escape(signature), content)]
    changed = bytearray(content)
    offset = chance.choice((4, 6, 8, 10, 14, 16, 18, 20, 22, 24, 26, 28, 30, 42))
    place = chance.choice(places) + offset
    value = chance.choice((0, 1, 2, 8, 12, 14, 99, 0x7FFFFFFF, 0xFFFFFFFF, chance.randrange(1 << 32)))
    if place + 4 <= len(changed):
        struct.pack_into(
            "<L" if offset >= 14 and chance.random() < 0.5 else "<H", changed, place, value & 0xFFFF
        )
    return bytes(changed)


def swap_types(content: bytes, chance: random.Random) -> bytes:
    """One kind in the clothes of another."""
    other = chance.choice(seeds())
    match chance.randrange(6):
        case 0:
            cut_at = chance.choice((2, 4, 8, 512))
            return other[:cut_at] + content[cut_at:]
        case 1:
            return content[: len(content) // 2] + other[len(other) // 2 :]
        case 2:
            return files.packed({"xl/workbook.xml": content, "xl/worksheets/sheet1.xml": other})
        case 3 if content.startswith(b"PK") and other.startswith(b"PK"):
            return files.packed({**files.unpacked(content), **files.unpacked(other)})
        case 4:
            return chance.choice((files.HTML, files.XML_2003)).encode(
                chance.choice(("utf-8", "gb18030", "utf-16"))
            )
        case _:
            return (
                chance.choice((b"%PDF-1.7\n", b"\x89PNG", b"PK\x05\x06", files.OLE, b"\t\x08", b"")) + content
            )


# The run ----------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """What a run found."""

    said: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, int]] = field(default_factory=list)  # seconds, number
    peak_memory: int = 0
    restarts: list[int] = field(default_factory=list)  # files that cost the child its life
    broken: list[tuple[int, str]] = field(default_factory=list)  # files that broke the rule, and how


def run(
    cases: Iterable[tuple[int, bytes]], *, keep: bool = True, then: Callable[[Book], object] | None = None
) -> Outcome:
    """Read them all with one child. `then` goes on with what was read, under the same rule."""
    outcome = Outcome()
    with Reader() as reader:
        for number, content in cases:
            started, restarts = time.monotonic(), reader.restarts
            wrong = ""
            try:
                answer: object = reader.read(content)
                if not isinstance(answer, Book):
                    wrong = f"answered {type(answer).__name__}"
                said = f"read as {answer.kind}" if isinstance(answer, Book) else wrong
                if then is not None and isinstance(answer, Book):
                    said = f"{said}, then {then(answer)}"
            except UnreadableWorkbook as refusal:
                said = re.sub(r"“.*?”|\d+", "…", str(refusal))
                if not re.search(r"[\u4e00-\u9fff]{4}", said):
                    wrong = "refused without words"
            except BaseException as error:
                said = wrong = f"{type(error).__name__}: {error}"
            took = time.monotonic() - started
            outcome.said[said] += 1
            outcome.slowest = sorted([*outcome.slowest, (took, number)], reverse=True)[:5]
            if reader.restarts > restarts:
                outcome.restarts.append(number)
            if took > LONGEST:
                wrong = f"took {took:.1f} s"
            if reader.peak_memory > MOST and outcome.peak_memory <= MOST:
                wrong = f"the child held {reader.peak_memory >> 20} MiB"
            outcome.peak_memory = max(outcome.peak_memory, reader.peak_memory)
            if wrong:
                outcome.broken.append((number, wrong))
                if keep:
                    KEPT.mkdir(parents=True, exist_ok=True)
                    (KEPT / f"{number}.bin").write_bytes(content)
    return outcome


def main() -> int:
    """Run, print a table, and answer 1 where the rule was broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--start", type=int, default=0)
    options = parser.parse_args()
    started = time.monotonic()
    outcome = run(mutants(options.count, options.start))
    print(f"{options.count} mutants from {options.start} in {time.monotonic() - started:.0f} s")
    for said, times in outcome.said.most_common():
        print(f"{times:7}  {said}")
    print("slowest:", ", ".join(f"{number} {took:.2f} s" for took, number in outcome.slowest))
    print(f"peak memory of the child: {outcome.peak_memory >> 20} MiB")
    print(f"children lost: {len(outcome.restarts)} {outcome.restarts[:20]}")
    print(f"broke the rule: {len(outcome.broken)} {outcome.broken[:20]}")
    return 1 if outcome.broken else 0


if __name__ == "__main__":
    sys.exit(main())
