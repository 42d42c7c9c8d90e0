"""Who may open what: every address, everybody, every method, in a store full of words that only some may read."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from sqlalchemy import MetaData, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from cse_tracker.agenda import commands as agenda
from cse_tracker.agenda import queries as agenda_queries
from cse_tracker.app import Service
from cse_tracker.attachments import commands as attachments
from cse_tracker.audit.facts import facts_of
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.casework import commands as casework_commands
from cse_tracker.casework.rules import Relation
from cse_tracker.closings import commands as closing_commands
from cse_tracker.closings import queries as closing_queries
from cse_tracker.disclosure.release import Rule as Rounding
from cse_tracker.disclosure.release import protect
from cse_tracker.duties import queries as duties
from cse_tracker.emergency import commands as emergency
from cse_tracker.emergency.model import Ground
from cse_tracker.estimates import commands as estimates
from cse_tracker.estimates import lists
from cse_tracker.estimates.counting import Pattern
from cse_tracker.estimates.model import ListsBody, ListsCompared
from cse_tracker.estimates.proposing import proposal
from cse_tracker.identity import queries as identity
from cse_tracker.invitations import commands as invitations
from cse_tracker.involvement import commands as involvement
from cse_tracker.jobs.meetings import put_packs_together
from cse_tracker.matching import commands as matching
from cse_tracker.matching import queries as match_queries
from cse_tracker.meetings import queries as meeting_queries
from cse_tracker.meetings.commands import ending
from cse_tracker.minutes import commands as minutes
from cse_tracker.minutes import queries as minute_queries
from cse_tracker.outbound.commands import answering
from cse_tracker.people import commands as person_commands
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.protocols import commands as protocol_commands
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.keys import new_compartment
from cse_tracker.referrals.model import Referral
from cse_tracker.responsibility import commands as claim_commands
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.statistics import preparing
from cse_tracker.statistics.model import MonthlyRelease
from cse_tracker.triage import commands as triage
from tests import papers, people
from tests.integration.closings import acts
from tests.integration.estimates.files import estimate_files
from tests.integration.imports.test_imports import tried
from tests.integration.intelligence.acts import link
from tests.integration.joining import acts as joining
from tests.integration.meetings import acts as meeting_acts
from tests.integration.missing.acts import report
from tests.integration.outbound import acts as outbound_acts
from tests.integration.responsibility import acts as claims
from tests.integration.subject_access.test_subject_access import asked
from tests.people import HACKNEY, HEALTH, LEAD, MANAGER, OTHER_LEAD, POLICE
from tests.store import Clock, StoreTemplates
from tests.web import walk
from tests.web.client import Browser
from tests.web.conftest import lasting_service
from tests.web.walk import CANARIES

STRANGER, YOT = "a stranger", "yot@demo.example"
# Islington's lead officer is the near miss of Hackney's; health is invited and did not refer; youth justice is neither.
WHO = (STRANGER, LEAD, OTHER_LEAD, POLICE, HEALTH, YOT, MANAGER)
EVERYBODY = (200, 200, 200, 200, 200, 200, 200)
SIGNED_IN = (302, 200, 200, 200, 200, 200, 200)
LEAD_ALONE = (302, 200, 404, 404, 404, 404, 404)
LEAD_NOT_INVITED = (302, 200, 404, 404, 404, 404, 404)
LEAD_NOT_REFERRER = (302, 200, 404, 403, 404, 404, 404)
BOTH_LEADS = (302, 200, 200, 404, 404, 404, 404)
AUTHOR_ALONE = (302, 404, 404, 200, 404, 404, 404)
PRACTITIONERS = (302, 200, 200, 200, 200, 200, 403)
OF_THE_BOROUGH = (302, 200, 404, 404, 404, 404, 200)
MANAGER_ALONE = (302, 404, 404, 404, 404, 404, 200)
READERS_OF_FIGURES = (302, 200, 200, 404, 404, 404, 200)
POST_ONLY = (405, 405, 405, 405, 405, 405, 405)

# What a GET answers to each of WHO. 302 is the way to the sign-in page.
TABLE = {
    "static": EVERYBODY,
    "health.healthz": EVERYBODY,
    "information.accessibility": EVERYBODY,
    "information.privacy": EVERYBODY,
    "information.cookies": EVERYBODY,
    "information.help_and_contact": EVERYBODY,
    "session.sign_in": EVERYBODY,
    "session.account": SIGNED_IN,
    "session.sign_out": POST_ONLY,
    "home.home": SIGNED_IN,
    "attachments.of_case": LEAD_ALONE,
    "attachments.download": LEAD_ALONE,
    "attachments.remove": LEAD_ALONE,
    "cases.listing": (302, 200, 200, 403, 403, 403, 403),
    "cases.show": LEAD_ALONE,
    "responsibility.listing": (302, 200, 200, 403, 403, 403, 403),
    "responsibility.claim": LEAD_ALONE,
    "responsibility.show": BOTH_LEADS,
    "responsibility.act": BOTH_LEADS,
    "responsibility.take_over": (302, 404, 200, 404, 404, 404, 404),
    "notices.choose": SIGNED_IN,
    "notices.dead": (302, 403, 403, 403, 403, 403, 403),
    "notices.mend": (302, 404, 404, 404, 404, 404, 404),
    "notices.mend_call": (302, 404, 404, 404, 404, 404, 404),
    "oversight.desk": (302, 403, 403, 403, 403, 403, 403),
    "oversight.looks": LEAD_ALONE,
    "oversight.export": (302, 404, 404, 404, 404, 404, 404),
    "emergency.ask": (302, 200, 200, 200, 200, 200, 403),
    "emergency.use": (302, 404, 404, 404, 200, 404, 404),
    "emergency.review": LEAD_ALONE,
    "involvement.listing": (302, 403, 403, 200, 200, 200, 403),
    "involvement.end": POST_ONLY,
    "retention.listing": (302, 200, 200, 403, 403, 403, 403),
    "retention.show": LEAD_ALONE,
    "retention.hold": LEAD_ALONE,
    "retention.destruction": LEAD_ALONE,
    "subject_access.listing": (302, 200, 200, 403, 403, 403, 403),
    "subject_access.ask": (302, 404, 404, 404, 404, 404, 404),
    "subject_access.show": LEAD_ALONE,
    "subject_access.answer": LEAD_ALONE,
    "subject_access.search": POST_ONLY,
    "subject_access.review": (302, 404, 404, 404, 404, 404, 404),
    "subject_access.preview": (302, 404, 404, 404, 404, 404, 404),
    "subject_access.hand_out": (302, 404, 404, 404, 404, 404, 404),
    "casework.show": LEAD_ALONE,
    "casework.enter": LEAD_ALONE,
    "casework.end": LEAD_ALONE,
    "casework.mistake": LEAD_ALONE,
    "chronology.show": LEAD_ALONE,
    "chronology.share": LEAD_ALONE,
    "chronology.handed": BOTH_LEADS,
    "closings.closed": (302, 200, 200, 403, 403, 403, 403),
    "closings.show": LEAD_ALONE,
    "closings.propose": LEAD_ALONE,
    "closings.answer": LEAD_ALONE,
    "closings.monitor": LEAD_ALONE,
    "closings.resume": LEAD_ALONE,
    "closings.reopen": LEAD_ALONE,
    "joining.correct": LEAD_ALONE,
    "joining.candidates": LEAD_ALONE,
    "joining.propose": LEAD_ALONE,
    "joining.answer": LEAD_ALONE,
    "joining.undo": LEAD_ALONE,
    "assessments.certainty": LEAD_ALONE,
    "assessments.indicators": LEAD_ALONE,
    "assessments.evidence": POST_ONLY,
    "assessments.level": LEAD_ALONE,
    "assessments.assessments": LEAD_ALONE,
    "assessments.proposals": LEAD_ALONE,
    "assessments.sign": LEAD_ALONE,
    "assessments.refuse": LEAD_ALONE,
    "assessments.move": LEAD_ALONE,
    "duties.done": LEAD_ALONE,
    "duties.waive": LEAD_ALONE,
    "referrals.listing": PRACTITIONERS,
    "referrals.start": PRACTITIONERS,
    "referrals.draft": AUTHOR_ALONE,
    "referrals.step": AUTHOR_ALONE,
    "referrals.check": AUTHOR_ALONE,
    "referrals.send": POST_ONLY,
    "referrals.sent": AUTHOR_ALONE,
    "referrals.show": (302, 200, 404, 200, 404, 404, 404),
    "referrals.another": POST_ONLY,
    "referrals.discard": AUTHOR_ALONE,
    "decisions.confirm_read": POST_ONLY,
    "decisions.told": LEAD_NOT_REFERRER,
    "triage.claim": POST_ONLY,
    "triage.release": POST_ONLY,
    "triage.take_back": POST_ONLY,
    "triage.ask": LEAD_NOT_REFERRER,
    "triage.advise": LEAD_NOT_REFERRER,
    "triage.offer": LEAD_NOT_REFERRER,
    "triage.pass_on": LEAD_NOT_REFERRER,
    "triage.answer": (302, 403, 404, 200, 404, 404, 404),
    "triage.withdraw": (302, 403, 404, 200, 404, 404, 404),
    "triage.receive": (302, 404, 200, 404, 404, 404, 404),
    "decisions.decide": LEAD_NOT_REFERRER,
    "decisions.accept": LEAD_NOT_REFERRER,
    "decisions.join": LEAD_NOT_REFERRER,
    "decisions.decline": LEAD_NOT_REFERRER,
    "matching.listing": (302, 200, 200, 403, 403, 403, 403),
    "matching.ask": (302, 200, 200, 403, 403, 403, 403),
    "matching.enquiry": LEAD_ALONE,
    "matching.question": (302, 404, 200, 404, 404, 404, 404),
    "meetings.listing": PRACTITIONERS,
    "meetings.call": LEAD_ALONE,
    "meetings.show": (302, 200, 404, 200, 200, 404, 404),
    "meetings.record": LEAD_ALONE,
    "calling.panel": (302, 200, 200, 403, 403, 403, 403),
    "calling.move": LEAD_NOT_INVITED,
    "calling.cancel": LEAD_NOT_INVITED,
    "calling.confirm": LEAD_NOT_INVITED,
    "calling.take_over": POST_ONLY,
    "calling.reply": (302, 200, 404, 200, 200, 404, 404),
    "agenda.set_out": POST_ONLY,
    "agenda.item": LEAD_NOT_INVITED,
    "agenda.notes": POST_ONLY,
    "agenda.give": LEAD_NOT_INVITED,
    "agenda.decide": LEAD_NOT_INVITED,
    "agenda.begin_packs": POST_ONLY,
    "agenda.pack": (302, 200, 404, 404, 200, 404, 404),
    "agenda.pack_as_file": (302, 200, 404, 404, 200, 404, 404),
    "minutes.show": (302, 200, 404, 200, 200, 404, 404),
    "minutes.draft": POST_ONLY,
    "minutes.section": LEAD_NOT_INVITED,
    "minutes.agree": POST_ONLY,
    "minutes.close": POST_ONLY,
    "actions.listing": PRACTITIONERS,
    "actions.show": (302, 200, 404, 404, 200, 404, 404),
    "actions.act": (302, 200, 404, 404, 200, 404, 404),
    "calendar.show": SIGNED_IN,
    "calendar.make": POST_ONLY,
    "calendar.revoke": POST_ONLY,
    "calendar.feed": EVERYBODY,
    "timetable.show": (302, 403, 403, 403, 403, 403, 200),
    "search.find": (302, 200, 200, 403, 403, 403, 403),
    "imports.listing": (302, 200, 200, 403, 403, 403, 403),
    "imports.template": (302, 200, 200, 403, 403, 403, 403),
    "imports.show": LEAD_ALONE,
    "imports.begin": POST_ONLY,
    "imports.take_back": POST_ONLY,
    "imports.discard": POST_ONLY,
    "links.listing": (302, 200, 200, 403, 403, 403, 403),
    **dict.fromkeys(
        (
            "links.of_case",
            "links.add",
            "links.record",
            "links.show",
            "links.add_to_thing",
            "links.connect",
            "links.withdraw",
        ),
        LEAD_ALONE,
    ),
    "missing.listing": (302, 200, 200, 403, 403, 403, 403),
    **dict.fromkeys(
        (
            "missing.report",
            "missing.show",
            "missing.back",
            "missing.change",
            "missing.placement",
            "missing.check",
            "missing.withdraw",
            "missing.offer",
            "missing.answer",
            "missing.setback",
            "missing.interview",
            "missing.conclude",
        ),
        LEAD_ALONE,
    ),
    "protocols.listing": (302, 200, 200, 404, 404, 404, 200),
    "protocols.show": OF_THE_BOROUGH,
    "protocols.export": OF_THE_BOROUGH,
    "protocols.printed": OF_THE_BOROUGH,
    "protocols.compare": OF_THE_BOROUGH,
    "protocols.start": LEAD_ALONE,
    "protocols.draft": OF_THE_BOROUGH,
    "protocols.text": LEAD_ALONE,
    "protocols.chapter": LEAD_ALONE,
    "protocols.submit": LEAD_ALONE,
    "protocols.press": POST_ONLY,
    "statistics.listing": READERS_OF_FIGURES,
    "london_figures.latest": READERS_OF_FIGURES,
    "london_figures.show": READERS_OF_FIGURES,
    "london_figures.download": READERS_OF_FIGURES,
    "london_figures.as_it_stands": LEAD_ALONE,
    "statistics.definitions": READERS_OF_FIGURES,
    "statistics.register": OF_THE_BOROUGH,
    "statistics.show": OF_THE_BOROUGH,
    "statistics.preparation": OF_THE_BOROUGH,
    "statistics.metadata": OF_THE_BOROUGH,
    "statistics.whole": OF_THE_BOROUGH,
    "statistics.download": OF_THE_BOROUGH,
    "estimate.show": READERS_OF_FIGURES,
    "estimate.method": READERS_OF_FIGURES,
    "estimate.download_csv": READERS_OF_FIGURES,
    "estimate.explained": READERS_OF_FIGURES,
    "estimate.answer": LEAD_ALONE,
    "estimate_data.listing": READERS_OF_FIGURES,
    "estimate_data.training": READERS_OF_FIGURES,
    "estimate_lists.listing": READERS_OF_FIGURES,
    "estimate_lists.show": OF_THE_BOROUGH,
    "estimate_lists.patterns": OF_THE_BOROUGH,
    "estimate_data.run": MANAGER_ALONE,
    "estimate_data.proactivity": READERS_OF_FIGURES,
    "estimate.download_json": READERS_OF_FIGURES,
    "estimate.download_xlsx": READERS_OF_FIGURES,
    "estimate.download_ods": READERS_OF_FIGURES,
    "estimate.download_pdf": READERS_OF_FIGURES,
}
NOWHERE = (404, 404, 404, 404, 404, 404, 404)
BOTH_SIDES = (302, 200, 404, 404, 200, 404, 404)
KEEPERS = (302, 200, 200, 403, 200, 403, 404)
TABLE |= {
    "agency.show": (302, 403, 403, 200, 200, 200, 403),
    "directory.listing": PRACTITIONERS,
    "directory.enter": PRACTITIONERS,
    "directory.export": PRACTITIONERS,
    "directory.show": (302, 200, 200, 200, 200, 200, 404),
    "directory.keep": KEEPERS,
    "directory.close": POST_ONLY,
    "directory.load": (302, 200, 200, 404, 404, 404, 404),
    "outbound.listing": SIGNED_IN,
    "outbound.gaps": (302, 200, 200, 404, 404, 404, 404),
    **{f"outbound.{what}": LEAD_ALONE for what in ("of_case", "prepare", "check", "change", "link")},
    **{f"outbound.{what}": POST_ONLY for what in ("no_service", "discard", "chase", "end_link")},
    "outbound.show": BOTH_SIDES,
    "outbound.reply": (302, 200, 404, 404, 403, 404, 404),
    "outbound.revoke": OF_THE_BOROUGH,
    "outbound_answers.answer": BOTH_SIDES,
    "outbound_answers.end": BOTH_SIDES,
    # Whatever a link is, its page looks the same; without the code there is nothing behind it.
    "outside.enter": EVERYBODY,
    "outside.again": POST_ONLY,
    "outside.read": NOWHERE,
    "outside.end": NOWHERE,
    "outside.leave": POST_ONLY,
}
# What a POST answers where there is no GET to be refused first.
POSTS = {
    "assessments.evidence": LEAD_ALONE,
    "referrals.another": AUTHOR_ALONE,
    "referrals.send": AUTHOR_ALONE,
    "session.sign_out": SIGNED_IN,
    **{f"triage.{what}": LEAD_NOT_REFERRER for what in ("claim", "release", "take_back")},
    "involvement.end": (302, 404, 404, 404, 200, 404, 404),
    **dict.fromkeys(("imports.begin", "imports.take_back", "imports.discard"), LEAD_ALONE),
}
POSTS["subject_access.search"] = (302, 404, 404, 404, 404, 404, 404)
POSTS |= {
    **dict.fromkeys(("calling.take_over", "agenda.set_out", "agenda.notes", "agenda.begin_packs"), LEAD_ALONE),
    **dict.fromkeys(("minutes.draft", "minutes.agree", "minutes.close"), LEAD_ALONE),
    "calendar.make": SIGNED_IN,
    "calendar.revoke": SIGNED_IN,
}
POSTS["protocols.press"] = OF_THE_BOROUGH
POSTS |= {
    "decisions.confirm_read": (302, 403, 404, 200, 404, 404, 404),
    "directory.close": KEEPERS,
    **{f"outbound.{what}": LEAD_ALONE for what in ("no_service", "discard", "end_link")},
    "outbound.chase": LEAD_ALONE,
    "outside.again": EVERYBODY,
    "outside.leave": NOWHERE,
}
OPEN_TO_ALL = {endpoint for endpoint, answers in TABLE.items() if answers[0] == 200}
# Pages behind a code are asked for without an account; without a visit there is nothing there.
OPEN_TO_ALL |= {"outside.again", "outside.read", "outside.end", "outside.leave"}
REFERRED = {
    walk.FIRST, walk.LAST, walk.ALIAS, walk.STREET, walk.SCHOOL,
    walk.WORRY, walk.SEEN, walk.OTHERS, walk.VIEW, walk.NOTE,
}  # fmt: skip
# What the protocol gives health before a meeting: who it is about, and what is still to be done.
PACKED = {walk.FIRST, walk.LAST, walk.SCHOOL, walk.ACTION}
MAY_READ: dict[str, set[str]] = {LEAD: set(CANARIES), POLICE: REFERRED, HEALTH: PACKED}


@dataclass
class Place:
    """A service after the whole first path, somebody signed in from everywhere, and an address for every rule."""

    service: Service
    values: dict[str, Any]
    special: dict[str, dict[str, Any]]
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def rules(self) -> list[Rule]:
        return list(self.service.web.url_map.iter_rules())

    def path(self, rule: Rule) -> str:
        given = {**self.values, **self.special.get(rule.endpoint, {})}
        missing = rule.arguments - set(given)
        assert not missing, f"Say in tests/web/test_access.py what {missing} is for {rule.rule}"
        arguments = {name: given[name] for name in rule.arguments}
        return self.service.web.url_map.bind("localhost").build(rule.endpoint, arguments)

    def ask(self, who: str, method: str, rule: Rule, **data: str) -> TestResponse:
        response = self.clients[who].open(self.path(rule), method=method, data=data or None)
        with closing(response):
            response.get_data()
        return response

    def token(self, who: str) -> str:
        browser = Browser(self.service)
        browser.client = self.clients[who]
        browser.get("/sign-in")
        return browser.token()

    def store(self, *without: str) -> dict[str, list[Any]]:
        """Everything that is stored, by table."""
        found = MetaData()
        found.reflect(self.service.store.engine)
        with self.service.store.engine.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(select(table))))
                for table in found.sorted_tables
                if table.name not in without
            }


def id_in(path: str) -> str:
    return path.split("/")[2]


@pytest.fixture(scope="module")
def place(
    templates: StoreTemplates, tmp_path_factory: pytest.TempPathFactory, compiled_templates: BytecodeCache
) -> Iterator[Place]:
    clock = Clock(datetime(2026, 11, 16, 10, 0, tzinfo=UTC))
    with lasting_service(templates, tmp_path_factory.mktemp("access"), compiled_templates, clock) as service:
        yield filled(service)


def filled(service: Service) -> Place:
    seen = walk.walk_the_path(service)
    police, lead = Browser(service).sign_in(POLICE), Browser(service).sign_in(LEAD)
    waiting = walk.refer(police)
    police.get("/referrals/start")
    police.submit(borough=HACKNEY)
    assert police.response is not None
    draft = police.response.request.path.partition("/draft")[0]
    police.submit(action="later", first_name=walk.FIRST, last_name=walk.LAST, school=walk.SCHOOL)
    meeting = walk.call_meeting(lead, seen.case_path, "17", "11", "2026")
    case_id = UUID(id_in(seen.case_path))
    with people.working(service, LEAD, reading=True) as work:
        person_id = work.session.get_one(Case, case_id).person_id
        duty = next(each for each in duties.about(work, case_id) if each.body.satisfied_by.startswith("action:"))
    people.decide(service, service_case(service, case_id), 1, "The signs have gone.")
    ended = endings(service)
    with people.working(service, MANAGER) as work:
        data = estimates.import_data(work, borough_gss=HACKNEY, uploads=estimate_files())
        data_id, anchors = data.id, proposal(work, data).codes or ()
        run_id = estimates.make_estimate(work, data, anchors=anchors, reason="As proposed.", draws=100).id
    episode = report(service, case_id)
    made = link(service, case_id)
    batch = tried(service)
    with people.working(service, reading=True) as work:
        prepared = work.session.scalars(select(MonthlyRelease)).one()
    people.let(service, prepared.id)
    with people.working(service, MANAGER) as work:
        september = date(2026, 9, 1)
        preparation_id = preparing.ask(work, borough_gss=HACKNEY, month=september, rule=Rounding.ROUND_5).id
    unfinished, undecided = {"referral_id": id_in(draft)}, {"referral_id": id_in(waiting)}
    enquiry_id, answer_id = asked_of_islington(service)
    place = Place(
        service,
        {
            "case_id": case_id, "duty_id": duty.id, "person_id": person_id, "meeting_id": id_in(seen.meeting_path),
            "episode_id": episode.id, "import_id": batch.id,
            "link_id": made.id, "thing_id": made.to_thing_id, "kind": "phone",
            "referral_id": id_in(seen.referral_path), "key": "young-person", "filename": "app.css", "gss": HACKNEY,
            "enquiry_id": enquiry_id, "answer_id": answer_id, "month": "2026-10",
            "data_id": data_id, "preparation_id": preparation_id, "run_id": run_id,
            "opinion_id": opinion_of(service), "design": "young-people",
            "ordinal": 1, **protocol_places(service),
            "attachment_id": attached(service, case_id), "message_id": UUID(int=7), "call_id": UUID(int=7),
            "request_id": asked(service, service_case(service, case_id)),
        },
        {
            **{
                f"referrals.{what}": unfinished for what in ("draft", "step", "check", "send", "another", "discard")
            },
            **{f"triage.{what}": undecided for what in ("claim", "release", "take_back", "ask", "advise", "offer")},
            **on_the_way(service),
            **{f"decisions.{what}": undecided for what in ("decide", "accept", "join", "decline")},
            "meetings.record": {"meeting_id": id_in(meeting)},
            "imports.template": {"kind": "csv"},
            **at_the_table(service, case_id),
            "statistics.whole": {"kind": "xlsx"},
            **ended,
            **to_services(service),
        },
    )  # fmt: skip
    place.clients = {email: Browser(service).sign_in(email).client for email in WHO[1:]}
    place.clients[STRANGER] = service.web.test_client()
    return place


def opinion_of(service: Service) -> UUID:
    """A second opinion from lists: kept straight away, since comparing them needs many young people."""
    counts: dict[Pattern, int] = {(1, 0): 9, (0, 1): 8, (1, 1): 7}
    release = protect(lists.table_of("lists", ("A", "B"), counts), seed=b"0" * 32)
    with people.working(service, MANAGER) as work:
        kept = ListsCompared(
            borough_gss=HACKNEY, number=1, made_on=work.now.date(),
            compartment_id=new_compartment(work.session, "borough", HACKNEY),
        )  # fmt: skip
        kept.body = ListsBody(
            last_month=date(2026, 10, 1), lists=("A", "B"), counts={"11": 7}, release=release.to_stored(),
            opinion=lists.answered(("A", "B"), counts, draws=0, seed=1), draws=0, seed=1, reason="",
            made_at=work.now, made_by=None,
        )  # fmt: skip
        work.session.add(kept)
        work.session.flush()
        return kept.id


def at_the_table(service: Service, case_id: UUID) -> dict[str, dict[str, Any]]:
    """A meeting with health's pack, one with a draft of its minutes, an action of health's, and a colleague's feed."""
    with people.working(service, LEAD) as work:
        case = case_queries.open_case(work, case_id, for_change=True).case
        meeting = meeting_acts.schedule_now(work, case)
        (item,) = meeting_queries.agenda(work, meeting)
        health = next(each for each in identity.agencies(work).values() if each.kind is AgencyKind.HEALTH)
        pack = agenda.begin_pack(work, meeting, agency_id=health.id)
    with service.app.app_context():
        put_packs_together(service.tools)
    with people.working(service, LEAD) as work:
        case = case_queries.open_case(work, case_id, for_change=True).case
        held = meeting_acts.hold_now(work, meeting_acts.schedule_now(work, case, today=True), case, owner=health.id)
        (action,) = meeting_queries.actions_of(work, [held])
        minutes.draft(work, held, agenda_queries.told(work, held), [action], [case])
        following = ending.propose_next(work, held, [case])
        assert following is not None
        (version,) = minute_queries.versions(work, held)
        section = minute_queries.sections(work, held, version)[0]
    with people.working(service, HEALTH) as work:
        token = invitations.make_feed(work)
    here = {"meeting_id": meeting.id, "item_id": item.id, "pack_id": pack.id}
    there = {"meeting_id": held.id, "section_id": section.id}
    return {
        **{f"calling.{what}": here for what in ("move", "cancel", "reply", "take_over")},
        "calling.confirm": {"meeting_id": following.id},
        **{f"agenda.{what}": here for what in ("item", "notes", "give", "decide", "pack", "pack_as_file")},
        "minutes.section": there,
        **{f"actions.{what}": {"action_id": action.id, "act": "done"} for what in ("show", "act")},
        "calendar.feed": {"token": token},
    }


