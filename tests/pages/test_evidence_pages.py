"""Evidence in the browser: every byte of it behind the same question, and nothing of it ever runs."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

from office.models import Activity, User
from plans.models import Evidence
from plans.services.evidence import attach_evidence, file_evidence
from plans.views.evidence import shown, size_words
from tests.builders import TODAY, first, fresh, make_target, report, submit
from tests.pages.helpers import page_of, signed_in
from tests.plans.test_evidence import docx, pdf, picture, upload

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md

SEES_ECONOMY = {"cadre", "deputy", "head", "leader", "planner"}


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    """A folder of its own for what is uploaded."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def target(office, plan):
    return make_target(plan, office)


@pytest.fixture
def photo(target, office) -> Evidence:
    """A picture that the cadre brought and did not hand in yet."""
    return brought(target, office.cadre, "现场 照片.png", picture("JPEG"))


def brought(target: Any, by: User, name: str, content: bytes) -> Evidence:
    return attach_evidence(
        target=target, month=first(9), files=[upload(name, content)], by=fresh(by), at=TODAY
    )[0]


def filed(evidence: Evidence, by: User) -> None:
    file_evidence(target=evidence.target, month=evidence.month, by=fresh(by), at=TODAY)


def file_url(evidence: Evidence) -> str:
    return reverse("plans:evidence_file", args=[evidence.pk])


def preview_url(evidence: Evidence) -> str:
    return reverse("plans:evidence_preview", args=[evidence.pk])


def remove_url(evidence: Evidence) -> str:
    return reverse("plans:evidence_remove", args=[evidence.pk])


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def ways(client: Client, evidence: Evidence) -> list[Callable[[], Any]]:
    """Every way to ask for a byte of it."""
    return [
        lambda: client.get(file_url(evidence)),
        lambda: client.head(file_url(evidence)),
        lambda: client.get(file_url(evidence), headers={"Range": "bytes=0-3"}),
        lambda: client.get(preview_url(evidence)),
        lambda: client.head(preview_url(evidence)),
    ]


# Rights on every byte --------------------------------------------------------------------------


def test_before_it_is_handed_in_only_who_brought_it_gets_it(photo, office):
    for name, user in office.everyone.items():
        for way in ways(signed_in(user), photo):
            assert way().status_code == (200 if name == "cadre" else 404), name


def test_once_handed_in_whoever_sees_the_target_gets_it(photo, office):
    filed(photo, office.cadre)

    for name, user in office.everyone.items():
        for way in ways(signed_in(user), photo):
            assert way().status_code == (200 if name in SEES_ECONOMY else 404), name


def test_a_supporting_units_head_gets_what_was_handed_in(office, plan):
    supported = make_target(plan, office, supporting_units=(office.safety,))
    row = brought(supported, office.cadre, "a.pdf", pdf())
    client = signed_in(office.other_head)

    assert client.get(file_url(row)).status_code == 404
    filed(row, office.cadre)
    assert client.get(file_url(row)).status_code == 200


def test_not_yours_reads_like_not_there(photo, office):
    filed(photo, office.cadre)

    def read(response: Any) -> str:
        """The page without its token and its own address, which the footer's link carries."""
        page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page_of(response))
        return page.replace(response.request["PATH_INFO"], "")

    for name in ("other_cadre", "other_head", "stranger", "administrator", "auditor"):
        client = signed_in(getattr(office, name))
        for suffix in ("", "preview/", "remove/"):
            act = client.post if suffix == "remove/" else client.get
            mine, nobodys = act(f"{file_url(photo)}{suffix}"), act(f"/evidence/999999/{suffix}")
            assert mine.status_code == nobodys.status_code == 404, name
            assert read(mine) == read(nobodys), name
            assert "现场" not in page_of(mine)
    assert Evidence.objects.exists()


