"""Files on their way in: looked at by content, held against the limits, and off the disk again where nothing comes of them."""

from __future__ import annotations

import hashlib
import logging
import weakref
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

from plans.files import RefusedFile, SoundFile, clean_name, recognise

logger = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
Found = tuple[str, SoundFile]  # a clean name and what is kept under it


class Kept(Protocol):
    """A row that holds a file: `Evidence`, `EntryFile`."""

    name: str
    size: int
    sha256: str


def recognised(files: Sequence[UploadedFile], *, of: str) -> list[Found]:
    """Each file with its clean name; `of` is what they belong to (一份月报).

    Raises ValidationError on `evidence` with all that is wrong with any of them.
    """
    if len(files) > settings.EVIDENCE_MAX_FILES:
        raise _refused(f"一次选了{len(files)}个文件，{of}最多{settings.EVIDENCE_MAX_FILES}个，请减少")
    most = settings.EVIDENCE_MAX_BYTES
    found, errors = [], []
    for upload in files:
        name = upload.name or ""
        size = upload.size or 0
        try:
            if size > most:
                raise RefusedFile(f"有{_megabytes(size)}，一个文件最多{_megabytes(most)}，请压缩或拆开再传")
            upload.seek(0)
            sound = recognise(upload.read())
        except RefusedFile as error:
            errors.append(f"“{clean_name(name)}”{error}")
        else:
            found.append((clean_name(name, sound.extension), sound))
    if errors:
        raise _refused(*errors)
    return found


def columns_of(name: str, sound: SoundFile) -> dict[str, Any]:
    """What a row says of its file, without where it lies."""
    return {
        "name": name,
        "kind": sound.kind,
        "content_type": sound.content_type,
        "size": len(sound.content),
        "sha256": hashlib.sha256(sound.content).hexdigest(),
    }


def check_together(rows: Sequence[Kept], there: Sequence[tuple[str, int]], *, of: str) -> None:
    """Raises ValidationError for a file that is there already, for too many, or for too much."""
    seen = {sha256 for sha256, _ in there}
    errors = []
    for row in rows:
        if row.sha256 in seen:
            errors.append(f"“{row.name}”：这个文件已经传过了，不用再传")
        seen.add(row.sha256)
    number = len(there) + len(rows)
    if number > settings.EVIDENCE_MAX_FILES:
        errors.append(
            f"{of}最多{settings.EVIDENCE_MAX_FILES}个文件，已有{len(there)}个，"
            f"这次{len(rows)}个，请减少或先删掉不要的"
        )
    total = sum(size for _, size in there) + sum(row.size for row in rows)
    if total > settings.EVIDENCE_MAX_TOTAL:
        errors.append(
            f"{of}的文件合计最多{_megabytes(settings.EVIDENCE_MAX_TOTAL)}，加上这次的有"
            f"{_megabytes(total)}，请减少或压缩"
        )
    if errors:
        raise _refused(*errors)


def _refused(*sentences: str) -> ValidationError:
    return ValidationError({"evidence": list(sentences)})


def _megabytes(size: int) -> str:
    """20MB; one decimal where it is not whole, never rounded down to the limit it passes."""
    tenths = -(-size * 10 // MEGABYTE)
    return f"{tenths / 10:g}MB"


def logged_files(rows: Iterable[Kept]) -> list[dict[str, object]]:
    """What the activity log holds of files."""
    return [{"name": row.name, "size": row.size, "sha256": row.sha256} for row in rows]


# The disk --------------------------------------------------------------------------------------


class Written:
    """Files on the disk whose rows are not committed yet.

    Django tells of a commit but not of a rollback: it then forgets what was to happen on commit, be it of
    the whole transaction or back to a savepoint. So this is given to `on_commit`, and when it is forgotten
    without having been called, its files go.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.undo = weakref.finalize(self, take_off, self.names)

    def __call__(self) -> None:
        """Committed: the files stay."""
        self.undo.detach()

    def keep(self, row: Any, sound: SoundFile) -> None:
        """Write a row's file and its preview under the names that the row's columns make."""
        row.file.name = self.save(row.file.field.upload_to(row, row.name), sound.content)
        if sound.preview:
            row.preview.name = self.save(row.preview.field.upload_to(row, row.name), sound.preview)

    def save(self, name: str, content: bytes) -> str:
        """Write a file under that name, noted before it is begun."""
        self.names.append(name)
        return default_storage.save(name, ContentFile(content))


def take_off(names: Iterable[str]) -> None:
    """Off the disk; what cannot be removed is only logged, for a file without a row is harmless."""
    for name in filter(None, names):
        try:
            default_storage.delete(name)
        except OSError:
            logger.exception("file %s could not be removed", name)
