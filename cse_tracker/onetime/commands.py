"""What a lead officer, a visitor and the post do with one-time links."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.identity.rules import looks_like_email, new_token, normal_email, token_digest
from cse_tracker.onetime.events import (
    CodeWrong,
    LetterFailed,
    LetterSent,
    LinkIssued,
    LinkLeft,
    LinkOpened,
    LinkRevoked,
    LinkWanted,
)
from cse_tracker.onetime.model import (
    LetterBody,
    LetterKind,
    LetterState,
    LinkBody,
    LinkState,
    OneTimeLetter,
    OneTimeLink,
    Opening,
)
from cse_tracker.onetime.rules import (
    LINK_LASTS,
    MOST_TRIES,
    VISIT_LASTS,
    CodeWay,
    as_typed,
    new_code,
    rest_after,
    shown,
)
from cse_tracker.outbound.model import OutboundReferral
from cse_tracker.outbound.rules import Way
from cse_tracker.records.keys import unlock
from cse_tracker.records.marks import mark, marked
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.retrying import CLAIM, MAIL, MOST_LETTER_ATTEMPTS
from cse_tracker.work.unit import Work

FORGOTTEN: Final = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Addressing:
    """The paper form: where the link goes, and how the code goes otherwise."""

    address: str
    code_way: CodeWay
    second_address: str = ""


@dataclass(frozen=True, repr=False)
class Issued:
    """A link that was made; the code, to be shown once, where it is told by telephone."""

    link: OneTimeLink
    code_to_tell: str


def issue(work: Work, outbound: OutboundReferral, form: Addressing) -> Issued:
    """Make a link and a code for a referral and send them by two ways; any link before it ends at once.

    Raises RuleBroken for a service with an account, for a referral that is not live, and for one address for both.
    """
    require(work.actor, Permission.OUTBOUND_PREPARE, outbound)
    _check(outbound, form)
    unlock(work.session, [outbound.compartment_id])
    for before in _all_of(work, outbound.id):
        _end(work, before)
    token, code = new_token(), new_code()
    link = OneTimeLink(
        outbound_id=outbound.id,
        token_digest=token_digest(token),
        issued_at=work.now,
        expires_at=work.now + LINK_LASTS,
        compartment_id=outbound.compartment_id,
    )
    link.body = LinkBody(
        address=form.address.strip(),
        code_way=form.code_way,
        second_address=form.second_address.strip(),
        code_mac=_code_mac(work, link.id, code),
        issued_by=work.actor.user_id,
    )
    work.session.add(link)
    work.session.flush()
    _post(work, link, LetterKind.LINK, form.address.strip(), token)
    if form.code_way is CodeWay.SECOND_ADDRESS:
        _post(work, link, LetterKind.CODE, form.second_address.strip(), shown(code))
    work.record(
        LinkIssued(
            subject_id=link.id,
            borough_gss=outbound.borough_gss,
            outbound_id=outbound.id,
            code_way=form.code_way,
        )
    )
    return Issued(link, shown(code) if form.code_way is CodeWay.PHONE else "")


def _check(outbound: OutboundReferral, form: Addressing) -> None:
    if outbound.way is not Way.LINK:
        raise RuleBroken("link.account", "This service has accounts here, so it needs no link")
    if not outbound.is_live:
        raise RuleBroken("link.over", "This referral has not been sent, or is over, so it is not shown to anybody")
    if not looks_like_email(form.address.strip()):
        message = "Enter an email address in the correct format, like team@example.com"
        raise RuleBroken("link.address", message, field="address")
    if form.code_way is CodeWay.SECOND_ADDRESS:
        if not looks_like_email(form.second_address.strip()):
            message = "Enter a second email address in the correct format, like name@example.com"
            raise RuleBroken("link.second_address", message, field="second_address")
        if normal_email(form.address) == normal_email(form.second_address):
            message = "The code must not go to the address of the link: enter another address, or tell it by telephone"
            raise RuleBroken("link.one_way", message, field="second_address")


def _post(work: Work, link: OneTimeLink, kind: LetterKind, address: str, secret: str) -> None:
    letter = OneTimeLetter(link_id=link.id, kind=kind, due_at=work.now, compartment_id=link.compartment_id)
    letter.body = LetterBody(address, secret)
    work.session.add(letter)


def _code_mac(work: Work, link_id: UUID, code: str) -> str:
    return mark(work.session, "one-time code", link_id, code).hex()


def _all_of(work: Work, outbound_id: UUID) -> list[OneTimeLink]:
    wanted = select(OneTimeLink).where(OneTimeLink.outbound_id == outbound_id, OneTimeLink.ended_at.is_(None))
    return list(work.session.scalars(wanted.with_for_update()))


def revoke(work: Work, outbound: OutboundReferral) -> None:
    """End every link to a referral; whoever is reading it through one reads no further."""
    require(work.actor, Permission.OUTBOUND_REVOKE, outbound)
    unlock(work.session, [outbound.compartment_id])
    for link in _all_of(work, outbound.id):
        _end(work, link)


def _end(work: Work, link: OneTimeLink) -> None:
    link.ended_at, link.visit_until = work.now, None
    _forget_letters(work, link)
    gss = work.session.get_one(OutboundReferral, link.outbound_id).borough_gss
    work.record(LinkRevoked(subject_id=link.id, borough_gss=gss, outbound_id=link.outbound_id))


def _forget_letters(work: Work, link: OneTimeLink) -> None:
    wanted = select(OneTimeLetter).where(OneTimeLetter.link_id == link.id, OneTimeLetter.state == LetterState.WAITING)
    for letter in work.session.scalars(wanted.with_for_update()):
        letter.state = LetterState.DEAD
        letter.body = replace(letter.body, secret=FORGOTTEN)


def open_with_code(work: Work, token: str, typed: str) -> str | None:
    """Use a link up with its code and give the token of the visit, or None; a wrong code is counted and recorded.

    It never raises, so that the count is kept. An unknown token, a used one and a wrong code look alike.
    """
    wanted = select(OneTimeLink).where(OneTimeLink.token_digest == token_digest(token)).with_for_update()
    link = work.session.scalar(wanted)
    if link is None or link.state_at(work.now) is not LinkState.USABLE:
        return None
    outbound = work.session.get_one(OutboundReferral, link.outbound_id)
    if not outbound.is_live:
        return None
    unlock(work.session, [link.compartment_id])
    right = marked(work.session, bytes.fromhex(link.body.code_mac), "one-time code", link.id, as_typed(typed))
    link.body = replace(link.body, openings=(*link.body.openings, Opening(work.now, right)))
    if not right:
        _count_failure(work, link, outbound.borough_gss)
        return None
    visit = new_token()
    link.opened_at = work.now
    link.visit_digest, link.visit_until = token_digest(visit), work.now + VISIT_LASTS
    work.record(LinkOpened(subject_id=link.id, borough_gss=outbound.borough_gss, outbound_id=outbound.id))
    return visit


def _count_failure(work: Work, link: OneTimeLink, borough_gss: str) -> None:
    link.failures += 1
    link.rests_until = work.now + rest_after(link.failures)
    ended = link.failures >= MOST_TRIES
    if ended:
        link.ended_at = work.now
        _forget_letters(work, link)
    work.record(
        CodeWrong(
            subject_id=link.id,
            borough_gss=borough_gss,
            outbound_id=link.outbound_id,
            failures=link.failures,
            ended=ended,
        )
    )


def leave(work: Work, link: OneTimeLink, outbound: OutboundReferral) -> None:
    """End a visit; the link stays used up."""
    require(work.actor, Permission.OUTBOUND_VIEW, outbound)
    link.visit_until = work.now
    work.record(LinkLeft(subject_id=link.id, borough_gss=outbound.borough_gss, outbound_id=outbound.id))


def want_again(work: Work, token: str) -> None:
    """Ask for a new link with one that opens nothing any more, once for each; only a lead officer makes one."""
    wanted = select(OneTimeLink).where(OneTimeLink.token_digest == token_digest(token)).with_for_update()
    link = work.session.scalar(wanted)
    if link is None or link.wanted_at is not None or link.state_at(work.now) is LinkState.USABLE:
        return
    outbound = work.session.get_one(OutboundReferral, link.outbound_id)
    if not outbound.is_live:
        return
    link.wanted_at = work.now
    work.record(LinkWanted(subject_id=link.id, borough_gss=outbound.borough_gss, outbound_id=outbound.id))


def claim(work: Work, letter_id: UUID) -> bool:
    """Take a letter for sending, so that nobody else does for five minutes; False where it is not due any more."""
    require(work.actor, Permission.OUTBOUND_TIDY, Subject())
    letter = work.session.get(OneTimeLetter, letter_id, with_for_update={"skip_locked": True})
    if letter is None or letter.state is not LetterState.WAITING or letter.due_at > work.now:
        return False
    letter.attempts += 1
    letter.due_at = work.now + CLAIM
    return True


def mark_sent(work: Work, letter_id: UUID) -> None:
    """Record that a letter was handed to the mail system, and forget its secret."""
    letter = _waiting(work, letter_id)
    if letter is None:
        return
    letter.state, letter.sent_at = LetterState.SENT, work.now
    letter.body = replace(letter.body, secret=FORGOTTEN)
    work.record(LetterSent(subject_id=letter.link_id, kind=letter.kind))


def put_back(work: Work, letter_id: UUID) -> None:
    """Record that a letter failed: due again after one, two, four … minutes, dead after twelve attempts."""
    letter = _waiting(work, letter_id)
    if letter is None:
        return
    dead = letter.attempts >= MOST_LETTER_ATTEMPTS
    if dead:
        letter.state = LetterState.DEAD
        letter.body = replace(letter.body, secret=FORGOTTEN)
    letter.due_at = work.now + MAIL.after(letter.attempts)
    work.record(LetterFailed(subject_id=letter.link_id, kind=letter.kind, attempts=letter.attempts, dead=dead))


def _waiting(work: Work, letter_id: UUID) -> OneTimeLetter | None:
    require(work.actor, Permission.OUTBOUND_TIDY, Subject())
    letter = work.session.get(OneTimeLetter, letter_id, with_for_update=True)
    if letter is None or letter.state is not LetterState.WAITING:
        return None
    unlock(work.session, [letter.compartment_id])
    return letter
