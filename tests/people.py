"""Who acts in tests: the demo accounts, and the papers they fill in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from cse_tracker.app import Service
from cse_tracker.assessments import commands as assessments
from cse_tracker.assessments import queries as assessment_queries
from cse_tracker.assessments.model import Basis, Observation, Source
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.identity import commands as identity
from cse_tracker.identity import queries as identity_queries
from cse_tracker.jobs.preparing import prepare_what_was_asked
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity, Sex
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.referrals.model import Answer, Referral, ReferralAnswers
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.statistics import commands as statistics
from cse_tracker.statistics import queries as figures
from cse_tracker.work.actor import SYSTEM, Actor
from cse_tracker.work.unit import Work
from tests.store import CHEAP

HACKNEY = "E09000012"
ISLINGTON = "E09000019"
LEAD = "lead@demo.example"
DEPUTY = "deputy@demo.example"
OTHER_LEAD = "lead.islington@demo.example"
POLICE = "police@demo.example"
HEALTH = "health@demo.example"
MANAGER = "manager@demo.example"
PASSWORD = "demo-password-2005"


def actor(service: Service, email: str) -> Actor:
    """Sign in and give the actor."""
    with service.tools.running.work() as work:
        token = identity.sign_in(work, email=email, password=PASSWORD, passwords=CHEAP)
        assert token is not None
        work.session.flush()
        found = identity_queries.signed_in_user(
            work.session, token, now=work.now, longest=service.app.face.longest_session
        )
    assert found is not None
    return found.actor


@contextmanager
def working(service: Service, email: str | None = None, *, reading: bool = False) -> Iterator[Work]:
    """Run a unit of work as one of the demo accounts, or as the system."""
    with service.app.app_context():
        who = actor(service, email) if email else SYSTEM
        with service.tools.running.work(who, reading=reading) as work:
            yield work


def answers(**changes: Any) -> ReferralAnswers:
    """A filled-in referral."""
    identity = Identity(
        first_name=changes.pop("first_name", "Keira"),
        last_name=changes.pop("last_name", "Marsh"),
        date_of_birth=changes.pop("born", date(2012, 3, 3)),
        sex=changes.pop("sex", Sex.FEMALE),
        nhs_number=changes.pop("nhs_number", ""),
    )
    values: dict[str, Any] = {
        "identity": identity,
        "details": PersonDetails(address="12 Sample Road", school="Clapton Park School"),
        "age_reason": "",
        "immediate_danger": False,
        "why_worried": "She has been seen with much older men.",
        "first_worried_on": date(2026, 11, 1),
        "seen": ("older_boyfriend",),
        "seen_details": "Collected from school by car.",
        "missing": Answer.YES,
        "who_knows": ("education",),
        "who_knows_details": "The school has noticed too.",
        "carer_aware": Answer.YES,
        "young_person_aware": Answer.NO,
        "not_aware_reason": "It could put her at risk.",
        "young_person_view": "",
        "referrer_name": "Daniel Price",
        "referrer_role": "Detective constable",
        "referrer_phone": "07700 900123",
    }
    return ReferralAnswers(**{**values, **changes})


def refer(service: Service, email: str = POLICE, **changes: Any) -> Referral:
    """Submit a referral to Hackney."""
    with working(service, email) as work:
        referral = referrals.start(work, borough_gss=changes.pop("borough_gss", HACKNEY))
        referrals.submit(work, referral, answers(**changes))
    return referral


NO_REPLY = referrals.Reply(reason_key="", reason_label="", note="Thank you.")


def accept(service: Service, referral: Referral, email: str = LEAD) -> Case:
    """Accept a referral as a new case."""
    with working(service, email) as work:
        found = referral_queries.open_referral(work, referral.id, for_change=True)
        return referrals.accept_as_new(work, found, NO_REPLY)


def open_case(service: Service, **changes: Any) -> Case:
    """Refer and accept."""
    return accept(service, refer(service, **changes))


def assess(service: Service, case: Case, *indicators: str) -> None:
    """Record an assessment with these indicators."""
    observations = tuple(
        Observation(indicator=key, source=Source.SEEN, evidence="Seen on 1 November.") for key in indicators
    )
    with working(service, LEAD) as work:
        row = case_queries.open_case(work, case.id, for_change=True)
        form = assessments.AssessmentForm(
            observations=observations, narrative="Adds up.", young_person_view="Not asked yet."
        )
        assessments.assess(work, row.case, form)


def certainty(service: Service, case: Case, value: Certainty = Certainty.INDICATED) -> None:
    """Record certainty."""
    with working(service, LEAD) as work:
        row = case_queries.open_case(work, case.id, for_change=True)
        assessments.record_certainty(
            work,
            row.case,
            assessments.CertaintyForm(
                certainty=value, basis=Basis.PROFESSIONAL_ASSESSMENT, explanation="Several signs."
            ),
        )


def decide(service: Service, case: Case, level: int, override: str = "") -> None:
    """Decide the level."""
    with working(service, LEAD) as work:
        row = case_queries.open_case(work, case.id, for_change=True)
        form = assessments.LevelForm(level=level, reason="Because of the assessment.", override_reason=override)
        assessments.decide_level(work, row.case, form)


def lower(service: Service, case: Case, level: int, override: str = "", email: str = DEPUTY) -> None:
    """Propose a lower level as the lead officer, and sign it as another."""
    decide(service, case, level, override)
    with working(service, email) as work:
        row = case_queries.open_case(work, case.id, for_change=True)
        proposal = assessment_queries.waiting_proposal(work, row.case)
        assert proposal is not None
        assessments.sign(work, row.case, proposal)


def published(service: Service, month: date, **how: Any) -> UUID:
    """Take a month's statistics as the clock does, and let the lead officer review and the manager approve them."""
    with working(service) as work:
        taken_id = statistics.take_release(work, borough_gss=HACKNEY, month=month, **how).id
    let(service, taken_id)
    return taken_id


def clock_prepares(service: Service) -> int:
    """Let the clock prepare what was asked for; gives how many months are over."""
    with service.app.app_context():
        return prepare_what_was_asked(service.tools)


def let(service: Service, taken_id: UUID) -> None:
    """Review as the lead officer and approve as the manager."""
    with working(service, LEAD) as work:
        statistics.review(work, figures.waiting(work, taken_id))
    with working(service, MANAGER) as work:
        statistics.approve(work, figures.waiting(work, taken_id))
