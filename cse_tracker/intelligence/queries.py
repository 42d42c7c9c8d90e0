"""What cases have in common: with content where both ends may be seen, across boroughs as existence only."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.cases.queries import CaseRow
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.intelligence.events import LinkFoundElsewhere, LinksViewed
from cse_tracker.intelligence.model import Link, LinkToken, Thing
from cse_tracker.intelligence.rules import Handling, composites
from cse_tracker.records.blind import Blinding, blindings_of
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work

MOST_DRAWN: Final = 40
STEPS: Final = 3


@dataclass(frozen=True)
class Elsewhere:
    """Another borough that holds the same thing: its name and whom to ask. What it holds is not said."""

    borough: str
    contacts: tuple[str, ...]


@dataclass(frozen=True)
class LinkRow:
    """A link with its thing, the other cases that have it in common, and the boroughs that hold it too."""

    link: Link
    thing: Thing
    others: tuple[CaseRow, ...]
    elsewhere: tuple[Elsewhere, ...]


@dataclass(frozen=True)
class Shared:
    """A thing with the cases in sight that have to do with it."""

    thing: Thing
    cases: tuple[CaseRow, ...]
    elsewhere: tuple[Elsewhere, ...]


@dataclass(frozen=True)
class Network:
    """What is within three steps of a case or a thing: cases and things by id, and what joins them."""

    focus: UUID
    cases: dict[UUID, CaseRow] = field(default_factory=dict)
    things: dict[UUID, Thing] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    cut: bool = False


def open_thing(work: Work, thing_id: UUID) -> Thing:
    """Give one thing; NotFound where the actor may not see it."""
    thing = work.session.get(Thing, thing_id)
    if thing is None:
        raise NotFound
    require_sight(work.actor, Permission.LINK_VIEW, thing)
    return thing


def open_link(work: Work, link_id: UUID, *, for_change: bool = False) -> Link:
    """Give one link; NotFound unless the actor may see both of its ends."""
    found = work.session.get(Link, link_id, with_for_update=for_change)
    if found is None:
        raise NotFound
    require_sight(work.actor, Permission.LINK_VIEW, found)
    open_thing(work, found.to_thing_id)
    if found.from_case_id is not None:
        cases.open_case(work, found.from_case_id)
    if found.from_thing_id is not None:
        open_thing(work, found.from_thing_id)
    return found


def of_case(work: Work, case: Case) -> list[LinkRow]:
    """Give the links of a case that has been opened, the newest first, those taken back last."""
    links = _opened(work, select(Link).where(Link.from_case_id == case.id))
    things = _things(work, {link.to_thing_id for link in links})
    shared = _cases_of(work, things)
    elsewhere = held_elsewhere(work, things.values())
    work.record(
        LinksViewed(
            subject_id=case.id,
            borough_gss=case.borough_gss,
            shown=len(links),
            boroughs=sum(len(found) for found in elsewhere.values()),
        )
    )
    rows = [
        LinkRow(
            link,
            things[link.to_thing_id],
            tuple(row for row in shared[link.to_thing_id] if row.case.id != case.id),
            elsewhere.get(link.to_thing_id, ()),
        )
        for link in links
        if link.to_thing_id in things
    ]
    return sorted(rows, key=lambda row: (not row.link.body.stands, -row.link.body.recorded_at.timestamp()))


def _opened(work: Work, wanted: object) -> list[Link]:
    rows = list(work.session.scalars(wanted))  # type: ignore[call-overload]
    allowed = scope(work.actor, Permission.LINK_VIEW).boroughs
    seen = [row for row in rows if row.borough_gss in allowed]
    unlock(work.session, [row.compartment_id for row in seen])
    return seen


def _things(work: Work, thing_ids: Iterable[UUID]) -> dict[UUID, Thing]:
    allowed = scope(work.actor, Permission.LINK_VIEW).boroughs
    rows = work.session.scalars(select(Thing).where(Thing.id.in_(set(thing_ids)), Thing.borough_gss.in_(allowed))).all()
    unlock(work.session, [row.compartment_id for row in rows])
    return {row.id: row for row in rows}


def _cases_of(work: Work, thing_ids: Iterable[UUID]) -> dict[UUID, list[CaseRow]]:
    links = _opened(work, select(Link).where(Link.to_thing_id.in_(set(thing_ids)), Link.from_case_id.is_not(None)))
    standing = [link for link in links if link.body.stands]
    rows = cases.rows_of(work, {link.from_case_id for link in standing if link.from_case_id})
    out: dict[UUID, dict[UUID, CaseRow]] = defaultdict(dict)
    for link in standing:
        row = rows.get(link.from_case_id) if link.from_case_id else None
        if row is not None:
            out[link.to_thing_id][row.case.id] = row
    return defaultdict(
        list,
        {thing_id: sorted(found.values(), key=lambda row: row.case.reference) for thing_id, found in out.items()},
    )


def held_elsewhere(work: Work, things: Collection[Thing]) -> dict[UUID, tuple[Elsewhere, ...]]:
    """Give for each thing the other boroughs that hold the same, by tokens alone; nothing of theirs is opened.

    What another borough holds only under conditions is not said. Each borough's audit says that it was found.
    """
    sought = {thing.id: composites(thing.head.sighting) for thing in things}
    owners = {thing.id: thing.borough_gss for thing in things}
    if not any(sought.values()):
        return {}
    found: dict[UUID, set[str]] = defaultdict(set)
    told: set[tuple[UUID, str]] = set()
    for thing_id, holder, gss in _held(work, sought):
        if gss != owners[thing_id]:
            found[thing_id].add(gss)
            told.add((holder, gss))
    for holder, gss in sorted(told):
        work.record(LinkFoundElsewhere(subject_id=holder, borough_gss=gss))
    asked = _whom_to_ask(work, {gss for several in found.values() for gss in several})
    return {thing_id: tuple(asked[gss] for gss in sorted(several)) for thing_id, several in found.items()}


def _held(work: Work, sought: Mapping[UUID, Iterable[tuple[str, ...]]]) -> Iterator[tuple[UUID, UUID, str]]:
    """Give each thing with who holds the same by a token that answers other boroughs, and the holder's borough."""
    for blinding in blindings_of(work.session):
        wanted: dict[int, set[UUID]] = defaultdict(set)
        for thing_id, several in sought.items():
            for composite in several:
                wanted[blinding.token("link", *composite)].add(thing_id)
        rows = work.session.execute(
            select(LinkToken.token, LinkToken.handle, LinkToken.holder).where(
                LinkToken.token.in_(wanted), LinkToken.key_version == blinding.version, LinkToken.announced
            )
        ).all()
        for row in rows:
            holder, gss = blinding.open_holder(row.token, row.handle, row.holder)
            for thing_id in wanted[row.token]:
                yield thing_id, holder, gss


