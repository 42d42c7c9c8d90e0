"""The end of records: held by nobody's leave, destroyed by two, and beyond every backup afterwards."""

from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from cse_tracker.app import Service, start_clock
from cse_tracker.audit.verify import verify
from cse_tracker.cases.model import Case
from cse_tracker.cli.main import cli
from cse_tracker.cli.opening import Opening
from cse_tracker.oversight.model import Tombstone
from cse_tracker.people.model import Person
from cse_tracker.records import backup
from cse_tracker.records.dossier import gather
from cse_tracker.records.keys import DataKey, stored_keys
from cse_tracker.retention import commands, queries
from cse_tracker.retention.model import Destruction, HeldCompartment, LegalHold
from cse_tracker.work.errors import NotFound, RuleBroken
from tests import people
from tests.integration.backups.test_backups import beside, emptied, make
from tests.integration.closings import acts
from tests.store import Clock
from tests.web.client import Browser

RECORDS = "records@demo.example"


def run(service: Service, *command: str) -> tuple[int, str]:
    opening = Opening(lambda: service, start_clock, lambda url: beside(service, url))
    done = CliRunner().invoke(cli, command, obj=opening)
    return done.exit_code, done.output


def closed_case(service: Service, **changes: str) -> Case:
    """A case with all that a case may have, closed."""
    case = acts.levelled_case(service, **changes)
    acts.close(service, case)
    return case


def years_later(clock: Clock) -> None:
    clock.set(2090, 1, 15)


def hold(service: Service, case: Case, email: str = people.LEAD) -> UUID:
    with people.working(service, email) as work:
        return commands.place_hold(work, work.session.get_one(Person, case.person_id), reason="Inquiry").id


def propose(service: Service, case: Case, email: str = people.LEAD) -> None:
    with people.working(service, email) as work:
        kept = queries.kept_by_case(work, case.id)
        commands.propose_destruction(work, kept.person, kept.due, reason="Its time has come")


def confirm(service: Service, case: Case, email: str = RECORDS) -> int:
    with people.working(service, email) as work:
        kept = queries.kept_by_case(work, case.id)
        assert kept.proposal is not None
        return commands.confirm_destruction(work, kept.proposal, kept.person, kept.due)


def test_records_come_onto_the_list_when_their_time_has_come(service: Service, clock: Clock) -> None:
    case = closed_case(service)
    with people.working(service, RECORDS, reading=True) as work:
        assert queries.review(work).due == ()
    years_later(clock)
    with people.working(service, RECORDS, reading=True) as work:
        (kept,) = queries.review(work).due
        assert kept.case.id == case.id
    with people.working(service, people.OTHER_LEAD, reading=True) as work:
        assert queries.review(work).due == ()
        with pytest.raises(NotFound):
            queries.kept_by_case(work, case.id)


def test_two_people_destroy_everything_and_leave_a_tombstone(service: Service, clock: Clock) -> None:
    case, other = closed_case(service), people.open_case(service, last_name="Other")
    years_later(clock)
    with people.working(service, reading=True) as work:
        dossier = gather(work.session, case.person_id)
    assert len(dossier.rows) >= 8
    propose(service, case)
    with pytest.raises(RuleBroken, match="other than the one"):
        confirm(service, case, people.LEAD)
    assert confirm(service, case) == len(dossier.ids)
    with people.working(service, reading=True) as work:
        keys = set(work.session.scalars(select(DataKey.compartment_id)))
        assert not keys & dossier.compartments
        assert work.session.get(Person, case.person_id) is None
        assert work.session.get_one(Tombstone, case.person_id).borough_gss == people.HACKNEY
        assert work.session.get(Case, other.id) is not None
        verdict = verify(work.session, rows=True)
        assert verdict.intact, verdict
    with people.working(service, RECORDS, reading=True) as work:
        assert queries.review(work).due == ()


def test_nothing_is_destroyed_before_its_time(service: Service) -> None:
    case, still_open = closed_case(service), people.open_case(service, last_name="Open")
    with pytest.raises(RuleBroken, match="are kept until"):
        propose(service, case)
    with pytest.raises(RuleBroken, match="A case is open"):
        propose(service, still_open)


def test_a_hold_stops_a_destruction_that_was_proposed_before_it(service: Service, clock: Clock) -> None:
    case = closed_case(service)
    years_later(clock)
    propose(service, case)
    hold(service, case, RECORDS)
    with pytest.raises(RuleBroken, match="under legal hold"):
        confirm(service, case)
    with people.working(service, reading=True) as work:
        assert work.session.get(Person, case.person_id) is not None


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM data_key",
        "DELETE FROM data_key WHERE compartment_id IN (SELECT compartment_id FROM person)",
        "DELETE FROM assessment",
        "DELETE FROM level_decision",
        "DELETE FROM case_",
        "DELETE FROM person",
        "DELETE FROM held_compartment",
        "UPDATE held_compartment SET compartment_id = hold_id",
        "DELETE FROM legal_hold",
        "UPDATE legal_hold SET state = 'released'",
        "UPDATE legal_hold SET state = 'released', proposed_by = id, released_by = id",
    ],
)
def test_no_statement_passes_a_hold(service: Service, statement: str) -> None:
    case = closed_case(service)
    hold(service, case)
    with pytest.raises(DBAPIError), service.store.engine.begin() as connection:
        connection.execute(text(statement))
    with people.working(service, reading=True) as work:
        assert verify(work.session, rows=True).intact
        assert work.session.get(Person, case.person_id) is not None


