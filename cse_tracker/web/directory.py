"""The pages of the service directory: find, keep up, close, bring in and hand out."""

from io import BytesIO
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from cse_tracker.access.decisions import permits, require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.directory import commands, queries
from cse_tracker.directory.rules import DirectoryRefused
from cse_tracker.hsds.reading import Unreadable, read
from cse_tracker.hsds.writing import write
from cse_tracker.identity import queries as identity
from cse_tracker.web.context import actor, work
from cse_tracker.web.forms.answering import carried_out, done, status_of
from cse_tracker.web.forms.directory import LoadForm, ServiceForm
from cse_tracker.web.forms.fields import options
from cse_tracker.web.forms.outbound import SearchForm
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import NotFound

bp = Blueprint("directory", __name__, url_prefix="/directory")
MOST_PROBLEMS: Final = 50


@bp.get("/")
def listing() -> ResponseReturnValue:
    """Find services."""
    require(actor(), Permission.SERVICE_VIEW, Subject())
    form = SearchForm(request.args)
    boroughs = identity.boroughs(work())
    form.borough.choices = options([("", "Any"), *((each.gss, each.name) for each in boroughs)])
    valid = not request.args or form.validate()
    found = queries.search(work(), form.search()) if valid else []
    page = render_template(
        "directory/listing.html",
        form=form,
        found=found,
        names={each.gss: each.name for each in boroughs},
        leads=actor().boroughs_as(Role.LEAD_OFFICER),
        keeps=_own_agencies(),
    )
    return page, 200 if valid else 422


def _own_agencies() -> list[tuple[str, str]]:
    """Give for which agencies the actor may enter services: their own; as a lead officer, those without accounts."""
    if actor().boroughs_as(Role.LEAD_OFFICER):
        found = [each for each in identity.agencies(work()).values() if each.closed_at is None]
        return [(str(each.id), each.name) for each in found if not identity.reachable(work(), each.id)]
    agency_id = actor().agency_id
    return [(str(agency_id), identity.agency(work(), agency_id).name)] if agency_id else []


@bp.get("/<uuid:service_id>")
def show(service_id: UUID) -> ResponseReturnValue:
    """Show one service."""
    found = queries.open_service(work(), service_id)
    names = {each.gss: each.name for each in identity.boroughs(work())}
    return render_template(
        "directory/show.html",
        found=found,
        names=names,
        keeps=permits(actor(), Permission.SERVICE_KEEP, found.service),
        close_form=FlaskForm(),
    )


def _choices(form: ServiceForm) -> None:
    boroughs = options([(each.gss, each.name) for each in identity.boroughs(work())])
    form.covers.choices = form.commissioned_by.choices = boroughs


@bp.route("/new", methods=["GET", "POST"])
def enter() -> ResponseReturnValue:
    """Enter a service."""
    require(actor(), Permission.SERVICE_VIEW, Subject())
    form = ServiceForm()
    _choices(form)
    form.agency.choices = options([("", "Select an agency"), *_own_agencies()])
    if not form.is_submitted():
        form.begin()
        form.serves.data, form.capacity.data = "everyone", "open"
    if form.validate_on_submit():
        if not form.agency.data:
            form.agency.errors = ["Select the agency that runs it"]
        else:
            agency = identity.agency(work(), UUID(form.agency.data))
            made = carried_out(
                work(), form, lambda: commands.enter(work(), agency, form.entry(), service_id=form.thing_id(NotFound))
            )
            if made is not None:
                flash("The service is in the directory")
                return redirect(url_for("directory.show", service_id=made.id))
    page = render_template("directory/form.html", form=form, heading="Enter a service", new=True)
    return page, 422 if form.agency.errors else status_of(form)


@bp.route("/<uuid:service_id>/keep", methods=["GET", "POST"])
def keep(service_id: UUID) -> ResponseReturnValue:
    """Bring an entry up to date."""
    found = queries.open_service(work(), service_id, for_change=request.method == "POST")
    require(actor(), Permission.SERVICE_KEEP, found.service)
    form = ServiceForm()
    _choices(form)
    form.agency.choices = options([(str(found.agency.id), found.agency.name)])
    if not form.is_submitted():
        form.fill(found.service.entry)
        form.agency.data = str(found.agency.id)
        form.show(found.service.revision)
    if form.validate_on_submit():
        if form.revision.data != found.service.revision:
            form.form_errors.append(
                "Somebody else changed this entry meanwhile. Check it against theirs and save again"
            )
            form.show(found.service.revision)
        elif done(work(), form, lambda: commands.keep(work(), found.service, form.entry())):
            flash("The entry is up to date")
            return redirect(url_for("directory.show", service_id=service_id))
    page = render_template(
        "directory/form.html", form=form, heading="Keep this entry up to date", new=False, found=found
    )
    return page, status_of(form)


@bp.post("/<uuid:service_id>/close")
def close(service_id: UUID) -> ResponseReturnValue:
    """Close a service."""
    found = queries.open_service(work(), service_id, for_change=True)
    require(actor(), Permission.SERVICE_KEEP, found.service)
    commands.close(work(), found.service)
    flash("The service is closed. Referrals that wait there go back to their boroughs")
    return redirect(url_for("directory.listing"))


@bp.get("/open-referral.json")
def export() -> ResponseReturnValue:
    """Hand the whole directory out in the form of Open Referral UK."""
    raw = write(queries.listed(work()))
    return send_file(
        BytesIO(raw), mimetype="application/json", as_attachment=True, download_name="service-directory.json"
    )


@bp.route("/load", methods=["GET", "POST"])
def load() -> ResponseReturnValue:
    """Bring a directory in, all of it or nothing."""
    if not actor().boroughs_as(Role.LEAD_OFFICER):
        raise NotFound
    form, problems = LoadForm(), list[str]()
    if form.validate_on_submit():
        try:
            listed = read(form.file.data.read())
            with work().attempt():
                made = commands.load(work(), listed)
        except (Unreadable, DirectoryRefused) as refused:
            problems = refused.problems
            form.file.errors = ["Nothing was loaded: the file has problems, named below"]
        else:
            flash(f"{made.services} services are loaded, {made.agencies} agencies are new")
            return redirect(url_for("directory.listing"))
    page = render_template(
        "directory/load.html", form=form, problems=problems[:MOST_PROBLEMS], more=len(problems) - MOST_PROBLEMS
    )
    return page, 422 if form.file.errors else 200
