"""The pages that anybody may read."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

bp = Blueprint("information", __name__)


@bp.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """The accessibility statement."""
    return render_template("information/accessibility.html")


@bp.get("/privacy")
def privacy() -> ResponseReturnValue:
    """The privacy notice."""
    return render_template("information/privacy.html")


@bp.get("/cookies")
def cookies() -> ResponseReturnValue:
    """What cookies there are."""
    return render_template("information/cookies.html")


@bp.get("/help")
def help_and_contact() -> ResponseReturnValue:
    """Whom to ask."""
    return render_template("information/help.html")
