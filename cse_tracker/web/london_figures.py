"""London month by month from the boroughs that signed, and the working figures of one borough, which stay inside."""

from datetime import date
from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from cse_tracker.access.decisions import scope
from cse_tracker.access.matrix import Permission
from cse_tracker.disclosure.model import CountTable, outside
from cse_tracker.identity import queries as identity
from cse_tracker.london import sub_region_of
from cse_tracker.statistics import agreements, london, working
from cse_tracker.statistics.london import London, SubRegion
from cse_tracker.statistics.periods import Period, month_of
from cse_tracker.statistics.wordings.numbered import today
from cse_tracker.web import tile_map
from cse_tracker.web.charts.svg import Telling
from cse_tracker.web.context import actor, work
from cse_tracker.web.downloads import csv_file
from cse_tracker.web.forms.answering import carried_out, status_of
from cse_tracker.web.forms.statistics import AgreementForm
from cse_tracker.web.statistics import month_named
from cse_tracker.work.errors import NotFound

bp = Blueprint("london_figures", __name__, url_prefix="/statistics")
BANDS: Final = (
    tile_map.Band(60, float("inf"), "60 or more"),
    tile_map.Band(30, 59, "30 to 59"),
    tile_map.Band(10, 29, "10 to 29"),
    tile_map.Band(0, 9, "Fewer than 10"),
)


@bp.get("/london")
def latest() -> ResponseReturnValue:
    """Show London in the month before this one."""
    return show(f"{month_of(work().now).before.first:%Y-%m}")


@bp.route("/london/<string(length=7):month>", methods=["GET", "POST"])
def show(month: str) -> ResponseReturnValue:
    """Show London in a month, and let a manager sign or end their borough's agreement."""
    first, form = month_named(month), AgreementForm()
    found = london.open_london(work(), first)
    if form.validate_on_submit() and carried_out(work(), form, lambda: _agreed(form)) is not None:
        flash("Recorded")
        return redirect(url_for("london_figures.show", month=month))
    managed = scope(actor(), Permission.STATISTICS_AGREE).boroughs
    page = render_template(
        "statistics/london.html",
        form=form,
        month=month,
        found=found,
        picture=_picture(found),
        purpose=agreements.PURPOSE,
        managed=[(each, agreements.standing(work(), each.gss)) for each in identity.boroughs(work(), managed)],
        **_compared(found, first),
    )
    return page, status_of(form)


def _agreed(form: AgreementForm) -> bool:
    gss = form.borough.data or ""
    if form.ending.data:
        agreements.end(work(), borough_gss=gss)
    else:
        agreements.sign(work(), borough_gss=gss, paper=form.paper.data or "")
    return True


def _compared(found: London, first: date) -> dict[str, object]:
    before = london.london_of(work(), Period(first).before.first)
    year = london.london_of(work(), first.replace(year=first.year - 1))
    was = {part.borough_gss: part.text for part in before.parts}
    was_then = {part.borough_gss: part.text for part in year.parts}
    earlier = {each.name: each for each in before.sub_regions}
    then = {each.name: each for each in year.sub_regions}
    return {
        "before": before,
        "year": year,
        "rows": [
            (part, was.get(part.borough_gss, "[x]"), was_then.get(part.borough_gss, "[x]")) for part in found.parts
        ],
        "sub_regions": [
            (each, _of_the_same(each, earlier.get(each.name)), _of_the_same(each, then.get(each.name)))
            for each in found.sub_regions
        ],
        # Two months are compared only where the same boroughs stand in both.
        "like": before.published == found.published,
        "like_year": year.published == found.published,
    }


def _of_the_same(now: SubRegion, other: SubRegion | None) -> str:
    """Give a sub-region's number in another month, if the same boroughs stand in both; else it compares nothing."""
    return other.text if other is not None and other.published == now.published else "[x]"


def _picture(found: London) -> Markup:
    values = {part.borough_gss: tile_map.Value(part.shown, part.text) for part in found.parts}
    told = "; ".join(f"{part.name} {part.text}" for part in found.parts) or "No borough has signed."
    key = tile_map.Key("Young people with an open case", BANDS, "Not signed, not published or hidden")
    title = f"Young people with an open case in each London borough, {found.period.name}"
    return tile_map.tile_map(Telling("map", title, told), values, key)


@bp.get("/london/<string(length=7):month>.csv")
def download(month: str) -> ResponseReturnValue:
    """Give London in a month as CSV: the published numbers, and nothing that was not published."""
    found = london.open_london(work(), month_named(month))
    rows = [(part.borough_gss, part.name, sub_region_of(part.borough_gss), part.text) for part in found.parts]
    added = [("", f"{each.name} London", each.name, each.text) for each in found.sub_regions]
    return csv_file(f"london-{month}.csv", ("Code", "Area", "Sub-region", "Young people"), [*rows, *added])


@bp.get("/<gss>/working-figures")
def as_it_stands(gss: str) -> ResponseReturnValue:
    """Show a borough's counts of the running month to its lead officers: unprotected, said so, and never in a file."""
    found = working.working(work(), gss)
    boroughs = identity.boroughs(work(), {gss})
    if not boroughs:
        raise NotFound
    return render_template(
        "statistics/working.html",
        found=found,
        borough=boroughs[0],
        tables=[(today().meaning_of(design, table.name), _lines(table)) for design, table in found.tables.items()],
    )


def _lines(table: CountTable) -> list[tuple[str, str, int]]:
    """Give what is counted, without categories in which nobody is: this page is for those who are."""
    others = {outside(category) for key in table.cells for _, category in key}
    lines = []
    for key, count in table.cells.items():
        if (count or not key) and not any(category in others for _, category in key):
            dimensions = ", ".join(today().headings.get(dimension, dimension) for dimension, _ in key)
            lines.append((dimensions or "All", ", ".join(category for _, category in key) or "All", count))
    return lines or [("All", "All", 0)]
