"""Brings data in, runs the method on it, and records how actively a borough looks."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final, TypeVar

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.estimates import events, own_numbers
from cse_tracker.estimates.model import (
    AnswerBody,
    Counted,
    DataBody,
    EstimateAnswer,
    EstimateData,
    EstimateMade,
    ProactivityReview,
    ReviewBody,
    RunBody,
    Training,
    TrainingBody,
)
from cse_tracker.estimates.proactivity import SIGNS, score
from cse_tracker.estimates.proposing import proposal
from cse_tracker.estimates.queries import studied
from cse_tracker.estimates.rules import LOOKS, result_hash
from cse_tracker.estimates.years import finished
from cse_tracker.estimation import sheets
from cse_tracker.estimation.problems import CannotEstimate, InputProblem
from cse_tracker.estimation.reading import put_together
from cse_tracker.estimation.resampling import DRAWS, SEED
from cse_tracker.records.keys import new_compartment
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

_YEARS: Final = range(2000, 2101)
R = TypeVar("R", EstimateData, EstimateMade)


def import_data(
    work: Work, *, borough_gss: str, uploads: Mapping[str, bytes], note: str = "", count_until: date | None = None
) -> EstimateData:
    """Keep a version of the data; raises RuleBroken with file, row and column for whatever cannot be used.

    With `count_until`, the first day of the last of twelve finished months, the borough's number identified is counted
    in the tracker and stands in place of one that was given.
    """
    require(work.actor, Permission.ESTIMATE_PREPARE, Subject(borough_gss=borough_gss))
    if not uploads:
        raise RuleBroken("no_files", "Choose the files to bring in", field="files")
    counted = _counted(work, borough_gss, count_until)
    try:
        texts = sheets.texts_from(uploads)
        for each in counted:
            texts = own_numbers.put_into(texts, each)
        tables = sheets.tables_from(texts)
        inputs = put_together(tables, anchors=None if tables.survey is not None else ())
        sheets.series_from(texts, inputs.indicators)
    except InputProblem as problem:
        raise RuleBroken("data_unreadable", str(problem), field="files") from None
    data = EstimateData(
        borough_gss=borough_gss,
        number=_next(work, EstimateData, borough_gss),
        imported_on=work.now.date(),
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    data.body = DataBody(
        texts=texts, note=note.strip(), imported_at=work.now, imported_by=work.actor.user_id, counted=counted
    )
    work.session.add(data)
    work.session.flush()
    work.record(
        events.EstimateDataImported(
            subject_id=data.id, borough_gss=borough_gss, number=data.number, counted=len(counted)
        )
    )
    return data


def _counted(work: Work, borough_gss: str, until: date | None) -> tuple[Counted, ...]:
    if until is None:
        return ()
    year = next((each for each in finished(work.now) if each.last_month == until), None)
    if year is None:
        raise RuleBroken("year", "Select twelve months that are over", field="count_until")
    return (own_numbers.count(work, borough_gss, year),)


def make_estimate(
    work: Work, data: EstimateData, *, anchors: Collection[str], reason: str, draws: int = DRAWS, seed: int = SEED
) -> EstimateMade:
    """Run the method with the anchors that somebody decided, and keep what makes the run repeat.

    Raises RuleBroken where no reason is given, the borough would choose its own part among the anchors, or the method
    has no answer.
    """
    require(work.actor, Permission.ESTIMATE_PREPARE, data)
    if not reason.strip():
        raise RuleBroken("reason_missing", "Enter why these are the anchors", field="reason")
    _check_own_part(work, data, anchors)
    chosen = tuple(sorted(set(anchors)))
    try:
        found = studied(data, chosen, draws=draws, seed=seed)
    except (InputProblem, CannotEstimate) as problem:
        raise RuleBroken("no_estimate", str(problem), field="anchors") from None
    made = EstimateMade(
        borough_gss=data.borough_gss,
        data_id=data.id,
        number=_next(work, EstimateMade, data.borough_gss),
        made_on=work.now.date(),
        compartment_id=new_compartment(work.session, "borough", data.borough_gss),
    )
    made.body = RunBody(
        anchors=chosen,
        reason=reason.strip(),
        draws=draws,
        seed=seed,
        inputs_sha256=found.record.inputs_sha256,
        result_sha256=result_hash(found),
        versions=dict(found.record.versions),
        made_at=work.now,
        made_by=work.actor.user_id,
    )
    work.session.add(made)
    work.session.flush()
    work.record(
        events.EstimateRun(subject_id=made.id, borough_gss=made.borough_gss, number=made.number, anchors=len(chosen))
    )
    return made


def _check_own_part(work: Work, data: EstimateData, anchors: Collection[str]) -> None:
    proposed = proposal(work, data)
    if small := [code for code in anchors if code in proposed.too_small]:
        message = "A number counted here that is below ten cannot be an anchor: the line through it would give it away"
        raise RuleBroken("small_anchor", f"{message} ({', '.join(small)})", field="anchors")
    own = data.borough_gss
    if proposed.codes is not None and (own in anchors) != (own in proposed.codes):
        message = "A borough does not choose its own part: leave your own borough as it is proposed"
        raise RuleBroken("own_anchor", message, field="anchors")
    review = proposed.reviewed.get(own)
    if review and own in anchors and review.review.body.reviewed_by == work.actor.user_id:
        message = "Your own review makes your borough an anchor, so somebody else has to decide the anchors"
        raise RuleBroken("own_review", message, field="anchors")


def review_proactivity(
    work: Work, *, borough_gss: str, year: int, answers: Mapping[str, bool], evidence: Mapping[str, str]
) -> ProactivityReview:
    """Record the nine answers of a year. A yes without evidence is refused: nobody scores themselves on their word."""
    require(work.actor, Permission.PROACTIVITY_REVIEW, Subject(borough_gss=borough_gss))
    if year not in _YEARS:
        raise RuleBroken("year", "Enter a year between 2000 and 2100", field="year")
    for sign in SIGNS:
        if sign not in answers:
            raise RuleBroken("unanswered", f"Select yes or no: {SIGNS[sign]}", field=sign)
        if answers[sign] and not evidence.get(sign, "").strip():
            raise RuleBroken("no_evidence", "Enter the evidence for this yes", field=f"{sign}_evidence")
    last = work.session.scalar(
        select(func.max(ProactivityReview.number)).where(
            ProactivityReview.borough_gss == borough_gss, ProactivityReview.year == year
        )
    )
    review = ProactivityReview(
        borough_gss=borough_gss,
        year=year,
        number=(last or 0) + 1,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    review.body = ReviewBody(
        answers={sign: answers[sign] for sign in SIGNS},
        evidence={sign: evidence.get(sign, "").strip() for sign in SIGNS},
        reviewed_at=work.now,
        reviewed_by=work.actor.user_id,
    )
    work.session.add(review)
    work.session.flush()
    work.record(
        events.ProactivityReviewed(
            subject_id=review.id, borough_gss=borough_gss, year=year, score=score(review.body.answers)
        )
    )
    return review


def answer_estimate(work: Work, made: EstimateMade, *, looks: str, why: str) -> EstimateAnswer:
    """Record whether the estimate looks right to a lead officer; "too high" and "too low" need their reason."""
    require(work.actor, Permission.ESTIMATE_ANSWER, made)
    if looks not in LOOKS:
        raise RuleBroken("looks", "Select whether the estimate looks right", field="looks")
    if looks in {"low", "high"} and not why.strip():
        raise RuleBroken("why", "Enter why it looks wrong to you", field="why")
    last = work.session.scalar(select(func.max(EstimateAnswer.number)).where(EstimateAnswer.run_id == made.id))
    answer = EstimateAnswer(
        borough_gss=made.borough_gss,
        run_id=made.id,
        number=(last or 0) + 1,
        compartment_id=new_compartment(work.session, "borough", made.borough_gss),
    )
    answer.body = AnswerBody(looks, why.strip(), work.now, work.actor.user_id)
    work.session.add(answer)
    work.session.flush()
    work.record(events.EstimateAnswered(subject_id=made.id, borough_gss=made.borough_gss, answer_id=answer.id))
    return answer


def record_training(work: Work, *, borough_gss: str, held_on: date, about: str, services: str) -> Training:
    """Record a training that was held: evidence for the review of how actively the borough looks."""
    require(work.actor, Permission.PROACTIVITY_REVIEW, Subject(borough_gss=borough_gss))
    if held_on > work.now.date():
        raise RuleBroken("held_on", "The training must have been held already", field="held_on")
    if not about.strip():
        raise RuleBroken("about", "Enter what the training was about", field="about")
    training = Training(borough_gss=borough_gss, compartment_id=new_compartment(work.session, "borough", borough_gss))
    training.body = TrainingBody(held_on, about.strip(), services.strip(), work.now, work.actor.user_id)
    work.session.add(training)
    work.session.flush()
    work.record(events.TrainingRecorded(subject_id=training.id, borough_gss=borough_gss))
    return training


def _next(work: Work, kind: type[R], borough_gss: str) -> int:
    last = work.session.scalar(select(func.max(kind.number)).where(kind.borough_gss == borough_gss))
    return (last or 0) + 1
