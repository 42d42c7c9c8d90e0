"""Two thousand words planted through every door: none in any byte that leaves sealed storage."""

import faulthandler
import io
import itertools
import logging
import re
import sqlite3
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from cse_tracker.app import Service
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.jobs.importing import carry_on_imports
from cse_tracker.people.model import Person
from cse_tracker.records.backup import back_up
from tests import papers, people
from tests.integration.api import acts
from tests.integration.test_canary import Collect, files_below, found_in, leaks
from tests.soak.conftest import Report
from tests.store import MailBag, StoreTemplates
from tests.web.client import Browser
from tests.web.steps import dated
from tests.web.walk import Seen, Watched

pytestmark = pytest.mark.soak

MARK = "Zqxwkvjp"
"""What every canary begins with: eight letters that no language and no library puts together."""
WANTED = 2_000
WORD = re.compile(rf"{MARK}[a-z]{{5}}")


def words() -> Iterator[str]:
    """Canaries, each once."""
    yield from (MARK + "".join(letters) for letters in itertools.product("abdegklmnorst", repeat=5))


class Planting:
    """Hands out canaries, and remembers every one that was sent."""

    def __init__(self) -> None:
        self._words = words()
        self.sent: list[str] = []

    def __call__(self) -> str:
        word = next(self._words)
        self.sent.append(word)
        return word


def one_round(police: Browser, lead: Browser, plant: Planting, day: int) -> None:
    """Send words through the referral, the decision, search, files, other boroughs, and forms that are wrong."""
    police.get("/referrals/start")
    police.submit(borough=people.HACKNEY)
    assert police.response is not None
    referral = police.response.request.path.partition("/draft")[0]
    first, last = plant(), plant()
    police.submit(
        action="continue", first_name=first, last_name=last, also_known_as=f"{plant()} {plant()}", sex="F",
        looked_after="no", address=f"1 {plant()} Road", school=plant(), contact=f"Through {plant()}",
        **dated("born", str(day), "3", "2012"),
    )  # fmt: skip
    police.submit(action="continue", immediate_danger="no", why_worried=f"Seen with {plant()}")
    police.submit(action="continue", seen=["older_boyfriend"], seen_details=plant(), missing="yes")
    police.submit(action="continue", who_knows=["education"], who_knows_details=plant(), carer_aware="yes")
    police.submit(action="continue", young_person_aware="yes", young_person_view=plant())
    police.submit(action="continue", referrer_phone="020 7946 0000")
    police.submit()
    assert "Referral sent" in police.text()
    lead.get(f"{referral}/decide")
    lead.submit(choice="new")
    lead.submit(note=plant(), sure="y")
    assert lead.response is not None
    case = lead.response.request.path
    for typed in (last, f"{first} {plant()}", f"{plant()} 2012"):
        lead.get("/search/")
        lead.submit(typed=typed)
    files = f"{case}/files"
    lead.get(files)
    lead.submit(file=(io.BytesIO(papers.pdf(author=plant())), f"{plant()}.pdf"), about=plant())
    assert "The file is added" in lead.text()
    lead.get(files)
    lead.submit(file=(io.BytesIO(b"<svg>" + plant().encode()), f"{plant()}.png"), about=plant())
    assert lead.errors()
    lead.get("/matching/ask")
    lead.submit(
        first_name=plant(), last_name=plant(), reason=f"Because of {plant()}", **dated("born", "4", "3", "2012")
    )
    lead.get("/matching/ask")
    lead.submit(first_name=plant(), last_name="", reason=plant())
    assert lead.errors()
    lead.get(case)


def other_doors(service: Service, lead: Browser, plant: Planting) -> None:
    """Send words through the API of a partner system, and through the import of a spreadsheet."""
    system = acts.partner(service)
    for _ in range(10):
        first, last = plant(), plant()
        system.refer(
            first_name=first, last_name=last,
            worries={"immediate_danger": False, "why_worried": f"Seen with {plant()}"},
        )  # fmt: skip
        assert system.post("/referrals", acts.referral(borough=plant()), key="").status_code == 422
    rows = [f"{plant()},{plant()},{1 + row % 28}/04/2011,indicated,Seen at {plant()}" for row in range(100)]
    sheet = "\n".join(["Forename,Surname,DOB,Certainty,Notes", *rows])
    lead.get("/imports/")
    lead.submit(file=(io.BytesIO(sheet.encode()), f"{plant()}.csv"))
    lead.submit()
    if "either of two dates" in lead.text():
        lead.submit(order="day_first")
    assert "100 new young people" in lead.text()
    lead.submit(_form=0, sure="y")
    with service.app.app_context():
        carry_on_imports(service.tools)
    lead.get(lead.link("Refresh"))
    assert "100 young people were brought in" in lead.text()


