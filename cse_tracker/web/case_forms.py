"""How a form on a case is shown: fresh, with what is wrong, or beside what somebody else saved meanwhile."""

from flask import render_template
from flask.typing import ResponseReturnValue

from cse_tracker.assessments import queries as assessments
from cse_tracker.cases.queries import CaseRow
from cse_tracker.web import case_story
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import RevisionForm

UNPROCESSABLE = 422


def form_page(template: str, form: RevisionForm, row: CaseRow, **more: object) -> ResponseReturnValue:
    """Show a form on a case, fresh or with what is wrong, and after a conflict with what the other person saved."""
    stale = form.stale
    if stale or not form.is_submitted():
        form.show(row.case.revision)
    history = assessments.history(work(), row.case)
    latest = case_story.tell(work(), row.case, history, [])[:1] if stale else []
    page = render_template(template, form=form, row=row, history=history, latest=latest, now=work().now, **more)
    wrong = stale or bool(form.errors) or bool(form.form_errors)
    return page, (409 if stale else UNPROCESSABLE) if wrong else 200