def _whom_to_ask(work: Work, boroughs: set[str]) -> dict[str, Elsewhere]:
    out = {}
    for borough in identity.boroughs(work, boroughs) if boroughs else []:
        posts = identity.post_holders(work, borough_gss=borough.gss, kind=PostKind.LEAD_OFFICER)
        users = identity.users(work, [post.holder_id for post in posts])
        contacts = sorted(f"{user.head.name}, {user.head.email}" for user in users.values())
        out[borough.gss] = Elsewhere(borough.name, tuple(contacts))
    return out


def shared(work: Work) -> list[Shared]:
    """Give everything that two or more cases in sight have in common, or another borough holds too; the most first.

    Raises NotPermitted where the actor may see no links at all.
    """
    allowed = scope(work.actor, Permission.LINK_VIEW)
    if allowed.empty:
        raise NotPermitted(Permission.LINK_VIEW)
    things = {row.id: row for row in work.session.scalars(select(Thing).where(Thing.borough_gss.in_(allowed.boroughs)))}
    unlock(work.session, [row.compartment_id for row in things.values()])
    found = _cases_of_all(work, allowed.boroughs)
    elsewhere = held_elsewhere(work, things.values())
    rows = [
        Shared(thing, tuple(found.get(thing.id, ())), elsewhere.get(thing.id, ()))
        for thing in things.values()
        if len(found.get(thing.id, ())) > 1 or thing.id in elsewhere
    ]
    work.record(LinksViewed(subject_id=None, shown=len(rows), boroughs=len(elsewhere)))
    return sorted(rows, key=lambda row: (-len(row.cases), -len(row.elsewhere), row.thing.head.shown.casefold()))


def _cases_of_all(work: Work, boroughs: frozenset[str]) -> dict[UUID, list[CaseRow]]:
    wanted = select(Link.to_thing_id).where(Link.borough_gss.in_(boroughs)).distinct()
    return _cases_of(work, set(work.session.scalars(wanted)))


def network(work: Work, focus: UUID, *, under_conditions: bool = False) -> Network:
    """Give what lies within three steps of a case or a thing that has been opened, forty at most.

    For a meeting, what may be shared only under conditions is left out unless it is asked for.
    """
    steps: dict[UUID, int] = {focus: 0}
    links: dict[UUID, Link] = {}
    border, cut = {focus}, False
    for step in range(1, STEPS + 1):
        if not border:
            break
        found = _opened(
            work,
            select(Link).where(
                or_(Link.from_case_id.in_(border), Link.from_thing_id.in_(border), Link.to_thing_id.in_(border))
            ),
        )
        following: set[UUID] = set()
        for link in sorted(found, key=lambda each: str(each.id)):
            if not _drawn(link, under_conditions=under_conditions):
                continue
            ends = {link.from_case_id or link.from_thing_id, link.to_thing_id} - {None}
            new = {end for end in ends if end is not None and end not in steps}
            if len(steps) + len(new) > MOST_DRAWN:
                cut = True
                continue
            steps.update(dict.fromkeys(new, step))
            links[link.id] = link
            following |= new
        border = following
    rows = cases.rows_of(work, set(steps))
    things = _things(work, set(steps))
    seen = {**dict.fromkeys(rows), **dict.fromkeys(things)}
    kept = tuple(
        link
        for link in links.values()
        if link.to_thing_id in seen and (link.from_case_id or link.from_thing_id) in seen
    )
    work.record(LinksViewed(subject_id=focus, shown=len(kept), boroughs=0))
    return Network(focus, rows, things, kept, cut)


def _drawn(link: Link, *, under_conditions: bool) -> bool:
    return link.body.stands and (under_conditions or link.body.grade.handling is Handling.SHARED)


def with_tokens(work: Work) -> list[UUID]:
    """Give the ids of things that have tokens."""
    return _with_tokens(work, blindings_of(work.session))


def without_tokens(work: Work) -> list[UUID]:
    """Give the ids of things whose tokens are still under an older match key."""
    return _with_tokens(work, blindings_of(work.session)[1:])


def _with_tokens(work: Work, blindings: Iterable[Blinding]) -> list[UUID]:
    found: set[UUID] = set()
    for blinding in blindings:
        wanted = select(LinkToken.token, LinkToken.handle, LinkToken.holder)
        rows = work.session.execute(wanted.where(LinkToken.key_version == blinding.version))
        found |= {blinding.open_holder(row.token, row.handle, row.holder)[0] for row in rows}
    return sorted(found)


def token_epochs(work: Work) -> set[int]:
    """Give the epochs of the match key under which things have tokens."""
    return set(work.session.scalars(select(LinkToken.key_version).distinct()))
