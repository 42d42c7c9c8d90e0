"""What people do with protocols: adopt a version."""

from datetime import date

from sqlalchemy import func, select

from cse_tracker.protocols.events import ProtocolAdopted
from cse_tracker.protocols.model import ProtocolVersion
from cse_tracker.rulebook.document import ProtocolDocument, digest, to_yaml
from cse_tracker.work.unit import Work


def adopt(work: Work, document: ProtocolDocument, *, borough_gss: str, in_force_from: date) -> ProtocolVersion:
    """Make this document the borough's next version, in force from a date."""
    last = work.session.scalar(
        select(func.max(ProtocolVersion.number)).where(ProtocolVersion.borough_gss == borough_gss)
    )
    version = ProtocolVersion(
        borough_gss=borough_gss,
        number=(last or 0) + 1,
        in_force_from=in_force_from,
        digest=digest(document),
        text=to_yaml(document),
        adopted_by=work.actor.user_id,
    )
    work.session.add(version)
    work.session.flush()
    work.record(ProtocolAdopted(subject_id=version.id, borough_gss=borough_gss, number=version.number))
    return version
