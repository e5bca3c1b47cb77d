"""What goes wrong in the services of messages, apart from broken values (ValidationError)."""


class StateError(Exception):
    """The row is not as the person saw it: somebody was faster. Pages answer 409 with the sentence."""
