"""What lead officers record: who is missing, who is back, and how it went with the return interview."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case, CaseStatus
from cse_tracker.duties import commands as duties
from cse_tracker.missing import rules
from cse_tracker.missing.events import HomeAdded, InterviewMoved, MissingMoved, MissingReclassified, MissingReported
from cse_tracker.missing.model import (
    INTERVIEW_END,
    Account,
    Asked,
    Care,
    ChildrensHome,
    Episode,
    EpisodeBody,
    EpisodeHead,
    EpisodeState,
    Grading,
    HomeBody,
    Interval,
    InterviewBody,
    InterviewState,
    Obstacle,
    Offer,
    ReturnInterview,
    Setback,
)
from cse_tracker.missing.rules import Kind, Span
from cse_tracker.people.model import Person
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

# What happens to the young person now is recorded on another case. A closed one may well be the only one there is.
ELSEWHERE: Final = frozenset({CaseStatus.MERGED, CaseStatus.TRANSFERRED_OUT})


@dataclass(frozen=True, kw_only=True, repr=False)
class Residence:
    """Where they lived when they went; a children's home is one already listed or a new name."""

    care: Care
    home_id: UUID | None = None
    new_home: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Report:
    """The paper form on which somebody is reported. `ended_at` is set where they are back already."""

    kind: Kind
    starts_at: datetime
    residence: Residence
    reported_by: str
    circumstances: str
    police_reference: str = ""
    grading: Grading = Grading.NOT_GRADED
    ended_at: datetime | None = None
    found: str = ""
    once: UUID | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class Return:
    """The paper form on a return: when, where they were found, and what harm came to them."""

    ended_at: datetime
    found: str
    harm: str


def interview_act(episode_id: UUID) -> str:
    """Give the name of the act that meets the duty of one return interview."""
    return f"interview:{episode_id}"


def _task_act(key: str, episode_id: UUID) -> str:
    return f"task:{key.lower()}:{episode_id}"


def report(work: Work, case: Case, form: Report) -> Episode:
    """Record that somebody is missing or away, or was; opens what that demands. Raises RuleBroken as `check_span` does.

    The same form sent twice is recorded once.
    """
    require(work.actor, Permission.MISSING_RECORD, case)
    again = work.session.get(Episode, form.once) if form.once else None
    if again is not None and again.case_id == case.id:
        return again
    if case.status in ELSEWHERE:
        case.require_open()
    _check(work, case, Span(form.starts_at, form.ended_at))
    if case.status is CaseStatus.MONITORING:
        cases.resume(work, case, reason="Reported missing.")
    episode = Episode(
        id=form.once or uuid4(),
        borough_gss=case.borough_gss,
        case_id=case.id,
        person_id=case.person_id,
        compartment_id=case.compartment_id,
    )
    home_id = _home(work, case.borough_gss, form.residence)
    episode.head = EpisodeHead((Interval(form.kind, form.starts_at),), form.residence.care, home_id)
    episode.body = EpisodeBody(
        reported_at=work.now,
        recorded_by=work.actor.user_id,
        reported_by=form.reported_by,
        circumstances=form.circumstances,
        police_reference=form.police_reference,
        grading=form.grading,
    )
    returned = Return(ended_at=form.ended_at, found=form.found, harm="") if form.ended_at is not None else None
    if returned is not None:
        # Before it is written: only one episode of a young person may be open, and this one never was.
        _end(episode, returned, work.now)
    work.session.add(episode)
    work.session.flush()
    work.record(MissingReported(subject_id=episode.id, borough_gss=case.borough_gss, case_id=case.id))
    if returned is None:
        _demand(work, case, "MISSING_NOTIFY", _task_act("MISSING_NOTIFY", episode.id), form.starts_at, "missing since")
        _demand(work, case, "MISSING_STRAT", _task_act("MISSING_STRAT", episode.id), form.starts_at, "missing since")
    else:
        _follow_return(work, case, episode, returned)
    _ask_for_a_fresh_look(work, case)
    return episode


