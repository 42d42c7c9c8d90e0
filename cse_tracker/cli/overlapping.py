"""The second opinion from the command line."""

import sys
from pathlib import Path

import click

from cse_tracker.cli.estimating import write_json
from cse_tracker.estimation.problems import CannotEstimate, InputProblem
from cse_tracker.estimation.systems import resampled
from cse_tracker.estimation.systems.as_json import opinion_to_json
from cse_tracker.estimation.systems.choosing import THRESHOLD
from cse_tracker.estimation.systems.opinion import Asked, SecondOpinion, second_opinion
from cse_tracker.estimation.systems.reading import read_overlaps

_INTERACTIONS = "Interactions to fit, such as police:health,police:school; else the stepwise rule. Blank: none."
_DESPITE = "Fit a model although the overlaps are too few for one; the answer says so."


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures here.")
@click.option("--interactions", help=_INTERACTIONS)
@click.option("--threshold", type=click.FloatRange(0, 1), default=THRESHOLD, show_default=True, help="Of the rule.")
@click.option("--draws", type=click.IntRange(0, 100_000), default=resampled.DRAWS, show_default=True, help="0: none.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=resampled.SEED, show_default=True)
@click.option("--despite-few-overlaps", is_flag=True, help=_DESPITE)
def mse(
    file: Path,
    json_file: Path | None,
    interactions: str | None,
    threshold: float,
    draws: int,
    seed: int,
    *,
    despite_few_overlaps: bool,
) -> None:
    """Estimate how many young people are on no list, from FILE: columns of 0 and 1 by list, and `count`."""
    chosen = None
    if interactions is not None:
        chosen = tuple(
            tuple(word.strip() for word in term.split(":")) for term in interactions.split(",") if term.strip()
        )
    try:
        data, notes = read_overlaps(file)
        found = second_opinion(data, Asked(chosen, threshold, draws, seed, despite_few_overlaps), notes)
    except (InputProblem, CannotEstimate) as problem:
        click.echo(f"cse-tracker mse: {problem}", err=True)
        sys.exit(2)
    if json_file is not None:
        write_json(json_file, opinion_to_json(found), "mse")
    for line in as_text(found):
        click.echo(line)


def as_text(found: SecondOpinion) -> list[str]:
    """What the terminal shows, a line each."""
    data = found.data
    lines = [f"{data.observed:,.0f} young people stand on at least one of {len(data.lists)} lists"]
    if found.total is None or found.low is None or found.high is None:
        bound = found.bound
        lines.append(f"No estimate: {found.refusal}")
        lines.append(f"Chao's lower bound: at least {bound.total:,.0f} ({bound.low:,.0f} to {bound.high:,.0f})")
    else:
        how = "Chapman" if found.chapman else "log-linear"
        lines.append(f"estimated in all: {found.total:,.0f} ({found.low:,.0f} to {found.high:,.0f}), {how}")
    if found.model is not None:
        terms = ", ".join(data.name(term) for term in found.model.terms) or "none"
        lines.append(f"interactions: {terms}")
    if found.bootstrap is not None:
        limits = found.bootstrap
        lines.append(f"bootstrap, the choice of model included: {limits.low:,.0f} to {limits.high:,.0f}")
    if found.choice is not None:
        choice = found.choice
        lines.append(f"models about as good give {choice.least:,.0f} to {choice.most:,.0f} ({choice.tried} tried)")
    return lines + [f"note: {caution}" for caution in found.cautions]
