"""A line to Postgres that a test can cut at a chosen moment."""

import select
import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

CHUNK_BYTES = 1 << 20


class SeveredLine:
    """Passes bytes between clients and the server, until told to cut.

    `cut_next(deliver=True)` hands what a client says next to the server and cuts before the answer comes back;
    with `deliver=False` the server never hears it. Clients that connect later are served, until `close_for_good`.
    """

    def __init__(self, dsn: str, folder: Path) -> None:
        self._to = conninfo_to_dict(dsn)
        self.dsn = make_conninfo(dsn, host=str(folder), port="5432")
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / ".s.PGSQL.5432"))
        self._door.listen()
        self._cut: bool | None = None
        self._closed = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close_for_good()
        for thread in self._threads:
            thread.join()

    def cut_next(self, *, deliver: bool) -> None:
        self._cut = deliver

    def close_for_good(self) -> None:
        """Cut every line and let nobody in any more."""
        self._closed = True
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for pair in self._pairs:
            _hang_up(*pair)

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._closed:
                client, _ = self._door.accept()
                try:
                    server = self._call_server()
                except OSError:  # the server is away; whoever calls later may find it there
                    client.close()
                    continue
                self._pairs.append((client, server))
                thread = threading.Thread(target=self._pass_on, args=(client, server))
                self._threads.append(thread)
                thread.start()

    def _call_server(self) -> socket.socket:
        host, port = str(self._to["host"]), self._to.get("port", "5432")
        if not host.startswith("/"):
            return socket.create_connection((host, int(str(port))))
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(f"{host}/.s.PGSQL.{port}")
        except OSError:
            server.close()
            raise
        return server

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        try:
            with suppress(OSError, ValueError):
                while all(self._hand_over(source, client, server) for source in _speaking(client, server)):
                    pass
        finally:
            _hang_up(client, server)

    def _hand_over(self, source: socket.socket, client: socket.socket, server: socket.socket) -> bool:
        """Pass one piece on; false when the line ends with it."""
        said = source.recv(CHUNK_BYTES)
        deliver, cut = self._cut, source is client and self._cut is not None
        if cut:
            self._cut = None
        if deliver or not cut:
            (server if source is client else client).sendall(said)
        return bool(said) and not cut


def _speaking(client: socket.socket, server: socket.socket) -> list[socket.socket]:
    return select.select([client, server], [], [])[0]


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
