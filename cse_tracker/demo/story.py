"""A year of made-up work in the demo borough, done through the same commands as real work, at its own times."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID, uuid4

from cse_tracker.actions.commands import AgreedAction
from cse_tracker.assessments import commands as assessments
from cse_tracker.assessments.model import Basis, Observation, Source
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.demo import follow_up, together
from cse_tracker.demo.accounts import ACCOUNTS, BOROUGH
from cse_tracker.demo.cast import Character, characters
from cse_tracker.demo.stage import Cast, Stage, working_time
from cse_tracker.duties import commands as duties
from cse_tracker.duties import queries as duty_queries
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.meetings import queries as meeting_queries
from cse_tracker.meetings.commands import calling, holding
from cse_tracker.meetings.model import Attendance
from cse_tracker.protocols import queries as protocols
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.referrals.model import Answer, ReferralAnswers
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.rulebook.document import ResponseKind
from cse_tracker.work.actor import Actor
from cse_tracker.work.running import Running

PEOPLE: Final = 34
WAITING: Final = 3
SIGNS: Final = (
    ("missing_once", "absent_from_school"),
    ("older_boyfriend", "unexplained_gifts"),
    ("missing_often", "older_company", "alcohol_drugs"),
    ("older_boyfriend", "known_address", "given_substances"),
    ("online_strangers", "images_shared", "low_self_worth"),
    ("self_harm", "many_moves"),
    ("collected_by_car", "several_phones", "unexplained_gifts", "changed_appearance"),
)
WORRIES: Final = (
    "Has been seen several times getting out of cars driven by adults nobody knows.",
    "Came back after two nights away with a new phone and would not say where she had been.",
    "Speaks of a friend in his twenties who buys her things.",
    "Is often away from school in the afternoon and has stopped seeing friends of the same age.",
)
"""What the made-up referrers wrote."""


def tell(running: Running, actors: dict[str, Actor]) -> None:
    """Play the whole year, up to what waits today."""
    now = running.clock()
    cast = cast_of(actors)
    stage = Stage(running, cast, Random(1148))  # noqa: S311 - made-up events, not keys
    people = characters(PEOPLE + WAITING, now.date())
    known = [_one_young_person(stage, person, place, now) for place, person in enumerate(people[:PEOPLE])]
    _second_referral(stage, people[3], known[3], now)
    for place, person in enumerate(people[PEOPLE:]):
        _refer(stage, person, working_time(now - timedelta(days=4 - 2 * place), earlier_than=now), place)
    _same_again(stage, people[0], now)
    together.call_panel(stage, now)
    together.hand_on_an_action(stage, now)
    _write_down_breaches(stage, now)


def cast_of(actors: dict[str, Actor]) -> Cast:
    """Give who acts: the lead officer, and whoever in the borough is asked to meetings."""
    lead = next(account for account in ACCOUNTS if PostKind.LEAD_OFFICER in account.posts)
    partners = [
        a for a in ACCOUNTS if PostKind.MEETING_CONTACT in a.posts and a is not lead and a.borough_gss == BOROUGH
    ]
    return Cast(actors[lead.email], tuple(actors[partner.email] for partner in partners))


def _one_young_person(stage: Stage, person: Character, place: int, now: datetime) -> UUID | None:
    age = timedelta(days=340 - 10 * place)
    referred = working_time(now - age, earlier_than=now)
    referral_id = _refer(stage, person, referred, place)
    decided = referred + timedelta(hours=4 if place % 5 else 30)
    if place % 7 == 6:
        _decline(stage, referral_id, decided, place)
        return None
    with stage.at(decided, stage.cast.lead) as work:
        referral = referral_queries.open_referral(work, referral_id)
        case = referrals.accept_as_new(
            work,
            referral,
            referrals.Reply(reason_key="", reason_label="", note="Thank you. We will be in touch about a meeting."),
        )
        person_id = case.person_id
    _hear_back(stage, referral_id, decided + timedelta(hours=3), place)
    if place < PEOPLE - 1:
        _respond(stage, case.id, decided + timedelta(hours=2), place, now)
    return person_id


def _refer(stage: Stage, person: Character, at: datetime, place: int) -> UUID:
    partner = stage.cast.partners[place % len(stage.cast.partners)]
    with stage.at(at, partner) as work:
        referral = referrals.start(work, borough_gss=BOROUGH)
        referrals.submit(work, referral, _answers(stage, person, place))
        return referral.id


def _answers(stage: Stage, person: Character, place: int) -> ReferralAnswers:
    return ReferralAnswers(
        identity=person.identity,
        details=person.details,
        age_reason="",
        immediate_danger=place % 11 == 10,
        why_worried=stage.random.choice(WORRIES),
        first_worried_on=None,
        seen=SIGNS[place % len(SIGNS)],
        seen_details="",
        missing=stage.random.choice(tuple(Answer)),
        who_knows=("education",),
        who_knows_details="",
        carer_aware=stage.random.choice(tuple(Answer)),
        young_person_aware=stage.random.choice(tuple(Answer)),
        not_aware_reason="",
        young_person_view="",
        referrer_name="A made-up colleague",
        referrer_role="Practitioner",
        referrer_phone="020 7946 0000",
    )


def _decline(stage: Stage, referral_id: UUID, at: datetime, place: int) -> None:
    key = ("threshold_not_met", "no_capacity", "duplicate")[place // 7 % 3]
    with stage.at(at, stage.cast.lead) as work:
        reasons = {each.key: each.label for each in protocols.in_force(work, BOROUGH).document.decline_reasons}
        reply = referrals.Reply(
            reason_key=key, reason_label=reasons[key], note="Please refer again if anything changes."
        )
        referrals.decline(work, referral_queries.open_referral(work, referral_id), reply)
    _hear_back(stage, referral_id, at + timedelta(hours=3), place)


def _hear_back(stage: Stage, referral_id: UUID, at: datetime, place: int) -> None:
    """Let the referrer confirm the answer, all but the last: feedback on that one is still owed."""
    if place < PEOPLE - 1:
        with stage.at(at, stage.cast.partners[place % len(stage.cast.partners)]) as work:
            referrals.confirm_read(work, referral_queries.open_referral(work, referral_id, for_change=True))


def _respond(stage: Stage, case_id: UUID, at: datetime, place: int, now: datetime) -> None:
    with stage.at(at, stage.cast.lead) as work:
        case = case_queries.open_case(work, case_id).case
        if place % 8:
            certainty = Certainty.KNOWN if place % 3 == 0 else Certainty.INDICATED
            assessments.record_certainty(work, case, _certainty(certainty))
        signs = SIGNS[place % len(SIGNS)]
        observations = tuple(
            Observation(indicator=sign, source=Source.TOLD, evidence="Told by the referrer.") for sign in signs
        )
        assessments.assess(
            work,
            case,
            assessments.AssessmentForm(
                observations=observations,
                narrative="Several signs together.",
                young_person_view="Has not been asked yet.",
            ),
        )
        protocol = protocols.in_force(work, BOROUGH)
        suggested = assessments.suggestion(work, case, frozenset(signs), protocol).level or 1
        assessments.decide_level(work, case, assessments.LevelForm(level=suggested, reason="As the protocol suggests."))
        wanted = [each for each in protocol.document.level(suggested).responses if each.kind is ResponseKind.MEETING]
    for response in wanted:
        _meet(stage, case_id, str(response.meeting_type), at + timedelta(days=max(1, response.amount - 3)), place, now)
    if not wanted and place != 16:
        follow_up.do_tasks(stage, case_id, at + timedelta(days=3))
    follow_up.review(stage, case_id, left_out=place % 9 == 4, now=now)


def _certainty(certainty: Certainty) -> assessments.CertaintyForm:
    basis = Basis.DISCLOSURE if certainty is Certainty.KNOWN else Basis.PROFESSIONAL_ASSESSMENT
    return assessments.CertaintyForm(
        certainty=certainty, basis=basis, explanation="From what the referrer and the school say."
    )


def _meet(stage: Stage, case_id: UUID, kind: str, wanted: datetime, place: int, now: datetime) -> None:
    if place >= PEOPLE - 4:
        wanted = now + timedelta(days=1 + place % 4)
    starts = working_time(wanted, earlier_than=wanted + timedelta(days=1)) + timedelta(hours=3, minutes=30)
    # Some of the latest meetings were never called: that is what the dashboard must show.
    if place % 6 == 5 and now - timedelta(days=75) < starts < now:
        return
    called = min(starts - timedelta(days=1), now - timedelta(hours=2))
    with stage.at(called, stage.cast.lead) as work:
        case = case_queries.open_case(work, case_id).case
        posts = identity.post_holders(work, borough_gss=BOROUGH, kind=PostKind.MEETING_CONTACT)
        call = calling.Call(
            id=uuid4(), type_key=kind, starts_at=starts, minutes=60, place="Town Hall, room 2.14", purpose="",
            agency_ids=tuple(post.agency_id for post in posts),
        )  # fmt: skip
        meeting_id = calling.schedule(work, case, call).id
    if starts + timedelta(hours=1) < now:
        _record(stage, meeting_id, case_id, starts + timedelta(hours=1), place, now)


def _came(place: int, number: int, *, chairs: bool) -> Attendance:
    """The chair was always there, or somebody else would have to be named who chaired."""
    away = number > 1 and (place + number) % 5 == 4 and not chairs
    return Attendance.APOLOGIES if away else Attendance.ATTENDED


def _record(stage: Stage, meeting_id: UUID, case_id: UUID, at: datetime, place: int, now: datetime) -> None:
    with stage.at(at, stage.cast.lead) as work:
        meeting = meeting_queries.open_meeting(work, meeting_id)
        case: Case = case_queries.open_case(work, case_id).case
        attendance = {
            each.id: (_came(place, number, chairs=each.invited_id == meeting.chair_id), "")
            for number, each in enumerate(meeting.invitations)
        }
        action = AgreedAction(
            text="Offer the specialist service", owner_agency_id=meeting.invitations[0].agency_id,
            # What was agreed lately falls due about now, some of it yesterday.
            due_on=max(at + timedelta(days=14), now + timedelta(days=place % 7 - 1)).date(),
        )  # fmt: skip
        recent = now - at < timedelta(days=90)
        record = holding.Record(
            attendance=attendance,
            decisions="Plan agreed by all present.",
            actions=(action,) if recent and place % 2 else (),
        )
        holding.record_held(work, meeting, case, record)
    if place % 11 != 5:
        follow_up.send_minutes(stage, meeting_id, case_id, held_at=at, now=now)


def _second_referral(stage: Stage, person: Character, person_id: UUID | None, now: datetime) -> None:
    if person_id is None:
        return
    at = working_time(now - timedelta(days=40), earlier_than=now)
    referral_id = _refer(stage, person, at, 1)
    with stage.at(at + timedelta(hours=3), stage.cast.lead) as work:
        referral = referral_queries.open_referral(work, referral_id)
        referrals.accept_for_known(
            work,
            referral,
            person_id,
            referrals.Reply(reason_key="", reason_label="", note="Already known to us. Thank you."),
        )


def _same_again(stage: Stage, person: Character, now: datetime) -> None:
    """Refer the first young person once more under a misspelt name, so that matching has something to find."""
    misspelt = replace(person.identity, first_name="Kiera", also_known_as="", nhs_number="")
    _refer(stage, replace(person, identity=misspelt), working_time(now, earlier_than=now), 0)


def _write_down_breaches(stage: Stage, now: datetime) -> None:
    quiet = replace(stage.running, reactions=())
    with quiet.work(reading=True) as work:
        late = duty_queries.overdue_ids(work.session, now)
    for duty_id in late:
        with quiet.work() as work:
            duties.breach(work, duty_id)
