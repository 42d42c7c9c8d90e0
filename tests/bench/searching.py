"""Search and matching beside the same work on plain rows: what a product without sealing would do."""

import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Engine, Index, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.app import Service, build
from cse_tracker.likeness.names import sounds
from cse_tracker.likeness.search import ask
from cse_tracker.matching import commands as matching
from cse_tracker.matching.model import MatchToken, token_rows
from cse_tracker.matching.rules import Composite, asked, kept
from cse_tracker.people import commands as people_commands
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity, Sex, likeness
from cse_tracker.records.blind import blinding_of
from cse_tracker.search import queries
from cse_tracker.work.unit import Work
from tests import people
from tests.bench.plain import PlainBase, PlainPerson
from tests.store import CHEAP, Clock, StoreTemplates

QUICK = "--quick" in sys.argv
VISIBLE = 1_000 if QUICK else 5_000
SIZES = (10_000, 50_000) if QUICK else (10_000, 1_000_000)
SOUGHT = 40
FIRST = ("Keira", "Mohammed", "Aisha", "Leon", "Tia", "Oluwaseun", "Szymon", "Zoë", "Fatima", "Nguyen", "Star", "Joel")
START = date(2006, 1, 1)
Ratio = Callable[[Callable[[], None], Callable[[], None]], float]
Line = tuple[str, float, float]


