"""Which protocol is in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from cse_tracker.protocols.model import ProtocolVersion
from cse_tracker.rulebook.document import ProtocolDocument, parse
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class InForce:
    """A protocol version and its document."""

    version_id: UUID
    number: int
    document: ProtocolDocument

    @property
    def label(self) -> str:
        """How the version is named in an explanation."""
        return f"{self.document.title}, version {self.number}"


@lru_cache(maxsize=256)
def _parsed(digest: str, text: str) -> ProtocolDocument:  # noqa: ARG001 - the digest makes look-ups in the cache cheap
    return parse(text)


def _as_in_force(version: ProtocolVersion) -> InForce:
    return InForce(version.id, version.number, _parsed(version.digest, version.text))


def in_force(work: Work, borough_gss: str, on: date | None = None) -> InForce:
    """Give the version in force in a borough on a date (today in London); raises RuleBroken where there is none."""
    day = on or work.now.astimezone(LONDON).date()
    version = work.session.scalar(
        select(ProtocolVersion)
        .where(ProtocolVersion.borough_gss == borough_gss, ProtocolVersion.in_force_from <= day)
        .order_by(ProtocolVersion.in_force_from.desc(), ProtocolVersion.number.desc())
        .limit(1)
    )
    if version is None:
        code = "protocol.none"
        raise RuleBroken(code, "This borough has no protocol in force, so nothing can be decided under it")
    return _as_in_force(version)


def versions(work: Work, version_ids: Iterable[UUID]) -> dict[UUID, InForce]:
    """Give versions by id, as decisions keep them."""
    rows = work.session.scalars(select(ProtocolVersion).where(ProtocolVersion.id.in_(set(version_ids))))
    return {row.id: _as_in_force(row) for row in rows}
