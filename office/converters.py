"""Parts of addresses that are more than text or a number."""


class KeyConverter:
    """The key of a row. A number that no database can hold is no address (404).

    `int` would take it, and SQLite fails on a number of more than 64 bits.
    """

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
