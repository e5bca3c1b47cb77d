"""The head of the activity chain, written down day by day where the database cannot reach.

A chain shows what was changed or taken out of its middle. That its end was cut off, or that all of it was written
anew, only a head kept elsewhere can show.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from office.models import Activity, ChainHead


def export_head(*, folder: Path, at: datetime) -> Path | None:
    """Write the head down, once a day; answers the new file, or None where the day has one or there is no log yet."""
    path = folder / f"{at:%Y-%m-%d}.json"
    if path.exists():
        return None
    head = ChainHead.objects.filter(sequence__gt=0).first()
    if head is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"at": at.isoformat(), "sequence": head.sequence, "hash": head.hash})
    half = folder / f".{path.name}.{os.getpid()}"
    half.write_text(text + "\n", encoding="ascii")
    half.chmod(0o440)
    try:
        os.link(half, path)  # whole or not at all, and never over another one
    except FileExistsError:
        return None
    finally:
        half.unlink()
    return path


def compare_heads(folder: Path) -> tuple[int, list[str]]:
    """How many heads were written down, and what in the log does not agree with them, as sentences."""
    complaints, number = [], 0
    for number, path in enumerate(_files(folder), 1):  # noqa: B007 counted
        try:
            said = json.loads(path.read_text(encoding="ascii"))
            sequence, hash_ = int(said["sequence"]), str(said["hash"])
        except (OSError, ValueError, KeyError, TypeError):
            complaints.append(f"{path.stem}另存的链头读不出来")
            continue
        kept = Activity.objects.filter(sequence=sequence).values_list("hash", flat=True).first()
        if kept is None:
            complaints.append(f"{path.stem}另存的链头是第{sequence}条，现在没有这一条：末尾被截去")
        elif kept != hash_:
            complaints.append(f"{path.stem}另存的链头（第{sequence}条）与记录不符：记录被重写")
    return number, complaints


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.glob("????-??-??.json")))
