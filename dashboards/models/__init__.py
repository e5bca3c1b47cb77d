"""What is kept for the pages that leaders look at."""

from dashboards.models.bulletins import Bulletin, BulletinState, Edition
from dashboards.models.screens import LONGEST_PLACE, Screen

__all__ = ["LONGEST_PLACE", "Bulletin", "BulletinState", "Edition", "Screen"]
