"""What lead officers do on a case: open it, and join further referrals to it."""

from dataclasses import replace
from uuid import UUID

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.events import CaseOpened
from cse_tracker.cases.model import Case, CaseBody, CaseHead, CaseStatus
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import About
from cse_tracker.identity import queries as identity
from cse_tracker.people.model import Person
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.base import Record
from cse_tracker.records.keys import new_compartment
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import Conflict, RuleBroken
from cse_tracker.work.unit import Work

FIRST_LEVEL = "level:first"


def check_revision(record: Record, seen_revision: int) -> None:
    """Raise Conflict when a record has changed since the page that the actor is answering was made."""
    if record.revision != seen_revision:
        raise Conflict


def open_for(work: Work, person: Person, *, referral_id: UUID) -> Case:
    """Open a case for a young person from a referral, with the duty to decide its first level."""
    require(work.actor, Permission.CASE_OPEN, person)
    case = Case(
        borough_gss=person.borough_gss,
        person_id=person.id,
        compartment_id=new_compartment(work.session, "borough", person.borough_gss),
    )
    case.head = CaseHead(opened_at=work.now)
    case.body = CaseBody(opened_by=work.actor.user_id, joined_referrals=(referral_id,))
    work.session.add(case)
    work.session.flush()
    work.record(CaseOpened(subject_id=case.id, borough_gss=case.borough_gss, person_id=person.id))
    _demand_first_level(work, case)
    return case


def _demand_first_level(work: Work, case: Case) -> None:
    protocol = protocols.in_force(work, case.borough_gss)
    deadline = protocol.document.deadline("ASSESS")
    demand = duties.Demand(
        rule_key=deadline.key,
        label="Assessment and first level decision",
        satisfied_by=FIRST_LEVEL,
        amount=deadline.amount,
        unit=deadline.unit,
        trigger="the referral being accepted",
        happened="accepted",
        protocol_version_id=protocol.version_id,
        protocol_label=protocol.label,
    )
    duties.open_duty(work, bearer(work, case, AgencyKind.SOCIAL_CARE), demand)


def join(work: Work, case: Case, *, referral_id: UUID) -> None:
    """Join a further referral to an open case."""
    require(work.actor, Permission.CASE_OPEN, case)
    if case.status is not CaseStatus.OPEN:
        code = "case.closed"
        raise RuleBroken(code, "This case is closed, so a referral cannot be joined to it")
    case.body = replace(case.body, joined_referrals=(*case.body.joined_referrals, referral_id))


def bearer(work: Work, case: Case, owner: AgencyKind) -> duties.Bearer:
    """Give the agency of a kind on which a duty about the case falls."""
    agency = identity.agency_of_kind(work, owner, case.borough_gss)
    return duties.Bearer(
        borough_gss=case.borough_gss,
        owner_agency_id=agency.id,
        about=About.CASE,
        about_id=case.id,
        compartment_id=case.compartment_id,
    )
