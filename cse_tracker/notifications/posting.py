"""Puts messages into the outbox, each for the time that its reader chose; none is lost because a post is vacant."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, false, select, true, union_all

from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Post, PostKind
from cse_tracker.notifications.events import MessageDropped
from cse_tracker.notifications.model import (
    NEVER_TOGETHER,
    URGENT,
    MessageKind,
    MessageState,
    NoticeChoice,
    OutgoingMessage,
    WhyDropped,
)
from cse_tracker.notifications.rules import Rhythm, first_due
from cse_tracker.work.unit import Work

Choice = tuple[Rhythm, bool]
# Asked for each event that writes to anybody, and making it anew costs more than the answer.
_CHOICES: Final = select(NoticeChoice.user_id, NoticeChoice.rhythm, NoticeChoice.nights).where(
    NoticeChoice.user_id.in_(bindparam("users", expanding=True))
)
# Whoever holds the lead officer's post, with what they chose, if anything; then the choices of the people named.
_LEADS_AND_OTHERS: Final = union_all(
    identity.HOLDERS.add_columns(true(), NoticeChoice.rhythm, NoticeChoice.nights).outerjoin(
        NoticeChoice, NoticeChoice.user_id == Post.holder_id
    ),
    select(NoticeChoice.user_id, false(), NoticeChoice.rhythm, NoticeChoice.nights).where(
        NoticeChoice.user_id.in_(bindparam("others", expanding=True))
    ),
)
UNCHOSEN: Choice = (Rhythm.AT_ONCE, False)


def choices(work: Work, user_ids: Iterable[UUID]) -> dict[UUID, Choice]:
    """Give how often each of these people wants to be written to, and whether at night; UNCHOSEN is not listed."""
    rows = work.read(_CHOICES, {"users": list(set(user_ids))})
    return {user_id: (rhythm, nights) for user_id, rhythm, nights in rows}


def post(
    work: Work,
    recipients: Iterable[UUID],
    kind: MessageKind,
    about: UUID,
    *,
    urgent: bool = False,
    borough: str | None = None,
    chosen: Mapping[UUID, Choice] | None = None,
) -> None:
    """Put a message to each of these people into the outbox. Who has read their choices already gives them along."""
    told = set(recipients)
    if not told:
        return
    if chosen is None:
        chosen = choices(work, told)
    for recipient in told:
        row = OutgoingMessage(
            recipient_id=recipient,
            kind=kind,
            about_id=about,
            due_at=work.now,
            urgent=urgent or kind in URGENT,
            borough_gss=borough,
        )
        schedule(work, row, chosen.get(recipient, UNCHOSEN))
        work.session.add(row)


def schedule(work: Work, row: OutgoingMessage, choice: Choice) -> None:
    """Set when a message that has not been tried yet is sent, and whether in a digest."""
    rhythm, nights = choice
    alone = row.urgent or row.kind in NEVER_TOGETHER
    row.together = rhythm is Rhythm.DAILY and not alone
    row.due_at = first_due(work.now, rhythm if row.together else Rhythm.AT_ONCE, nights=nights, urgent=row.urgent)


def post_to_leads(
    work: Work,
    borough_gss: str,
    kind: MessageKind,
    about: UUID,
    *,
    beside: Iterable[UUID] = (),
    beside_kind: MessageKind | None = None,
) -> None:
    """Put a message to a borough's lead officers into the outbox, and to others beside them.

    Others get the same message, which nobody gets twice, or one of a kind of their own.

    Where the post is vacant it goes to everybody who leads, else to those above them; where there is nobody at all it
    waits for an operator, for a message that is not written down would be lost.
    """
    told = set(beside)
    asked = {"others": list(told), "borough": borough_gss, "kind": PostKind.LEAD_OFFICER}
    rows = work.read(_LEADS_AND_OTHERS, asked, apart=True).all()
    leads = frozenset(user_id for user_id, is_lead, _, _ in rows if is_lead)
    chosen = {user_id: (rhythm, nights) for user_id, _, rhythm, nights in rows if rhythm is not None}
    if not leads:
        leads = identity.who_leads(work, borough_gss)
        chosen = choices(work, leads | told)
    others = told - leads if beside_kind is None else told
    post(work, leads, kind, about, borough=borough_gss, chosen=chosen)
    post(work, others, beside_kind or kind, about, chosen=chosen)
    if not leads:
        lost = OutgoingMessage(
            recipient_id=None,
            kind=kind,
            about_id=about,
            due_at=work.now,
            state=MessageState.DEAD,
            borough_gss=borough_gss,
            urgent=kind in URGENT,
        )
        work.session.add(lost)


def keep_back(work: Work, kinds: Collection[MessageKind], about: UUID) -> None:
    """Let messages of these kinds about a record go that have not left yet, because what they say is so no more."""
    wanted = select(OutgoingMessage).where(
        OutgoingMessage.about_id == about,
        OutgoingMessage.kind.in_(kinds),
        OutgoingMessage.state == MessageState.WAITING,
    )
    for row in work.session.scalars(wanted.with_for_update()):
        row.state = MessageState.DROPPED
        work.record(MessageDropped(subject_id=row.id, kind=row.kind, why=WhyDropped.NOT_NEEDED))