def on_the_way(service: Service) -> dict[str, dict[str, Any]]:
    """A referral with a question, and one that is offered to Islington."""
    asked, offered = people.refer(service, first_name="Ella"), people.refer(service, first_name="Fay")
    with people.working(service, LEAD) as work:
        question = triage.ask(work, work.session.get_one(Referral, asked.id), "Who collects her?")
        triage.offer(work, work.session.get_one(Referral, offered.id), to_gss=people.ISLINGTON, reason="Moved.")
    return {
        "triage.answer": {"referral_id": asked.id, "question_id": question.id},
        "triage.withdraw": {"referral_id": asked.id},
        "triage.receive": {"referral_id": offered.id},
    }


def to_services(service: Service) -> dict[str, dict[str, Any]]:
    """Referrals to services: a draft, one that the health service has accepted, and one to a service by a link."""
    accepted = outbound_acts.sent(service, "Homerton Healthcare")
    outbound_acts.act(service, HEALTH, accepted, answering.accept)
    case = people.open_case(service, first_name="Gwen")
    entry = outbound_acts.service_of(service, "Homerton Healthcare", name="Second clinic")
    draft = outbound_acts.prepared(service, case, entry)
    by_link = outbound_acts.prepared(service, case, outbound_acts.service_of(service, outbound_acts.WITHOUT_ACCOUNT))
    outbound_acts.send(service, by_link)
    given: dict[str, dict[str, Any]] = {
        "outbound.of_case": {},
        "outbound.prepare": {"service_id": entry},
        **{f"outbound.{what}": {"outbound_id": draft} for what in ("check", "change", "discard")},
        **{f"outbound.{what}": {"outbound_id": by_link} for what in ("link", "end_link", "chase")},
        **{f"outbound.{what}": {"outbound_id": accepted} for what in ("show", "reply", "revoke")},
        **{f"outbound_answers.{what}": {"outbound_id": accepted} for what in ("answer", "end")},
        **{f"directory.{what}": {"service_id": entry} for what in ("show", "keep", "close")},
        **{f"outside.{what}": {"token": "a-token-that-nobody-was-given"} for what in ("enter", "again")},
    }
    return given


