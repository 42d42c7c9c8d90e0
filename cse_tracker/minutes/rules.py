"""The words in which minutes are drafted from what was recorded."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from cse_tracker.meetings.rules import Attendance
from cse_tracker.rulebook.calendar import LONDON

LONGEST_SECTION: Final = 200_000
CAME: Final = {
    Attendance.ATTENDED: "attended",
    Attendance.DEPUTY: "sent a deputy",
    Attendance.APOLOGIES: "sent apologies",
    Attendance.ABSENT: "was absent without word",
    Attendance.NOT_RECORDED: "not recorded",
}


def day(moment: datetime) -> str:
    """Say a day and a time in London."""
    local = moment.astimezone(LONDON)
    return f"{local.day} {local:%B %Y} at {local:%H:%M}"


def attendance(found: Iterable[tuple[str, Attendance, str]]) -> str:
    """Say who came: agency, how, and the reason or the deputy."""
    return "\n".join(f"{name} {CAME[how]}{f' ({why})' if why else ''}." for name, how, why in sorted(found))


def decision(number: int, text: str, *, agreed: Iterable[UUID], disagreed: Iterable[UUID], why_not: str,
             names: Mapping[UUID, str]) -> str:  # fmt: skip
    """Say a decision, with who agreed and who did not."""
    yes = ", ".join(sorted(names.get(each, "an agency") for each in agreed))
    no = ", ".join(sorted(names.get(each, "an agency") for each in disagreed))
    said = f"Decision {number}: {text}\nAgreed: {yes}."
    return f"{said}\nDid not agree: {no}, because: {why_not}" if no else said
