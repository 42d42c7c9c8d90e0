"""The whole timetable on one page."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from cse_tracker.agenda import commands as agenda
from cse_tracker.agenda import queries as agenda_queries
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.duties import commands as duties
from cse_tracker.duties import queries as duty_queries
from cse_tracker.identity import queries as identity
from cse_tracker.imports import commands as imports
from cse_tracker.imports import queries as import_queries
from cse_tracker.imports.model import ImportState
from cse_tracker.invitations import commands as invitations
from cse_tracker.invitations.rules import Verdict
from cse_tracker.jobs import backups as nightly
from cse_tracker.jobs import keys, preparing
from cse_tracker.meetings import commands as meetings
from cse_tracker.meetings import queries as meeting_queries
from cse_tracker.missing import commands as missing
from cse_tracker.missing import queries as missing_queries
from cse_tracker.notifications import commands as notifications
from cse_tracker.notifications import hooks, outside
from cse_tracker.notifications import queries as outbox
from cse_tracker.notifications.calling import CallFailed, HookCaller, Outgoing
from cse_tracker.notifications.letters import Stationery
from cse_tracker.notifications.mailers import Mailer, MailFailed
from cse_tracker.notifications.replies import ImapMailbox, MailboxFailed
from cse_tracker.onetime import commands as onetime
from cse_tracker.onetime import queries as onetime_queries
from cse_tracker.outbound import commands as outbound
from cse_tracker.outbound import queries as outbound_queries
from cse_tracker.oversight import queries as oversight
from cse_tracker.oversight.commands import make_checkpoint
from cse_tracker.protocols import queries as protocols
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.reminders import commands as reminders
from cse_tracker.reminders import queries as reminder_queries
from cse_tracker.statistics import commands as figures
from cse_tracker.systems import commands as systems
from cse_tracker.triage import commands as triage
from cse_tracker.triage import queries as triage_queries
from cse_tracker.work.actor import Actor
from cse_tracker.work.errors import Conflict, Refused, RuleBroken
from cse_tracker.work.running import Running
from cse_tracker.work.unit import Work

log = logging.getLogger("cse_tracker.jobs")


@dataclass(frozen=True, repr=False)
class Tools:
    """What the jobs work with."""

    running: Running
    mailer: Mailer
    stationery: Stationery
    checkpoints: Path
    hooks: HookCaller = field(default_factory=HookCaller)
    mailbox: ImapMailbox | None = None
    backups: nightly.Plan | None = None


@dataclass(frozen=True)
class Every:
    """Again and again, so many seconds apart, counted from the start of the process."""

    seconds: int

    @property
    def words(self) -> str:
        """How operators read it."""
        for length, name in ((3600, "hour"), (60, "minute"), (1, "second")):
            number, rest = divmod(self.seconds, length)
            if number and not rest:
                return f"every {number} {name}s" if number > 1 else f"every {name}"
        return f"every {self.seconds} seconds"


@dataclass(frozen=True)
class Daily:
    """Once a day at this full hour in London, however often the process is started anew."""

    hour: int

    @property
    def words(self) -> str:
        """How operators read it."""
        return f"daily at {self.hour}:00 in London"


@dataclass(frozen=True)
class Job:
    """One line of the timetable. `run` gives how many items it dealt with."""

    name: str
    when: Every | Daily
    run: Callable[[Tools], int]


# After so many letters in a row that could not be sent, the rest wait for the next run: the server is down, and each
# letter would wait for it in vain.
ENOUGH: Final = 10


def deliver_outbox(tools: Tools) -> int:
    """Send what is due, one letter after the other; gives how many were sent."""
    with tools.running.work(reading=True) as work:
        due = outbox.due_ids(work.session, work.now)
    sent = failed = 0
    for message_id in due:
        outcome = _deliver(tools, message_id)
        if outcome is None:
            continue
        sent, failed = (sent + 1, 0) if outcome else (sent, failed + 1)
        if failed == ENOUGH:
            break
    return sent


def _deliver(tools: Tools, message_id: UUID) -> bool | None:
    with tools.running.work() as work:
        doubtful = notifications.set_doubtful_aside(work, message_id)
        claimed = notifications.claim(work, message_id)
    if doubtful:
        _say_dead([message_id])
    if claimed is None:
        return None
    number = claimed.ids[0]
    letter = _written(
        tools, number, lambda work: notifications.write_letter(work, claimed.ids, stationery=tools.stationery)
    )
    if letter is None:
        _settle(tools, claimed.ids, notifications.put_back)
        return False
    with tools.running.work() as work:
        mine = notifications.hand_over(work, claimed)
    if not mine:
        return None
    sent = _handed_over(tools, number, letter)
    _settle(tools, claimed.ids, notifications.mark_sent if sent else partial(notifications.put_back, handed_over=True))
    return sent


# A letter that came and is not recorded would come again: what became of it is written down at the third try too.
MOST_SETTLINGS: Final = 3


def _settle(tools: Tools, claimed: Sequence[UUID], settle: Callable[[Work, UUID], bool]) -> None:
    for left in reversed(range(MOST_SETTLINGS)):
        try:
            with tools.running.work() as work:
                dead = [each for each in claimed if settle(work, each)]
        except Exception:
            # A busy database, or somebody who was first: whatever it was, the letter has gone.
            if not left:
                raise
        else:
            return _say_dead(dead)
    return None


def _say_dead(dead: Sequence[UUID]) -> None:
    for each in dead:
        log.error("%s", json.dumps({"event": "message.dead", "message": str(each)}))


def _sent(tools: Tools, number: UUID, write: Callable[[Work], EmailMessage]) -> bool:
    """Whether a letter was written and handed to the mail system."""
    letter = _written(tools, number, write)
    return letter is not None and _handed_over(tools, number, letter)


def _written(tools: Tools, number: UUID, write: Callable[[Work], EmailMessage]) -> EmailMessage | None:
    try:
        with tools.running.work(reading=True) as work:
            return write(work)
    except Exception as error:  # noqa: BLE001 - one letter that nobody can write must not stop the others
        _say_defect(number, error)
        return None


def _handed_over(tools: Tools, number: UUID, letter: EmailMessage) -> bool:
    try:
        tools.mailer.send(letter)
    except MailFailed:
        return False
    except Exception as error:  # noqa: BLE001 - one letter that nobody can address must not stop the others
        _say_defect(number, error)
        return False
    return True


def _say_defect(number: UUID, error: Exception) -> None:
    # The kind only: an error's text may quote the address.
    facts = {"event": "message.defect", "message": str(number), "kind": type(error).__name__}
    log.error("%s", json.dumps(facts))


def call_webhooks(tools: Tools) -> int:
    """Tell systems what has changed, each thing's changes in their order; gives how many calls were taken."""
    taken = 0
    while True:
        with tools.running.work(reading=True) as work:
            due = hooks.due_calls(work)
        done = sum(_call(tools, call_id) for call_id in due)
        taken += done
        # What was taken may have held back what comes next about the same thing.
        if not done:
            return taken