def protocol_places(service: Service) -> dict[str, Any]:
    with people.working(service, LEAD) as work:
        version = protocols.in_force(work, HACKNEY)
        draft = protocol_commands.start_draft(work, version.document, borough_gss=HACKNEY)
    versions = dict.fromkeys(("version_id", "before_id", "after_id"), version.version_id)
    return {**versions, "draft_id": draft.id, "chapter": "levels", "act": "approve"}


def service_case(service: Service, case_id: UUID) -> Case:
    with people.working(service, LEAD, reading=True) as work:
        return work.session.get_one(Case, case_id)


def endings(service: Service) -> dict[str, dict[str, Any]]:
    """A case with a proposal to close it, a closed one, a monitored one and one that two boroughs dispute."""
    proposed, closed = acts.ready_case(service, first_name="Ana"), acts.ready_case(service, first_name="Bea")
    watched = acts.ready_case(service, first_name="Cleo")
    acts.propose(service, proposed)
    acts.close(service, closed)
    with people.working(service, LEAD) as work:
        found = case_queries.open_case(work, proposed.id).case
        closing_id = closing_queries.of_case(work, found)[0].id
        other = case_queries.open_case(work, watched.id, for_change=True).case
        closing_commands.monitor(work, other, reason="Quiet.", review_on=date(2027, 1, 4))
    twice = [people.open_case(service, first_name=name) for name in ("Gina", "Gena", "Jina", "Jena")]
    joinings = [joining.propose(service, twice[0], twice[1]), joining.join(service, twice[2], twice[3])]
    disputed = claims.claim_on(service, people.open_case(service, first_name="Dora"))
    claims.act(service, OTHER_LEAD, disputed, claim_commands.dispute, note="Only visiting.")
    handed = claims.claim_on(service, people.open_case(service, first_name="Ella"))
    claims.accept(service, handed)
    claims.take_over(service, handed)
    with people.working(service, LEAD) as work:
        found = case_queries.open_case(work, watched.id, for_change=True).case
        relation = Relation(relation="friend", name="Somebody", text="")
        ordinal = casework_commands.enter(work, found, relation).ordinal
    with people.working(service, HEALTH) as work:
        asked = emergency.EmergencyForm(
            borough_gss=HACKNEY,
            first_name="Cleo",
            last_name="Marsh",
            born=date(2012, 3, 3),
            ground=Ground.IN_FRONT_OF_ME,
            reason="She is in the waiting room and afraid to go.",
        )
        access = emergency.ask(work, asked)
    with people.working(service, HEALTH) as work:
        paper = involvement.MarkerForm(
            borough_gss=HACKNEY, first_name="No", last_name="One", born=date(2012, 1, 1), contact="Amara"
        )
        marker = involvement.mark(work, paper)
    return {
        "involvement.end": {"marker_id": marker.id},
        **{f"emergency.{what}": {"access_id": access.id} for what in ("use", "review")},
        "casework.enter": {"kind": "contact"},
        **{f"casework.{what}": {"case_id": watched.id, "ordinal": ordinal} for what in ("end", "mistake")},
        "chronology.handed": {"claim_id": handed},
        **{f"responsibility.{what}": {"claim_id": disputed} for what in ("show", "take_over")},
        "responsibility.act": {"claim_id": disputed, "act": "escalate"},
        "joining.propose": {"case_id": twice[0].id, "other_id": twice[1].id},
        "joining.answer": {"case_id": twice[0].id, "joining_id": joinings[0]},
        "joining.undo": {"case_id": twice[3].id, "joining_id": joinings[1]},
        "closings.answer": {"case_id": proposed.id, "closing_id": closing_id},
        "closings.reopen": {"case_id": closed.id},
        "closings.resume": {"case_id": watched.id},
    }


