"""The estimate from the command line."""

import json
import sys
from pathlib import Path

import click

from cse_tracker.estimation import reading, resampling
from cse_tracker.estimation.bands import REPORT, bands_read
from cse_tracker.estimation.problems import CannotEstimate, InputProblem
from cse_tracker.estimation.results import Estimate
from cse_tracker.estimation.study import Settings, Study, study
from cse_tracker.estimation.study_as_json import study_to_json

_ANCHORS = "Codes of the anchor areas, separated by commas; else from proactivity.csv."
_BANDS = "Bands with the smallest number of each, highest first, such as High=41,Medium=31,Moderate=21,Low."
_DRAWS = click.IntRange(0, 100_000)
_SEEDS = click.IntRange(0, 2**63 - 1)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--anchors", help=_ANCHORS)
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures here.")
@click.option("--bands", help=_BANDS)
@click.option(
    "--draws", type=_DRAWS, default=resampling.DRAWS, show_default=True, help="Draws of the bootstrap; 0: none."
)
@click.option("--seed", type=_SEEDS, default=resampling.SEED, show_default=True, help="Seed of the bootstrap.")
def estimate(
    directory: Path, anchors: str | None, json_file: Path | None, bands: str | None, draws: int, seed: int
) -> None:
    """Estimate how many young people are still unseen, by the multiple-indicator method, from DIRECTORY."""
    codes = [code.strip() for code in anchors.split(",") if code.strip()] if anchors is not None else None
    try:
        settings = Settings(draws, seed, bands_read(bands) if bands is not None else REPORT)
        found = study(reading.read_directory(directory, anchors=codes), settings)
    except (InputProblem, CannotEstimate) as problem:
        click.echo(f"cse-tracker estimate: {problem}", err=True)
        sys.exit(2)
    if json_file is not None:
        write_json(json_file, study_to_json(found), "estimate")
    click.echo(as_text(found.estimate))
    for line in how_sure(found):
        click.echo(line)


def write_json(file: Path, document: object, command: str) -> None:
    """Write the document as strict JSON; ends the program with status 2 where it cannot."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as problem:
        click.echo(f"cse-tracker {command}: {file.name} cannot be written: {problem.strerror}", err=True)
        sys.exit(2)


def how_sure(found: Study) -> list[str]:
    """What a reader of the table must know besides, a line each."""
    lines = []
    if found.bootstrap:
        low, _, high = found.bootstrap.total
        lines.append(
            f"with other areas and anchors drawn from these, 95 of 100 totals lie from {low:.0f} to {high:.0f}"
        )
    totals = [each.total for each in found.sensitivity.anchors if each.total is not None]
    if totals:
        lines.append(f"with one anchor left out the total lies from {min(totals):.0f} to {max(totals):.0f}")
    for name, model in (("Poisson", found.counts.poisson), ("negative binomial", found.counts.negative_binomial)):
        if model is not None:
            total, low, high = model.total
            lines.append(f"the {name} model gives {total:.0f} ({low:.0f} to {high:.0f})")
    return lines + [f"note: {caution.sentence}" for caution in found.cautions]


def as_text(result: Estimate) -> str:
    """Write the estimate as a table for the terminal."""
    lines = ["SYNTHETIC DEMO DATA: these figures say nothing about any real borough."] if result.synthetic else []
    lines.append(f"{'area':<26}{'estimate':>9}{'likely range':>16}  {'band':<9}{'identified':>10}")
    for area in sorted(result.estimates, key=lambda each: -each.estimate):
        shown = area.floored()
        known = "not known" if area.identified is None else f"{area.identified:.0f}"
        likely = f"{shown.pi_low:.0f} to {shown.pi_high:.0f}"
        flags = (" anchor" if area.anchor else "") + (" outside the anchors' range" if area.extrapolated else "")
        name = (area.name or area.gss_code)[:25]
        lines.append(f"{name:<26}{shown.estimate:>9.0f}{likely:>16}  {area.band:<9}{known:>10}{flags}")
    total = result.total.floored()
    lines.append(f"{'total':<26}{total.estimate:>9.0f}{f'{total.ci_low:.0f} to {total.ci_high:.0f}':>16}")
    lines.extend(f"left out: {area.gss_code}, {area.reason}" for area in result.left_out)
    lines.append(
        f"adjusted R-squared {_figure(result.regression.adjusted_r_squared)}, KMO {_figure(result.kmo.overall)}, "
        f"{len(result.anchors)} anchors"
    )
    lines.append("These would be identified if every area worked like the anchors; this is not prevalence.")
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3f}"