def _call(tools: Tools, call_id: UUID) -> bool:
    with tools.running.work() as work:
        call = hooks.claim_call(work, call_id)
    if call is None:
        return False
    failed = _made(tools, call)
    with tools.running.work() as work:
        if failed is None:
            hooks.mark_taken(work, call_id)
            return True
        given_up = hooks.put_call_back(work, call_id, down=failed.down)
    if given_up:
        log.error("%s", json.dumps({"event": "webhook.given_up", "call": str(call_id)}))
    return False


def _made(tools: Tools, call: Outgoing) -> CallFailed | None:
    try:
        tools.hooks.send(call, tools.running.clock())
    except CallFailed as failed:
        return failed
    return None


def forget_answers(tools: Tools) -> int:
    """Throw away answers kept for requests that might have come again; gives how many."""
    done = 0
    while True:
        with tools.running.work() as work:
            some = systems.forget_answers(work)
        done += some
        if not some:
            return done


def let_reminders_fall(tools: Tools) -> int:
    """Give every reminder whose time has come, one after the other; gives how many somebody gets."""
    fallen = 0
    while True:
        with tools.running.work(reading=True) as work:
            due = reminder_queries.due_ids(work.session, work.now)
        for reminder_id in due:
            fallen += _let_fall(tools, reminder_id)
        if len(due) < MOST_AT_ONCE:
            return fallen


