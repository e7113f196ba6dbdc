"""What a process does once it is a worker: it works until told to stop, and says with its exit code why it ended."""

import ctypes
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Timer
from types import FrameType

from adapters.cli.output import EXIT_DONE, EXIT_REFUSED, EXIT_WORLD_FAILED
from adapters.faults import Refused
from adapters.journal import Journal, one_line
from adapters.supervision.condition import Condition, State
from adapters.supervision.records import Records, WorkerRecord

END_SECONDS_MAX = 10.0
"""How long a worker that was told to stop may take for its step; then it is killed, and what it recorded is whole."""
PR_SET_PDEATHSIG = 1
"""Of Linux's prctl(2): the signal this process gets when the one that started it ends, in whatever way."""


@dataclass(frozen=True)
class Duty:
    """What a worker works with: settings, the event that tells it to stop, and whom it tells how it goes."""

    environ: Mapping[str, str]
    stop: Event
    condition: Condition
    journal: Journal


Work = Callable[[Duty], None]


def work_as(
    name: str, work: Work, environ: Mapping[str, str], journal: Journal, records: Records, restarts: int
) -> int:
    """Work in this process, which was just forked, and return its exit code: 0 stopped, 1 refused, 3 failed."""
    stop = _told_to_stop_or_left_alone()

    def tell(state: State, sentence: str) -> None:
        level = journal.warning if state is State.WAITING else journal.info
        level(state.replace(" ", "_"), sentence)
        records.write(WorkerRecord(name, os.getpid(), restarts, state, datetime.now(UTC), sentence))

    records.write(WorkerRecord(name, os.getpid(), restarts, State.STARTING, datetime.now(UTC), "Starts."))
    try:
        work(Duty(environ, stop, Condition(tell), journal))
    except Refused as refusal:
        journal.error("refused", str(refusal))
        return EXIT_REFUSED
    except Exception as fault:  # noqa: BLE001 - the last handler of a process: the log is the only place to tell
        journal.error("failed", f"Ends because of a fault: {one_line(fault)}.")
        return EXIT_WORLD_FAILED
    return EXIT_DONE


def _told_to_stop_or_left_alone() -> Event:
    """Return what is set by SIGTERM, which also comes when the supervisor is gone.

    An interruption of the whole group is the supervisor's to act on. Who does not come to an end is ended.
    """
    stop = Event()

    def end(_: int, __: FrameType | None) -> None:
        if not stop.is_set():
            stop.set()
            last = Timer(END_SECONDS_MAX, os._exit, (EXIT_WORLD_FAILED,))
            last.daemon = True
            last.start()

    supervisor = os.getppid()
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, lambda *_: None)  # not ignored: a server that we start would inherit that
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if os.getppid() != supervisor:
        stop.set()
    return stop
