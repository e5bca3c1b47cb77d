"""RELIABILITY B5: whatever the bytes, a sentence that says what is wrong and what to do. Numbers are those of the list."""

from __future__ import annotations

import errno
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import time as time_of_day
from functools import partial
from xml.etree import ElementTree
from xml.parsers import expat

import pytest

from plans.workbook import child, engine
from plans.workbook.engine import Reader, UnreadableWorkbook
from tests.workbooks import files

pytestmark = pytest.mark.once

DAMAGED = "文件已损坏，读不出来，请用Excel或WPS打开核对，另存为.xlsx后再导入"
LOCKED = "文件加了密码，请在Excel或WPS里去掉密码后再导入"
WEB_PAGE = "这是网页格式的文件，只是扩展名像Excel，请用Excel或WPS打开后另存为.xlsx，再导入"
UNSOUND = "文件的压缩结构不正常，没有打开，请用Excel或WPS打开后另存为.xlsx，再导入"
DECLARATION = "文件里有不该有的定义（DTD或实体），没有打开，请用Excel或WPS打开后另存为.xlsx，再导入"
TRUNCATED = "文件不完整（可能没有传完或没有下载完），请重新取得文件后再导入"
TOO_LARGE = "文件展开后超过200MB，没有打开，请删去表格以外多余的空行、空列、格式和图片后另存，再导入"
OVERLOADED = "文件里的样式或批注过多，没有打开，请新建一个工作簿，只把表格的内容粘贴过去，再导入"
TOO_WIDE = "“表”超过200列，请删去表格右侧多余的内容后再导入"
TOO_LONG = "“表”超过50000行，请删去多余的行，或分成几个文件导入"
IMAGE = "这是图片，不是工作簿，请导入工作簿原件"
WORD = "这是Word文档，不是工作簿，请把表格复制到Excel或WPS表格里，存为.xlsx后再导入"
ARCHIVE = "这是压缩包，不是工作簿，请解压后选择里面的工作簿"
OTHER = "这不是工作簿，也不是CSV，请导入.xlsx、.xls、.ods或.csv文件"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as one:
        yield one


def refusal(reader: Reader, content: bytes) -> str:
    with pytest.raises(UnreadableWorkbook) as caught:
        reader.read(content)
    return str(caught.value)


def with_dtd(part: str) -> bytes:
    """The good workbook with a document type where its XML begins."""
    parts = files.unpacked(files.with_shared_texts(files.good_xlsx()))
    declared, mark, rest = parts[part].rpartition(b"?>")
    return files.packed({**parts, part: declared + mark + files.DTD.encode() + rest})


def zeros(magic: bytes) -> bytes:
    return magic + bytes(2000)


def ods_with(row: str) -> bytes:
    return files.ods(row)


