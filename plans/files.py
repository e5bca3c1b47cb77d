"""What a file is, found by its content: the name it came with says nothing. Pure functions over bytes.

Accepted are PDF, Word (docx), Excel (xlsx) and pictures. Nothing here is a virus scanner: it refuses what an
office file of that kind has no need of (scripts, macros, attachments, things fetched from elsewhere) and what is
built to hurt whoever opens it, and it stores a picture anew, so that only the picture is left of it.
"""

from __future__ import annotations

import io
import re
import stat
import unicodedata
import warnings
import zipfile
import zlib
from dataclasses import dataclass

from defusedxml import ElementTree
from PIL import Image, ImageFile, ImageOps

ACCEPTED = "只收 PDF、Word（docx）、Excel（xlsx）和图片（jpg、png）"
# For the file chooser of a browser; what counts is the content.
ACCEPT_ATTRIBUTE = ".pdf,.docx,.xlsx,.jpg,.jpeg,.png,.webp,.gif"

MAX_NAME = 120
MAX_ENTRIES = 2000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
MAX_PART = 2 * 1024 * 1024  # of a part that is read: relations and content types are small
MAX_RELATIONS = 20 * 1024 * 1024  # of all relations of one file
PIECE = 64 * 1024
MAX_PDF_STREAM = 16 * 1024 * 1024
MAX_PDF_UNPACKED = 128 * 1024 * 1024
MAX_PIXELS = 50_000_000
PREVIEW = (480, 480)

# Pillow's own limit is ours, and its mere warning an error.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class RefusedFile(Exception):
    """The file is not taken. The message follows its name: what is wrong and what to do."""


@dataclass(frozen=True)
class SoundFile:
    """A file that may be kept: what it is, and the bytes to keep (of a picture: the picture alone)."""

    kind: str
    content_type: str
    extension: str
    content: bytes
    preview: bytes = b""


def recognise(content: bytes) -> SoundFile:
    """What this file is. Raises RefusedFile for whatever is not accepted, or is and has no business here."""
    if not content:
        raise RefusedFile("是空文件，请重新选择")
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise RefusedFile(
            f"是旧格式（doc、xls）或设了密码的文件，请另存为不设密码的docx、xlsx再传；{ACCEPTED}"
        )
    if content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")) or (
        content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    ):
        return _picture(content)
    raise RefusedFile(f"不能作为佐证，{ACCEPTED}")


# PDF -------------------------------------------------------------------------------------------

_HTML = re.compile(rb"<\s*(!doctype|html|head|body|script|iframe|svg|img|\?php)", re.IGNORECASE)
_STREAM = re.compile(rb"stream\r?\n")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_END = rb"(?![A-Za-z0-9])"
_PDF_REFUSED = (
    (re.compile(rb"/Encrypt" + _END), "设了密码或限制，请取消后再传，或打印成新的PDF"),
    (re.compile(rb"/JavaScript" + _END), "里面有脚本，请打印成新的PDF再传"),
    (re.compile(rb"/Launch" + _END), "会启动别的程序，请打印成新的PDF再传"),
    (re.compile(rb"/EmbeddedFiles?" + _END), "里面夹带了附件，请把附件单独上传，或打印成新的PDF再传"),
)


def _pdf(content: bytes) -> SoundFile:
    if _HTML.search(content[:1024]):
        raise RefusedFile("开头夹带了网页，请打印成新的PDF再传")
    if b"startxref" not in content:
        raise RefusedFile("不完整，请重新导出再传")
    _refuse_in_pdf(content)
    # Objects may lie packed in streams. Those begin with a number; packed pictures rarely do.
    left = MAX_PDF_UNPACKED
    for found in _STREAM.finditer(content):
        text = _unpacked_objects(content, found.end())
        left -= len(text)
        if left < 0 or len(text) > MAX_PDF_STREAM:
            raise RefusedFile("展开后太大，请打印成新的PDF再传")
        _refuse_in_pdf(text)
    return SoundFile("pdf", "application/pdf", "pdf", content)


