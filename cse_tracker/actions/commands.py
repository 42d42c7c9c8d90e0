"""What agencies do with their actions, and what the borough's lead officers do to see them done."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final
from uuid import UUID

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.actions.events import (
    ActionAgreed,
    ActionMoved,
    ActionOfferAnswered,
    ActionOffered,
    ActionRefused,
)
from cse_tracker.actions.model import Action, ActionBody, ActionState, Step
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import About, Duty
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.protocols.queries import InForce
from cse_tracker.reminders import commands as reminders
from cse_tracker.reminders.commands import Planned
from cse_tracker.reminders.model import ReminderJob
from cse_tracker.rulebook.calendar import LONDON, Unit, due, end_of_day
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import NotPermitted, RuleBroken
from cse_tracker.work.unit import Work

MORNING: Final = time(9)
# How often an overdue action is asked for, after the reminder on the last working day: our own default.
CHASES: Final = (1, 6, 11, 16)


@dataclass(frozen=True, kw_only=True, repr=False)
class AgreedAction:
    """An action as it was agreed. Without `agreed`, its agency was not there, or did not say yes yet."""

    text: str
    owner_agency_id: UUID
    due_on: date
    agreed: bool = True
    case_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The meeting at which an action was agreed, and the record it is sealed with."""

    meeting_id: UUID
    meeting_reference: str
    borough_gss: str
    case_id: UUID | None
    compartment_id: UUID
    protocol: InForce
    ordinal: int


def agree(work: Work, origin: Origin, agreed: AgreedAction) -> Action:
    """Put an action on an agency, with its duty from the first moment: one that is not agreed to is not forgotten."""
    if agreed.due_on < work.today:
        code = "action.past"
        message = "The date by which an action is due must be today or later"
        raise RuleBroken(code, message, field=f"due_{origin.ordinal}")
    duty = _open_duty(work, origin, agreed)
    state = ActionState.AGREED if agreed.agreed else ActionState.PROPOSED
    action = Action(
        meeting_id=origin.meeting_id,
        borough_gss=origin.borough_gss,
        case_id=origin.case_id,
        owner_agency_id=agreed.owner_agency_id,
        duty_id=duty.id,
        ordinal=origin.ordinal,
        state=state,
        compartment_id=origin.compartment_id,
    )
    action.body = ActionBody(agreed.text, agreed.due_on, work.now)
    work.session.add(action)
    work.session.flush()
    _remind(work, action)
    work.record(
        ActionAgreed(
            subject_id=action.id,
            borough_gss=action.borough_gss,
            meeting_id=action.meeting_id,
            owner_agency_id=action.owner_agency_id,
            state=state,
        )
    )
    return action


def _open_duty(work: Work, origin: Origin, agreed: AgreedAction) -> Duty:
    deadline = origin.protocol.document.deadline("ACTION_DEFAULT")
    demand = duties.Demand.by(
        deadline,
        origin.protocol,
        satisfied_by=f"action:{origin.meeting_id}:{origin.ordinal}",
        happened="agreed",
        label=f"Action: {agreed.text}",
    )
    bearer = duties.Bearer(
        borough_gss=origin.borough_gss,
        owner_agency_id=agreed.owner_agency_id,
        about=About.CASE if origin.case_id else About.MEETING,
        about_id=origin.case_id or origin.meeting_id,
        compartment_id=origin.compartment_id,
    )
    day = f"{agreed.due_on.day} {agreed.due_on:%B %Y}"
    sentence = f"Agreed at meeting {origin.meeting_reference}, to be done by the end of {day}."
    return duties.open_duty_by(work, bearer, demand, due_at=end_of_day(agreed.due_on), sentence=sentence)


def _remind(work: Work, action: Action) -> None:
    on = action.body.due_on
    wanted = [Planned(period=f"due@{on:%Y%m%d}", due_at=datetime.combine(on, MORNING, tzinfo=LONDON))]
    for days in CHASES:
        late = due(end_of_day(on), days, Unit.WORKING_DAYS).at.astimezone(LONDON).date()
        at = datetime.combine(late, MORNING, tzinfo=LONDON)
        wanted.append(Planned(period=f"late-{days}@{on:%Y%m%d}", due_at=at))
    reminders.plan(work, ReminderJob.ACTION, action.id, wanted, borough_gss=action.borough_gss)