def attached(service: Service, case_id: UUID) -> UUID:
    """A file of the case, with words in its name that only some may read; gives its id."""
    with people.working(service, LEAD) as work:
        case = work.session.get_one(Case, case_id)
        name = f"{walk.LAST}.png"
        return attachments.add(work, case, name=name, content=papers.png(), about=walk.WORRY).id


def asked_of_islington(service: Service) -> tuple[UUID, UUID]:
    """Hackney asks about somebody whom Islington knows; gives the ids of the question and of Islington's answer."""
    named = Identity("Keira", "Marsh", date_of_birth=date(2012, 3, 4))
    with people.working(service, OTHER_LEAD) as work:
        person_commands.add(work, named, PersonDetails(), borough_gss=people.ISLINGTON)
    with people.working(service, LEAD) as work:
        question = matching.Question(identity=named, contact="", reason="She has moved between the two.")
        enquiry = matching.ask(work, question, borough_gss=HACKNEY)
        return enquiry.id, match_queries.open_enquiry(work, enquiry.id).answers[0].id


def words_in(response: TestResponse) -> set[str]:
    everything = response.get_data().decode(errors="replace") + str(response.headers)
    return {word for word in CANARIES if word in everything}


def refused(response: TestResponse) -> bool:
    return response.status_code >= 400 or "/sign-in" in response.headers.get("Location", "")


