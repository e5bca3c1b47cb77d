"""The office itself: units, people, posts, rights, working calendar, clock and activity log."""
