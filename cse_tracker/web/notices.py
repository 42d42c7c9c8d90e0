"""The pages on messages: how one wants to be written to, and for operators what could not be sent."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.notifications import commands, hooks, queries
from cse_tracker.notifications.model import DeadCall, DeadLetter, MessageKind, WhyDropped
from cse_tracker.notifications.rules import Rhythm
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import done, status_of
from cse_tracker.web.forms.notices import RETRY, ChoiceForm, MendForm

bp = Blueprint("notices", __name__)
UNPROCESSABLE = 422
KINDS: Final[Mapping[MessageKind, str]] = {
    MessageKind.MEETING_INVITATION: "An invitation to a meeting",
    MessageKind.DUTY_BREACHED: "A duty is overdue",
    MessageKind.DUTY_ESCALATED: "A late duty was taken higher",
    MessageKind.EMERGENCY_NOTICE: "Emergency access was asked for",
}


def words_for(kind: MessageKind) -> str:
    """Say what a message is about, for somebody who sees no referral and no case."""
    return KINDS.get(kind, kind.value.replace("_", " ").capitalize())


@bp.route("/account/messages", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    """Choose how often to be written to about what can wait."""
    rhythm, nights = queries.choice(work())
    form = ChoiceForm(data={"rhythm": rhythm.value, "nights": nights})
    if form.validate_on_submit() and done(work(), form, lambda: _chosen(form)):
        flash("Saved")
        return redirect(url_for("session.account"))
    return render_template("notices/choose.html", form=form), UNPROCESSABLE if form.errors else 200


def _chosen(form: ChoiceForm) -> None:
    commands.choose(work(), Rhythm(form.rhythm.data), nights=form.nights.data)


@bp.get("/messages/")
def dead() -> ResponseReturnValue:
    """List the messages that could not be sent."""
    return render_template(
        "notices/dead.html", letters=queries.dead_letters(work()), calls=hooks.dead_calls(work()), words_for=words_for
    )


@bp.route("/messages/<uuid:message_id>", methods=["GET", "POST"])
def mend(message_id: UUID) -> ResponseReturnValue:
    """Try a message that could not be sent again, or drop it."""
    letter, form = queries.dead_letter(work(), message_id), MendForm()
    if form.validate_on_submit() and done(work(), form, lambda: _mended(letter, form)):
        flash("The message will be tried again" if form.what.data == RETRY else "The message was dropped")
        return redirect(url_for("notices.dead"))
    page = render_template("notices/mend.html", form=form, letter=letter, words_for=words_for)
    return page, status_of(form)


def _mended(letter: DeadLetter, form: MendForm) -> None:
    if form.what.data == RETRY:
        commands.retry(work(), letter)
    else:
        commands.drop(work(), letter, WhyDropped(form.what.data))


@bp.route("/messages/calls/<uuid:call_id>", methods=["GET", "POST"])
def mend_call(call_id: UUID) -> ResponseReturnValue:
    """Make a call to a partner system again that it did not take, or drop it."""
    dead_call, form = hooks.dead_call(work(), call_id), MendForm()
    if form.validate_on_submit() and done(work(), form, lambda: _called(dead_call, form)):
        flash("The call will be made again" if form.what.data == RETRY else "The call was dropped")
        return redirect(url_for("notices.dead"))
    page = render_template("notices/mend_call.html", form=form, dead=dead_call)
    return page, status_of(form)


def _called(dead_call: DeadCall, form: MendForm) -> None:
    if form.what.data == RETRY:
        hooks.retry_call(work(), dead_call)
    else:
        hooks.drop_call(work(), dead_call, WhyDropped(form.what.data))
