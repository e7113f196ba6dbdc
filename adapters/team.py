"""Processes that work side by side: each is told once what the work is, then handed one task after another.

One that ends before its time, however it ends, is found out at once and ends the work; whoever leads, ends them all.
"""

import gc
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from adapters.companion import Companion, hand_over

TASKS_AHEAD = 2
"""Tasks in a worker's hands, so that it need not wait for the next one."""
WORKERS_MAX = 16
"""Beyond about ten an import waits for the log's lock, a rebuild for the one connection that writes. One limit for all
teams, so that there is one to know."""

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


class Worker(Companion):
    """One of the processes, and how many tasks it has not answered yet."""

    def __init__(self, trade: Trade) -> None:
        super().__init__(trade.begins_at, trade.name, trade.when_lost)
        self.open = 0

    def hand(self, task: Any) -> None:
        """Give it a task."""
        self.tell(task)
        self.open += 1

    def take(self) -> Any:
        """Take the next answer, or what it tells on the way. Raises what it raised, or WorldFailed when it is gone."""
        message = self.hear()
        assert isinstance(message, _Message)
        self.open -= message.is_answer
        return message.said


def workers_default() -> int:
    """As many workers as can work at once here, a process for each core that we may use."""
    return min(WORKERS_MAX, len(os.sched_getaffinity(0)))


@contextmanager
def team(trade: Trade, assignment: Any, size: int) -> Iterator[list[Worker]]:
    """Start so many workers, and end them with the block."""
    with ExitStack() as stack:
        workers = [Worker(trade) for _ in range(size)]
        for worker in workers:
            stack.callback(worker.end)
        for worker in workers:
            worker.tell(assignment)
        yield workers


def answers(workers: list[Worker], tasks: Iterator[Any], ahead: int = TASKS_AHEAD) -> Iterator[Any]:
    """Hand the tasks out, and give what is answered and told in the order in which it comes.

    Of tasks that take a second or more one at a time is enough; in the end none waits behind another then.
    """
    for _ in range(ahead):
        for worker in workers:
            _hand_next(worker, tasks)
    while busy := {worker.pipe: worker for worker in workers if worker.open}:
        for pipe in wait(list(busy)):
            assert isinstance(pipe, Connection)
            worker = busy[pipe]
            said = worker.take()
            if worker.open < ahead:
                _hand_next(worker, tasks)
            yield said


def last_answers(workers: list[Worker], task: Any) -> Iterator[Any]:
    """Hand the same task to every worker that has no other, and give what each answers."""
    for worker in workers:
        worker.hand(task)
    for worker in workers:
        yield worker.take()


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
        hand_over(fault, pipe)
