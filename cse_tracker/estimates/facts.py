"""What the service itself knows about how actively a borough looks, in words and never in counts."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.assessments.model import CertaintyFact, LevelDecision
from cse_tracker.cases.model import Case
from cse_tracker.identity import queries as identity
from cse_tracker.meetings.model import HELD, PRESENT, Meeting
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

_YEAR: Final = timedelta(days=365)
_ENOUGH: Final = 5


def known_facts(work: Work, borough_gss: str) -> dict[str, str]:
    """A sentence by sign, over the last 365 days, for those signs that the service can speak to.

    Managers may not see small numbers, so no sentence holds one.
    """
    require_sight(work.actor, Permission.PROACTIVITY_REVIEW, Subject(borough_gss=borough_gss))
    return {
        "protocol_active_use": _protocol(work, borough_gss),
        "knows_indicated_numbers": _certainty(work, borough_gss),
        "police_involvement_sought": _police(work, borough_gss),
    }


def _protocol(work: Work, borough_gss: str) -> str:
    try:
        label = protocols.in_force(work, borough_gss).label
    except RuleBroken:
        return "No protocol is in force."
    wanted = select(LevelDecision).join(Case, Case.id == LevelDecision.case_id).where(Case.borough_gss == borough_gss)
    decisions = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in decisions})
    used = any(row.body.decided_at >= work.now - _YEAR for row in decisions)
    return f"{label} is in force, and levels {'were' if used else 'were not'} decided under it in the last year."


def _certainty(work: Work, borough_gss: str) -> str:
    wanted = select(CertaintyFact).join(Case, Case.id == CertaintyFact.case_id).where(Case.borough_gss == borough_gss)
    rows = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in rows})
    recent = {row.body.certainty for row in rows if row.body.recorded_at >= work.now - _YEAR}
    if Certainty.INDICATED in recent:
        return "Young people for whom exploitation is indicated, but not known, were recorded in the last year."
    return "Nobody for whom exploitation is indicated, but not known, was recorded in the last year."


def _police(work: Work, borough_gss: str) -> str:
    wanted = select(Meeting).where(
        Meeting.borough_gss == borough_gss, Meeting.state.in_(HELD), Meeting.starts_at >= work.now - _YEAR
    )
    meetings = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in meetings})
    invitations = [invitation for meeting in meetings for invitation in meeting.invitations]
    agencies = identity.agencies(work, [invitation.agency_id for invitation in invitations])
    police = [each for each in invitations if agencies[each.agency_id].kind is AgencyKind.POLICE]
    if len(police) < _ENOUGH:
        return "Too few meetings with police invited were held in the last year to say how often police come."
    share = sum(each.body.attendance in PRESENT for each in police) / len(police)
    often = "nearly always" if share >= 0.9 else "mostly" if share >= 0.5 else "seldom"
    return f"Police {often} came to meetings they were invited to in the last year."