def _check(work: Work, case: Case, span: Span) -> None:
    born = work.session.get_one(Person, case.person_id).head.date_of_birth
    rows = work.session.scalars(
        select(Episode).where(Episode.person_id == case.person_id, Episode.state != EpisodeState.WITHDRAWN)
    ).all()
    unlock(work.session, {row.compartment_id for row in rows})
    others = sorted((row.head.span for row in rows), key=lambda other: other.starts_at)
    rules.check_span(span, now=work.now, born=born, others=others)


def _home(work: Work, borough_gss: str, residence: Residence) -> UUID | None:
    if residence.care is not Care.CHILDRENS_HOME:
        return None
    name = " ".join(residence.new_home.split())
    rows = work.session.scalars(select(ChildrensHome).where(ChildrensHome.borough_gss == borough_gss)).all()
    unlock(work.session, {row.compartment_id for row in rows})
    known = {row.body.name.casefold(): row.id for row in rows}
    if not name:
        if residence.home_id not in known.values():
            raise RuleBroken("missing.home", "Select the children’s home, or enter its name", field="new_home")
        return residence.home_id
    if name.casefold() in known:
        return known[name.casefold()]
    home = ChildrensHome(borough_gss=borough_gss, compartment_id=new_compartment(work.session, "borough", borough_gss))
    home.body = HomeBody(name)
    work.session.add(home)
    work.session.flush()
    work.record(HomeAdded(subject_id=home.id, borough_gss=borough_gss))
    return home.id


def _demand(work: Work, case: Case, key: str, act: str, started_at: datetime, happened: str) -> None:
    cases.demand(work, case, key, act, started_at=started_at, happened=happened)


def _ask_for_a_fresh_look(work: Work, case: Case) -> None:
    """Going missing is a sign of its own: whoever has a level is looked at again, once for however many episodes."""
    if case.head.level is not None:
        cases.ask_for_level_again(work, case, happened="reported")


def record_return(work: Work, case: Case, episode: Episode, form: Return) -> ReturnInterview:
    """Record that they are back; the interview is due within 72 hours of that moment, whenever it is recorded."""
    require(work.actor, Permission.MISSING_RECORD, episode)
    _end(episode, form, work.now)
    return _follow_return(work, case, episode, form)


def _end(episode: Episode, form: Return, now: datetime) -> None:
    rules.check_end(episode.head.intervals[-1].starts_at, form.ended_at, now=now)
    episode.end(form.ended_at, EpisodeState.RETURNED)
    episode.body = replace(episode.body, found=form.found, harm=form.harm)


def _follow_return(work: Work, case: Case, episode: Episode, form: Return) -> ReturnInterview:
    interview = ReturnInterview(episode_id=episode.id, compartment_id=episode.compartment_id)
    interview.body = InterviewBody()
    work.session.add(interview)
    work.session.flush()
    _record_state(work, episode)
    duties.withdraw(work, case.id, [_task_act("MISSING_STRAT", episode.id)], note="They are back")
    _demand(work, case, "RHI", interview_act(episode.id), form.ended_at, "returned")
    return interview


def _record_state(work: Work, episode: Episode) -> None:
    work.record(MissingMoved(subject_id=episode.id, borough_gss=episode.borough_gss, state=episode.state))


def reclassify(work: Work, episode: Episode, *, kind: Kind, at: datetime) -> None:
    """Go on as missing, or as away with the whereabouts known; both stretches are kept."""
    require(work.actor, Permission.MISSING_RECORD, episode)
    last = episode.head.intervals[-1]
    if not episode.is_open:
        raise RuleBroken("missing.ended", "They are back, so the episode cannot go on as something else")
    if kind is last.kind:
        raise RuleBroken("missing.same", "It is recorded as that already", field="kind")
    if at > work.now:
        raise RuleBroken("missing.future", "When it changed must be in the past", field="changed_on")
    if at < last.starts_at:
        message = f"When it changed must be after {rules.moment(last.starts_at)}"
        raise RuleBroken("missing.backwards", message, field="changed_on")
    episode.head = replace(episode.head, intervals=(*episode.head.intervals, Interval(kind, at)))
    work.record(MissingReclassified(subject_id=episode.id, borough_gss=episode.borough_gss, kind=kind))


