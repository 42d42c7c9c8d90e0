"""Submitting a referral through the API beside a bare Flask endpoint that writes the same rows in plain columns."""

import hashlib
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask, request
from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
)
from sqlalchemy.orm import Session, registry
from werkzeug.test import Client

from cse_tracker.app import Service, build
from cse_tracker.audit.model import AuditEntry
from cse_tracker.duties.model import About, Duty, DutyState
from cse_tracker.notifications.model import MessageKind, MessageState, OutgoingMessage
from cse_tracker.records.keys import DataKey, KeyEncryptionKey
from cse_tracker.referrals.model import Referral, ReferralState
from cse_tracker.systems.model import AgencySystem, KeptAnswer, SystemToken
from tests.integration.api.acts import BASE, partner, referral
from tests.store import CHEAP, Clock, StoreTemplates

ROUNDS = 30
AT_ONCE = 10
NO_LIMIT = 60_000
Line = tuple[str, float, float]


# What is there only because a row is sealed: a plain product would not have it.
OF_SEALING = frozenset({"compartment_id", "key_version", "wrapper_version", "previous", "mac", "rows_sealed"})
PLAIN = registry(metadata=MetaData())


def plain(kind: type[Any]) -> type[Any]:
    """Give a table of the same columns, references and indexes with what is sealed as text, and its mapped class."""
    own: Table = kind.__table__
    kept = [column for column in own.columns if column.primary_key or column.name not in OF_SEALING]
    columns = [
        Column(
            column.name.removesuffix("_sealed"),
            Text() if column.name.endswith("_sealed") else column.type,
            *(
                ForeignKey(key.column)
                for key in column.foreign_keys
                if key.column.table is not KeyEncryptionKey.__table__
            ),
            primary_key=column.primary_key,
            nullable=column.nullable,
            unique=column.unique,
        )
        for column in kept
    ]
    table = Table(f"bench_plain_{own.name}", PLAIN.metadata, *columns)
    for index in own.indexes:
        names = [column.name for column in index.columns]
        if not OF_SEALING & set(names):
            Index(f"ix_bench_{index.name}", *(table.c[name] for name in names), unique=index.unique)
    for constraint in own.constraints:
        if isinstance(constraint, UniqueConstraint):
            table.append_constraint(UniqueConstraint(*(column.name for column in constraint.columns)))
    mapped = type(f"Plain{kind.__name__}", (), {})
    PLAIN.map_imperatively(mapped, table)
    return mapped


PlainReferral, PlainDuty, PlainMessage = plain(Referral), plain(Duty), plain(OutgoingMessage)
PlainKey, PlainAnswer, PlainEntry = plain(DataKey), plain(KeptAnswer), plain(AuditEntry)


EVENTS = ("referral.started", "referral.submitted", "duty.opened")


def bare(engine: Engine) -> Flask:
    """Give an application of one endpoint, as small as it can be made."""
    app = Flask("bare")
    token = select(AgencySystem.id, AgencySystem.user_id, AgencySystem.agency_id).join(SystemToken)

    @app.post("/referrals")
    def submit() -> Any:
        digest = hashlib.sha256(request.headers["Authorization"].removeprefix("Bearer ").encode()).digest()
        form = request.get_json()
        now = datetime.now(UTC)
        with Session(engine) as session:
            caller = session.execute(token.where(SystemToken.token_digest == digest)).one()
            key = hashlib.sha256(request.headers["Idempotency-Key"].encode()).digest()
            kept = session.scalar(select(PlainAnswer.body).where(PlainAnswer.key_digest == key))
            if kept is not None:
                return kept, 200
            made, borough, person = uuid4(), form["borough"], form["young_person"]
            answer = json.dumps({"id": str(made), "state": "submitted", "received_at": now.isoformat()})
            session.add_all(
                (
                    PlainReferral(
                        id=made, revision=1, borough_gss=borough, from_agency_id=caller.agency_id,
                        author_id=caller.user_id, state=ReferralState.SUBMITTED, received_at=now, touched_at=now,
                        head=f"{person['first_name']} {person['last_name']}", body=json.dumps(form),
                    ),
                    PlainKey(compartment_id=made, version=1, purpose="case", scope=borough, wrapped=bytes(60)),
                    PlainDuty(
                        id=uuid4(), revision=1, borough_gss=borough, owner_agency_id=caller.agency_id,
                        about=About.REFERRAL, about_id=made, due_at=now + timedelta(days=1), state=DutyState.PENDING,
                        escalate_at=now + timedelta(days=1), body="Decision on a referral",
                    ),
                    PlainAnswer(
                        id=uuid4(), revision=1, system_id=caller.id, key_digest=key, made_at=now, body=answer,
                        request_mac=hashlib.sha256(request.get_data()).digest(),
                    ),
                    *(
                        PlainMessage(
                            id=uuid4(), revision=1, recipient_id=caller.user_id, kind=kind, about_id=made, due_at=now,
                            state=MessageState.WAITING, attempts=0, borough_gss=borough, urgent=False, together=False,
                            unsettled=0,
                        )
                        for kind in (MessageKind.REFERRAL_RECEIPT, MessageKind.REFERRAL_ARRIVED)
                    ),
                )
            )  # fmt: skip
            session.flush()
            session.execute(
                insert(PlainEntry),
                [
                    {
                        "writer": made, "sequence": number, "at_us": int(now.timestamp() * 1e6),
                        "actor_id": caller.user_id, "sign_in_id": None, "request_id": made, "action": action,
                        "object_type": "referral", "object_id": made, "borough_gss": borough, "facts": "{}",
                    }
                    for number, action in enumerate(EVENTS)
                ],
            )  # fmt: skip
            session.commit()
        return answer, 201

    return app


def figures(database: str) -> Iterator[Line]:
    """Give the figure's name, value and least value."""
    with tempfile.TemporaryDirectory() as folder:
        templates = StoreTemplates(Path(folder))
        try:
            with templates.copy(database, Path(folder)) as settings:
                service = build(
                    replace(settings, api_rate=NO_LIMIT),
                    now=Clock(datetime(2026, 11, 16, 10, tzinfo=UTC)),
                    passwords=CHEAP,
                )
                name = f"submitting by the API / a bare endpoint, throughput ({database})"
                yield name, measured(service), 0.6
                service.store.engine.dispose()
        finally:
            templates.close()


def measured(service: Service) -> float:
    """Take both in turn; the middle of the rounds counts."""
    engine = service.store.engine
    PLAIN.metadata.create_all(engine)
    police = partner(service)
    app = bare(engine)
    header = f"Bearer {police.token}"
    clients = {"api": (Client(service.web), f"{BASE}/referrals"), "bare": (Client(app), "/referrals")}
    took: dict[str, list[float]] = {"api": [], "bare": []}
    for turn in range(ROUNDS + 2):
        for name, (client, path) in clients.items():
            started = time.perf_counter()
            for number in range(AT_ONCE):
                body = referral(first_name=f"First{turn}x{number}")
                headers = {"Authorization": header, "Idempotency-Key": uuid4().hex}
                answer = client.post(path, json=body, headers=headers)
                assert answer.status_code == 201, answer.get_data(as_text=True)
            if turn >= 2:
                took[name].append(time.perf_counter() - started)
    middle = {name: sorted(times)[len(times) // 2] for name, times in took.items()}
    return middle["bare"] / middle["api"]
