"""What the pages of meetings work out: what is demanded, who can be invited, who was missing, whose eyes see what."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from cse_tracker.cases import commands as cases
from cse_tracker.cases.queries import CaseRow
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import Duty
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Agency, PostKind
from cse_tracker.meetings import queries
from cse_tracker.meetings.model import PRESENT, Attendance, Invitation, Meeting
from cse_tracker.meetings.queries import Sought, Suggestion
from cse_tracker.protocols import queries as protocols
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.rulebook.document import MeetingType, ProtocolDocument
from cse_tracker.rulebook.terms import AgencyKind, MeetingScope
from cse_tracker.web import words
from cse_tracker.web.forms.meetings import AGENCY_KINDS, CallForm
from cse_tracker.work.unit import Work

MEETING: Final = "meeting:"


@dataclass(frozen=True)
class Offer:
    """What a page for calling a meeting offers; `demanded` holds the open duty of each kind, the first due first."""

    document: ProtocolDocument
    demanded: Mapping[str, Duty]
    agencies: tuple[Agency, ...]
    chairs: tuple[tuple[str, str], ...] = ()
    scopes: frozenset[MeetingScope] = frozenset({MeetingScope.ONE})

    @property
    def types(self) -> list[MeetingType]:
        """The kinds of meeting, those that are demanded first and in order of their time."""
        asked = list(self.demanded)
        return sorted(
            (kind for kind in self.document.meeting_types if kind.about in self.scopes),
            key=lambda kind: asked.index(kind.key) if kind.key in asked else len(asked),
        )

    @property
    def due(self) -> dict[str, str]:
        """By when each kind that is demanded must be held, in words."""
        due = {key: words.deadline(duty.due_at) for key, duty in self.demanded.items()}
        return {key: f"Demanded by the protocol, due by {when}" for key, when in due.items()}

    @property
    def marks(self) -> dict[str, str]:
        """At which kinds of meeting the protocol requires each agency, in words, by agency id."""
        return {str(agency.id): mark for agency in self.agencies if (mark := self._mark(agency.kind))}

    def _mark(self, kind: AgencyKind) -> str:
        labels = [each.label for each in self.types if kind in each.required_agencies]
        if len(labels) == len(self.types):
            return "Required by the protocol"
        return f"Required by the protocol for: {'; '.join(labels)}" if labels else ""

    @property
    def missing(self) -> list[str]:
        """The kinds of agency that are required and have nobody in post, in words."""
        wanted = [kind for kind in self.types if kind.key in self.demanded] or self.types
        required = dict.fromkeys(kind for each in wanted for kind in each.required_agencies)
        return [AGENCY_KINDS[kind] for kind in required if kind not in {agency.kind for agency in self.agencies}]


def offer(work: Work, row: CaseRow) -> Offer:
    """Give what can be called about a case. Duties for kinds that the protocol no longer has are left out."""
    document = cases.protocol_of(work, row.case).document
    known = {kind.key for kind in document.meeting_types}
    demanded: dict[str, Duty] = {}
    for duty in duties.about(work, row.case.id):
        key = duty.body.satisfied_by.removeprefix(MEETING)
        if duty.is_open and duty.body.satisfied_by.startswith(MEETING) and key in known:
            demanded.setdefault(key, duty)
    posts = identity.post_holders(work, borough_gss=row.case.borough_gss, kind=PostKind.MEETING_CONTACT)
    agencies = identity.agencies(work, [post.agency_id for post in posts])
    who = tuple(chairs(work, row.case.borough_gss, agencies))
    return Offer(document, demanded, tuple(agencies.values()), who)


def offer_panel(work: Work, borough_gss: str) -> Offer:
    """Give what can be called about several young people, or about places, themes and people of concern."""
    document = protocols.in_force(work, borough_gss).document
    posts = identity.post_holders(work, borough_gss=borough_gss, kind=PostKind.MEETING_CONTACT)
    agencies = identity.agencies(work, [post.agency_id for post in posts])
    who = tuple(chairs(work, borough_gss, agencies))
    several = frozenset({MeetingScope.GROUP, MeetingScope.PANEL})
    return Offer(document, {}, tuple(agencies.values()), who, several)


def chairs(work: Work, borough_gss: str, agency_ids: Collection[UUID]) -> list[tuple[str, str]]:
    """Give who can chair: lead officers of the borough, and who holds the post of an agency."""
    posts = identity.post_holders(work, borough_gss=borough_gss, kind=PostKind.MEETING_CONTACT)
    holders = {post.holder_id for post in posts if post.agency_id in set(agency_ids)}
    names = identity.names(work, {*holders, *identity.lead_officers(work, borough_gss)})
    return sorted(((str(user_id), name) for user_id, name in names.items()), key=lambda each: each[1].casefold())


def names_at(work: Work, meeting: Meeting) -> dict[UUID, str]:
    """Give the names of colleagues that a meeting's page shows."""
    body = meeting.body
    moved = [each.by for each in body.moves]
    invited = [each.invited_id for each in meeting.invitations]
    ended = body.cancelled.by if body.cancelled else None
    return identity.names(work, [meeting.organiser_id, meeting.chair_id, body.recorded_by, *moved, *invited, ended])


