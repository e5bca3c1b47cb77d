"""What goes wrong in services, apart from broken values (ValidationError) and missing rights (PermissionDenied)."""


class StateError(Exception):
    """The row is not in a state that allows the act: somebody was faster, or it is over.

    The message is a sentence for the person; pages and the API answer 409 with it.
    """


class Stale(StateError):
    """The row has another version than the one that was seen. Pages answer 409, the API 412."""
