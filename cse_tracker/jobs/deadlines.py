"""What happens because a time has come: breaches, birthdays, forgotten offers and drafts, windows that close."""

from collections.abc import Callable, Iterable
from uuid import UUID

from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.duties import commands as duties
from cse_tracker.duties import queries as duty_queries
from cse_tracker.jobs.job import Tools
from cse_tracker.meetings import queries as meeting_queries
from cse_tracker.meetings.commands import ending
from cse_tracker.missing import commands as missing
from cse_tracker.missing import queries as missing_queries
from cse_tracker.outbound import queries as outbound_queries
from cse_tracker.outbound.commands import following
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.triage import commands as triage
from cse_tracker.triage import queries as triage_queries
from cse_tracker.work.unit import Work


def breach_duties(tools: Tools) -> int:
    """Write down every breach as it happens, so that history is exact."""
    with tools.running.work(reading=True) as work:
        late = duty_queries.overdue_ids(work.session, work.now)
    for duty_id in late:
        with tools.running.work() as work:
            duties.breach(work, duty_id)
    return len(late)


def escalate_duties(tools: Tools) -> int:
    """Take each late duty higher when its protocol says so."""
    with tools.running.work(reading=True) as work:
        waiting = duty_queries.escalation_due_ids(work.session, work.now)
    for duty_id in waiting:
        with tools.running.work() as work:
            duties.escalate(work, duty_id)
    return len(waiting)


def end_episodes_at_eighteen(tools: Tools) -> int:
    """End each missing episode that is still open on the 18th birthday; gives how many were ended."""
    with tools.running.work(reading=True) as work:
        still_open = missing_queries.open_ids(work.session)
    return _each(tools, missing.close_at_eighteen, still_open)


def alert_eighteenth_birthdays(tools: Tools) -> int:
    """Ask for a hand-on plan six and three months before an eighteenth birthday; gives how many cases it concerned."""
    with tools.running.work(reading=True) as work:
        ids = case_queries.open_ids(work.session)
    return _each(tools, cases.alert_before_eighteen, ids)


def bring_back_offers(tools: Tools) -> int:
    """Bring back each referral that another borough has not taken on in time, with an alarm."""
    with tools.running.work(reading=True) as work:
        late = triage_queries.lapsed_ids(work)
    return _each(tools, triage.lapse, late)


def watch_outbound(tools: Tools) -> int:
    """Chase services that have not answered in time, and bring back what waits at a service that has closed."""
    with tools.running.work(reading=True) as work:
        silent, stranded = outbound_queries.silent_ids(work), outbound_queries.stranded_ids(work)
    return _each(tools, following.note_silence, silent) + _each(tools, following.bring_back, stranded)


def close_windows(tools: Tools) -> int:
    """Close what partner agencies may read no longer: referrals and meetings that are over, once nothing is owed."""
    with tools.running.work(reading=True) as work:
        referred, met = referral_queries.read_long_ago_ids(work), meeting_queries.over_long_ago_ids(work)
    return _each(tools, referrals.close_window, referred) + _each(tools, ending.close_window, met)


def tidy_drafts(tools: Tools) -> int:
    """Remind authors of drafts that they have forgotten, and purge those untouched for ninety days."""
    with tools.running.work(reading=True) as work:
        untouched = referral_queries.untouched_ids(work)
    done = 0
    for referral_id in untouched:
        with tools.running.work() as work:
            purged = referrals.purge_untouched(work, referral_id)
            done += purged or referrals.remind_of_draft(work, referral_id)
    return done


def _each(tools: Tools, act: Callable[[Work, UUID], int], ids: Iterable[UUID]) -> int:
    """Do one thing to each, in a unit of work of its own; gives how many it concerned."""
    done = 0
    for each in ids:
        with tools.running.work() as work:
            done += act(work, each)
    return done
