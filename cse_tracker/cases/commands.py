"""What lead officers do on a case: open it, join referrals to it, take it up again, and move it on."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases import rules
from cse_tracker.cases.events import CaseMoved, CaseNearsEighteen, CaseOpened
from cse_tracker.cases.model import OPEN, Case, CaseBody, CaseHead, CasePassage, CaseStatus, PassageBody
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import About, Duty, DutyState
from cse_tracker.identity import queries as identity
from cse_tracker.people import commands as people
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.protocols import queries as protocols
from cse_tracker.protocols.queries import InForce
from cse_tracker.records.base import Record
from cse_tracker.records.keys import new_compartment
from cse_tracker.rulebook.calendar import Unit, due, end_of_day
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import Conflict, RuleBroken
from cse_tracker.work.unit import Work

FIRST_LEVEL = "level:first"
LEVEL_REVIEW = "level:review"
MONITORING_REVIEW = "task:monitoring_review"
# What a decision on the level also meets: a fresh look that was asked for, such as after going missing.
LEVEL_AGAIN = "level:again"
# What a service meets by taking the young person on, however many were asked before.
TAKEN_ON = "service:taken_on"


def check_revision(record: Record, seen_revision: int) -> None:
    """Raise Conflict when a record has changed since the page that the actor is answering was made."""
    if record.revision != seen_revision:
        raise Conflict


def open_for(work: Work, person: Person, *, referral_id: UUID | None) -> Case:
    """Open a case for a young person, from a referral where there is one, with the duty to decide its first level."""
    require(work.actor, Permission.CASE_OPEN, person)
    case = Case(
        borough_gss=person.borough_gss,
        person_id=person.id,
        compartment_id=new_compartment(work.session, "borough", person.borough_gss),
    )
    case.head = CaseHead(opened_at=work.now)
    case.body = CaseBody(opened_by=work.actor.user_id, joined_referrals=(referral_id,) if referral_id else ())
    work.session.add(case)
    work.session.flush()
    _add_passage(work, case, PassageBody(status=case.status, before=None, at=work.now, by=work.actor.user_id))
    work.record(CaseOpened(subject_id=case.id, borough_gss=case.borough_gss, person_id=person.id))
    demand_assessment(work, case)
    return case


def move(work: Work, case: Case, status: CaseStatus, *, reason: str = "", repeat: bool = False) -> None:
    """Move a case to where it stands next, kept as a passage; raises RuleBroken where it cannot go there.

    The command that calls this has asked the matrix: what may be done depends on where the case goes.
    """
    before = case.status
    case.move(status, at=work.now)
    by = work.actor.user_id
    _add_passage(work, case, PassageBody(status, before, at=work.now, by=by, reason=reason, repeat=repeat))
    work.record(
        CaseMoved(subject_id=case.id, borough_gss=case.borough_gss, status=status, before=before, repeat=repeat)
    )


def _add_passage(work: Work, case: Case, body: PassageBody) -> None:
    last = work.session.scalar(select(func.max(CasePassage.ordinal)).where(CasePassage.case_id == case.id))
    passage = CasePassage(case_id=case.id, ordinal=(last or 0) + 1, compartment_id=case.compartment_id)
    passage.body = body
    work.session.add(passage)


def level_decided(work: Work, case: Case, *, raised: bool) -> None:
    """Move a case on after a level decision: the first one makes it active, and so does a rise while monitored."""
    if case.status is CaseStatus.OPENED or (case.status is CaseStatus.MONITORING and raised):
        _take_up(work, case, "")


def _take_up(work: Work, case: Case, reason: str) -> None:
    if case.status is CaseStatus.MONITORING:
        duties.withdraw(work, case.id, [MONITORING_REVIEW], note="The case was taken up again before its review")
    move(work, case, CaseStatus.ACTIVE, reason=reason)


def resume(work: Work, case: Case, *, reason: str) -> None:
    """Take a monitored case up again because of something new, with the duty to assess it afresh."""
    require(work.actor, Permission.CASE_CLOSE, case)
    if case.status is not CaseStatus.MONITORING:
        code = "case.not_monitored"
        raise RuleBroken(code, "This case is not being monitored")
    _take_up(work, case, reason)
    demand_assessment(work, case, happened="taken up again", trigger="the case being taken up again")


def reopen(work: Work, case: Case, *, reason: str) -> None:
    """Reopen a closed case with its reason; within twelve months of closing it counts as a repeat.

    The twelve months are those of SafeLives' conventions for panels. Raises RuleBroken for any case that is not
    closed: a monitored one is taken up again, one about to be handed over waits for that.
    """
    require(work.actor, Permission.CASE_CLOSE, case)
    if case.status is not CaseStatus.CLOSED:
        code = "case.not_closed"
        raise RuleBroken(code, "This case is not closed")
    others = select(Case.id).where(Case.person_id == case.person_id, Case.status.in_(OPEN))
    if work.session.scalar(others) is not None:
        code = "case.other_open"
        raise RuleBroken(code, "Another case of this young person is open. Record there what is new")
    closed_at = case.left_at
    repeat = closed_at is not None and work.now <= due(closed_at, 12, Unit.MONTHS).at
    move(work, case, CaseStatus.ACTIVE, reason=reason, repeat=repeat)
    demand_assessment(work, case, happened="reopened", trigger="the case being reopened")


def demand_assessment(
    work: Work, case: Case, *, happened: str = "accepted", trigger: str = "the referral being accepted"
) -> None:
    """Open the duty to assess a case and decide its level."""
    label = "Assessment and first level decision"
    demand(work, case, "ASSESS", FIRST_LEVEL, happened=happened, trigger=trigger, label=label)


def demand(
    work: Work,
    case: Case,
    key: str,
    act: str,
    *,
    happened: str,
    trigger: str = "",
    label: str = "",
    started_at: datetime | None = None,
) -> Duty:
    """Open a duty of social care by a deadline of the version that the case is under, or the shipped one."""
    protocol = protocol_of(work, case)
    deadline, named = protocols.deadline_in(protocol, key)
    wanted = duties.Demand.by(
        deadline, protocol, satisfied_by=act, happened=happened, label=label, trigger=trigger, protocol_label=named
    )
    return duties.open_duty(work, bearer(work, case, AgencyKind.SOCIAL_CARE), wanted, started_at=started_at)


def ask_for_level_again(work: Work, case: Case, *, happened: str, trigger: str = "") -> None:
    """Ask for a fresh look at the level, once for however many reasons that come before it is taken."""
    if not duties.standing(work, case.id, [LEVEL_AGAIN]):
        demand(work, case, "LEVEL_AGAIN", LEVEL_AGAIN, happened=happened, trigger=trigger)


def expect_service(work: Work, case: Case) -> None:
    """Demand that a service takes the young person on, where another agency is to act on what was referred.

    The borough stays responsible, and the duty its own, until a service has said yes: a refusal or silence leaves it
    open, and late it is an alarm like any other. Asked for once, however many referrals ask for it.
    """
    require(work.actor, Permission.CASE_OPEN, case)
    if not duties.standing(work, case.id, [TAKEN_ON]):
        trigger, label = "the referral being accepted", "A service takes on what another agency is to act on"
        demand(work, case, "EXT_REF_ACK", TAKEN_ON, happened="accepted", trigger=trigger, label=label)


def join(work: Work, case: Case, *, referral_id: UUID) -> None:
    """Join a further referral to an open case."""
    require(work.actor, Permission.CASE_OPEN, case)
    case.require_open()
    if case.status is CaseStatus.MONITORING:
        resume(work, case, reason="A further referral was joined to it.")
    case.body = replace(case.body, joined_referrals=(*case.body.joined_referrals, referral_id))


def protocol_of(work: Work, case: Case) -> InForce:
    """Give the protocol version under which the case is decided; it changes only by an act of its own."""
    return protocols.of_case(work, case.id, borough_gss=case.borough_gss, opened_at=case.head.opened_at)


def bearer(work: Work, case: Case, owner: AgencyKind) -> duties.Bearer:
    """Give the agency of a kind on which a duty about the case falls."""
    return duties.Bearer(
        borough_gss=case.borough_gss,
        owner_agency_id=identity.bearing_agency(work, owner, case.borough_gss),
        about=About.CASE,
        about_id=case.id,
        compartment_id=case.compartment_id,
    )


def alert_before_eighteen(work: Work, case_id: UUID) -> bool:
    """Open the duties of a coming eighteenth birthday as they fall due, each once; gives whether one was opened.

    Age changes nothing else: the level and what it demands stay as they are (s.1176-1184, s.2022).
    """
    case = work.session.get(Case, case_id, with_for_update=True)
    if case is None or not case.is_open:
        return False
    person = work.session.get_one(Person, case.person_id)
    if person.head.date_of_birth is None:
        return False
    today = work.today
    wanted = rules.eighteenth_alerts(person.head.date_of_birth, today)
    every = duties.every_about(work, case.id) if wanted else []
    # One that was void because the date of birth was wrong says nothing about the right one.
    known = {duty.body.satisfied_by for duty in every if duty.state is not DutyState.VOID}
    new = [alert for alert in wanted if alert.act not in known]
    for alert in new:
        protocol = protocol_of(work, case)
        wanted_duty = duties.Demand(
            rule_key="TURN_18_ALERT",
            label=alert.label,
            satisfied_by=alert.act,
            amount=alert.months,
            unit=Unit.MONTHS,
            trigger="the 18th birthday",
            happened="near",
            protocol_version_id=protocol.version_id,
            protocol_label=protocol.label,
        )
        sentence = (
            f"Asked for {alert.months} months before the 18th birthday, so that help does not end with childhood."
        )
        due_at = end_of_day(alert.due_on)
        bearing = bearer(work, case, AgencyKind.SOCIAL_CARE)
        duties.open_duty_by(work, bearing, wanted_duty, due_at=due_at, sentence=sentence)
        work.record(CaseNearsEighteen(subject_id=case.id, borough_gss=case.borough_gss, months=alert.months))
    return bool(new)


def correct_identity(
    work: Work, case: Case, person: Person, identity: Identity, details: PersonDetails, *, reason: str
) -> None:
    """Correct who the young person of a case is held to be; a wrong date of birth takes its duties with it.

    What an 18th birthday asks for is asked anew, by the right date, when the clock next looks.
    """
    require(work.actor, Permission.CASE_VIEW, case)
    born = person.head.date_of_birth
    people.correct(work, person, identity, details, reason=reason)
    case.make_pages_stale()
    if identity.date_of_birth == born:
        return
    every = work.session.scalars(select(Case.id).where(Case.person_id == person.id, Case.status.in_(OPEN)))
    for case_id in every:
        acts = [rules.PLAN_ACT, rules.HAND_ON_ACT]
        duties.withdraw(work, case_id, acts, note="The date of birth was corrected")
        alert_before_eighteen(work, case_id)
