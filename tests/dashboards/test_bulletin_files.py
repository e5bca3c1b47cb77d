"""The bulletin's files: Word opened again and measured against GB/T 9704-2012, and the PDF of the same words."""

from __future__ import annotations

import importlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from PIL import Image
from pypdf import PdfReader

from dashboards.bulletin import pdf, word_file
from dashboards.bulletin.figures import Figures
from office.clock import SHANGHAI
from plans import files, official
from plans.files import recognise
from tests.dashboards.test_bulletin_words import FIGURES, HOSTILE, said

pytestmark = pytest.mark.once

AT = datetime(2024, 9, 2, 10, tzinfo=SHANGHAI)
LONG = replace(FIGURES, matters=FIGURES.matters * 12)
TEXT_WIDTH, TEXT_HEIGHT = Mm(156), Mm(225)


@pytest.fixture(scope="module")
def opened() -> Callable[..., Any]:
    """Write the bulletin, open it again."""

    def run(figures: Figures = FIGURES, **changes: Any) -> Any:
        text = said(**(vars(figures) | changes))
        return Document(io.BytesIO(word_file.word_file(text | {"notice": "演示数据"}, at=AT)))

    return run


@pytest.fixture(scope="module")
def document(opened: Callable[..., Any]) -> Any:
    return opened()


def style(document: Any, name: str) -> tuple[str, float | None]:
    """The East Asian font and the size of a style."""
    found = document.styles[name]
    return found.element.rPr.rFonts.get(qn("w:eastAsia")), found.font.size.pt


# The page ------------------------------------------------------------------------------------------


def test_the_page_is_that_of_the_standard(document):
    section = document.sections[0]
    close = {
        "page_width": Mm(210), "page_height": Mm(297), "top_margin": Mm(37), "left_margin": Mm(28),
        "right_margin": Mm(26), "bottom_margin": Mm(35),
    }  # fmt: skip
    for name, wanted in close.items():
        assert abs(getattr(section, name) - wanted) < Mm(0.05), name
    assert abs(section.page_width - section.left_margin - section.right_margin - TEXT_WIDTH) < Mm(0.1)


