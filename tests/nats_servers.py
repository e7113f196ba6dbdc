"""A nats-server that a test starts, kills and starts again on the same port and folder, and what its stream holds."""

import base64
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from adapters.embedded.nats_store import find_program
from adapters.nats.line import Line, open_line
from adapters.nats.stream import STREAM
from adapters.outgoing import Message

STARTED_SECONDS_MAX = 30


class NatsProcess:
    """One server over the loopback address, without a password; `settings` are those of its JetStream."""

    def __init__(self, folder: Path, *, cluster: dict | None = None, **settings) -> None:
        self.folder = folder
        self.cluster = cluster or {}
        self.store = folder / "store"
        self.settings = settings
        self.port = -1
        self._process: subprocess.Popen | None = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        jetstream = {"store_dir": str(self.store), **self.settings}
        written = self.folder / "server.conf"
        written.write_text(json.dumps({"listen": f"127.0.0.1:{self.port}", "jetstream": jetstream, **self.cluster}))
        command = [find_program(), "-c", written, "--ports_file_dir", self.folder]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        give_up_at = time.monotonic() + STARTED_SECONDS_MAX
        while not (ports := self._ports()):
            assert time.monotonic() < give_up_at, (self.folder / "server.log").read_text()
            time.sleep(0.01)
        self.port = int(ports[0].rpartition(":")[2])

    def kill(self) -> None:
        """As kill -9 does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _ports(self) -> list[str]:
        try:
            return json.loads((self.folder / f"nats-server_{self._process.pid}.ports").read_bytes())["nats"]
        except (FileNotFoundError, ValueError):
            return []


@contextmanager
def cluster_of_three(folder: Path) -> Iterator[list[NatsProcess]]:
    """Three servers that keep each other's streams; any one of them may be killed."""
    with ExitStack() as doors:
        free = [doors.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(3)]
    routes = [f"nats-route://127.0.0.1:{port}" for port in free]
    servers = []
    for number, port in enumerate(free):
        (folder / str(number)).mkdir()
        cluster = {"name": "three", "listen": f"127.0.0.1:{port}", "routes": routes}
        names = {"server_name": f"server-{number}", "cluster": cluster}
        servers.append(NatsProcess(folder / str(number), cluster=names))
    with ExitStack() as running:
        yield [running.enter_context(server) for server in servers]


def told(number: int, size: int = 60, first: int = 1) -> list[Message]:
    """So many messages as a feed might hold."""
    return [
        Message(
            position,
            f"eligibility.kafaalat.PK6.PK60{position % 9}",
            {"ce-id": str(position), "ce-type": "standing.decided.v1"},
            f"گھر {position} ".encode().ljust(size, b"."),
        )
        for position in range(first, first + number)
    ]


def stored(urls: str) -> list[tuple[int, str, str, bytes]]:
    """Everything the stream holds in its order: number, id, subject and payload, read one by one from its beginning."""
    with open_line(urls) as line:
        state = line.ask(f"STREAM.INFO.{STREAM}")["state"]
        return [_message(line, number) for number in range(state["first_seq"], state["last_seq"] + 1)]


def _message(line: Line, number: int) -> tuple[int, str, str, bytes]:
    found = line.ask(f"STREAM.MSG.GET.{STREAM}", {"seq": number})["message"]
    headers = base64.b64decode(found["hdrs"]).decode()
    (message_id,) = [
        row.removeprefix("Nats-Msg-Id: ") for row in headers.split("\r\n") if row.startswith("Nats-Msg-Id")
    ]
    return found["seq"], message_id, found["subject"], base64.b64decode(found["data"])


def as_stored(messages: list[Message]) -> list[tuple[int, str, str, bytes]]:
    return [(each.position, str(each.position), each.subject, each.payload) for each in messages]