def test_everybody_else_is_asked_to_sign_in_and_no_other_door_leads_there(photo, media):
    for way in ways(Client(), photo):
        response = way()
        assert response.status_code == 302
        assert response["Location"].startswith("/signin/?next=/evidence/")
    assert Client().post(remove_url(photo)).status_code == 302
    for url in (f"/media/{photo.file.name}", f"/{photo.file.name}", f"/static/{photo.file.name}"):
        assert Client().get(url).status_code in (302, 404)
    assert (media / photo.file.name).exists()


def test_reading_changes_nothing(photo, office):
    before = Activity.objects.exclude(action="plans.evidence.download").count()
    client = signed_in(office.cadre)
    for way in ways(client, photo):
        way()
    assert client.post(file_url(photo)).status_code == 405
    assert client.post(preview_url(photo)).status_code == 405
    assert client.get(remove_url(photo)).status_code == 405
    assert Activity.objects.exclude(action="plans.evidence.download").count() == before


# What is handed out ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "content_type", "shown_as"),
    [
        ("现场 照片.png", picture("JPEG"), "image/jpeg", "现场 照片.jpg"),
        ("名单.pdf", pdf(), "application/pdf", "名单.pdf"),
        (
            "方案.docx",
            docx(),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "方案.docx",
        ),
        ('a";x=\r\nSet-Cookie: a=b.html', pdf(), "application/pdf", "a_;x=Set-Cookie_ a=b.pdf"),
    ],
    ids=["picture", "pdf", "docx", "header"],
)
def test_the_file_comes_as_a_download_that_no_browser_runs(
    name, content, content_type, shown_as, target, office, media
):
    row = brought(target, office.cadre, name, content)
    response = signed_in(office.cadre).get(file_url(row))

    assert body(response) == (media / row.file.name).read_bytes()
    assert row.name == shown_as
    assert response["Content-Type"] == content_type
    assert int(response["Content-Length"]) == row.size
    assert response["Content-Disposition"].startswith("attachment; filename")
    if not shown_as.isascii():
        assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%")
    assert "Set-Cookie" not in response.headers
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert response["Cache-Control"] == "private, no-store"
    taken = Activity.objects.get(action="plans.evidence.download")
    assert (taken.actor, taken.subject, taken.origin) == (office.cadre, row.name, "page 127.0.0.1")
    head = signed_in(office.cadre).head(file_url(row))
    assert body(head) == b""
    for header in ("Content-Type", "Content-Length", "Content-Disposition", "Content-Security-Policy"):
        assert head[header] == response[header]


def test_114_ranges_multiply_nothing(photo, target, office):
    """A file is handed out whole, a file of the pages whole or a part of it."""
    client = signed_in(office.cadre)
    many = "bytes=" + ",".join(["0-"] * 1000)
    for url in (file_url(photo), preview_url(photo), "/static/css/base.css"):
        whole = body(client.get(url))
        answer = client.get(url, HTTP_RANGE=many)
        assert answer.status_code in (200, 206, 416)
        assert len(body(answer)) <= len(whole), url


def test_the_preview_is_a_small_picture_and_only_of_pictures(photo, target, office, media):
    client = signed_in(office.cadre)
    response = client.get(preview_url(photo))

    assert body(response) == (media / photo.preview.name).read_bytes()
    assert (response["Content-Type"], response["Content-Disposition"]) == ("image/jpeg", "inline")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert response["Cache-Control"] == "private, no-store"
    assert client.get(preview_url(brought(target, office.cadre, "a.pdf", pdf()))).status_code == 404


def test_a_file_gone_from_the_disk_is_not_found_and_noted(photo, office, media, caplog):
    (media / photo.file.name).unlink()
    (media / photo.preview.name).unlink()
    client = signed_in(office.cadre)

    for url in (file_url(photo), preview_url(photo)):
        response = client.get(url)
        assert response.status_code == 404
        assert "没有找到这一页" in page_of(response)
    assert photo.file.name in caplog.text
    assert photo.preview.name in caplog.text