def _stop_reminding(work: Work, action: Action) -> None:
    reminders.withdraw(work, ReminderJob.ACTION, action.id, borough_gss=action.borough_gss)


def _step(work: Work, action: Action, what: str, note: str = "", **changes: object) -> None:
    step = Step(what, note.strip(), work.now, work.actor.user_id, work.actor.agency_id)
    action.body = replace(action.body, steps=(*action.body.steps, step), **changes)  # type: ignore[arg-type]


def _moved(work: Work, action: Action, before: ActionState) -> None:
    work.record(ActionMoved(subject_id=action.id, borough_gss=action.borough_gss, state=action.state, before=before))


def _move(work: Work, action: Action, state: ActionState, what: str, note: str = "", **changes: object) -> None:
    before = action.state
    action.move_to(state)
    _step(work, action, what, note, **changes)
    _moved(work, action, before)


def _need(text: str, sentence: str, field: str) -> str:
    if not text.strip():
        code = "action.words"
        raise RuleBroken(code, sentence, field=field)
    return text.strip()


def _require_owner(work: Work, action: Action) -> None:
    """Raise NotPermitted for whom only an offer lies with: until it is accepted the action is its agency's."""
    require(work.actor, Permission.ACTION_DO, action)
    leads = action.borough_gss in work.actor.boroughs_as(Role.LEAD_OFFICER)
    if not leads and work.actor.agency_id != action.owner_agency_id:
        raise NotPermitted(Permission.ACTION_DO)


def accept(work: Work, action: Action) -> None:
    """Agree, for its agency, to do it."""
    _require_owner(work, action)
    _move(work, action, ActionState.AGREED, "Agreed to do it")


def refuse(work: Work, action: Action, *, reason: str) -> None:
    """Say that the agency does not agree; the lead officers are told and its duty stays until it is settled."""
    _require_owner(work, action)
    reason = _need(reason, "Enter why your agency does not agree", "note")
    if action.state is not ActionState.PROPOSED:
        code = "action.agreed"
        raise RuleBroken(code, "Your agency has agreed to this. Say what stops it, or ask another agency to take it")
    _step(work, action, "Did not agree", reason)
    work.record(ActionRefused(subject_id=action.id, borough_gss=action.borough_gss))


def start(work: Work, action: Action) -> None:
    """Say that it is being worked on, also again after something stopped it."""
    _require_owner(work, action)
    if action.state is ActionState.DONE:
        # It has no time limit any more: going back is for whoever sees that it is not done, and gives it one.
        code = "action.done"
        raise RuleBroken(code, "This action is recorded as done. A lead officer can send it back")
    _move(work, action, ActionState.IN_PROGRESS, "Began", blocked_by="")


def block(work: Work, action: Action, *, reason: str) -> None:
    """Say what stops it; its time limit runs on."""
    _require_owner(work, action)
    reason = _need(reason, "Enter what stops it", "note")
    _move(work, action, ActionState.BLOCKED, "Blocked", reason, blocked_by=reason)


def finish(work: Work, action: Action, *, evidence: str, done_on: date) -> list[Duty]:
    """Say that it is done, on what day and what shows it; gives the duties met by it.

    Nobody is asked any more to take it over.
    """
    _require_owner(work, action)
    evidence = _need(evidence, "Enter what was done and what shows it", "note")
    today = work.today
    if done_on > today or done_on < action.body.agreed_at.astimezone(LONDON).date():
        code = "action.day"
        message = "The day on which it was done must be between the day it was agreed and today"
        raise RuleBroken(code, message, field="done_on")
    done_at = work.now if done_on == today else datetime.combine(done_on, time(12), tzinfo=LONDON)
    _move(
        work, action, ActionState.DONE, "Done", evidence,
        evidence=evidence, done_by=work.actor.user_id, done_at=done_at, blocked_by="",
    )  # fmt: skip
    action.offered_to_id = None
    _stop_reminding(work, action)
    return duties.meet(work, action.about_id, action.act, note=evidence, done_at=done_at)


def verify(work: Work, action: Action, *, note: str = "") -> None:
    """See that it was done; raises RuleBroken for the one who says to have done it."""
    require(work.actor, Permission.ACTION_STEER, action)
    if action.body.done_by is not None and action.body.done_by == work.actor.user_id:
        code = "action.own"
        raise RuleBroken(code, "Somebody other than the person who recorded it as done must verify it")
    _move(work, action, ActionState.VERIFIED, "Verified", note)