MOST_AT_ONCE: Final = 500


def _let_fall(tools: Tools, reminder_id: UUID) -> bool:
    try:
        with tools.running.work() as work:
            return reminders.fall(work, reminder_id)
    except Conflict:
        # Another clock was at it in the same moment: whoever was first has given it.
        return False


def readdress_invitations(tools: Tools) -> int:
    """Address invitations to whoever holds each post now; gives how many changed hands."""
    with tools.running.work(reading=True) as work:
        ids = meeting_queries.scheduled_ids(work.session, work.now)
    done = 0
    for meeting_id in ids:
        with tools.running.work() as work:
            done += invitations.follow_posts(work, meeting_id)
    return done


# Somebody wrote something that this service could not understand or may not believe.
FOR_A_PERSON: Final = frozenset({Verdict.UNREADABLE, Verdict.UNKNOWN_MEETING, Verdict.UNKNOWN_SENDER})


def read_replies(tools: Tools) -> int:
    """Read calendar replies from the mailbox, where one is set up; gives how many were taken or set aside."""
    if tools.mailbox is None:
        return 0
    done = 0
    try:
        with tools.mailbox.open() as mailbox:
            for letter in mailbox.unread():
                # Recorded before the letter is set aside: one that is read twice says the same thing twice.
                with tools.running.work() as work:
                    verdict = invitations.take_reply(work, letter.answer, from_address=letter.sender)
                mailbox.set_aside(letter, flagged=verdict in FOR_A_PERSON)
                done += 1
    except MailboxFailed as failed:
        log.error("%s", json.dumps({"event": "mailbox.failed", "kind": str(failed)}))  # noqa: TRY400
        raise
    return done


PARTS_AT_ONCE: Final = 10


def put_packs_together(tools: Tools) -> int:
    """Carry on every pack that was begun, as who asked for it; gives how many steps were done."""
    with tools.running.work(reading=True) as work:
        found = [(pack_id, identity.actor_of(work, asker)) for pack_id, asker in agenda_queries.unfinished_packs(work)]
    done = 0
    for pack_id, asker in found:
        while asker is not None and _add_parts(tools, pack_id, asker):
            done += 1
    return done


def _add_parts(tools: Tools, pack_id: UUID, asker: Actor) -> bool:
    try:
        with tools.running.work(asker) as work:
            return add_parts(work, pack_id)
    except Refused as refused:
        log.error("%s", json.dumps({"event": "pack.refused", "code": refused.code}))  # noqa: TRY400
        return False


def add_parts(work: Work, pack_id: UUID, *, most: int = PARTS_AT_ONCE) -> bool:
    """Add the next parts to a pack; gives whether more are to come."""
    pack = agenda_queries.pack_in_hand(work, pack_id)
    meeting = meeting_queries.open_meeting(work, pack.meeting_id)
    agency = identity.agency(work, pack.agency_id)
    sections = agenda.sections_of(protocols.in_force(work, pack.borough_gss), meeting, agency.kind)
    found = agenda_queries.next_parts(work, pack, meeting, sections, most=most)
    return agenda.add_parts(work, pack, meeting, found, sections)


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
    ended = 0
    for episode_id in still_open:
        with tools.running.work() as work:
            ended += missing.close_at_eighteen(work, episode_id)
    return ended


MOST_STEPS: Final = 200


def carry_on_imports(tools: Tools) -> int:
    """Carry on every import that was begun, or is being taken back, as who began that; gives how many steps were done.

    One whose beginner has left waits until another lead officer takes it back.
    """
    with tools.running.work(reading=True) as work:
        found = [
            (each.import_id, actor)
            for each in import_queries.waiting(work.session)
            if each.user_id and (actor := identity.actor_of(work, each.user_id))
        ]
    return sum(_carry_on_import(tools, import_id, actor) for import_id, actor in found)


