"""Data come in whole or not at all, a person decides the anchors, and a run repeats to the last digit."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.estimates import commands, facts, queries
from cse_tracker.estimates.model import EstimateData, EstimateMade
from cse_tracker.estimates.proactivity import SIGNS, group, score
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.estimates.files import FOLDER, estimate_files, ods, xlsx
from tests.people import HACKNEY, LEAD, MANAGER, OTHER_LEAD, POLICE

ANCHORS = ("E09000007", "E09000011", "E09000012", "E09000014", "E09000019", "E09000021", "E09000024", "E09000029")


def brought_in(service: Service, uploads: dict[str, bytes] | None = None) -> EstimateData:
    with people.working(service, MANAGER) as work:
        return commands.import_data(work, borough_gss=HACKNEY, uploads=uploads or estimate_files())


def made(service: Service, data: EstimateData, **changes: object) -> EstimateMade:
    settings = {"anchors": ANCHORS, "reason": "As the survey proposes.", "draws": 200, **changes}
    with people.working(service, MANAGER) as work:
        found = queries.open_data(work, data.id)
        return commands.make_estimate(work, found, **settings)  # type: ignore[arg-type]


def test_a_run_repeats_to_the_last_digit_and_gives_the_printed_total(service: Service) -> None:
    run = made(service, brought_in(service))
    with people.working(service, LEAD, reading=True) as work:
        opened = queries.open_estimate(work, FOLDER, run.id)
        assert opened.repeats
        assert opened.made is not None
        assert round(opened.found.total.estimate) == 1002
        assert opened.found.study.estimate.anchors == ANCHORS
        assert opened.labels["lac"].startswith("Looked-after")
        assert {each.name for each in opened.series} >= {"population", "identified", "lac"}
        newest = queries.open_estimate(work, FOLDER)
        assert newest.made is not None
        assert newest.made.id == run.id


def test_a_changed_result_is_noticed(service: Service) -> None:
    run = made(service, brought_in(service))
    with people.working(service) as work:
        kept = work.session.get_one(EstimateMade, run.id)
        kept.body = replace(kept.body, result_sha256="0" * 64)
        kept.revision += 1
    with people.working(service, LEAD, reading=True) as work:
        assert not queries.open_estimate(work, FOLDER, run.id).repeats


def test_real_numbers_come_out_rounded_only(service: Service) -> None:
    run = made(service, brought_in(service, estimate_files(synthetic=False)))
    with people.working(service, MANAGER, reading=True) as work:
        found = queries.open_estimate(work, FOLDER, run.id).found
    assert found.protected
    assert all(row.identified is None or row.identified % 5 == 0 for row in found.rows)


@pytest.mark.parametrize("book", [xlsx, ods])
def test_a_workbook_is_the_same_as_its_files(
    sqlite_service: Service, book: Callable[[dict[str, bytes]], bytes]
) -> None:
    first = made(sqlite_service, brought_in(sqlite_service))
    kind = "xlsx" if book is xlsx else "ods"
    second = made(sqlite_service, brought_in(sqlite_service, {f"figures.{kind}": book(estimate_files())}))
    with people.working(sqlite_service, reading=True) as work:
        hashes = {work.session.get_one(EstimateMade, run.id).body.result_sha256 for run in (first, second)}
        assert len(hashes) == 1
        assert [row.number for row in work.session.scalars(select(EstimateData).order_by(EstimateData.number))] == [
            1,
            2,
        ]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("indicators.csv", "E09000002,Barking and Dagenham,missing,2004,298", "E09000002,B,missing,2004,many",
         "indicators.csv, row 2, column value: 'many' is not a number"),
        ("population.csv", "22138", "0", "population.csv, row 2, column population"),
        ("identified.csv", "E09000002,Barking and Dagenham,2003,10", "E09000099,Nowhere,2003,10",
         "E09000099 is not an area"),
        ("series.csv", "population,mid-2003", "people,mid-2003", "there is no row for population"),
        ("series.csv", "identified,2003,made up", "identified,2003,", "column source: the cell is blank"),
    ],
)  # fmt: skip
def test_data_that_cannot_be_used_are_refused_by_place_and_nothing_is_kept(
    sqlite_service: Service, file: str, old: str, new: str, message: str
) -> None:
    files = estimate_files()
    assert old in files[file].decode()
    files[file] = files[file].decode().replace(old, new, 1).encode()
    with pytest.raises(RuleBroken) as refused:
        brought_in(sqlite_service, files)
    assert message in refused.value.message
    assert refused.value.field == "files"
    with people.working(sqlite_service, reading=True) as work:
        assert work.session.scalars(select(EstimateData)).all() == []


@pytest.mark.parametrize(
    ("uploads", "message"),
    [
        ({}, "Choose the files"),
        ({"figures.pdf": b"%PDF"}, "neither CSV, XLSX nor ODS"),
        ({"figures.xlsx": b"not a workbook"}, "the workbook cannot be opened"),
        ({"notes.csv": b"a,b\n"}, "the name is none of"),
        ({"indicators.csv": b"\xff\xfe"}, "not valid UTF-8"),
        ({"indicators.csv": b"gss_code,indicator,value\n"}, "population.csv: the table is missing"),
    ],
)
def test_other_uploads_are_refused(sqlite_service: Service, uploads: dict[str, bytes], message: str) -> None:
    with people.working(sqlite_service, MANAGER) as work, pytest.raises(RuleBroken, match=message):
        commands.import_data(work, borough_gss=HACKNEY, uploads=uploads)


def test_a_borough_does_not_choose_its_own_part(sqlite_service: Service) -> None:
    data = brought_in(sqlite_service)
    with pytest.raises(RuleBroken, match="does not choose its own part"):
        made(sqlite_service, data, anchors=tuple(code for code in ANCHORS if code != HACKNEY))
    with pytest.raises(RuleBroken, match="Enter why"):
        made(sqlite_service, data, reason="  ")
    with pytest.raises(RuleBroken, match="is not an area"):
        made(sqlite_service, data, anchors=(*ANCHORS, "E1"))
    other = made(sqlite_service, data, anchors=ANCHORS[1:], reason="Camden’s numbers changed.")
    assert other.number == 1


def test_who_may_do_what(sqlite_service: Service) -> None:
    data = brought_in(sqlite_service)
    run = made(sqlite_service, data)
    for email, refusal in ((LEAD, NotPermitted), (OTHER_LEAD, NotPermitted), (POLICE, NotPermitted)):
        with people.working(sqlite_service, email) as work, pytest.raises(refusal):
            commands.import_data(work, borough_gss=HACKNEY, uploads=estimate_files())
    for email in (OTHER_LEAD, POLICE):
        with people.working(sqlite_service, email, reading=True) as work, pytest.raises(NotFound):
            queries.open_estimate(work, FOLDER, run.id)
    with people.working(sqlite_service, OTHER_LEAD, reading=True) as work:
        assert queries.versions(work) == []
        assert queries.open_estimate(work, FOLDER).made is None


def answers(yes: int) -> dict[str, bool]:
    return {sign: place < yes for place, sign in enumerate(SIGNS)}


def test_a_review_needs_evidence_for_a_yes_and_the_newest_counts(service: Service) -> None:
    said = dict.fromkeys(SIGNS, "Minutes of the board")
    with people.working(service, MANAGER) as work:
        commands.review_proactivity(work, borough_gss=HACKNEY, year=2026, answers=answers(6), evidence=said)
        commands.review_proactivity(work, borough_gss=HACKNEY, year=2026, answers=answers(8), evidence=said)
        with pytest.raises(RuleBroken, match="evidence"):
            commands.review_proactivity(work, borough_gss=HACKNEY, year=2026, answers=answers(1), evidence={})
        with pytest.raises(RuleBroken, match="year"):
            commands.review_proactivity(work, borough_gss=HACKNEY, year=1900, answers=answers(0), evidence={})
    with people.working(service, LEAD, reading=True) as work:
        found = queries.latest_review(work, HACKNEY, 2026)
        assert found is not None
        assert (found.number, score(found.body.answers)) == (2, 8)
        assert queries.latest_review(work, HACKNEY, 2025) is None


def test_the_groups_are_those_of_the_demo() -> None:
    with (Path(FOLDER) / "proactivity.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["score"]:
                said = {sign: row[sign] == "yes" for sign in SIGNS}
                assert score(said) == int(row["score"])
                assert group(score(said)) == row["group"], row["gss_code"]


def test_what_the_service_knows_is_told_without_counts(service: Service) -> None:
    people.open_case(service)
    with people.working(service, MANAGER, reading=True) as work:
        told = facts.known_facts(work, HACKNEY)
    assert set(told) <= set(SIGNS)
    assert "is in force" in told["protocol_active_use"].evidence
    assert not any(character.isdigit() for character in told["knows_indicated_numbers"].evidence)
    assert "Too few meetings" in told["police_involvement_sought"].evidence
    assert told["police_involvement_sought"].answer is None
    assert told["lead_postholder"].answer is True
    assert told["training_organised"].answer is None
