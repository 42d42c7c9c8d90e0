"""What people see of minutes: all of them who leads the borough, its own sections an agency that was invited."""

from uuid import UUID

from sqlalchemy import func, select

from cse_tracker.access.decisions import permits
from cse_tracker.access.matrix import Permission
from cse_tracker.meetings.model import Meeting
from cse_tracker.minutes.events import MinutesViewed
from cse_tracker.minutes.model import MinuteSection, MinutesState, MinuteVersion
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


def versions(work: Work, meeting: Meeting) -> list[MinuteVersion]:
    """Give the versions of a meeting that has been opened, the newest first; to who only gets them, agreed ones."""
    wanted = select(MinuteVersion).where(MinuteVersion.meeting_id == meeting.id).order_by(MinuteVersion.ordinal.desc())
    rows = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in rows})
    whole = permits(work.actor, Permission.MEETING_MINUTE, meeting)
    return [row for row in rows if whole or row.state is MinutesState.AGREED]


def sections(work: Work, meeting: Meeting, version: MinuteVersion) -> list[MinuteSection]:
    """Give the sections of a version that the actor may read, recorded as read."""
    if version.meeting_id != meeting.id:
        raise NotFound
    whole = permits(work.actor, Permission.MEETING_MINUTE, meeting)
    if not whole and version.state is not MinutesState.AGREED:
        raise NotFound
    wanted = select(MinuteSection).where(MinuteSection.version_id == version.id).order_by(MinuteSection.ordinal)
    rows = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in rows})
    leads = permits(work.actor, Permission.MEETING_RECORD, meeting)
    mine = None if leads else work.actor.agency_id
    work.record(
        MinutesViewed(subject_id=meeting.id, borough_gss=meeting.borough_gss, version=version.ordinal, agency_id=mine)
    )
    return [row for row in rows if leads or _is_theirs(work, row)]


def _is_theirs(work: Work, section: MinuteSection) -> bool:
    """Whether a section is for the actor's agency: a chair who does not lead the borough reads no other's either."""
    return not section.body.only or work.actor.agency_id in section.body.only


def withheld(work: Work, meeting: Meeting, version: MinuteVersion, shown: list[MinuteSection]) -> int:
    """Give how many sections of a version are not for whoever agrees it: a lead officer answers for those."""
    if not permits(work.actor, Permission.MEETING_MINUTE, meeting):
        return 0
    number = select(func.count()).where(MinuteSection.version_id == version.id)
    return (work.session.scalar(number) or 0) - len(shown)


def open_section(work: Work, meeting: Meeting, section_id: UUID) -> MinuteSection:
    """Give one section of a meeting's minutes to who may write it; NotFound where there is none."""
    section = work.session.get(MinuteSection, section_id, with_for_update=True)
    version = work.session.get(MinuteVersion, section.version_id) if section else None
    if section is None or version is None or version.meeting_id != meeting.id:
        raise NotFound
    if not permits(work.actor, Permission.MEETING_MINUTE, meeting):
        raise NotFound
    unlock(work.session, [section.compartment_id, version.compartment_id])
    if not permits(work.actor, Permission.MEETING_RECORD, meeting) and not _is_theirs(work, section):
        raise NotFound
    return section