def _carry_on_import(tools: Tools, import_id: UUID, actor: Actor) -> int:
    try:
        return _bring_in(tools, import_id, actor) or _take_back(tools, import_id, actor)
    except Exception as error:  # noqa: BLE001 - whatever went wrong: all of it is brought in, or nothing
        # The kind only: an error's text may quote a cell.
        facts = {"event": "import.failed", "import": str(import_id), "kind": type(error).__name__}
        log.error("%s", json.dumps(facts))  # noqa: TRY400
        words = error.message if isinstance(error, RuleBroken) else "Something went wrong"
    try:
        with tools.running.work(actor) as work:
            batch = import_queries.open_import(work, import_id, for_change=True)
            imports.take_back(work, batch, message=f"{words}. Everything is being taken back.")
    except Refused:
        # Whoever began it leads the borough no longer.
        return 0
    return 1


def _bring_in(tools: Tools, import_id: UUID, actor: Actor) -> int:
    with tools.running.work(actor, reading=True) as work:
        batch = import_queries.open_import(work, import_id)
        if batch.state is not ImportState.APPLYING:
            return 0
        planned = imports.plan(work, batch)
    for step in range(1, MOST_STEPS + 1):
        with tools.running.work(actor) as work:
            batch = import_queries.open_import(work, import_id, for_change=True)
            before = batch.done
            if not imports.carry_on(work, batch, planned):
                return step
            planned = imports.rest(planned, batch.done - before)
    return MOST_STEPS


def _take_back(tools: Tools, import_id: UUID, actor: Actor) -> int:
    for step in range(1, MOST_STEPS + 1):
        with tools.running.work(actor) as work:
            batch = import_queries.open_import(work, import_id, for_change=True)
            if not imports.carry_on_back(work, batch):
                return step
    return MOST_STEPS


def verify_audit(tools: Tools) -> int:
    """Verify the whole audit and every row against it; a break is logged as an error with its kind and place."""
    with tools.running.work(reading=True) as work:
        verdict = oversight.verification(work, tools.checkpoints)
    if not verdict.intact:
        facts = {"event": "audit.broken", "kind": verdict.kind, "where": verdict.where}
        log.error("%s", json.dumps(facts))
    return verdict.entries


def renew_match_tokens(tools: Tools) -> int:
    """Write tokens under the newest match key where they are missing, and then delete those of older keys."""
    return keys.renew_tokens(tools.running, lambda _: None)


def close_keys(tools: Tools) -> int:
    """Destroy older keys of the staff and of matching on which nothing rests any more; gives how many."""
    return keys.close_spent(tools.running)


def back_up(tools: Tools) -> int:
    """Make the night's backup where a folder for it is set, try it and keep it by rule; gives how many were made."""
    return nightly.back_up(tools.backups, tools.running, tools.mailer) if tools.backups is not None else 0


def prepare_what_was_asked(tools: Tools) -> int:
    """Carry on every month's statistics that somebody asked for; gives how many are over."""
    return preparing.carry_on(tools.running)


def prepare_statistics(tools: Tools) -> int:
    """From the month's first working day, take last month's statistics of every borough that has none yet."""
    with tools.running.work(reading=True) as work:
        wanted = figures.boroughs_to_prepare(work)
    return sum(_prepare(tools, gss, month) for gss, month in wanted)


def _prepare(tools: Tools, borough_gss: str, month: date) -> bool:
    try:
        with tools.running.work() as work:
            figures.take_release(work, borough_gss=borough_gss, month=month)
    except Refused as refused:
        # One borough whose figures cannot be protected must not stop the others; the code names nobody.
        log.error("%s", json.dumps({"event": "statistics.not_prepared", "code": refused.code}))  # noqa: TRY400
        return False
    return True


def checkpoint_audit(tools: Tools) -> int:
    """Note the ends of all chains outside the database; the line is logged too, for whoever collects logs elsewhere."""
    with tools.running.work(reading=True) as work:
        line = make_checkpoint(work, tools.checkpoints)
    log.info("%s", json.dumps({"event": "audit.checkpoint", "line": line}))
    return 1


def bring_back_offers(tools: Tools) -> int:
    """Bring back each referral that another borough has not taken on in time, with an alarm."""
    with tools.running.work(reading=True) as work:
        late = triage_queries.lapsed_ids(work)
    done = 0
    for offer_id in late:
        with tools.running.work() as work:
            done += triage.lapse(work, offer_id)
    return done


