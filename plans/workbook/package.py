"""Bytes that claim to be a workbook: what they are by content, and packages (zip) opened with care.

Nothing is unpacked before the directory of the package is known to be harmless, and what is unpacked is streamed:
the directory can lie about sizes, the stream cannot.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Collection, Iterator
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from plans.workbook.engine import MB, Limits, UnreadableWorkbook
from plans.workbook.grid import Grid, Value

Start = Callable[[str, dict[str, str]], Any]
Text = Callable[[str], Any]

_AS_XLSX = "请用Excel或WPS打开后另存为.xlsx，再导入"
LOCKED = "文件加了密码，请在Excel或WPS里去掉密码后再导入"
WEB_PAGE = f"这是网页格式的文件，只是扩展名像Excel，{_AS_XLSX}"
XML_2003 = f"这是XML格式的旧式表格，{_AS_XLSX}"
TRUNCATED = "文件不完整（可能没有传完或没有下载完），请重新取得文件后再导入"
UNSOUND = "文件的压缩结构不正常，没有打开，请用Excel或WPS打开后另存为.xlsx，再导入"
OVERLOADED = "文件里的样式或批注过多，没有打开，请新建一个工作簿，只把表格的内容粘贴过去，再导入"
DECLARATION = "文件里有不该有的定义（DTD或实体），没有打开，请用Excel或WPS打开后另存为.xlsx，再导入"
OTHER_PACKAGE = "这是压缩包，不是工作簿，请解压后选择里面的工作簿"

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF = (
    b"\x09\x00",
    b"\x09\x02",
    b"\x09\x04",
    b"\x09\x08",
)  # a sheet of Excel 2 to 5 that is in no container
_IMAGE = "这是图片，不是工作簿，请导入工作簿原件"
_ARCHIVE = OTHER_PACKAGE
# First bytes and what to say. Texts come last: anything that reads as text is taken for .csv.
_SIGNATURES = (
    (b"%PDF", "这是PDF文件，不是工作簿，请导入工作簿原件"),
    (b"\x89PNG", _IMAGE),
    (b"\xff\xd8\xff", _IMAGE),
    (b"GIF8", _IMAGE),
    (b"RIFF", _IMAGE),
    (b"II*\x00", _IMAGE),
    (b"MM\x00*", _IMAGE),
    (b"Rar!", _ARCHIVE),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
    (b"{\\rtf", "这是Word文档，不是工作簿，请把表格复制到Excel或WPS表格里，存为.xlsx后再导入"),
    (b"MIME-Version", WEB_PAGE),
)
_WORD = "这是Word文档，不是工作簿，请把表格复制到Excel或WPS表格里，存为.xlsx后再导入"
_SLIDES = "这是演示文稿，不是工作簿，请导入工作簿原件"
_XLSB = f"暂不支持.xlsb（二进制工作簿），{_AS_XLSX}"
# What a package holds when it is no workbook of ours: a part's name, or how the names begin.
_OTHERS = (
    ("xl/workbook.bin", _XLSB),
    ("word/", _WORD),
    ("ppt/", _SLIDES),
)
_ODS = "application/vnd.oasis.opendocument.spreadsheet"

CHUNK = 64 * 1024
LONGEST_TAG = MB  # a tag or comment that is longer is meant to exhaust the parser
LARGEST_TREE = 20 * MB  # parts that are kept as a whole: styles, relations, comments
MOST_ELEMENTS = 500_000  # in one of them: more than the largest stylesheet that Excel would write
MERGES = 100_000  # in one sheet
LONGEST_TEXT = 1_000_000  # characters in one cell; Excel stops at 32,767


def kind_of(content: bytes) -> str:
    """zip, xls or csv by the first bytes; raises UnreadableWorkbook for what is none of these."""
    head = content[:4096]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(OLE):
        return _kind_of_ole(content)
    if head.startswith(_BIFF):
        return "xls"
    for signature, said in _SIGNATURES:
        if head.startswith(signature):
            raise UnreadableWorkbook(said)
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if re.match(rb"<[a-z!?]", text):
        is_2003 = b"<?mso-application" in text or b"schemas-microsoft-com:office:spreadsheet" in text
        if b"<html" in text or not is_2003:
            raise UnreadableWorkbook(WEB_PAGE)
        raise UnreadableWorkbook(XML_2003)
    return "csv"


def _kind_of_ole(content: bytes) -> str:
    """The container of .xls, .doc and of encrypted files names its streams in UTF-16."""

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in content

    if holds("EncryptedPackage"):
        raise UnreadableWorkbook(LOCKED)
    if holds("Workbook") or holds("Book"):
        return "xls"
    if holds("WordDocument"):
        raise UnreadableWorkbook(_WORD)
    if holds("PowerPoint Document"):
        raise UnreadableWorkbook(_SLIDES)
    raise UnreadableWorkbook(f"这不是Excel工作簿，或文件不完整，{_AS_XLSX}")


class Package:
    """A zip whose directory is sound; parts are found whatever the case of their names, and streamed."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self.limits = limits
        self._left = limits.unpacked
        entries = content.count(b"PK\x01\x02")  # before a directory of millions takes the memory
        if entries > limits.entries:
            raise UnreadableWorkbook(f"文件里有{entries}个部件（最多{limits.entries}个），没有打开")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise UnreadableWorkbook(TRUNCATED) from error
        infos = self._zip.infolist()
        if sum(info.file_size for info in infos) > limits.unpacked:
            raise UnreadableWorkbook(self._too_large())
        if any(info.flag_bits & 0x1 for info in infos):
            raise UnreadableWorkbook(LOCKED)
        self._parts = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos}
        if len(self._parts) < len(infos):
            raise UnreadableWorkbook(UNSOUND)  # one name twice: programs disagree which one counts
        end = 0
        for info in sorted(infos, key=lambda info: info.header_offset):
            if info.header_offset < end or info.file_size < 0 or info.compress_size < 0:
                raise UnreadableWorkbook(UNSOUND)  # parts that share their bytes: a bomb
            end = info.header_offset + 30 + info.compress_size
        if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
            raise UnreadableWorkbook(UNSOUND)

    def _too_large(self) -> str:
        most = self.limits.unpacked // MB
        return f"文件展开后超过{most}MB，没有打开，请删去表格以外多余的空行、空列、格式和图片后另存，再导入"

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def kind(self) -> str:
        """xlsx, xlsm or ods; raises UnreadableWorkbook for other packages."""
        if "mimetype" in self and "content.xml" in self:
            if "META-INF/manifest.xml" in self and b"encryption-data" in self.read("META-INF/manifest.xml"):
                raise UnreadableWorkbook(LOCKED)
            if self.read("mimetype").strip().decode("ascii", "replace").startswith(_ODS):
                return "ods"
            raise UnreadableWorkbook(f"这不是表格文件，{_AS_XLSX}")
        for begin, said in _OTHERS:
            if any(name.startswith(begin) for name in self._parts):
                raise UnreadableWorkbook(said)
        if not any(name.startswith("xl/") for name in self._parts):
            raise UnreadableWorkbook(OTHER_PACKAGE)
        macros = any(name.endswith("vbaproject.bin") for name in self._parts)
        return "xlsm" if macros else "xlsx"

    def read(self, name: str) -> bytes:
        """A small part as it is."""
        if self._info(name).file_size > LARGEST_TREE:
            raise UnreadableWorkbook(OVERLOADED)
        return b"".join(self._stream(name))

    def tree(self, name: str, only: Collection[str] = ()) -> Element:
        """A small part as a tree; names without the prefix that the part's own elements have.

        With `only`, what lies under other children of the root is left out: stylesheets grow by what nobody uses.
        """
        if self._info(name).file_size > LARGEST_TREE:
            raise UnreadableWorkbook(OVERLOADED)
        builder = TreeBuilder()
        depth = skipped = elements = 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth, skipped, elements
            depth += 1
            if skipped or (depth == 2 and only and tag not in only):
                skipped += 1
                return
            elements += 1
            if elements > MOST_ELEMENTS:
                raise UnreadableWorkbook(OVERLOADED)
            builder.start(tag, attributes)

        def end(tag: str) -> None:
            nonlocal depth, skipped
            depth -= 1
            if skipped:
                skipped -= 1
            else:
                builder.end(tag)

        def data(text: str) -> None:
            if not skipped:
                builder.data(text)

        self.walk(name, start, end, data)
        root: Element = builder.close()
        return root

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: id → last word of the kind, name of the other part."""
        folder, _, base = name.rpartition("/")
        sheet = f"{folder}/_rels/{base}.rels".lstrip("/")
        if sheet not in self:
            return {}
        found = {}
        for relation in self.tree(sheet):
            if relation.get("TargetMode") == "External":
                continue
            target = relation.get("Target", "").replace("\\", "/")
            path = posixpath.normpath(target if target.startswith("/") else posixpath.join(folder, target))
            kind = relation.get("Type", "").rpartition("/")[2]
            found[relation.get("Id", "")] = (kind, path.lstrip("/"))
        return found

    def walk(self, name: str, start: Start, end: Text, data: Text, *, strip: bool = True) -> None:
        """Stream an XML part through three callbacks, as expat's.

        A prefix that the root has is taken from all names that have it, unless told not to. Raises UnreadableWorkbook
        for any document type: that is where entities are declared, and no workbook has one.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True

        def first(tag: str, attributes: dict[str, str]) -> None:
            prefix = tag[: tag.find(":") + 1] if strip else ""
            if prefix:
                parser.StartElementHandler = lambda tag, found: start(tag.removeprefix(prefix), found)
                parser.EndElementHandler = lambda tag: end(tag.removeprefix(prefix))
            else:
                parser.StartElementHandler, parser.EndElementHandler = start, end
            start(tag.removeprefix(prefix), attributes)

        def declared(*_: Any) -> None:
            raise UnreadableWorkbook(DECLARATION)

        parser.StartElementHandler = first
        parser.CharacterDataHandler = data
        parser.StartDoctypeDeclHandler = declared
        fed = 0
        for chunk in self._stream(name):
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > LONGEST_TAG:
                raise UnreadableWorkbook(UNSOUND)
        parser.Parse(b"", True)

    def _info(self, name: str) -> zipfile.ZipInfo:
        return self._parts[name.lower()]

    def _stream(self, name: str) -> Iterator[bytes]:
        with self._zip.open(self._info(name)) as part:
            while chunk := part.read(CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise UnreadableWorkbook(self._too_large())
                yield chunk


class Room:
    """What a book may still hold; every reader puts its rows through here."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._cells = limits.cells
        self._text = limits.text

    def put(self, grid: Grid, number: int, values: list[Value]) -> None:
        """Add a row, if it holds anything; formulas without a value count as held."""
        self._cells -= len(values) - values.count(None)
        self._text -= sum(len(value) for value in values if type(value) is str)
        if len(values) > self.limits.columns:
            raise self.too_wide(grid.title)
        if len(grid.rows) >= self.limits.rows:
            raise UnreadableWorkbook(
                f"“{grid.title}”超过{self.limits.rows}行，请删去多余的行，或分成几个文件导入"
            )
        if self._cells < 0:
            raise UnreadableWorkbook(f"有内容的单元格超过{self.limits.cells}个，请分成几个文件导入")
        if self._text < 0:
            raise UnreadableWorkbook("文件里的文字太多，没有导入，请删去多余的内容，或分成几个文件导入")
        grid.rows.append((number, values))

    def merge(self, grid: Grid, top: int, left: int, bottom: int, right: int) -> None:
        """Add a merge, so far as it is where cells can be; its right edge no farther than they can."""
        if not 1 <= top <= bottom or not 1 <= left <= right or left > self.limits.columns:
            return
        if len(grid.merged) >= MERGES:
            raise UnreadableWorkbook(f"“{grid.title}”合并的单元格太多，请取消合并后再导入")
        grid.merged.append((top, left, bottom, min(right, self.limits.columns)))

    def too_wide(self, title: str) -> UnreadableWorkbook:
        """The refusal of a cell too far to the right."""
        return UnreadableWorkbook(f"“{title}”超过{self.limits.columns}列，请删去表格右侧多余的内容后再导入")
