"""What the plan office changes about the pages that leaders look at."""

from dashboards.services.bulletins import make_bulletin, publish_bulletin
from dashboards.services.screens import DAYS, end_screen, open_screen

__all__ = ["DAYS", "end_screen", "make_bulletin", "open_screen", "publish_bulletin"]
