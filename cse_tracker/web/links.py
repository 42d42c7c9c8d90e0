"""The pages of links: what a case has in common with others, one thing, and the picture for a meeting."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from cse_tracker.cases import queries as cases
from cse_tracker.intelligence import commands, queries
from cse_tracker.intelligence.model import Link
from cse_tracker.intelligence.queries import LinkRow, Network
from cse_tracker.intelligence.rules import Kind, Sighting
from cse_tracker.missing import queries as missing
from cse_tracker.web.charts.network import Edge, Node, network
from cse_tracker.web.charts.svg import Telling
from cse_tracker.web.context import work
from cse_tracker.web.forms import links as forms
from cse_tracker.web.forms.answering import carried_out, done, status_of
from cse_tracker.work.errors import NotFound

bp = Blueprint("links", __name__, url_prefix="/links")
UNPROCESSABLE = 422


@bp.get("/")
def listing() -> ResponseReturnValue:
    """Show what two or more cases have in common, or another borough holds too."""
    return render_template("links/listing.html", rows=queries.shared(work()), words=forms)


@bp.get("/case/<uuid:case_id>")
def of_case(case_id: UUID) -> ResponseReturnValue:
    """Show the links of a case, with the picture and its table."""
    row = cases.open_case(work(), case_id)
    found = queries.of_case(work(), row.case)
    around = queries.network(work(), case_id, under_conditions=_under_conditions())
    return render_template(
        "links/of_case.html",
        row=row,
        rows=found,
        drawn=_drawn(around),
        under_conditions=_under_conditions(),
        words=forms,
    )


def _under_conditions() -> bool:
    return request.args.get("conditions") == "with"


class Drawn:
    """A network as a picture and as the rows of its table."""

    def __init__(self, found: Network) -> None:
        self.cut = found.cut
        cases_ = [
            Node(key, "case", row.case.reference, "this case" if key == found.focus else _stands(row))
            for key, row in sorted(found.cases.items(), key=lambda pair: pair[1].case.reference)
        ]
        things = [
            Node(key, thing.head.kind.value, thing.head.shown, KIND_WORDS[thing.head.kind])
            for key, thing in sorted(found.things.items(), key=lambda pair: (pair[1].head.shown, str(pair[0])))
        ]
        self.nodes = [*cases_, *things]
        names = {node.key: node.label for node in self.nodes}
        edges: dict[tuple[UUID, UUID, str], Link] = {}
        for link in found.links:
            start = link.from_case_id or link.from_thing_id
            if start is not None:
                edges.setdefault((start, link.to_thing_id, forms.RELATIONS[link.body.relation]), link)
        ordered = sorted(edges, key=lambda edge: (names[edge[0]], names[edge[1]], edge[2]))
        self.edges = [Edge(*edge) for edge in ordered]
        self.rows = [
            (names[start], words, names[end], edges[start, end, words].body.grade.code) for start, end, words in ordered
        ]
        counted = [(len(found.cases), "case"), (len(things), "other thing"), (len(ordered), "link")]
        one, others, joined = (f"{number} {word}{'' if number == 1 else 's'}" for number, word in counted)
        self.finding = f"{one} and {others}, {joined}"
        self.picture: Markup | None = None
        if ordered:
            telling = Telling("network", "What links these cases", f"{self.finding}. Every link is in the table below.")
            self.picture = network(telling, self.nodes, self.edges, found.focus)


KIND_WORDS = {
    Kind.PERSON: "person of concern",
    Kind.VEHICLE: "vehicle",
    Kind.ADDRESS: "address",
    Kind.VENUE: "venue",
    Kind.PHONE: "phone",
    Kind.ONLINE: "online name",
}


def _stands(row: cases.CaseRow) -> str:
    return f"case, {row.case.head.level_label or 'no level yet'}" if row.case.is_open else "case, closed"


def _drawn(found: Network) -> Drawn:
    return Drawn(found)


@bp.get("/things/<uuid:thing_id>")
def show(thing_id: UUID) -> ResponseReturnValue:
    """Show one thing: which cases have to do with it, and the picture around it."""
    thing = queries.open_thing(work(), thing_id)
    around = queries.network(work(), thing_id, under_conditions=_under_conditions())
    return render_template(
        "links/thing.html",
        thing=thing,
        elsewhere=queries.held_elsewhere(work(), [thing]).get(thing_id, ()),
        drawn=_drawn(around),
        under_conditions=_under_conditions(),
        words=forms,
        kind_words=KIND_WORDS,
    )


@bp.route("/case/<uuid:case_id>/add", methods=["GET", "POST"])
def add(case_id: UUID) -> ResponseReturnValue:
    """Say what it is that a case has to do with."""
    row = cases.open_case(work(), case_id)
    back = url_for("links.of_case", case_id=case_id)
    return _choose_kind(
        row.case.reference,
        back,
        lambda kind: url_for("links.record", case_id=case_id, kind=kind, learnt_in=_learnt_in()),
    )


def _learnt_in() -> str | None:
    return request.args.get("learnt_in") or None


def _choose_kind(caption: str, back: str, onwards: object) -> ResponseReturnValue:
    form = forms.KindForm()
    if form.validate_on_submit():
        return redirect(onwards(form.kind.data))  # type: ignore[operator]
    page = render_template("links/kind.html", form=form, caption=caption, back_href=back)
    return page, UNPROCESSABLE if form.errors else 200


@bp.route("/case/<uuid:case_id>/add/<kind>", methods=["GET", "POST"])
def record(case_id: UUID, kind: str) -> ResponseReturnValue:
    """Record what a case has to do with."""
    row = cases.open_case(work(), case_id, for_change=request.method == "POST")
    known, form = _kind(kind), forms.ThingForm()
    form.suit(known, forms.OF_A_CASE[known])
    _keep_episode(form)
    _ask_whether_same(form, row.case.borough_gss)
    if form.validate_on_submit():
        made = carried_out(work(), form, lambda: commands.link(work(), row.case, form.answers()))
        if made is not None:
            return _recorded(made, queries.of_case(work(), row.case), url_for("links.of_case", case_id=case_id))
    return _thing_page(form, known, row.case.reference, url_for("links.of_case", case_id=case_id))


def _kind(kind: str) -> Kind:
    try:
        return Kind(kind)
    except ValueError:
        raise NotFound from None


def _keep_episode(form: forms.ThingForm) -> None:
    """Take the episode after which something was learnt from the address, where the actor may see it."""
    given = form.learnt_in.data or request.args.get("learnt_in") or ""
    if not given:
        return
    try:
        missing.open_episode(work(), UUID(given))
    except ValueError:
        raise NotFound from None
    form.learnt_in.data = given


def _ask_whether_same(form: forms.ThingForm, borough_gss: str) -> None:
    if not form.is_submitted() or form.kind.data != Kind.PERSON.value:
        return
    held = commands.namesakes(work(), borough_gss, Sighting(Kind.PERSON, form.label.data or ""))
    form.ask_whether_same([(each.id, f"{each.head.shown}, {each.reference}") for each in held])


def _recorded(made: Link, rows: list[LinkRow], back: str) -> ResponseReturnValue:
    row = next((each for each in rows if each.link.id == made.id), None)
    others, boroughs = (len(row.others), len(row.elsewhere)) if row else (0, 0)
    said = "Link recorded"
    if others:
        said = f"Link recorded. {others} other case{' has' if others == 1 else 's have'} to do with the same"
    if boroughs:
        said = f"{said}. Another borough holds it too: see below whom to ask"
    flash(said)
    return redirect(back)


def _thing_page(form: forms.ThingForm, kind: Kind, caption: str, back: str) -> ResponseReturnValue:
    page = render_template("links/record.html", form=form, title=forms.KINDS[kind], caption=caption, back_href=back)
    return page, status_of(form)


@bp.route("/things/<uuid:thing_id>/add", methods=["GET", "POST"])
def add_to_thing(thing_id: UUID) -> ResponseReturnValue:
    """Say what it is that a thing has to do with."""
    thing = queries.open_thing(work(), thing_id)
    back = url_for("links.show", thing_id=thing_id)
    return _choose_kind(thing.reference, back, lambda kind: url_for("links.connect", thing_id=thing_id, kind=kind))


@bp.route("/things/<uuid:thing_id>/add/<kind>", methods=["GET", "POST"])
def connect(thing_id: UUID, kind: str) -> ResponseReturnValue:
    """Record what a thing has to do with."""
    thing = queries.open_thing(work(), thing_id)
    known, form = _kind(kind), forms.ThingForm()
    form.suit(known, forms.OF_A_THING[known])
    _ask_whether_same(form, thing.borough_gss)
    back = url_for("links.show", thing_id=thing_id)
    if form.validate_on_submit() and carried_out(work(), form, lambda: commands.connect(work(), thing, form.answers())):
        flash("Link recorded")
        return redirect(back)
    return _thing_page(form, known, thing.reference, back)


@bp.route("/<uuid:link_id>/withdraw", methods=["GET", "POST"])
def withdraw(link_id: UUID) -> ResponseReturnValue:
    """Take a link back."""
    found = queries.open_link(work(), link_id, for_change=request.method == "POST")
    back = (
        url_for("links.of_case", case_id=found.from_case_id)
        if found.from_case_id
        else url_for("links.show", thing_id=found.to_thing_id)
    )
    form = forms.WithdrawLinkForm()
    if form.validate_on_submit() and done(work(), form, lambda: _withdraw(found, form)):
        flash("The link is taken back. It stays readable and no longer counts")
        return redirect(back)
    page = render_template("links/withdraw.html", form=form, back_href=back)
    return page, status_of(form)


def _withdraw(found: Link, form: forms.WithdrawLinkForm) -> None:
    commands.withdraw(work(), found, reason=form.reason.data)
