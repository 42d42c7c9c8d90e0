"""An agency that closes: what waits for it comes back or is alarmed, and no borough is left without who acts in it."""

from click.testing import CliRunner, Result
from sqlalchemy import func, select

from cse_tracker.app import Service, start_clock
from cse_tracker.cli.main import cli
from cse_tracker.cli.opening import Opening
from cse_tracker.identity import commands as identity
from cse_tracker.identity import queries as identity_queries
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.outbound.rules import OutboundState
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries
from cse_tracker.referrals.model import HowTold, Referral, ReferralState
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.triage import commands as triage
from tests import people
from tests.integration.api.acts import partner
from tests.integration.outbound import acts
from tests.people import HACKNEY, LEAD, POLICE


def close(service: Service, name: str, *more: str) -> Result:
    command = ("agencies", "close", "--name", name, *more)
    return CliRunner().invoke(cli, command, obj=Opening(lambda: service, start_clock))


def agency_of(service: Service, email: str) -> str:
    with people.working(service, email) as work:
        assert work.actor.agency_id is not None
        return identity_queries.agency(work, work.actor.agency_id).name


def told(service: Service, kind: MessageKind) -> int:
    with people.working(service, reading=True) as work:
        wanted = select(func.count()).select_from(OutgoingMessage).where(OutgoingMessage.kind == kind)
        return work.session.scalar(wanted) or 0


def another(service: Service, kind: AgencyKind) -> None:
    with people.working(service) as work:
        identity.add_agency(work, name=f"Another {kind.value}", kind=kind, borough_gss=None)


def state(service: Service, referral: Referral) -> ReferralState:
    with people.working(service, LEAD) as work:
        return queries.open_referral(work, referral.id).state


def test_what_an_agency_referred_is_decided_although_it_closed(service: Service) -> None:
    another(service, AgencyKind.POLICE)
    waits, asked = people.refer(service), people.refer(service, first_name="Amina", nhs_number="")
    with people.working(service, LEAD) as work:
        triage.ask(work, queries.open_referral(work, asked.id, for_change=True), "Who collects her?")
    with people.working(service, POLICE) as work:
        referrals.start(work, borough_gss=HACKNEY)
    system, name = partner(service), agency_of(service, POLICE)

    foreseen = close(service, name)
    assert foreseen.exit_code == 0, foreseen.output
    for words in ("2 referrals of its own", "1 of these waited", "1 drafts were never sent", "1 systems", "add --yes"):
        assert words in foreseen.output
    assert system.get("/referrals").status_code == 200
    assert state(service, asked) is ReferralState.INFO_REQUESTED

    assert close(service, name, "--yes").output.endswith("closed\n")
    assert system.get("/referrals").status_code == 401
    assert (state(service, waits), state(service, asked)) == (ReferralState.SUBMITTED, ReferralState.SUBMITTED)
    assert told(service, MessageKind.REFERRAL_LEFT) == 1
    for referral in (waits, asked):
        people.accept(service, referral)
        with people.working(service, LEAD) as work:
            assert referral.id in {row.id for row in queries.feedback_owed(work)}
            row = queries.open_referral(work, referral.id, for_change=True)
            referrals.record_told(work, row, HowTold.NOBODY_LEFT)
    assert "This agency is closed" in close(service, name, "--yes").stderr


def test_referrals_to_its_services_are_back_at_once_with_an_alarm(service: Service) -> None:
    outbound_id = acts.sent(service)
    done = close(service, acts.WITH_ACCOUNT, "--yes")
    assert "1 referrals to its services come back" in done.output
    assert acts.look(service, outbound_id, lambda row: row.state) is OutboundState.REVOKED
    assert told(service, MessageKind.OUTBOUND_ALARM) == 1


def test_an_agency_that_a_borough_cannot_do_without_is_not_closed(sqlite_service: Service) -> None:
    name, referral = agency_of(sqlite_service, LEAD), people.refer(sqlite_service)
    done = close(sqlite_service, name, "--yes")
    assert "has no other agency of this kind" in done.stderr
    people.accept(sqlite_service, referral)
    # With another of its kind the borough would still have nobody who leads.
    another(sqlite_service, AgencyKind.SOCIAL_CARE)
    assert "Nobody outside this agency leads in" in close(sqlite_service, name, "--yes").stderr
    people.refer(sqlite_service, first_name="Amina", nhs_number="")
