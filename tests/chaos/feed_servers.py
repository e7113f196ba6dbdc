"""The servers of a registry under test, killed and started again on their own data: PostgreSQL, NATS, three of them."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Self, TypeVar

from psycopg.conninfo import make_conninfo

from adapters.embedded.cluster import Cluster
from adapters.embedded.layout import DATABASE, PORT, SUPERUSER, Layout
from adapters.faults import WorldFailed
from adapters.nats.line import open_line
from adapters.nats.stream import STREAM
from tests.nats_servers import NatsProcess, cluster_of_three

READY_SECONDS_MAX = 60
FoundT = TypeVar("FoundT")


class PostgresProcess:
    """A PostgreSQL that belongs to one test, without a keeper who would start it again."""

    def __init__(self, home: Path) -> None:
        self._layout = Layout(home)
        self._layout.folder.mkdir(parents=True)
        self._cluster = Cluster(self._layout)
        self._cluster.make_once()
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._cluster.clear_leftovers()
        shutil.rmtree(self._layout.socket_folder, ignore_errors=True)

    @property
    def dsn(self) -> str:
        return make_conninfo(host=str(self._layout.socket_folder), port=PORT, user=SUPERUSER, dbname=DATABASE)

    def start(self) -> None:
        self._cluster.clear_leftovers()
        self._server = self._cluster.start()
        give_up_at = time.monotonic() + READY_SECONDS_MAX
        while not self._cluster.is_ready(self._server):
            assert time.monotonic() < give_up_at, self._cluster.trouble("did not start")
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill the postmaster as kill -9 does; its children notice and end."""
        assert self._server is not None
        os.kill(self._server.pid, signal.SIGKILL)
        self._server.wait()


class Streams:
    """One NATS server, or three that keep each other's streams."""

    def __init__(self, servers: list[NatsProcess]) -> None:
        self.servers = servers

    @property
    def urls(self) -> str:
        return ",".join(server.url for server in self.servers)

    @property
    def replicas(self) -> int:
        return len(self.servers)

    def leader(self) -> NatsProcess | None:
        """Which of several servers leads the stream, if one does at this moment."""
        try:
            with open_line(self.urls) as line:
                name = line.ask(f"STREAM.INFO.{STREAM}")["cluster"]["leader"]
        except (WorldFailed, KeyError):
            return None
        return self.servers[int(name.removeprefix("server-"))] if name else None

    def bytes_held(self) -> int:
        """How much the stream holds."""
        return _in_the_end(self._find_bytes)

    def _find_bytes(self) -> int | None:
        try:
            with open_line(self.urls) as line:
                return int(line.ask(f"STREAM.INFO.{STREAM}")["state"]["bytes"])
        except WorldFailed:
            return None

    def kill_one(self, draw: Random, seconds: float) -> None:
        """Kill a server, whichever it is, and start it again."""
        _kill_for(draw.choice(self.servers), seconds)

    def kill_leader(self, seconds: float) -> None:
        """Kill whichever server leads the stream, and start it again."""
        _kill_for(_in_the_end(self.leader), seconds)


def _in_the_end(ask: Callable[[], FoundT | None]) -> FoundT:
    """Ask until there is an answer: servers that have just come back give none."""
    give_up_at = time.monotonic() + READY_SECONDS_MAX
    while (found := ask()) is None:
        assert time.monotonic() < give_up_at, "the stream does not come back"
        time.sleep(0.1)
    return found


def _kill_for(server: NatsProcess, seconds: float) -> None:
    server.kill()
    time.sleep(seconds)
    server.start()


@contextmanager
def streams(folder: Path, replicas: int) -> Iterator[Streams]:
    """One server that syncs always, or a cluster of three."""
    folder.mkdir()
    if replicas == 1:
        with NatsProcess(folder, sync_interval="always") as server:
            yield Streams([server])
    else:
        with cluster_of_three(folder) as servers:
            yield Streams(servers)