def test_postgresql_is_not_emptied_past_a_hold(service: Service) -> None:
    hold(service, closed_case(service))
    if service.store.engine.dialect.name == "postgresql":
        for table in ("data_key", "held_compartment", "legal_hold", "person"):
            with pytest.raises(DBAPIError), service.store.engine.begin() as connection:
                connection.execute(text(f"TRUNCATE {table} CASCADE"))


def test_a_hold_is_released_by_two_and_destruction_is_possible_again(service: Service, clock: Clock) -> None:
    case = closed_case(service)
    hold_id = hold(service, case)
    years_later(clock)

    def release(email: str) -> bool:
        with people.working(service, email) as work:
            return commands.release_hold(work, work.session.get_one(LegalHold, hold_id), reason="Over")

    assert not release(people.LEAD)
    with pytest.raises(RuleBroken, match="other than the one"):
        release(people.LEAD)
    with pytest.raises(DBAPIError), service.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM person"))
    assert release(RECORDS)
    with pytest.raises(RuleBroken, match="released already"):
        release(people.LEAD)
    propose(service, case)
    assert confirm(service, case) > 8


def test_a_hold_covers_what_is_added_later(service: Service) -> None:
    case = closed_case(service)
    hold_id = hold(service, case)
    with people.working(service) as work:
        before = len(work.session.scalars(select(HeldCompartment)).all())
        assert commands.renew_hold(work, hold_id) == before


def test_an_older_backup_does_not_bring_destroyed_records_back(service: Service, clock: Clock, tmp_path: Path) -> None:
    case, kept = closed_case(service), people.open_case(service, last_name="Kept")
    assert run(service, "audit", "checkpoint")[0] == 0
    file = make(service, tmp_path)
    years_later(clock)
    propose(service, case)
    confirm(service, case)
    assert run(service, "audit", "checkpoint")[0] == 0
    with emptied(service, tmp_path) as other:
        code, output = run(other, "restore", str(file))
        assert code == 0, output
        assert "1 destroyed records destroyed again" in output
        with people.working(other, reading=True) as work:
            assert work.session.get(Person, case.person_id) is None
            assert work.session.get(Case, kept.id) is not None
            verdict = verify(work.session, rows=True)
            assert verdict.intact, verdict


def test_closing_epochs_makes_older_copies_of_the_keys_useless_and_leaves_no_residue(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    case = closed_case(service)
    with people.working(service, reading=True) as work:
        compartments = gather(work.session, case.person_id).compartments
        keys = work.session.scalars(select(DataKey).where(DataKey.compartment_id.in_(compartments))).all()
        wrapped = [key.wrapped for key in keys]
        sealed = work.session.get_one(Person, case.person_id).head_sealed
        names = {(key.purpose, key.scope, key.wrapper_version) for key in keys}
    assert wrapped
    years_later(clock)
    propose(service, case)
    confirm(service, case)
    code, output = run(service, "retention", "close-epochs")
    assert code == 0, output
    with people.working(service, reading=True) as work:
        assert all(destruction.epoch_closed for destruction in work.session.scalars(select(Destruction)))
        assert not [name for name in stored_keys(work.session) if (name.purpose, name.scope, name.version) in names]
    if service.store.engine.dialect.name == "sqlite":
        service.store.engine.dispose()
        store = Path(str(service.store.engine.url.database))
        files = b"".join(path.read_bytes() for path in store.parent.glob(f"{store.name}*"))
        assert files
        assert sealed not in files
        assert not [blob for blob in wrapped if blob in files]
    assert run(service, "retention", "close-epochs")[1].strip().endswith("nothing waits for it")
    assert backup.is_empty(service.store.engine) is False


def test_the_pages_take_two_people_through_it(sqlite_service: Service, clock: Clock) -> None:
    case = closed_case(sqlite_service)
    years_later(clock)
    lead, officer = Browser(sqlite_service).sign_in(people.LEAD), Browser(sqlite_service).sign_in(RECORDS)
    lead.get("/retention/")
    lead.get(lead.link("Case C-"))
    lead.get(lead.link("Place a legal hold"))
    lead.submit(reason="")
    assert lead.errors() == ["Enter the reason"]
    lead.submit(reason="A complaint")
    assert "A complaint" in lead.text()
    lead.get(f"/retention/{case.id}/destruction")
    lead.submit(reason="Time")
    assert lead.errors() == ["These records are under legal hold: nothing of them can be destroyed"]
    lead.get(f"/retention/{case.id}/hold")
    lead.submit(reason="Over")
    officer.get(f"/retention/{case.id}/hold")
    officer.submit(reason="Agreed")
    officer.get(officer.link("Propose to destroy everything"))
    officer.submit(reason="Its time has come")
    officer.get(officer.link("Decide on the destruction"))
    officer.submit(decision="destroy")
    assert "other than the one" in " ".join(officer.errors())
    lead.get(f"/retention/{case.id}/destruction")
    lead.submit(decision="destroy")
    assert "Everything was destroyed" in lead.text()
    lead.get(f"/cases/{case.id}", status=404)
    assert "Marsh" not in officer.text()
