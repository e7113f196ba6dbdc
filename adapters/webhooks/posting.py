"""Posting one message after another to one receiver, over a connection to an address that was checked.

Nothing but that address is ever connected to: no proxy of the environment, no redirect. Every wait has its limit, also
with a receiver that sends a byte now and then.
"""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from threading import Timer

import msgspec
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from adapters.faults import Refused, WorldFailed
from adapters.webhooks.addresses import Address, LookUp, checked_addresses, look_up
from adapters.webhooks.targets import Target

AUTHORITIES = "GHARANA_WEBHOOK_CA"
CONNECT_SECONDS_MAX = 5.0
READ_SECONDS_MAX = 15.0
"""The specification recommends 15 to 30 seconds for an answer."""
POST_SECONDS_MAX = 30.0
"""From beginning to end, whatever a receiver sends meanwhile."""
RESPONSE_BYTES_MAX = 16_384
"""More is not read: what was answered stands in the status."""
REPEATED_CHARACTERS_MAX = 200
_OBJECT = re.compile(r"^\w+\(host=.*?\): ")


class Answered(msgspec.Struct, frozen=True):
    """The receiver answered."""

    status: int
    retry_after: str | None = None


class NotReached(msgspec.Struct, frozen=True):
    """No answer came; why, in a sentence without its end."""

    why: str


def trusted(environ: Mapping[str, str]) -> ssl.SSLContext:
    """Whose certificates are believed: the system's authorities, and those in the file GHARANA_WEBHOOK_CA names."""
    context = ssl.create_default_context()
    if named := environ.get(AUTHORITIES):
        try:
            context.load_verify_locations(cafile=Path(named))
        except (OSError, ssl.SSLError) as failure:
            raise Refused(f"{AUTHORITIES} names {named}, which holds no certificates in PEM ({failure}).") from failure
    return context


class Poster:
    """Posts to one target. One call after another, from one thread; close it in the end."""

    def __init__(
        self, target: Target, trust: ssl.SSLContext, ask: LookUp = look_up, seconds_max: float = POST_SECONDS_MAX
    ) -> None:
        self._target = target
        self._trust = trust
        self._ask = ask
        self._seconds_max = seconds_max
        self._connection: HTTPConnection | None = None

    def post(self, headers: Mapping[str, str], body: bytes) -> Answered | NotReached:
        """Post a message, and return what came of it."""
        try:
            return self._post(headers, body)
        except (Refused, WorldFailed) as reason:
            self.close()
            return NotReached(str(reason).removesuffix("."))
        except (HTTPError, HTTPException, OSError) as failure:
            self.close()
            return NotReached(f"{self._target.host_header}: {_in_words(failure)}")

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, headers: Mapping[str, str], body: bytes) -> Answered:
        connection = self._connected()
        with _ended_after(self._seconds_max, connection):
            sent = {"Host": self._target.host_header, "User-Agent": "gharana", **headers}
            connection.request("POST", self._target.path, body, sent, preload_content=False, decode_content=False)
            response = connection.getresponse()
            rest = response.read(RESPONSE_BYTES_MAX + 1)
        if len(rest) > RESPONSE_BYTES_MAX:
            self.close()  # or what is left would be taken for the next answer
        return Answered(response.status, response.headers.get("retry-after"))

    def _connected(self) -> HTTPConnection:
        if self._connection is not None and self._connection.is_connected:
            return self._connection
        self.close()
        addresses = checked_addresses(self._target.host, is_loopback=self._target.is_loopback, ask=self._ask)
        for address in addresses[:-1]:
            try:
                return self._connect(address)
            except (HTTPError, OSError):
                self.close()
        return self._connect(addresses[-1])

    def _connect(self, address: Address) -> HTTPConnection:
        self._connection = connection = HTTPConnection(str(address), self._target.port, timeout=CONNECT_SECONDS_MAX)
        with _ended_after(self._seconds_max, connection):
            connection.connect()
            line = connection.sock
            assert line is not None, "it is connected"
            if self._target.is_secure:
                # Not done by HTTPSConnection, of which a handshake that never ends cannot be cut off.
                secured = self._trust.wrap_socket(
                    line, server_hostname=self._target.host, do_handshake_on_connect=False
                )
                connection.sock = line = secured
                secured.do_handshake()
        line.settimeout(READ_SECONDS_MAX)
        return connection


@contextmanager
def _ended_after(seconds: float, connection: HTTPConnection) -> Iterator[None]:
    """Cut a connection that has not done with its work by then: each wait of it begins anew with every byte."""

    def cut() -> None:
        line = connection.sock
        if line is not None:
            with suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _in_words(failure: Exception) -> str:
    """Say what failed, without the objects that libraries write into their messages.

    They repeat what the receiver sent, which may be of any length and hold what neither Postgres nor a terminal bears.
    """
    text = " ".join(str(failure).split()).removesuffix(".")
    plain = "".join(letter if letter.isprintable() else "?" for letter in _OBJECT.sub("", text))
    return plain[:REPEATED_CHARACTERS_MAX] or type(failure).__name__
