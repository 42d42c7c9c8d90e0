"""What is written anew after a key was changed, and the end of keys under which nothing rests any more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from cse_tracker.identity import commands as identity
from cse_tracker.identity import queries as identity_queries
from cse_tracker.intelligence import commands as intelligence
from cse_tracker.intelligence import queries as intelligence_queries
from cse_tracker.matching import commands as matching
from cse_tracker.matching import queries as match_queries
from cse_tracker.onetime import queries as onetime_queries
from cse_tracker.records import marks, rotation
from cse_tracker.records.keys import epochs_of
from cse_tracker.systems import queries as system_queries
from cse_tracker.work.events import KeyEpochClosed, KeyPurpose
from cse_tracker.work.running import Running
from cse_tracker.work.unit import Work

AT_ONCE: Final = 200
SESSIONS_LAST: Final = timedelta(days=1)
"""Longer than any session: cookies signed under the staff key before are good until then."""

# How many of all there are were just done.
Tick = Callable[[int], object]


def waiting_for_tokens(running: Running, *, anew: bool = False) -> tuple[list[UUID], list[UUID]]:
    """Give the persons and the things whose tokens are not under the newest match key, or all of them for a new one."""
    with running.work(reading=True) as work:
        if anew:
            return match_queries.with_tokens(work), intelligence_queries.with_tokens(work)
        return match_queries.without_tokens(work.session), intelligence_queries.without_tokens(work)


def tokens_left(running: Running) -> bool:
    """Whether tokens are under a match key before the newest: a rotation was interrupted."""
    with running.work(reading=True) as work:
        newest = max(epochs_of(work.session, KeyPurpose.MATCH.value))
        return bool(resting_on(work, KeyPurpose.MATCH) - {newest})


def renew_tokens(running: Running, tick: Tick) -> int:
    """Write the tokens of persons and of things under the newest match key, then drop those of older ones.

    Until a token is renewed it is found under the key before, so nobody is missed meanwhile.
    """
    persons, things = waiting_for_tokens(running)
    done = 0
    for renew, ids in ((matching.renew_tokens, persons), (intelligence.renew_tokens, things)):
        for start in range(0, len(ids), AT_ONCE):
            with running.work() as work:
                done += renew(work, ids[start : start + AT_ONCE])
            tick(len(ids[start : start + AT_ONCE]))
    if persons or things:
        with running.work() as work:
            matching.drop_old_tokens(work)
            intelligence.drop_old_tokens(work)
    return done


def waiting_for_marks(running: Running) -> list[UUID]:
    """Give the users whose e-mail address is found under an older staff key."""
    with running.work(reading=True) as work:
        newest = max(epochs_of(work.session, "staff"))
        return [user for user, mark in identity_queries.email_marks(work).items() if marks.epoch_of(mark) != newest]


def renew_marks(running: Running, tick: Tick) -> int:
    """Write the marks under which users are found by their e-mail address under the newest staff key."""
    ids, done = waiting_for_marks(running), 0
    for start in range(0, len(ids), AT_ONCE):
        with running.work() as work:
            done += identity.renew_email_tokens(work, ids[start : start + AT_ONCE])
        tick(len(ids[start : start + AT_ONCE]))
    return done


def resting_on(work: Work, purpose: KeyPurpose) -> set[int]:
    """Give the epochs of the staff or the match key on which something rests: tokens, codes, answers, sessions."""
    if purpose is KeyPurpose.MATCH:
        return match_queries.token_epochs(work) | intelligence_queries.token_epochs(work)
    emails = {marks.epoch_of(mark) for mark in identity_queries.email_marks(work).values()}
    begun = epochs_of(work.session, purpose.value)
    # A session begun just before the next key was made is signed by the one before that.
    young = {number - 1 for number, since in begun.items() if since is not None and work.now - since < SESSIONS_LAST}
    return emails | young | system_queries.mark_epochs(work) | onetime_queries.mark_epochs(work)


def close_spent(running: Running) -> int:
    """Destroy older epochs of the staff's and the match key on which nothing rests any more; gives how many."""
    done = 0
    for purpose in (KeyPurpose.STAFF, KeyPurpose.MATCH):
        with running.work() as work:
            newest = rotation.newest(work.session, purpose.value)
            for name in rotation.close(work.session, newest, keep=resting_on(work, purpose)):
                work.record(KeyEpochClosed(subject_id=None, purpose=purpose, epoch=name.version))
                done += 1
    return done
