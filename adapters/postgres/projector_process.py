"""A process in which the projector follows a log until whoever started it lets go of the pipe."""

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Event, Thread

from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.postgres.alone import helping
from adapters.postgres.log import PostgresLog
from adapters.postgres.tables import PostgresTables


def main(descriptor: int) -> None:
    """Follow the log that is named over the pipe; a fault is handed over and ends the work."""
    for interruption in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interruption, signal.SIG_IGN)  # meant for the process that leads, which then lets go
    pipe: Connection = Connection(descriptor)
    stop = Event()
    log = PostgresLog(pipe.recv())
    Thread(target=_wait_for_the_end, args=(pipe, stop), daemon=True).start()
    try:
        with helping(log.datastore.dsn), ThreadPoolExecutor(1, "writer") as writer:
            run(log, [Projector(log, PostgresTables(log), writer)], stop=stop)
    except Exception as fault:  # noqa: BLE001 - it is raised where the followers are
        with suppress(OSError):
            pipe.send(fault)
    finally:
        log.close()


def _wait_for_the_end(pipe: Connection, stop: Event) -> None:
    with suppress(EOFError, OSError):
        pipe.recv()
    stop.set()
