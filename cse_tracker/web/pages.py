"""The whole perimeter at a glance: every blueprint, and what every template may use."""

from typing import Any, cast

from flask import Flask, g, get_flashed_messages, url_for

from cse_tracker.web import (
    actions,
    agency,
    agenda,
    assessments,
    attachments,
    calendar,
    calling,
    cases,
    casework,
    chronology,
    closings,
    directory,
    duties,
    emergency,
    estimate,
    estimate_data,
    estimate_lists,
    health,
    home,
    imports,
    information,
    involvement,
    joining,
    links,
    london_figures,
    matching,
    meetings,
    minutes,
    missing,
    notices,
    outbound,
    outbound_answers,
    outside,
    oversight,
    protocols,
    referral_decisions,
    referrals,
    responsibility,
    retention,
    search,
    sign_in,
    statistics,
    subject_access,
    timetable,
    triage,
    words,
)
from cse_tracker.web.context import can, tracker
from cse_tracker.web.forms.fields import register as register_forms
from cse_tracker.web.menu import beside_this_page, main_menu
from cse_tracker.work.actor import NOBODY, Actor

BLUEPRINTS = (
    agency.bp,
    directory.bp,
    outbound.bp,
    outbound_answers.bp,
    outside.bp,
    actions.bp,
    agenda.bp,
    calendar.bp,
    calling.bp,
    minutes.bp,
    timetable.bp,
    attachments.bp,
    assessments.bp,
    cases.bp,
    casework.bp,
    chronology.bp,
    closings.bp,
    duties.bp,
    emergency.bp,
    estimate.bp,
    estimate_data.bp,
    estimate_lists.bp,
    health.bp,
    home.bp,
    information.bp,
    involvement.bp,
    matching.bp,
    imports.bp,
    joining.bp,
    links.bp,
    meetings.bp,
    protocols.bp,
    oversight.bp,
    missing.bp,
    notices.bp,
    referral_decisions.bp,
    referrals.bp,
    retention.bp,
    responsibility.bp,
    search.bp,
    sign_in.bp,
    london_figures.bp,
    statistics.bp,
    subject_access.bp,
    triage.bp,
)

FOOTER = (
    ("Accessibility statement", "information.accessibility"),
    ("Privacy notice", "information.privacy"),
    ("Cookies", "information.cookies"),
    ("Help and contact", "information.help_and_contact"),
)


def register(app: Flask) -> None:
    """Register every blueprint and what the templates share."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    register_forms(app.jinja_env)
    app.jinja_env.globals.update(can=can)
    app.jinja_env.filters.update(
        day=words.day,
        weekday=words.weekday,
        clock=words.clock,
        moment=words.moment,
        deadline=words.deadline,
        lateness=words.lateness,
    )
    app.context_processor(shared)


def shared() -> dict[str, Any]:
    """Give the layout its navigation, footer and names."""
    actor: Actor = getattr(g, "actor", NOBODY)
    # With categories asked for, each message is a pair; its stubs do not say so.
    said = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    notices = [text for _, text in said]
    return {
        "service": {"council_name": tracker().face.council_name, "demo": tracker().face.demo},
        "navigation": main_menu(actor),
        "beside": beside_this_page(actor),
        "footer_links": [{"text": text, "href": url_for(endpoint)} for text, endpoint in FOOTER],
        "notice": notices[-1] if notices else None,
        "wording": [],
        "signed_in": actor != NOBODY,
    }