class PlainComposite(PlainBase):
    """The composites of matching in plain text, under a plain index."""

    __tablename__ = "bench_plain_composite"
    __table_args__ = (Index("ix_bench_plain_composite", "composite"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    composite: Mapped[str]
    person_id: Mapped[UUID]


def figures(database: str, ratio: Ratio) -> Iterator[Line]:
    """Give each figure's name, value and limit.

    There are two stores with the same young people, one of which is grown further, so that what is asked of both can
    be asked in turn: two times taken minutes apart would compare what else the machine did.
    """
    with tempfile.TemporaryDirectory() as folder:
        templates = StoreTemplates(Path(folder))
        try:
            with (
                filled(templates, database, Path(folder) / "small") as (small, known),
                filled(templates, database, Path(folder) / "large") as (large, _),
            ):
                yield f"search, {VISIBLE:,} visible, sealed / plain ({database})", within(small, ratio), 2.0
                yield from across((small, large), database, known, ratio)
        finally:
            templates.close()


@contextmanager
def filled(templates: StoreTemplates, database: str, folder: Path) -> Iterator[tuple[Service, list[Identity]]]:
    """Give a store with made-up young people, sealed and plain alike, and who they are."""
    folder.mkdir()
    with templates.copy(database, folder) as settings:
        service = build(settings, now=Clock(datetime(2026, 11, 16, 10, tzinfo=UTC)), passwords=CHEAP)
        PlainBase.metadata.create_all(service.store.engine)
        yield service, fill(service)
        service.store.engine.dispose()


def fill(service: Service) -> list[Identity]:
    """Add made-up young people to Hackney, sealed and plain alike."""
    dice, out = random.Random(2005), []
    for start in range(0, VISIBLE, 500):
        with people.working(service, people.LEAD) as work:
            for number in range(start, min(start + 500, VISIBLE)):
                head = Identity(
                    dice.choice(FIRST), surname(dice), date_of_birth=START + timedelta(days=dice.randrange(4_000)),
                    postcode=f"E{number % 20} {number % 9}AB",
                )  # fmt: skip
                details = PersonDetails(address=f"{number} Sample Road", school="Clapton Park School")
                person = people_commands.add(work, head, details, borough_gss=people.HACKNEY)
                work.session.add(plain_row(person.id, head, details))
                out.append(head)
    return out


def surname(dice: random.Random) -> str:
    """A made-up surname, some commoner than others."""
    parts = ("ba", "de", "fi", "go", "ku", "la", "me", "no", "ri", "su", "ta", "ve", "wo", "zi")
    return "".join(dice.choices(parts, k=3)).capitalize() + dice.choice(("n", "r", "s", "th"))


def plain_row(person_id: UUID, head: Identity, body: PersonDetails) -> PlainPerson:
    """The same in plain columns."""
    return PlainPerson(
        id=person_id, first_name=head.first_name, last_name=head.last_name, also_known_as=head.also_known_as,
        date_of_birth=head.date_of_birth, age_disputed=head.age_disputed, sex=head.sex.value,
        nhs_number=head.nhs_number, postcode=head.postcode, ethnicity=body.ethnicity, address=body.address,
        school=body.school, looked_after=body.looked_after, carer=body.carer, contact=body.contact,
    )  # fmt: skip


def opened(row: PlainPerson) -> tuple[Identity, PersonDetails]:
    """A plain row in the form in which it is compared."""
    head = Identity(
        row.first_name, row.last_name, row.also_known_as, row.date_of_birth, row.age_disputed, Sex(row.sex),
        row.nhs_number, row.postcode,
    )  # fmt: skip
    return head, PersonDetails(row.ethnicity, row.address, row.school, row.looked_after, row.carer, row.contact)


def within(service: Service, ratio: Ratio) -> float:
    """Each search in a unit of work of its own, so that every key is unwrapped and every head opened anew."""
    with service.app.app_context():
        actor = people.actor(service, people.LEAD)

    def sealed() -> None:
        with service.tools.running.work(actor) as work:
            assert queries.find(work, "Kiera 2010").compared == VISIBLE

    def plain() -> None:
        asked_for = ask("Kiera 2010")
        with service.tools.running.work(actor) as work:
            rows = work.session.scalars(select(PlainPerson)).all()
            found = [asked_for.compare(queries.held(*opened(row))) for row in rows]
            assert len(found) == VISIBLE

    with service.app.app_context():
        return ratio(sealed, plain)


def across(services: tuple[Service, Service], database: str, known: list[Identity], ratio: Ratio) -> Iterator[Line]:
    """The same question put to tokens and to plain composites, at two sizes, and at one size against the other."""
    sought = random.Random(1148).sample(known, min(SOUGHT, len(known)))
    limit = 2.0 if database == "postgresql" else 3.0
    for service, size in zip(services, SIZES, strict=True):
        grow(service, VISIBLE, size)
        with people.working(service) as work:
            plain_known(work, known)
        value = ratio(blind(service, sought), plain(service, sought))
        yield f"match among {size:,} people, blind / plain ({database})", value, limit
    small, large = (blind(service, sought) for service in services)
    yield f"match, {SIZES[-1]:,} people / {SIZES[0]:,} ({database})", ratio(large, small), 1.3


def grow(service: Service, have: int, size: int) -> None:
    """Add tokens, and the same composites in plain text, of people who are nowhere else."""
    engine: Engine = service.store.engine
    dice = random.Random(have)
    keys = [tuple(sorted(sounds(surname(dice).casefold()))) for _ in range(5_000)]
    with people.working(service, reading=True) as work:
        blinding = blinding_of(work.session)
    composed, tokens = PlainComposite.__table__, MatchToken.__table__
    for start in range(have, size, 20_000):
        rows, composites = [], []
        for _ in range(min(20_000, size - start)):
            person_id, one, other = uuid4(), dice.choice(keys), dice.choice(keys)
            born = (START + timedelta(days=dice.randrange(4_000))).isoformat()
            made: list[Composite] = [("name", *sorted(pair), born) for pair in zip(one, other, strict=True)]
            rows += token_rows(blinding, person_id, people.HACKNEY, made)
            composites += [{"composite": "|".join(each), "person_id": person_id} for each in made]
        with engine.begin() as connection:
            connection.execute(insert(tokens), rows)  # type: ignore[arg-type]
            connection.execute(insert(composed), composites)  # type: ignore[arg-type]
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def blind(service: Service, sought: list[Identity]) -> Callable[[], None]:
    """Look for people who are known by tokens, each with every variant of date that is asked for."""

    def go() -> None:
        with service.app.app_context(), service.tools.running.work() as work:
            assert all(matching.holders_of(work, identity, "") for identity in sought)

    return go


def plain(service: Service, sought: list[Identity]) -> Callable[[], None]:
    """The same through plain composites."""

    def go() -> None:
        with service.app.app_context(), service.tools.running.work() as work:
            assert all(_plain_holders(work, identity) for identity in sought)

    return go


def plain_known(work: Work, known: list[Identity]) -> None:
    """Put the plain composites of everybody in Hackney beside the others."""
    persons = work.session.scalars(select(PlainPerson))
    ids = {(row.first_name, row.last_name, row.date_of_birth): row.id for row in persons}
    rows = [
        {"composite": "|".join(each), "person_id": ids[head.first_name, head.last_name, head.date_of_birth]}
        for head in known
        for each in kept(head, "")
    ]
    work.session.execute(insert(PlainComposite), rows)


def _plain_holders(work: Work, identity: Identity) -> list[Identity]:
    wanted = ["|".join(each) for each in asked(identity, "")]
    ids = set(work.session.scalars(select(PlainComposite.person_id).where(PlainComposite.composite.in_(wanted))))
    rows = work.session.scalars(select(PlainPerson).where(PlainPerson.id.in_(ids)).order_by(PlainPerson.id))
    heads = [opened(row)[0] for row in rows]
    return [head for head in heads if likeness(identity, head) is not None]
