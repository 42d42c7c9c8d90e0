"""Plants canary words through the whole path and looks for them in every byte that leaves sealed storage."""

import base64
import json
import logging
import tempfile
import urllib.parse
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import text

from cse_tracker.app import Service
from cse_tracker.jobs.delivery import deliver_outbox
from tests.store import MailBag, StoreTemplates
from tests.web.walk import CANARIES, walk_the_path

PLANTED = "Canary-in-plain-sight"


def encodings(word: str) -> set[bytes]:
    """A word in the forms in which it could leak."""
    raw = word.encode()
    shifted = {base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)}
    return {
        raw,
        raw[::-1],
        raw.lower(),
        raw.upper(),
        raw.hex().encode(),
        raw.hex().upper().encode(),
        word.encode("utf-16-le"),
        word.encode("utf-16-be"),
        urllib.parse.quote(word).encode(),
        urllib.parse.quote_plus(word).encode(),
        json.dumps(word)[1:-1].encode(),
        *(piece for piece in shifted if len(piece) >= 8),
    }


def found_in(content: bytes, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if any(form in content for form in encodings(word))]


def files_below(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def leaks(paths: list[Path], words: tuple[str, ...]) -> list[tuple[str, str]]:
    out = []
    for path in paths:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        out += [(path.name, word) for word in found_in(content, words)]
    return out


class Collect(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        if record.exc_info:
            self.lines.append(logging.Formatter().formatException(record.exc_info))


def test_no_canary_leaves_sealed_storage(
    service: Service,
    templates: StoreTemplates,
    mail: MailBag,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    lines: list[str] = []
    handler = Collect(lines)
    logging.getLogger().addHandler(handler)
    statements = logging.getLogger("sqlalchemy.engine")
    level = statements.level
    statements.setLevel(logging.DEBUG)
    postgresql = service.store.engine.dialect.name == "postgresql"
    if postgresql:
        with service.store.engine.begin() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            connection.execute(text(f"ALTER DATABASE \"{name}\" SET log_statement = 'all'"))
        service.store.engine.dispose()
    try:
        seen = walk_the_path(service)
        with service.app.app_context():
            assert deliver_outbox(service.tools) > 0
    finally:
        logging.getLogger().removeHandler(handler)
        statements.setLevel(level)
    if postgresql:
        with service.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))
        files = files_below(templates.postgresql_folder)
    else:
        files = files_below(tmp_path)
        assert any(path.name.endswith("-wal") for path in files), "the write-ahead log must be there to be looked at"
    assert leaks(files, CANARIES) == []
    assert leaks(files_below(scratch), CANARIES) == []
    assert any("INSERT INTO referral" in line for line in lines), "statements must be logged to be looked at"
    assert found_in("\n".join(lines).encode(), CANARIES) == []
    assert found_in("\n".join(seen.urls).encode(), CANARIES) == []
    assert found_in("\n".join(seen.titles).encode(), CANARIES) == []
    assert mail.sent
    everything = b"\n".join(bytes(message) + b"\n".join(_decoded(message)) for message in mail.sent)
    assert found_in(everything, CANARIES) == []
    # The pages themselves must have shown every one of them, or the walk planted nothing.
    assert set(found_in("\n".join(seen.pages).encode(), CANARIES)) == set(CANARIES)
    # And the search must find what is there in plain sight, in whatever form.
    for number, form in enumerate(sorted(encodings(PLANTED))):
        (tmp_path / f"control-{number}").write_bytes(b"\x00\x01" + form + b"\xff")
    controls = [path for path in tmp_path.iterdir() if path.name.startswith("control-")]
    assert len(leaks(controls, (PLANTED,))) == len(controls) > 10


def _decoded(message: EmailMessage) -> list[bytes]:
    payloads = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
    return [payload for payload in payloads if isinstance(payload, bytes)]
