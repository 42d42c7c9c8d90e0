"""A service without an account: the link and the code by two ways, one opening, no way round either."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from cse_tracker.app import Service as Running
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases import queries as case_queries
from cse_tracker.directory import commands as directory
from cse_tracker.directory.model import Service
from cse_tracker.jobs.delivery import deliver_outside
from cse_tracker.notifications.mailers import MailFailed
from cse_tracker.onetime import commands, queries
from cse_tracker.onetime.commands import Addressing
from cse_tracker.onetime.model import LetterState, LinkState, OneTimeLetter, OneTimeLink
from cse_tracker.onetime.rules import MOST_TRIES, CodeWay, as_typed, new_code, rest_after, shown
from cse_tracker.outbound import queries as outbound_queries
from cse_tracker.outbound.commands import answering, following
from cse_tracker.outbound.model import OutboundReferral
from cse_tracker.outbound.rules import DeclineReason, OutboundState
from cse_tracker.records.keys import unlock
from cse_tracker.work.actor import NOBODY
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.outbound import acts
from tests.people import LEAD, MANAGER, POLICE
from tests.store import Clock, MailBag

TEAM, PERSON = "team@open-door.example", "duty@open-door.example"


def issue(running: Running, outbound_id: UUID, way: CodeWay = CodeWay.PHONE, **more: str) -> str:
    """Make a link; gives the code where it is to be told."""
    with people.working(running, LEAD) as work:
        outbound = outbound_queries.open_outbound(work, outbound_id, for_change=True)
        form = Addressing(address=TEAM, code_way=way, **more)
        return commands.issue(work, outbound, form).code_to_tell


def posted(running: Running, mail: MailBag) -> list[str]:
    """Send the letters; gives their texts."""
    before = len(mail.sent)
    with running.app.app_context():
        deliver_outside(running.tools)
    return [each.get_content() for each in mail.sent[before:]]


def token_in(letter: str) -> str:
    found = re.search(r"/outside/([\w-]+)", letter)
    assert found
    return found.group(1)


def opened(running: Running, token: str, code: str) -> str | None:
    with running.app.app_context(), running.tools.running.work(NOBODY) as work:
        return commands.open_with_code(work, token, code)


def visited(running: Running, visit: str, what: Any) -> Any:
    """Do something on a visit."""
    with running.app.app_context(), running.tools.running.work(NOBODY) as work:
        found = queries.visit(work, visit, for_change=True)
        work.actor = found.actor
        return what(work, found.outbound)


def link_of(running: Running) -> Any:
    with people.working(running, LEAD) as work:
        link = work.session.scalars(select(OneTimeLink).order_by(OneTimeLink.issued_at.desc())).first()
        assert link is not None
        return link.state_at(work.now), link.failures, [each.right for each in link.body.openings]


def test_link_and_code_go_two_ways_and_open_once(service: Running, mail: MailBag, clock: Clock) -> None:
    outbound_id = acts.sent(service, acts.WITHOUT_ACCOUNT)
    assert issue(service, outbound_id, CodeWay.SECOND_ADDRESS, second_address=PERSON) == ""
    letters = posted(service, mail)
    assert {str(each["To"]) for each in mail.sent} == {TEAM, PERSON}
    (with_link,) = [each for each in letters if "/outside/" in each]
    (with_code,) = [each for each in letters if "/outside/" not in each]
    found = re.search(r"\b(\w{4}-\w{4})\b", with_code)
    assert found
    token, code = token_in(with_link), found.group(1)
    assert as_typed(code) not in as_typed(with_link)
    for each in letters:
        assert "Keira" not in each
    visit = opened(service, token, code.lower().replace("-", " "))
    assert visit is not None
    assert visited(service, visit, lambda _w, o: o.body.left[0].lines[0]) == ("Name", "Keira Marsh")
    visited(service, visit, answering.accept)
    assert acts.look(service, outbound_id, lambda row: row.state) is OutboundState.ACCEPTED
    # Used up: neither the service again nor whoever finds the mail later.
    assert opened(service, token, code) is None
    clock.advance(minutes=61)
    with pytest.raises(NotFound):
        visited(service, visit, lambda _w, o: o.id)


def test_a_mail_scanner_uses_nothing_up(service: Running, mail: MailBag) -> None:
    outbound_id = acts.sent(service, acts.WITHOUT_ACCOUNT)
    code = issue(service, outbound_id)
    (letter,) = posted(service, mail)
    token = token_in(letter)
    for _ in range(20):
        with service.app.app_context(), service.tools.running.work(NOBODY, reading=True) as work:
            queries.note_sight(work, token)
    assert opened(service, token, code) is not None
    with people.working(service, reading=True) as work:
        actions = list(work.session.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "one_time_link")))
    assert actions.count("one_time_link.seen") == 20
    assert actions.count("one_time_link.opened") == 1


def test_guessing_is_slowed_and_then_ended(service: Running, mail: MailBag, clock: Clock) -> None:
    code = issue(service, acts.sent(service, acts.WITHOUT_ACCOUNT))
    token = token_in(posted(service, mail)[0])
    with people.working(service) as work:
        # As if it still waited, which it would where there are two letters and one is slow.
        letter = work.session.scalars(select(OneTimeLetter)).one()
        unlock(work.session, [letter.compartment_id])
        letter.state, letter.body = LetterState.WAITING, replace(letter.body, secret="not gone yet")
    for _ in range(3):
        assert opened(service, token, new_code()) is None
    # It rests now: even the right code does not open it, nor is it counted.
    assert opened(service, token, code) is None
    assert link_of(service) == (LinkState.RESTING, 3, [False] * 3)
    for tries in range(3, MOST_TRIES):
        clock.advance(seconds=rest_after(tries).total_seconds())
        assert opened(service, token, new_code()) is None
    clock.advance(days=1)
    assert opened(service, token, code) is None
    assert link_of(service) == (LinkState.REVOKED, MOST_TRIES, [False] * MOST_TRIES)
    with people.working(service, reading=True) as work:
        letter = work.session.scalars(select(OneTimeLetter)).one()
        unlock(work.session, [letter.compartment_id])
        assert (letter.state, letter.body.secret) == (LetterState.DEAD, ""), "a link that is dead does not travel"


def test_a_link_expires_and_a_new_one_ends_the_old(service: Running, mail: MailBag, clock: Clock) -> None:
    outbound_id = acts.sent(service, acts.WITHOUT_ACCOUNT)
    first = issue(service, outbound_id)
    old = token_in(posted(service, mail)[0])
    clock.advance(minutes=1)
    second = issue(service, outbound_id)
    assert opened(service, old, first) is None
    new = token_in(posted(service, mail)[0])
    clock.advance(days=7)
    assert opened(service, new, second) is None
    assert link_of(service)[0] is LinkState.EXPIRED
    with service.app.app_context(), service.tools.running.work(NOBODY) as work:
        commands.want_again(work, new)
        commands.want_again(work, "unknown")
    with people.working(service, LEAD) as work:
        outbound = outbound_queries.open_outbound(work, outbound_id)
        assert [bool(link.wanted_at) for link in queries.links_of(work, outbound)] == [True, False]


@pytest.mark.parametrize("ending", ["revoke the link", "revoke the referral", "close the service", "decline"])
def test_what_ends_the_referral_or_the_link_ends_the_visit(service: Running, mail: MailBag, ending: str) -> None:
    outbound_id = acts.sent(service, acts.WITHOUT_ACCOUNT)
    code = issue(service, outbound_id)
    token = token_in(posted(service, mail)[0])
    visit = opened(service, token, code)
    assert visit
    visited(service, visit, answering.acknowledge)
    with people.working(service, MANAGER) as work:
        outbound = outbound_queries.to_revoke(work, outbound_id, for_change=True)
        match ending:
            case "revoke the link":
                commands.revoke(work, outbound)
            case "revoke the referral":
                following.revoke(work, outbound, reason="Sent to the wrong service.")
            case _:
                pass
    if ending == "close the service":
        with people.working(service) as work:
            found = work.session.get_one(OutboundReferral, outbound_id)
            service_row = work.session.get_one(Service, found.service_id)
            directory._close(work, service_row)
            assert following.bring_back(work, outbound_id)
    if ending == "decline":
        reason = DeclineReason.THRESHOLD
        visited(service, visit, lambda w, o: answering.decline(w, o, reason=reason, words=""))
    with pytest.raises(NotFound):
        visited(service, visit, lambda _w, o: o.id)


def test_a_visit_opens_one_referral_and_nothing_else(service: Running, mail: MailBag) -> None:
    mine = acts.sent(service, acts.WITHOUT_ACCOUNT)
    code = issue(service, mine)
    case = people.open_case(service, first_name="Amina", nhs_number="")
    other = acts.prepared(service, case, acts.service_of(service, "Third service"))
    acts.send(service, other)
    visit = opened(service, token_in(posted(service, mail)[0]), code)
    assert visit

    def pry(work: Any, _outbound: Any) -> None:
        with pytest.raises(NotFound):
            outbound_queries.open_outbound(work, other)
        with pytest.raises(NotFound):
            case_queries.open_case(work, case.id)
        with pytest.raises(NotPermitted):
            outbound_queries.in_sight(work)
        with pytest.raises(NotPermitted):
            answering.accept(work, work.session.get_one(OutboundReferral, other))

    visited(service, visit, pry)


def test_the_store_keeps_nothing_that_opens_a_link(sqlite_service: Running, mail: MailBag) -> None:
    outbound_id = acts.sent(sqlite_service, acts.WITHOUT_ACCOUNT)
    code = issue(sqlite_service, outbound_id)

    def dumped() -> bytes:
        with people.working(sqlite_service, reading=True) as work:
            tables = ("one_time_link", "one_time_letter")
            rows = [work.session.execute(text(f"SELECT * FROM {table}")).all() for table in tables]
        return repr(rows).encode()

    before = dumped()
    token = token_in(posted(sqlite_service, mail)[0])
    for stored in (before, dumped()):
        for secret in (token, code, as_typed(code), TEAM):
            assert secret.encode() not in stored
    with people.working(sqlite_service) as work:
        letter = work.session.scalars(select(OneTimeLetter)).one()
        assert (letter.state, letter.body.secret) == (LetterState.SENT, "")


def test_a_letter_that_cannot_be_sent_is_tried_again_and_given_up(
    sqlite_service: Running, clock: Clock, monkeypatch: pytest.MonkeyPatch, mail: MailBag
) -> None:
    issue(sqlite_service, acts.sent(sqlite_service, acts.WITHOUT_ACCOUNT))

    def fail(_message: object) -> None:
        raise MailFailed

    monkeypatch.setattr(mail, "send", fail)
    for _ in range(14):
        assert posted(sqlite_service, mail) == []
        clock.advance(hours=7)
    with people.working(sqlite_service) as work:
        letter = work.session.scalars(select(OneTimeLetter)).one()
        assert (letter.state, letter.attempts, letter.body.secret) == (LetterState.DEAD, 12, "")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"address": "no address"}, "Enter an email address"),
        ({"code_way": CodeWay.SECOND_ADDRESS}, "Enter a second email address"),
        ({"code_way": CodeWay.SECOND_ADDRESS, "second_address": TEAM.upper()}, "must not go to the address"),
    ],
)
def test_one_way_for_both_is_refused(sqlite_service: Running, more: dict[str, Any], sentence: str) -> None:
    outbound_id = acts.sent(sqlite_service, acts.WITHOUT_ACCOUNT)
    form = Addressing(**{"address": TEAM, "code_way": CodeWay.PHONE, **more})
    with people.working(sqlite_service, LEAD) as work:
        outbound = outbound_queries.open_outbound(work, outbound_id, for_change=True)
        with pytest.raises(RuleBroken, match=sentence):
            commands.issue(work, outbound, form)


def test_links_are_for_services_without_accounts_and_made_by_lead_officers(sqlite_service: Running) -> None:
    outbound_id = acts.sent(sqlite_service)
    form = Addressing(address=TEAM, code_way=CodeWay.PHONE)
    with people.working(sqlite_service, LEAD) as work:
        outbound = outbound_queries.open_outbound(work, outbound_id, for_change=True)
        with pytest.raises(RuleBroken, match="has accounts here"):
            commands.issue(work, outbound, form)
    for email in (POLICE, MANAGER):
        with people.working(sqlite_service, email) as work, pytest.raises(NotPermitted):
            commands.issue(work, work.session.get_one(OutboundReferral, outbound_id), form)


def test_codes_can_be_read_out() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert not set("".join(codes)) & set("01ILOU")
    assert all(as_typed(f" {shown(code).lower()} ") == code for code in codes)
    assert [rest_after(tries) for tries in (1, 3, 5)] == [
        timedelta(0),
        timedelta(minutes=1),
        timedelta(minutes=4),
    ]
