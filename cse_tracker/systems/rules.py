"""What a system may be allowed, how tokens and secrets are made, and which addresses may be called."""

import base64
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit


class Scope(StrEnum):
    """What a token may be used for, beyond what the matrix allows its agency."""

    REFERRALS_SUBMIT = "referrals:submit"
    REFERRALS_READ = "referrals:read"
    REFERRALS_ANSWER = "referrals:answer"
    OUTBOUND_READ = "outbound:read"
    OUTBOUND_ANSWER = "outbound:answer"
    DUTIES_READ = "duties:read"


def scopes_in(held: str) -> frozenset[Scope]:
    """Read the scopes of a token as they are kept, between blanks."""
    return frozenset(Scope(each) for each in held.split())


def is_live(expires_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Whether a token is good for anything."""
    return ended_at is None and now < expires_at


class Change(StrEnum):
    """What a webhook tells: a kind, never what it was about in words."""

    REFERRAL_RECEIVED = "referral.received"
    REFERRAL_QUESTION = "referral.question"
    REFERRAL_PASSED_ON = "referral.passed_on"
    REFERRAL_DECIDED = "referral.decided"
    OUTBOUND_SENT = "outbound.sent"
    OUTBOUND_CHASED = "outbound.chased"
    OUTBOUND_REPLIED = "outbound.replied"
    OUTBOUND_REVOKED = "outbound.revoked"


# Marks a token of ours, so that one found where it should not be is known for what it is.
TOKEN_BEGINS: Final = "cst_"  # noqa: S105 - a mark, no secret
SECRET_BEGINS: Final = "whsec_"  # noqa: S105 - a mark, no secret
SECRET_BYTES: Final = 32
LONGEST_LIFE: Final = timedelta(days=366)
USUAL_LIFE: Final = timedelta(days=180)
# How long the old token, or the old secret, goes on beside the new one after a rotation.
OVERLAP: Final = timedelta(days=7)
# How long an answer is kept for a request that comes again under its idempotency key.
ANSWERS_KEPT: Final = timedelta(days=30)
LONGEST_ADDRESS: Final = 500
HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


def new_token() -> str:
    """Make a token of 256 random bits."""
    return TOKEN_BEGINS + secrets.token_urlsafe(32)


def new_secret() -> str:
    """Make a secret for signing webhooks, as the standard writes it."""
    return SECRET_BEGINS + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def address_problem(url: str, *, plain_allowed: bool) -> str | None:
    """Say what is wrong with the address of a webhook: anything but https to a named host, with nobody's password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is not an address"
    if len(url) > LONGEST_ADDRESS or not url.isascii() or not url.isprintable() or " " in url:
        return "This is not an address"
    if parts.scheme != "https" and not (plain_allowed and parts.scheme == "http"):
        return "The address must begin with https://"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "The address must hold no user name, password or part after #"
    host = parts.netloc.rsplit(":", 1)[0] if port is not None else parts.netloc
    if not HOST.fullmatch(host):
        return "The address must name a host"
    return None
