"""What lead officers record: that a case has to do with somebody or something, on whose word, and who may be told."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases.model import Case
from cse_tracker.intelligence.events import LinkAdded, LinkFoundElsewhere, LinkWithdrawn, ThingAdded
from cse_tracker.intelligence.model import Link, LinkBody, LinkToken, Relation, Thing, ThingHead
from cse_tracker.intelligence.rules import MOST_COMPOSITES, Grade, Handling, Kind, Sighting, check, composites
from cse_tracker.likeness.names import normal_name
from cse_tracker.records.blind import blinding_of, blindings_of
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work

PLACES: Final = range(MOST_COMPOSITES)


@dataclass(frozen=True, kw_only=True, repr=False)
class LinkForm:
    """The paper form on a link. `same_as` is the thing that the lead officer says it is; None where it is a new one."""

    thing: Sighting
    relation: Relation
    grade: Grade
    source: str
    narrative: str = ""
    description: str = ""
    conditions: str = ""
    learnt_in: UUID | None = None
    same_as: UUID | None = None
    new_for_sure: bool = False


def link(work: Work, case: Case, form: LinkForm) -> Link:
    """Join a case to a thing, found again where the borough holds it already; raises RuleBroken as `check` does.

    Raises RuleBroken at `same_as` where a person of this name is held and it was not said whether it is the same.
    """
    require(work.actor, Permission.LINK_RECORD, case)
    return _join(work, case.borough_gss, form, case_id=case.id)


def connect(work: Work, thing: Thing, form: LinkForm) -> Link:
    """Join a thing to a thing, such as a keeper to a vehicle."""
    require(work.actor, Permission.LINK_RECORD, thing)
    return _join(work, thing.borough_gss, form, thing_id=thing.id)


def _join(
    work: Work, borough_gss: str, form: LinkForm, *, case_id: UUID | None = None, thing_id: UUID | None = None
) -> Link:
    check(form.thing)
    if form.grade.handling is Handling.CONDITIONS and not form.conditions.strip():
        message = "Enter the conditions under which this may be shared"
        raise RuleBroken("link.conditions", message, field="conditions")
    found = _thing(work, borough_gss, form)
    if found.id == thing_id:
        raise RuleBroken("link.itself", "A thing cannot be linked to itself", field="label")
    made = Link(
        borough_gss=borough_gss,
        from_case_id=case_id,
        from_thing_id=thing_id,
        to_thing_id=found.id,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    made.body = LinkBody(
        relation=form.relation,
        grade=form.grade,
        conditions=form.conditions,
        narrative=form.narrative,
        source=form.source,
        recorded_at=work.now,
        recorded_by=work.actor.user_id,
        learnt_in=form.learnt_in,
    )
    work.session.add(made)
    work.session.flush()
    write_tokens(work, found)
    _record(work, found, case_id)
    return made


def _thing(work: Work, borough_gss: str, form: LinkForm) -> Thing:
    if form.same_as is not None:
        chosen = work.session.get(Thing, form.same_as)
        if chosen is None or chosen.borough_gss != borough_gss:
            raise NotFound
        return chosen
    held = held_here(work, borough_gss, form.thing)
    if held is not None:
        return held
    if not form.new_for_sure and namesakes(work, borough_gss, form.thing):
        message = "Somebody of a name like this is recorded already. Say whether it is the same person"
        raise RuleBroken("link.namesake", message, field="same_as")
    kind, thing = form.thing.kind, form.thing
    added = Thing(borough_gss=borough_gss, compartment_id=new_compartment(work.session, "borough", borough_gss))
    added.head = ThingHead(
        kind=kind,
        label=thing.label,
        postcode=thing.postcode,
        platform=thing.platform if kind is Kind.ONLINE else None,
        born=thing.born if kind is Kind.PERSON else None,
        description=form.description,
    )
    work.session.add(added)
    work.session.flush()
    work.record(ThingAdded(subject_id=added.id, borough_gss=borough_gss))
    return added


def held_here(work: Work, borough_gss: str, thing: Sighting) -> Thing | None:
    """Give the thing of a borough that is certainly this one: their composites meet, confirmed by opening it."""
    wanted = set(composites(thing))
    if not wanted:
        return None
    ids = [holder for holder, gss, _ in _holders(work, wanted) if gss == borough_gss]
    rows = work.session.scalars(select(Thing).where(Thing.id.in_(ids)).order_by(Thing.id)).all()
    unlock(work.session, [row.compartment_id for row in rows])
    return next((row for row in rows if wanted & set(composites(row.head.sighting))), None)


def _holders(work: Work, wanted: set[tuple[str, ...]]) -> set[tuple[UUID, str, bool]]:
    found: set[tuple[UUID, str, bool]] = set()
    for blinding in blindings_of(work.session):
        tokens = [blinding.token("link", *composite) for composite in wanted]
        rows = work.session.execute(
            select(LinkToken.token, LinkToken.handle, LinkToken.holder, LinkToken.announced).where(
                LinkToken.token.in_(tokens), LinkToken.key_version == blinding.version
            )
        )
        found |= {(*blinding.open_holder(row.token, row.handle, row.holder), row.announced) for row in rows}
    return found


def namesakes(work: Work, borough_gss: str, thing: Sighting) -> list[Thing]:
    """Give the people of concern of a borough whose folded name is the same; whether they are the same, people say."""
    require(work.actor, Permission.LINK_VIEW, Subject(borough_gss=borough_gss))
    if thing.kind is not Kind.PERSON:
        return []
    rows = work.session.scalars(select(Thing).where(Thing.borough_gss == borough_gss).order_by(Thing.id)).all()
    unlock(work.session, [row.compartment_id for row in rows])
    name = normal_name(thing.label)
    return [row for row in rows if row.head.kind is Kind.PERSON and normal_name(row.head.label) == name]


def write_tokens(work: Work, thing: Thing) -> None:
    """Write a thing's tokens anew; they answer other boroughs only where a link to it may be shared freely."""
    blinding, blindings = blinding_of(work.session), blindings_of(work.session)
    work.session.execute(
        delete(LinkToken)
        .where(LinkToken.handle.in_([each.handle(thing.id, place) for each in blindings for place in PLACES]))
        .execution_options(synchronize_session=False)
    )
    links = work.session.scalars(select(Link).where(Link.to_thing_id == thing.id)).all()
    unlock(work.session, [row.compartment_id for row in links])
    announced = any(row.body.stands and row.body.grade.handling is Handling.SHARED for row in links)
    for place, composite in enumerate(composites(thing.head.sighting)):
        token, handle = blinding.token("link", *composite), blinding.handle(thing.id, place)
        work.session.add(
            LinkToken(
                handle=handle,
                token=token,
                key_version=blinding.version,
                announced=announced,
                holder=blinding.seal_holder(token, handle, thing.id, thing.borough_gss),
            )
        )
    work.session.flush()


