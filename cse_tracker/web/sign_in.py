"""The pages for signing in and out."""

import json

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from cse_tracker.identity import commands, queries
from cse_tracker.web.context import actor, tracker, work
from cse_tracker.web.forms.session import SignInForm
from cse_tracker.web.session import KEPT, KEPT_FOR, SignedIn
from cse_tracker.work.actor import Role

bp = Blueprint("session", __name__)
ROLE_WORDS = {
    Role.LEAD_OFFICER: "Lead officer",
    Role.REFERRER: "Partner agency",
    Role.PARTNER_LEAD: "Lead of a partner agency",
    Role.RECORDS_OFFICER: "Records and data protection officer",
    Role.MANAGER: "Manager (figures only)",
}
FAILED = "Email address or password is not right. After five wrong tries the account rests for a while"


def local_path(text: str | None) -> str | None:
    """Give a path of this service, or None: nobody is ever sent to another site."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")) or "\\" in text:
        return None
    return text


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for address and password, and open a session."""
    form = SignInForm()
    onward = local_path(request.args.get("next") or request.form.get("next"))
    kept, kept_for = request.form.get(KEPT, ""), local_path(request.form.get(KEPT_FOR))
    if form.validate_on_submit() and _open_session(form):
        if kept and kept_for:
            return render_template("session/carry_on.html", path=kept_for, answers=_answers(kept))
        return redirect(onward or url_for("home.home"))
    status = 422 if form.errors else 200
    page = render_template("session/sign_in.html", form=form, next=onward, kept=kept, kept_for=kept_for)
    return page, status


def _answers(kept: str) -> list[tuple[str, str]]:
    try:
        typed = json.loads(kept)
    except ValueError:
        return []
    if not isinstance(typed, dict):
        return []
    return [(str(name), str(value)) for name, values in typed.items() if isinstance(values, list) for value in values]


def _open_session(form: SignInForm) -> bool:
    app = tracker()
    email, password = form.email.data or "", form.password.data or ""
    token = commands.sign_in(work(), email=email, password=password, passwords=app.passwords)
    if token is None:
        form.password.errors = [FAILED]
        return False
    work().session.flush()
    found = queries.signed_in_user(work().session, token, now=work().now, longest=app.face.longest_session)
    if found is None:
        form.password.errors = [FAILED]
        return False
    # A fresh cookie for a fresh session: nothing from before signing in is carried over.
    session.clear()
    # The form token of this request was made for the session that has just gone.
    g.pop("csrf_token", None)
    session.permanent = True
    login_user(SignedIn(token, found))
    return True


@bp.get("/account")
def account() -> ResponseReturnValue:
    """Show who is signed in, for which agency and in which roles, and offer to sign out."""
    who = actor()
    own = queries.users(work(), [who.user_id] if who.user_id else [])
    agency = queries.agency(work(), who.agency_id) if who.agency_id else None
    boroughs = {borough.gss: borough.name for borough in queries.boroughs(work(), {gss for _, gss in who.roles})}
    roles = [(ROLE_WORDS[role], boroughs[gss]) for role, gss in sorted(who.roles)]
    head = own[who.user_id].head if who.user_id in own else None
    return render_template("session/account.html", head=head, agency=agency, roles=roles)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session in the store and in the browser."""
    if isinstance(current_user._get_current_object(), SignedIn):  # noqa: SLF001 - the documented way to look behind the proxy
        commands.sign_out(work(), current_user.sign_in_id)
    logout_user()
    session.clear()
    response = redirect(url_for("session.sign_in"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
