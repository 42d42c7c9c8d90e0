"""The matrix: permissions mapped to any of (all of (predicates)); what is not here is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from cse_tracker.access.predicates import (
    Predicate,
    came_by_its_link,
    chairs_the_meeting,
    from_an_invited_agency,
    from_the_owning_agency,
    from_the_receiving_agency,
    from_the_referring_agency,
    is_any_professional,
    is_the_system,
    keeps_the_records,
    leads_a_covered_borough,
    leads_an_agency,
    leads_the_borough,
    leads_the_other_borough,
    manages_the_borough,
    refers_for_an_agency,
    wrote_it,
)


class Permission(StrEnum):
    """Everything that can be asked for, as thing:verb."""

    ACTION_DO = "action:do"
    ACTION_LIST = "action:list"
    ACTION_STEER = "action:steer"
    ACTION_VIEW = "action:view"
    AUDIT_EXPORT = "audit:export"
    ATTACHMENT_ADD = "attachment:add"
    ATTACHMENT_VIEW = "attachment:view"
    AUDIT_VERIFY = "audit:verify"
    CASE_ASSESS = "case:assess"
    CASE_CLOSE = "case:close"
    CASE_JOIN = "case:join"
    CASE_HISTORY = "case:history"
    CASE_LIST = "case:list"
    CASE_OPEN = "case:open"
    CASE_TRAIL = "case:trail"
    CASE_RECORD = "case:record"
    CASE_SHARE = "case:share"
    CASE_VIEW = "case:view"
    AGENCY_OVERSEE = "agency:oversee"
    DUTY_COMPLETE = "duty:complete"
    DUTY_OWE = "duty:owe"
    DUTY_WAIVE = "duty:waive"
    ESTIMATE_ANSWER = "estimate:answer"
    ESTIMATE_PREPARE = "estimate:prepare"
    EMERGENCY_ASK = "emergency:ask"
    EMERGENCY_REVIEW = "emergency:review"
    EMERGENCY_USE = "emergency:use"
    ESTIMATE_VIEW = "estimate:view"
    LEVEL_SIGN = "level:sign"
    MATCH_ANSWER = "match:answer"
    MATCH_ASK = "match:ask"
    INVOLVEMENT_MARK = "involvement:mark"
    IMPORT_RUN = "import:run"
    LINK_RECORD = "link:record"
    LINK_VIEW = "link:view"
    MEETING_LIST = "meeting:list"
    MEETING_MINUTE = "meeting:minute"
    MEETING_PACK = "meeting:pack"
    MEETING_RECORD = "meeting:record"
    MEETING_REPLY = "meeting:reply"
    MEETING_SCHEDULE = "meeting:schedule"
    MEETING_VIEW = "meeting:view"
    MISSING_RECORD = "missing:record"
    OUTBOUND_ANSWER = "outbound:answer"
    OUTBOUND_LIST = "outbound:list"
    OUTBOUND_OVERSEE = "outbound:oversee"
    OUTBOUND_PREPARE = "outbound:prepare"
    OUTBOUND_REVOKE = "outbound:revoke"
    OUTBOUND_TIDY = "outbound:tidy"
    OUTBOUND_VIEW = "outbound:view"
    PERSON_CORRECT = "person:correct"
    PERSON_MATCH = "person:match"
    PERSON_SEARCH = "person:search"
    PERSON_VIEW = "person:view"
    RECORD_DESTROY = "record:destroy"
    RECORD_DISCLOSE = "record:disclose"
    RECORD_HOLD = "record:hold"
    RECORD_OPEN = "record:open"
    RECORD_REVIEW = "record:review"
    OUTBOX_MEND = "outbox:mend"
    PROTOCOL_APPROVE = "protocol:approve"
    PROTOCOL_EDIT = "protocol:edit"
    PROTOCOL_VIEW = "protocol:view"
    REFERRAL_ANSWER = "referral:answer"
    PROACTIVITY_REVIEW = "proactivity:review"
    REFERRAL_DECIDE = "referral:decide"
    REFERRAL_DRAFT = "referral:draft"
    REFERRAL_LIST = "referral:list"
    REFERRAL_RECEIVE = "referral:receive"
    REFERRAL_SUBMIT = "referral:submit"
    REFERRAL_TIDY = "referral:tidy"
    REFERRAL_VIEW = "referral:view"
    REFERRAL_WITHDRAW = "referral:withdraw"
    RESPONSIBILITY_ANSWER = "responsibility:answer"
    RESPONSIBILITY_ASSERT = "responsibility:assert"
    RESPONSIBILITY_LIST = "responsibility:list"
    RESPONSIBILITY_VIEW = "responsibility:view"
    SERVICE_CLOSE = "service:close"
    SERVICE_KEEP = "service:keep"
    SERVICE_LOAD = "service:load"
    SERVICE_VIEW = "service:view"
    STATISTICS_AGREE = "statistics:agree"
    STATISTICS_APPROVE = "statistics:approve"
    STATISTICS_AUDIT = "statistics:audit"
    STATISTICS_PREPARE = "statistics:prepare"
    STATISTICS_REVIEW = "statistics:review"
    STATISTICS_VIEW = "statistics:view"
    STATISTICS_WORK = "statistics:work"
    SYSTEM_KEEP = "system:keep"
    TIMETABLE_VIEW = "timetable:view"


MATRIX: Final[Mapping[Permission, tuple[tuple[Predicate, ...], ...]]] = {
    Permission.ACTION_DO: ((leads_the_borough,), (from_the_owning_agency, is_any_professional)),
    Permission.ACTION_LIST: ((leads_the_borough,), (from_the_owning_agency, is_any_professional)),
    Permission.ACTION_STEER: ((leads_the_borough,),),
    Permission.ACTION_VIEW: ((leads_the_borough,), (from_the_owning_agency, is_any_professional)),
    Permission.AUDIT_EXPORT: ((keeps_the_records,), (is_the_system,)),
    Permission.ATTACHMENT_ADD: ((leads_the_borough,),),
    Permission.ATTACHMENT_VIEW: ((leads_the_borough,),),
    Permission.AUDIT_VERIFY: ((is_the_system,),),
    Permission.CASE_ASSESS: ((leads_the_borough,),),
    Permission.CASE_CLOSE: ((leads_the_borough,),),
    Permission.CASE_HISTORY: ((leads_the_borough,), (leads_the_other_borough,)),
    Permission.CASE_JOIN: ((leads_the_borough,),),
    Permission.CASE_LIST: ((leads_the_borough,),),
    Permission.CASE_OPEN: ((leads_the_borough,),),
    Permission.CASE_TRAIL: ((leads_the_borough,), (keeps_the_records,)),
    Permission.CASE_RECORD: ((leads_the_borough,),),
    Permission.CASE_SHARE: ((leads_the_borough,),),
    Permission.CASE_VIEW: ((leads_the_borough,),),
    Permission.AGENCY_OVERSEE: ((from_the_referring_agency, leads_an_agency),),
    Permission.DUTY_OWE: (
        (from_the_receiving_agency, refers_for_an_agency),
        (from_the_receiving_agency, leads_an_agency),
    ),
    Permission.DUTY_COMPLETE: ((leads_the_borough,),),
    Permission.DUTY_WAIVE: ((leads_the_borough,),),
    Permission.ESTIMATE_ANSWER: ((leads_the_borough,),),
    Permission.ESTIMATE_PREPARE: ((manages_the_borough,),),
    Permission.EMERGENCY_ASK: ((is_any_professional,),),
    Permission.EMERGENCY_REVIEW: ((leads_the_borough,),),
    Permission.EMERGENCY_USE: ((wrote_it, is_any_professional),),
    Permission.ESTIMATE_VIEW: ((manages_the_borough,), (leads_the_borough,)),
    Permission.LEVEL_SIGN: ((leads_the_borough,),),
    Permission.MATCH_ANSWER: ((leads_the_borough,),),
    Permission.MATCH_ASK: ((leads_the_borough,),),
    Permission.INVOLVEMENT_MARK: ((from_the_referring_agency, refers_for_an_agency),),
    Permission.IMPORT_RUN: ((leads_the_borough,),),
    Permission.LINK_RECORD: ((leads_the_borough,),),
    Permission.LINK_VIEW: ((leads_the_borough,),),
    Permission.MEETING_LIST: ((leads_the_borough,), (from_an_invited_agency, is_any_professional)),
    # The chair agrees the minutes; whoever leads the borough may where the chair has left.
    Permission.MEETING_MINUTE: ((leads_the_borough,), (chairs_the_meeting, is_any_professional)),
    Permission.MEETING_PACK: ((leads_the_borough,), (from_an_invited_agency, is_any_professional)),
    Permission.MEETING_REPLY: ((from_an_invited_agency, is_any_professional),),
    Permission.MEETING_RECORD: ((leads_the_borough,),),
    Permission.MEETING_SCHEDULE: ((leads_the_borough,),),
    Permission.MEETING_VIEW: ((leads_the_borough,), (from_an_invited_agency, is_any_professional)),
    Permission.MISSING_RECORD: ((leads_the_borough,),),
    Permission.OUTBOUND_ANSWER: (
        (leads_the_borough,),
        (from_the_receiving_agency, refers_for_an_agency),
        (came_by_its_link,),
    ),
    Permission.OUTBOUND_LIST: ((leads_the_borough,), (from_the_receiving_agency, refers_for_an_agency)),
    Permission.OUTBOUND_OVERSEE: ((leads_the_borough,), (manages_the_borough,)),
    Permission.OUTBOUND_PREPARE: ((leads_the_borough,),),
    Permission.OUTBOUND_REVOKE: ((leads_the_borough,), (manages_the_borough,)),
    Permission.OUTBOUND_TIDY: ((is_the_system,),),
    Permission.OUTBOUND_VIEW: (
        (leads_the_borough,),
        (from_the_receiving_agency, refers_for_an_agency),
        (came_by_its_link,),
    ),
    Permission.PERSON_CORRECT: ((leads_the_borough,),),
    Permission.PERSON_MATCH: ((leads_the_borough,),),
    Permission.PERSON_SEARCH: ((leads_the_borough,),),
    Permission.PERSON_VIEW: ((leads_the_borough,),),
    Permission.RECORD_DESTROY: ((leads_the_borough,), (keeps_the_records,)),
    Permission.RECORD_DISCLOSE: ((keeps_the_records,),),
    Permission.RECORD_HOLD: ((leads_the_borough,), (keeps_the_records,)),
    Permission.RECORD_OPEN: ((leads_the_borough,),),
    Permission.RECORD_REVIEW: ((leads_the_borough,), (keeps_the_records,)),
    Permission.OUTBOX_MEND: ((keeps_the_records,), (is_the_system,)),
    Permission.PROTOCOL_APPROVE: ((leads_the_borough,), (manages_the_borough,)),
    Permission.PROTOCOL_EDIT: ((leads_the_borough,),),
    Permission.PROTOCOL_VIEW: ((leads_the_borough,), (manages_the_borough,)),
    Permission.REFERRAL_ANSWER: ((from_the_referring_agency, refers_for_an_agency),),
    Permission.PROACTIVITY_REVIEW: ((manages_the_borough,), (leads_the_borough,)),
    Permission.REFERRAL_DECIDE: ((leads_the_borough,),),
    Permission.REFERRAL_DRAFT: ((wrote_it, is_any_professional),),
    Permission.REFERRAL_LIST: (
        (leads_the_borough,),
        (leads_the_other_borough,),
        (from_the_referring_agency, refers_for_an_agency),
        (from_the_receiving_agency, refers_for_an_agency),
    ),
    Permission.REFERRAL_RECEIVE: ((leads_the_other_borough,), (from_the_receiving_agency, refers_for_an_agency)),
    Permission.REFERRAL_SUBMIT: ((is_any_professional,),),
    Permission.REFERRAL_TIDY: ((is_the_system,),),
    Permission.REFERRAL_VIEW: (
        (leads_the_borough,),
        (leads_the_other_borough,),
        (from_the_referring_agency, refers_for_an_agency),
        (from_the_receiving_agency, refers_for_an_agency),
    ),
    Permission.REFERRAL_WITHDRAW: ((from_the_referring_agency, refers_for_an_agency),),
    Permission.RESPONSIBILITY_ANSWER: ((leads_the_other_borough,),),
    Permission.RESPONSIBILITY_ASSERT: ((leads_the_borough,),),
    Permission.RESPONSIBILITY_LIST: ((leads_the_borough,), (leads_the_other_borough,)),
    Permission.RESPONSIBILITY_VIEW: ((leads_the_borough,), (leads_the_other_borough,)),
    Permission.SERVICE_CLOSE: ((is_the_system,),),
    Permission.SERVICE_KEEP: ((from_the_referring_agency, refers_for_an_agency), (leads_a_covered_borough,)),
    Permission.SERVICE_LOAD: ((leads_the_borough,),),
    Permission.SERVICE_VIEW: ((is_any_professional,),),
    Permission.STATISTICS_AGREE: ((manages_the_borough,),),
    Permission.STATISTICS_APPROVE: ((manages_the_borough,),),
    Permission.STATISTICS_AUDIT: ((is_the_system,),),
    Permission.STATISTICS_PREPARE: ((manages_the_borough,), (is_the_system,)),
    Permission.STATISTICS_REVIEW: ((leads_the_borough,),),
    Permission.STATISTICS_VIEW: ((manages_the_borough,), (leads_the_borough,)),
    # Unprotected counts are for whoever may see the young people themselves, and for nobody else.
    Permission.STATISTICS_WORK: ((leads_the_borough,),),
    Permission.SYSTEM_KEEP: ((is_the_system,),),
    Permission.TIMETABLE_VIEW: ((keeps_the_records,), (manages_the_borough,), (is_the_system,)),
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The few facts about a thing on which access to it depends."""

    borough_gss: str | None = None
    other_borough_gss: str | None = None
    referring_agency_id: UUID | None = None
    invited_agency_ids: frozenset[UUID] = field(default_factory=frozenset)
    owning_agency_ids: frozenset[UUID] = field(default_factory=frozenset)
    chair_id: UUID | None = None
    author_id: UUID | None = None
    receiving_agency_id: UUID | None = None
    open_to_visitors_of: UUID | None = None
    covered: frozenset[str] = field(default_factory=frozenset)


class Guarded(Protocol):
    """A thing that can say on what access to it depends."""

    @property
    def access_subject(self) -> Subject:
        """The facts that the predicates read."""
        ...
