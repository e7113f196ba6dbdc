"""Processes that make answers anew side by side: each is handed one range of households after another.

One that ends before its time, however it ends, ends the rebuild.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection, wait

from adapters.companion import Companion
from adapters.postgres.household_ranges import HouseholdRange
from adapters.postgres.rebuild_worker import Assignment, Made

WORKERS_MAX = 16
"""Beyond about ten, one connection cannot write the rows as fast as they are made."""
RANGES_AHEAD = 2
"""Ranges in a worker's hands, so that it need not wait for the next one."""

GIVEN_UP = "The rebuild was given up, and the live tables are as they were; rebuild again."


class Worker(Companion):
    """One of the processes, and how many ranges it has not answered yet."""

    def __init__(self) -> None:
        super().__init__("adapters.postgres.rebuild_worker", "the rebuild", GIVEN_UP)
        self.open = 0

    def hand(self, within: HouseholdRange) -> None:
        """Give it a range to make."""
        self.tell(within)
        self.open += 1

    def take(self) -> Made:
        """Take the next answer. Raises what the worker raised, or WorldFailed when it is gone."""
        made = self.hear()
        assert isinstance(made, Made)
        self.open -= 1
        return made


@contextmanager
def team(assignment: Assignment, size: int) -> Iterator[list[Worker]]:
    """Start so many workers, and end them with the block."""
    with ExitStack() as stack:
        workers = [Worker() for _ in range(size)]
        for worker in workers:
            stack.callback(worker.end)
        for worker in workers:
            worker.tell(assignment)
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
