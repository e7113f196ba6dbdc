"""A process that makes answers anew, started by a rebuild.

It is told over the pipe what to do, reads one range of households after another and answers each with rows that are
packed for COPY. It writes nothing, so that whatever becomes of it leaves nothing behind.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from adapters import codec
from adapters.followers.rebuild import Reach, rows_of_histories
from adapters.followers.timeline import CompileCard, timeline
from adapters.postgres.household_ranges import HouseholdRange, read_histories
from adapters.postgres.log import PostgresLog
from adapters.postgres.packing import copy_rows
from adapters.team import Work, serve


class Assignment(msgspec.Struct, frozen=True):
    """What a rebuild makes: answers up to these positions, with cards compiled by a function that has a name."""

    dsn: str
    compile_card: CompileCard
    assessor: int
    projector: int
    last: int


class Made(msgspec.Struct, frozen=True):
    """Rows of one range, packed, by the name of their table; after so many events."""

    events: int
    packed: dict[str, bytes]


Make = Callable[[HouseholdRange], Made]


def maker(log: PostgresLog, assignment: Assignment) -> Make:
    """Give what makes the rows of a range."""
    policies = [codec.recorded(entry) for entry in log.policies() if entry.position <= assignment.assessor]
    policy = timeline(policies, assignment.compile_card)
    reach = Reach(assignment.assessor, assignment.projector, assignment.last, policy)

    def make(within: HouseholdRange) -> Made:
        histories = read_histories(log, within, assignment.last)
        rows = rows_of_histories(histories, reach)
        events = sum(len(history.events) + len(history.decisions) for history in histories)
        return Made(events, {table.name: copy_rows(table, of_table) for table, of_table in rows.items()})

    return make


@contextmanager
def ready(assignment: Assignment) -> Iterator[Work]:
    """Be ready to make ranges."""
    log = PostgresLog(assignment.dsn)
    try:
        make = maker(log, assignment)
        yield lambda within, _: make(within)
    finally:
        log.close()


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    serve(descriptor, ready)
