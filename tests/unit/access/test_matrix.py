"""The matrix against a table written out by hand: a cast with near misses, and every change of a rule seen."""

from collections.abc import Iterator, Mapping
from itertools import product
from uuid import UUID

import pytest

from cse_tracker.access import decisions
from cse_tracker.access.decisions import permits, require, require_sight
from cse_tracker.access.matrix import MATRIX, Permission, Subject
from cse_tracker.access.predicates import Facts, Predicate
from cse_tracker.work.actor import NOBODY, SYSTEM, Actor, Role
from cse_tracker.work.errors import NotFound, NotPermitted

HERE, ELSEWHERE = "E09000012", "E09000019"
POLICE, HEALTH, SOCIAL_CARE = UUID(int=101), UUID(int=102), UUID(int=103)
AUTHOR = UUID(int=1)
CHAIR = UUID(int=17)
SENT_OUT = UUID(int=201)
Rules = Mapping[Permission, tuple[tuple[Predicate, ...], ...]]
Table = frozenset[tuple[Permission, str, str]]

ACTORS = {
    "lead": Actor(UUID(int=2), SOCIAL_CARE, frozenset({(Role.LEAD_OFFICER, HERE)})),
    "lead elsewhere": Actor(UUID(int=3), UUID(int=104), frozenset({(Role.LEAD_OFFICER, ELSEWHERE)})),
    "lead who refers": Actor(UUID(int=4), POLICE, frozenset({(Role.LEAD_OFFICER, ELSEWHERE), (Role.REFERRER, HERE)})),
    "lead among police": Actor(UUID(int=5), POLICE, frozenset({(Role.LEAD_OFFICER, ELSEWHERE)})),
    "author": Actor(AUTHOR, POLICE, frozenset({(Role.REFERRER, HERE)})),
    "author no more": Actor(AUTHOR, POLICE),
    "author now manager": Actor(AUTHOR, POLICE, frozenset({(Role.MANAGER, HERE)})),
    "colleague": Actor(UUID(int=6), POLICE, frozenset({(Role.REFERRER, ELSEWHERE)})),
    "colleague without role": Actor(UUID(int=7), POLICE),
    "nurse": Actor(UUID(int=8), HEALTH, frozenset({(Role.REFERRER, HERE)})),
    "nurse without role": Actor(UUID(int=9), HEALTH),
    "manager": Actor(UUID(int=10), SOCIAL_CARE, frozenset({(Role.MANAGER, HERE)})),
    "manager of an invited agency": Actor(UUID(int=11), HEALTH, frozenset({(Role.MANAGER, HERE)})),
    "manager elsewhere": Actor(UUID(int=12), SOCIAL_CARE, frozenset({(Role.MANAGER, ELSEWHERE)})),
    "records": Actor(UUID(int=13), SOCIAL_CARE, frozenset({(Role.RECORDS_OFFICER, HERE)})),
    "records elsewhere": Actor(UUID(int=14), SOCIAL_CARE, frozenset({(Role.RECORDS_OFFICER, ELSEWHERE)})),
    "lead of health": Actor(UUID(int=15), HEALTH, frozenset({(Role.PARTNER_LEAD, HERE)})),
    "lead of another agency": Actor(UUID(int=16), SOCIAL_CARE, frozenset({(Role.PARTNER_LEAD, HERE)})),
    # Of an agency that is not invited, so that only the chair lets them in.
    "chair": Actor(CHAIR, UUID(int=105), frozenset({(Role.REFERRER, ELSEWHERE)})),
    "chair no more": Actor(CHAIR, UUID(int=105)),
    "visitor": Actor(NOBODY.user_id, visiting=SENT_OUT),
    "visitor of another": Actor(NOBODY.user_id, visiting=UUID(int=202)),
    "nobody": NOBODY,
    "system": SYSTEM,
}
THINGS = {
    "nothing": Subject(),
    "case": Subject(borough_gss=HERE),
    "draft": Subject(author_id=AUTHOR),
    "sent": Subject(borough_gss=HERE, referring_agency_id=POLICE, author_id=AUTHOR),
    "claim": Subject(borough_gss=HERE, other_borough_gss=ELSEWHERE),
    "meeting": Subject(borough_gss=HERE, invited_agency_ids=frozenset({HEALTH}), chair_id=CHAIR),
    "action": Subject(borough_gss=HERE, owning_agency_ids=frozenset({HEALTH})),
    "outbound": Subject(borough_gss=HERE, receiving_agency_id=HEALTH, open_to_visitors_of=SENT_OUT),
    # What was referred to health and is over: nobody of theirs, and no link, opens it any more.
    "outbound over": Subject(borough_gss=HERE),
    "service": Subject(referring_agency_id=HEALTH, covered=frozenset({HERE})),
}
OF_THE_BOROUGH = ("case", "sent", "claim", "meeting", "action", "outbound", "outbound over")
EVERYTHING = tuple(THINGS)
LEAD_ONLY = {("lead", thing) for thing in OF_THE_BOROUGH}
OTHER_LEAD_ONLY = {(who, "claim") for who in ("lead elsewhere", "lead who refers", "lead among police")}
EITHER_LEAD = LEAD_ONLY | OTHER_LEAD_ONLY
SEES_FIGURES = LEAD_ONLY | set(
    product(("manager", "manager of an invited agency", "author now manager"), OF_THE_BOROUGH)
)
PRACTISES = ("lead", "lead elsewhere", "lead who refers", "lead among police", "author", "colleague", "nurse", "chair")
REFERS = set(product(("author", "colleague", "lead who refers"), ["sent"]))
SEES_REFERRAL = LEAD_ONLY | REFERS | {("nurse", "service")}
SEES_OUTBOUND = LEAD_ONLY | {("nurse", "outbound")}
KEEPS_SERVICE = {("nurse", "service"), ("lead", "service")}
SEES_MEETING = LEAD_ONLY | {("nurse", "meeting")}
SEES_ACTION = LEAD_ONLY | {("nurse", "action")}

