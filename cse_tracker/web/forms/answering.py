"""Carries out what a form asks for; a refusal comes back onto the form with everything that was typed."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID, uuid4

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField
from wtforms.widgets import HiddenInput

from cse_tracker.work.errors import Conflict, RuleBroken
from cse_tracker.work.unit import Work

T = TypeVar("T")
UNPROCESSABLE = 422


class RevisionForm(FlaskForm):  # type: ignore[misc]
    """A form that knows which revision of a record its page showed."""

    revision = IntegerField(widget=HiddenInput(), default=0)
    stale = False

    def show(self, revision: int) -> None:
        """Take the revision that the page is about to show, so that sending again is an answer to that one."""
        self.revision.data = revision
        self.revision.raw_data = None


class OnceForm(RevisionForm):
    """A form that carries the id of the thing it will make, so that a double click makes one."""

    once = HiddenField()

    def begin(self) -> None:
        """Take a fresh id for the thing, as the page is first shown."""
        self.once.data = str(uuid4())

    def thing_id(self, refusal: Callable[[], Exception]) -> UUID:
        """Give the id that the page carried; raises what `refusal` gives where somebody has damaged it."""
        try:
            return UUID(self.once.data or "")
        except ValueError:
            raise refusal() from None


def carried_out(work: Work, form: FlaskForm, act: Callable[[], T]) -> T | None:
    """Run a command inside the work; None where a rule was broken (put on its field) or the form is stale."""
    try:
        with work.attempt():
            return act()
    except RuleBroken as broken:
        field = form._fields.get(broken.field or "")
        if field is None:
            form.form_errors.append(broken.message)
        else:
            field.errors = [*field.errors, broken.message]
    except Conflict:
        form.stale = True
    return None


def status_of(form: FlaskForm) -> int:
    """Give the status of a page with a form: 422 where the form says what is wrong, else 200."""
    return UNPROCESSABLE if form.errors or form.form_errors else 200


def done(work: Work, form: FlaskForm, act: Callable[[], object]) -> bool:
    """Whether a command that gives nothing back was carried out; where it was not, the form says why."""

    def acted() -> bool:
        act()
        return True

    return carried_out(work, form, acted) is not None