def refusals(place: Place, who: str) -> list[tuple[int | str | None, UUID | None]]:
    """The status and the object of every refusal that the audit holds against somebody."""
    with people.working(place.service, who) as work:
        me = work.actor.user_id
    with people.working(place.service, reading=True) as work:
        wanted = select(AuditEntry).where(AuditEntry.action == "access.refused", AuditEntry.actor_id == me)
        rows = work.session.scalars(wanted.order_by(AuditEntry.writer, AuditEntry.sequence)).all()
        return [(facts_of(work.session, row)["status"], row.object_id) for row in rows]


def test_every_address_has_a_line_in_the_table(sqlite_service: Service) -> None:
    known = {rule.endpoint for rule in sqlite_service.web.url_map.iter_rules()}
    missing, gone = known - set(TABLE), set(TABLE) - known
    assert not missing, f"Add {sorted(missing)} to TABLE in tests/web/test_access.py: what a GET answers to each of WHO"
    assert not gone, f"Take {sorted(gone)} out of TABLE in tests/web/test_access.py: there is no such page any more"


@pytest.mark.parametrize("who", WHO)
def test_everybody_gets_what_the_table_says_and_only_their_own_words(place: Place, who: str) -> None:
    read: set[str] = set()
    for rule in place.rules():
        response = place.ask(who, "GET", rule)
        assert response.status_code == TABLE[rule.endpoint][WHO.index(who)], (rule.endpoint, response.status_code)
        if response.status_code == 302:
            assert response.headers["Location"].startswith("/sign-in"), rule.endpoint
        assert not (refused(response) and words_in(response)), rule.endpoint
        read |= words_in(response)
    assert read == MAY_READ.get(who, set())