def test_22_lines_of_28_characters(document):
    grid = document.sections[0]._sectPr.find(qn("w:docGrid"))
    pitch, space = int(grid.get(qn("w:linePitch"))) / 20, int(grid.get(qn("w:charSpace"))) / 4096
    assert grid.get(qn("w:type")) == "linesAndChars"
    assert int(TEXT_HEIGHT.pt / pitch) == 22
    assert int(TEXT_WIDTH.pt / (16 + space)) == 28
    # The body's own pitch says the same, for programs that know no grid of characters.
    normal = document.styles["Normal"]
    assert normal.paragraph_format.line_spacing.pt == pitch
    assert (
        int(TEXT_WIDTH.pt / (16 + int(normal.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20)) == 28
    )


@pytest.mark.parametrize(
    ("name", "font", "size"),
    [
        ("Normal", "仿宋_GB2312", 16),
        ("通报正文", "仿宋_GB2312", 16),
        ("通报标题", "方正小标宋简体", 22),
        ("heading 1", "黑体", 16),
        ("表格文字", "仿宋_GB2312", 10.5),
        ("表格表头", "黑体", 10.5),
        ("页码右", "宋体", 14),
        ("页码左", "宋体", 14),
    ],
)
def test_fonts_by_name(name, font, size, document):
    if name == "heading 1":
        name = "Heading 1"
    assert style(document, name) == (font, size)


def test_headings_and_body_stand_in_their_styles(document):
    by_text = {paragraph.text: paragraph for paragraph in document.paragraphs if paragraph.text}
    assert document.paragraphs[0].text == "观音阁街道"
    assert document.paragraphs[0].style.name == "通报标题"
    for heading in (
        "一、总体情况",
        "二、板块进展",
        "三、单位完成情况",
        "四、需要过问的任务",
        "五、月报报送情况",
        "六、下步安排",
    ):
        assert by_text[heading].style.name == "Heading 1", heading
    body = next(paragraph for text, paragraph in by_text.items() if text.startswith("截至8月底"))
    assert body.style.name == "通报正文"
    assert body.style.element.pPr.ind.get(qn("w:firstLineChars")) == "200"
    pillar = next(paragraph for text, paragraph in by_text.items() if text.startswith("（一）经济板块。"))
    assert pillar.runs[0].font.element.rPr.rFonts.get(qn("w:eastAsia")) == "楷体_GB2312"


def test_page_numbers_right_on_odd_pages_and_left_on_even_ones(document):
    section = document.sections[0]
    assert document.settings.odd_and_even_pages_header_footer
    for footer, name, side in (
        (section.footer, "页码右", "right"),
        (section.even_page_footer, "页码左", "left"),
    ):
        [paragraph] = footer.paragraphs
        assert paragraph.style.name == name
        assert re.sub(r"\s", "", paragraph.text) == "—1—"
        assert " PAGE " in [each.text for each in paragraph._p.iter(qn("w:instrText"))]
        assert paragraph.style.element.pPr.jc.get(qn("w:val")) == side
        assert paragraph.style.element.pPr.ind.get(qn(f"w:{side}Chars")) == "100"


def test_the_date_ends_four_characters_from_the_right_under_the_middle_of_the_name(document):
    name, day = (
        next(p for p in document.paragraphs if p.style.name == style) for style in ("通报署名", "通报日期")
    )
    assert (name.text, day.text) == ("观音阁街道", "2024年9月2日")
    assert day.style.element.pPr.ind.get(qn("w:rightChars")) == "400"
    # 6 characters of date, 5 of name: the name ends half a character further left.
    assert name.paragraph_format.right_indent.twips == round(4.5 * official.CHARACTER)


def test_a_long_name_keeps_two_characters_free_and_stays_over_the_date(opened):
    document = opened(unit="某某新区某某街道办事处党政办公室")  # 16 characters
    name, day = (
        next(p for p in document.paragraphs if p.style.name == style) for style in ("通报署名", "通报日期")
    )
    assert name.paragraph_format.right_indent.twips == round(2 * official.CHARACTER)
    assert day._p.pPr.ind.get(qn("w:rightChars")) == "700"


# The tables ----------------------------------------------------------------------------------------


def test_no_table_is_wider_than_the_text_and_each_row_stays_whole(opened):
    document = opened(LONG)
    assert len(document.tables) == 7
    for table in document.tables:
        widths = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid.findall(qn("w:gridCol"))]
        assert sum(widths) * 635 <= TEXT_WIDTH + 635, table.cell(0, 0).text  # a twentieth of a point is 635
        for row in table.rows:
            assert row._tr.trPr.find(qn("w:cantSplit")) is not None
    red_list = next(table for table in document.tables if table.cell(0, 0).text == "序号")
    assert red_list.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert len(red_list.rows) == 1 + len(LONG.matters)


def cells(document: Any, corner: str) -> list[list[str]]:
    table = next(table for table in document.tables if table.cell(0, 0).text == corner)
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_every_figure_of_the_text_stands_in_the_file(document):
    text = said()
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    for sentence in [*text["overall"], *text["filing"], *text["coming"], text["units"], text["matters"]]:
        assert sentence in paragraphs
    assert cells(document, "板块")[-1] == [
        "合计",
        "106",
        "9",
        "72",
        "1",
        "14",
        "3",
        "7",
        "69.5",
        "72.9",
        "−3.4",
    ]
    assert cells(document, "名次")[1] == ["1", "甲科", "2", "0", "0", "0", "90.0", "80.0", "+10.0"]
    assert cells(document, "序号")[1:] == [
        ["1", "盘活楼宇", "甲科", "已逾期", "100.0", "50.0", "逾期30天", "楼梯占用绿化"],
        ["2", "每月一题", "乙科", "滞后", "—", "—", "1个月", "未填存在问题"],
    ]
    assert cells(document, "单位")[1:] == [
        ["丙科", "1", "0", "0", "1", "1"],
        ["甲科", "90", "88", "2", "0", "0"],
    ]
    assert cells(document, "时限")[1] == ["9月30日", "盘活楼宇", "三季度", "甲科"]
    assert [row[8] for row in cells(document, "月份")] == ["8月", "72.9", "69.5", "−3.4"]


