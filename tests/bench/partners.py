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
from uuid import UUID, uuid4

from flask import Flask, request
from sqlalchemy import Engine, ForeignKey, Index, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.test import Client

from cse_tracker.app import Service, build
from tests.bench.plain import PlainBase
from tests.integration.api.acts import BASE, partner, referral
from tests.store import CHEAP, Clock, StoreTemplates

ROUNDS = 30
AT_ONCE = 10
NO_LIMIT = 60_000
Line = tuple[str, float, float]


class PlainReferral(PlainBase):
    """A referral whose answers stand in the row as they are."""

    __tablename__ = "bench_plain_referral"
    __table_args__ = (Index("ix_bench_plain_referral_inbox", "borough_gss", "state", "received_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    borough_gss: Mapped[str]
    agency_id: Mapped[UUID]
    state: Mapped[str]
    received_at: Mapped[str]
    name: Mapped[str]
    answers: Mapped[str]


class PlainKey(PlainBase):
    """The row that stands for the referral's data key."""

    __tablename__ = "bench_plain_key"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes]


class PlainDuty(PlainBase):
    """The duty to decide."""

    __tablename__ = "bench_plain_duty"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    about_id: Mapped[UUID] = mapped_column(ForeignKey("bench_plain_referral.id"), index=True)
    due_at: Mapped[str]
    label: Mapped[str]


class PlainMessage(PlainBase):
    """A message in the outbox."""

    __tablename__ = "bench_plain_message"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient_id: Mapped[UUID]
    kind: Mapped[str]
    about_id: Mapped[UUID]
    due_at: Mapped[str]


class PlainAnswer(PlainBase):
    """The answer kept under the request's key."""

    __tablename__ = "bench_plain_answer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key_digest: Mapped[bytes] = mapped_column(unique=True)
    body: Mapped[str]


class PlainEntry(PlainBase):
    """A line of a plain audit."""

    __tablename__ = "bench_plain_entry"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[str]
    action: Mapped[str]
    object_id: Mapped[UUID]
    facts: Mapped[str]


class PlainToken(PlainBase):
    """A token by its digest."""

    __tablename__ = "bench_plain_token"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID]


EVENTS = ("referral.started", "referral.submitted", "duty.opened")


def bare(engine: Engine) -> Flask:
    """Give an application of one endpoint, as small as it can be made."""
    app = Flask("bare")

    @app.post("/referrals")
    def submit() -> Any:
        digest = hashlib.sha256(request.headers["Authorization"].encode()).digest()
        form = request.get_json()
        now = datetime.now(UTC)
        with Session(engine) as session:
            agency_id = session.scalar(select(PlainToken.agency_id).where(PlainToken.digest == digest))
            key = hashlib.sha256(request.headers["Idempotency-Key"].encode()).digest()
            kept = session.scalar(select(PlainAnswer.body).where(PlainAnswer.key_digest == key))
            if agency_id is None or kept is not None:
                return (kept or ""), 401
            made, at = uuid4(), now.isoformat()
            person = form["young_person"]
            session.add(
                PlainReferral(
                    id=made, borough_gss=form["borough"], agency_id=agency_id, state="submitted", received_at=at,
                    name=f"{person['first_name']} {person['last_name']}", answers=json.dumps(form),
                )
            )  # fmt: skip
            session.add(PlainKey(id=uuid4(), wrapped=bytes(60)))
            session.flush()
            due = (now + timedelta(days=1)).isoformat()
            session.add(PlainDuty(id=uuid4(), about_id=made, due_at=due, label="Decision on a referral"))
            session.add_all(
                PlainMessage(id=uuid4(), recipient_id=agency_id, kind=kind, about_id=made, due_at=at)
                for kind in ("referral_receipt", "referral_arrived")
            )
            answer = json.dumps({"id": str(made), "state": "submitted", "received_at": at})
            session.add(PlainAnswer(id=uuid4(), key_digest=key, body=answer))
            session.execute(
                insert(PlainEntry),
                [{"id": uuid4(), "at": at, "action": each, "object_id": made, "facts": "{}"} for each in EVENTS],
            )
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
    PlainBase.metadata.create_all(engine)
    police = partner(service)
    app = bare(engine)
    header = f"Bearer {police.token}"
    with Session(engine) as session:
        session.add(PlainToken(digest=hashlib.sha256(header.encode()).digest(), agency_id=uuid4()))
        session.commit()
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
