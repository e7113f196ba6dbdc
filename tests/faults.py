"""A log and tables in memory that fail at any call, before it or after it, by seed."""

from contextlib import contextmanager
from random import Random

from adapters.faults import WorldFailed
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables

FAULTS_IN_HUNDRED = 12


class Crash(WorldFailed):
    """The process died here, or what it called never answered."""


class Faults:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.are_on = True
        self.number = 0

    def strike(self):
        if self.are_on and self.random.randrange(100) < FAULTS_IN_HUNDRED:
            self.number += 1
            raise Crash


class FaultyLog(MemoryLog):
    """A log that fails before an answer, before a commit, or after one whose answer is lost."""

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self.faults = faults

    @contextmanager
    def transaction(self):
        self.faults.strike()
        with super().transaction() as transaction:
            yield transaction
            self.faults.strike()
        self.faults.strike()

    def after(self, *arguments, **named):
        self.faults.strike()
        return super().after(*arguments, **named)

    def streams(self, *arguments, **named):
        self.faults.strike()
        return super().streams(*arguments, **named)

    def policies(self, after: int = 0):
        self.faults.strike()
        return super().policies(after)


class FaultyTables(MemoryTables):
    """Tables that fail in the middle of a transaction."""

    def __init__(self, log: FaultyLog) -> None:
        super().__init__(log)
        self.faults = log.faults

    def apply(self, transaction, changes):
        self.faults.strike()
        super().apply(transaction, changes)
        self.faults.strike()

    def find(self, table, keys):
        self.faults.strike()
        return super().find(table, keys)

    def page(self, table, after, limit):
        self.faults.strike()
        return super().page(table, after, limit)

    def page_within(self, table, after, limit, places):
        self.faults.strike()
        return super().page_within(table, after, limit, places)


def quietly(log: FaultyLog) -> FaultyLog:
    log.faults.are_on = False
    return log
