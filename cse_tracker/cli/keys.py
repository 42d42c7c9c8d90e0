"""The keys over all records: what there is, rotation beside live work, a new root key, and escrow kits."""

from pathlib import Path
from typing import Final

import click

from cse_tracker.cli.opening import Opening, Service, stop
from cse_tracker.cli.rotating import rotate
from cse_tracker.config import KeySource
from cse_tracker.jobs.keys import resting_on
from cse_tracker.records import roots, rotation
from cse_tracker.records.keys import stored_keys
from cse_tracker.records.rotation import Epoch
from cse_tracker.vault.errors import RootKeyProblem
from cse_tracker.vault.kit import Contents, Kit, lock_with_passphrase, lock_with_shares, read_kit
from cse_tracker.vault.local import FileRootKey, read_secret, write_private
from cse_tracker.work.events import (
    EscrowKitMade,
    EscrowKitTried,
    KeyPurpose,
    KeysRecovered,
    RootKeyForgotten,
    RootKeyRenewed,
)


@click.group()
def keys() -> None:
    """The keys over all records."""


keys.add_command(rotate)


@keys.command("create")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.pass_obj
def create(opening: Opening, file: Path | None) -> None:
    """Make a new root key for production: in FILE, or where CSE_TRACKER_ROOT_KEY_SOURCE says. Never overwrites one."""
    try:
        if file is None:
            opening.unopened.store.root.create(development=False)
        else:
            FileRootKey(file).create(development=False)
    except FileExistsError:
        stop("there is a root key there already, and a root key is never overwritten")
    where = "it is where the settings say" if file is None else "set CSE_TRACKER_ROOT_KEY_FILE to it"
    click.echo(f"made; {where}. Make an escrow kit as soon as the store is open: cse-tracker keys escrow")


@keys.command("status")
@click.pass_obj
def status(opening: Opening) -> None:
    """Say which keys there are and what should be done about them, never what they are."""
    service = opening.service
    root = service.store.root_status()
    kind = "development key (demo data only)" if root.development else "production key"
    click.echo(f"root key: {root.newest}, {kind}, kept in: {root.kind}")
    for older in root.ids[:-1]:
        click.echo(f"root key: {older}, kept for backups made under it")
    with opening.work(reading=True) as work:
        epochs = rotation.survey(work.session)
        waiting = roots.behind(work.session, service.store.root)
        tried = roots.tried_at(work.session, roots.covered_by_kit(work.session, service.store.root))
        resting = {purpose: resting_on(work, purpose) for purpose in (KeyPurpose.STAFF, KeyPurpose.MATCH)}
    _say_epochs(epochs)
    if waiting:
        click.echo(f"half done: {waiting} keys are under an older root key; run cse-tracker keys new-root again")
    for left in rotation.unfinished(epochs):
        click.echo(f"half done: {left.data_keys} data keys are under {left.name}; run cse-tracker keys rotate again")
    _say_kept(epochs, resting)
    click.echo(f"escrow: tried on {tried:%d %B %Y}" if tried else ESCROW_MISSING)
    click.echo("store: open and migrated" if service.store.ready() else "store: not ready")


ESCROW_MISSING: Final = (
    "escrow: NO KIT OF TODAY'S KEYS HAS BEEN TRIED. If the root key is lost, every record is lost: "
    "run cse-tracker keys escrow, then cse-tracker keys verify-escrow"
)


def _say_kept(epochs: list[Epoch], resting: dict[KeyPurpose, set[int]]) -> None:
    for purpose, numbers in resting.items():
        mine = [one.name.version for one in epochs if one.name.purpose == purpose.value]
        for number in sorted(numbers.intersection(mine) - {max(mine)}):
            why = (
                "tokens are still under it; run cse-tracker keys rotate --matching again"
                if purpose is KeyPurpose.MATCH
                else "sessions, codes or answers made under it may still come; it is destroyed by the nightly job"
            )
            click.echo(f"{purpose.value}, epoch {number}: {why}")


