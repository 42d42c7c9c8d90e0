"""What people do with protocols: draft a version, submit it, approve it as a second person, adopt it."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.audit.model import AuditEntry
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.protocols.events import ProtocolAdopted, ProtocolDraftMoved, ProtocolDraftSaved
from cse_tracker.protocols.model import DraftState, ProtocolDraft, ProtocolVersion
from cse_tracker.rulebook.document import ProtocolDocument, digest, to_yaml
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


def adopt(work: Work, document: ProtocolDocument, *, borough_gss: str, in_force_from: date) -> ProtocolVersion:
    """Make this document the borough's next version, in force from a date."""
    last = work.session.scalar(
        select(func.max(ProtocolVersion.number)).where(ProtocolVersion.borough_gss == borough_gss)
    )
    version = ProtocolVersion(
        borough_gss=borough_gss,
        number=(last or 0) + 1,
        in_force_from=in_force_from,
        digest=digest(document),
        text=to_yaml(document),
        adopted_by=work.actor.user_id,
    )
    work.session.add(version)
    work.session.flush()
    work.record(ProtocolAdopted(subject_id=version.id, borough_gss=borough_gss, number=version.number))
    return version


def start_draft(
    work: Work, document: ProtocolDocument, *, borough_gss: str, based_on_id: UUID | None = None
) -> ProtocolDraft:
    """Begin a draft from a version, a template or an imported document."""
    require(work.actor, Permission.PROTOCOL_EDIT, Subject(borough_gss=borough_gss))
    draft = ProtocolDraft(
        borough_gss=borough_gss,
        text=to_yaml(document),
        started_by=work.actor.user_id,
        edited_by=work.actor.user_id,
        edited_at=work.now,
        based_on_id=based_on_id,
    )
    work.session.add(draft)
    work.session.flush()
    work.record(ProtocolDraftSaved(subject_id=draft.id, borough_gss=borough_gss))
    return draft


def save_draft(work: Work, draft: ProtocolDraft, document: ProtocolDocument) -> None:
    """Keep a changed document in a draft; raises RuleBroken once it has been submitted."""
    require(work.actor, Permission.PROTOCOL_EDIT, draft)
    if draft.state is not DraftState.DRAFT:
        code = "draft.closed"
        raise RuleBroken(code, "This draft has been submitted. Take it back before you change it")
    draft.text, draft.edited_by, draft.edited_at = to_yaml(document), work.actor.user_id, work.now
    work.record(ProtocolDraftSaved(subject_id=draft.id, borough_gss=draft.borough_gss))


def submit(work: Work, draft: ProtocolDraft, *, in_force_from: date) -> None:
    """Ask for a second person's approval of a draft, to be in force from a day.

    Raises RuleBroken where the borough has nobody who could do what it demands.
    """
    require(work.actor, Permission.PROTOCOL_EDIT, draft)
    _check_day(work, in_force_from)
    _check_possible(work, draft)
    draft.move(DraftState.SUBMITTED)
    draft.in_force_from, draft.submitted_by = in_force_from, work.actor.user_id
    _record_move(work, draft)


def _check_day(work: Work, day: date) -> None:
    # Not today: a case opened this morning would pass to a version that was not there when it was opened.
    if day <= work.today:
        code = "draft.past"
        raise RuleBroken(code, "The day from which it is in force must be tomorrow or later", field="in_force_from")


def _check_possible(work: Work, draft: ProtocolDraft) -> None:
    missing = impossible(work, draft.document, draft.borough_gss)
    if missing:
        code = "draft.impossible"
        raise RuleBroken(code, " ".join(missing))


def impossible(work: Work, document: ProtocolDocument, borough_gss: str) -> list[str]:
    """Name every demand that nobody in the borough could ever meet, each as a sentence."""
    there = {agency.kind for agency in identity.agencies_of(work, borough_gss)}
    owners = {response.owner: response.label for level in document.levels for response in level.responses}
    found = [
        f"{label} can never be met: no agency of the kind {kind.value.replace('_', ' ')} serves this borough."
        for kind, label in owners.items()
        if kind not in there
    ]
    posts = identity.post_holders(work, borough_gss=borough_gss, kind=PostKind.MEETING_CONTACT)
    in_post = {agency.kind for agency in identity.agencies(work, [post.agency_id for post in posts]).values()}
    for meeting in document.meeting_types:
        able = len(in_post & set(meeting.required_agencies))
        if able < meeting.quorum:
            found.append(
                f"{meeting.label} can never be quorate: {able} of the required agencies have somebody in post, "
                f"and the quorum is {meeting.quorum}."
            )
    return found


def authors(work: Work, draft: ProtocolDraft) -> frozenset[UUID]:
    """Give everybody who had a hand in a draft, and so cannot approve it.

    The draft itself keeps only who began it, changed it last and submitted it; whoever changed it in between stands
    in the record of changes.
    """
    saved = select(AuditEntry.actor_id).where(
        AuditEntry.object_id == draft.id, AuditEntry.action == ProtocolDraftSaved.name
    )
    kept = (draft.started_by, draft.edited_by, draft.submitted_by, *work.session.scalars(saved))
    return frozenset(each for each in kept if each)


def approve(work: Work, draft: ProtocolDraft) -> ProtocolVersion:
    """Make a submitted draft the borough's next version, as a person who had no hand in it."""
    require(work.actor, Permission.PROTOCOL_APPROVE, draft)
    if work.actor.user_id in authors(work, draft):
        code = "draft.own"
        raise RuleBroken(code, "A protocol is approved by a person who has not worked on it")
    if draft.state is not DraftState.SUBMITTED or draft.in_force_from is None:
        code = "draft.not_submitted"
        raise RuleBroken(code, "This draft has not been submitted for approval")
    if draft.in_force_from <= work.today:
        code = "draft.late"
        raise RuleBroken(code, "Its day has come. Take the draft back and submit it for a later day")
    _check_possible(work, draft)
    version = adopt(work, draft.document, borough_gss=draft.borough_gss, in_force_from=draft.in_force_from)
    draft.move(DraftState.APPROVED)
    draft.version_id = version.id
    _record_move(work, draft)
    return version


def take_back(work: Work, draft: ProtocolDraft) -> None:
    """Make a submitted draft editable again: taken back by its authors, or given back by the second person."""
    require(work.actor, Permission.PROTOCOL_APPROVE, draft)
    draft.move(DraftState.DRAFT)
    _record_move(work, draft)


def withdraw(work: Work, draft: ProtocolDraft) -> None:
    """Give a draft up; it is kept, and nothing leads out of it."""
    require(work.actor, Permission.PROTOCOL_EDIT, draft)
    draft.move(DraftState.WITHDRAWN)
    _record_move(work, draft)


def _record_move(work: Work, draft: ProtocolDraft) -> None:
    work.record(ProtocolDraftMoved(subject_id=draft.id, borough_gss=draft.borough_gss, state=draft.state))
