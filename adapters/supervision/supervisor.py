"""The supervisor: one process for each worker, started again when it ends, all of them ended with this one.

Workers are forked, so what is imported is in memory once and a worker is back within milliseconds. That asks for a
supervisor of one thread and without connections: it knows neither Postgres nor NATS, which also means that it has
nothing to fail by.
"""

import gc
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.cli.output import EXIT_DONE, EXIT_REFUSED, EXIT_WORLD_FAILED
from adapters.journal import Journal, JournalForm
from adapters.supervision.backoff import FAILURES_MAX, failures_in_a_row, find_pause_seconds
from adapters.supervision.condition import State
from adapters.supervision.records import Records, WorkerRecord
from adapters.supervision.worker import END_SECONDS_MAX, Work, work_as

KILL_AFTER_SECONDS = END_SECONDS_MAX + 2.0
"""A worker ends itself before; this is for one that cannot even do that."""
LOOK_SECONDS = 5.0
_SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}


@dataclass
class _Place:
    """One worker's place: who is in it, how often it was filled, and how long each stood."""

    name: str
    work: Work
    pid: int | None = None
    starts: int = 0
    started_at: float = 0.0
    start_at: float | None = 0.0
    stood_seconds: list[float] = field(default_factory=list)
    down_by: int | None = None


class Supervisor:
    """Keeps the workers of a table at work. Call it from a process of one thread."""

    def __init__(
        self, workers: Mapping[str, Work], environ: Mapping[str, str], records: Records, form: JournalForm
    ) -> None:
        self._places = [_Place(name, work) for name, work in workers.items()]
        self._environ = environ
        self._records = records
        self._form = form
        self._journal = Journal("supervisor", form)

    def supervise(self) -> int:
        """Keep them at work until SIGTERM or SIGINT, or until all are down; return the exit code of it all.

        0 if every worker was at work until then, 1 if one was left down because somebody must act first, 3 if one was
        left down because it failed again and again.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        gc.collect()
        gc.freeze()  # what is shared with the workers stays shared
        told = None
        while told not in (signal.SIGTERM, signal.SIGINT) and any(place.down_by is None for place in self._places):
            self._start_who_is_due()
            told = self._next_signal()
            self._reap()
        self._end_all()
        return max((place.down_by or EXIT_DONE for place in self._places), default=EXIT_DONE)

    def _start_who_is_due(self) -> None:
        now = time.monotonic()
        for place in self._places:
            if place.pid is None and place.start_at is not None and place.start_at <= now:
                self._start(place)

    def _start(self, place: _Place) -> None:
        restarts = place.starts
        pid = os.fork()
        if pid == 0:
            code = EXIT_WORLD_FAILED
            try:
                journal = Journal(place.name, self._form)
                code = work_as(place.name, place.work, self._environ, journal, self._records, restarts)
            finally:
                os._exit(code)
        place.pid, place.starts, place.started_at, place.start_at = pid, restarts + 1, time.monotonic(), None
        self._journal.info("started", f"Started {place.name}.", of=place.name, pid=pid, restarts=restarts)

    def _next_signal(self) -> signal.Signals | None:
        due = [place.start_at for place in self._places if place.start_at is not None]
        seconds = min([LOOK_SECONDS, *(at - time.monotonic() for at in due)])
        told = signal.sigtimedwait(_SIGNALS, max(0.0, seconds))
        return None if told is None else signal.Signals(told.si_signo)

    def _reap(self) -> None:
        """Take note of every worker that has ended; one signal may stand for several."""
        for place in self._places:
            if place.pid is None:
                continue
            pid, status = os.waitpid(place.pid, os.WNOHANG)
            if pid:
                self._ended(place, os.waitstatus_to_exitcode(status))

    def _ended(self, place: _Place, code: int) -> None:
        now = time.monotonic()
        place.pid = None
        place.stood_seconds = [*place.stood_seconds[-FAILURES_MAX:], now - place.started_at]
        pause = find_pause_seconds(failures_in_a_row(place.stood_seconds))
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        if code == EXIT_REFUSED:
            self._leave_down(place, code, "was refused its work: its last line says why. Somebody must act.")
        elif pause is None:
            self._leave_down(place, EXIT_WORLD_FAILED, f"failed {FAILURES_MAX} times in a row, and {how} at last.")
        else:
            place.start_at = now + pause
            sentence = f"{place.name} {how}; it is started again in {pause:g} s."
            self._journal.warning("restarting", sentence, of=place.name, code=code, pause_seconds=pause)
            self._record(place, State.RESTARTING, sentence)

    def _leave_down(self, place: _Place, code: int, why: str) -> None:
        place.down_by, place.start_at = code, None
        sentence = f"{place.name} {why} It stays down until `run` is started again; the others go on."
        self._journal.error("down", sentence, of=place.name, code=code)
        self._record(place, State.DOWN, sentence)

    def _record(self, place: _Place, state: State, sentence: str) -> None:
        now = datetime.now(UTC)
        self._records.write(WorkerRecord(place.name, None, max(0, place.starts - 1), state, now, sentence))

    def _end_all(self) -> None:
        """Tell every worker, wait for what it is doing, and kill the one that does not come to an end."""
        at_work = [place for place in self._places if place.pid is not None]
        self._journal.info("stopping", f"Stops: {len(at_work)} workers end what they are doing.")
        for place in at_work:
            _send(place.pid, signal.SIGTERM)
        give_up_at = time.monotonic() + KILL_AFTER_SECONDS
        while left := [place for place in at_work if place.pid is not None and not _is_gone(place)]:
            if time.monotonic() > give_up_at:
                for place in left:
                    self._journal.error("killed", f"{place.name} did not come to an end and is killed.", of=place.name)
                    _send(place.pid, signal.SIGKILL)
            signal.sigtimedwait({signal.SIGCHLD}, 0.1)
        self._journal.info("stopped", "Stopped.")


def _send(pid: int | None, number: signal.Signals) -> None:
    assert pid is not None, "nobody is in that place"
    os.kill(pid, number)  # not reaped yet, so the number is still its own


def _is_gone(place: _Place) -> bool:
    assert place.pid is not None, "nobody is in that place"
    pid, _ = os.waitpid(place.pid, os.WNOHANG)
    if pid:
        place.pid = None
    return bool(pid)
