"""The embedded broker: kombu's folder of messages, each of which appears whole.

Kombu opens a file under its final name and writes it afterwards: a worker that looks in between takes an empty message,
and ends. Here a message is written beside the queue first.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """A folder in which each message appears in one step."""

    # kombu's own classes name the second argument differently.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Put a message into a queue, in one step."""
        # The names by which kombu finds and orders the messages of a queue.
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        part = folder / f".{name}.part"
        try:
            part.write_bytes(dumps(payload).encode())
            os.replace(part, folder / name)
        except OSError as error:
            raise ChannelError(f"cannot add {name} to {folder}") from error


class Transport(filesystem.Transport):
    """kombu's, over these channels."""

    Channel = Channel
