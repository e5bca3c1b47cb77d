"""What a good file holds, whatever program wrote it: values as written, looks, extents."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time

import pytest
import python_calamine
from openpyxl import Workbook

from plans.workbook import engine
from plans.workbook.engine import Reader, UnreadableWorkbook, open_book
from plans.workbook.grid import Book, Grid, Value
from plans.workbook.looks import format_says, moment_of
from tests.workbooks import files

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as one:
        yield one


def cells(
    reader: Reader, *cells: str, texts: str = "", styles: str = "", properties: str = ""
) -> list[Value]:
    """The values of one row of hand-written cells."""
    content = files.raw_xlsx(
        f"<row>{''.join(cells)}</row>", texts=texts, styles=styles, properties=properties
    )
    return reader.read(content).grids[0].rows[0][1]


def c(content: str, attributes: str = "") -> str:
    return f"<c {attributes}>{content}</c>"


# Kinds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "kind", "has_styles", "notes"),
    [
        ("xlsx", "xlsx", True, []),
        ("xlsm", "xlsm", True, ["宏没有运行"]),
        ("xls", "xls", True, []),
        ("ods", "ods", False, []),
        ("csv", "csv", False, ["按UTF-8读取"]),
        ("csv-gb18030", "csv", False, ["按GB18030读取"]),
    ],
)
def test_the_content_tells_the_kind(
    reader: Reader, seed: str, kind: str, has_styles: bool, notes: list[str]
) -> None:
    book = reader.read(files.SEEDS[seed]())
    assert (book.kind, book.has_styles, book.notes) == (kind, has_styles, notes)


def test_one_file_in_a_process_of_its_own() -> None:
    assert open_book(files.good_csv()).grids[0].rows[0] == (1, list(files.HEADERS))


@pytest.mark.parametrize("seed", ["xlsx", "xlsx-shared"])
def test_a_table_with_everything(reader: Reader, seed: str) -> None:
    first, notes, old = reader.read(files.SEEDS[seed]()).grids
    assert first == Grid(
        title="目标任务",
        rows=[
            (1, ["重点目标任务表"]),
            (2, list(files.HEADERS)),
            (3, [1, "新增城镇就业", "≥1600人", date(2024, 6, 30), "民生办"]),
            (4, [2, "取消的任务", 0.95, "6月底前"]),
            (5, [3, "隐藏的任务", 12.5, date(2024, 12, 31), "党建办"]),
            (6, [4, "没有算过的公式", None]),
        ],
        merged=[(5, 5, 6, 5), (1, 1, 1, 5)],
        hidden_rows={5},
        hidden_columns={4},
        struck={(4, 2)},
        percent={(4, 3)},
        filled={(5, 3): "FFFF00"},
        inked={(5, 4): "FF0000"},
        comments={(3, 5): "请核对部门"},
        unvalued={(6, 3)},
    )
    assert notes == Grid(title="填表说明", rows=[(5, [None, None, "先看这里"])])
    assert old == Grid(title="旧表", visible=False, rows=[(1, [True])])


def test_the_looks_of_an_old_workbook(reader: Reader) -> None:
    first, old = reader.read(files.good_xls()).grids
    assert first == Grid(
        title="目标任务",
        rows=[
            (1, ["重点目标任务表"]),
            (2, ["序号", "目标名称", "完成时限", "目标值"]),
            (3, [1, "取消的任务", "6月底前", 0.95]),
            (4, [2, "隐藏的任务", True, 0.5]),
            (5, [3, "合并的任务"]),
            (6, [4, None, None, time(9, 30)]),
        ],
        merged=[(5, 2, 6, 2), (1, 1, 1, 4)],
        hidden_rows={4},
        hidden_columns={3},
        struck={(3, 2)},
        percent={(3, 4), (4, 4)},
        filled={(4, 3): "FFFF00"},
        inked={(3, 3): "FF0000"},
    )
    assert old == Grid(title="旧表", visible=False, rows=[(1, ["隐藏表"])])


@pytest.mark.parametrize("name", ["dates_1900", "dates_1904"])
def test_the_days_of_an_old_workbook(reader: Reader, name: str) -> None:
    rows = reader.read(files.good_xls(name)).grids[0].rows
    assert rows[1:] == [
        (2, [1, "新增就业", date(2024, 6, 30), 1600]),
        (3, [2, "楼宇招商", datetime(2024, 6, 30, 18, 0), 2.5]),
    ]


def test_a_table_of_open_document(reader: Reader) -> None:
    (grid,) = reader.read(files.good_ods()).grids
    assert grid == Grid(
        title="表",
        rows=[
            (1, ["重点目标任务表"]),
            (2, list(files.HEADERS)),
            (3, [1, "新增  就业", 0.95, date(2024, 6, 30), "民生办"]),
            (1_048_504, ["最后"]),  # after as many formatted rows, which cost nothing
        ],
        merged=[(1, 1, 1, 5)],
        hidden_rows={1_048_504},
        percent={(3, 3)},
        comments={(3, 5): "请核对"},
    )


def test_the_kinds_of_open_document_cells(reader: Reader) -> None:
    kinds = (
        ('office:value-type="boolean" office:boolean-value="true"', "TRUE"),
        ('office:value-type="time" office:time-value="PT09H30M00S"', "9:30"),
        ('office:value-type="time" office:time-value="PT25H30M00S"', "25:30"),
        ('office:value-type="date" office:date-value="2024-06-30T18:00:00"', "6月30日"),
        ('office:value-type="currency" office:value="2.5"', "￥2.5"),
        ('office:value-type="string" calcext:value-type="error" xmlns:calcext="urn:c"', "#REF!"),
        ('office:value-type="float" office:value="infinity"', "无穷"),
        ('office:value-type="string" table:number-columns-repeated="2"', "同"),
        ('table:formula="of:=A1"', ""),
    )
    row = "".join(files.ods_cell(shown, attributes) for attributes, shown in kinds)
    hidden = '<style:style style:name="ta1"><style:table-properties table:display="false"/></style:style>'
    columns = '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
    content = files.ods(
        f'<table:table-row table:number-rows-repeated="2">{row}</table:table-row>',
        styles=hidden,
        before=columns,
    )
    (grid,) = reader.read(content).grids
    values = [True, time(9, 30), "25:30", datetime(2024, 6, 30, 18), 2.5, "#REF!", "无穷", "同", "同", None]
    assert grid.rows == [(1, values), (2, values)]
    assert grid.unvalued == {(1, 10), (2, 10)}
    assert grid.hidden_columns == {3}
    assert not grid.visible


# Texts with separators ---------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_separated_values(reader: Reader, encoding: str, separator: str) -> None:
    grid = reader.read(files.good_csv(encoding, separator)).grids[0]
    assert grid.rows == [
        (1, list(files.HEADERS)),
        (2, ["1", "新增城镇就业", "≥1600人", "2024-06-30", "民生办"]),
        (3, ["2", "含,;逗号", "5", None, "党建办"]),
    ]


def test_lines_of_separated_values_count_as_in_excel(reader: Reader) -> None:
    grid = reader.read(b'a,"b\nb"\n\n, ,\n00123,=1+1\n').grids[0]
    assert grid.rows == [(1, ["a", "b\nb"]), (3, [None, " "]), (4, ["00123", "=1+1"])]


# Values of .xlsx ---------------------------------------------------------------------------------


def test_texts_are_as_written(reader: Reader) -> None:
    shared = (
        "<si><t xml:space='preserve'> 前后 空格 </t></si><si><r><t>两</t></r><r><t>段</t></r><rPh><t>liang</t></rPh></si>"
        "<si><t>一_x000A_二_xD800_</t></si><si><t/></si>"
    )
    assert cells(
        reader,
        *(c(f"<v>{index}</v>", 't="s"') for index in range(4)),
        c("<is><r><t>行</t></r><r><t>内</t></r></is>", 't="inlineStr"'),
        c("<v>'00123</v>", 't="str"'),
        texts=shared,
    ) == [" 前后 空格 ", "两段", "一\n二", None, "行内", "'00123"]


def test_numbers_are_numbers(reader: Reader) -> None:
    written = [
        "1600",
        "-3",
        "1.5",
        "1E3",
        "1E400",
        "1_000",
        "nan",
        "１２",
        " 7 ",
        "00123",
        "12345678901234567890",
    ]
    values = cells(reader, *(c(f"<v>{text}</v>") for text in written))
    assert values == [1600, -3, 1.5, 1000, "1E400", "1_000", "nan", "１２", 7, 123, 12345678901234567890.0]


def test_texts_that_are_struck_through_from_end_to_end(reader: Reader) -> None:
    struck, plain = "<r><rPr><strike/></rPr><t>旧</t></r>", "<r><t>新</t></r>"
    texts = f"<si>{struck}{struck}</si><si>{struck}{plain}</si>"
    rows = "<row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row>"
    grid = reader.read(files.raw_xlsx(rows, texts=texts)).grids[0]
    assert grid.rows == [(1, ["旧旧", "旧新"])]
    assert grid.struck == {(1, 1)}


@pytest.mark.parametrize("era", ["", '<workbookPr date1904="1"/>'])
def test_days_and_times(reader: Reader, era: str) -> None:
    shift = 1462 if era else 0
    styles = (
        '<numFmts><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/></numFmts><cellXfs>'
        '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="176"/><xf numFmtId="31"/></cellXfs>'
    )
    numbers = [45473 - shift, 45473.75 - shift, 45473 - shift, 45473 - shift, 45473 - shift, -1]
    values = cells(
        reader,
        *(
            c(f"<v>{number}</v>", f's="{style}"')
            for number, style in zip(numbers, [1, 2, 3, 4, 0, 1], strict=True)
        ),
        c("<v>2024-06-30T00:00:00</v>", 't="d"'),
        c("<v>2024-06-30</v>", 't="d"'),
        styles=styles,
        properties=era,
    )
    day = date(2024, 6, 30)
    assert values == [day, datetime(2024, 6, 30, 18), day, day, numbers[4], -1, datetime(2024, 6, 30), day]


@pytest.mark.parametrize(
    ("serial", "from_1904", "moment"),
    [
        (0, False, time(0, 0)),
        (0.999999, False, date(1900, 1, 1)),
        (1, False, date(1900, 1, 1)),
        (59, False, date(1900, 2, 28)),
        (61, False, date(1900, 3, 1)),
        (0, True, date(1904, 1, 1)),
        (0.5, True, time(12, 0)),
        (2_958_465, False, date(9999, 12, 31)),
        (2_958_466, False, None),
        (2_957_004, True, None),
        (-0.5, False, None),
    ],
)
def test_what_a_serial_number_means(serial: float, from_1904: bool, moment: object) -> None:
    assert moment_of(serial, from_1904=from_1904) == moment


@pytest.mark.parametrize(
    ("code", "is_moment", "is_percent"),
    [
        ("General", False, False),
        ("G/通用格式", False, False),
        ("yyyy-mm-dd;@", True, False),
        ('[$-804]yyyy"年"m"月"d"日";@', True, False),
        ("[DBNum1][$-804]m月d日", True, False),
        ("[h]:mm:ss", True, False),
        ("上午/下午h时mm分", True, False),
        ("0.00%", False, True),
        ('0.0"%"', False, False),
        ("#,##0.00_ ;[Red]-#,##0.00 ", False, False),
        ('0"days"', False, False),
        (r"0\d", False, False),
        ("0.00E+00", False, False),
        ('_ "￥"* #,##0_ ;_ "￥"* -#,##0_ ', False, False),
    ],
)
def test_what_a_number_format_says(code: str, is_moment: bool, is_percent: bool) -> None:
    assert format_says(code) == (is_moment, is_percent)


def test_colours_that_say_nothing_and_stylesheets_written_wrongly(reader: Reader) -> None:
    """White, automatic, of the theme, too short: none of them is a colour, and none is a reason to refuse a file."""
    fills = [
        'rgb="FFFFFFFF"',
        'indexed="64"',
        'theme="4"',
        'rgb="0"',
        'rgb="00B050"',
        'indexed="13"',
        'indexed="x"',
    ]
    fonts = ['theme="1"', 'rgb="FF000000"', 'indexed="10"']
    solid = "".join(
        f"<fill><patternFill patternType='solid'><fgColor {one}/></patternFill></fill>" for one in fills
    )
    looks = [f'<xf fillId="{index}"/>' for index in range(9)] + [
        f'<xf fontId="{index}"/>' for index in (0, 1, 2, 99)
    ]
    styles = (
        f"<fonts>{''.join(f'<font><color {one}/></font>' for one in fonts)}</fonts><fills><fill/>"
        f"<fill><patternFill patternType='none'><fgColor rgb='FFFF0000'/></patternFill></fill>{solid}</fills>"
        f"<cellXfs>{''.join(looks)}</cellXfs>"
    )
    row = "".join(c("<v>1</v>", f's="{index}"') for index in range(14))
    grid = reader.read(files.raw_xlsx(f"<row>{row}</row>", styles=styles)).grids[0]
    assert grid.filled == {(1, 7): "00B050", (1, 8): "FFFF00"}
    assert grid.inked == {(1, 12): "FF0000"}


# Extents ----------------------------------------------------------------------------------------


def test_formats_far_away_cost_nothing(reader: Reader) -> None:
    far = files.one_cell("XFD1048576", "", 's="1"')
    content = files.raw_xlsx(
        files.one_cell("C5") + far,
        before='<dimension ref="A1:XFD1048576"/><cols><col min="4" max="16384" hidden="1"/></cols>',
        after='<mergeCells><mergeCell ref="A7:XFD1048576"/><mergeCell ref="不是"/></mergeCells>',
    )
    (grid,) = reader.read(content).grids
    assert grid.rows == [(5, [None, None, 1])]
    assert grid.hidden_columns == set()
    assert grid.merged == [(7, 1, 1_048_576, 200)]


def test_what_a_sheet_says_of_its_size_is_not_asked(reader: Reader) -> None:
    content = files.raw_xlsx(files.one_cell("C5"), before='<dimension ref="A1:A1"/>')
    assert reader.read(content).grids[0].rows == [(5, [None, None, 1])]


def test_rows_and_cells_without_a_place_follow_each_other(reader: Reader) -> None:
    rows = "<row r='2'><c><v>1</v></c><c r='D2'><v>2</v></c><c><v>3</v></c></row><row><c><v>4</v></c></row>"
    assert reader.read(files.raw_xlsx(rows)).grids[0].rows == [(2, [1, None, None, 2, 3]), (3, [4])]


def test_rows_out_of_order_are_put_in_order(reader: Reader) -> None:
    rows = files.one_cell("A9") + files.one_cell("A2")
    assert [number for number, _ in reader.read(files.raw_xlsx(rows)).grids[0].rows] == [2, 9]


def test_the_words_of_other_programs(reader: Reader) -> None:
    """Prefixed names, paths with backslashes and in capitals, absolute targets."""
    parts = files.unpacked(files.raw_xlsx(files.one_cell("B2")))
    sheet = parts.pop("xl/worksheets/sheet1.xml").decode()
    for name in ("worksheet", "sheetData", "row", "c", "v"):
        sheet = sheet.replace(f"<{name} ", f"<x:{name} ").replace(f"<{name}>", f"<x:{name}>")
        sheet = sheet.replace(f"</{name}>", f"</x:{name}>")
    parts["XL\\Worksheets\\Sheet1.xml"] = sheet.replace("xmlns=", "xmlns:x=").encode()
    assert reader.read(files.packed(parts)).grids[0].rows == [(2, [None, 1])]


def test_one_part_named_as_many_sheets_is_read_once(reader: Reader) -> None:
    sheet = '<sheet name="表" sheetId="1" r:id="rId1"/>'
    content = files.edited(files.raw_xlsx(files.one_cell("A1")), "xl/workbook.xml", sheet, sheet * 2_000)
    assert len(reader.read(content).grids) == 1


def test_no_sheet_but_charts(reader: Reader) -> None:
    content = files.edited(
        files.raw_xlsx(""),
        "xl/_rels/workbook.xml.rels",
        "relationships/worksheet",
        "relationships/chartsheet",
    )
    assert reader.read(content) == Book(kind="xlsx", has_styles=True)


# Against another reader -----------------------------------------------------------------------------


def test_calamine_reads_the_same(reader: Reader) -> None:
    """An independent reader as the judge, on a table of every kind of value (it leaves errors out)."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in range(1, 60):
        sheet.append(
            [
                row,
                row * 1.1,
                f"任务 {row}\n第二行",
                date(2024, 1 + row % 12, 1 + row % 28),
                datetime(2024, 5, 1, row % 24, row % 60),
                time(row % 24, row % 60, 5),
                row % 2 == 0,
                "#REF!" if row % 5 == 0 else None,
                1e15 + row,
                -row / 7,
            ]
        )
    buffer = io.BytesIO()
    book.save(buffer)
    ours = reader.read(buffer.getvalue()).grids[0]
    theirs = python_calamine.load_workbook(io.BytesIO(buffer.getvalue())).get_sheet_by_index(0).to_python()
    assert len(ours.rows) == len(theirs)
    for (number, values), others in zip(ours.rows, theirs, strict=True):
        padded = [None if value == "#REF!" else value for value in values]
        padded += [None] * (len(others) - len(values))
        assert padded == [None if other == "" else other for other in others], number


def test_an_answer_that_was_broken_off_is_not_the_next_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    with Reader() as reader:
        monkeypatch.setattr(engine.json, "loads", interrupted)
        with pytest.raises(KeyboardInterrupt):
            reader.read(files.good_xls())
        monkeypatch.undo()
        assert reader.read(b"a,b").kind == "csv"


def test_a_reader_that_was_closed_begins_anew() -> None:
    reader = Reader()
    assert reader.read(b"a,b").kind == "csv"
    assert reader.peak_memory > 0
    reader.close()
    with pytest.raises(UnreadableWorkbook):
        reader.read(b"%PDF")
    reader.close()
