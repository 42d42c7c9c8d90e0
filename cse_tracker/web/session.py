"""Who is signed in; what was typed when a session ended is carried over to the next."""

import json
from typing import Any, Final
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin

from cse_tracker.identity import queries
from cse_tracker.web.forms.session import SignInForm
from cse_tracker.work.actor import Actor

KEPT: Final = "kept-answers"
KEPT_FOR: Final = "kept-for"
NOT_KEPT: Final = frozenset({"csrf_token", "password", KEPT, KEPT_FOR})


class SignedIn(UserMixin):  # type: ignore[misc]
    """A valid session. Its id is the secret token, so that ending the session in the store ends it everywhere."""

    def __init__(self, token: str, found: queries.SignedInUser) -> None:
        self.token = token
        self.sign_in_id: UUID = found.sign_in_id
        self.actor: Actor = found.actor

    def get_id(self) -> str:
        """Give the token that the cookie carries."""
        return self.token


def load(token: str) -> SignedIn | None:
    """Find the session behind a cookie's token."""
    app: Any = current_app
    running = app.running
    found = queries.signed_in_user(running.session(), token, now=running.clock(), longest=app.face.longest_session)
    return SignedIn(token, found) if found else None


def make_login_manager() -> LoginManager:
    """Give Flask-Login our way of finding a session."""
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.user_loader(load)
    return manager


def answers_as_typed() -> dict[str, list[str]]:
    """Give what was typed into the form being sent, without tokens and passwords."""
    return {name: values for name, values in request.form.lists() if name not in NOT_KEPT}


def page_asked_for() -> str:
    """Give the path asked for with what stands behind its question mark: addresses here name nobody."""
    return request.full_path if request.query_string else request.path


def ask_to_sign_in() -> ResponseReturnValue:
    """Send a reader to the sign-in page; keep what a writer had typed inside the page itself, and nowhere else."""
    if request.method != "POST":
        onward = page_asked_for() if request.endpoint != "home.home" else None
        return redirect(url_for("session.sign_in", next=onward))
    kept = json.dumps(answers_as_typed(), ensure_ascii=False)
    form = SignInForm(formdata=None)
    return render_template("session/sign_in.html", form=form, next=None, kept=kept, kept_for=page_asked_for()), 401
