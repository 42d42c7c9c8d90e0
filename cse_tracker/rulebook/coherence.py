"""Holds the parts of a protocol document against each other, so that no rule points at nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from cse_tracker.rulebook.conditions import Condition
from cse_tracker.rulebook.parts import Contents, Escalation, MeetingType, Response, Span
from cse_tracker.rulebook.terms import ResponseKind, Unit

Problem = tuple[str, str]

# Duties that every referral, case and meeting opens, whatever else a borough's protocol says.
REQUIRED_DEADLINES: Final = ("REF_DECIDE", "ALLOCATE", "ACTION_DEFAULT", "MINUTES")
# Told apart in every protocol, or refusing for want of staff would hide behind the threshold (report s.1152-1168).
REQUIRED_DECLINE_REASONS: Final = ("threshold_not_met", "no_capacity")
# Not keeping in touch was taken for the young person's own failing (report s.1198-1202).
NEVER_ENOUGH: Final = frozenset(
    {"not_in_contact", "contact_lost", "not_engaged", "will_not_engage", "disengaged", "did_not_engage"}
)
HOURS_OPEN, HOURS_A_DAY, DAYS_A_WEEK, WEEKDAYS, LONGEST_MONTH = 8, 24, 7, 5, 31


def problems_of(contents: Contents) -> list[Problem]:
    """List what does not fit together, each as where it stands and a sentence; empty when all fits."""
    return [
        *_levels_in_order(contents),
        *_keys_unique(contents),
        *_rules_resolve(contents),
        *_responses_resolve(contents),
        *_meetings_possible(contents.meeting_types),
        *_meetings_follow(contents),
        *_required_present(contents),
        *_escalations_end(contents),
        *_closing_possible(contents),
    ]


def advice_on(contents: Contents) -> list[Problem]:
    """List what fits together but a second person should look at before agreeing to it."""
    led_to = {rule.level for rule in contents.level_rules}
    unreached = [level for level in contents.levels if level.number > 1 and level.number not in led_to]
    found = [
        (f"levels {level.number}", f"No rule leads to {level.label}: it is reached only where people decide it.")
        for level in unreached
    ]
    if contents.unverified:
        found.append(("unverified", "Parts of this protocol have not been checked against its source."))
    return found


def _levels_in_order(contents: Contents) -> Iterator[Problem]:
    numbers = [level.number for level in contents.levels]
    if numbers == list(range(1, len(numbers) + 1)):
        return
    missing = [number for number in range(1, max(numbers)) if number not in numbers]
    gap = f" There is a gap: level {missing[0]} is missing." if missing else ""
    yield "levels", f"Number the levels 1 to {len(numbers)}, lowest first.{gap}"


def _keys_unique(contents: Contents) -> Iterator[Problem]:
    responses = [response for level in contents.levels for response in level.responses]
    yield from _repeats("levels", (level.key for level in contents.levels))
    yield from _repeats("levels, responses", (response.key for response in responses))
    yield from _repeats("indicator_groups", (group.key for group in contents.indicator_groups))
    yield from _repeats("indicator_groups, indicators", (indicator.key for indicator in contents.indicators))
    yield from _repeats("level_rules", (rule.key for rule in contents.level_rules))
    yield from _repeats("floor_rules", (rule.key for rule in contents.floor_rules))
    yield from _repeats("meeting_types", (meeting.key for meeting in contents.meeting_types))
    yield from _repeats("deadlines", (deadline.key for deadline in contents.deadlines))
    yield from _repeats("decline_reasons", (reason.key for reason in contents.decline_reasons))
    yield from _repeats("escalations", (step.key for step in contents.escalations or ()))
    yield from _repeats("retention", (rule.key for rule in contents.retention or ()))
    yield from _repeats("wording", (each.phrase.casefold() for each in contents.wording or ()))


def _repeats(where: str, keys: Iterable[str]) -> Iterator[Problem]:
    for key, times in Counter(keys).items():
        if times > 1:
            yield where, f"The key {key} is used {times} times; each must be different."


def _rules_resolve(contents: Contents) -> Iterator[Problem]:
    named = (("level_rules", contents.level_rules), ("floor_rules", contents.floor_rules))
    for chapter, rules in named:
        for position, rule in enumerate(rules, start=1):
            where = f"{chapter} {position}"
            if not 1 <= rule.level <= len(contents.levels):
                yield f"{where}, level", f"There is no level {rule.level}."
            yield from _condition_resolves(f"{where}, when", rule.when, contents)


def _condition_resolves(where: str, condition: Condition, contents: Contents) -> Iterator[Problem]:
    known = {indicator.key for indicator in contents.indicators}
    for key in sorted(condition.indicators_named() - known):
        yield where, f"There is no indicator {key}."
    if condition.at_least:
        among = known if condition.at_least.of is None else set(condition.at_least.of)
        if condition.at_least.count > len(among):
            yield where, f"At least {condition.at_least.count} of {len(among)} indicators can never hold."
    strong = sum(indicator.strong for indicator in contents.indicators)
    if condition.strong_at_least and condition.strong_at_least > strong:
        yield where, f"At least {condition.strong_at_least} of {strong} strong indicators can never hold."


def _responses_resolve(contents: Contents) -> Iterator[Problem]:
    meetings = {meeting.key: meeting for meeting in contents.meeting_types}
    for level in contents.levels:
        for position, response in enumerate(level.responses, start=1):
            yield from _response_resolves(f"levels {level.number}, responses {position}", response, meetings)


def _response_resolves(where: str, response: Response, meetings: dict[str, MeetingType]) -> Iterator[Problem]:
    if response.kind is ResponseKind.TASK:
        if response.meeting_type is not None:
            yield where, "A task has no meeting type."
        return
    if response.meeting_type is None:
        yield where, "Say which type of meeting this is."
        return
    meeting = meetings.get(response.meeting_type)
    if meeting is None:
        yield where, f"There is no meeting type {response.meeting_type}."
    elif meeting.invite_lead_working_days > most_working_days(response):
        message = "This can never be met: the meeting is due sooner than its invitations have to go out"
        yield where, f"{message} ({meeting.invite_lead_working_days} working days before)."


def most_working_days(span: Span) -> int:
    """Give the largest number of working days that can pass within a length of time, whenever it begins."""
    match span.unit:
        case Unit.WORKING_DAYS:
            return span.amount
        case Unit.WORKING_HOURS:
            return -(-span.amount // HOURS_OPEN)
        case Unit.CLOCK_HOURS:
            return _most_weekdays(-(-span.amount // HOURS_A_DAY))
        case Unit.CALENDAR_DAYS:
            return _most_weekdays(span.amount)
        case Unit.MONTHS:
            return _most_weekdays(span.amount * LONGEST_MONTH)


def _most_weekdays(days: int) -> int:
    weeks, rest = divmod(days, DAYS_A_WEEK)
    return weeks * WEEKDAYS + min(rest, WEEKDAYS)


def _meetings_possible(meetings: Iterable[MeetingType]) -> Iterator[Problem]:
    for position, meeting in enumerate(meetings, start=1):
        where = f"meeting_types {position}"
        yield from _repeats(f"{where}, required_agencies", meeting.required_agencies)
        if meeting.quorum > len(set(meeting.required_agencies)):
            yield f"{where}, quorum", "The quorum is larger than the number of required agencies."
        if meeting.chair not in meeting.required_agencies:
            yield f"{where}, chair", "The agency that chairs must be one of the required agencies."


def _meetings_follow(contents: Contents) -> Iterator[Problem]:
    kinds = {meeting.key for meeting in contents.meeting_types}
    deadlines = {deadline.key for deadline in contents.deadlines}
    for position, meeting in enumerate(contents.meeting_types, start=1):
        where = f"meeting_types {position}"
        yield from _repeats(f"{where}, formats", meeting.formats or ())
        yield from _repeats(f"{where}, pack", (rule.agency for rule in meeting.pack or ()))
        if meeting.then is not None and meeting.then.meeting_type not in kinds:
            yield f"{where}, then", f"There is no meeting type {meeting.then.meeting_type}."
        if meeting.then is not None and meeting.then.deadline not in deadlines:
            yield f"{where}, then", f"There is no deadline {meeting.then.deadline}."


def _required_present(contents: Contents) -> Iterator[Problem]:
    deadlines = {deadline.key for deadline in contents.deadlines}
    for key in REQUIRED_DEADLINES:
        if key not in deadlines:
            yield "deadlines", f"The deadline {key} is missing."
    reasons = {reason.key for reason in contents.decline_reasons}
    for key in REQUIRED_DECLINE_REASONS:
        if key not in reasons:
            yield "decline_reasons", f"The reason {key} is missing."


def _escalations_end(contents: Contents) -> Iterator[Problem]:
    steps = {step.key: step for step in contents.escalations or ()}
    for where, key in _steps_named(contents):
        if key not in steps:
            yield where, f"There is no escalation step {key}."
    for position, step in enumerate(contents.escalations or (), start=1):
        where = f"escalations {position}"
        circle = _circle(step, steps)
        if circle:
            yield f"{where}, then", f"The escalation goes round in a circle: {' to '.join(circle)}."
        elif step.then in steps and steps[step.then].post is step.post:
            yield f"{where}, then", "The next step goes to the same post, so nobody else would hear of it."


def _steps_named(contents: Contents) -> Iterator[tuple[str, str]]:
    if contents.escalate_from is not None:
        yield "escalate_from", contents.escalate_from
    for position, step in enumerate(contents.escalations or (), start=1):
        if step.then is not None:
            yield f"escalations {position}, then", step.then
    for position, deadline in enumerate(contents.deadlines, start=1):
        if deadline.escalate is not None:
            yield f"deadlines {position}, escalate", deadline.escalate
    for level in contents.levels:
        for position, response in enumerate(level.responses, start=1):
            if response.escalate is not None:
                yield f"levels {level.number}, responses {position}, escalate", response.escalate


def _circle(first: Escalation, steps: Mapping[str, Escalation]) -> list[str]:
    """Give the keys from a step back to itself; empty where the steps come to an end."""
    path, at = [first.key], first.then
    while at is not None and at in steps and at not in path[1:]:
        path.append(at)
        if at == first.key:
            return path
        at = steps[at].then
    return []


def _closing_possible(contents: Contents) -> Iterator[Problem]:
    if contents.closure is None:
        return
    yield from _repeats("closure, reasons", (reason.key for reason in contents.closure.reasons))
    for position, reason in enumerate(contents.closure.reasons, start=1):
        if reason.enough and reason.key in NEVER_ENOUGH:
            yield f"closure, reasons {position}", "Not being in contact is never enough to close a case by itself."
    if not any(reason.enough for reason in contents.closure.reasons):
        yield "closure, reasons", "None of the reasons is enough by itself, so no case could ever be closed."
