"""What the plan office changes about the pages that leaders look at."""

from dashboards.services.boards import show_boards

__all__ = ["show_boards"]