def is_here(work: Work, meeting: Meeting) -> bool:
    """Whether the organiser still leads the borough."""
    return meeting.organiser_id in identity.lead_officers(work, meeting.borough_gss)


def moment_from(text: str) -> datetime | None:
    """Read the time that a link from a free time carries, as London's; None where it is none."""
    try:
        found = datetime.strptime(text, "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return found.astimezone(LONDON)


def free_times(
    work: Work, form: CallForm, offered: Offer, *, borough_gss: str, due: tuple[tuple[str, datetime], ...] | None = None
) -> list[Suggestion]:
    """Give times that are free for whoever is ticked on the form, in time for every duty that its kind would meet."""
    kind = next((each for each in offered.types if each.key == form.type_key.data), offered.types[0])
    chosen = [agency.id for agency in offered.agencies if str(agency.id) in (form.agencies.data or [])]
    duty = offered.demanded.get(kind.key)
    wanted = ((duty.body.label, duty.due_at),) if duty else ()
    return queries.suggestions(
        work,
        Sought(
            borough_gss=borough_gss,
            agency_ids=tuple(chosen),
            minutes=form.minutes.data or 60,
            lead_working_days=kind.invite_lead_working_days,
            place=form.place.data or "",
            due=wanted if due is None else due,
        ),
    )


def open_duty(found: Iterable[Duty], meeting: Meeting) -> Duty | None:
    """Give the open duty that holding the meeting would meet."""
    return next((duty for duty in found if duty.is_open and duty.body.satisfied_by == meeting.act), None)


def invitations(meeting: Meeting, agencies: Mapping[UUID, Agency], *, only: UUID | None = None) -> list[Invitation]:
    """Give the invitations in order of the agencies' names, or the invitation of one agency alone."""
    shown = [each for each in meeting.invitations if only is None or each.agency_id == only]
    return sorted(shown, key=lambda each: agencies[each.agency_id].name.casefold())


def attendance_of(meeting: Meeting, agency_id: UUID | None) -> Attendance | None:
    """Give an agency's own attendance, or None where it was not invited."""
    return next((each.body.attendance for each in meeting.invitations if each.agency_id == agency_id), None)


def missing_at(meeting: Meeting, agencies: Mapping[UUID, Agency]) -> list[str]:
    """Name the agencies of each required kind of which nobody came, or the kind where none was invited."""
    out: list[str] = []
    for kind in meeting.body.required_kinds:
        asked = [each for each in meeting.invitations if agencies[each.agency_id].kind.value == kind]
        if not any(each.body.attendance in PRESENT for each in asked):
            names = sorted(agencies[each.agency_id].name for each in asked)
            out.append(" and ".join(names) or AGENCY_KINDS[AgencyKind(kind)])
    return out
