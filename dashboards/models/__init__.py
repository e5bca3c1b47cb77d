"""What is kept for the pages that leaders look at."""

from dashboards.models.boards import Board, HiddenBoard

__all__ = ["Board", "HiddenBoard"]
