"""A store with a root key file of its own, and the commands of operators on it."""

from pathlib import Path
from uuid import UUID

from click.testing import CliRunner, Result
from sqlalchemy import select

from cse_tracker import config
from cse_tracker.app import Service, build, start_clock
from cse_tracker.audit.model import AuditEntry
from cse_tracker.audit.verify import verify
from cse_tracker.cli.main import cli
from cse_tracker.cli.opening import Opening
from cse_tracker.people import commands as people_commands
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from tests import people
from tests.store import CHEAP, Clock

WORDS = "correct horse battery staple lamp"


class Installation:
    """A store with a root key file of its own, and its commands."""

    def __init__(self, service: Service, folder: Path, clock: Clock) -> None:
        self.folder, self.clock = folder, clock
        self.key = folder / "own.key"
        self.key.write_text(service.settings.root.file.read_text())
        self.key.chmod(0o600)
        self.environment = {
            "CSE_TRACKER_MODE": "test",
            "CSE_TRACKER_DATA": str(folder),
            "CSE_TRACKER_ROOT_KEY_FILE": str(self.key),
            "DATABASE_URL": service.settings.database_url,
            "CSE_TRACKER_CLOCK": "no",
        }
        self.passphrase = folder / "words"
        self.passphrase.write_text(WORDS + "\n")
        self.passphrase.chmod(0o600)
        self.opened: list[Service] = []

    def service(self) -> Service:
        """A process that starts now."""
        self.opened.append(build(config.from_environment(self.environment), now=self.clock, passwords=CHEAP))
        return self.opened[-1]

    def run(self, *command: str, typed: str = "") -> Result:
        return CliRunner().invoke(cli, command, obj=Opening(self.service, start_clock), input=typed)

    def ok(self, *command: str, typed: str = "") -> str:
        done = self.run(*command, typed=typed)
        assert done.exit_code == 0, done.output
        return done.output

    def refused(self, *command: str, typed: str = "") -> str:
        done = self.run(*command, typed=typed)
        assert done.exit_code == 2, done.output
        assert done.stderr.startswith("cse-tracker: ")
        return done.stderr

    def add(self, name: str) -> UUID:
        with people.working(self.service(), people.LEAD) as work:
            details = PersonDetails()
            return people_commands.add(work, Identity(name, "Marsh"), details, borough_gss=people.HACKNEY).id

    def names(self) -> set[str]:
        with people.working(self.service(), people.LEAD, reading=True) as work:
            return {row.head.first_name for row in work.session.scalars(select(Person))}

    def actions(self) -> list[str]:
        with people.working(self.service(), reading=True) as work:
            assert verify(work.session).intact
            return [name for name in work.session.scalars(select(AuditEntry.action)) if name.startswith("key.")]

    def escrow(self, name: str = "kit") -> Path:
        path = self.folder / name
        self.ok("keys", "escrow", str(path), "--passphrase-file", str(self.passphrase))
        return path

    def verify_escrow(self, path: Path) -> str:
        return self.ok("keys", "verify-escrow", str(path), "--passphrase-file", str(self.passphrase))

    def close(self) -> None:
        for service in self.opened:
            service.store.engine.dispose()
