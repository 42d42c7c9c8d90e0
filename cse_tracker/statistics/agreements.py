"""Which boroughs agreed that their published figures are laid side by side for London, and when."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import or_, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.statistics.events import LondonAgreed
from cse_tracker.statistics.model import AgreementBody, LondonAgreement
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

PURPOSE = (
    "Published figures are shown side by side for London, and open cases are compared with those of the other boroughs "
    "that signed, by machine and for counting only, so that nobody counts twice."
)


def signed_at(work: Work, moment: datetime) -> frozenset[str]:
    """Give the boroughs whose agreement held just before a moment."""
    wanted = select(LondonAgreement.borough_gss).where(
        LondonAgreement.signed_at < moment,
        or_(LondonAgreement.ended_at.is_(None), LondonAgreement.ended_at >= moment),
    )
    return frozenset(work.session.scalars(wanted))


def signed_now(work: Work) -> frozenset[str]:
    """Give the boroughs whose agreement holds now."""
    return frozenset(
        work.session.scalars(select(LondonAgreement.borough_gss).where(LondonAgreement.ended_at.is_(None)))
    )


def standing(work: Work, borough_gss: str) -> LondonAgreement | None:
    """Give the agreement of a borough that has not ended, None where it has none."""
    wanted = select(LondonAgreement).where(
        LondonAgreement.borough_gss == borough_gss, LondonAgreement.ended_at.is_(None)
    )
    return work.session.scalar(wanted)


def sign(work: Work, *, borough_gss: str, paper: str) -> LondonAgreement:
    """Record that a borough has signed the agreement for the view of London, and on what paper."""
    require(work.actor, Permission.STATISTICS_AGREE, Subject(borough_gss=borough_gss))
    if not paper.strip():
        raise RuleBroken("agreement.paper", "Enter which paper was signed, and when", field="paper")
    if standing(work, borough_gss) is not None:
        raise RuleBroken("agreement.signed", "The agreement has been signed already")
    made = LondonAgreement(
        borough_gss=borough_gss,
        signed_at=work.now,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    made.body = AgreementBody(signed_by=work.actor.user_id, paper=paper.strip())
    work.session.add(made)
    work.session.flush()
    work.record(LondonAgreed(subject_id=made.id, borough_gss=borough_gss, agreed=True))
    return made


def end(work: Work, *, borough_gss: str) -> None:
    """Record that a borough has ended its agreement: it is left out of the view of London from now on."""
    require(work.actor, Permission.STATISTICS_AGREE, Subject(borough_gss=borough_gss))
    found = standing(work, borough_gss)
    if found is None:
        raise RuleBroken("agreement.none", "There is no agreement to end")
    unlock(work.session, [found.compartment_id])
    found.ended_at = work.now
    found.body = replace(found.body, ended_by=work.actor.user_id)
    work.session.flush()
    work.record(LondonAgreed(subject_id=found.id, borough_gss=borough_gss, agreed=False))
