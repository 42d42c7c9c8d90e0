"""The four refusals; every door maps exactly these, and anything else is a defect."""


class Refused(Exception):
    """The work was refused; nothing of it is kept."""

    code = "refused"


class NotFound(Refused):
    """There is no such thing, or the actor may not know of it: the two look alike on purpose."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("There is no such record, or you may not see it")


class NotPermitted(Refused):
    """The actor may know of the thing but may not do this to it."""

    code = "not_permitted"

    def __init__(self, permission: str) -> None:
        super().__init__("Your role does not allow this")
        self.permission = permission


class RuleBroken(Refused):
    """A rule of the domain forbids it; the message is a sentence for people, `field` names the form field if any."""

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class Conflict(Refused):
    """Somebody else saved first; what was typed is not lost."""

    code = "conflict"

    def __init__(self) -> None:
        super().__init__("Somebody else changed this while you were writing")