def _say_epochs(epochs: list[Epoch]) -> None:
    for epoch in epochs:
        if epoch.name.purpose != "borough" or epoch.data_keys or epoch.name.version > 1:
            click.echo(f"{epoch.name}: {epoch.data_keys} data keys")
    quiet = sum(one.name.purpose == "borough" and not one.data_keys and one.name.version == 1 for one in epochs)
    click.echo(f"boroughs without records: {quiet}")


@keys.command("new-root")
@click.option(
    "--to",
    "source",
    type=click.Choice([source.value for source in KeySource]),
    help="Move to the root key of another place, which is there.",
)
@click.option("--forget-old", is_flag=True, help="Destroy older versions: no backup made under them opens again.")
@click.option("--yes", is_flag=True, help="Do not ask before destroying.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_obj
def new_root(opening: Opening, *, source: str | None, forget_old: bool, yes: bool, dry_run: bool) -> None:
    """Make a new version of the root key and wrap all keys under it, or take up a change that was interrupted."""
    service = opening.service
    if forget_old:
        _forget_old(service, yes=yes, dry_run=dry_run)
        return
    target = service.root_key_in(KeySource(source)) if source else service.store.root
    if target.status().development and not service.settings.demo:
        stop("the root key there is a development key, which is refused in production")
    moving = source is not None and KeySource(source) is not service.settings.root.source
    with opening.work() as work:
        roots.lock_epochs(work.session)
        waiting = roots.behind(work.session, target)
        total = len(stored_keys(work.session))
        if dry_run:
            what = "under the newest root key" if waiting else "under a new version of the root key"
            click.echo(f"would wrap {total} keys {what}")
            return
        if not waiting and not moving:
            target.renew()
        done = roots.rewrap_under_root(work.session, service.store.root, target)
        work.record(RootKeyRenewed(subject_id=None, epochs=done))
    click.echo(f"{done} keys are under the root key {target.status().newest}")
    if moving:
        click.echo(f"now set CSE_TRACKER_ROOT_KEY_SOURCE to {source} and start every process of the service anew")
    click.echo(
        "make a new escrow kit today. Older versions are kept for the backups made under them; when the last of "
        "those is gone, destroy the old kit and run cse-tracker keys new-root --forget-old"
    )


def _forget_old(service: Service, *, yes: bool, dry_run: bool) -> None:
    root = service.store.root
    status = root.status()
    older = status.ids[:-1]
    with service.app.app_context(), service.tools.running.work(reading=True) as work:
        waiting = roots.behind(work.session, root)
        tried = roots.tried_at(work.session, roots.covered_by_kit(work.session, root))
    if waiting:
        stop("keys are still under an older root key: run cse-tracker keys new-root first")
    if tried is None:
        stop("no escrow kit of today's keys has been tried: run keys escrow and keys verify-escrow first")
    if not older or dry_run:
        click.echo(f"would destroy: {', '.join(older)}" if older else "there is no older version")
        return
    if not yes:
        click.confirm(f"Destroy {', '.join(older)}? Backups made under them will never open again", abort=True)
    for root_id in older:
        root.forget(root_id)
    with service.app.app_context(), service.tools.running.work() as work:
        work.record(RootKeyForgotten(subject_id=None, versions=len(older)))
    click.echo(f"destroyed: {', '.join(older)}")


@keys.command("escrow")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--shares", metavar="NEEDED/OF", help="Lock the kit by shares on paper, such as 2/3, and no passphrase.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="Read the passphrase there and do not ask.")
@click.pass_obj
def escrow(opening: Opening, file: Path, shares: str | None, passphrase_file: Path | None) -> None:
    """Write an escrow kit to FILE, from which the keys can be restored when the root key is lost."""
    if file.exists():
        stop("that file is there already; a kit is never overwritten")
    split = _split(shares) if shares else None
    service = opening.service
    with opening.work() as work:
        covers = roots.covered_by_kit(work.session, service.store.root)
        contents = roots.contents_for_kit(work.session, service.store.root)
        papers: list[str] = []
        if split is not None:
            kit, papers = lock_with_shares(contents, covers, needed=split[0], of=split[1])
        else:
            kit = lock_with_passphrase(contents, covers, _new_passphrase(passphrase_file))
        _written(file, kit)
        roots.note_kit(work.session, kit.id, covers, work.now)
        work.record(EscrowKitMade(subject_id=kit.id))
    for number, paper in enumerate(papers, start=1):
        click.echo(f"share {number} of {len(papers)}, for one custodian only, on paper:\n  {paper}")
        click.pause("write it down, then press any key")
    click.echo("written; keep it apart from the root key and from the backups, then run cse-tracker keys verify-escrow")