def fill_of(cell: Any) -> str:
    shade = cell._tc.tcPr.find(qn("w:shd"))
    return "auto" if shade is None else shade.get(qn("w:fill"))


def test_lights_are_shaded_cells_with_their_word_in_them(opened):
    for palette, good in (("blue", "D9E6F5"), ("green", "DCEFE1")):
        document = opened(palette=palette)
        red_list = next(table for table in document.tables if table.cell(0, 0).text == "序号")
        assert [(row.cells[3].text, fill_of(row.cells[3])) for row in red_list.rows[1:]] == [
            ("已逾期", "EFB7B2"),
            ("滞后", "FBE7AE"),
        ]
        pillars = next(table for table in document.tables if table.cell(0, 0).text == "板块")
        total = pillars.rows[-1].cells
        assert [fill_of(cell) for cell in total[2:8]] == [good, good, "FBE7AE", "FBE7AE", "EFB7B2", "ECECEC"]
        assert fill_of(pillars.rows[1].cells[2]) == "auto"  # a zero


def test_a_shade_stands_where_the_format_allows_it(document):
    for shade in document.element.body.iter(qn("w:shd")):
        before = [each.tag for each in shade.itersiblings(preceding=True)]
        assert qn("w:tcW") in before


def test_the_chart_has_a_cell_for_each_five_percent(document):
    chart = document.tables[0]
    assert (len(chart.rows), len(chart.columns)) == (20, 13)
    august = [fill_of(row.cells[8]) for row in chart.rows]
    assert august == ["auto"] * 5 + ["BFBFBF"] + ["595959"] * 14


def test_an_empty_month_has_no_empty_tables(opened):
    document = opened(matters=(), nodes=(), units=())
    assert {table.cell(0, 0).text for table in document.tables} == {"", "月份", "板块", "名次"}
    assert "没有需要过问的任务，均达到序时进度。" in [paragraph.text for paragraph in document.paragraphs]


# What people write ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "kept"), HOSTILE.items(), ids=map(repr, HOSTILE))
def test_hostile_names_come_out_as_text_in_a_file_that_opens(written, kept, opened):
    matter = replace(FIGURES.matters[0], name=written, note=written)
    document = opened(matters=(matter,), unit=written)
    row = cells(document, "序号")[1]
    assert row[7] == kept
    assert row[1] == (written if kept.endswith("…") else kept)


def test_the_file_is_one_that_the_portal_itself_would_take(opened):
    content = word_file.word_file(said() | {"notice": ""}, at=AT)
    assert recognise(content).kind == "docx"
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        texts = {name: package.read(name).decode() for name in package.namelist() if name.endswith(".xml")}
    assert not [name for name, text in texts.items() if "{{" in text or "{%" in text]


def test_the_notice_of_the_demo_stands_on_every_page(document):
    section = document.sections[0]
    assert [part.paragraphs[0].text for part in (section.header, section.even_page_header)] == [
        "演示数据"
    ] * 2


def test_the_template_itself_opens_and_its_places_can_be_read():
    """An office changes its words in Word: placeholders stand whole in one run, in plain sight."""
    template = Document(str(word_file.TEMPLATE))
    runs = [run.text for paragraph in template.paragraphs for run in paragraph.runs]
    for place in (
        "{{ to }}",
        "{{ opening }}",
        "{{ units }}",
        "{{ matters }}",
        "{{ attachment }}",
        "{{ unit }}",
        "{{ date }}",
    ):
        assert place in runs
    assert template.core_properties.author == ""