Case = tuple[Callable[[], bytes], str]
REFUSED: dict[str, Case] = {
    "84-empty": (lambda: b"", "这个文件是空的，请重新选择文件"),
    "84-web-page": (lambda: files.HTML.encode("gb18030"), WEB_PAGE),
    "84-web-page-after-a-mark": (lambda: b"\xef\xbb\xbf\r\n <TABLE><tr>", WEB_PAGE),
    "84-web-archive": (lambda: b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", WEB_PAGE),
    "84-xml-of-2003": (
        lambda: files.XML_2003.encode(),
        "这是XML格式的旧式表格，请用Excel或WPS打开后另存为.xlsx，再导入",
    ),
    "84-pdf": (lambda: b"%PDF-1.7\n" + bytes(99), "这是PDF文件，不是工作簿，请导入工作簿原件"),
    "84-photo": (lambda: zeros(b"\xff\xd8\xff\xe0"), IMAGE),
    "84-screenshot": (lambda: zeros(b"\x89PNG\r\n\x1a\n"), IMAGE),
    "84-docx": (lambda: files.packed({"word/document.xml": "<document/>"}), WORD),
    "84-doc": (lambda: files.ole("WordDocument"), WORD),
    "84-pptx": (
        lambda: files.packed({"ppt/presentation.xml": "<p/>"}),
        "这是演示文稿，不是工作簿，请导入工作簿原件",
    ),
    "84-zip-of-a-workbook": (lambda: files.packed({"目标.xlsx": files.good_xlsx()}), ARCHIVE),
    "84-rar": (lambda: zeros(b"Rar!\x1a\x07"), ARCHIVE),
    "84-odt": (
        lambda: files.packed(
            {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<office/>"}
        ),
        "这不是表格文件，请用Excel或WPS打开后另存为.xlsx，再导入",
    ),
    "84-xlsb": (
        lambda: files.packed({"xl/workbook.bin": b"\x00"}),
        "暂不支持.xlsb（二进制工作簿），请用Excel或WPS打开后另存为.xlsx，再导入",
    ),
    "84-nothing-known": (lambda: bytes(range(256)) * 8, OTHER),
    "85-encrypted-xlsx": (lambda: files.ole("EncryptedPackage"), LOCKED),
    "85-encrypted-xls": (files.encrypted_xls, LOCKED),
    "85-encrypted-zip": (lambda: files.with_flag(files.good_xlsx(), 1), LOCKED),
    "85-encrypted-ods": (
        lambda: files.ods("", more={"META-INF/manifest.xml": "<manifest:encryption-data/>"}),
        LOCKED,
    ),
    "85-ole-of-nobody": (
        lambda: files.ole("Something"),
        "这不是Excel工作簿，或文件不完整，请用Excel或WPS打开后另存为.xlsx，再导入",
    ),
    "86-truncated-zip": (lambda: files.without_end(files.good_xlsx()), TRUNCATED),
    "86-truncated-xls": (
        lambda: files.good_xls()[:2048],
        "这不是Excel工作簿，或文件不完整，请用Excel或WPS打开后另存为.xlsx，再导入",
    ),
    "87-flipped-bit": (lambda: files.with_flipped_bit(files.good_xlsx()), DAMAGED),
    "88-truncated-sheet": (
        lambda: files.edited(files.good_xlsx(), "xl/worksheets/sheet1.xml", "</worksheet>", ""),
        DAMAGED,
    ),
    "88-missing-sheet": (
        lambda: files.packed(
            {name: part for name, part in files.unpacked(files.good_xlsx()).items() if "sheet1" not in name}
        ),
        DAMAGED,
    ),
    "90-shared-text-99999": (
        lambda: files.raw_xlsx(files.one_cell("B3", "<v>99999</v>", 't="s"'), texts="<si><t>一</t></si>"),
        "“表”第3行有单元格的文字丢失，文件已损坏，请用Excel或WPS打开核对，另存为.xlsx后再导入",
    ),
    "90-shared-text-of-minus-one": (
        lambda: files.raw_xlsx(files.one_cell("A1", "<v>-1</v>", 't="s"'), texts="<si><t>一</t></si>"),
        "“表”第1行有单元格的文字丢失，文件已损坏，请用Excel或WPS打开核对，另存为.xlsx后再导入",
    ),
    **{
        f"91-dtd-in-{part}": (partial(with_dtd, part), DECLARATION)
        for part in (
            "xl/workbook.xml",
            "xl/worksheets/sheet1.xml",
            "xl/sharedStrings.xml",
            "xl/styles.xml",
            "xl/_rels/workbook.xml.rels",
            "xl/comments/comment1.xml",
            "_rels/.rels",
        )
    },
    "91-dtd-in-ods": (
        lambda: files.edited(files.good_ods(), "content.xml", "<office:doc", f"{files.DTD}<office:doc"),
        DECLARATION,
    ),
    "91-dtd-in-utf-16": (
        lambda: files.packed(
            {
                **files.unpacked(files.good_xlsx()),
                "xl/worksheets/sheet1.xml": f"{files.DTD}<worksheet/>".encode("utf-16"),
            }
        ),
        DECLARATION,
    ),
    "92-cell-at-the-far-corner": (lambda: files.raw_xlsx(files.one_cell("XFD1048576")), TOO_WIDE),
    "92-cell-beyond-the-sheet": (lambda: files.raw_xlsx(files.one_cell("ZZZZZZ9")), DAMAGED),
    "92-row-beyond-the-sheet": (lambda: files.raw_xlsx(files.one_cell("A1048577")), DAMAGED),
    "92-ods-columns": (
        lambda: ods_with(
            "<table:table-row>"
            + files.ods_cell("1", 'office:value-type="string" table:number-columns-repeated="16384"')
            + "</table:table-row>"
        ),
        TOO_WIDE,
    ),
    "92-ods-rows": (
        lambda: ods_with(
            f'<table:table-row table:number-rows-repeated="1048576">{files.ods_cell("1")}</table:table-row>'
        ),
        TOO_LONG,
    ),
    "93-long-and-short": (lambda: files.many_rows(200_000, 20), TOO_LONG),
    "93-bomb": (lambda: files.bomb(201), TOO_LARGE),
    "93-lying-bomb": (lambda: files.lying_bomb(30), DAMAGED),
    "93-parts-that-overlap": (files.overlapping, UNSOUND),
    "93-part-twice": (files.with_part_twice, UNSOUND),
    "93-too-many-parts": (
        lambda: files.packed({f"xl/{number}": "" for number in range(5_001)}, method=0),
        "文件里有5001个部件（最多5000个），没有打开",
    ),
    "93-one-long-tag": (
        lambda: files.raw_xlsx("", before=f"<sheetPr x='{'x' * 3_000_000}'/>"),
        UNSOUND,
    ),
    "93-one-text-named-often": (
        lambda: files.raw_xlsx(
            ("<row>" + '<c t="s"><v>0</v></c>' * 50 + "</row>") * 100,
            texts=f"<si><t>{'字' * 32_000}</t></si>",
        ),
        "文件里的文字太多，没有导入，请删去多余的内容，或分成几个文件导入",
    ),
    "93-one-endless-number": (
        lambda: files.raw_xlsx(files.one_cell("A1", f"<v>{'1' * 2_000_000}</v>")),
        DAMAGED,
    ),
    "93-one-endless-text-in-ods": (
        lambda: ods_with(f"<table:table-row>{files.ods_cell('字' * 1_000_001)}</table:table-row>"),
        "有一格的文字太多，没有导入，请删去多余的内容",
    ),
    "93-a-stylesheet-of-a-million": (
        lambda: files.raw_xlsx("", styles="<fonts>" + "<font><sz/></font>" * 500_000 + "</fonts>"),
        OVERLOADED,
    ),
    "93-merges-without-end": (
        lambda: files.raw_xlsx(
            "", after="<mergeCells>" + '<mergeCell ref="A1:B2"/>' * 100_001 + "</mergeCells>"
        ),
        "“表”合并的单元格太多，请取消合并后再导入",
    ),
    "102-one-row-too-many": (lambda: files.many_rows(50_001, 1), TOO_LONG),
    "102-csv-of-a-row-too-many": (
        lambda: b"a,b\n" * 50_001,
        "“CSV”超过50000行，请删去多余的行，或分成几个文件导入",
    ),
    "102-csv-of-a-column-too-many": (
        lambda: b"1," * 200 + b"1",
        "“CSV”超过200列，请删去表格右侧多余的内容后再导入",
    ),
    "102-csv-with-an-open-quote": (
        lambda: b'a,"b\n' + b"1,2\n" * 10_000,
        "CSV里有一格超过32767个字，可能是引号没有成对，请核对后再导入",
    ),
    "102-byte-too-many": (lambda: bytes(20 * 1024 * 1024 + 1), "文件超过20MB，请分成几个文件导入"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_words(reader: Reader, case: str) -> None:
    build, sentence = REFUSED[case]
    assert refusal(reader, build()) == sentence
    assert reader.restarts == 0


def test_89_style_that_is_not_there_is_no_look(reader: Reader) -> None:
    book = reader.read(files.raw_xlsx(files.one_cell("A1", attributes='s="9999"'), styles="<cellXfs/>"))
    assert book.grids[0].rows == [(1, [1])]


def test_94_formula_without_a_value_is_marked(reader: Reader) -> None:
    rows = (
        f"<row r='1'>{files.cell('A1', '<f>1+1</f>')}{files.cell('B1', '<f>1+1</f><v></v>')}"
        f"{files.cell('C1', '<f>1+1</f><v>2</v>')}"
        + files.cell("D1", "<f>A1</f><v></v>", 't="str"')
        + "</row>"
    )
    grid = reader.read(files.raw_xlsx(rows)).grids[0]
    assert grid.rows == [(1, [None, None, 2])]
    assert grid.unvalued == {(1, 1), (1, 2)}


def test_95_merged_and_hidden_rows_and_every_sheet(reader: Reader) -> None:
    book = reader.read(files.good_xlsx())
    assert [(grid.title, grid.visible) for grid in book.grids] == [
        ("目标任务", True),
        ("填表说明", True),
        ("旧表", False),
    ]
    assert book.grids[0].hidden_rows == {5}
    assert sorted(book.grids[0].merged) == [(1, 1, 1, 5), (5, 5, 6, 5)]


def test_99_truth_errors_and_times_of_day(reader: Reader) -> None:
    rows = (
        "<row r='1'>"
        + files.cell("A1", "<v>1</v>", 't="b"')
        + files.cell("B1", "<v>#N/A</v>", 't="e"')
        + files.cell("C1", "<v>0.375</v>", 's="1"')
        + "</row>"
    )
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="20"/></cellXfs>'
    assert reader.read(files.raw_xlsx(rows, styles=styles)).grids[0].rows == [
        (1, [True, "#N/A", time_of_day(9, 0)])
    ]


def test_102_the_last_row_that_fits(reader: Reader) -> None:
    assert len(reader.read(files.many_rows(50_000, 1)).grids[0].rows) == 50_000


@pytest.mark.parametrize(
    "case", ["93-bomb", "93-too-many-parts", "93-parts-that-overlap", "92-cell-at-the-far-corner"]
)
def test_bombs_are_refused_before_they_are_unpacked(case: str) -> None:
    """The child neither grows nor works: it holds little more than for a small file."""
    content = REFUSED[case][0]()
    with Reader() as reader:
        reader.read(files.good_xlsx())
        before, started = reader.peak_memory, time.monotonic()
        refusal(reader, content)
        assert time.monotonic() - started < 1
        assert reader.peak_memory - before < 20 * 1024 * 1024 + 3 * len(content)


def test_limits_are_those_of_the_moment(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value, content, words in (
        ("MAX_BYTES", 1024 * 1024, bytes(1024 * 1024 + 1), "超过1MB"),
        ("MAX_UNPACKED", 1024 * 1024, files.bomb(2), "展开后超过1MB"),
        ("MAX_ENTRIES", 3, files.good_xlsx(), "最多3个"),
        ("MAX_ROWS", 5, files.good_xlsx(), "超过5行"),
        ("MAX_COLUMNS", 4, files.good_ods(), "超过4列"),
        ("MAX_CELLS", 10, files.good_xls(), "超过10个"),
        ("MAX_TEXT", 20, files.good_csv(), "文字太多"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(engine, name, value)
            assert words in refusal(reader, content), name


def test_a_file_that_takes_too_long_is_given_up(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    content = files.many_rows(50_000, 20)
    monkeypatch.setattr(engine, "MAX_SECONDS", 0.3)
    assert refusal(reader, content).startswith("读了0.3秒还没有读完")
    monkeypatch.undo()
    assert reader.read(files.good_csv()).kind == "csv"  # the next one is read by a new child


def test_a_child_out_of_memory_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    # Much memory for little text: a tree of many small elements.
    content = files.raw_xlsx(
        "", styles="<fonts>" + '<font><sz a="10" b="20" c="30" d="40"/></font>' * 240_000 + "</fonts>"
    )
    with Reader() as reader:
        reader.read(files.good_csv())
        monkeypatch.setattr(engine, "MAX_MEMORY", 130 * 1024 * 1024)
        assert refusal(reader, content) == engine.TOO_BIG_INSIDE
        assert reader.read(files.good_csv()).kind == "csv"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (OSError(errno.ENOSPC, "No space left"), False),
        (ValueError("x"), False),
    ],
)
def test_memory_that_ran_out_is_seen_behind_a_library_s_words(error: Exception, expected: bool) -> None:
    told = KeyError("a library's own")
    told.__cause__ = error

    assert child.short_of_memory(told) is expected


def test_expat_s_word_for_no_memory_is_understood() -> None:
    error = ElementTree.ParseError("out of memory")
    error.code = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]

    assert child.short_of_memory(error)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no json\n",
        b"[]\n",
        b'{"rows": [[1, [{}]]]}\n',
        b'{"grid": {"title": "x"}}\n',
        b'{"book": {}}\n',
        b'{"refused": NaN}\n',
        b"[" * 2_000 + b"\n",
    ],
)
def test_a_child_that_says_anything_is_not_believed(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    said = f"import sys; sys.stdin.readline(); sys.stdout.buffer.write({answer!r})"
    monkeypatch.setattr(engine, "_START", said)
    with Reader() as reader:
        assert refusal(reader, b"x") == DAMAGED
        assert reader.restarts == 1


def test_a_child_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.sys, "executable", "/nowhere/python")
    with pytest.raises(UnreadableWorkbook, match="读文件的程序没有启动"):
        engine.open_book(b"x")


def test_the_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the portal")
    monkeypatch.setenv("DATABASE_URL", "postgres://name:password@host/base")
    said = "import json, os, sys; sys.stdin.readline(); print(json.dumps({'refused': ' '.join(os.environ)}))"
    monkeypatch.setattr(engine, "_START", said)
    with Reader() as reader:
        known = refusal(reader, b"x").split()
    assert "PATH" in known
    assert not {"SECRET_KEY", "DATABASE_URL"} & set(known)


def test_a_corrupt_stream_ends_where_it_was_declared_to_end() -> None:
    """What the lying bomb of case 93 relies on: the compressed bytes do go on."""
    content = files.lying_bomb(30)
    start = content.index(b"worksheets/sheet1.xml") + len("worksheets/sheet1.xml")
    assert len(zlib.decompressobj(-15).decompress(content[start:])) > 30 * 1024 * 1024
