"""A production installation is filled from the command line alone."""

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from cse_tracker.app import Service, start_clock
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cli.main import cli
from cse_tracker.cli.opening import Opening
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Agency, PostKind, User
from cse_tracker.protocols import queries as protocols
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.rulebook.document import template, to_yaml
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import RuleBroken
from tests import people
from tests.web.client import Browser

CAMDEN = "E09000007"
BARNET = "E09000003"
AGENCY = "Camden children’s social care"
EMAIL = "s.green@camden.example"
PASSWORD = people.PASSWORD
USER = ("users", "add", "--email", EMAIL, "--name", "Sian Green", "--job-title", "Lead officer", "--agency", AGENCY)
LEADS = ("--role", "lead_officer", "--borough", CAMDEN, "--post", "lead_officer", "--post", "meeting_contact")


def run(service: Service, *command: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, command, obj=Opening(lambda: service, start_clock), input=typed)


def add_agency(service: Service) -> None:
    done = run(service, "agencies", "add", "--name", AGENCY, "--kind", "social_care", "--borough", CAMDEN)
    assert (done.exit_code, done.stdout) == (0, f"added: {AGENCY}\n")


def actions(service: Service) -> Counter[str]:
    with people.working(service, reading=True) as work:
        return Counter(work.session.scalars(select(AuditEntry.action)))


def test_a_borough_that_was_filled_receives_referrals(service: Service) -> None:
    add_agency(service)
    assert run(service, "protocols", "adopt", "--borough", CAMDEN).exit_code == 0
    done = run(service, *USER, *LEADS, "--password-stdin", typed=f"{PASSWORD}\n")
    assert (done.exit_code, done.stdout) == (0, f"added: {EMAIL}\n")
    referral = people.refer(service, borough_gss=CAMDEN)
    with people.working(service, EMAIL, reading=True) as work:
        assert [row.id for row in referral_queries.awaiting_decision(work)] == [referral.id]
    assert people.accept(service, referral, EMAIL).borough_gss == CAMDEN
    assert Browser(service).sign_in(EMAIL)


def test_each_step_of_the_filling_is_recorded(service: Service) -> None:
    before = actions(service)
    add_agency(service)
    run(service, *USER, *LEADS, "--password-stdin", typed=f"{PASSWORD}\n")
    run(service, "protocols", "adopt", "--borough", CAMDEN)
    wanted = ["agency.added", "user.added", "user.role_granted", *["user.post_filled"] * 2, "protocol.adopted"]
    assert actions(service) - before == Counter(wanted)


def test_roles_and_boroughs_that_are_given_in_pairs_stay_pairs(service: Service) -> None:
    add_agency(service)
    pairs = ("--role", "lead_officer", "--borough", CAMDEN, "--role", "manager_stats", "--borough", BARNET)
    assert run(service, *USER, *pairs, "--password-stdin", typed=f"{PASSWORD}\n").exit_code == 0
    with service.app.app_context():
        held = people.actor(service, EMAIL).roles
    assert held == {(Role.LEAD_OFFICER, CAMDEN), (Role.MANAGER, BARNET)}


def test_one_borough_serves_for_all_roles_and_posts(service: Service) -> None:
    add_agency(service)
    both = ("--role", "lead_officer", "--role", "partner_referrer", "--borough", CAMDEN, "--post", "lead_officer")
    assert run(service, *USER, *both, "--password-stdin", typed=f"{PASSWORD}\n").exit_code == 0
    with people.working(service, EMAIL, reading=True) as work:
        assert work.actor.roles == {(Role.LEAD_OFFICER, CAMDEN), (Role.REFERRER, CAMDEN)}
        posts = identity.post_holders(work, borough_gss=CAMDEN, kind=PostKind.LEAD_OFFICER)
        assert [post.holder_id for post in posts] == [work.actor.user_id]


