"""The estimate from the command line."""

import json
import sys
from pathlib import Path

import click

from cse_tracker.estimation import estimate as method
from cse_tracker.estimation import reading
from cse_tracker.estimation.problems import CannotEstimate, InputProblem
from cse_tracker.estimation.results import Estimate


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--anchors", help="Codes of the anchor areas, separated by commas; else from proactivity.csv.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures here.")
def estimate(directory: Path, anchors: str | None, json_file: Path | None) -> None:
    """Estimate how many young people are still unseen, by the multiple-indicator method, from DIRECTORY."""
    codes = [code.strip() for code in anchors.split(",") if code.strip()] if anchors is not None else None
    try:
        inputs = reading.read_directory(directory, anchors=codes)
        result = method.run(inputs)
    except (InputProblem, CannotEstimate) as problem:
        click.echo(f"cse-tracker estimate: {problem}", err=True)
        sys.exit(2)
    if json_file is not None:
        text = json.dumps(method.to_json(result), indent=2, ensure_ascii=False, allow_nan=False)
        try:
            json_file.write_text(text + "\n", encoding="utf-8")
        except OSError as problem:
            click.echo(f"cse-tracker estimate: {json_file.name} cannot be written: {problem.strerror}", err=True)
            sys.exit(2)
    click.echo(as_text(result))


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
        f"adjusted R-squared {result.regression.adjusted_r_squared:.3f}, KMO {result.kmo.overall:.3f}, "
        f"{len(result.anchors)} anchors"
    )
    lines.append("These would be identified if every area worked like the anchors; this is not prevalence.")
    return "\n".join(lines)