@pytest.mark.parametrize("key", ["0", "99999999999999999999", "x", "-1"])
def test_rubbish_in_the_address_is_not_found(key, office):
    client = signed_in(office.cadre)
    for suffix in ("", "preview/"):
        assert client.get(f"/evidence/{key}/{suffix}").status_code == 404
    assert client.post(f"/evidence/{key}/remove/").status_code == 404


# Taking it away --------------------------------------------------------------------------------


def test_removing_leads_back_to_the_months_form(photo, target, office):
    response = signed_in(office.cadre).post(remove_url(photo), {"next": "//evil.test"})

    assert (response.status_code, response["Location"]) == (302, target.report_path(first(9)))
    assert not Evidence.objects.exists()
    assert signed_in(office.cadre).post(remove_url(photo)).status_code == 404


def test_removing_asks_for_the_token(photo, office):
    client = Client(enforce_csrf_checks=True)
    client.force_login(office.cadre)

    assert client.post(remove_url(photo)).status_code == 403
    assert Evidence.objects.exists()


def test_what_is_handed_in_is_not_removed(photo, target, office):
    submit(target, 9, 3)
    filed(photo, office.cadre)

    response = signed_in(office.cadre).post(remove_url(photo), follow=True)

    assert "月报已提交，撤回后才能删佐证" in page_of(response)
    assert signed_in(office.leader).post(remove_url(photo)).status_code == 403
    assert Evidence.objects.exists()


# The part of a page ----------------------------------------------------------------------------


def part(rows: list[dict[str, Any]], **more: Any) -> str:
    request = RequestFactory().get("/")
    return html.unescape(render_to_string("plans/evidence.html", {"evidence": rows, **more}, request))


def rows_of(target: Any) -> Any:
    return Evidence.objects.filter(target=target).select_related("by")


def test_the_part_lists_name_size_who_when_and_a_way_to_remove(
    photo, target, office, django_assert_num_queries
):
    document = brought(target, office.cadre, "<b>名单</b>.pdf", pdf())
    with django_assert_num_queries(1):
        rows = shown(rows_of(target), user=office.cadre, editable=True)
    page = part(rows)

    assert "现场 照片.jpg" in page
    assert "<b>名单" not in page
    assert document.name == "b_.pdf"
    assert '1 KB　经发经办　<span class="text-nowrap">9月20日 10:00' in page
    assert f'src="{preview_url(photo)}"' in page
    assert page.count("<img") == 1
    assert page.count("formaction") == 2
    assert page.count('id="evidence-remove"') == 1
    assert "csrfmiddlewaretoken" in page
    assert 'id="evidence-remove"' not in part(rows, inside=True)


def test_where_nothing_may_be_removed_nothing_offers_it(photo, target, office):
    filed(photo, office.cadre)

    assert "formaction" not in part(shown(rows_of(target), user=office.leader, editable=False))


def test_what_came_with_an_approved_version_is_not_offered_for_removal(photo, target, office):
    filed(photo, office.cadre)
    report(target, 9, 3, at=TODAY)
    later = brought_while_amending(target, office)

    rows = {row["pk"]: row["removable"] for row in shown(rows_of(target), user=office.cadre, editable=True)}

    assert rows == {photo.pk: False, later.pk: True}


def brought_while_amending(target: Any, office: Any) -> Evidence:
    target.reports.update(state="draft")
    return brought(target, office.cadre, "补充.pdf", pdf(b"later"))


def test_without_any_the_part_says_that_none_is_needed():
    assert "佐证可以不传" in part([])


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (1, "1 KB"),
        (340 * 1024, "340 KB"),
        (1024 * 1024, "1.0 MB"),
        (1258291, "1.2 MB"),
        (20 * 2**20, "20.0 MB"),
    ],
)
def test_sizes_in_words(size, words):
    assert size_words(size) == words