def _unpacked_objects(content: bytes, start: int) -> bytes:
    """What a packed stream that begins at `start` holds; empty where it is no stream of objects."""
    stream, text = zlib.decompressobj(), bytearray()
    try:
        while not stream.eof and start < len(content) and len(text) <= MAX_PDF_STREAM:
            # In pieces: whatever follows the stream would be copied, for each stream anew.
            piece = stream.unconsumed_tail or content[start : (start := start + PIECE)]
            text += stream.decompress(piece, PIECE)
            if not re.match(rb"[\s%]*[\d%]", text):
                return b""
    except zlib.error:
        pass  # not packed in this way, or broken off: what came out of it is looked at
    return bytes(text)


def _refuse_in_pdf(text: bytes) -> None:
    """Raises RefusedFile for a name that a report's evidence has no need of, however it is written."""
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text)
    for pattern, why in _PDF_REFUSED:
        if pattern.search(plain):
            raise RefusedFile(why)


# Word and Excel --------------------------------------------------------------------------------

_MAIN = {
    f"{DOCX}.main+xml": "docx",
    f"{XLSX}.main+xml": "xlsx",
}
_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_TYPES = {"docx": DOCX, "xlsx": XLSX}
_NO_OFFICE = f"不是Word或Excel文件，{ACCEPTED}"
_DAMAGED = "已损坏，打不开，请重新保存再传"
_ARCHIVES = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
# Relations that fetch something when the file is opened; a link that a reader presses is none of them.
_FETCHED = ("attachedTemplate", "oleObject", "frame", "subDocument", "aFChunk")


def _office(content: bytes, *, inside: bool = False) -> SoundFile:
    if content.count(b"PK\x01\x02") > MAX_ENTRIES:
        raise RefusedFile(f"里面的部件超过{MAX_ENTRIES}个，请另存一份再传")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            _check_entries(entries, len(content))
            kind = _kind_of_package(package, entries)
            _check_relations(package, entries)
            _check_contents(package, entries, inside=inside)
    except RefusedFile:
        raise
    except Exception as error:  # a broken zip or XML raises what it likes; none of it may reach a person
        raise RefusedFile(_DAMAGED) from error
    return SoundFile(kind, _TYPES[kind], kind, content)


def _check_entries(entries: list[zipfile.ZipInfo], packed: int) -> None:
    """All that a zip says of itself, before anything of it is unpacked."""
    if len(entries) > MAX_ENTRIES:
        raise RefusedFile(f"里面的部件超过{MAX_ENTRIES}个，请另存一份再传")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * packed:
        raise RefusedFile("展开后太大，请删去多余内容，另存一份再传")
    if sum(entry.compress_size for entry in entries) > packed:
        raise RefusedFile(_DAMAGED)
    for entry in entries:
        name = entry.orig_filename
        if entry.flag_bits & 0x1:
            raise RefusedFile("设了密码，请取消密码再传")
        if (
            name.startswith("/")
            or "\\" in name
            or "\0" in name
            or re.match(r"[A-Za-z]:", name)
            or ".." in name.split("/")
            or stat.S_ISLNK(entry.external_attr >> 16)
        ):
            raise RefusedFile("内部路径不正常，请用Word或Excel另存一份再传")
        if name.lower().endswith(("vbaproject.bin", "vbadata.xml")):
            raise RefusedFile("是带宏的文件，请另存为不带宏的docx、xlsx再传")


def _read(package: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int = MAX_PART) -> bytes:
    with package.open(entry) as part:
        text = part.read(most + 1)
    if len(text) > most:
        raise RefusedFile("内部结构过大，请另存一份再传")
    return text


