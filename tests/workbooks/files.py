"""Workbooks to test with, as bytes: good ones of every kind, and such as no program should ever write.

xls/ holds what this environment cannot make: dates_1900.xls and dates_1904.xls (one table of two rows, the same days
counted from 1900 and from 1904, once with a time of day), looks.xls (a title merged over A1:D1; row 3 struck through in B,
red in C, 95% in D; row 4 hidden, yellow in C, 50.0% in D; B5:B6 merged; 9:30 in D6; column C hidden; a hidden sheet 旧表).
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

XLS = Path(__file__).parent / "xls"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
HEADERS = ["序号", "目标名称", "目标值", "完成时限", "责任部门"]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
DTD = '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>'


# Packages --------------------------------------------------------------------------------------


def packed(parts: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, method)
    return buffer.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def edited(content: bytes, part: str, old: str, new: str) -> bytes:
    """The package with a piece of one part replaced."""
    parts = unpacked(content)
    text = parts[part].decode()
    assert old in text, f"{old} is not in {part}"
    return packed({**parts, part: text.replace(old, new, 1)})


def relations(*targets: tuple[str, str]) -> str:
    """A .rels part: kind and target, with the ids rId1, rId2, …"""
    lines = [
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    ]
    return (
        f'{_DECLARED}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{''.join(lines)}</Relationships>"
    )


def raw_xlsx(
    rows: str,
    *,
    before: str = "",
    after: str = "",
    texts: str = "",
    styles: str = "",
    properties: str = "",
    more: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """The smallest workbook around hand-written rows; `before` and `after` stand around them in the sheet."""
    book = (
        f'{_DECLARED}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{properties}'
        '<sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    sheet = f'{_DECLARED}<worksheet xmlns="{_MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    targets = [("worksheet", "worksheets/sheet1.xml")]
    parts: dict[str, str | bytes] = {
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": book,
        "xl/worksheets/sheet1.xml": sheet,
    }
    if texts:
        targets.append(("sharedStrings", "sharedStrings.xml"))
        parts["xl/sharedStrings.xml"] = f'{_DECLARED}<sst xmlns="{_MAIN}">{texts}</sst>'
    if styles:
        targets.append(("styles", "/xl/styles.xml"))
        parts["xl/styles.xml"] = f'{_DECLARED}<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>'
    parts["xl/_rels/workbook.xml.rels"] = relations(*targets)
    return packed(parts | dict(more or {}))


def good_xlsx() -> bytes:
    """A small table with everything that a reader looks at."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "目标任务"
    sheet["A1"] = "重点目标任务表"
    sheet.merge_cells("A1:E1")
    sheet.append(HEADERS)
    sheet.append([1, "新增城镇就业", "≥1600人", date(2024, 6, 30), "民生办"])
    sheet.append([2, "取消的任务", 0.95, "6月底前", None])
    sheet.append([3, "隐藏的任务", 12.5, date(2024, 12, 31), "党建办"])
    sheet.append([4, "没有算过的公式", "=SUM(A3:A5)", None, "党建办"])
    sheet["B4"].font = Font(strike=True)
    sheet["C4"].number_format = "0%"
    sheet["C5"].fill = PatternFill("solid", fgColor="FFFF00")
    sheet["D5"].font = Font(color="FFFF0000")
    sheet["E3"].comment = Comment("请核对部门", "督查室")
    sheet["D3"].number_format = 'yyyy"年"m"月"d"日"'
    sheet.merge_cells("E5:E6")
    sheet.row_dimensions[5].hidden = True
    sheet.column_dimensions["D"].hidden = True
    notes = book.create_sheet("填表说明")
    notes["C5"] = "先看这里"
    old = book.create_sheet("旧表")
    old.sheet_state = "veryHidden"
    old["A1"] = True
    buffer = io.BytesIO()
    book.save(buffer)
    parts = unpacked(buffer.getvalue())
    core = parts["docProps/core.xml"].decode()
    return packed({**parts, "docProps/core.xml": re.sub(r"\d{4}-[\dT:-]+Z", "2024-01-01T00:00:00Z", core)})


def with_shared_texts(content: bytes) -> bytes:
    """The texts of the first sheet in a table of their own, as Excel and WPS keep them."""
    parts = unpacked(content)
    texts: list[str] = []

    def moved(match: re.Match[str]) -> str:
        texts.append(match[2])
        return f'{match[1]} t="s"><v>{len(texts) - 1}</v></c>'

    sheet = re.sub(
        r'(<c [^>]*?) t="inlineStr"><is>(.*?)</is></c>', moved, parts["xl/worksheets/sheet1.xml"].decode()
    )
    kept = parts["xl/_rels/workbook.xml.rels"].decode()
    relation = f'<Relationship Id="rId99" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Rel'
    return packed(
        {
            **parts,
            "xl/worksheets/sheet1.xml": sheet,
            "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{"".join(f"<si>{text}</si>" for text in texts)}</sst>',
            "xl/_rels/workbook.xml.rels": kept.replace("</Rel", relation),
        }
    )


def good_xlsm() -> bytes:
    return packed({**unpacked(good_xlsx()), "xl/vbaProject.bin": OLE + bytes(64)})


def good_xls(name: str = "looks") -> bytes:
    return (XLS / f"{name}.xls").read_bytes()


