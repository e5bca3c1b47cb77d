"""The forms of the plan's pages, by noun."""