RECORDS_ONLY = set(product(["records"], OF_THE_BOROUGH))
LEAD_OR_RECORDS = LEAD_ONLY | RECORDS_ONLY

ALLOWED: Mapping[Permission, set[tuple[str, str]]] = {
    Permission.ACTION_DO: SEES_ACTION,
    Permission.ACTION_LIST: SEES_ACTION,
    Permission.ACTION_STEER: LEAD_ONLY,
    Permission.ACTION_VIEW: SEES_ACTION,
    Permission.AUDIT_EXPORT: RECORDS_ONLY | set(product(["system"], EVERYTHING)),
    Permission.ATTACHMENT_ADD: LEAD_ONLY,
    Permission.ATTACHMENT_VIEW: LEAD_ONLY,
    Permission.AUDIT_VERIFY: set(product(["system"], EVERYTHING)),
    Permission.CASE_ASSESS: LEAD_ONLY,
    Permission.CASE_CLOSE: LEAD_ONLY,
    Permission.CASE_HISTORY: EITHER_LEAD,
    Permission.CASE_JOIN: LEAD_ONLY,
    Permission.CASE_LIST: LEAD_ONLY,
    Permission.CASE_OPEN: LEAD_ONLY,
    Permission.CASE_TRAIL: LEAD_OR_RECORDS,
    Permission.CASE_RECORD: LEAD_ONLY,
    Permission.CASE_SHARE: LEAD_ONLY,
    Permission.CASE_VIEW: LEAD_ONLY,
    Permission.AGENCY_OVERSEE: {("lead of health", "service")},
    Permission.DUTY_COMPLETE: LEAD_ONLY,
    Permission.DUTY_OWE: {("nurse", "outbound"), ("lead of health", "outbound")},
    Permission.DUTY_WAIVE: LEAD_ONLY,
    Permission.LEVEL_SIGN: LEAD_ONLY,
    Permission.EMERGENCY_ASK: set(product(PRACTISES, EVERYTHING)),
    Permission.EMERGENCY_REVIEW: LEAD_ONLY,
    Permission.EMERGENCY_USE: set(product(["author"], ["draft", "sent"])),
    Permission.ESTIMATE_ANSWER: LEAD_ONLY,
    Permission.ESTIMATE_PREPARE: SEES_FIGURES - LEAD_ONLY,
    Permission.ESTIMATE_VIEW: SEES_FIGURES,
    Permission.MATCH_ANSWER: LEAD_ONLY,
    Permission.MATCH_ASK: LEAD_ONLY,
    Permission.INVOLVEMENT_MARK: SEES_REFERRAL - LEAD_ONLY,
    Permission.IMPORT_RUN: LEAD_ONLY,
    Permission.LINK_RECORD: LEAD_ONLY,
    Permission.LINK_VIEW: LEAD_ONLY,
    Permission.MEETING_LIST: SEES_MEETING,
    Permission.MEETING_MINUTE: LEAD_ONLY | {("chair", "meeting")},
    Permission.MEETING_PACK: SEES_MEETING,
    Permission.MEETING_RECORD: LEAD_ONLY,
    Permission.MEETING_REPLY: {("nurse", "meeting")},
    Permission.MEETING_SCHEDULE: LEAD_ONLY,
    Permission.MEETING_VIEW: SEES_MEETING,
    Permission.MISSING_RECORD: LEAD_ONLY,
    Permission.OUTBOUND_ANSWER: SEES_OUTBOUND | {("visitor", "outbound")},
    Permission.OUTBOUND_LIST: SEES_OUTBOUND,
    Permission.OUTBOUND_OVERSEE: SEES_FIGURES,
    Permission.OUTBOUND_PREPARE: LEAD_ONLY,
    Permission.OUTBOUND_REVOKE: SEES_FIGURES,
    Permission.OUTBOUND_TIDY: set(product(["system"], EVERYTHING)),
    Permission.OUTBOX_MEND: RECORDS_ONLY | set(product(["system"], EVERYTHING)),
    Permission.OUTBOUND_VIEW: SEES_OUTBOUND | {("visitor", "outbound")},
    Permission.PERSON_CORRECT: LEAD_ONLY,
    Permission.PERSON_MATCH: LEAD_ONLY,
    Permission.PERSON_SEARCH: LEAD_ONLY,
    Permission.PERSON_VIEW: LEAD_ONLY,
    Permission.RECORD_DESTROY: LEAD_OR_RECORDS,
    Permission.RECORD_DISCLOSE: RECORDS_ONLY,
    Permission.RECORD_HOLD: LEAD_OR_RECORDS,
    Permission.RECORD_OPEN: LEAD_ONLY,
    Permission.RECORD_REVIEW: LEAD_OR_RECORDS,
    Permission.PROACTIVITY_REVIEW: SEES_FIGURES,
    Permission.PROTOCOL_APPROVE: SEES_FIGURES,
    Permission.PROTOCOL_EDIT: LEAD_ONLY,
    Permission.PROTOCOL_VIEW: SEES_FIGURES,
    Permission.REFERRAL_ANSWER: SEES_REFERRAL - LEAD_ONLY,
    Permission.REFERRAL_DECIDE: LEAD_ONLY,
    Permission.REFERRAL_DRAFT: set(product(["author"], ["draft", "sent"])),
    Permission.REFERRAL_LIST: SEES_REFERRAL | OTHER_LEAD_ONLY | {("nurse", "outbound")},
    Permission.REFERRAL_RECEIVE: OTHER_LEAD_ONLY | {("nurse", "outbound")},
    Permission.REFERRAL_SUBMIT: set(product(PRACTISES, EVERYTHING)),
    Permission.REFERRAL_TIDY: set(product(["system"], EVERYTHING)),
    Permission.REFERRAL_VIEW: SEES_REFERRAL | OTHER_LEAD_ONLY | {("nurse", "outbound")},
    Permission.REFERRAL_WITHDRAW: SEES_REFERRAL - LEAD_ONLY,
    Permission.RESPONSIBILITY_ANSWER: OTHER_LEAD_ONLY,
    Permission.RESPONSIBILITY_ASSERT: LEAD_ONLY,
    Permission.RESPONSIBILITY_LIST: EITHER_LEAD,
    Permission.RESPONSIBILITY_VIEW: EITHER_LEAD,
    Permission.SERVICE_CLOSE: set(product(["system"], EVERYTHING)),
    Permission.SERVICE_KEEP: KEEPS_SERVICE | REFERS,
    Permission.SERVICE_LOAD: LEAD_ONLY,
    Permission.SERVICE_VIEW: set(product(PRACTISES, EVERYTHING)),
    Permission.STATISTICS_AGREE: SEES_FIGURES - LEAD_ONLY,
    Permission.STATISTICS_APPROVE: SEES_FIGURES - LEAD_ONLY,
    Permission.STATISTICS_AUDIT: set(product(["system"], EVERYTHING)),
    Permission.STATISTICS_REVIEW: LEAD_ONLY,
    Permission.STATISTICS_PREPARE: (SEES_FIGURES - LEAD_ONLY) | set(product(["system"], EVERYTHING)),
    Permission.SYSTEM_KEEP: set(product(["system"], EVERYTHING)),
    Permission.STATISTICS_VIEW: SEES_FIGURES,
    Permission.STATISTICS_WORK: LEAD_ONLY,
    Permission.TIMETABLE_VIEW: RECORDS_ONLY | (SEES_FIGURES - LEAD_ONLY) | set(product(["system"], EVERYTHING)),
}