@pytest.mark.parametrize("who", WHO)
def test_asking_for_the_head_alone_is_judged_like_reading(place: Place, who: str) -> None:
    for rule in place.rules():
        response = place.ask(who, "HEAD", rule)
        assert response.status_code == TABLE[rule.endpoint][WHO.index(who)], rule.endpoint
        assert response.get_data() == b""
        assert words_in(response) == set()


@pytest.mark.parametrize("who", WHO)
def test_a_form_without_its_token_is_refused(place: Place, who: str) -> None:
    before = place.store("audit_entry")
    for rule in place.rules():
        expected = 400 if "POST" in (rule.methods or ()) else 405
        response = place.ask(who, "POST", rule, sure="y")
        assert response.status_code == expected, (rule.endpoint, response.status_code)
        assert words_in(response) == set()
    assert place.store("audit_entry") == before


@pytest.mark.parametrize("who", WHO)
def test_whoever_may_not_see_a_page_may_not_send_its_form(place: Place, who: str) -> None:
    before, token = place.store("audit_entry"), place.token(who)
    for rule in place.rules():
        expected = POSTS.get(rule.endpoint, TABLE[rule.endpoint])[WHO.index(who)]
        if "POST" not in (rule.methods or ()) or expected == 200:
            continue
        response = place.ask(who, "POST", rule, csrf_token=token)
        asked_to_sign_in = who == STRANGER and rule.endpoint not in OPEN_TO_ALL
        assert response.status_code == (401 if asked_to_sign_in else expected), rule.endpoint
        assert words_in(response) == set()
    assert place.store("audit_entry") == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("who", WHO)
