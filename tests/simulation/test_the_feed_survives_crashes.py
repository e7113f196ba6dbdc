"""The feeder over a log and tables that fail at any call: nothing is lost and nothing told twice, by seed."""

from random import Random

import pytest

from adapters.followers.assessor import Assessor
from adapters.followers.feed_check import Compared, compare
from adapters.followers.feeder import Feeder
from adapters.followers.run import run
from adapters.memory.log import MemoryLog
from projections.feed_message import FEED, FEED_ENDS
from tests.agreed import SENDER, agreed_history
from tests.faults import Crash, Faults, FaultyLog, FaultyTables, quietly
from tests.histories import at_nine, compile_by_size


def survive(seed: int) -> tuple[FaultyLog, FaultyTables]:
    """Play a history while assessor and feeder crash and are started again."""
    faults = Faults(seed)
    log = FaultyLog(faults)
    tables = FaultyTables(log)
    draw = Random(-seed)
    assessor, feeder = None, None
    for append in agreed_history(seed):
        MemoryLog.append(quietly(log), append)
        faults.are_on = True
        for _ in range(draw.randrange(5)):
            try:
                assessor = assessor or Assessor(log, tables, compile_by_size, at_nine)
                feeder = feeder or Feeder(log, tables, SENDER)
                if draw.random() < 0.4:
                    assessor.step(draw.randrange(1, 9))
                else:
                    feeder.step(draw.randrange(1, 9))
            except Crash:
                assessor, feeder = None, None
    quietly(log)
    run(log, [Assessor(log, tables, compile_by_size, at_nine), Feeder(log, tables, SENDER)], until_caught_up=True)
    return log, tables


def numbers(tables: FaultyTables, column: str) -> list[int]:
    return sorted(row[FEED.column(column)] for row in tables.rows[FEED.name].values())


@pytest.mark.parametrize("seed", range(30))
def test_nothing_is_lost_and_nothing_told_twice(seed: int):
    log, tables = survive(seed)
    result = compare(log, tables, SENDER)
    assert (result.is_equal, result.examples) == (True, [])
    assert result.rows == len(tables.rows[FEED.name]) > 0
    assert numbers(tables, "feed_position") == list(range(1, result.rows + 1))
    for partner, programme, sequence, _ in tables.rows[FEED_ENDS.name].values():
        assert {key for key in tables.rows[FEED.name] if key[:2] == (partner, programme)} == {
            (partner, programme, number) for number in range(1, sequence + 1)
        }


def test_the_simulation_does_crash():
    assert sum(survive(seed)[0].faults.number for seed in range(5)) > 50


def tampered(change) -> Compared:
    """What is found in a feed of which somebody has altered the rows."""
    log, tables = survive(3)
    rows = tables.rows[FEED.name]
    change(rows, sorted(rows, key=lambda key: rows[key][FEED.column("feed_position")]))
    return compare(log, tables, SENDER)


def test_a_row_that_was_taken_out_is_missed():
    result = tampered(lambda rows, keys: rows.pop(keys[4]))
    assert (result.missing, result.doubled, result.changed) == (1, 0, 0)
    assert result.misnumbered > 0


def test_a_row_that_stands_there_twice_is_found():
    def double(rows, keys):
        partner, programme, sequence, position, *others = rows[keys[-1]]
        rows[partner, programme, sequence + 1] = (partner, programme, sequence + 1, position + 1, *others)

    result = tampered(double)
    assert (result.missing, result.doubled, result.changed, result.misnumbered) == (0, 1, 0, 1)


@pytest.mark.parametrize("column", ["subject", "headers", "payload"])
def test_a_row_that_was_altered_is_found(column: str):
    def alter(rows, keys):
        row = list(rows[keys[4]])
        row[FEED.column(column)] = row[FEED.column(column)][1:]
        rows[keys[4]] = tuple(row)

    result = tampered(alter)
    assert (result.missing, result.doubled, result.changed, result.misnumbered) == (0, 0, 1, 0)