def test_a_password_is_asked_for_twice_and_never_shown(sqlite_service: Service) -> None:
    add_agency(sqlite_service)
    done = run(sqlite_service, *USER, *LEADS, typed=f"{PASSWORD}\nanother one\n{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert "do not match" in done.output
    assert PASSWORD not in done.output
    with sqlite_service.app.app_context():
        assert people.actor(sqlite_service, EMAIL).user_id is not None


def test_an_agency_without_a_borough_serves_several(sqlite_service: Service) -> None:
    run(sqlite_service, "agencies", "add", "--name", "River Project", "--kind", "voluntary")
    with people.working(sqlite_service, reading=True) as work:
        assert identity.agency_named(work, "River Project") in identity.agencies_of(work, CAMDEN)


NO_AGENCY = ("agencies", "add", "--kind", "police", "--name")
REFUSED = [
    pytest.param((*NO_AGENCY, AGENCY), "There is an agency of this name already", id="name in use"),
    pytest.param((*NO_AGENCY, " "), "The name must not be empty", id="no name"),
    pytest.param((*NO_AGENCY, "Y", "--borough", "E1"), "There is no London borough with the code E1", id="no borough"),
    pytest.param((*USER[:-1], "Nobody"), "There is no agency of this name", id="no agency"),
    pytest.param((*USER, "--email", "here"), "Enter an email address in the correct format", id="no address"),
    pytest.param((*USER, "--email", people.LEAD), "There is a user with this email address already", id="known"),
    pytest.param((*USER, "--job-title", ""), "The job title must not be empty", id="no title"),
    pytest.param((*USER, "--role", "lead_officer"), "Say with --borough where the role or post is held", id="nowhere"),
    pytest.param((*USER, "--borough", CAMDEN), "Say with --role or --post what is held", id="nothing held"),
    pytest.param((*USER, *LEADS, "--borough", BARNET), "Give --borough once, or once for each --role", id="unpaired"),
    pytest.param(
        (*USER, "--post", "lead_officer", "--borough", "E2"), "There is no London borough with the code E2", id="post"
    ),
]


@pytest.mark.parametrize(("command", "sentence"), REFUSED)
def test_what_cannot_be_added_is_refused_in_one_sentence(
    sqlite_service: Service, command: tuple[str, ...], sentence: str
) -> None:
    add_agency(sqlite_service)
    before, stdin = _rows(sqlite_service), ("--password-stdin",) if command[0] == "users" else ()
    done = run(sqlite_service, *command, *stdin, typed=f"{PASSWORD}\n")
    _refused(done, sentence)
    assert _rows(sqlite_service) == before


def test_a_short_password_is_refused(sqlite_service: Service) -> None:
    add_agency(sqlite_service)
    done = run(sqlite_service, *USER, *LEADS, "--password-stdin", typed="short\n")
    _refused(done, "Password must be at least 12 characters")


def _refused(done: Result, sentence: str) -> None:
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"cse-tracker: {sentence}")
    assert done.stderr.count("\n") == 1


def _rows(service: Service) -> tuple[int, int]:
    with people.working(service, reading=True) as work:
        agencies, users = work.session.scalars(select(Agency.id)), work.session.scalars(select(User.id))
        return len(list(agencies)), len(list(users))


def test_a_borough_s_own_protocol_is_adopted_from_a_file(service: Service, tmp_path: Path) -> None:
    with people.working(service, reading=True) as work, pytest.raises(RuleBroken):
        protocols.in_force(work, CAMDEN)
    own = template().model_copy(update={"title": "Camden protocol 2026"})
    file = tmp_path / "camden.yaml"
    file.write_text(to_yaml(own), "utf-8")
    for number, choice in ((1, ("--template", "report-2005")), (2, ("--file", str(file)))):
        done = run(service, "protocols", "adopt", "--borough", CAMDEN, *choice)
        assert f"version {number} of Camden, in force from 2026-11-16" in done.stdout
    with people.working(service, reading=True) as work:
        found = protocols.in_force(work, CAMDEN)
    assert (found.number, found.document) == (2, own)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"title: [", "own.yaml is not a protocol: line 1: "),
        (b"title: Ours\n", "own.yaml is not a protocol: key: This is missing."),
        (b"\xff\xfe", "own.yaml cannot be read"),
        (None, "own.yaml cannot be read"),
    ],
    ids=["no YAML", "no protocol", "no text", "no file"],
)
def test_a_file_that_is_no_protocol_is_refused(
    sqlite_service: Service, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    file = tmp_path / "own.yaml"
    if content is not None:
        file.write_bytes(content)
    _refused(run(sqlite_service, "protocols", "adopt", "--borough", CAMDEN, "--file", str(file)), sentence)


def test_a_template_and_a_file_together_are_refused(sqlite_service: Service, tmp_path: Path) -> None:
    both = ("--template", "report-2005", "--file", str(tmp_path / "own.yaml"))
    _refused(run(sqlite_service, "protocols", "adopt", "--borough", CAMDEN, *both), "Give --template or --file")


def test_an_unknown_borough_adopts_nothing(sqlite_service: Service) -> None:
    _refused(
        run(sqlite_service, "protocols", "adopt", "--borough", "E3"), "There is no London borough with the code E3"
    )
