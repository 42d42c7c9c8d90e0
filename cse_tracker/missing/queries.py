"""Who is missing now, what one young person's episodes are, and what all of them add up to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cse_tracker.access.decisions import scope
from cse_tracker.access.matrix import Permission
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.cases.queries import CaseRow
from cse_tracker.casework import queries as casework
from cse_tracker.missing import rules
from cse_tracker.missing.events import MissingListViewed, MissingViewed
from cse_tracker.missing.model import Care, ChildrensHome, Episode, EpisodeState, InterviewState, ReturnInterview
from cse_tracker.missing.rules import Counted, Figures
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work

# Of these the return on looked-after children asks that an episode lies within a period of care.
IN_CARE: Final = frozenset({Care.CHILDRENS_HOME, Care.FOSTER, Care.SUPPORTED})


@dataclass(frozen=True)
class EpisodeRow:
    """An episode with its interview, where it has come to one."""

    episode: Episode
    interview: ReturnInterview | None

    def counted(self) -> Counted:
        """What counting needs of it."""
        head, interview = self.episode.head, self.interview.body if self.interview else None
        account = interview.account if interview else None
        return Counted(
            person_id=self.episode.person_id,
            home_id=head.home_id,
            starts_at=head.starts_at,
            ends_at=head.ended_at,
            kind=head.ever_missing,
            offered=bool(interview and interview.offers),
            held_at=account.held_at if account else None,
        )


@dataclass(frozen=True)
class OpenedEpisode:
    """An episode on its page: with its case, its interview and the home it was from.

    `doubt` says how it does not agree with the placements on record; empty where it does.
    """

    row: CaseRow
    episode: Episode
    interview: ReturnInterview | None
    home: str
    doubt: str


@dataclass(frozen=True)
class Group:
    """One line of a table of counts. `recent` are the episodes of the last 90 days."""

    label: str
    case: CaseRow | None
    figures: Figures
    recent: int


@dataclass(frozen=True)
class Overview:
    """Who is missing now, and the counts of twelve months."""

    missing_now: tuple[tuple[Episode, CaseRow], ...]
    months: tuple[tuple[date, Figures], ...]
    homes: tuple[Group, ...]
    young_people: tuple[Group, ...]
    total: Figures


def open_episode(work: Work, episode_id: UUID, *, for_change: bool = False) -> OpenedEpisode:
    """Give one episode, recorded as seen; NotFound where the actor may not see its case."""
    episode = work.session.get(Episode, episode_id)
    if episode is None:
        raise NotFound
    row = cases.open_case(work, episode.case_id, for_change=for_change)
    if for_change:
        work.session.refresh(episode, with_for_update=True)
    work.record(MissingViewed(subject_id=episode.id, borough_gss=episode.borough_gss))
    interview = work.session.scalar(select(ReturnInterview).where(ReturnInterview.episode_id == episode.id))
    home_id = episode.head.home_id
    home = work.session.get(ChildrensHome, home_id) if home_id else None
    doubt = _doubt(work, row.case, episode)
    return OpenedEpisode(row, episode, interview, home.body.name if home else "", doubt)


def _doubt(work: Work, case: Case, episode: Episode) -> str:
    if episode.head.care not in IN_CARE or episode.state is EpisodeState.WITHDRAWN:
        return ""
    return rules.outside_care(episode.head.span, casework.periods_of_care(casework.entries(work, case)))


def of_case(work: Work, case: Case) -> list[EpisodeRow]:
    """Give the episodes of a case that has been opened, the latest first, withdrawn ones last."""
    rows = _with_interviews(work, work.session.scalars(select(Episode).where(Episode.case_id == case.id)))
    return sorted(
        rows,
        key=lambda row: (row.episode.state is EpisodeState.WITHDRAWN, -row.episode.head.starts_at.timestamp()),
    )


def _with_interviews(work: Work, found: Iterable[Episode]) -> list[EpisodeRow]:
    episodes = {episode.id: episode for episode in found}
    wanted = (
        select(ReturnInterview)
        .join(Episode, Episode.id == ReturnInterview.episode_id)
        .where(Episode.borough_gss.in_({episode.borough_gss for episode in episodes.values()}))
    )
    if len(episodes) <= 100:
        wanted = select(ReturnInterview).where(ReturnInterview.episode_id.in_(episodes))
    interviews = {row.episode_id: row for row in work.session.scalars(wanted)}
    unlock(work.session, {episode.compartment_id for episode in episodes.values()})
    return [EpisodeRow(episode, interviews.get(episode.id)) for episode in episodes.values()]


def homes(work: Work, borough_gss: str) -> list[tuple[UUID, str]]:
    """Give the children's homes of a borough whose case has been opened, by name."""
    rows = work.session.scalars(select(ChildrensHome).where(ChildrensHome.borough_gss == borough_gss)).all()
    unlock(work.session, {row.compartment_id for row in rows})
    return sorted(((row.id, row.body.name) for row in rows), key=lambda each: each[1].casefold())


