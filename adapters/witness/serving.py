"""The witness's door: POST /add-checkpoint over HTTP, with a bound on everything a stranger can make large or slow.

No TLS here: it listens on the loopback address, and who opens it to others puts a web server before it.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from adapters.faults import Refused, WorldFailed
from adapters.witness.judging import Answer, Witness

ADD_CHECKPOINT = "/add-checkpoint"
BODY_BYTES_MAX = 65_536
"""A proof of 63 lines takes 2.8 kB, and a checkpoint with a hundred signatures 20 kB."""
CONNECTIONS_MAX = 64
SILENCE_SECONDS_MAX = 10.0
"""How long a connection may say nothing."""
CONNECTION_SECONDS_MAX = 60.0
"""How long a connection lasts, however busy: whoever drips a byte now and then holds a place no longer than this."""
LOOK_SECONDS = 0.05

Told = Callable[[Answer], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = CONNECTIONS_MAX

    def __init__(self, address: tuple[str, int], witness: Witness, told: Told) -> None:
        self.witness = witness
        self.told = told
        self._places = threading.BoundedSemaphore(CONNECTIONS_MAX)
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no more threads
            self._places.release()
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        end = threading.Timer(CONNECTION_SECONDS_MAX, _hang_up, [request])
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody hung up, or was hung up on."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "gharana-witness"
    sys_version = ""
    timeout = SILENCE_SECONDS_MAX
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        body = self._find_body()
        if body is None:
            return
        if self.path != ADD_CHECKPOINT:
            self._answer(Answer(HTTPStatus.NOT_FOUND, b"a witness answers to POST /add-checkpoint and nothing else\n"))
            return
        try:
            answer = self.server.witness.add_checkpoint(body)
        except WorldFailed as failure:
            said = b"the witness cannot write down what it would sign, and signs nothing\n"
            answer = Answer(HTTPStatus.SERVICE_UNAVAILABLE, said, alarm=str(failure))
        self.server.told(answer)
        self._answer(answer)

    def _find_body(self) -> bytes | None:
        """The body, read whole; where it cannot be, that was answered and the connection ends."""
        length = self.headers.get("content-length", "")
        if "transfer-encoding" in self.headers or not length:
            self._refuse(HTTPStatus.LENGTH_REQUIRED, b"say how long the body is (content-length)\n")
        elif not (length.isascii() and length.isdigit()):
            self._refuse(HTTPStatus.BAD_REQUEST, b"content-length is not a number\n")
        elif len(length) > len(str(BODY_BYTES_MAX)) or int(length) > BODY_BYTES_MAX:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"the body is longer than %d bytes\n" % BODY_BYTES_MAX)
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            self._refuse(HTTPStatus.BAD_REQUEST, b"the body is cut short\n")
        return None

    def _refuse(self, status: HTTPStatus, why: bytes) -> None:
        self.close_connection = True
        self._answer(Answer(status, why))

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("content-type", answer.content_type)
        self.send_header("content-length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what http.server itself refuses, in plain text."""
        self._refuse(HTTPStatus(code), f"{message or explain or HTTPStatus(code).phrase}\n".encode("ascii", "replace"))

    def log_message(self, *_: object) -> None:
        """What matters is told by the answers."""


@contextmanager
def serving(host: str, port: int, witness: Witness, told: Told) -> Iterator[int]:
    """Serve until the block ends, and give the port. Raises Refused where the address cannot be had."""
    try:
        server = _Server((host, port), witness, told)
    except OSError as failure:
        raise Refused(f"The witness cannot listen at {host}:{port}: {failure.strerror or failure}.") from failure
    thread = threading.Thread(target=server.serve_forever, args=[LOOK_SECONDS], name="witness")
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        line.shutdown(socket.SHUT_RDWR)
