"""Brings in every table, so that migrations and relationships see the whole schema."""

from cse_tracker.actions import model as actions
from cse_tracker.agenda import model as agenda
from cse_tracker.assessments import model as assessments
from cse_tracker.attachments import model as attachments
from cse_tracker.audit import model as audit
from cse_tracker.cases import model as cases
from cse_tracker.casework import model as casework
from cse_tracker.closings import model as closings
from cse_tracker.directory import model as directory
from cse_tracker.duties import model as duties
from cse_tracker.emergency import model as emergency
from cse_tracker.estimates import model as estimates
from cse_tracker.identity import model as identity
from cse_tracker.imports import model as imports
from cse_tracker.intelligence import model as intelligence
from cse_tracker.invitations import model as invitations
from cse_tracker.involvement import model as involvement
from cse_tracker.joining import model as joining
from cse_tracker.matching import model as matching
from cse_tracker.meetings import model as meetings
from cse_tracker.minutes import model as minutes
from cse_tracker.missing import model as missing
from cse_tracker.notifications import model as notifications
from cse_tracker.onetime import model as onetime
from cse_tracker.outbound import model as outbound
from cse_tracker.oversight import model as oversight
from cse_tracker.people import model as people
from cse_tracker.protocols import model as protocols
from cse_tracker.records import escrow, keys
from cse_tracker.records.base import Base
from cse_tracker.referrals import model as referrals
from cse_tracker.reminders import model as reminders
from cse_tracker.responsibility import model as responsibility
from cse_tracker.retention import model as retention
from cse_tracker.sharing import model as sharing
from cse_tracker.statistics import model as statistics
from cse_tracker.subject_access import model as subject_access
from cse_tracker.systems import model as systems
from cse_tracker.triage import model as triage
from cse_tracker.work import lease, timetable

ROOMS = (
    actions,
    agenda,
    invitations,
    minutes,
    reminders,
    attachments,
    assessments,
    audit,
    cases,
    casework,
    closings,
    directory,
    duties,
    estimates,
    emergency,
    escrow,
    identity,
    imports,
    intelligence,
    keys,
    involvement,
    joining,
    lease,
    matching,
    meetings,
    missing,
    notifications,
    onetime,
    outbound,
    oversight,
    people,
    protocols,
    referrals,
    retention,
    responsibility,
    sharing,
    statistics,
    systems,
    subject_access,
    timetable,
    triage,
)
METADATA = Base.metadata
