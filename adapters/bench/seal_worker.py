"""A sealer in a process of its own, at work every two seconds as in `run`, while something else is measured."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.companion import Companion
from adapters.faults import WorldFailed
from adapters.postgres.log import PostgresLog
from adapters.seals.notes import Signer
from adapters.seals.published import sealed_size
from adapters.seals.sealer import Sealer
from adapters.seals.sealing import Sealing

CATCH_UP_SECONDS_MAX = 60.0
END_SECONDS = 5.0


class Sealed(msgspec.Struct, frozen=True):
    """Which log is sealed, where, and by whom."""

    dsn: str
    folder: str
    origin: str
    private: bytes

    def __repr__(self) -> str:
        return f"Sealed(origin={self.origin!r})"


@contextmanager
def sealer_beside(dsn: str, folder: Path, signer: Signer) -> Iterator[Callable[[int], None]]:
    """Keep a sealer at work; gives what waits until it has sealed up to a position."""
    companion = Companion("adapters.bench.seal_worker", "sealing beside the measurement", "Measure again.")
    try:
        companion.tell(Sealed(dsn, str(folder), signer.name, signer.key.private_bytes_raw()))
        companion.hear()
        yield lambda position: _wait(folder, position)
    finally:
        companion.end(END_SECONDS)


def _wait(folder: Path, position: int) -> None:
    give_up_at = time.monotonic() + CATCH_UP_SECONDS_MAX
    while sealed_size(folder) < position:
        if time.monotonic() > give_up_at:
            raise WorldFailed("The sealer beside the measurement does not get on. Measure again.")
        time.sleep(0.05)


def main(descriptor: int) -> None:
    """Seal until whoever started this is gone."""
    pipe: Connection = Connection(descriptor)
    what: Sealed = pipe.recv()
    signer = Signer(what.origin, Ed25519PrivateKey.from_private_bytes(what.private))
    log, stop = PostgresLog(what.dsn), Event()
    sealing = Sealing(log, Sealer(log, Path(what.folder), signer), lambda: date.min)

    def wait_for_the_end() -> None:
        try:
            pipe.recv()
        except EOFError:
            stop.set()

    Thread(target=wait_for_the_end, daemon=True).start()
    pipe.send("ready")
    try:
        sealing.keep_on(stop, lambda: True)
    finally:
        log.close()
