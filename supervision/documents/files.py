"""The two documents as Word files after GB/T 9704-2012: order.docx and urging.docx, filled in (plans/official.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from plans.official import filled_in
from supervision.documents.words import order_words, urging_words
from supervision.models import Move, Order, OrderTask

ORDER = Path(__file__).with_name("order.docx")
URGING = Path(__file__).with_name("urging.docx")


def order_file(order: Order, tasks: Sequence[OrderTask], *, notice: str, at: datetime) -> bytes:
    """督查通知单 with these tasks. Raises plans.official.BrokenTemplate."""
    return filled_in(ORDER, order_words(order, tasks, notice=notice), name="督查通知单", at=at)


def urging_file(move: Move, *, notice: str, at: datetime) -> bytes:
    """催办通知 of a move. Raises plans.official.BrokenTemplate."""
    return filled_in(URGING, urging_words(move, notice=notice), name="催办通知", at=at)
