"""One request to a witness over HTTP, with a limit on every wait and on what is read; nothing is believed here."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from threading import Timer
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

CONNECT_SECONDS_MAX = 2.0
ANSWER_SECONDS_MAX = 4.0
"""From the request to the last byte of the answer, whatever the witness sends meanwhile."""
ANSWER_BYTES_MAX = 16_384
"""A signature line has some 150 bytes."""
ADD_CHECKPOINT = "/add-checkpoint"
WORDS_MAX = 200


class Answered(NamedTuple):
    """The witness answered."""

    status: int
    body: bytes


class NotReached(NamedTuple):
    """No answer came; why, in a sentence without its end."""

    why: str


def add_checkpoint(url: str, body: bytes) -> Answered | NotReached:
    """Ask the witness at a submission prefix to sign."""
    try:
        return _ask(urlsplit(url), body)
    except (HTTPError, HTTPException, OSError, ValueError) as failure:
        words = " ".join(str(failure).split())
        shown = "".join(letter if letter.isprintable() else "?" for letter in words)[:WORDS_MAX]
        return NotReached(f"{url}: {shown or type(failure).__name__}")


def _ask(url: SplitResult, body: bytes) -> Answered | NotReached:
    if url.scheme not in {"http", "https"} or not url.hostname:
        return NotReached(f"{url.geturl()} is no address of a witness: write http:// or https:// and a host")
    with closing(_connected(url)) as connection, _cut_off(connection):
        connection.request(
            "POST", f"{url.path.rstrip('/')}{ADD_CHECKPOINT}", body, {"User-Agent": "gharana"}, preload_content=False
        )
        response = connection.getresponse()
        answer = response.read(ANSWER_BYTES_MAX + 1)
    if len(answer) > ANSWER_BYTES_MAX:
        return NotReached(f"{url.geturl()} answers more than {ANSWER_BYTES_MAX:,} bytes")
    return Answered(response.status, answer)


def _connected(url: SplitResult) -> HTTPConnection:
    assert url.hostname is not None, "it was looked at"
    if url.scheme == "https":
        trusted = ssl.create_default_context()
        secured = HTTPSConnection(url.hostname, url.port, timeout=CONNECT_SECONDS_MAX, ssl_context=trusted)
        secured.connect()
        return secured
    connection = HTTPConnection(url.hostname, url.port or 80, timeout=CONNECT_SECONDS_MAX)
    connection.connect()
    return connection


@contextmanager
def _cut_off(connection: HTTPConnection) -> Iterator[None]:
    """Hang up when the time is over: each wait of a connection begins anew with every byte."""
    line = connection.sock
    assert line is not None, "it is connected"
    line.settimeout(ANSWER_SECONDS_MAX)

    def cut() -> None:
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    timer = Timer(ANSWER_SECONDS_MAX, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
