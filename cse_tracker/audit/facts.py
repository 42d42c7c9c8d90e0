"""Opens what an entry says beyond who, when and what kind."""

import json

from sqlalchemy.orm import Session

from cse_tracker.audit.encoding import epoch_of
from cse_tracker.audit.model import AuditEntry
from cse_tracker.records.keys import keyring_of


def facts_of(session: Session, row: AuditEntry) -> dict[str, str | int | None]:
    """Open an entry's sealed facts; raises CryptoError when they were changed."""
    sealer = keyring_of(session).sealer("audit", "facts", version=epoch_of(row.facts_sealed))
    raw = sealer.open(row.facts_sealed, ("audit_entry", "facts_sealed", row.writer, row.sequence))
    facts: dict[str, str | int | None] = json.loads(raw)
    return facts