def answers() -> Table:
    """Every yes that the code gives to the cast."""
    asked = product(Permission, ACTORS, THINGS)
    return frozenset((what, who, thing) for what, who, thing in asked if permits(ACTORS[who], what, THINGS[thing]))


def expected() -> Table:
    return frozenset((what, who, thing) for what, pairs in ALLOWED.items() for who, thing in pairs)


@pytest.mark.parametrize("permission", Permission)
def test_the_cast_may_do_exactly_what_is_written_here(permission: Permission) -> None:
    asked = product(ACTORS, THINGS)
    may = {(who, thing) for who, thing in asked if permits(ACTORS[who], permission, THINGS[thing])}
    assert may == ALLOWED[permission]


def always(_actor: Actor, _thing: Facts) -> bool:
    return True


def opposite(predicate: Predicate) -> Predicate:
    return lambda actor, thing: not predicate(actor, thing)


def mutants() -> Iterator[tuple[str, Rules]]:
    """Every matrix that differs in one predicate or one rule."""
    for permission, rules in MATRIX.items():
        yield f"{permission}: forgotten", {**MATRIX, permission: ()}
        yield f"{permission}: open to all", {**MATRIX, permission: ((always,),)}
        for place, rule in enumerate(rules):
            others = rules[:place] + rules[place + 1 :]
            yield f"{permission}: without rule {place}", {**MATRIX, permission: others}
            for index, predicate in enumerate(rule):
                for name, changed in (("dropped", always), ("turned round", opposite(predicate))):
                    new = (*rule[:index], changed, *rule[index + 1 :])
                    yield f"{permission}: {predicate.__name__} {name}", {**MATRIX, permission: (*others, new)}


