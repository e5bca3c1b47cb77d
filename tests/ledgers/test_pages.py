"""The pages of a ledger: who gets in, that numbers are the lengths of lists, forms that lose nothing, workbooks there and back."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from economy.models import Enterprise, Premises, Visit
from office.models import Activity
from plans import pillars
from safety.models import Hazard
from tests.builders import Office, fresh
from tests.ledgers.conftest import kept
from tests.pages.helpers import page_of, signed_in

pytestmark = pytest.mark.once  # pages: docs/architecture.md

LIST = reverse("economy:ledger", args=["premises"])
NEW = reverse("economy:entry_new", args=["premises"])
IMPORT = reverse("economy:ledger_import", args=["premises"])
KEEP = reverse("economy:ledger_import_keep", args=["premises"])
EXPORT = reverse("economy:ledger_export", args=["premises"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def rows_in(page: str) -> int:
    return page.count('<tr><td class="wide">')


def posted(office: Office, **more: Any) -> dict[str, Any]:
    return {"name": "一号楼", "kind": "building", "unit": office.economy.pk, "area": "1000", "vacant_area": "10",
            "revived_area": "0", "tenants": "0", "registered": "0", **more}  # fmt: skip


@pytest.fixture
def rows(office, plan):
    for number in range(1, 7):
        kept(office, f"{number}号楼", on=date(2024, number, 9) if number < 4 else None)
    kept(office, "1号厂房", kind="plant", talked_on=date(2024, 2, 1))


@pytest.mark.parametrize(
    ("name", "seen"),
    [("cadre", 7), ("head", 7), ("leader", 7), ("planner", 7), ("other_cadre", 0), ("other_head", 0)],
)
def test_rows_are_seen_by_unit(office, rows, name, seen):
    client = signed_in(getattr(office, name))
    answer = client.get(LIST)
    assert answer.status_code == 200
    assert rows_in(page_of(answer)) == seen
    row = Premises.objects.first()
    assert row is not None
    assert client.get(row.get_absolute_url()).status_code == (200 if seen else 404)


@pytest.mark.parametrize("name", ["administrator", "security", "auditor", "stranger"])
def test_who_has_no_business_finds_nothing(office, rows, name):
    client = signed_in(getattr(office, name))
    for url in (LIST, NEW, IMPORT, EXPORT):
        assert client.get(url).status_code == 404, url


def test_the_acts_of_a_list_lead_to_its_pages(office, rows):
    client = signed_in(office.cadre)
    page = page_of(client.get(f"{LIST}?kind=building"))
    acts = re.findall(r'<a class="btn[^"]*" href="([^"]*)">(导出Excel|导入|登记)</a>', page)
    assert [label for _, label in acts] == ["导出Excel", "导入", "登记"]
    for url, label in acts:
        assert url.startswith("/economy/premises/"), label
        assert client.get(url).status_code == 200, label


def test_a_leader_looks_and_does_not_write(office, rows):
    client = signed_in(office.leader)
    row = Premises.objects.first()
    assert row is not None
    assert "登记</a>" not in page_of(client.get(LIST))
    for url in (NEW, IMPORT, reverse("economy:entry_edit", args=["premises", row.pk])):
        assert client.get(url).status_code == 403, url


def test_every_number_of_a_list_is_the_length_of_the_list_behind_it(office, rows):
    client = signed_in(office.leader)
    page = page_of(client.get(LIST))

    counted = re.findall(r'<li><a href="([^"]+)">(?:<svg.*?</svg>)?[^<]+ <b>(\d+)</b>', page)
    counted += re.findall(r'<a class="counted" href="([^"]+)"><b>(\d+)</b>', page)
    assert len(counted) >= 4
    for url, number in counted:
        found = page_of(client.get(url if url.startswith("/") else f"{LIST}{url}"))
        assert rows_in(found) == int(number), url


def test_the_pillars_page_counts_what_its_lists_hold(office, rows):
    client = signed_in(office.leader)
    page = page_of(client.get(reverse("economy:index")))

    counted = re.findall(r'<a class="counted" href="(/economy/premises/[^"]*)"><b>(\d+)</b>', page)
    assert {number for _, number in counted} >= {"7", "3"}
    for url, number in counted:
        assert rows_in(page_of(client.get(url))) == int(number), url


def test_filters_with_rubbish_are_an_empty_list_with_a_way_back(office, rows):
    client = signed_in(office.leader)
    for query in ("stage=nothing", "only=nothing", "unit=x", "counted=x", "counted=99", "of=1",
                  "counted=1@2024-13-01", "counted=99999999999999999999@2024-09-01"):  # fmt: skip
        answer = client.get(f"{LIST}?{query}")
        assert answer.status_code == 200, query
        if query != "of=1":  # this ledger's rows belong to no other
            assert "清除筛选" in page_of(answer), query
    assert client.get(f"{LIST}?page=99999").status_code == 200
    assert client.get(reverse("economy:ledger", args=["nothing"])).status_code == 404
    assert client.get(reverse("party:ledger", args=["premises"])).status_code == 404


@pytest.mark.parametrize("of", ["x", "²", "٣", "1" * 30])
def test_a_row_to_which_nothing_can_belong_has_no_rows(office, plan, of):
    answer = signed_in(office.leader).get(reverse("safety:ledger", args=["hazards"]), {"of": of})
    assert answer.status_code == 200
    assert "清除筛选" in page_of(answer)


def test_what_a_row_says_is_text_in_every_column(office, plan):
    Hazard.objects.create(
        unit=office.safety,
        problem="<i>线路</i>",
        place="<b>市场</b>",
        found_on=date(2024, 9, 2),
    )
    page = signed_in(office.leader).get(reverse("safety:ledger", args=["hazards"])).content.decode()
    assert "&lt;i&gt;线路&lt;/i&gt;" in page
    assert "&lt;b&gt;市场&lt;/b&gt;" in page
    assert "<b>市场" not in page
    assert "<i>线路" not in page


def test_the_name_of_a_strangers_row_is_not_told(office, plan):
    firm = Enterprise.objects.create(unit=office.safety, name="别家的企业", grade="reserve")
    client = signed_in(office.cadre)
    visits = reverse("economy:ledger", args=["visits"])
    for asked in (str(firm.pk), "9" * 30, "x", "-1", "１"):
        answer = client.get(f"{visits}?of={asked}")
        assert answer.status_code == 200
        assert "别家的企业" not in page_of(answer)
    assert client.get(f"{reverse('economy:entry_new', args=['visits'])}?of={firm.pk}").status_code == 404
    assert "别家的企业" in page_of(signed_in(office.leader).get(f"{visits}?of={firm.pk}"))


def test_pages_cost_the_same_for_many_rows(office, plan, django_assert_max_num_queries):
    for number in range(60):
        Premises.objects.create(unit=office.economy, name=f"{number}号", kind="building", area=10)
    client = signed_in(office.leader)
    client.get(reverse("economy:index"))  # the first page of a day also keeps the months
    kept(office, "新楼")  # nothing that was worked out before holds any more
    for url in (
        LIST,
        Premises.objects.order_by("kind", "name")[0].get_absolute_url(),
        reverse("economy:index"),
    ):
        with django_assert_max_num_queries(15):
            assert client.get(url).status_code == 200


def test_a_row_is_entered_changed_and_looked_at(office, plan):
    client = signed_in(office.cadre)
    assert client.get(NEW).status_code == 200
    answer = client.post(NEW, posted(office, signed_on="2024年5月6日", area="１，０００"))
    row = Premises.objects.get()
    assert answer["Location"] == row.get_absolute_url()
    page = page_of(client.get(row.get_absolute_url()))
    assert "签约" in page
    assert "2024年5月6日" in page

    edit = reverse("economy:entry_edit", args=["premises", row.pk])
    assert 'value="2024-05-06"' in page_of(client.get(edit))
    answer = client.post(edit, posted(office, version="1", signed_on="", tenants="2"))
    assert answer.status_code == 422
    assert "阶段从“签约”退回“闲置”，请写明理由" in page_of(answer)
    assert 'value="2"' in page_of(answer)  # what was typed is still there
    client.post(edit, posted(office, version="1", signed_on="", tenants="2", reason="对方撤回"))
    row.refresh_from_db()
    assert (row.stage, row.tenants) == ("idle", 2)
    assert "对方撤回" in page_of(client.get(row.get_absolute_url()))


def test_a_form_says_what_is_wrong_and_where(office, plan):
    client = signed_in(office.cadre)
    page = page_of(
        client.post(NEW, posted(office, name="", area="很大", revived_on="2024-12-01", vacant_area="5"))
    )
    for sentence in ("请填数字，例如 1234 或 12.5", "这一天还没有到，请核对"):
        assert sentence in page
    page = page_of(client.post(NEW, posted(office, vacant_area="2000")))
    assert "空置面积不能大于建筑面积" in page
    assert not Premises.objects.exists()


def test_a_unit_that_one_does_not_keep_cannot_be_chosen(office, plan):
    answer = signed_in(office.cadre).post(NEW, posted(office, unit=office.safety.pk))
    assert answer.status_code == 422
    assert not Premises.objects.exists()


def test_somebody_was_faster_and_both_texts_are_there(office, plan):
    row = kept(office, tenants=1)
    edit = reverse("economy:entry_edit", args=["premises", row.pk])
    client = signed_in(office.cadre)
    signed_in(office.head).post(edit, posted(office, version="1", tenants="5", vacant_area="400"))

    answer = client.post(edit, posted(office, version="1", tenants="7", vacant_area="400"))

    assert answer.status_code == 409
    page = page_of(answer)
    assert "刚被别人改过" in page
    assert 'name="version" value="2"' in page
    client.post(edit, posted(office, version="2", tenants="7", vacant_area="400"))
    row.refresh_from_db()
    assert row.tenants == 7


def test_what_belongs_to_a_row_is_entered_from_its_page(office, plan):
    firm = Enterprise.objects.create(unit=office.economy, name="一号企业", grade="reserve")
    client = signed_in(office.cadre)
    url = f"{reverse('economy:entry_new', args=['visits'])}?of={firm.pk}"
    page = page_of(client.get(url))
    assert f'<option value="{firm.pk}" selected>' in page
    assert 'value="2024-09-20"' in page  # met today
    client.post(
        url, {"enterprise": firm.pk, "unit": office.economy.pk, "held_on": "2024-09-20", "topic": "宣讲"}
    )
    assert Visit.objects.get().enterprise == firm
    assert "宣讲" in page_of(client.get(firm.get_absolute_url()))
    assert signed_in(office.other_cadre).get(url).status_code == 404


def test_a_file_is_handed_out_to_who_sees_the_row(office, plan, settings, tmp_path, png):
    settings.MEDIA_ROOT = tmp_path
    row = kept(office)
    client = signed_in(office.cadre)
    attach = reverse("economy:entry_attach", args=["premises", row.pk])
    client.post(attach, {"files": SimpleUploadedFile("现场.png", png)})
    page = page_of(client.get(row.get_absolute_url()))
    url = re.search(r'href="([^"]+/files/\d+/)"', page)
    assert url is not None
    answer = client.get(url[1])
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert client.get(f"{url[1]}preview/").status_code == 200
    taken = Activity.objects.get(action="economy.premises.download")
    assert (taken.actor, taken.subject_id, taken.detail) == (office.cadre, str(row.pk), {"file": "现场.png"})
    assert signed_in(office.other_cadre).get(url[1]).status_code == 404
    other = kept(office, "二号楼")
    assert client.get(url[1].replace(f"/{row.pk}/files", f"/{other.pk}/files")).status_code == 404


# Workbooks -------------------------------------------------------------------------------------


def exported(client: Any, url: str = EXPORT) -> Any:
    answer = client.get(url)
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def sent(book: Any, name: str = "台账.xlsx") -> SimpleUploadedFile:
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile(name, out.getvalue(), XLSX)


def sealed_in(page: str) -> str:
    found = re.search(r'name="sealed" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_what_is_exported_comes_back_unchanged_edited_and_new(office, rows):
    client = signed_in(office.cadre)
    book = exported(client)
    assert Activity.objects.latest("sequence").action == "economy.premises.export"
    page = page_of(client.post(IMPORT, {"file": sent(book)}))
    assert "新增<b>0</b>行，变更<b>0</b>行，无变化<b>7</b>行" in page

    sheet = book.active
    headers = {cell.value: cell.column for cell in sheet[3]}
    names = {sheet.cell(row, headers["名称"]).value: row for row in range(4, sheet.max_row + 1)}
    sheet.cell(names["1号楼"], headers["入驻企业（家）"]).value = "12家"
    last = sheet.max_row + 1
    for header, value in {
        "名称": "8号楼",
        "类别": "楼宇",
        "建筑面积（平方米）": 900,
        "签约日期": "6月底",
    }.items():
        sheet.cell(last, headers[header]).value = value
    page = page_of(client.post(IMPORT, {"file": sent(book)}))
    assert "新增<b>1</b>行，变更<b>1</b>行，无变化<b>6</b>行" in page
    assert Premises.objects.count() == 7  # nothing is written before it is said

    sealed = sealed_in(page)
    assert client.post(KEEP, {"sealed": sealed}).status_code == 302
    assert Premises.objects.get(name="1号楼").tenants == 12
    assert Premises.objects.get(name="8号楼").signed_on == date(2024, 6, 30)
    assert client.post(KEEP, {"sealed": sealed}).status_code == 409  # they were changed since


def test_wrong_rows_are_named_and_nothing_is_written(office, plan):
    client = signed_in(office.cadre)
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["名称", "类别", "建筑面积（平方米）", "闲置面积", "责任单位"])
    sheet.append(["一号楼", "楼宇", 1000, 2000, "经发办"])
    sheet.append(["二号楼", "塔楼", 1000, 100, "应急办"])
    sheet.append(["二号楼", "楼宇", 1000, 100, "经发办"])
    page = page_of(client.post(IMPORT, {"file": sent(book)}))
    for sentence in (
        "空置面积不能大于建筑面积", "类别里没有“塔楼”，可以填：楼宇、厂房", "责任单位里没有“应急办”", "与第3行重复",
        "现在一行也不写入",
    ):  # fmt: skip
        assert sentence in page, sentence
    assert not Premises.objects.exists()


def test_a_seal_is_for_one_person_and_one_ledger(office, rows):
    client = signed_in(office.cadre)
    sealed = sealed_in(page_of(client.post(IMPORT, {"file": sent(exported(client))})))
    assert signed_in(office.planner).post(KEEP, {"sealed": sealed}).status_code == 409
    other = reverse("economy:ledger_import_keep", args=["leads"])
    assert client.post(other, {"sealed": sealed}).status_code == 409
    assert client.post(KEEP, {"sealed": sealed[:-2]}).status_code == 409
    assert client.post(KEEP).status_code == 409


def test_what_is_no_workbook_is_refused_in_words(office, plan):
    client = signed_in(office.cadre)
    for content in (b"", b"PK\x03\x04rubbish", "不是表".encode()):
        answer = client.post(IMPORT, {"file": SimpleUploadedFile("a.xlsx", content)})
        assert answer.status_code == 422
    assert client.post(IMPORT).status_code == 422


@pytest.mark.parametrize(
    ("pillar", "ledger"), pillars.all_ledgers(), ids=lambda each: getattr(each, "key", "")
)
def test_every_ledger_answers(office, plan, pillar, ledger, django_assert_max_num_queries):
    """A declaration is enough for its pages: list, form, template, import; and its columns exist."""
    client = signed_in(office.planner)
    for name in ("ledger", "entry_new", "ledger_template", "ledger_import", "ledger_export"):
        with django_assert_max_num_queries(22):
            answer = client.get(reverse(pillar.ledger_url(name), args=[ledger.key]))
        assert answer.status_code == 200, (ledger.key, name)
    fields = {column.name for column in ledger.model._meta.get_fields()}
    named = {each.name for each in ledger.fields} | {
        *ledger.filters,
        *ledger.identity,
        ledger.title,
        *ledger.bars,
    }
    named |= {stage.day for stage in ledger.stages if stage.day}
    named |= {name for name in (*ledger.span, ledger.group, ledger.parent) if name}
    assert named <= fields
    assert fresh(office.planner) is not None
