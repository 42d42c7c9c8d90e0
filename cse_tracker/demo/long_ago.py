"""A made-up young person whose case was closed years ago, so that a new user meets records that are due for review."""

from datetime import datetime, timedelta
from random import Random

from cse_tracker.assessments import commands as assessments
from cse_tracker.assessments.model import Observation, Source
from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.closings import commands as closings
from cse_tracker.closings import queries as closing_queries
from cse_tracker.closings.rules import required
from cse_tracker.demo import follow_up
from cse_tracker.demo.accounts import BOROUGH
from cse_tracker.demo.stage import Cast, Stage, working_time
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity, Sex
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.referrals.model import Answer, ReferralAnswers
from cse_tracker.work.actor import Actor
from cse_tracker.work.running import Running
from cse_tracker.work.unit import Work

ROUGHLY_A_YEAR = timedelta(days=365.25)
CLOSED_AFTER = timedelta(days=60)


def play(running: Running, cast: Cast, deputy: Actor) -> None:
    """Refer, assess and close, five years ago and at seventeen: three years after the eighteenth birthday are over."""
    stage = Stage(running, cast, Random(1148))  # noqa: S311 - made-up events, not keys
    now = running.clock()
    at = working_time(now - 5 * ROUGHLY_A_YEAR, earlier_than=now)
    with stage.at(at, stage.cast.partners[0]) as work:
        referral = referrals.start(work, borough_gss=BOROUGH)
        referrals.submit(work, referral, _answers(at))
    with stage.at(at + timedelta(hours=3), stage.cast.lead) as work:
        reply = referrals.Reply(reason_key="", reason_label="", note="Thank you. We will speak to her college.")
        case = referrals.accept_as_new(work, referral_queries.open_referral(work, referral.id), reply)
    with stage.at(at + timedelta(hours=4), stage.cast.partners[0]) as work:
        referrals.confirm_read(work, referral_queries.open_referral(work, referral.id, for_change=True))
    with stage.at(at + timedelta(hours=5), stage.cast.lead) as work:
        _respond(work, cases.open_case(work, case.id).case)
    follow_up.do_tasks(stage, case.id, at + timedelta(days=1))
    with stage.at(at + CLOSED_AFTER, stage.cast.lead) as work:
        row = cases.open_case(work, case.id, for_change=True)
        closing_id = closings.propose(work, row.case, _closing(work, row.case)).id
    with stage.at(at + CLOSED_AFTER + timedelta(days=1), deputy) as work:
        row = cases.open_case(work, case.id, for_change=True)
        closings.approve(work, row.case, closing_queries.open_closing(work, row.case, closing_id))


def _answers(at: datetime) -> ReferralAnswers:
    born = (at - 17.5 * ROUGHLY_A_YEAR).date()
    return ReferralAnswers(
        identity=Identity("Carly", "Winter", date_of_birth=born, sex=Sex.FEMALE, postcode="E8 1EA"),
        details=PersonDetails(ethnicity="WBRI", address="7 Model Gardens, London", looked_after="no"),
        age_reason="",
        immediate_danger=False,
        why_worried="Was given a phone by somebody she met online.",
        first_worried_on=None,
        seen=("missing_once",),
        seen_details="",
        missing=Answer.NO,
        who_knows=("education",),
        who_knows_details="",
        carer_aware=Answer.YES,
        young_person_aware=Answer.YES,
        not_aware_reason="",
        young_person_view="Wants to finish her course.",
        referrer_name="A made-up colleague",
        referrer_role="Practitioner",
        referrer_phone="020 7946 0000",
    )


def _respond(work: Work, case: Case) -> None:
    seen = Observation(indicator="missing_once", source=Source.TOLD, evidence="Told by the referrer.")
    form = assessments.AssessmentForm(
        observations=(seen,), narrative="One sign, and people around her who help.", young_person_view="Wants to study."
    )
    assessments.assess(work, case, form)
    assessments.decide_level(work, case, assessments.LevelForm(level=1, reason="As the protocol suggests."))


def _closing(work: Work, case: Case) -> closings.ClosingForm:
    closure = case_commands.protocol_of(work, case).document.closure
    return closings.ClosingForm(
        reasons=("risk_reduced",),
        explanation="No sign since, and her college and her family keep an eye on her.",
        young_person_view="She says that she is all right and knows whom to ring.",
        confirmed=required(closure),
    )
