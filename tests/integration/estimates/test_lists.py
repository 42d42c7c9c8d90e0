"""The tracker's own numbers and lists: counted exactly, kept sealed, shown through disclosure control alone."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from cse_tracker.app import Service
from cse_tracker.disclosure.release import from_stored
from cse_tracker.estimates import commands, counting, lists, own_numbers, queries
from cse_tracker.estimates.model import Counted, EstimateData, ListsCompared
from cse_tracker.estimates.proactivity import SIGNS
from cse_tracker.estimates.proposing import proposal
from cse_tracker.estimates.years import Year, finished
from cse_tracker.involvement import commands as involvement
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.estimates.files import FOLDER, estimate_files
from tests.people import HACKNEY, HEALTH, LEAD, MANAGER, OTHER_LEAD, POLICE
from tests.store import Clock

BORN = date(2011, 5, 5)


def mark(service: Service, email: str, first_name: str, born: date = BORN) -> None:
    form = involvement.MarkerForm(
        borough_gss=HACKNEY, first_name=first_name, last_name="Marsh", born=born, contact="Ask at the desk"
    )
    with people.working(service, email) as work:
        involvement.mark(work, form)


def known(service: Service, *names: str, sure: bool = True) -> None:
    for name in names:
        case = people.open_case(service, first_name=name, born=BORN)
        if sure:
            people.certainty(service, case)


def a_year_on(clock: Clock) -> Year:
    """Let the running month end, and give the year that is then over."""
    clock.advance(days=31)
    return finished(clock())[0]


def test_the_year_is_twelve_whole_months() -> None:
    year = Year(date(2026, 10, 1))
    assert (year.first_day, year.after) == (date(2025, 11, 1), date(2026, 11, 1))
    assert year.words == "November 2025 to October 2026"
    assert Year(date(2026, 1, 1)).first_day == date(2025, 2, 1)
    assert Year(date(2025, 12, 1)).first_day == date(2025, 1, 1)


def test_who_is_counted_and_who_knows_them(service: Service, clock: Clock) -> None:
    known(service, "Amy", "Bea", "Cleo")
    known(service, "Dora", sure=False)
    mark(service, HEALTH, "Amy")
    mark(service, HEALTH, "Dora")
    mark(service, HEALTH, "Cleo", born=date(2010, 5, 5))
    year = a_year_on(clock)
    with people.working(service, MANAGER, reading=True) as work:
        assert counting.identified(work, HACKNEY, year) == 3
        assert counting.identified(work, people.ISLINGTON, year) == 0
        before = Year(date(year.last_month.year - 1, year.last_month.month, 1))
        assert counting.identified(work, HACKNEY, before) == 0
        # Both lists are shorter than five, so they are put together.
        assert counting.patterns(work, HACKNEY, year) == ((counting.OTHER,), {(1,): 3})


def test_small_lists_are_put_together_and_nobody_stands_on_none() -> None:
    found = [{"Health", "Education"}] * 6 + [{"Health"}] * 3 + [set()] * 2
    names, counts = counting.tabulated(found)
    assert names == ("Health", "Education", counting.OTHER)
    assert counts == {(1, 1, 0): 6, (1, 0, 0): 3, (0, 0, 1): 2}


def compared(service: Service, year: Year, **how: object) -> ListsCompared:
    with people.working(service, MANAGER) as work:
        return lists.compare_lists(
            work,
            borough_gss=HACKNEY,
            last_month=year.last_month,
            draws=20,
            **how,  # type: ignore[arg-type]
        )


def test_lists_are_compared_once_a_year_and_shown_rounded(sqlite_service: Service, clock: Clock) -> None:
    service = sqlite_service
    names = [f"Anna{chr(97 + k)}" for k in range(8)]
    known(service, *names)
    for name in names[:6]:
        mark(service, HEALTH, name)
    year = a_year_on(clock)
    kept = compared(service, year)
    with pytest.raises(RuleBroken, match="have been compared"):
        compared(service, year)
    with pytest.raises(RuleBroken, match="that is over"):
        compared(service, Year(year.after))
    assert compared(service, year, reason="A referral was entered late.").number == 2
    for email, refusal in ((LEAD, NotPermitted), (POLICE, NotPermitted), (OTHER_LEAD, NotPermitted)):
        with people.working(service, email) as work, pytest.raises(refusal):
            lists.compare_lists(work, borough_gss=HACKNEY, last_month=year.last_month)
    for email in (OTHER_LEAD, POLICE):
        with people.working(service, email, reading=True) as work, pytest.raises(NotFound):
            lists.open_opinion(work, kept.id)
    with people.working(service, LEAD, reading=True) as work:
        found = lists.open_opinion(work, kept.id)
        assert isinstance(found, lists.Opinion)
        assert len(lists.opinions(work)) == 2
    assert found.release is not None
    assert all(value is not None and value % 5 == 0 for _, value in found.release)
    assert found.method == "Chapman"
    assert found.total is not None
    assert found.total % 5 == 0
    assert kept.body.counts == {"11": 6, "10": 2}


def test_nobody_to_compare_is_refused(sqlite_service: Service, clock: Clock) -> None:
    with pytest.raises(RuleBroken, match="Fewer than two lists"):
        compared(sqlite_service, a_year_on(clock))


def brought_in(service: Service, year: Year | None, *, synthetic: bool = True) -> EstimateData:
    with people.working(service, MANAGER) as work:
        return commands.import_data(
            work,
            borough_gss=HACKNEY,
            uploads=estimate_files(synthetic=synthetic),
            count_until=year.last_month if year else None,
        )


def test_a_number_counted_here_is_exact_inside_and_protected_outside(service: Service, clock: Clock) -> None:
    known(service, *[f"Anna{chr(97 + k)}" for k in range(12)])
    year = a_year_on(clock)
    data = brought_in(service, year)
    with people.working(service, MANAGER) as work:
        data = queries.open_data(work, data.id)
        inputs = queries.inputs_of(data)
        assert inputs.identified[inputs.areas.index(HACKNEY)] == 12
        anchors = proposal(work, data).codes
        assert anchors is not None
        assert HACKNEY in anchors
        run = commands.make_estimate(work, data, anchors=anchors, reason="As proposed.", draws=100)
    with people.working(service, LEAD, reading=True) as work:
        opened = queries.open_estimate(work, FOLDER, run.id)
    own = next(row for row in opened.found.rows if row.code == HACKNEY)
    assert opened.found.protected
    assert own.identified in {10, 15}
    assert "Partly synthetic" in opened.found.warning
    series = next(each for each in opened.series if each.name == "identified in Hackney")
    assert series.period == year.words
    assert "This tracker" in series.source


def test_taking_the_number_again_shows_the_same(sqlite_service: Service, clock: Clock) -> None:
    known(sqlite_service, "Amy", "Bea", "Cleo")
    year = a_year_on(clock)
    shown = {brought_in(sqlite_service, year, synthetic=flag).body.counted[0].shown for flag in (True, False)}
    assert len(shown) == 1
    with pytest.raises(RuleBroken, match="that are over"):
        brought_in(sqlite_service, Year(year.after))


def test_a_small_number_counted_here_is_no_anchor(sqlite_service: Service, clock: Clock) -> None:
    known(sqlite_service, "Amy", "Bea", "Cleo")
    data = brought_in(sqlite_service, a_year_on(clock))
    with people.working(sqlite_service, MANAGER) as work:
        data = queries.open_data(work, data.id)
        found = proposal(work, data)
        assert found.codes is not None
        assert HACKNEY not in found.codes
        assert found.too_small == (HACKNEY,)
        with pytest.raises(RuleBroken, match="below ten"):
            commands.make_estimate(work, data, anchors=(*found.codes, HACKNEY), reason="Because.")
        commands.make_estimate(work, data, anchors=found.codes, reason="As proposed.", draws=100)


def test_a_number_is_put_into_its_row_or_a_new_one() -> None:
    counted = Counted("E2", date(2026, 10, 1), 14, 15)
    texts = {"identified": "gss_code,area,identified,data_reliable\nE1,One,3,yes\nE2,Two,some,no\n"}
    assert own_numbers.put_into(texts, counted)["identified"].splitlines()[1:] == ["E1,One,3,yes", "E2,Two,14,yes"]
    assert own_numbers.put_into({}, counted)["identified"] == "gss_code,identified,data_reliable\nE2,14,yes\n"
    added = own_numbers.put_into({"identified": "gss_code,identified\nE1,3\n"}, counted)
    assert added["identified"].splitlines()[-1] == "E2,14"


def test_a_review_here_counts_before_the_survey_and_somebody_else_decides(sqlite_service: Service) -> None:
    data = brought_in(sqlite_service, None)
    said = dict.fromkeys(SIGNS, "Minutes of the board")

    def review(email: str, yes: int) -> None:
        answers = {sign: place < yes for place, sign in enumerate(SIGNS)}
        with people.working(sqlite_service, email) as work:
            commands.review_proactivity(work, borough_gss=HACKNEY, year=2026, answers=answers, evidence=said)

    review(MANAGER, 5)
    with people.working(sqlite_service, MANAGER) as work:
        data = queries.open_data(work, data.id)
        found = proposal(work, data)
        assert found.codes is not None
        assert HACKNEY not in found.codes
        assert (found.reviewed[HACKNEY].score, found.reviewed[HACKNEY].group) == (5, "developing")
    review(MANAGER, 8)
    with people.working(sqlite_service, MANAGER) as work:
        data = queries.open_data(work, data.id)
        anchors = proposal(work, data).codes or ()
        assert HACKNEY in anchors
        with pytest.raises(RuleBroken, match="somebody else has to decide"):
            commands.make_estimate(work, data, anchors=anchors, reason="Because.")
    review(LEAD, 8)
    with people.working(sqlite_service, MANAGER) as work:
        commands.make_estimate(work, queries.open_data(work, data.id), anchors=anchors, reason="Because.", draws=100)


def test_a_lead_officer_answers_and_a_training_becomes_evidence(service: Service) -> None:
    data = brought_in(service, None)
    with people.working(service, MANAGER) as work:
        found = queries.open_data(work, data.id)
        made = commands.make_estimate(work, found, anchors=proposal(work, found).codes or (), reason="So.", draws=100)
        with pytest.raises(NotPermitted):
            commands.answer_estimate(work, made, looks="right", why="")
    with people.working(service, LEAD) as work:
        run = queries.open_estimate(work, FOLDER, made.id).made
        assert run is not None
        with pytest.raises(RuleBroken, match="Enter why"):
            commands.answer_estimate(work, run, looks="low", why=" ")
        with pytest.raises(RuleBroken, match="Select whether"):
            commands.answer_estimate(work, run, looks="odd", why="")
        commands.answer_estimate(work, run, looks="low", why="Two schools do not refer yet.")
        commands.answer_estimate(work, run, looks="right", why="")
        assert [(each.looks, each.by) for each in queries.answers(work, run)] == [("About right", "Ruth Okafor")]
        with pytest.raises(RuleBroken, match="held already"):
            commands.record_training(work, borough_gss=HACKNEY, held_on=date(2099, 1, 1), about="Signs", services="")
        commands.record_training(work, borough_gss=HACKNEY, held_on=work.now.date(), about="Signs", services="schools")


@pytest.mark.parametrize("services", [2, 3])
@pytest.mark.parametrize("kept_as", ["now", "before"])
def test_what_is_told_follows_from_the_release_alone(
    sqlite_service: Service, clock: Clock, services: int, kept_as: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = {pattern: 2 + k for k, pattern in enumerate(product((1, 0), repeat=services)) if any(pattern)}
    names = ("Police", "Health", "Education")[:services]
    monkeypatch.setattr(counting, "patterns", lambda *_: (names, counted))
    kept = compared(sqlite_service, a_year_on(clock))
    with people.working(sqlite_service, LEAD) as work:
        lists.open_opinion(work, kept.id)
        row = work.session.get_one(ListsCompared, kept.id)
        body = row.body
        assert len(body.lists) == services
        every = [pattern for pattern in product((1, 0), repeat=services) if any(pattern)]
        exact = {each: body.counts.get("".join(map(str, each)), 0) for each in every}
        release = from_stored(body.release or {})
        rounded = {each: release.number(lists.pattern_key(body.lists, each)) for each in every}
        assert rounded != exact
        shown = lists.as_shown(row)
        assert isinstance(shown, lists.Opinion)
        if kept_as == "before":
            row.body = replace(body, opinion=lists.answered(body.lists, exact, draws=20, seed=body.seed))
        told_again = lists.as_shown(row)
        assert isinstance(told_again, lists.Opinion)
        assert replace(told_again, kept=row) == replace(shown, kept=row)
        row.body = replace(body, opinion=lists.answered(body.lists, rounded, draws=20, seed=body.seed))
        told_again = lists.as_shown(row)
        assert isinstance(told_again, lists.Opinion)
        assert replace(told_again, kept=row) == replace(shown, kept=row)


def test_nothing_is_told_of_an_old_one_without_protected_counts(sqlite_service: Service, clock: Clock) -> None:
    known(sqlite_service, *(f"Anna{chr(97 + k)}" for k in range(6)))
    for k in range(6):
        mark(sqlite_service, HEALTH, f"Anna{chr(97 + k)}")
    kept = compared(sqlite_service, a_year_on(clock))
    with people.working(sqlite_service, LEAD) as work:
        row = work.session.get_one(ListsCompared, kept.id)
        assert isinstance(lists.open_opinion(work, kept.id), lists.Opinion)
        row.body = replace(row.body, release=None, opinion=row.body.opinion | {"counts": "exact"})
        assert lists.open_opinion(work, kept.id) == lists.Withheld(row, Year(row.body.last_month))


@pytest.mark.parametrize(
    ("value", "shown"), [(3.2, 5), (24.9, 25), (52, 50), (84.2, 80), (254.3, 250), (11_418, 12_500)]
)
def test_totals_are_told_in_steps_of_a_tenth(value: float, shown: int) -> None:
    assert lists.told(value) == shown


def test_no_number_is_told_where_there_is_none() -> None:
    assert [lists.told(each) for each in (None, float("inf"), 1e300)] == [None, None, None]


def test_lists_that_share_too_few_give_a_lower_bound_alone(sqlite_service: Service, clock: Clock) -> None:
    for place, email in enumerate((POLICE, HEALTH) * 5):
        case = people.open_case(sqlite_service, email=email, first_name=f"Anna{chr(97 + place)}", born=BORN)
        people.certainty(sqlite_service, case)
    kept = compared(sqlite_service, a_year_on(clock))
    with people.working(sqlite_service, LEAD, reading=True) as work:
        found = lists.open_opinion(work, kept.id)
        assert isinstance(found, lists.Opinion)
    assert found.refusal == lists.TOO_FEW
    assert (found.total, found.low, found.high, found.bootstrap, found.candidates) == (None, None, None, "", ())
    assert found.bound >= 10
    assert "at least about" in found.sentence
    assert kept.body.opinion["chao"]["observed"] == 10