def _split(text: str) -> tuple[int, int]:
    needed, _, of = text.partition("/")
    if not (needed.isdigit() and of.isdigit() and 2 <= int(needed) <= int(of) <= 16):
        stop("--shares is written like 2/3: two needed, of three")
    return int(needed), int(of)


def _written(file: Path, kit: Kit) -> None:
    try:
        write_private(file, kit.as_text())
    except OSError as error:
        message = f"The kit cannot be written there ({error.strerror}); none was made"
        raise RootKeyProblem(message) from None


def _new_passphrase(file: Path | None) -> str:
    if file is not None:
        return read_secret(file, "--passphrase-file")
    answer: str = click.prompt("Passphrase (five words or more)", hide_input=True, confirmation_prompt=True)
    return answer


def _opened(file: Path, passphrase_file: Path | None) -> tuple[Kit, Contents]:
    try:
        kit = read_kit(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        message = "The kit cannot be read: check the path"
        raise RootKeyProblem(message) from None
    if kit.kind == "shares":
        needed = int(kit.lock["needed"])
        papers = [click.prompt(f"Share {number} of {needed}", hide_input=True) for number in range(1, needed + 1)]
        return kit, kit.open_with_shares(papers)
    typed = read_secret(passphrase_file, "--passphrase-file") if passphrase_file else None
    return kit, kit.open_with_passphrase(typed or click.prompt("Passphrase", hide_input=True))


@keys.command("verify-escrow")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="Read the passphrase there and do not ask.")
@click.pass_obj
def verify_escrow(opening: Opening, file: Path, passphrase_file: Path | None) -> None:
    """Open the kit FILE and try it on every key of the store."""
    kit, contents = _opened(file, passphrase_file)
    service = opening.service
    with opening.work() as work:
        number = roots.opened_by(contents, stored_keys(work.session), service.store.root)
        roots.note_tried(work.session, kit.id, kit.covers, work.now)
        work.record(EscrowKitTried(subject_id=kit.id, epochs=number))
        today = roots.covered_by_kit(work.session, service.store.root)
    click.echo(f"the kit opens all {number} keys of this store")
    if kit.covers != today:
        click.echo("but a newer root key is in use since: make a new kit with cse-tracker keys escrow")


@keys.command("recover")
@click.argument("kit_file", type=click.Path(path_type=Path))
@click.option("--file", "target", type=click.Path(path_type=Path), help="Where the root key file is to be written.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="Read the passphrase there and do not ask.")
@click.pass_obj
def recover(opening: Opening, kit_file: Path, target: Path | None, passphrase_file: Path | None) -> None:
    """Put the root key back from an escrow kit, when it was lost.

    A kit of a root key writes it to a new file. A kit of a token or a key service holds the keys of the epochs: they
    are put under the root key that the settings name now, which must be a new one.
    """
    kit, contents = _opened(kit_file, passphrase_file)
    if contents.root is not None:
        if target is None:
            stop("say with --file where the root key file is to be written")
        try:
            write_private(target, contents.root)
        except FileExistsError:
            stop("that file is there already, and a root key is never overwritten")
        click.echo("written; set CSE_TRACKER_ROOT_KEY_FILE to it and run cse-tracker keys status")
        return
    done = opening.unopened.store.recover(contents.keys)
    with opening.work() as work:
        work.record(KeysRecovered(subject_id=kit.id, epochs=done))
    click.echo(f"{done} keys are under the root key in use; make a new escrow kit today")