def send_back(work: Work, action: Action, *, reason: str, protocol: InForce, reference: str) -> None:
    """Say that it is not done after all: due again, in the time that the protocol gives an action."""
    require(work.actor, Permission.ACTION_STEER, action)
    reason = _need(reason, "Enter what is still to be done", "note")
    if action.state is not ActionState.DONE:
        code = "action.not_done"
        raise RuleBroken(code, "Only an action that is recorded as done can be sent back")
    _move(work, action, ActionState.IN_PROGRESS, "Sent back", reason, done_by=None, done_at=None)
    deadline = protocol.document.deadline("ACTION_DEFAULT")
    until = due(work.now, deadline.amount, deadline.unit).at.astimezone(LONDON).date()
    _give_duty(work, action, protocol, reference, until)


def _give_duty(work: Work, action: Action, protocol: InForce, reference: str, until: date) -> None:
    origin = Origin(
        meeting_id=action.meeting_id,
        meeting_reference=reference,
        borough_gss=action.borough_gss,
        case_id=action.case_id,
        compartment_id=action.compartment_id,
        protocol=protocol,
        ordinal=action.ordinal,
    )
    agreed = AgreedAction(text=action.body.text, owner_agency_id=action.owner_agency_id, due_on=until)
    action.duty_id = _open_duty(work, origin, agreed).id
    action.body = replace(action.body, due_on=until)
    _remind(work, action)


def cancel(work: Work, action: Action, *, reason: str) -> None:
    """Cancel it for a reason; a breach of its duty stays in sight."""
    require(work.actor, Permission.ACTION_STEER, action)
    reason = _need(reason, "Enter why this is not needed any more", "note")
    action.offered_to_id = None
    _move(work, action, ActionState.CANCELLED, "Cancelled", reason)
    _stop_reminding(work, action)
    duties.withdraw(work, action.about_id, [action.act], note=f"Cancelled: {reason}")


def offer(work: Work, action: Action, *, agency_id: UUID, reason: str) -> None:
    """Ask another agency to take it over; until it accepts, the action stays where it is."""
    _require_owner(work, action)
    reason = _need(reason, "Enter why another agency should do it", "note")
    if not action.is_open:
        raise _over()
    posts = identity.post_holders(work, borough_gss=action.borough_gss, kind=PostKind.MEETING_CONTACT)
    if agency_id == action.owner_agency_id or agency_id not in {post.agency_id for post in posts}:
        code = "action.agency"
        raise RuleBroken(code, "Select another agency that has somebody in post", field="agency")
    action.offered_to_id = agency_id
    _step(work, action, f"Asked {identity.agency(work, agency_id).name} to take it over", reason)
    work.record(ActionOffered(subject_id=action.id, borough_gss=action.borough_gss, to_agency_id=agency_id))


def _over() -> RuleBroken:
    return RuleBroken("action.over", "This action is over, so nobody can take it over")


def answer_offer(work: Work, action: Action, *, taken: bool, note: str, reference: str, protocol: InForce) -> None:
    """Answer, for the agency that was asked: taking it over brings its time limit along, and a breach stays behind."""
    require(work.actor, Permission.ACTION_DO, action)
    if action.offered_to_id is None or work.actor.agency_id != action.offered_to_id:
        raise NotPermitted(Permission.ACTION_DO)
    if not action.is_open:
        raise _over()
    before, new = action.owner_agency_id, action.offered_to_id
    if not taken:
        _need(note, "Enter why your agency cannot take it over", "note")
    _step(work, action, "Took it over" if taken else "Did not take it over", note)
    action.offered_to_id = None
    if taken:
        old_state = action.state
        action.owner_agency_id = new
        action.state = ActionState.AGREED
        for duty in duties.standing(work, action.about_id, [action.act]):
            duties.supersede(work, duty, note=f"{identity.agency(work, new).name} took it over")
        _give_duty(work, action, protocol, reference, action.body.due_on)
        _moved(work, action, old_state)
    work.record(
        ActionOfferAnswered(subject_id=action.id, borough_gss=action.borough_gss, taken=taken, from_agency_id=before)
    )
