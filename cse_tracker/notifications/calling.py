"""Calls the address of a webhook: signed, over a connection that leads only where it may, and not for long."""

import ipaddress
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import requests
from requests.adapters import HTTPAdapter
from standardwebhooks.webhooks import Webhook as Signer
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

# How long a whole call may take, however slowly an answer drips in.
LONGEST_CALL: Final = 15.0
CONNECT, READ = 5.0, 10.0
# The receiver is there but cannot take anything now.
BUSY: Final = frozenset({408, 425, 429})


class CallFailed(Exception):
    """The receiver did not take it. `down` where it would take nothing else either."""

    def __init__(self, *, down: bool) -> None:
        super().__init__("down" if down else "refused")
        self.down = down


class Forbidden(OSError):
    """The address leads to a place that may not be called."""


@dataclass(frozen=True, repr=False)
class Outgoing:
    """One call: where, what, and the secrets that sign it, the newest first."""

    id: UUID
    url: str
    text: str
    secrets: Sequence[str]


def may_be_called(address: str, *, private_allowed: bool) -> bool:
    """Whether an IP address may be called: a public one, or any but a multicast one where private ones are allowed."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    if inner is not None and not may_be_called(str(inner), private_allowed=private_allowed):
        return False
    if found.is_multicast or found.is_unspecified:
        return False
    return private_allowed or found.is_global


def signatures(call: Outgoing, at: datetime) -> dict[str, str]:
    """Give the three headers of the standard (standardwebhooks.com): one signature for each secret in use."""
    name = f"msg_{call.id.hex}"
    signed = " ".join(Signer(secret).sign(name, at, call.text) for secret in call.secrets)
    return {"webhook-id": name, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signed}


@dataclass(frozen=True)
class HookCaller:
    """Calls webhooks; to private addresses only where that is allowed."""

    private_allowed: bool = False

    def send(self, call: Outgoing, at: datetime) -> None:
        """Make the call; raises CallFailed for everything but an answer that it was taken."""
        headers = {**signatures(call, at), "Content-Type": "application/json", "User-Agent": "cse-tracker"}
        session = requests.Session()
        # Neither a proxy nor a password file of the machine's has a say in where this goes.
        session.trust_env = False
        adapter = _Guarded(self.private_allowed)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        stop = threading.Timer(LONGEST_CALL, adapter.cut)
        stop.start()
        try:
            with session.post(
                call.url,
                data=call.text.encode(),
                headers=headers,
                timeout=(CONNECT, READ),
                allow_redirects=False,
                # What is answered is of no interest, however long it is.
                stream=True,
            ) as answer:
                status = answer.status_code
        except (OSError, ValueError, requests.RequestException):
            raise CallFailed(down=True) from None
        finally:
            stop.cancel()
            session.close()
        if not 200 <= status < 300:
            raise CallFailed(down=status >= 500 or status in BUSY)


class _Guarded(HTTPAdapter):
    """Looks up a host once, and connects to an address that it has judged: no second look-up can lead elsewhere."""

    def __init__(self, private_allowed: bool) -> None:  # noqa: FBT001 - the one thing that it is made with
        self._private_allowed = private_allowed
        self._open: list[socket.socket] = []
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Give the pools connections that are judged."""
        super().init_poolmanager(*args, **more)
        connect = self._connect

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return connect(self)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return connect(self)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def _connect(self, connection: HTTPConnection) -> socket.socket:
        found = socket.getaddrinfo(connection.host.strip("[]"), connection.port, type=socket.SOCK_STREAM)
        addresses = [str(each[4][0]) for each in found]
        # One address that may not be called is enough: the name was made to lead there.
        if not addresses or not all(may_be_called(each, private_allowed=self._private_allowed) for each in addresses):
            raise Forbidden
        made = socket.create_connection((addresses[0], connection.port), timeout=CONNECT)
        self._open.append(made)
        return made

    def cut(self) -> None:
        """End whatever is open."""
        for each in self._open:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
