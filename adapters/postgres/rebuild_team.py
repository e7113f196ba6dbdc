"""Processes that make answers anew side by side: each is handed one range of households after another.

One that ends before its time, however it ends, ends the rebuild.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from adapters.faults import WorldFailed
from adapters.postgres.household_ranges import HouseholdRange
from adapters.postgres.rebuild_worker import Assignment, Made

WORKERS_MAX = 16
"""Beyond about ten, one connection cannot write the rows as fast as they are made."""
RANGES_AHEAD = 2
"""Ranges in a worker's hands, so that it need not wait for the next one."""
END_SECONDS_MAX = 5.0

_MAIN = "from adapters.postgres.rebuild_worker import main; main"


class Worker:
    """One of the processes, and the ranges that it has not answered yet."""

    def __init__(self) -> None:
        self.pipe, theirs = Pipe()
        self.open = 0
        command = [sys.executable, "-c", f"{_MAIN}({theirs.fileno()})"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL)
        theirs.close()

    def begin(self, assignment: Assignment) -> None:
        """Tell it what the rebuild makes."""
        self._send(assignment)

    def hand(self, within: HouseholdRange) -> None:
        """Give it a range to make."""
        self._send(within)
        self.open += 1

    def take(self) -> Made:
        """Take the next answer. Raises what the worker raised, or WorldFailed when it is gone."""
        try:
            answer = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            raise self._gone() from None
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Made)
        self.open -= 1
        return answer

    def end(self) -> None:
        """Let it go, whatever it is doing."""
        self.pipe.close()
        self.process.kill()
        self.process.wait(END_SECONDS_MAX)

    def _send(self, what: Any) -> None:
        try:
            self.pipe.send(what)
        except OSError:
            raise self._gone() from None

    def _gone(self) -> WorldFailed:
        code = self.process.wait(END_SECONDS_MAX)
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended by itself with code {code}"
        return WorldFailed(
            f"A process of the rebuild (number {self.process.pid}) {how}, so the rebuild was given up. "
            "The live tables are as they were; rebuild again."
        )


@contextmanager
def team(assignment: Assignment, size: int) -> Iterator[list[Worker]]:
    """Start so many workers, and end them with the block."""
    with ExitStack() as stack:
        workers = [Worker() for _ in range(size)]
        for worker in workers:
            stack.callback(worker.end)
        for worker in workers:
            worker.begin(assignment)
        yield workers


def made_by(workers: list[Worker], ranges: Iterator[HouseholdRange]) -> Iterator[Made]:
    """Hand the ranges out and give what was made of them, in the order in which it is ready."""
    for _ in range(RANGES_AHEAD):
        for worker in workers:
            _hand_next(worker, ranges)
    while busy := {worker.pipe: worker for worker in workers if worker.open}:
        for pipe in wait(list(busy)):
            assert isinstance(pipe, Connection)
            worker = busy[pipe]
            made = worker.take()
            _hand_next(worker, ranges)
            yield made


def _hand_next(worker: Worker, ranges: Iterator[HouseholdRange]) -> None:
    within = next(ranges, None)
    if within is not None:
        worker.hand(within)
