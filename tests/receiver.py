"""A partner's address, as a real server over HTTP or HTTPS, and the authority that vouches for it."""

import base64
import hmac
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Posted(NamedTuple):
    """What came in."""

    path: str
    headers: dict[str, str]
    body: bytes


class Reply(NamedTuple):
    """What is answered."""

    status: int = 204
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Receiver:
    """Keeps what is posted, and answers as it is told to."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.answer: Callable[[Posted], Reply] = lambda _: Reply()
        self.connections = 0
        self.lines: list[socket.socket] = []
        self.port = 0

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.posted]

    def _handle(self, posted: Posted) -> Reply:
        reply = self.answer(posted)
        self.posted.append(posted)
        return reply


@contextmanager
def receiving(trust: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Receiver]:
    """Receive on the loopback address until the block ends; over HTTPS where a certificate is given."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            receiver.connections += 1
            receiver.lines.append(self.request)
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = receiver._handle(Posted(self.path, headers, body))
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # whoever posts has hung up, or did not believe the certificate

    server = Server(("127.0.0.1", port), Handler)
    if trust is not None:
        server.socket = trust.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for line in receiver.lines:
            with suppress(OSError):  # it is closed already
                line.shutdown(socket.SHUT_RDWR)


class Authority:
    """An authority that nobody but a test believes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority of a test")])
        usage = x509.KeyUsage(*(False,) * 5, True, True, False, False)
        made = self._begun(self._name, self._key).add_extension(x509.BasicConstraints(True, None), critical=True)
        signed = made.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.file = folder / "authority.pem"
        self.file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def certified(self, *names: str) -> ssl.SSLContext:
        """What a server shows that goes by these names, or addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._begun(x509.Name([]), key)
        alternatives = x509.SubjectAlternativeName([_general(name) for name in names])
        certificate = made.add_extension(alternatives, critical=True).sign(self._key, hashes.SHA256())
        file = self._folder / "server.pem"
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        written = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem)
        file.write_bytes(written)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def is_signed(posted: Posted, key: str) -> bool:
    """Check a signature as the specification tells a receiver to, by the text of the key alone."""
    signed = b".".join(
        (posted.headers["webhook-id"].encode(), posted.headers["webhook-timestamp"].encode(), posted.body)
    )
    version, _, given = posted.headers["webhook-signature"].partition(",")
    kind, _, written = key.partition("_")
    raw = base64.b64decode(written)
    if kind == "whsec":
        return version == "v1" and base64.b64decode(given) == hmac.new(raw, signed, sha256).digest()
    Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(given), signed)
    return version == "v1a"
