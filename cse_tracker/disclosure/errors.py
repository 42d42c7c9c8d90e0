"""The refusals of this room; their messages name cells and never a count."""


class InvalidTable(ValueError):
    """The counts do not form a table: a negative number, an unknown cell, a total that is not the sum of its parts."""


class InvalidRelease(ValueError):
    """A release that this room did not make, or stored content that is not what was once released."""


class CannotProtect(RuntimeError):
    """No safe form of the table was found; nothing of it may be shown."""
