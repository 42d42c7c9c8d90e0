"""What tests do with referrals, again and again."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cse_tracker.app import Service
from cse_tracker.cases.model import Case
from cse_tracker.identity import commands as identity
from cse_tracker.identity.model import Agency
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.records.base import Base
from cse_tracker.records.keys import DataKey
from cse_tracker.referrals import commands, queries
from cse_tracker.referrals.model import Referral
from cse_tracker.work.actor import Role
from tests import people
from tests.store import CHEAP

COLLEAGUE = "colleague@demo.example"
DECLINED = commands.Reply(reason_key="threshold_not_met", reason_label="The threshold is not met", note="Thank you.")
ISLINGTON_POLICE = "police.elsewhere@demo.example"


def add_user(service: Service, email: str, *, of_the_same_agency: bool, role: Role = Role.REFERRER) -> None:
    """Add a colleague of an account, or somebody of another police agency."""
    with people.working(service) as work:
        police = work.session.scalars(select(Agency).where(Agency.name.startswith("Metropolitan"))).one()
        agency = (
            police
            if of_the_same_agency
            else identity.add_agency(work, name="Other police", kind=police.kind, borough_gss=None)
        )
        form = identity.NewUser("Any Body", email, "Officer", people.PASSWORD)
        identity.grant(
            work, identity.add_user(work, agency, form, passwords=CHEAP), role=role, borough_gss=people.HACKNEY
        )


def count(service: Service, kind: type[Base], *where: object) -> int:
    with people.working(service, reading=True) as work:
        return work.session.scalar(select(func.count()).select_from(kind).where(*where)) or 0  # type: ignore[arg-type]


def messages(service: Service, kind: MessageKind) -> int:
    return count(service, OutgoingMessage, OutgoingMessage.kind == kind)


def draft(service: Service) -> Referral:
    with people.working(service, people.POLICE) as work:
        return commands.start(work, borough_gss=people.HACKNEY)


def submit(service: Service, referral_id: UUID) -> None:
    with people.working(service, people.POLICE) as work:
        commands.submit(work, queries.open_draft(work, referral_id, for_change=True), people.answers())


def decide(service: Service, referral: Referral, person_id: UUID | None = None, email: str = people.LEAD) -> Case:
    with people.working(service, email) as work:
        found = queries.open_referral(work, referral.id, for_change=True)
        if person_id is None:
            return commands.accept_as_new(work, found, people.NO_REPLY)
        return commands.accept_for_known(work, found, person_id, people.NO_REPLY)


def decline(service: Service, referral: Referral, reply: commands.Reply = DECLINED) -> None:
    with people.working(service, people.LEAD) as work:
        commands.decline(work, queries.open_referral(work, referral.id, for_change=True), reply)


def keys_of(service: Service, compartment_id: UUID) -> int:
    with Session(service.store.engine) as session:
        keys = select(func.count()).select_from(DataKey).where(DataKey.compartment_id == compartment_id)
        return session.scalar(keys) or 0
