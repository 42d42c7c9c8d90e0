"""What happens to the service directory."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.directory.rules import Capacity
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ServiceKept(Event):
    """A service was entered in the directory, or its entry was brought up to date."""

    name: ClassVar = "service.kept"
    subject: ClassVar = "service"
    agency_id: UUID
    capacity: Capacity


@dataclass(frozen=True, kw_only=True)
class ServiceClosed(Event):
    """A service takes no more referrals; those that wait there come back."""

    name: ClassVar = "service.closed"
    subject: ClassVar = "service"
    agency_id: UUID


@dataclass(frozen=True, kw_only=True)
class AgencyClosed(Event):
    """An agency is no more: its services are closed and its people can no longer sign in."""

    name: ClassVar = "agency.closed"
    subject: ClassVar = "agency"


@dataclass(frozen=True, kw_only=True)
class DirectoryLoaded(Event):
    """A directory was brought in from a file, all of it or nothing."""

    name: ClassVar = "service.directory_loaded"
    subject: ClassVar = "service"
    services: int
    agencies: int
