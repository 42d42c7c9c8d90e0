"""For which reasons a case may be closed: those of its protocol and the national codes; and which carry no closing."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from cse_tracker.cases.model import CaseStatus
from cse_tracker.rulebook.coherence import NEVER_ENOUGH
from cse_tracker.rulebook.parts import ClosingReason, Closure

# Our own, where a protocol has no chapter on closing.
OWN: Final = (
    ClosingReason(key="risk_reduced", label="The risk of exploitation has gone down and has stayed down"),
    ClosingReason(key="engaged_elsewhere", label="Another service now does this work with the young person"),
    ClosingReason(
        key="outreach_continues", label="Not in contact at present, and a named service goes on offering help"
    ),
    ClosingReason(key="not_in_contact", label="Not in contact with us at present", enough=False),
)
# The Department for Education's codes for closing a case, whatever the protocol says.
CODES: Final[Mapping[str, str]] = {
    "RC7": "No longer in need of services (RC7)",
    "RC8": "Closed after assessment, no further action (RC8)",
    "RC9": "Closed after assessment, passed to early help (RC9)",
    "RC5": "Passed to an authority outside London (RC5)",
    "RC6": "Passed to adult social care (RC6)",
    "RC1": "Adopted (RC1)",
    "RC3": "Child arrangements order (RC3)",
    "RC4": "Special guardianship order (RC4)",
    "RC2": "Died (RC2)",
}
DIED: Final = frozenset({"RC2", "died"})
OUTREACH: Final = "outreach_continues"


def offered(closure: Closure | None) -> dict[str, str]:
    """Give the reasons that may be given on a case under a protocol, by key: its own, then the national codes."""
    return {reason.key: reason.label for reason in (closure.reasons if closure else OWN)} | dict(CODES)


def required(closure: Closure | None) -> tuple[str, ...]:
    """Give what a protocol says must be so before a case is closed, each as a sentence to be confirmed."""
    return closure.requires if closure else ()


def problem_with(
    reasons: Collection[str],
    *,
    closure: Closure | None,
    confirmed: Sequence[str],
    outreach_by: str,
    status: CaseStatus,
) -> tuple[str, str] | None:
    """Say why these reasons do not carry a closing, with the field to put it at; None where they do.

    The report found that not keeping in touch was taken for the young person's own failing (s.1198-1202). It says
    nothing about the risk, so it never closes a case by itself.
    """
    if not reasons or not set(reasons) <= offered(closure).keys():
        return "Select at least one reason", "reasons"
    weak = _weak(closure)
    if set(reasons) <= weak:
        return (
            "Not being in contact is no reason to close by itself. Select with it what has changed in the risk, "
            "or that another service leads the support"
        ), "reasons"
    died = bool(DIED & set(reasons))
    if ((weak | {OUTREACH}) & set(reasons)) and not outreach_by.strip() and not died:
        return "Enter which service goes on offering help, and who there", "outreach_by"
    if status is CaseStatus.OPENED and not died:
        return "Assess and decide a first level before this case is closed", "reasons"
    if set(confirmed) != set(required(closure)) and not died:
        return "Confirm everything that the protocol asks for before a case is closed", "confirmed"
    return None


def _weak(closure: Closure | None) -> frozenset[str]:
    asked = closure.reasons if closure else OWN
    return frozenset(reason.key for reason in asked if not reason.enough or reason.key in NEVER_ENOUGH)
