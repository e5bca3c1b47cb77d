"""督办标签: words of a dictionary that the plan office keeps; an order has several, lists and exports go by them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.urls import reverse
from openpyxl import load_workbook

from office.models import Activity, Unit
from plans import pillars
from plans.ledgers import Dictionary
from plans.models import Plan, Term
from plans.services.entries import save_term, seed_terms
from supervision.models import Order
from supervision.services import change_order, fields_of, reopen_order, withdraw_order
from supervision.tags import DICTIONARY, TAGS, tags_of
from tests.builders import Office, fresh, moment
from tests.pages.helpers import page_of, signed_in
from tests.supervision.builders import drafted, issued, order_fields, signed, task_fields

pytestmark = pytest.mark.django_db

LIST = reverse("supervision:orders")


def tag(office: Office, text: str, *, unit: Unit | None = None, dictionary: str = TAGS) -> Term:
    unit = unit or office.street
    position = Term.objects.count() + 1
    term = Term(unit=unit, dictionary=dictionary, text=text, position=position)
    return save_term(term=term, by=office.system)


def switch_off(term: Term, office: Office) -> None:
    term.is_active = False
    save_term(term=term, by=office.system)


@pytest.fixture
def people(office: Office) -> Term:
    return tag(office, "惠民实事")


@pytest.fixture
def safety(office: Office) -> Term:
    return tag(office, "安全隐患")


def tagged(plan: Plan, office: Office, *tags: Term, **more: Any) -> Order:
    return issued(plan, office, tags=tags, **more)


def test_the_dictionary_begins_with_words_of_its_own(office, plan):
    made = seed_terms(unit=office.street, by=fresh(office.planner))
    assert [term.text for term in made if term.dictionary == TAGS] == list(DICTIONARY.defaults)
    assert DICTIONARY in pillars.all_dictionaries()


def test_a_key_of_another_dictionary_is_refused():
    pillars.register_dictionary(DICTIONARY)  # the same again
    for key in (TAGS, "batch"):
        with pytest.raises(ImproperlyConfigured):
            pillars.register_dictionary(Dictionary(key, "别的"))
    assert pillars.all_dictionaries().count(DICTIONARY) == 1


def test_an_order_has_several_and_the_log_names_them(office, plan, people, safety):
    order = drafted(plan, office, tags=(people, safety))

    assert fields_of(order).tags == (people, safety)
    assert Activity.objects.get(action="supervision.order.draft").detail["tags"] == ["惠民实事", "安全隐患"]

    change_order(order=order, wanted=order_fields(task_fields(office), tags=(safety,)), by=office.planner, at=moment(9, 10), version=1)  # fmt: skip
    assert list(order.tags.all()) == [safety]


def test_only_tags_in_use_of_this_unit_or_one_above_are_taken(office, plan, people):
    above = tag(office, "区级督查", unit=office.district)
    below = tag(office, "科室的", unit=office.economy)
    other = tag(office, "谋划", dictionary="batch")
    gone = tag(office, "旧的")
    switch_off(gone, office)

    assert set(tags_of(plan)) == {people, above, gone}
    assert list(drafted(plan, office, tags=(above,)).tags.all()) == [above]
    for wrong, told in ((below, "不是督办标签"), (other, "不是督办标签"), (gone, "已停用")):
        with pytest.raises(ValidationError) as refused:
            drafted(plan, office, tags=(people, wrong))
        assert list(refused.value.message_dict) == ["tags"]
        assert told in refused.value.message_dict["tags"][0]


def test_a_tag_that_is_no_longer_used_stays_where_it_was(office, plan, people):
    draft, sent = drafted(plan, office, tags=(people,)), tagged(plan, office, people)
    switch_off(people, office)

    wanted = order_fields(task_fields(office), tags=(people,))
    change_order(order=draft, wanted=wanted, by=office.planner, at=moment(9, 10), version=1)
    withdraw_order(order=sent, reason="情况变了", by=office.planner, at=moment(9, 11))
    again = reopen_order(order=sent, by=office.planner, at=moment(9, 12))

    assert list(draft.tags.all()) == list(again.tags.all()) == [people]


# Pages -----------------------------------------------------------------------------------------


@pytest.mark.once
def test_tags_are_chosen_in_the_form(office, plan, people, safety):
    client = signed_in(office.planner)
    gone = tag(office, "旧的")
    switch_off(gone, office)
    url = reverse("supervision:order_new")
    page = page_of(client.get(url))
    assert "惠民实事" in page
    assert "旧的" not in page

    fields = {
        "version": "0", "rows": "1", "title": "整改", "level": "urgent", "origin": "leader",
        "task0-content": "查清", "task0-due_on": "2024-09-23", "task0-rhythm": "once",
        "task0-lead_unit": str(office.safety.pk), "tags": [people.pk, safety.pk], "act": "save",
    }  # fmt: skip
    assert client.post(url, {**fields, "tags": [gone.pk]}).status_code == 422
    assert client.post(url, fields).status_code == 302
    order = Order.objects.get()
    assert set(order.tags.all()) == {people, safety}

    edit = reverse("supervision:order_edit", args=[order.pk])
    switch_off(people, office)
    assert client.get(edit).content.decode().count("checked") == 2
    assert client.post(edit, {**fields, "version": "1"}).status_code == 302
    assert client.post(edit, {**fields, "version": "2", "tags": [safety.pk]}).status_code == 302
    assert list(order.tags.all()) == [safety]


@pytest.mark.once
def test_the_form_without_words_has_no_such_field(office, plan):
    assert "标签" not in page_of(signed_in(office.planner).get(reverse("supervision:order_new")))
    assert 'name="tag"' not in page_of(signed_in(office.planner).get(LIST))


@pytest.mark.once
def test_lists_lights_and_the_workbook_go_by_them(office, plan, people, safety):
    signed(tagged(plan, office, people, safety).tasks.get(), office)
    tagged(plan, office, people, title="另一件")
    issued(plan, office, title="没有标签的")
    client = signed_in(office.cadre)

    def rows(query: str) -> list[Any]:
        return list(client.get(LIST + query).context["rows"])

    every = rows("")
    assert ["惠民实事" in row["tags"] for row in every].count(True) == 2
    for start, number in (
        (f"?tag={people.pk}", 2),
        (f"?tag={safety.pk}", 1),
        ("?tag=x", 3),
        ("?tag=999999", 0),
    ):
        context = client.get(LIST + start).context
        assert context["page"].paginator.count == number, start
        for each in [*context["lists"], *context["lights"]]:
            if not each["chosen"]:
                assert len(rows(each["url"])) == each["count"], (start, each["label"])
    page = page_of(client.get(f"{LIST}?tag={safety.pk}"))
    assert f'<option value="{safety.pk}" selected>安全隐患</option>' in page

    answer: Any = client.get(reverse("supervision:export") + f"?tag={people.pk}")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content)))["督办台账"]
    head = [cell.value for cell in sheet[3]]
    column = head.index("标签")
    assert sorted(str(line[column]) for line in sheet.iter_rows(min_row=4, values_only=True)) == [
        "惠民实事", "惠民实事、安全隐患",
    ]  # fmt: skip


@pytest.mark.once
def test_a_tag_out_of_use_is_offered_while_orders_have_it(office, plan, people, safety):
    order = tagged(plan, office, people)
    for term in (people, safety):
        switch_off(term, office)
    page = signed_in(office.planner).get(LIST)
    assert [label for _, label in page.context["tags"]] == ["惠民实事"]
    seen = page_of(signed_in(office.cadre).get(order.get_absolute_url()))
    assert f'<a class="tag" href="{LIST}?tag={people.pk}">惠民实事</a>' in seen


@pytest.mark.once
def test_tags_cost_no_more_queries_with_more_rows(
    office, plan, people, safety, django_assert_max_num_queries
):
    client = signed_in(office.planner)
    tagged(plan, office, people)
    client.get(LIST)
    with django_assert_max_num_queries(10) as few:
        client.get(LIST)
        asked = len(few)
    for _ in range(5):
        tagged(plan, office, people, safety)
    client.get(LIST)
    with django_assert_max_num_queries(asked):
        client.get(LIST)