@pytest.mark.parametrize(("name", "mutant"), [pytest.param(name, rules, id=name) for name, rules in mutants()])
def test_every_changed_matrix_changes_an_answer(name: str, mutant: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "MATRIX", mutant)
    assert answers() != expected(), name


def deciding(permission: Permission, place: int, index: int) -> tuple[str, str] | None:
    """Find an actor and a thing for which exactly this predicate is why the answer is no."""
    rules = MATRIX[permission]
    rule = rules[place]
    for who, thing in product(ACTORS, THINGS):
        held = [predicate(ACTORS[who], THINGS[thing]) for predicate in rule]
        by_another = any(
            all(predicate(ACTORS[who], THINGS[thing]) for predicate in other)
            for at, other in enumerate(rules)
            if at != place
        )
        if held.count(False) == 1 and not held[index] and not by_another:
            return who, thing
    return None


@pytest.mark.parametrize(
    ("permission", "place", "index"),
    [
        (permission, place, index)
        for permission, rules in MATRIX.items()
        for place, rule in enumerate(rules)
        for index in range(len(rule))
    ],
)
def test_every_predicate_alone_decides_somewhere(permission: Permission, place: int, index: int) -> None:
    found = deciding(permission, place, index)
    assert found is not None
    assert found not in ALLOWED[permission]


