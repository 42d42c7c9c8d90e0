"""A service of an agency, and the boroughs that it covers; all of it is public, and none of it is about a person."""

from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cse_tracker.access.matrix import Subject
from cse_tracker.directory.rules import Capacity, Entry, Serves
from cse_tracker.records.base import Record


class ServiceState(Enum):
    """Whether anybody may be referred to it."""

    ACTIVE = "active"
    CLOSED = "closed"


class Service(Record):
    """One service: the team to which referrals are addressed, whoever works there."""

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'closed')", name="state"),
        CheckConstraint("min_age IS NULL OR max_age IS NULL OR min_age <= max_age", name="ages"),
        UniqueConstraint("agency_id", "name"),
    )

    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    name: Mapped[str]
    description: Mapped[str]
    min_age: Mapped[int | None]
    max_age: Mapped[int | None]
    serves: Mapped[Serves]
    capacity: Mapped[Capacity]
    wait_weeks: Mapped[int | None]
    who_may_refer: Mapped[str]
    how_to_refer: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    website: Mapped[str]
    kept_at: Mapped[datetime]
    state: Mapped[ServiceState] = mapped_column(default=ServiceState.ACTIVE)
    coverage: Mapped[list["ServiceCoverage"]] = relationship(
        init=False, lazy="selectin", order_by="ServiceCoverage.borough_gss", cascade="all, delete-orphan"
    )

    @property
    def is_open(self) -> bool:
        """Whether anybody may be referred to it."""
        return self.state is ServiceState.ACTIVE

    @property
    def access_subject(self) -> Subject:
        """An entry is kept by its own agency, and by the lead officers of the boroughs that it covers."""
        return Subject(referring_agency_id=self.agency_id, covered=self.entry.covers)

    @property
    def entry(self) -> Entry:
        """The entry as its paper form."""
        return Entry(
            name=self.name,
            description=self.description,
            min_age=self.min_age,
            max_age=self.max_age,
            serves=self.serves,
            capacity=self.capacity,
            wait_weeks=self.wait_weeks,
            who_may_refer=self.who_may_refer,
            how_to_refer=self.how_to_refer,
            email=self.email,
            phone=self.phone,
            website=self.website,
            covers=frozenset(each.borough_gss for each in self.coverage),
            commissioned_by=frozenset(each.borough_gss for each in self.coverage if each.commissions),
        )


class ServiceCoverage(Record):
    """A borough that a service covers, and whether it commissions it: a joint service has several."""

    __tablename__ = "service_coverage"
    __table_args__ = (UniqueConstraint("service_id", "borough_gss"),)

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    commissions: Mapped[bool] = mapped_column(default=False)