def good_csv(encoding: str = "utf-8-sig", separator: str = ",") -> bytes:
    lines = [
        HEADERS,
        ["1", "新增城镇就业", "≥1600人", "2024-06-30", "民生办"],
        ["2", '"含,;逗号"', "5", "", "党建办"],
    ]
    return "\r\n".join(separator.join(line) for line in lines).encode(encoding)


def ods(rows: str, *, before: str = "", styles: str = "", more: Mapping[str, str] | None = None) -> bytes:
    """An OpenDocument spreadsheet with one sheet around hand-written rows."""
    names = "".join(
        f' xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
    )
    content = (
        f"{_DECLARED}<office:document-content{names}><office:automatic-styles>{styles}</office:automatic-styles>"
        f'<office:body><office:spreadsheet><table:table table:name="表" table:style-name="ta1">{before}{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return packed(
        {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content, **(more or {})}
    )


def ods_cell(text: str, attributes: str = 'office:value-type="string"') -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def good_ods() -> bytes:
    head = "".join(ods_cell(text) for text in HEADERS)
    title = ods_cell("重点目标任务表", 'table:number-columns-spanned="5"')
    number = ods_cell("1", 'office:value-type="float" office:value="1"')
    name = ods_cell('新增<text:s text:c="2"/>就业')
    share = ods_cell("95%", 'office:value-type="percentage" office:value="0.95"')
    day = ods_cell("6月30日", 'office:value-type="date" office:date-value="2024-06-30"')
    noted = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>请核对</text:p></office:annotation>'
        "<text:p>民生办</text:p></table:table-cell>"
    )
    far = '<table:table-cell table:number-columns-repeated="16379"/>'
    return ods(
        f"<table:table-row>{title}"
        '<table:covered-table-cell table:number-columns-repeated="4"/></table:table-row>'
        f"<table:table-row>{head}{far}</table:table-row>"
        f"<table:table-row>{number}{name}{share}{day}{noted}{far}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048500"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
        f'<table:table-row table:visibility="collapse">{ods_cell("最后")}</table:table-row>'
    )


# What no program should write --------------------------------------------------------------------


def cell(reference: str, content: str = "<v>1</v>", attributes: str = "") -> str:
    return f'<c r="{reference}" {attributes}>{content}</c>'


def one_cell(reference: str, content: str = "<v>1</v>", attributes: str = "") -> str:
    row = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'<row r="{row}">{cell(reference, content, attributes)}</row>'


def many_rows(rows: int, columns: int) -> bytes:
    """Short in a package, long unpacked."""
    cells = "<c><v>1</v></c>" * columns
    return raw_xlsx(f"<row>{cells}</row>" * rows)


def without_end(content: bytes) -> bytes:
    return content[: len(content) // 2]


def with_flipped_bit(content: bytes, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """One bit of a part's compressed bytes is wrong."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        info = package.getinfo(part)
    place = info.header_offset + 30 + len(part) + info.compress_size // 2
    return content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]


def bomb(megabytes: int, part: str = "xl/media/image1.png") -> bytes:
    """A good workbook with a part that unpacks to so much, and takes a thousandth of it."""
    buffer = io.BytesIO(good_xlsx())
    with (
        zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as package,
        package.open(part, "w") as stream,
    ):
        for _ in range(megabytes):
            stream.write(bytes(1024 * 1024))
    return buffer.getvalue()


def lying_bomb(megabytes: int) -> bytes:
    """The directory says that a sheet has 100 bytes, where the stream goes on for so much."""
    rows = f"<row><c><v>1</v></c></row>{' ' * megabytes * 1024 * 1024}"
    content = raw_xlsx(rows)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        size = package.getinfo("xl/worksheets/sheet1.xml").file_size
    return content.replace(struct.pack("<L", size), struct.pack("<L", 100))


def overlapping() -> bytes:
    """Two names for the same bytes."""
    buffer = io.BytesIO(good_xlsx())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/image1.png", b"x")
        package.getinfo("xl/media/image1.png").header_offset = package.getinfo(
            "xl/workbook.xml"
        ).header_offset
    return buffer.getvalue()


def with_part_twice() -> bytes:
    buffer = io.BytesIO(good_xlsx())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with zipfile.ZipFile(buffer, "a") as package:
            package.writestr("xl/workbook.xml", b"<workbook/>")
    return buffer.getvalue()


def with_flag(content: bytes, flag: int) -> bytes:
    """Every entry says that it is, for 1, encrypted."""
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            changed[place + offset] |= flag
            place = content.find(signature, place + 4)
    return bytes(changed)


def ole(stream: str) -> bytes:
    """The beginning of a compound file that names a stream."""
    return OLE + bytes(504) + stream.encode("utf-16-le") + bytes(512)


def encrypted_xls() -> bytes:
    """A record that says who wrote the file says FILEPASS instead."""
    content = good_xls()
    written = b"\x5c\x00\x70\x00"
    assert written in content
    return content.replace(written, b"\x2f\x00\x70\x00")


HTML = "<html><head><meta charset='gbk'></head><body><table><tr><td>序号</td></tr></table></body></html>"
XML_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'
)

SEEDS: dict[str, Callable[[], bytes]] = {
    "xlsx": good_xlsx,
    "xlsx-shared": lambda: with_shared_texts(good_xlsx()),
    "xlsm": good_xlsm,
    "xls": good_xls,
    "xls-1900": lambda: good_xls("dates_1900"),
    "ods": good_ods,
    "csv": good_csv,
    "csv-gb18030": lambda: good_csv("gb18030", "\t"),
}
