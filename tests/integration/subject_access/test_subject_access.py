"""Everything held about one young person, and nobody alone hands it out."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.attachments import commands as attachments
from cse_tracker.audit.verify import verify
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.casework import commands as casework
from cse_tracker.casework.rules import Relation
from cse_tracker.involvement import commands as involvement
from cse_tracker.oversight import queries as oversight
from cse_tracker.oversight.commands import Recipient
from cse_tracker.people.model import Person
from cse_tracker.records.dossier import OUTLASTING, SHARED, gather, record_kinds
from cse_tracker.records.sealed import SealedRecord, payload_fields
from cse_tracker.subject_access import commands, queries
from cse_tracker.subject_access.model import Asker, SubjectRequest
from cse_tracker.subject_access.rules import Entry, Review, Tie
from cse_tracker.web.bundle_words import TITLES
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import papers, people
from tests.integration.closings import acts
from tests.integration.intelligence.acts import link
from tests.integration.missing.acts import report

RECORDS = "records@demo.example"
TO = Recipient(organisation="Herself", person="Keira Marsh", purpose="Her request", legal_basis="UK GDPR Article 15")
# What no young person's record is in.
NEVER_ABOUT_SOMEBODY = {
    "agency", "agency_system", "app_user", "borough", "calendar_feed", "childrens_home", "closing_reason",
    "estimate_answer", "estimate_data", "estimate_lists", "estimate_run", "london_agreement", "membership",
    "monthly_release", "notice_choice", "post", "proactivity_review", "protocol_draft", "protocol_version",
    "release_preparation",
    "service", "service_coverage", "sign_in", "system_token", "training_held", "webhook",
}  # fmt: skip


def full_case(service: Service) -> Case:
    """A case with as much as a case may have."""
    case = acts.levelled_case(service)
    report(service, case.id)
    link(service, case.id)
    with people.working(service, people.LEAD) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        casework.enter(work, found, Relation(relation="friend", name="Carla Moore", text="Met through Carla."))
        attachments.add(work, found, name="a.pdf", content=papers.pdf(), about="A letter")
    acts.close(service, case)
    return case


def asked(service: Service, case: Case, *, agreed: bool = True) -> UUID:
    with people.working(service, RECORDS) as work:
        found = queries.case_to_ask_for(work, case.id)
        form = commands.AccessForm(
            asker=Asker.SELF, requester="Keira Marsh", identity_checked="Passport",
            received_on=work.now.date() - timedelta(days=1),
        )  # fmt: skip
        request_id = commands.ask(work, found, form, standing=queries.standing_for(work, case.person_id)).id
    if agreed:
        with people.working(service, people.LEAD) as work:
            row = queries.request_to_answer(work, request_id, for_change=True)
            commands.answer(work, row, agree=True, opinion="Nothing.")
    return request_id


def searched(service: Service, request_id: UUID, review: Review | None = None) -> None:
    with people.working(service, RECORDS) as work:
        row = queries.request_to_fill(work, request_id)
        commands.note_mentions(work, row, queries.mentions(work, row))
        commands.keep_review(work, row, queries.held(work, row).sheets, review or Review())


def handed(service: Service, request_id: UUID) -> list[Entry]:
    given: list[Entry] = []
    with people.working(service, RECORDS) as work:
        row = queries.request_to_fill(work, request_id)

        def write(entries: Sequence[Entry]) -> bytes:
            given.extend(entries)
            return b"a bundle"

        commands.hand_out(work, row, queries.held(work, row).sheets, TO, write)
    return given


def test_every_row_and_every_value_that_destruction_would_destroy_is_in_the_bundle(service: Service) -> None:
    case = full_case(service)
    request_id = asked(service, case)
    with people.working(service, RECORDS) as work:
        row = queries.request_to_fill(work, request_id)
        sheets = queries.held(work, row).sheets
        dossier = gather(work.session, case.person_id)
        assert {sheet.row_id for sheet in sheets} >= dossier.ids - {request_id}
        kinds = {str(kind.__tablename__): kind for kind in record_kinds()}
        for sheet in sheets:
            kind = kinds[sheet.table]
            if issubclass(kind, SealedRecord):
                stored = work.session.get_one(kind, sheet.row_id)
                for each in payload_fields(kind):
                    name, payload = each.column.removesuffix("_sealed"), each.__get__(stored, kind)
                    there = {leaf.path[1] for leaf in sheet.leaves if leaf.path[0] == name}
                    wanted = {one.name for one in fields(payload) if getattr(payload, one.name) not in ((), {}, [])}
                    assert wanted - there <= {"key", "secret", "code_mac"}, (sheet.table, wanted - there)
    assert {sheet.table for sheet in sheets} >= {
        "person", "case_", "case_passage", "referral", "referral_decision", "assessment", "level_decision", "duty",
        "missing_episode", "link", "linked_thing", "case_entry", "attachment", "closing",
    }  # fmt: skip


def test_no_table_that_can_hold_something_about_somebody_is_without_a_title() -> None:
    tables = {str(kind.__tablename__) for kind in record_kinds()}
    missing = tables - set(TITLES) - NEVER_ABOUT_SOMEBODY
    assert not missing, f"Say in cse_tracker/web/bundles.py how {missing} is headed for a young person who asks"
    assert OUTLASTING & tables <= set(TITLES)
    assert SHARED - set(TITLES) <= NEVER_ABOUT_SOMEBODY


def test_records_of_others_that_name_them_are_found_and_left_out_at_first(sqlite_service: Service) -> None:
    service = sqlite_service
    case, other = full_case(service), people.open_case(service, first_name="Tia", last_name="Sorren")
    with people.working(service, people.LEAD) as work:
        found = case_queries.open_case(work, other.id, for_change=True).case
        casework.enter(work, found, Relation(relation="friend", name="keira  marsh", text="From school."))
    declined = people.refer(service)
    with people.working(service, people.HEALTH) as work:
        marker = involvement.mark(
            work,
            involvement.MarkerForm(
                borough_gss=people.HACKNEY, first_name="Keira", last_name="Marsh", born=date(2012, 3, 3), contact="Desk"
            ),
        )
    request_id = asked(service, case)
    searched(service, request_id)
    with people.working(service, RECORDS) as work:
        held = queries.held(work, queries.request_to_fill(work, request_id))
    mentioned = {sheet.row_id: sheet.table for sheet in held.sheets if sheet.tie is Tie.MENTIONS}
    assert mentioned[declined.id] == "referral"
    assert mentioned[marker.id] == "involvement_marker"
    assert "case_entry" in mentioned.values()
    assert other.id not in mentioned
    entries = handed(service, request_id)
    assert all(not entry.lines for entry in entries if entry.row_id in mentioned)


def test_nothing_is_opened_before_a_lead_officer_agrees_and_no_one_does_both(sqlite_service: Service) -> None:
    service = sqlite_service
    case = people.open_case(service)
    request_id = asked(service, case, agreed=False)
    with people.working(service, RECORDS) as work:
        row = queries.request_to_fill(work, request_id)
        with pytest.raises(RuleBroken, match="has to agree"):
            queries.held(work, row)
        with pytest.raises(RuleBroken, match="has to agree"):
            commands.note_mentions(work, row, ())
        with pytest.raises(NotPermitted):
            commands.answer(work, row, agree=True, opinion="")
    with people.working(service, people.LEAD) as work, pytest.raises(NotFound):
        queries.request_to_fill(work, request_id)
    for email in (people.OTHER_LEAD, people.POLICE, people.MANAGER):
        with people.working(service, email) as work, pytest.raises(NotFound):
            queries.open_request(work, request_id)
    with pytest.raises(RuleBroken, match="not answered yet"):
        asked(service, case, agreed=False)


def test_what_was_added_since_it_was_judged_is_not_handed_out_unread(sqlite_service: Service) -> None:
    service = sqlite_service
    case = people.open_case(service)
    request_id = asked(service, case)
    with pytest.raises(RuleBroken, match="Decide first"):
        handed(service, request_id)
    searched(service, request_id)
    with people.working(service, people.LEAD) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        casework.enter(work, found, Relation(relation="friend", name="Carla Moore", text="New."))
    with pytest.raises(RuleBroken, match="have changed since"):
        handed(service, request_id)
    searched(service, request_id)
    assert "Carla" not in str([line.value for entry in handed(service, request_id) for line in entry.lines])


def test_every_handing_out_is_kept_and_outlasts_the_request(service: Service) -> None:
    case = people.open_case(service)
    request_id = asked(service, case)
    searched(service, request_id)
    first, again = handed(service, request_id), handed(service, request_id)
    assert len(again) == len(first) + 1
    with people.working(service, RECORDS, reading=True) as work:
        kept = oversight.handouts(work)
        assert [each.about_id for each in kept] == [case.person_id] * 2
        assert all(each.kind.value == "subject_access" for each in kept)
        assert work.session.scalars(select(SubjectRequest)).one().state.value == "handed_out"
    with people.working(service, reading=True) as work:
        dossier = gather(work.session, case.person_id)
        assert request_id in dossier.ids
        assert not {each.id for each in kept} & dossier.ids
        assert work.session.get(Person, case.person_id) is not None
        assert verify(work.session, rows=True).intact