def test_what_the_matrix_does_not_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(MATRIX) == set(Permission)
    monkeypatch.setattr(decisions, "MATRIX", {})
    assert answers() == frozenset()


def test_a_manager_has_to_do_with_figures_and_protocols_and_no_young_person() -> None:
    managers = [name for name in ACTORS if "manager" in name]
    may = {what for what, who, _ in answers() if who in managers}
    figures = {Permission.STATISTICS_VIEW, Permission.STATISTICS_PREPARE, Permission.STATISTICS_APPROVE}
    figures |= {Permission.STATISTICS_AGREE}
    estimate = {Permission.ESTIMATE_VIEW, Permission.ESTIMATE_PREPARE, Permission.PROACTIVITY_REVIEW}
    # Revoking is by reference alone: what was shared is not shown.
    by_reference = {Permission.OUTBOUND_OVERSEE, Permission.OUTBOUND_REVOKE}
    protocol = {Permission.PROTOCOL_VIEW, Permission.PROTOCOL_APPROVE}
    assert may == figures | estimate | by_reference | protocol | {Permission.TIMETABLE_VIEW}


def test_the_system_sees_no_young_person() -> None:
    assert {what for what, who, _ in answers() if who == "system"} == {
        Permission.AUDIT_EXPORT,
        Permission.AUDIT_VERIFY,
        # Brings back and throws away by dates alone, and opens nothing.
        Permission.OUTBOUND_TIDY,
        Permission.OUTBOX_MEND,
        Permission.REFERRAL_TIDY,
        Permission.SERVICE_CLOSE,
        Permission.STATISTICS_AUDIT,
        Permission.STATISTICS_PREPARE,
        Permission.SYSTEM_KEEP,
        Permission.TIMETABLE_VIEW,
    }


def test_someone_without_a_role_can_do_nothing() -> None:
    assert not {who for _, who, _ in answers()} & {
        "nobody",
        "author no more",
        "nurse without role",
        "chair no more",
        "colleague without role",
    }


def test_nothing_is_shared_by_two_who_both_have_no_agency_or_no_name() -> None:
    stray = Actor(None, None, frozenset({(Role.REFERRER, HERE)}))
    blank = Subject(borough_gss=None, referring_agency_id=None, author_id=None)
    assert {what for what in Permission if permits(stray, what, blank)} == {
        Permission.REFERRAL_SUBMIT,
        Permission.EMERGENCY_ASK,
        Permission.SERVICE_VIEW,
        Permission.AUDIT_EXPORT,
        Permission.AUDIT_VERIFY,
        # Brings back and throws away by dates alone, and opens nothing.
        Permission.OUTBOUND_TIDY,
        Permission.OUTBOX_MEND,
        Permission.REFERRAL_TIDY,
        Permission.SERVICE_CLOSE,
        Permission.STATISTICS_AUDIT,
        Permission.STATISTICS_PREPARE,
        Permission.SYSTEM_KEEP,
        Permission.TIMETABLE_VIEW,
    }


def test_a_refusal_is_not_permitted_where_the_thing_is_known_and_not_found_where_it_is_not() -> None:
    lead, case = ACTORS["lead elsewhere"], THINGS["case"]
    with pytest.raises(NotPermitted) as refused:
        require(lead, Permission.CASE_ASSESS, case)
    assert refused.value.permission == "case:assess"
    with pytest.raises(NotFound):
        require_sight(lead, Permission.CASE_VIEW, case)
    require(ACTORS["lead"], Permission.CASE_ASSESS, case)
    require_sight(ACTORS["lead"], Permission.CASE_VIEW, case)


def test_a_thing_that_says_on_what_its_access_depends_is_asked() -> None:
    class Kept:
        access_subject = Subject(borough_gss=HERE)

    assert permits(ACTORS["lead"], Permission.CASE_VIEW, Kept())
    assert not permits(ACTORS["lead elsewhere"], Permission.CASE_VIEW, Kept())