def _fail_with(opened: object) -> None:
    message = f"{opened!r} {opened}"
    raise RuntimeError(message)


def crash_dumps(service: Service) -> bytes:
    """What a crash leaves: of a process that hangs, of work that fails with records opened, and of a page."""
    with tempfile.TemporaryFile() as dumped:
        try:
            with people.working(service, people.LEAD, reading=True) as work:
                opened = [row.head for row in work.session.scalars(select(Person))]
                assert opened
                faulthandler.dump_traceback(dumped, all_threads=True)
                _fail_with(opened)
        except RuntimeError:
            dumped.write(traceback.format_exc().encode())
        dumped.seek(0)
        return dumped.read()


def control(folder: Path, planted: list[str]) -> set[str]:
    """The same search on a store in plain text, its write-ahead log left lying: gives what it finds."""
    path = folder / "control.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE plain (word TEXT)")
    connection.executemany("INSERT INTO plain VALUES (?)", [(word,) for word in planted])
    connection.commit()
    kept = [(folder / name).read_bytes() for name in ("control.sqlite", "control.sqlite-wal")]
    connection.close()
    assert any(found_in(content, (MARK,)) for content in kept)
    return {found.decode() for content in kept for found in re.findall(WORD.pattern.encode(), content)}


def test_two_thousand_canaries_leave_sealed_storage_nowhere(
    service: Service,
    templates: StoreTemplates,
    mail: MailBag,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    report: Report,
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setattr("cse_tracker.matching.commands.PER_USER", 10_000)
    monkeypatch.setattr("cse_tracker.matching.commands.PER_BOROUGH", 10_000)
    lines: list[str] = []
    handler = Collect(lines)
    statements = logging.getLogger("sqlalchemy.engine")
    level = statements.level
    statements.setLevel(logging.INFO)
    logging.getLogger().addHandler(handler)
    postgresql = service.store.engine.dialect.name == "postgresql"
    if postgresql:
        with service.store.engine.begin() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            connection.execute(text(f"ALTER DATABASE \"{name}\" SET log_statement = 'all'"))
        service.store.engine.dispose()
    plant, seen, through_others = Planting(), Seen(), False
    try:
        police, lead = (Watched(service, seen).sign_in(email) for email in (people.POLICE, people.LEAD))
        while len(plant.sent) < WANTED:
            one_round(police, lead, plant, 1 + len(plant.sent) % 28)
            if len(plant.sent) > WANTED // 2 and not through_others:
                other_doors(service, lead, plant)
                through_others = True
        with service.app.app_context():
            assert deliver_outbox(service.tools) > 0
        dumped = crash_dumps(service)
    finally:
        logging.getLogger().removeHandler(handler)
        statements.setLevel(level)
    if postgresql:
        with service.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))
    files = files_below(templates.postgresql_folder) if postgresql else files_below(tmp_path)
    assert leaks([*files, *files_below(scratch)], (MARK,)) == []
    store = service.store
    back_up(store.engine, store.root, tmp_path / "canaries.backup", schema=store.revision(), made_at="")
    assert leaks([tmp_path / "canaries.backup"], (MARK,)) == []
    assert b"crash_dumps" in dumped
    assert found_in(dumped, (MARK,)) == []
    assert any("INSERT INTO match_enquiry" in line for line in lines), "statements must be logged to be looked at"
    for name, content in (("log", lines), ("addresses", seen.urls), ("titles", seen.titles)):
        assert found_in("\n".join(content).encode(), (MARK,)) == [], name
    assert found_in(b"\n".join(bytes(message) for message in mail.sent), (MARK,)) == []
    # What was planted was kept: the pages gave most of it back (authors of files and terms not found are not shown).
    shown = set(WORD.findall("\n".join(seen.pages)))
    assert len(shown) > 0.7 * len(plant.sent)
    assert control(tmp_path, plant.sent) == set(plant.sent)
    engine = service.store.engine.dialect.name
    report(f"canaries found of {len(plant.sent):,} planted ({engine})", 0, "count", limit=0, holds=True)