def move_placement(work: Work, case: Case, episode: Episode, *, at: datetime, residence: Residence) -> Episode:
    """Split an episode where the placement changes while they are gone (rule 575): one ends, the next begins then."""
    require(work.actor, Permission.MISSING_RECORD, episode)
    rules.check_end(episode.head.intervals[-1].starts_at, at, now=work.now)
    home_id = _home(work, case.borough_gss, residence)
    episode.end(at, EpisodeState.MOVED)
    _record_state(work, episode)
    # The index that allows one open episode looks at each statement.
    work.session.flush()
    following = Episode(
        borough_gss=case.borough_gss,
        case_id=case.id,
        person_id=case.person_id,
        compartment_id=case.compartment_id,
    )
    following.head = EpisodeHead((Interval(episode.head.kind, at),), residence.care, home_id)
    following.body = replace(episode.body, recorded_by=work.actor.user_id)
    work.session.add(following)
    work.session.flush()
    work.record(MissingReported(subject_id=following.id, borough_gss=case.borough_gss, case_id=case.id))
    note = "Placement changed while missing"
    duties.withdraw(work, case.id, [_task_act("MISSING_STRAT", episode.id)], note=note)
    started = episode.head.starts_at
    _demand(work, case, "MISSING_STRAT", _task_act("MISSING_STRAT", following.id), started, "missing since")
    return following


def record_check(work: Work, episode: Episode, *, at: datetime, by: str, note: str) -> None:
    """Record the police's check after the return that somebody is safe and well."""
    require(work.actor, Permission.MISSING_RECORD, episode)
    ended = episode.head.ended_at
    if ended is None or at < ended:
        raise RuleBroken("missing.check_early", "The check must be after the return", field="checked_on")
    if at > work.now:
        raise RuleBroken("missing.future", "The check must be in the past", field="checked_on")
    episode.move(EpisodeState.CHECKED)
    episode.body = replace(episode.body, checked_at=at, check_by=by, check_note=note)
    _record_state(work, episode)
    interview = interview_of(work, episode)
    if interview is not None:
        _close_when_done(work, episode, interview)


def interview_of(work: Work, episode: Episode) -> ReturnInterview | None:
    """Give the interview that an episode's return asks for."""
    return work.session.scalar(select(ReturnInterview).where(ReturnInterview.episode_id == episode.id))


def _close_when_done(work: Work, episode: Episode, interview: ReturnInterview) -> None:
    if episode.state is EpisodeState.CHECKED and interview.body.state in INTERVIEW_END:
        episode.move(EpisodeState.CLOSED)
        _record_state(work, episode)


def withdraw(work: Work, case: Case, episode: Episode, *, reason: str) -> None:
    """Take back an episode that was recorded in error. It stays readable and no longer counts."""
    require(work.actor, Permission.MISSING_RECORD, episode)
    episode.move(EpisodeState.WITHDRAWN)
    episode.body = replace(episode.body, end_note=reason)
    _record_state(work, episode)
    acts = [interview_act(episode.id), *(_task_act(key, episode.id) for key in ("MISSING_NOTIFY", "MISSING_STRAT"))]
    duties.withdraw(work, case.id, acts, note="The episode was recorded in error")


def close_at_eighteen(work: Work, episode_id: UUID) -> bool:
    """End an episode that is still open on the 18th birthday; run by the clock. Gives whether it ended one."""
    episode = work.session.get(Episode, episode_id, with_for_update=True)
    if episode is None or not episode.is_open:
        return False
    born = work.session.get_one(Person, episode.person_id).head.date_of_birth
    if born is None:
        return False
    birthday = rules.eighteenth_birthday(born)
    if work.now < birthday or episode.head.starts_at >= birthday:
        return False
    episode.end(max(birthday, episode.head.intervals[-1].starts_at), EpisodeState.CLOSED_AT_18)
    _record_state(work, episode)
    return True


