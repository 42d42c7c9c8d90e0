"""For which reasons a case may be closed, and which do not carry a closing by themselves."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from cse_tracker.cases.model import CaseStatus


class ClosingReason(StrEnum):
    """Why a case is closed: the Department for Education's codes for closing a case, and four of our own."""

    RISK_REDUCED = "risk_reduced"
    ENGAGED_ELSEWHERE = "engaged_elsewhere"
    OUTREACH_CONTINUES = "outreach_continues"
    NOT_IN_CONTACT = "not_in_contact"
    NO_LONGER_IN_NEED = "RC7"
    AFTER_ASSESSMENT = "RC8"
    EARLY_HELP = "RC9"
    OTHER_AUTHORITY = "RC5"
    ADULT_SOCIAL_CARE = "RC6"
    ADOPTED = "RC1"
    ARRANGEMENTS_ORDER = "RC3"
    GUARDIANSHIP = "RC4"
    DIED = "RC2"


LABELS: Final[Mapping[ClosingReason, str]] = {
    ClosingReason.RISK_REDUCED: "The risk of exploitation has gone down and has stayed down",
    ClosingReason.ENGAGED_ELSEWHERE: "Another service now does this work with the young person",
    ClosingReason.OUTREACH_CONTINUES: "Not in contact at present, and a named service goes on offering help",
    ClosingReason.NOT_IN_CONTACT: "Not in contact with us at present",
    ClosingReason.NO_LONGER_IN_NEED: "No longer in need of services (RC7)",
    ClosingReason.AFTER_ASSESSMENT: "Closed after assessment, no further action (RC8)",
    ClosingReason.EARLY_HELP: "Closed after assessment, passed to early help (RC9)",
    ClosingReason.OTHER_AUTHORITY: "Passed to an authority outside London (RC5)",
    ClosingReason.ADULT_SOCIAL_CARE: "Passed to adult social care (RC6)",
    ClosingReason.ADOPTED: "Adopted (RC1)",
    ClosingReason.ARRANGEMENTS_ORDER: "Child arrangements order (RC3)",
    ClosingReason.GUARDIANSHIP: "Special guardianship order (RC4)",
    ClosingReason.DIED: "Died (RC2)",
}


def problem_with(reasons: Collection[ClosingReason], *, outreach_by: str, status: CaseStatus) -> tuple[str, str] | None:
    """Say why these reasons do not carry a closing, with the field to put it at; None where they do.

    The report found that not keeping in touch was taken for the young person's own failing (s.1198-1202). It says
    nothing about the risk, so it never closes a case by itself.
    """
    if not reasons:
        return "Select at least one reason", "reasons"
    if set(reasons) == {ClosingReason.NOT_IN_CONTACT}:
        return (
            "Not being in contact is no reason to close by itself. Say what has changed in the risk, "
            "or which service goes on offering help"
        ), "reasons"
    if ClosingReason.OUTREACH_CONTINUES in reasons and not outreach_by.strip():
        return "Enter which service goes on offering help, and who there", "outreach_by"
    if status is CaseStatus.OPENED and ClosingReason.DIED not in reasons:
        return "Assess and decide a first level before this case is closed", "reasons"
    return None
