"""Parts of addresses that only a plan has."""

from datetime import date

from plans.months import parse_month


class MonthConverter:
    """A month as `2024-09`; anything else is no address (404)."""

    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return parse_month(value)

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else f"{value:%Y-%m}"