def deliver_outside(tools: Tools) -> int:
    """Send the links and codes that are due to services without an account; gives how many were sent."""
    with tools.running.work(reading=True) as work:
        due = onetime_queries.due_letter_ids(work)
    return sum(_deliver_outside(tools, letter_id) for letter_id in due)


def _deliver_outside(tools: Tools, letter_id: UUID) -> bool:
    with tools.running.work() as work:
        if not onetime.claim(work, letter_id):
            return False
    sent = _sent(
        tools, letter_id, lambda work: outside.write(work, onetime_queries.letter(work, letter_id), tools.stationery)
    )
    with tools.running.work() as work:
        (onetime.mark_sent if sent else onetime.put_back)(work, letter_id)
    return sent


def watch_outbound(tools: Tools) -> int:
    """Chase services that have not answered in time, and bring back what waits at a service that has closed."""
    with tools.running.work(reading=True) as work:
        silent, stranded = outbound_queries.silent_ids(work), outbound_queries.stranded_ids(work)
    done = 0
    for act, found in ((outbound.note_silence, silent), (outbound.bring_back, stranded)):
        for outbound_id in found:
            with tools.running.work() as work:
                done += act(work, outbound_id)
    return done


def close_windows(tools: Tools) -> int:
    """Close what partner agencies may read no longer: referrals and meetings that are over, once nothing is owed."""
    with tools.running.work(reading=True) as work:
        referred, met = referral_queries.read_long_ago_ids(work), meeting_queries.over_long_ago_ids(work)
    done = 0
    for act, found in ((referrals.close_window, referred), (meetings.close_window, met)):
        for each in found:
            with tools.running.work() as work:
                done += act(work, each)
    return done


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


def alert_eighteenth_birthdays(tools: Tools) -> int:
    """Ask for a hand-on plan six and three months before an eighteenth birthday; gives how many cases it concerned."""
    with tools.running.work(reading=True) as work:
        ids = case_queries.open_ids(work.session)
    told = 0
    for case_id in ids:
        with tools.running.work() as work:
            told += cases.alert_before_eighteen(work, case_id)
    return told


TIMETABLE: Final = (
    Job("deliver-outbox", Every(seconds=10), deliver_outbox),
    Job("call-webhooks", Every(seconds=10), call_webhooks),
    Job("forget-answers", Daily(hour=4), forget_answers),
    Job("let-reminders-fall", Every(seconds=20), let_reminders_fall),
    Job("put-packs-together", Every(seconds=5), put_packs_together),
    Job("readdress-invitations", Every(seconds=300), readdress_invitations),
    Job("read-replies", Every(seconds=120), read_replies),
    Job("breach-duties", Every(seconds=60), breach_duties),
    Job("escalate-duties", Every(seconds=60), escalate_duties),
    Job("carry-on-imports", Every(seconds=5), carry_on_imports),
    Job("prepare-what-was-asked", Every(seconds=5), prepare_what_was_asked),
    Job("end-episodes-at-eighteen", Daily(hour=4), end_episodes_at_eighteen),
    Job("alert-eighteenth-birthdays", Daily(hour=5), alert_eighteenth_birthdays),
    Job("renew-match-tokens", Every(seconds=3600), renew_match_tokens),
    Job("checkpoint-audit", Every(seconds=3600), checkpoint_audit),
    Job("bring-back-offers", Every(seconds=60), bring_back_offers),
    Job("deliver-outside", Every(seconds=10), deliver_outside),
    Job("watch-outbound", Every(seconds=60), watch_outbound),
    Job("back-up", Daily(hour=2), back_up),
    Job("close-keys", Daily(hour=4), close_keys),
    Job("close-windows", Daily(hour=4), close_windows),
    Job("tidy-drafts", Daily(hour=4), tidy_drafts),
    Job("prepare-statistics", Daily(hour=5), prepare_statistics),
    # At three no hour is skipped or doubled when the clocks change.
    Job("verify-audit", Daily(hour=3), verify_audit),
)