def overview(work: Work) -> Overview:
    """Give who is missing now and the counts of twelve months, of cases in sight, as one viewing of a list.

    Raises NotPermitted where the actor may list no case at all.
    """
    allowed = scope(work.actor, Permission.CASE_LIST)
    if allowed.empty:
        raise NotPermitted(Permission.CASE_LIST)
    found = work.session.scalars(
        select(Episode).where(Episode.borough_gss.in_(allowed.boroughs), Episode.state != EpisodeState.WITHDRAWN)
    )
    listed = _with_interviews(work, found)
    case_rows = cases.rows_of(work, {row.episode.case_id for row in listed})
    seen = [row for row in listed if row.episode.case_id in case_rows]
    months = rules.months_up_to(work.now)
    counted = [row.counted() for row in seen if rules.month_of(row.episode.head.starts_at) >= months[0]]
    work.record(MissingListViewed(subject_id=None, shown=len(seen)))
    now = [(row.episode, case_rows[row.episode.case_id]) for row in seen if row.episode.is_open]
    now.sort(key=lambda pair: pair[0].head.starts_at)
    by_month = rules.figures_by(counted, lambda each: rules.month_of(each.starts_at))
    at_home = [each for each in counted if each.home_id]
    names = {home_id: name for gss in sorted(allowed.boroughs) for home_id, name in homes(work, gss)}
    persons = {row.episode.person_id: case_rows[row.episode.case_id] for row in seen}
    by_home = rules.figures_by(at_home, lambda each: each.home_id)
    by_person = rules.figures_by(counted, lambda each: each.person_id)
    recent = Counter(group for each in counted if each.starts_at >= work.now - rules.RECENT for group in each.groups)
    return Overview(
        missing_now=tuple(now),
        months=tuple((month, by_month.get(month, rules.figures([]))) for month in months),
        homes=_ordered(Group(names.get(key, ""), None, each, recent[key]) for key, each in by_home.items() if key),
        young_people=_ordered(
            Group(persons[key].person.head.full_name, persons[key], each, recent[key])
            for key, each in by_person.items()
        ),
        total=rules.figures(counted),
    )


def _ordered(groups: Iterable[Group]) -> tuple[Group, ...]:
    return tuple(sorted(groups, key=lambda group: (-group.figures.episodes, group.label.casefold())))


def open_ids(session: Session) -> list[UUID]:
    """Give the ids of every episode that is open, for the clock."""
    return list(session.scalars(select(Episode.id).where(Episode.state == EpisodeState.OPEN).order_by(Episode.id)))


def interview_is_open(interview: ReturnInterview | None) -> bool:
    """Whether an interview is still owed."""
    return interview is not None and interview.body.state not in {InterviewState.HELD, InterviewState.CONCLUDED}
