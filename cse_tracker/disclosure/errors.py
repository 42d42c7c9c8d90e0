"""The refusals of this room; their messages name cells and never a count."""


class InvalidTable(ValueError):  # noqa: N818 - refusals are named as sentences, like the Work's own
    """The counts do not form a table: a negative number, an unknown cell, a total that is not the sum of its parts."""


class InvalidRelease(ValueError):  # noqa: N818
    """A release that this room did not make, or stored content that is not what was once released."""


class CannotProtect(RuntimeError):  # noqa: N818
    """No safe form of the table was found; nothing of it may be shown."""
