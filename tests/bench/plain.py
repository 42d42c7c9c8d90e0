"""The same pages on the same rows in plain columns: what a product without sealing would do."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import ForeignKey, MetaData, Text, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from cse_tracker.assessments.queries import History
from cse_tracker.cases import queries as cases
from cse_tracker.cases.events import CaseListViewed, CaseViewed
from cse_tracker.cases.model import Case, CaseHead
from cse_tracker.cases.queries import CaseRow
from cse_tracker.people.events import PersonViewed
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity, Sex
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.web.context import work
from cse_tracker.work.unit import Work


class PlainBase(DeclarativeBase):
    """Tables of the comparison, apart from the product's own."""

    metadata = MetaData()


class PlainPerson(PlainBase):
    """A person in plain columns."""

    __tablename__ = "bench_plain_person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    also_known_as: Mapped[str]
    date_of_birth: Mapped[date | None]
    age_disputed: Mapped[bool]
    sex: Mapped[str]
    nhs_number: Mapped[str]
    postcode: Mapped[str]
    ethnicity: Mapped[str]
    address: Mapped[str] = mapped_column(Text)
    school: Mapped[str]
    looked_after: Mapped[str]
    carer: Mapped[str]
    contact: Mapped[str]


class PlainCase(PlainBase):
    """A case in plain columns."""

    __tablename__ = "bench_plain_case"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    borough_gss: Mapped[str]
    status: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("bench_plain_person.id"), index=True)
    opened_at: Mapped[datetime]
    certainty: Mapped[str | None]
    level: Mapped[int | None]
    level_label: Mapped[str]
    level_colour: Mapped[str]


class Shown:
    """A row as the templates read it."""

    def __init__(self, **parts: Any) -> None:
        self.__dict__.update(parts)


def copy(work: Work) -> None:
    """Copy every open case and its person into plain columns."""
    rows = cases.cases_in_sight(work)
    PlainBase.metadata.create_all(work.session.connection())
    for row in rows:
        identity, details, head = row.person.head, row.person.body, row.case.head
        work.session.add(
            PlainPerson(
                id=row.person.id,
                first_name=identity.first_name,
                last_name=identity.last_name,
                also_known_as=identity.also_known_as,
                date_of_birth=identity.date_of_birth,
                age_disputed=identity.age_disputed,
                sex=identity.sex.value,
                nhs_number=identity.nhs_number,
                postcode=identity.postcode,
                ethnicity=details.ethnicity,
                address=details.address,
                school=details.school,
                looked_after=details.looked_after,
                carer=details.carer,
                contact=details.contact,
            )
        )
    work.session.flush()
    for row in rows:
        head = row.case.head
        work.session.add(
            PlainCase(
                id=row.case.id,
                borough_gss=row.case.borough_gss,
                status="open",
                person_id=row.person.id,
                opened_at=head.opened_at,
                certainty=head.certainty.value if head.certainty else None,
                level=head.level,
                level_label=head.level_label,
                level_colour=head.level_colour,
            )
        )


def row_of(case: PlainCase, person: PlainPerson) -> CaseRow:
    """Shape a row of plain values as the templates want it."""
    identity = Identity(
        person.first_name, person.last_name, person.also_known_as, person.date_of_birth,
        person.age_disputed, Sex(person.sex), person.nhs_number, person.postcode,
    )  # fmt: skip
    details = PersonDetails(
        person.ethnicity, person.address, person.school, person.looked_after, person.carer, person.contact
    )
    certainty = Certainty(case.certainty) if case.certainty else None
    head = CaseHead(case.opened_at, certainty, case.level, case.level_label, case.level_colour)
    reference = Case.reference.fget(case)  # type: ignore[attr-defined]
    shown_case: Any = Shown(id=case.id, head=head, reference=reference, borough_gss=case.borough_gss)
    shown_person: Any = Shown(id=person.id, head=identity, body=details)
    return CaseRow(shown_case, shown_person)


def _all(session: Session, boroughs: frozenset[str]) -> list[CaseRow]:
    wanted = select(PlainCase, PlainPerson).join(PlainPerson, PlainPerson.id == PlainCase.person_id)
    wanted = wanted.where(PlainCase.borough_gss.in_(boroughs), PlainCase.status == "open")
    return [row_of(case, person) for case, person in session.execute(wanted)]


def list_page(rows: list[CaseRow]) -> ResponseReturnValue:
    """Render the list, without the duties that the plain copy does not have."""
    today = work().today
    return render_template(
        "cases/listing.html", rows=rows, total=len(rows), level=None, order="name", due={}, today=today, now=work().now
    )


bp = Blueprint("plain", __name__, url_prefix="/plain")


@bp.get("/cases/")
def listing() -> ResponseReturnValue:
    """The list of cases, from plain columns; the rest of the page is the same."""
    rows = _all(work().session, frozenset(borough for _, borough in work().actor.roles))
    rows.sort(key=lambda row: (row.person.head.last_name.casefold(), row.person.head.first_name.casefold()))
    work().record(CaseListViewed(subject_id=None, shown=len(rows)))
    return list_page(rows)


@bp.get("/cases/<uuid:case_id>")
def show(case_id: UUID) -> ResponseReturnValue:
    """One case, from plain columns."""
    wanted = select(PlainCase, PlainPerson).join(PlainPerson, PlainPerson.id == PlainCase.person_id)
    case, person = work().session.execute(wanted.where(PlainCase.id == case_id)).one()
    row = row_of(case, person)
    # What is looked at is recorded as the product records it, or the page would be spared an entry of the audit.
    work().record(CaseViewed(subject_id=case_id, borough_gss=case.borough_gss))
    work().record(PersonViewed(subject_id=person.id, borough_gss=case.borough_gss))
    return show_page(row)


def show_page(row: CaseRow) -> ResponseReturnValue:
    """Render one case."""
    document: Any = Shown(title="Report 2005 protocol", indicators=())
    return render_template(
        "cases/show.html", row=row, history=History((), (), ()), duties=[], agencies={}, meetings=[], proposal=None,
        referrals=[], story=[], document=document, today=work().today, now=work().now,
    )  # fmt: skip


@bp.get("/sealed/")
def sealed_listing() -> ResponseReturnValue:
    """The list of cases as the product keeps it, without the duties that the plain copy does not have."""
    rows = cases.cases_in_sight(work())
    return list_page(rows)


@bp.get("/sealed/<uuid:case_id>")
def sealed_show(case_id: UUID) -> ResponseReturnValue:
    """One case as the product keeps it, of the same content as the plain copy."""
    return show_page(cases.open_case(work(), case_id))
