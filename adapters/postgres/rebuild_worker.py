"""A process that makes answers anew, started by a rebuild.

It is told over the pipe what to do, reads one range of households after another and answers each with rows that are
packed for COPY. It writes nothing, so that whatever becomes of it leaves nothing behind.
"""

import gc
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from adapters import codec
from adapters.companion import hand_over
from adapters.followers.rebuild import Reach, rows_of_histories
from adapters.followers.timeline import CompileCard, timeline
from adapters.postgres.household_ranges import HouseholdRange, read_histories
from adapters.postgres.log import PostgresLog
from adapters.postgres.packing import copy_rows


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


def work(pipe: Any) -> None:
    """Make range after range until the pipe is let go; a fault is handed over and ends the work."""
    assignment: Assignment = pipe.recv()
    log = PostgresLog(assignment.dsn)
    try:
        make = maker(log, assignment)
        while True:
            pipe.send(make(pipe.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the rebuild has ended, and with it the work
    except Exception as fault:  # noqa: BLE001 - it is raised where the rebuild is
        hand_over(fault, pipe)
    finally:
        log.close()


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts the rebuild means the process that leads it
    gc.disable()  # rows and events hold no cycles: looking for them takes a fifth of the time
    work(Connection(descriptor))
