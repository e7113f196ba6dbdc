"""The witness over HTTP: what is too large, too many or too slow is cut off, and the others are answered meanwhile."""

import http.client
import socket
import time
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus

import pytest

from adapters.faults import Refused, WorldFailed
from adapters.witness import serving as door
from adapters.witness.judging import SIZE_TYPE, Answer
from adapters.witness.serving import BODY_BYTES_MAX, serving

SIZE = Answer(HTTPStatus.CONFLICT, b"12\n", SIZE_TYPE)


class SaysAlways:
    """In the place of a witness."""

    def __init__(self, answer: Answer = SIZE) -> None:
        self.answer = answer
        self.bodies: list[bytes] = []

    def add_checkpoint(self, body: bytes) -> Answer:
        self.bodies.append(body)
        return self.answer


@pytest.fixture
def witness():
    return SaysAlways()


@pytest.fixture
def told():
    return []


@pytest.fixture
def port(witness, told):
    with serving("127.0.0.1", 0, witness, told.append) as port:
        yield port


@contextmanager
def connected(port: int):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as line:
        yield line


def asked(line: http.client.HTTPConnection, body: bytes, path: str = "/add-checkpoint"):
    line.request("POST", path, body)
    answer = line.getresponse()
    return answer.status, answer.getheader("content-type"), answer.read()


def status_of(port: int, body: bytes, path: str = "/add-checkpoint") -> int:
    with connected(port) as line:
        return asked(line, body, path)[0]


def raw(port: int, said: bytes) -> bytes:
    """Say something that is no HTTP of a library's, and read to the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(said)
        answer = b""
        while part := line.recv(65_536):
            answer += part
    return answer


def test_a_request_is_answered_and_the_connection_kept(port, witness, told):
    with connected(port) as line:
        for number in range(3):
            assert asked(line, b"body %d" % number) == (409, "text/x.tlog.size", b"12\n")
    assert witness.bodies == [b"body 0", b"body 1", b"body 2"]
    assert told == [SIZE] * 3


@pytest.mark.parametrize("path", ["/", "/add-checkpoint/", "/checkpoint", "/add-checkpoint?x"])
def test_there_is_one_path(path: str, port, witness):
    assert status_of(port, b"x", path) == 404
    assert witness.bodies == []


def test_there_is_one_method(port):
    assert raw(port, b"GET /add-checkpoint HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 501 ")


def test_a_disk_that_takes_nothing_is_told_to_both_sides(told):
    class Full(SaysAlways):
        def add_checkpoint(self, body: bytes) -> Answer:
            raise WorldFailed(f"The disk is full before {body!r}.")

    with serving("127.0.0.1", 0, Full(), told.append) as port:
        assert status_of(port, b"x") == 503
    assert told[0].alarm == "The disk is full before b'x'."


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": str(BODY_BYTES_MAX + 1)}, 413),
        ({"Content-Length": "9" * 5_000}, 413),
        ({"Content-Length": "-1"}, 400),
        ({"Content-Length": "\N{SUPERSCRIPT TWO}".encode("latin-1")}, 400),
        ({"Transfer-Encoding": "chunked"}, 411),
        ({}, 411),
    ],
)
def test_a_body_of_an_unheard_of_length_is_not_read(headers, status: int, port, witness):
    with connected(port) as line:
        line.putrequest("POST", "/add-checkpoint")
        for name, value in headers.items():
            line.putheader(name, value)
        line.endheaders()
        answer = line.getresponse()
        assert (answer.status, answer.getheader("connection")) == (status, "close")
    assert witness.bodies == []


def test_a_body_that_is_as_long_as_may_be_is_read(port, witness):
    assert status_of(port, b"x" * BODY_BYTES_MAX) == 409


def test_a_line_without_end_is_refused(port):
    assert raw(port, b"POST /" + b"x" * 70_000).startswith(b"HTTP/1.1 414 ")


def test_whoever_is_silent_is_hung_up_on(port, monkeypatch):
    monkeypatch.setattr(door._Handler, "timeout", 0.1)
    assert raw(port, b"POST /add-checkpoint HTTP/1.1\r\n") == b""


def test_whoever_drips_is_hung_up_on(port, monkeypatch, witness):
    monkeypatch.setattr(door, "CONNECTION_SECONDS_MAX", 0.3)
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 60000\r\n\r\n")
        with suppress(OSError):  # a reset or a broken pipe
            while time.monotonic() - begun < 10:
                line.sendall(b"x")
                time.sleep(0.02)
    assert time.monotonic() - begun < 5
    assert witness.bodies == []


def test_of_too_many_connections_the_later_are_hung_up_on(monkeypatch, witness):
    monkeypatch.setattr(door, "CONNECTIONS_MAX", 2)
    with serving("127.0.0.1", 0, witness, lambda _: None) as port:
        held = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(2)]
        for line in held:
            line.sendall(b"POST /add-checkpoint HTTP/1.1\r\n")
        with socket.create_connection(("127.0.0.1", port), timeout=10) as third:
            assert third.recv(1) == b""
        for line in held:
            line.close()
        assert _answered_at_last(port)


def _answered_at_last(port: int) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            return status_of(port, b"x") == 409
        except (http.client.HTTPException, OSError):
            time.sleep(0.02)
    return False


def test_an_address_that_is_taken_is_refused(port, witness):
    with (
        pytest.raises(Refused, match=f"cannot listen at 127.0.0.1:{port}"),
        serving("127.0.0.1", port, witness, lambda _: None),
    ):
        pass
