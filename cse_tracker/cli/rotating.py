"""New keys beside live work: of boroughs, of the staff, of audit, statistics and matching, and of each compartment."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import click

from cse_tracker.cli.opening import Opening, Service, stop
from cse_tracker.jobs import keys as changed
from cse_tracker.jobs.keys import Tick
from cse_tracker.oversight.commands import make_checkpoint
from cse_tracker.records import rekeying, rotation
from cse_tracker.records.rekeying import Rekeying
from cse_tracker.records.rotation import Epoch, Progress
from cse_tracker.vault.keyring import KeyName
from cse_tracker.work.errors import Conflict
from cse_tracker.work.events import DataKeysRenewed, KeyEpochBegun, KeyEpochClosed, KeyPurpose
from cse_tracker.work.running import Running
from cse_tracker.work.unit import Work

# A rotation looks again this often for keys that others held meanwhile, then says what is left.
PASSES: Final = 20
PAUSE_SECONDS: Final = 0.25
DERIVED: Final = (KeyPurpose.AUDIT, KeyPurpose.STATISTICS, KeyPurpose.MATCH)
Key = tuple[KeyPurpose, str]


@click.command("rotate")
@click.option("--borough", "boroughs", multiple=True, metavar="GSS", help="Only this borough; may be repeated.")
@click.option("--staff", is_flag=True, help="The keys of the staff's own records, alone or beside others.")
@click.option("--audit", is_flag=True, help="The key that chains and seals the audit, alone or beside others.")
@click.option("--statistics", is_flag=True, help="The key from which figures are rounded, alone or beside others.")
@click.option("--matching", is_flag=True, help="The key of the blind tokens, alone or beside others.")
@click.option(
    "--data-keys", is_flag=True, help="Besides, seal every record of the boroughs and the staff under new data keys."
)
@click.option("--max-per-second", type=click.IntRange(min=1), help="Go slower, to leave the database to people.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_obj
def rotate(
    opening: Opening,
    *,
    boroughs: tuple[str, ...],
    staff: bool,
    audit: bool,
    statistics: bool,
    matching: bool,
    data_keys: bool,
    max_per_second: int | None,
    dry_run: bool,
) -> None:
    """Begin a new key for each borough and each common use, and move everything under it; people may go on working.

    Interrupted, it is run again and goes on where it was. Exit status 1 names what could not be opened.
    """
    service = opening.service
    epochs = _survey(service)
    common = {
        KeyPurpose.STAFF: staff,
        KeyPurpose.AUDIT: audit,
        KeyPurpose.STATISTICS: statistics,
        KeyPurpose.MATCH: matching,
    }
    wanted = _wanted(epochs, boroughs, common)
    if dry_run:
        for key in wanted:
            click.echo(f"would rotate {_name(key)}: {_what(service, epochs, key, data_keys=data_keys)}")
        return
    broken: list[UUID] = []
    moved = 0
    for purpose, scope in wanted:
        if purpose in DERIVED:
            _rotate_derived(service, purpose)
            continue
        outcome = _rotate(service, purpose, scope, max_per_second)
        broken, moved = [*broken, *outcome.broken], moved + outcome.done
        if data_keys:
            broken += _new_data_keys(service, purpose, scope, max_per_second)
    for compartment in broken:
        click.echo(f"could not be opened, and was left as it is: compartment {compartment}", err=True)
    click.echo(f"moved {moved} data keys; {len(wanted)} keys are in a new epoch")
    if broken:
        stop("the epochs of these compartments stay open: restore their rows of data_key from a backup", 1)


def _name(key: Key) -> str:
    return f"{key[0].value} {key[1]}".strip()


def _what(service: Service, epochs: list[Epoch], key: Key, *, data_keys: bool) -> str:
    purpose, scope = key
    if purpose is KeyPurpose.AUDIT:
        return "a new key for entries and checkpoints from now on; what is there is verified under its own"
    if purpose is KeyPurpose.STATISTICS:
        return "a new key for figures about months and years that end from now on"
    if purpose is KeyPurpose.MATCH:
        with _tools(service) as running:
            persons, things = changed.waiting_for_tokens(running, anew=True)
        return f"tokens of {len(persons)} persons and {len(things)} things"
    number = sum(one.data_keys for one in epochs if (one.name.purpose, one.name.scope) == (purpose.value, scope))
    return f"{number} data keys" + (", each followed by a new one" if data_keys else "")


@contextmanager
def _tools(service: Service) -> Iterator[Running]:
    with service.app.app_context():
        yield service.tools.running


@contextmanager
def _work(service: Service, *, reading: bool = False) -> Iterator[Work]:
    with service.app.app_context(), service.tools.running.work(reading=reading) as work:
        yield work


def _survey(service: Service) -> list[Epoch]:
    with _work(service, reading=True) as work:
        return rotation.survey(work.session)


def _wanted(epochs: list[Epoch], boroughs: tuple[str, ...], common: dict[KeyPurpose, bool]) -> list[Key]:
    known = {one.name.scope for one in epochs if one.name.purpose == KeyPurpose.BOROUGH.value}
    for gss in boroughs:
        if gss not in known:
            stop(f"there is no key for a borough with the code {gss}")
    everything = not boroughs and not any(common.values())
    chosen = sorted(known) if everything else list(dict.fromkeys(boroughs))
    return [(KeyPurpose.BOROUGH, gss) for gss in chosen] + [
        (purpose, "") for purpose, asked in common.items() if asked or everything
    ]


def _begin(service: Service, purpose: KeyPurpose, scope: str = "") -> KeyName:
    try:
        with _work(service) as work:
            before = {one.name for one in rotation.survey(work.session)}
            target = rotation.begin(work.session, service.store.root, purpose.value, scope, work.now)
            if target not in before:
                begun = KeyEpochBegun(subject_id=None, borough_gss=scope or None, purpose=purpose, epoch=target.version)
                work.record(begun)
    except Conflict:
        stop("somebody else is rotating this key at this moment: run the command again")
    return target


def _rotate(service: Service, purpose: KeyPurpose, scope: str, max_per_second: int | None) -> Progress:
    target = _begin(service, purpose, scope)
    progress = _rewrapped(service, target, max_per_second)
    if purpose is KeyPurpose.STAFF:
        # Its older epochs are closed by the clock, when no session, code or answer rests on them any more.
        _written_anew(service, "e-mail addresses", changed.waiting_for_marks, changed.renew_marks)
        return progress
    with _work(service) as work:
        for name in rotation.close(work.session, target):
            closed = KeyEpochClosed(subject_id=None, borough_gss=scope or None, purpose=purpose, epoch=name.version)
            work.record(closed)
    return progress


def _rotate_derived(service: Service, purpose: KeyPurpose) -> None:
    """Audit and statistics go on under a new key at once; tokens of matching are written anew under theirs."""
    with _tools(service) as running:
        half_done = purpose is KeyPurpose.MATCH and changed.tokens_left(running)
    if not half_done:
        _begin(service, purpose)
    if purpose is KeyPurpose.AUDIT:
        # From here on an entry or a line made with the key before would be found out.
        with _work(service, reading=True) as work:
            make_checkpoint(work, service.tools.checkpoints)
    if purpose is KeyPurpose.MATCH:
        _written_anew(
            service,
            "blind tokens",
            lambda running: [one for several in changed.waiting_for_tokens(running) for one in several],
            changed.renew_tokens,
        )
        with _tools(service) as running:
            changed.close_spent(running)


def _written_anew(
    service: Service,
    label: str,
    waiting: Callable[[Running], list[UUID]],
    renew: Callable[[Running, Tick], int],
) -> None:
    with _tools(service) as running:
        total = len(waiting(running))
        with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
            renew(running, bar.update)


def _rewrapped(service: Service, target: KeyName, max_per_second: int | None) -> Progress:
    total = _left(service, target)
    progress = Progress()
    batch = min(rotation.BATCH, max_per_second or rotation.BATCH)
    label = f"{target.purpose} {target.scope}".strip()
    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
        for _ in range(PASSES):
            progress.after, progress.finished, progress.broken = None, False, []
            while not progress.finished:
                began, before = time.monotonic(), progress.done
                with _work(service) as work:
                    rotation.rewrap(work.session, target, progress, batch=batch)
                bar.update(progress.done - before)
                _rest(batch, max_per_second, began)
            if _left(service, target) <= len(progress.broken):
                break
            time.sleep(PAUSE_SECONDS)
    return progress


def _rest(done: int, max_per_second: int | None, began: float) -> None:
    if max_per_second:
        time.sleep(max(0.0, done / max_per_second - (time.monotonic() - began)))


def _left(service: Service, target: KeyName) -> int:
    key = (target.purpose, target.scope)
    return sum(
        one.data_keys
        for one in _survey(service)
        if (one.name.purpose, one.name.scope) == key and one.name.version < target.version
    )


def _new_data_keys(service: Service, purpose: KeyPurpose, scope: str, max_per_second: int | None) -> list[UUID]:
    """Seal every record of a borough, or of the staff, under a new data key; gives compartments that did not open."""
    with _work(service, reading=True) as work:
        total = rekeying.count(work.session, purpose.value, scope)
    if not total:
        return []
    progress = Rekeying()
    batch = min(rekeying.AT_ONCE, max_per_second or rekeying.AT_ONCE)
    with click.progressbar(length=total, label=f"{_name((purpose, scope))}: new data keys", file=sys.stderr) as bar:
        while not progress.finished:
            began, before = time.monotonic(), progress.compartments
            with _work(service) as work:
                rekeying.renew(work.session, purpose.value, scope, progress, at_once=batch)
            bar.update(progress.compartments - before)
            _rest(batch, max_per_second, began)
    held = _cleared(service, purpose, scope, progress)
    if held:
        click.echo(f"{held} older data keys stay while a legal hold is on their records; run this again after it")
    with _work(service) as work:
        work.record(
            DataKeysRenewed(
                subject_id=None, borough_gss=scope or None, purpose=purpose, compartments=progress.compartments
            )
        )
    return sorted(progress.broken)


def _cleared(service: Service, purpose: KeyPurpose, scope: str, progress: Rekeying) -> int:
    for _ in range(PASSES):
        _wait_for_older_work(service)
        with _work(service) as work:
            left, held = rekeying.clear(work.session, purpose.value, scope, progress)
        if left <= len(progress.broken):
            return held
    raise _not_finished("records are being written without a pause")


def _wait_for_older_work(service: Service) -> None:
    with _work(service, reading=True) as work:
        since = rekeying.database_time(work.session)
    for _ in range(PASSES):
        with _work(service, reading=True) as work:
            if rekeying.settled(work.session, since):
                return
        time.sleep(PAUSE_SECONDS)
    raise _not_finished("work that began before is still running")


def _not_finished(why: str) -> SystemExit:
    click.echo(f"cse-tracker: {why}: run the command again; the older data keys are there until then", err=True)
    return SystemExit(2)
