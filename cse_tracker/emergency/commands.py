"""Asking for emergency access, and reviewing it afterwards."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import OPEN, Case
from cse_tracker.duties import commands as duties
from cse_tracker.emergency.events import EmergencyAsked, EmergencyReviewed
from cse_tracker.emergency.model import EmergencyAccess, EmergencyBody, Finding, Ground
from cse_tracker.likeness.names import normal_name
from cse_tracker.people import queries as people
from cse_tracker.people.model import Person
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.rulebook.calendar import Unit
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

LENGTH: Final = timedelta(hours=3)
SHORTEST_REASON: Final = 30
MOST_IN_A_DAY: Final = 3


@dataclass(frozen=True, kw_only=True, repr=False)
class EmergencyForm:
    """The paper form on which emergency access is asked for."""

    borough_gss: str
    first_name: str
    last_name: str
    born: date
    ground: Ground
    reason: str


def ask(work: Work, form: EmergencyForm) -> EmergencyAccess:
    """Ask for emergency access; granted for three hours where exactly one open case is of this young person.

    Kept either way, and three times a day at most, so that nobody finds out by guessing who is known here.
    """
    require(work.actor, Permission.EMERGENCY_ASK, Subject(borough_gss=form.borough_gss))
    if work.actor.user_id is None:
        code = "emergency.nobody"
        raise RuleBroken(code, "Only a person who signed in can ask")
    _check(work, form)
    case = _found(work, form)
    compartment = case.compartment_id if case else new_compartment(work.session, "borough", form.borough_gss)
    access = EmergencyAccess(
        borough_gss=form.borough_gss,
        asked_by=work.actor.user_id,
        asked_at=work.now,
        case_id=case.id if case else None,
        compartment_id=compartment,
    )
    access.body = EmergencyBody(
        ground=form.ground,
        reason=form.reason,
        named=f"{form.first_name} {form.last_name}, {form.born.isoformat()}",
        expires_at=work.now + LENGTH,
    )
    work.session.add(access)
    work.session.flush()
    work.record(
        EmergencyAsked(subject_id=access.id, borough_gss=form.borough_gss, ground=form.ground, case_id=access.case_id)
    )
    if case is not None:
        _demand_review(work, case, access)
    return access


def _check(work: Work, form: EmergencyForm) -> None:
    if len(form.reason.strip()) < SHORTEST_REASON:
        code = "emergency.reason"
        raise RuleBroken(code, f"Say why in at least {SHORTEST_REASON} characters", field="reason")
    since = work.now - timedelta(days=1)
    asked = select(func.count()).select_from(EmergencyAccess)
    asked = asked.where(EmergencyAccess.asked_by == work.actor.user_id, EmergencyAccess.asked_at > since)
    if (work.session.scalar(asked) or 0) >= MOST_IN_A_DAY:
        code = "emergency.often"
        raise RuleBroken(code, "You have asked three times in a day. Call the borough, or 999 if there is danger now")


def _found(work: Work, form: EmergencyForm) -> Case | None:
    # Somebody who guesses must not be led from nearly a name to a person: all of it has to be right.
    asked = f"{form.first_name} {form.last_name}"
    persons = list(work.session.scalars(select(Person).where(Person.borough_gss == form.borough_gss)))
    unlock(work.session, [person.compartment_id for person in persons])
    # Whoever was held twice is held once now, and is found by either name.
    alike = {
        people.present(work.session, person).id
        for person in persons
        if person.head.date_of_birth == form.born and normal_name(person.head.full_name) == normal_name(asked)
    }
    rows = list(work.session.scalars(select(Case).where(Case.person_id.in_(alike), Case.status.in_(OPEN))))
    return rows[0] if len(rows) == 1 else None


def _demand_review(work: Work, case: Case, access: EmergencyAccess) -> None:
    protocol = cases.protocol_of(work, case)
    demand = duties.Demand(
        rule_key="EMERGENCY_REVIEW",
        label="Review emergency access",
        satisfied_by=access.act,
        amount=3,
        unit=Unit.WORKING_DAYS,
        trigger="emergency access",
        happened="granted",
        protocol_version_id=protocol.version_id,
        protocol_label=protocol.label,
    )
    duties.open_duty(work, cases.bearer(work, case, AgencyKind.SOCIAL_CARE), demand)


def review(work: Work, access: EmergencyAccess, *, finding: Finding, note: str) -> None:
    """Say whether emergency access was justified; not by the one who used it."""
    require(work.actor, Permission.EMERGENCY_REVIEW, access)
    if access.asked_by == work.actor.user_id:
        code = "emergency.own"
        raise RuleBroken(code, "Somebody else reviews what you asked for")
    if access.case_id is None or access.body.finding is not None:
        code = "emergency.reviewed"
        raise RuleBroken(code, "There is nothing left to review here")
    access.body = replace(access.body, finding=finding, reviewed_at=work.now, reviewed_by=work.actor.user_id, note=note)
    work.record(EmergencyReviewed(subject_id=access.id, borough_gss=access.borough_gss, finding=finding))
    duties.meet(work, access.case_id, access.act)
