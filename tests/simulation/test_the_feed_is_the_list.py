"""Whoever begins with a snapshot and applies the feed holds, at every position of the log, the list of the answers."""

from collections import Counter
from functools import partial

import pytest

from adapters.followers.agreements import book_at
from adapters.followers.assessor import Assessor
from adapters.followers.feeder import Feeder
from adapters.followers.run import run
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from projections.changes import Row
from projections.feed_message import FEED, FeedKey, in_words, log_position_of
from tests.agreed import SENDER, PartnersList, agreed_history, apply, list_of
from tests.histories import at_nine, compile_by_size, replayed


def told(seed: int, steps: int) -> tuple[MemoryLog, list]:
    log = MemoryLog()
    tables = MemoryTables(log)
    followers = [Assessor(log, tables, compile_by_size, at_nine), Feeder(log, tables, SENDER)]
    for append in agreed_history(seed, steps=steps):
        log.append(append)
        run(log, followers, until_caught_up=True)
    rows = tables.rows.get(FEED.name, {}).values()
    return log, sorted(rows, key=lambda row: row[FEED.column("feed_position")])


def reason_of(row: Row) -> str:
    """Why a household is told of; of other rows the last word of the subject, `agreement` or `shock`."""
    reason = row[FEED.column("payload")].partition(b'"reason":"')[2].partition(b'"')[0].decode()
    return reason or row[FEED.column("subject")].rpartition(".")[2]


def follow(seed: int, steps: int = 40) -> Counter:
    log, rows = told(seed, steps)
    seen: Counter = Counter()
    lists: dict[FeedKey, PartnersList | None] = {}
    for position in range(1, log.last_position() + 1):
        book, tables = book_at(log, position), replayed(log, position)
        while rows and log_position_of(rows[0]) == position:
            row = rows.pop(0)
            key = (row[0], row[1])
            lists[key] = apply(lists.get(key), row, partial(list_of, tables, key, book.in_force.get(key)))
            words = in_words(row)
            seen[reason_of(row)] += 1
            assert words["sequence"] == row[2]
        held = {key: entries for key, entries in lists.items() if entries is not None}
        assert held == {key: list_of(tables, key, agreement) for key, agreement in book.in_force.items()}, position
        seen["listed"] += sum(map(len, held.values()))
    assert rows == []
    return seen


@pytest.mark.parametrize("seed", range(12))
def test_the_feed_gives_the_list_at_every_position(seed: int):
    follow(seed)


def test_households_are_told_of_in_every_way():
    seen = sum((follow(seed, 60) for seed in (24, 27)), Counter())
    assert seen.keys() >= {
        "agreement",
        "shock",
        "moved_into_area",
        "moved_within_area",
        "moved_out_of_area",
        "score_within_cutoff",
    }
    assert seen["listed"] > 100
