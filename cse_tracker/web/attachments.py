"""The pages of a case's files. A file is handed out under an address of its own, to be saved and never shown."""

from io import BytesIO
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.attachments import commands, queries
from cse_tracker.cases import queries as cases
from cse_tracker.identity import queries as identity
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import done, status_of
from cse_tracker.web.forms.attachments import ACCEPT, AttachForm, RemoveForm

bp = Blueprint("attachments", __name__)
# Nothing inside a file may run, fetch or open anything, should a browser show it after all.
FILE_POLICY = "default-src 'none'; sandbox"


@bp.route("/cases/<uuid:case_id>/files", methods=["GET", "POST"])
def of_case(case_id: UUID) -> ResponseReturnValue:
    """List the files of a case, and add one."""
    row = cases.open_case(work(), case_id)
    form = AttachForm()
    if form.validate_on_submit() and done(work(), form, lambda: _add(row, form)):
        flash("The file is added")
        return redirect(url_for("attachments.of_case", case_id=case_id))
    files = queries.of_case(work(), case_id)
    page = render_template(
        "attachments/of_case.html",
        form=form,
        row=row,
        files=files,
        names=identity.names(work(), [each.body.added_by for each in files]),
        accept=ACCEPT,
    )
    return page, status_of(form)


def _add(row: cases.CaseRow, form: AttachForm) -> None:
    sent = form.file.data
    commands.add(work(), row.case, name=sent.filename or "", content=sent.stream.read(), about=form.about.data)


@bp.get("/files/<uuid:attachment_id>")
def download(attachment_id: UUID) -> ResponseReturnValue:
    """Hand out a file to be saved."""
    opened = queries.open_attachment(work(), attachment_id)
    kept = opened.attachment
    response: Response = send_file(
        BytesIO(opened.content),
        mimetype=kept.body.kind.media_type,
        as_attachment=True,
        download_name=kept.saved_as,
        etag=False,
    )
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


@bp.route("/files/<uuid:attachment_id>/remove", methods=["GET", "POST"])
def remove(attachment_id: UUID) -> ResponseReturnValue:
    """Take out a file that does not belong to the case."""
    attachment = queries.find(work(), attachment_id)
    row = cases.open_case(work(), attachment.case_id)
    form = RemoveForm()
    if form.validate_on_submit() and done(work(), form, lambda: _remove(attachment_id)):
        flash("The file is taken out")
        return redirect(url_for("attachments.of_case", case_id=row.case.id))
    page = render_template("attachments/remove.html", form=form, row=row, file=attachment)
    return page, status_of(form)


def _remove(attachment_id: UUID) -> None:
    commands.remove(work(), queries.find(work(), attachment_id))