def _record(work: Work, thing: Thing, case_id: UUID | None) -> None:
    held = _holders(work, set(composites(thing.head.sighting)))
    elsewhere = {(holder, gss) for holder, gss, announced in held if gss != thing.borough_gss and announced}
    linked = set(work.session.scalars(select(Link.from_case_id).where(Link.to_thing_id == thing.id)))
    work.record(
        LinkAdded(
            subject_id=thing.id,
            borough_gss=thing.borough_gss,
            case_id=case_id,
            cases=len(linked - {case_id, None}),
            boroughs=len({gss for _, gss in elsewhere}),
        )
    )
    for holder, gss in sorted(elsewhere):
        work.record(LinkFoundElsewhere(subject_id=holder, borough_gss=gss))


def withdraw(work: Work, made: Link, *, reason: str) -> None:
    """Take a link back; it stays readable and no longer counts, nor answers other boroughs."""
    require(work.actor, Permission.LINK_RECORD, made)
    if not made.body.stands:
        raise RuleBroken("link.withdrawn", "This link has been taken back already")
    made.body = replace(made.body, withdrawn_reason=reason)
    work.session.flush()
    write_tokens(work, work.session.get_one(Thing, made.to_thing_id))
    work.record(LinkWithdrawn(subject_id=made.to_thing_id, borough_gss=made.borough_gss, link_id=made.id))


def renew_tokens(work: Work, thing_ids: list[UUID]) -> int:
    """Write the tokens of these things under the newest match key; gives how many things had any to write."""
    rows = list(work.session.scalars(select(Thing).where(Thing.id.in_(thing_ids))))
    unlock(work.session, [row.compartment_id for row in rows])
    for row in rows:
        write_tokens(work, row)
    return len(rows)


def drop_old_tokens(work: Work) -> None:
    """Delete the tokens of match keys before the newest."""
    work.session.execute(delete(LinkToken).where(LinkToken.key_version < blinding_of(work.session).version))
