"""A process that makes answers anew, started by a rebuild.

It is told over the pipe what to do, reads one range of households after another and answers each with rows that are
packed for COPY. What it counts it gathers over all its ranges and hands over in the end, since households of every
range share places and days. It writes nothing, so that whatever becomes of it leaves nothing behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from adapters import codec
from adapters.followers.rebuild import Reach, Rows, rows_counted, rows_of_histories
from adapters.followers.timeline import CompileCard, timeline
from adapters.postgres.household_ranges import HouseholdRange, read_histories
from adapters.postgres.log import PostgresLog
from adapters.postgres.packing import copy_rows
from adapters.team import Work, serve
from projections.indicators.counting import Tally


class Assignment(msgspec.Struct, frozen=True):
    """What a rebuild makes: answers up to these positions, with cards compiled by a function that has a name."""

    dsn: str
    compile_card: CompileCard
    assessor: int
    projector: int
    last: int


class Made(msgspec.Struct, frozen=True):
    """Rows of one range, or what was counted, packed, by the name of their table; after so many events."""

    events: int
    packed: dict[str, bytes]


THE_COUNTS = None
"""The task to hand over what was counted, after the last range."""
COUNTED_MAX = 50_000
"""Places and days that a worker counts before it hands them over early; each takes 0.4 kB, and 2 kB on the way."""

Task = HouseholdRange | None


class Maker:
    """Makes the rows of one range after another."""

    def __init__(self, log: PostgresLog, assignment: Assignment) -> None:
        policies = [codec.recorded(entry) for entry in log.policies() if entry.position <= assignment.assessor]
        policy = timeline(policies, assignment.compile_card)
        self._log = log
        self._reach = Reach(assignment.assessor, assignment.projector, assignment.last, policy)
        self._tally = Tally()

    def make(self, task: Task) -> Made:
        """Make the rows of a range; or hand over what was counted since it was last handed over."""
        if task is THE_COUNTS:
            return _packed(0, rows_counted(self._tally))
        histories = read_histories(self._log, task, self._reach.last)
        rows = rows_of_histories(histories, self._reach, self._tally)
        if len(self._tally) > COUNTED_MAX:
            rows |= rows_counted(self._tally)
        return _packed(sum(len(history.events) + len(history.decisions) for history in histories), rows)


def _packed(events: int, rows: Rows) -> Made:
    return Made(events, {table.name: copy_rows(table, of_table) for table, of_table in rows.items()})


@contextmanager
def ready(assignment: Assignment) -> Iterator[Work]:
    """Be ready to make ranges."""
    log = PostgresLog(assignment.dsn)
    try:
        maker = Maker(log, assignment)
        yield lambda task, _: maker.make(task)
    finally:
        log.close()


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    serve(descriptor, ready)
