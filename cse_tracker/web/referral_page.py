"""How a form on a referral is shown: fresh, with what is wrong, or after somebody else changed something."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from cse_tracker.referrals.model import Referral
from cse_tracker.web.forms.answering import status_of
from cse_tracker.web.referrals import today

CONFLICT = 409


def referral_page(template: str, form: FlaskForm, referral: Referral, **more: object) -> ResponseReturnValue:
    """Show a form on a referral that has been opened; what was typed is kept whatever happened."""
    stale = getattr(form, "stale", False)
    if stale:
        form.form_errors.append("Somebody else changed this case while you were deciding. Nothing was saved: try again")
    page = render_template(template, form=form, referral=referral, answers=referral.answers, today=today(), **more)
    if stale:
        return page, CONFLICT
    return page, status_of(form)