def test_other_methods_are_refused_and_say_what_works(place: Place, who: str, method: str) -> None:
    for rule in place.rules():
        response = place.ask(who, method, rule)
        assert response.status_code == 405, rule.endpoint
        assert set(response.headers["Allow"].split(", ")) == {*(rule.methods or ()), "OPTIONS"}


@pytest.mark.parametrize("who", WHO)
def test_what_an_address_takes_is_told_to_those_signed_in(place: Place, who: str) -> None:
    for rule in place.rules():
        response = place.ask(who, "OPTIONS", rule)
        expected = 302 if who == STRANGER and rule.endpoint not in OPEN_TO_ALL else 200
        assert response.status_code == expected, rule.endpoint
        assert words_in(response) == set()


@pytest.mark.parametrize("who", WHO[1:])
def test_every_refusal_stands_in_the_audit(place: Place, who: str) -> None:
    before = len(refusals(place, who))
    expected: list[tuple[int, UUID | None]] = []
    for rule in place.rules():
        response = place.ask(who, "GET", rule)
        if response.status_code in {403, 404}:
            # The first id in the address is what was asked for.
            ids = [part for part in place.path(rule).split("/") if len(part) == 36]
            expected.append((response.status_code, UUID(ids[0]) if ids else None))
    assert refusals(place, who)[before:] == expected


def test_a_stranger_leaves_no_trace_in_the_store(place: Place) -> None:
    before = place.store()
    for rule in place.rules():
        # Who reads a calendar by its token is known, and that it was read is recorded.
        if rule.endpoint == "calendar.feed":
            continue
        response = place.ask(STRANGER, "GET", rule)
        assert words_in(response) == set(), rule.endpoint
    assert place.store() == before
