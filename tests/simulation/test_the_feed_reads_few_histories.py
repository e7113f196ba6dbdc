"""What is told without reading a household's events is what is told by reading them, however the log is cut."""

from collections.abc import Callable, Iterator

import pytest

from adapters.followers import feeder
from adapters.followers.assessor import Assessor
from adapters.followers.feeder import next_batch
from adapters.followers.run import run
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from projections.feed import Book
from projections.feed_message import Told
from tests.agreed import agreed_history
from tests.histories import at_nine, compile_by_size

AT_ONCE = 100_000


def decided(seed: int, *, at_once: bool) -> MemoryLog:
    """A log with its decisions; made at once, they stand behind events that they do not know."""
    log = MemoryLog()
    assessor = Assessor(log, MemoryTables(log), compile_by_size, at_nine)
    for append in agreed_history(seed, steps=60):
        log.append(append)
        if not at_once:
            run(log, [assessor], until_caught_up=True)
    run(log, [assessor], until_caught_up=True)
    return log


def told(log: MemoryLog, limit: int) -> Iterator[Told]:
    book, position = Book(), 0
    while position < log.last_position():
        batch = next_batch(log, book, position, limit)
        yield from batch.told
        book, position = batch.book, batch.position


def everybody(divide: Callable) -> Callable:
    def divided(*arguments):
        alone, needed = divide(*arguments)
        return {}, alone.keys() | needed

    return divided


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_whoever_reads_no_history_is_told_what_the_history_says(seed: int, at_once: bool, monkeypatch):
    log = decided(seed, at_once=at_once)
    found = {limit: list(told(log, limit)) for limit in (1, 7, AT_ONCE)}
    monkeypatch.setattr(feeder, "_divided", everybody(feeder._divided))
    expected = list(told(log, AT_ONCE))
    assert found == dict.fromkeys(found, expected)


def test_most_decisions_after_a_history_are_told_without_it(monkeypatch):
    log = decided(3, at_once=False)
    read: list[int] = []
    streams = log.streams
    monkeypatch.setattr(log, "streams", lambda wanted, until: read.append(len(wanted)) or streams(wanted, until))
    rows = len(list(told(log, 1)))
    assert sum(read) / 2 < rows
