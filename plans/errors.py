"""What goes wrong in the plan's services, apart from broken values (ValidationError)."""


class StateError(Exception):
    """The row is not in a state that allows the act: somebody was faster, or it is over.

    The message is a sentence for the person; pages answer 409 with it.
    """
