"""What a page's code asks for: the unit of work, the actor, and what the actor may do."""

from typing import cast

from flask import current_app, g

from cse_tracker.access.decisions import permits
from cse_tracker.access.matrix import Guarded, Permission, Subject
from cse_tracker.web.server import Tracker
from cse_tracker.work.actor import Actor
from cse_tracker.work.unit import Work


def work() -> Work:
    """Give the request's unit of work."""
    return cast("Work", g.work)


def actor() -> Actor:
    """Give who acts; nobody in particular where nobody signed in."""
    return cast("Actor", g.actor)


def tracker() -> Tracker:
    """Give the application."""
    return cast("Tracker", current_app)


def can(permission: str, thing: Guarded | Subject) -> bool:
    """Ask the matrix from a template."""
    return permits(actor(), Permission(permission), thing)