def broken(tmp_path: Any, change: Callable[[str], str]) -> Any:
    """The template with its text changed."""
    path = tmp_path / "template.docx"
    with zipfile.ZipFile(word_file.TEMPLATE) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()).encode() if name == "word/document.xml" else content)
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace("{{ units }}", "{{ unitz }}"),
        lambda xml: xml.replace("{{ units }}", "{{ units"),
        lambda xml: xml.replace("{{ units }}", "{{ units.__class__.__mro__ }}"),
        lambda xml: xml.replace("|shade", "|shadow"),
    ],
    ids=["unknown", "unclosed", "reaches out", "no such filter"],
)
def test_a_template_broken_in_word_says_so(change, tmp_path, monkeypatch):
    monkeypatch.setattr(word_file, "TEMPLATE", broken(tmp_path, change))
    with pytest.raises(official.BrokenTemplate, match=r"template\.docx"):
        word_file.word_file(said(), at=AT)


# PDF -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages() -> list[tuple[Any, str]]:
    """The size of each page and its text, laid out as it stands."""
    hostile = replace(FIGURES.matters[0], name="{{ 7*7 }}<b>&")
    text = said(matters=(hostile, *LONG.matters)) | {"notice": "演示数据"}
    return [
        (page.mediabox, page.extract_text(extraction_mode="layout"))
        for page in PdfReader(io.BytesIO(pdf.pdf_of(text))).pages
    ]


def read(page: tuple[Any, str]) -> str:
    return re.sub(r"\s", "", page[1])


def test_the_pdf_has_the_same_words_on_pages_of_the_same_size(pages):
    assert len(pages) >= 4
    for box, _ in pages:
        assert (round(box.width / 72 * 25.4), round(box.height / 72 * 25.4)) == (210, 297)
    whole = "".join(map(read, pages))
    text = said()
    for sentence in [*text["overall"], *text["coming"], text["units"]]:
        assert sentence in whole
    assert "{{7*7}}<b>&" in whole


def test_the_pdf_numbers_its_pages_and_repeats_notice_and_head(pages):
    for number, page in enumerate(pages, 1):
        assert f"—{number}—" in read(page)
        assert "演示数据" in read(page)
    assert sum("主责单位亮灯" in read(page) for page in pages) >= 2

    right, left = (
        next(line for line in text.splitlines() if f"— {number} —" in line)
        for number, (_, text) in enumerate(pages[:2], 1)
    )
    assert right.index("—") > 40 > left.index("—")


@pytest.mark.parametrize(
    ("error", "what"),
    [(ImportError("no module"), "没有安装PDF组件WeasyPrint"), (OSError("libpango"), "缺少系统库libpango")],
)
def test_where_no_pdf_can_be_made_it_says_what_is_missing(error, what, monkeypatch):
    def fail(name: str) -> Any:
        raise error

    monkeypatch.setattr(importlib, "import_module", fail)
    assert what in pdf.missing()
    with pytest.raises(pdf.NoPdf, match=what):
        pdf.pdf_of(said())


def test_here_it_can_be_made():
    assert pdf.missing() == ""


def test_the_pdf_fetches_nothing(monkeypatch):
    """Whatever a name looks like, it is text; and were it not, the fetcher would refuse."""
    library = importlib.import_module("weasyprint")
    for address in ("file:///etc/passwd", "http://127.0.0.1/", "data:text/css,x"):
        with pytest.raises(ValueError, match="disallowed protocol"):
            library.urls.URLFetcher(allowed_protocols=()).fetch(address)


def test_the_library_of_pdf_leaves_the_check_of_pictures_as_it_is():
    """It tells Pillow to take pictures that are cut off, in the whole process."""
    importlib.import_module("weasyprint")
    whole = io.BytesIO()
    Image.effect_noise((200, 200), 50).convert("RGB").save(whole, "JPEG")

    with pytest.raises(files.RefusedFile):
        files.recognise(whole.getvalue()[:2000])
    assert files.recognise(whole.getvalue()).kind == "image"
