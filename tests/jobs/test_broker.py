"""The embedded broker: a message is there whole, or not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from kombu import Connection

from guanyinge import broker

pytestmark = pytest.mark.once


def test_a_message_appears_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    replace = broker.os.replace

    def look_then_replace(part: Path, final: Path) -> None:
        assert not final.exists()
        seen.append(Path(part).read_bytes())
        with connection.SimpleQueue("q") as queue, pytest.raises(queue.Empty):
            queue.get(block=False)  # a worker that looks now finds nothing
        replace(part, final)

    connection = Connection(
        "filesystem://",
        transport=broker.Transport,
        transport_options={
            "data_folder_in": str(tmp_path),
            "data_folder_out": str(tmp_path),
            "control_folder": str(tmp_path / "control"),
        },
    )
    with connection.SimpleQueue("q") as queue:
        monkeypatch.setattr(broker.os, "replace", look_then_replace)
        queue.put({"n": 1})
        message = queue.get(timeout=2)
        message.ack()
    assert message.payload == {"n": 1}
    assert b'"body"' in seen[0]