def offer(work: Work, episode: Episode, interview: ReturnInterview, given: Offer) -> None:
    """Record an offer of the interview: by whom, to whom, how, and whether the interviewer is independent."""
    require(work.actor, Permission.MISSING_RECORD, episode)
    _between(work, episode, given.offered_at, "offered_on", "The offer")
    _independence(independent=given.independent, reason=given.not_independent_reason)
    moved = interview.move(InterviewState.OFFERED)
    interview.body = replace(moved, offers=(*moved.offers, given))
    _record_interview(work, episode, interview)


def _between(work: Work, episode: Episode, at: datetime, field: str, subject: str) -> None:
    ended = episode.head.ended_at
    if ended is None or at < ended:
        raise RuleBroken("interview.early", f"{subject} must be after the return", field=field)
    if at > work.now:
        raise RuleBroken("interview.future", f"{subject} must be in the past", field=field)


def _independence(*, independent: bool, reason: str) -> None:
    if not independent and not reason.strip():
        message = "Say why the interviewer is not independent of where they live and of those who care for them"
        raise RuleBroken("interview.independence", message, field="not_independent_reason")


def _record_interview(work: Work, episode: Episode, interview: ReturnInterview) -> None:
    state = interview.body.state
    work.record(InterviewMoved(subject_id=episode.id, borough_gss=episode.borough_gss, state=state))


def answer(work: Work, episode: Episode, interview: ReturnInterview, *, accepted: bool, by: Asked, note: str) -> None:
    """Record what was said to the latest offer. A refusal leaves the duty open, so that it is offered again."""
    require(work.actor, Permission.MISSING_RECORD, episode)
    moved = interview.move(InterviewState.ACCEPTED if accepted else InterviewState.DECLINED)
    last = replace(moved.offers[-1], answered=moved.state, answered_by=by, answer_note=note)
    interview.body = replace(moved, offers=(*moved.offers[:-1], last))
    _record_interview(work, episode, interview)


def record_setback(work: Work, episode: Episode, interview: ReturnInterview, *, reason: Obstacle, note: str) -> None:
    """Record why no interview could be offered or held for now; the duty stays open."""
    require(work.actor, Permission.MISSING_RECORD, episode)
    moved = interview.move(InterviewState.NOT_POSSIBLE)
    interview.body = replace(moved, setbacks=(*moved.setbacks, Setback(work.now, reason, note)))
    _record_interview(work, episode, interview)


def hold(work: Work, case: Case, episode: Episode, interview: ReturnInterview, account: Account) -> None:
    """Record the interview that was held; this alone meets the duty."""
    require(work.actor, Permission.MISSING_RECORD, episode)
    _between(work, episode, account.held_at, "held_on", "The interview")
    _independence(independent=account.independent, reason=account.not_independent_reason)
    interview.body = replace(interview.move(InterviewState.HELD), account=account)
    _record_interview(work, episode, interview)
    # In time where it was held in time, whenever that is written down.
    duties.meet(work, case.id, interview_act(episode.id), note="Return interview held", done_at=account.held_at)
    _close_when_done(work, episode, interview)


def conclude(work: Work, case: Case, episode: Episode, interview: ReturnInterview, *, reason: str) -> None:
    """Give the interview up, with the reason, after it was declined or not possible. Given up late counts as late."""
    require(work.actor, Permission.MISSING_RECORD, episode)
    interview.body = replace(interview.move(InterviewState.CONCLUDED), concluded_reason=reason)
    _record_interview(work, episode, interview)
    duties.withdraw(work, case.id, [interview_act(episode.id)], note=f"No interview could be held: {reason}")
    _close_when_done(work, episode, interview)
