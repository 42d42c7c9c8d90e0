"""What lead officers do with an import: upload, say what the columns are, try it out, begin it, take it back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError, ProgrammingError

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.assessments import commands as assessments
from cse_tracker.assessments.model import Basis, CertaintyFact
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case, CasePassage
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.imports.events import ImportChecked, ImportedCaseRemoved, ImportMoved, ImportUploaded
from cse_tracker.imports.model import Doubt, Import, ImportBody, ImportedCase, ImportHead, ImportState
from cse_tracker.imports.rules import (
    COLUMNS,
    DateOrder,
    Entry,
    Field,
    Problem,
    Reading,
    guessed,
    identity_keys,
    read_rows,
    young_people,
)
from cse_tracker.likeness.names import normal_name
from cse_tracker.people import commands as people
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity, likeness
from cse_tracker.records.keys import destroy_compartment, new_compartment, unlock
from cse_tracker.records.reference import reference
from cse_tracker.sheets.reading import Sheet
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

MOST_LISTED: Final = 500
REFUSED_BY_TRIGGER: Final = "P0001"
AT_ONCE: Final = 300
"""Up to so many young people are brought in in one transaction; more, in steps of STEP, taken back if one fails."""
STEP: Final = 50
"""Small, because nobody else can write to SQLite meanwhile: at 12 to 60 ms for one young person, three seconds."""
NEW: Final = "new"

Group = list[Entry]


def upload(work: Work, sheet: Sheet, *, file_name: str, borough_gss: str) -> Import:
    """Keep the cells of a file, sealed, until the import is over; raises RuleBroken for one without rows."""
    require(work.actor, Permission.IMPORT_RUN, Subject(borough_gss=borough_gss))
    if len(sheet.rows) < 2:
        message = "The file has no rows below its headings"
        raise RuleBroken("import.empty", message, field="file")
    batch = Import(
        borough_gss=borough_gss,
        started_by=work.actor.user_id,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    batch.head = ImportHead(
        file_name=file_name,
        uploaded_at=work.now,
        uploaded_by=work.actor.user_id,
        headings=tuple(str(cell) for cell in sheet.rows[0]),
        note=sheet.note,
        columns=guessed(sheet.rows[0]),
    )
    doubts = tuple(Doubt(place.row, place.column, words) for place, words in sheet.doubts)
    batch.body = ImportBody(rows=sheet.rows, doubts=doubts)
    work.session.add(batch)
    work.session.flush()
    work.record(ImportUploaded(subject_id=batch.id, borough_gss=borough_gss, rows=len(sheet.rows) - 1))
    return batch


@dataclass(frozen=True)
class Known:
    """Who is held in the borough: by key, by date of birth, by folded name, and by case reference."""

    by_key: Mapping[tuple[str, ...], UUID]
    alike: Mapping[object, list[Person]]
    by_reference: Mapping[str, UUID]
    reference_of: Mapping[UUID, str]


def _known(work: Work, borough_gss: str) -> Known:
    persons = work.session.scalars(select(Person).where(Person.borough_gss == borough_gss)).all()
    unlock(work.session, {person.compartment_id for person in persons})
    by_key: dict[tuple[str, ...], UUID] = {}
    alike: dict[object, list[Person]] = defaultdict(list)
    for person in persons:
        head = person.head
        keys = identity_keys(head.first_name, head.last_name, head.date_of_birth, head.nhs_number)
        by_key.update(dict.fromkeys(keys, person.id))
        alike[head.date_of_birth].append(person)
        alike[normal_name(head.full_name)].append(person)
    found = work.session.execute(select(Case.id, Case.person_id).where(Case.borough_gss == borough_gss))
    by_reference = {reference("C", case_id): person_id for case_id, person_id in found}
    return Known(by_key, alike, by_reference, {person_id: words for words, person_id in by_reference.items()})


@dataclass(frozen=True)
class Plan:
    """What would be brought in: young people who are new, those who are known already, and what is wrong."""

    new: tuple[Group, ...]
    known: tuple[Group, ...]
    problems: tuple[Problem, ...]


def plan(work: Work, batch: Import) -> Plan:
    """Read every row and compare it with who is held; nothing is kept."""
    require(work.actor, Permission.IMPORT_RUN, batch)
    columns, body = batch.head.columns or {}, batch.body
    today = work.today
    reading: Reading = read_rows(body.rows, columns, batch.head.order, today=today)
    used = set(columns.values())
    doubts = [Problem(each.row, each.column, each.message) for each in body.doubts if each.column in used]
    held, new, already, problems = _known(work, batch.borough_gss), [], [], [*reading.problems, *doubts]
    for group in young_people(reading.entries):
        if _is_known(group, held):
            already.append(group)
            continue
        new.append(group)
        problems += _doubles(group, held, columns.get(Field.SAME_AS, 0))
    return Plan(tuple(new), tuple(already), tuple(sorted(problems)))


def _is_known(group: Group, held: Known) -> bool:
    by_key = any(key in held.by_key for entry in group for key in entry.keys)
    return by_key or any(entry.same_as.upper() in held.by_reference for entry in group)


def _doubles(group: Group, held: Known, column: int) -> Iterable[Problem]:
    entry = group[0]
    if entry.same_as.casefold() == NEW:
        return
    if entry.same_as:
        yield Problem(entry.row, column, "There is no case of this reference in the borough")
        return
    identity = _identity(entry)
    near = [*held.alike.get(normal_name(identity.full_name), ())]
    near += held.alike.get(entry.born, ()) if entry.born else ()
    for person in near:
        if likeness(identity, person.head) is not None:
            who = f"{person.head.full_name}, {held.reference_of.get(person.id, 'no case')}"
            yield Problem(entry.row, column, f"May be {who}. Write that reference under Same as, or the word new")
            return


def _identity(entry: Entry) -> Identity:
    return Identity(
        first_name=entry.first_name,
        last_name=entry.last_name,
        also_known_as=entry.also_known_as,
        date_of_birth=entry.born,
        sex=entry.sex,
        nhs_number=entry.nhs_number,
        postcode=entry.postcode,
    )


def check(work: Work, batch: Import, *, columns: Mapping[Field, int], order: DateOrder) -> Plan:
    """Try the import out and keep what came of it: every problem by row and column, nothing of the rows."""
    require(work.actor, Permission.IMPORT_RUN, batch)
    twice = [column for column in columns.values() if list(columns.values()).count(column) > 1]
    if twice:
        message = f"The column {batch.head.headings[twice[0] - 1]} was chosen twice"
        field = next(field for field, column in columns.items() if column == twice[0])
        raise RuleBroken("import.twice", message, field=field.value)
    batch.move(ImportState.CHECKED)
    batch.head = replace(batch.head, columns=dict(columns), order=order)
    found = plan(work, batch)
    batch.head = replace(
        batch.head,
        problems=tuple(Doubt(each.row, each.column, each.message) for each in found.problems[:MOST_LISTED]),
        problem_count=len(found.problems),
        new=len(found.new),
        known=len(found.known),
    )
    batch.total, batch.done = len(found.new), 0
    work.record(
        ImportChecked(
            subject_id=batch.id,
            borough_gss=batch.borough_gss,
            problems=len(found.problems),
            new=len(found.new),
            known=len(found.known),
        )
    )
    return found


def begin(work: Work, batch: Import) -> None:
    """Begin to bring in what was tried out without a problem; the clock carries it on. All of it comes, or nothing."""
    require(work.actor, Permission.IMPORT_RUN, batch)
    if batch.state is ImportState.CHECKED and (batch.head.problem_count or not batch.total):
        message = "There are problems, so nothing can be brought in" if batch.head.problem_count else "Nobody is new"
        raise RuleBroken("import.problems", message)
    batch.move(ImportState.APPLYING)
    batch.started_by = work.actor.user_id
    _record(work, batch)


def _record(work: Work, batch: Import) -> None:
    work.record(ImportMoved(subject_id=batch.id, borough_gss=batch.borough_gss, state=batch.state, done=batch.done))


def carry_on(work: Work, batch: Import, planned: Plan) -> bool:
    """Bring in the next young people of a plan; gives whether there are more. The last step empties the file."""
    require(work.actor, Permission.IMPORT_RUN, batch)
    if batch.state is not ImportState.APPLYING:
        return False
    if planned.problems or len(planned.new) != batch.total - batch.done:
        message = "What is held has changed since this was tried out. Try it out again"
        raise RuleBroken("import.changed", message)
    step = len(planned.new) if batch.total <= AT_ONCE else STEP
    for group in planned.new[:step]:
        _bring_in(work, batch, group)
    batch.done += len(planned.new[:step])
    if batch.done < batch.total:
        return True
    batch.move(ImportState.APPLIED)
    batch.body = ImportBody((), ())
    _record(work, batch)
    return False


def rest(planned: Plan, steps: int) -> Plan:
    """Give what is left of a plan after so many young people."""
    return replace(planned, new=planned.new[steps:])


def _bring_in(work: Work, batch: Import, group: Group) -> None:
    entry = group[0]
    details = PersonDetails(address=entry.address, school=entry.school, contact=entry.contact)
    person = people.add(work, _identity(entry), details, borough_gss=batch.borough_gss)
    case = cases.open_for(work, person, referral_id=None)
    for each in group:
        recorded = f"\nRecorded there on {each.recorded_on:%d.%m.%Y}." if each.recorded_on else ""
        assessments.record_certainty(
            work,
            case,
            assessments.CertaintyForm(
                certainty=each.certainty,
                basis=Basis.PROFESSIONAL_ASSESSMENT,
                explanation=f"{each.concern}\nFrom the earlier record, import {batch.reference}.{recorded}",
            ),
        )
    work.session.flush()
    work.session.add(
        ImportedCase(
            import_id=batch.id,
            case_id=case.id,
            person_id=person.id,
            case_revision=case.revision,
            person_revision=person.revision,
            facts=len(group),
        )
    )


def take_back(work: Work, batch: Import, *, message: str = "") -> None:
    """Begin to take everything back that an import made; the clock carries it on."""
    require(work.actor, Permission.IMPORT_RUN, batch)
    batch.move(ImportState.UNDOING)
    batch.started_by = work.actor.user_id
    batch.head = replace(batch.head, message=message)
    _record(work, batch)


def carry_on_back(work: Work, batch: Import) -> bool:
    """Take the next cases back; gives whether there are more. What somebody has worked on since stays."""
    require(work.actor, Permission.IMPORT_RUN, batch)
    if batch.state is not ImportState.UNDOING:
        return False
    wanted = select(ImportedCase).where(ImportedCase.import_id == batch.id)
    if batch.head.looked_to:
        wanted = wanted.where(ImportedCase.id > batch.head.looked_to)
    step = AT_ONCE if batch.done <= AT_ONCE else STEP
    rows = work.session.scalars(wanted.order_by(ImportedCase.id).limit(step)).all()
    if rows:
        batch.head = replace(batch.head, looked_to=rows[-1].id)
    batch.done -= sum(_removed(work, row) for row in rows)
    if len(rows) == step:
        return True
    batch.move(ImportState.UNDONE)
    batch.body = ImportBody((), ())
    _record(work, batch)
    return False


def _removed(work: Work, row: ImportedCase) -> bool:
    case, person = work.session.get_one(Case, row.case_id), work.session.get_one(Person, row.person_id)
    if _touched(work, row, case, person):
        return False
    gone = ImportedCaseRemoved(subject_id=case.id, borough_gss=case.borough_gss)
    compartments = (case.compartment_id, person.compartment_id)
    try:
        with work.attempt():
            for statement in (
                delete(Duty).where(Duty.about_id == case.id),
                delete(CertaintyFact).where(CertaintyFact.case_id == case.id),
                delete(CasePassage).where(CasePassage.case_id == case.id),
            ):
                work.session.execute(statement.execution_options(synchronize_session=False))
            work.session.delete(row)
            work.session.flush()
            work.session.delete(case)
            work.session.flush()
            work.session.delete(person)
            work.session.flush()
    except (IntegrityError, ProgrammingError) as refused:
        # Something else speaks of the case: a meeting, a link, a missing episode. Or a trigger guards a legal hold,
        # which PostgreSQL tells as an error of the program with a state of its own.
        if isinstance(refused, ProgrammingError) and getattr(refused.orig, "sqlstate", "") != REFUSED_BY_TRIGGER:
            raise
        return False
    for compartment_id in compartments:
        destroy_compartment(work.session, compartment_id)
    work.record(gone)
    return True


def _touched(work: Work, row: ImportedCase, case: Case, person: Person) -> bool:
    facts = work.session.scalar(select(func.count()).where(CertaintyFact.case_id == case.id))
    settled = select(func.count()).where(
        Duty.about_id == case.id, Duty.state.not_in([DutyState.PENDING, DutyState.BREACHED])
    )
    return (
        case.revision != row.case_revision
        or person.revision != row.person_revision
        or facts != row.facts
        or bool(work.session.scalar(settled))
    )


def discard(work: Work, batch: Import) -> None:
    """Throw an import away before anything was brought in; its cells are emptied."""
    require(work.actor, Permission.IMPORT_RUN, batch)
    batch.move(ImportState.DISCARDED)
    batch.body = ImportBody((), ())
    _record(work, batch)


def headings() -> list[str]:
    """Give the headings of the template."""
    return [column.heading for column in COLUMNS.values()]
