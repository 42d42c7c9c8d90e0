"""The part of HashiCorp Vault's transit API that the product uses, over real HTTP, with real AES-GCM.

Written from Vault's API documentation (transit secrets engine): versions, batches, associated data, the least
version that may decrypt, trimming. It refuses a wrong token as Vault does, and counts what it is asked.
"""

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Answer = tuple[int, dict[str, Any]]


class Transit:
    """The state of one engine."""

    def __init__(self) -> None:
        self.token = base64.b32encode(os.urandom(10)).decode()
        self.keys: dict[str, dict[int, bytes]] = {}
        self.least: dict[str, int] = {}
        self.wrap: dict[str, int] = {}
        self.kind = "aes256-gcm96"
        self.sealed = False
        self.asked: list[str] = []
        self.url = ""

    def answer(self, verb: str, path: str, token: str | None, body: dict[str, Any]) -> Answer:
        self.asked.append(f"{verb} {path}")
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if token != self.token:
            return 403, {"errors": ["permission denied"]}
        prefix, _, rest = path.partition("/v1/transit/")
        if prefix or not rest:
            return 404, {"errors": []}
        return self._routed(verb, rest.split("/"), body)

    def _routed(self, verb: str, parts: list[str], body: dict[str, Any]) -> Answer:  # noqa: PLR0911
        match verb, parts:
            case "GET", ["keys", name]:
                return self._read(name)
            case _, ["keys", name]:
                self.keys.setdefault(name, {1: os.urandom(32)})
                return 200, {"data": {}}
            case _, ["keys", name, "rotate"]:
                self.keys[name][max(self.keys[name]) + 1] = os.urandom(32)
                return 200, {"data": {}}
            case _, ["keys", name, "config"]:
                for limits, setting in ((self.least, "min_decryption_version"), (self.wrap, "min_encryption_version")):
                    limits[name] = int(body.get(setting, limits.get(name, 0)))
                return 200, {"data": {}}
            case _, ["keys", name, "trim"]:
                least = int(body["min_available_version"])
                if least > min(self.least.get(name, 0), self.wrap.get(name, 0)):
                    return 400, {"errors": ["min available version cannot be greater than what may be used"]}
                self.keys[name] = {number: key for number, key in self.keys[name].items() if number >= least}
                return 204, {}
            case _, ["encrypt", name]:
                results = [self._encrypted(name, item) for item in body["batch_input"]]
                return 200, {"data": {"batch_results": results}}
            case _, ["decrypt", name]:
                results = [self._decrypted(name, item) for item in body["batch_input"]]
                status = 400 if any("error" in result for result in results) else 200
                return status, {"data": {"batch_results": results}}
        return 404, {"errors": []}

    def _read(self, name: str) -> Answer:
        if name not in self.keys:
            return 404, {"errors": []}
        versions = {str(number): 0 for number in self.keys[name]}
        least = self.least.get(name, 1)
        return 200, {"data": {"type": self.kind, "keys": versions, "min_decryption_version": least}}

    def _encrypted(self, name: str, item: dict[str, str]) -> dict[str, str]:
        number, nonce = max(self.keys[name]), os.urandom(12)
        plain, bound = base64.b64decode(item["plaintext"]), base64.b64decode(item["associated_data"])
        body = nonce + AESGCM(self.keys[name][number]).encrypt(nonce, plain, bound)
        return {"ciphertext": f"vault:v{number}:{base64.b64encode(body).decode()}"}

    def _decrypted(self, name: str, item: dict[str, str]) -> dict[str, str]:
        try:
            _, version, text = item["ciphertext"].split(":")
            number, body = int(version.removeprefix("v")), base64.b64decode(text, validate=True)
            if number < self.least.get(name, 1):
                return {"error": "ciphertext or signature version is disallowed by policy (too old)"}
            plain = AESGCM(self.keys[name][number]).decrypt(
                body[:12], body[12:], base64.b64decode(item["associated_data"])
            )
        except (ValueError, KeyError, InvalidTag):
            return {"error": "cipher: message authentication failed"}
        return {"plaintext": base64.b64encode(plain).decode()}


@contextmanager
def running() -> Iterator[Transit]:
    """Serve an engine on a free port of this machine."""
    engine = Transit()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            status, document = engine.answer(self.command, self.path, self.headers.get("X-Vault-Token"), body)
            raw = b"" if status == 204 else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = do_LIST = _handle  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    engine.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield engine
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
