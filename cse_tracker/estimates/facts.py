"""What the service itself knows about how actively a borough looks: a suggested answer with its evidence, in words.

A person confirms or changes it. Managers may not see small numbers, so no sentence holds one.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.assessments.model import CertaintyFact, LevelDecision
from cse_tracker.cases.model import Case
from cse_tracker.estimates.model import Training
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.meetings.model import HELD, PRESENT, Meeting
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

_YEAR: Final = timedelta(days=365)
_ENOUGH: Final = 5
_TOGETHER: Final = 3


@dataclass(frozen=True)
class Suggested:
    """A suggested answer, None where the facts do not lead to one, and the evidence."""

    answer: bool | None
    evidence: str


def known_facts(work: Work, borough_gss: str) -> dict[str, Suggested]:
    """A suggestion by sign, over the last 365 days, for those signs that the service can speak to."""
    require_sight(work.actor, Permission.PROACTIVITY_REVIEW, Subject(borough_gss=borough_gss))
    meetings = _present(work, borough_gss)
    return {
        "protocol_active_use": _protocol(work, borough_gss),
        "lead_postholder": _lead(work, borough_gss),
        "knows_indicated_numbers": _certainty(work, borough_gss),
        "training_organised": _training(work, borough_gss),
        "police_involvement_sought": _police(meetings),
        "multi_agency_working": _together(meetings),
        "specialist_service_access": _specialist(work, borough_gss),
    }


def _protocol(work: Work, borough_gss: str) -> Suggested:
    try:
        label = protocols.in_force(work, borough_gss).label
    except RuleBroken:
        return Suggested(answer=False, evidence="No protocol is in force.")
    wanted = select(LevelDecision).join(Case, Case.id == LevelDecision.case_id).where(Case.borough_gss == borough_gss)
    decisions = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in decisions})
    used = any(row.body.decided_at >= work.now - _YEAR for row in decisions)
    were = "were" if used else "were not"
    return Suggested(used, f"{label} is in force, and levels {were} decided under it in the last year.")


def _lead(work: Work, borough_gss: str) -> Suggested:
    holders = identity.post_holders(work, borough_gss=borough_gss, kind=PostKind.LEAD_OFFICER)
    agencies = identity.agencies(work, [post.agency_id for post in holders])
    if any(agency.kind is AgencyKind.SOCIAL_CARE for agency in agencies.values()):
        return Suggested(answer=True, evidence="The post of lead officer is filled in children’s social care.")
    return Suggested(answer=False, evidence="The post of lead officer is not filled in children’s social care.")


def _certainty(work: Work, borough_gss: str) -> Suggested:
    wanted = select(CertaintyFact).join(Case, Case.id == CertaintyFact.case_id).where(Case.borough_gss == borough_gss)
    rows = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in rows})
    recent = {row.body.certainty for row in rows if row.body.recorded_at >= work.now - _YEAR}
    if Certainty.INDICATED in recent:
        told = "Young people for whom exploitation is indicated, but not known, were recorded in the last year."
        return Suggested(answer=True, evidence=told)
    told = "Nobody for whom exploitation is indicated, but not known, was recorded in the last year."
    return Suggested(answer=False, evidence=told)


def _training(work: Work, borough_gss: str) -> Suggested:
    rows = list(work.session.scalars(select(Training).where(Training.borough_gss == borough_gss)))
    unlock(work.session, {row.compartment_id for row in rows})
    recent = sorted(
        (row for row in rows if row.body.held_on >= (work.now - _YEAR).date()), key=lambda row: row.body.held_on
    )
    if not recent:
        return Suggested(None, "No training has been recorded here in the last year.")
    last = recent[-1].body
    for_whom = f", for {last.services}" if last.services else ""
    return Suggested(answer=True, evidence=f"Training was held on {last.held_on:%-d %B %Y}: {last.about}{for_whom}.")


def _present(work: Work, borough_gss: str) -> list[dict[AgencyKind, bool]]:
    """For each meeting of the last year, the kinds of agency that were invited and whether they came."""
    wanted = select(Meeting).where(
        Meeting.borough_gss == borough_gss, Meeting.state.in_(HELD), Meeting.starts_at >= work.now - _YEAR
    )
    meetings = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in meetings})
    agencies = identity.agencies(work, [each.agency_id for meeting in meetings for each in meeting.invitations])
    found = []
    for meeting in meetings:
        came: dict[AgencyKind, bool] = {}
        for each in meeting.invitations:
            kind = agencies[each.agency_id].kind
            came[kind] = came.get(kind, False) or each.body.attendance in PRESENT
        found.append(came)
    return found


def _police(meetings: list[dict[AgencyKind, bool]]) -> Suggested:
    police = [came[AgencyKind.POLICE] for came in meetings if AgencyKind.POLICE in came]
    if len(police) < _ENOUGH:
        return Suggested(None, "Too few meetings with police invited were held to say how often police come.")
    share = sum(police) / len(police)
    often = "nearly always" if share >= 0.9 else "mostly" if share >= 0.5 else "seldom"
    return Suggested(share >= 0.5, f"Police {often} came to meetings they were invited to in the last year.")


def _together(meetings: list[dict[AgencyKind, bool]]) -> Suggested:
    if len(meetings) < _ENOUGH:
        return Suggested(None, "Too few meetings were held in the last year to say how agencies work together.")
    joint = sum(sum(came.values()) >= _TOGETHER for came in meetings) / len(meetings)
    often = "most" if joint >= 0.5 else "fewer than half of the"
    return Suggested(joint >= 0.5, f"Three kinds of service or more came to {often} meetings of the last year.")


def _specialist(work: Work, borough_gss: str) -> Suggested:
    posts = identity.post_holders(work, borough_gss=borough_gss, kind=PostKind.MEETING_CONTACT)
    agencies = identity.agencies(work, [post.agency_id for post in posts])
    named = sorted(agency.name for agency in agencies.values() if agency.kind is AgencyKind.SPECIALIST_CSE)
    if named:
        return Suggested(answer=True, evidence=f"{named[0]} is a contact for meetings of the borough.")
    return Suggested(None, "No specialist service is a contact for meetings of the borough.")
