"""Which links there are, who comes by one, and which letters are due."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.identity.rules import token_digest
from cse_tracker.onetime.events import LinkRead, LinkSeen
from cse_tracker.onetime.model import LetterState, OneTimeLetter, OneTimeLink
from cse_tracker.outbound.model import OutboundReferral
from cse_tracker.records.keys import unlock
from cse_tracker.records.marks import epoch_of
from cse_tracker.work.actor import NOBODY, Actor
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Visit:
    """Somebody who gave the code: who acts, by which link."""

    actor: Actor
    link: OneTimeLink
    outbound: OutboundReferral


def note_sight(work: Work, token: str) -> None:
    """Record that a link's page was asked for; nothing is used up by it, whoever asked, and nothing is told."""
    link = work.session.scalar(select(OneTimeLink).where(OneTimeLink.token_digest == token_digest(token)))
    if link is not None:
        gss = work.session.get_one(OutboundReferral, link.outbound_id).borough_gss
        work.record(LinkSeen(subject_id=link.id, borough_gss=gss, outbound_id=link.outbound_id))


def visit(work: Work, visit_token: str, *, for_change: bool = False) -> Visit:
    """Give the visit behind a cookie, recorded as a reading; NotFound where it, its link or its referral has ended."""
    wanted = select(OneTimeLink).where(OneTimeLink.visit_digest == token_digest(visit_token))
    if for_change:
        wanted = wanted.with_for_update()
    link = work.session.scalar(wanted)
    if link is None or not link.is_visited(work.now):
        raise NotFound
    outbound = work.session.get(OutboundReferral, link.outbound_id, with_for_update=for_change)
    if outbound is None or not outbound.is_live:
        raise NotFound
    unlock(work.session, [outbound.compartment_id])
    work.record(LinkRead(subject_id=link.id, borough_gss=outbound.borough_gss, outbound_id=outbound.id))
    return Visit(Actor(NOBODY.user_id, visiting=outbound.id), link, outbound)


def links_of(work: Work, outbound: OutboundReferral) -> list[OneTimeLink]:
    """Give the links to a referral that has been opened, the latest first."""
    require(work.actor, Permission.OUTBOUND_PREPARE, outbound)
    wanted = select(OneTimeLink).where(OneTimeLink.outbound_id == outbound.id).order_by(OneTimeLink.issued_at.desc())
    return list(work.session.scalars(wanted))


def letters_of(work: Work, links: list[OneTimeLink]) -> dict[UUID, list[OneTimeLetter]]:
    """Give the letters of links that have been opened, by link."""
    rows = work.session.scalars(select(OneTimeLetter).where(OneTimeLetter.link_id.in_([link.id for link in links])))
    found: dict[UUID, list[OneTimeLetter]] = {link.id: [] for link in links}
    for row in rows:
        found[row.link_id].append(row)
    return found


def due_letter_ids(work: Work) -> list[UUID]:
    """Give the letters that are to be sent by now, for the post."""
    require(work.actor, Permission.OUTBOUND_TIDY, Subject())
    wanted = select(OneTimeLetter.id).where(
        OneTimeLetter.state == LetterState.WAITING, OneTimeLetter.due_at <= work.now
    )
    return list(work.session.scalars(wanted.order_by(OneTimeLetter.due_at)))


def letter(work: Work, letter_id: UUID) -> OneTimeLetter:
    """Give a letter that was claimed, to be written."""
    require(work.actor, Permission.OUTBOUND_TIDY, Subject())
    row = work.session.get_one(OneTimeLetter, letter_id)
    unlock(work.session, [row.compartment_id])
    return row


def mark_epochs(work: Work) -> set[int]:
    """Give the epochs of the staff key that made codes which may still be typed."""
    wanted = select(OneTimeLink).where(
        OneTimeLink.ended_at.is_(None), OneTimeLink.opened_at.is_(None), OneTimeLink.expires_at > work.now
    )
    links = work.session.scalars(wanted).all()
    unlock(work.session, [link.compartment_id for link in links])
    return {epoch_of(bytes.fromhex(link.body.code_mac)) for link in links}
