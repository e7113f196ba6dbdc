"""Processes that work side by side: each is told once what the work is, then handed one task after another.

A worker is a fresh interpreter and shares nothing with whoever started it but a pipe. One that ends before its time,
however it ends, is found out at once and ends the work; whoever leads, ends them all.
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from adapters.faults import WorldFailed

TASKS_AHEAD = 2
"""Tasks in a worker's hands, so that it need not wait for the next one."""
END_SECONDS_MAX = 5.0

Tell = Callable[[Any], None]
Work = Callable[[Any, Tell], Any]
"""Does a task and gives the answer; on the way it may tell how far it is."""


class Trade(NamedTuple):
    """What a team does: where a worker begins, what to call it, and what to say of the work when one is lost.

    `begins_at` is a module that calls `serve` in its `main(descriptor)`.
    """

    begins_at: str
    name: str
    when_lost: str


class _Message(NamedTuple):
    is_answer: bool
    said: Any


class Worker:
    """One of the processes, and how many tasks it has not answered yet."""

    def __init__(self, trade: Trade) -> None:
        self._trade = trade
        self.pipe, theirs = Pipe()
        self.open = 0
        main = f"from {trade.begins_at} import main; main({theirs.fileno()})"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.process = subprocess.Popen(
            [sys.executable, "-c", main], pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL
        )
        theirs.close()

    def send(self, what: Any) -> None:
        """Tell it what the work is, before any task."""
        try:
            self.pipe.send(what)
        except OSError:
            raise self._gone() from None

    def hand(self, task: Any) -> None:
        """Give it a task."""
        self.send(task)
        self.open += 1

    def take(self) -> Any:
        """Take the next answer, or what it tells on the way. Raises what it raised, or WorldFailed when it is gone."""
        try:
            message = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            raise self._gone() from None
        assert isinstance(message, _Message)
        if isinstance(message.said, Exception):
            raise message.said
        self.open -= message.is_answer
        return message.said

    def end(self) -> None:
        """Let it go, whatever it is doing."""
        self.pipe.close()
        self.process.kill()
        self.process.wait(END_SECONDS_MAX)

    def _gone(self) -> WorldFailed:
        code = self.process.wait(END_SECONDS_MAX)
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended by itself with code {code}"
        return WorldFailed(
            f"A process of the {self._trade.name} (number {self.process.pid}) {how}. {self._trade.when_lost}"
        )


@contextmanager
def team(trade: Trade, assignment: Any, size: int) -> Iterator[list[Worker]]:
    """Start so many workers, and end them with the block."""
    with ExitStack() as stack:
        workers = [Worker(trade) for _ in range(size)]
        for worker in workers:
            stack.callback(worker.end)
        for worker in workers:
            worker.send(assignment)
        yield workers


def answers(workers: list[Worker], tasks: Iterator[Any]) -> Iterator[Any]:
    """Hand the tasks out, and give what is answered and told in the order in which it comes."""
    for _ in range(TASKS_AHEAD):
        for worker in workers:
            _hand_next(worker, tasks)
    while busy := {worker.pipe: worker for worker in workers if worker.open}:
        for pipe in wait(list(busy)):
            assert isinstance(pipe, Connection)
            worker = busy[pipe]
            said = worker.take()
            if worker.open < TASKS_AHEAD:
                _hand_next(worker, tasks)
            yield said


def _hand_next(worker: Worker, tasks: Iterator[Any]) -> None:
    for task in tasks:
        worker.hand(task)
        return


def serve(descriptor: int, begin: Callable[[Any], AbstractContextManager[Work]]) -> None:
    """Be a worker: learn what the work is, then do task after task until no more come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts means the process that leads
    gc.disable()  # what is worked on holds no cycles, and looking for them takes a fifth of the time and more
    pipe = Connection(descriptor)

    def tell(said: Any) -> None:
        pipe.send(_Message(is_answer=False, said=said))

    try:
        with begin(pipe.recv()) as work:
            while True:
                pipe.send(_Message(is_answer=True, said=work(pipe.recv(), tell)))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # whoever leads has ended, and with it the work
    except Exception as fault:  # noqa: BLE001 - it is raised where the work is led
        pipe.send(_Message(is_answer=True, said=fault))
