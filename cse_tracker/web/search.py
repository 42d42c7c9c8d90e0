"""The search page. What was typed travels in the body of the request alone: never in an address, a title or a log."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cse_tracker.identity import queries as identity
from cse_tracker.matching import queries as matching
from cse_tracker.search import queries
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import carried_out, status_of
from cse_tracker.web.forms.fields import options
from cse_tracker.web.forms.search import SearchForm

bp = Blueprint("search", __name__, url_prefix="/search")


@bp.route("/", methods=["GET", "POST"])
def find() -> ResponseReturnValue:
    """Search among the young people whom the actor may see."""
    allowed = queries.boroughs_to_search(work())
    boroughs = identity.boroughs(work(), allowed)
    form = SearchForm()
    form.borough.choices = options([("", "All my boroughs"), *((each.gss, each.name) for each in boroughs)])
    results = None
    if form.validate_on_submit():
        typed, borough = form.typed.data, form.borough.data or ""
        results = carried_out(work(), form, lambda: queries.find(work(), typed, borough_gss=borough))
    page = render_template(
        "search/find.html",
        form=form,
        results=results,
        boroughs={each.gss: each.name for each in boroughs},
        waiting=matching.waiting(work()),
        today=work().today,
    )
    return page, status_of(form)