def _kind_of_package(package: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> str:
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names:
        raise RefusedFile(_NO_OFFICE)
    kinds = {kind for name, kind in _PARTS.items() if name in names}
    for element in ElementTree.fromstring(_read(package, package.getinfo("[Content_Types].xml"))).iter():
        content_type = element.get("ContentType", "")
        if "macroenabled" in content_type.lower() or "vbaproject" in content_type.lower():
            raise RefusedFile("是带宏的文件，请另存为不带宏的docx、xlsx再传")
        if content_type in _MAIN and element.get("PartName", "").lstrip("/") in names:
            kinds.add(_MAIN[content_type])
    if len(kinds) != 1:
        raise RefusedFile(_NO_OFFICE)
    return kinds.pop()


def _check_relations(package: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    read = 0
    for entry in entries:
        if not entry.filename.lower().endswith(".rels"):
            continue
        text = _read(package, entry)
        read += len(text)
        if read > MAX_RELATIONS:
            raise RefusedFile("内部结构过大，请另存一份再传")
        for element in ElementTree.fromstring(text).iter():
            if element.get("TargetMode", "").lower() == "external" and element.get("Type", "").endswith(
                _FETCHED
            ):
                raise RefusedFile("引用了外部模板或对象，请导出为PDF再传")


def _check_contents(package: zipfile.ZipFile, entries: list[zipfile.ZipInfo], *, inside: bool) -> None:
    """No archives within. A chart keeps its figures in a workbook of its own: that one is looked at, too."""
    for entry in entries:
        if entry.is_dir():
            continue
        with package.open(entry) as part:
            first = part.read(8)
        if not first.startswith(_ARCHIVES):
            continue
        if inside or "/embeddings/" not in entry.filename or not first.startswith(b"PK\x03\x04"):
            raise RefusedFile("里面夹带了压缩包，请取出来单独处理后再传")
        _office(_read(package, entry, MAX_UNPACKED // 10), inside=True)


# Pictures --------------------------------------------------------------------------------------

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def _picture(content: bytes) -> SoundFile:
    too_large = RefusedFile(f"像素太多（超过{MAX_PIXELS // 10000}万），请缩小后再传")
    # WeasyPrint, once it is loaded, lets Pillow take pictures that are cut off, everywhere in the process.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise too_large
            jpeg = opened.format in ("JPEG", "MPO")
            opened.load()
            picture = _plain(ImageOps.exif_transpose(opened), jpeg=jpeg)
        kept, preview = io.BytesIO(), io.BytesIO()
        if jpeg:
            picture.save(kept, "JPEG", quality=88)
        else:
            picture.save(kept, "PNG")
        _small(picture).save(preview, "JPEG", quality=80)
    except RefusedFile:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_large from error
    except Exception as error:  # decoders raise what they like over a broken picture
        raise RefusedFile("图片已损坏或不完整，请重新保存再传") from error
    extension, content_type = ("jpg", "image/jpeg") if jpeg else ("png", "image/png")
    return SoundFile("image", content_type, extension, kept.getvalue(), preview.getvalue())


def _plain(picture: Image.Image, *, jpeg: bool) -> Image.Image:
    """The pixels alone: no place, no comment, no colour profile, no further frames."""
    if picture.mode not in ({"L", "RGB"} if jpeg else {"L", "LA", "RGB", "RGBA"}):
        transparent = not jpeg and picture.has_transparency_data
        picture = picture.convert("RGBA" if transparent else "RGB")
    elif not jpeg and "transparency" in picture.info:
        picture = picture.convert("RGBA")
    picture.info = {}
    return picture


def _small(picture: Image.Image) -> Image.Image:
    scale = min(1, PREVIEW[0] / picture.width, PREVIEW[1] / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = picture.resize(size, reducing_gap=2.0)
    if "A" not in small.getbands():
        return small.convert("RGB")
    paper = Image.new("RGBA", size, "white")
    paper.alpha_composite(small.convert("RGBA"))
    return paper.convert("RGB")


# Names -----------------------------------------------------------------------------------------

NAMELESS = "未命名"
# A suffix is a few letters and digits that begin with a letter; “总结v1.2” has none.
_SUFFIX = re.compile(r"\.(?:[A-Za-z][A-Za-z0-9]{0,4}|7z)\Z")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\.|\Z)", re.IGNORECASE)


def clean_name(name: str, extension: str = "") -> str:
    """The name to show and to download under: no path, nothing invisible, nothing a file system minds.

    With `extension` (that of the content) the name ends in it, whatever it ended in before. At most 120
    characters; 未命名 where nothing is left.
    """
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    # Invisible first: a NUL or a line break must not hide where a path ends.
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    name = re.sub(r'[<>:"|?*]', "_", name.rpartition("/")[2])
    name = re.sub(r"\s+", " ", name).strip().rstrip(" .")
    if extension:
        name = _SUFFIX.sub("", name).removesuffix(f".{extension}")
    name = name.strip(" .")
    if _RESERVED.match(name):
        name = f"_{name}"
    ending = f".{extension}" if extension else ""
    return (name[: MAX_NAME - len(ending)].rstrip(" .") or NAMELESS) + ending
