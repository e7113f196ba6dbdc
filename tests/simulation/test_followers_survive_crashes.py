"""The followers over a log and tables that fail at any call, before it or after it; in one thread, by seed."""

from concurrent.futures import Executor, Future
from random import Random

import pytest

from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from tests.faults import Crash, Faults, FaultyLog, FaultyTables, quietly
from tests.histories import at_nine, compile_by_size, decided, history, replayed


class Later(Executor):
    """A writer that does its work at the last moment: when it is asked whether it is done. So faults follow a seed."""

    def submit(self, work, /, *arguments, **named):
        return _Done(lambda: work(*arguments, **named))


class _Done(Future):
    def __init__(self, work) -> None:
        super().__init__()
        self._work = work

    def result(self, timeout=None):
        fault = self.exception(timeout)
        if fault is not None:
            raise fault

    def exception(self, timeout=None):
        if not self.done():
            try:
                self.set_result(self._work())
            except Exception as fault:  # noqa: BLE001 - it is given to whoever asks
                self.set_exception(fault)
        return super().exception(timeout)


def survive(seed: int, writer: Executor | None = None) -> int:
    """Play a history while followers crash and are started again; returns how often they did."""
    faults = Faults(seed)
    log = FaultyLog(faults)
    tables = FaultyTables(log)
    draw = Random(-seed)
    assessor, projector = None, None
    for append in history(seed):
        MemoryLog.append(quietly(log), append)
        faults.are_on = True
        for _ in range(draw.randrange(4)):
            try:
                assessor = assessor or Assessor(log, tables, compile_by_size, at_nine, writer)
                projector = projector or Projector(log, tables, writer)
                match draw.randrange(4):
                    case 0 | 1:
                        assessor.follow(draw.randrange(1, 9))
                    case 2:
                        assessor.reassess(draw.randrange(1, 5))
                    case _:
                        projector.step(draw.randrange(1, 9))
            except Crash:
                assessor, projector = None, None
    quietly(log)
    followers = [Assessor(log, tables, compile_by_size, at_nine), Projector(log, tables)]
    run(log, followers, until_caught_up=True)
    assert {name: rows for name, rows in tables.rows.items() if name != "reassessments"} == {
        name: rows for name, rows in replayed(log).items() if rows or name in tables.rows
    }
    assert decided(log) == undisturbed(seed)
    return faults.number


def undisturbed(seed: int) -> dict:
    log = MemoryLog()
    for append in history(seed):
        log.append(append)
    run(log, [Assessor(log, MemoryTables(log), compile_by_size, at_nine)], until_caught_up=True)
    return decided(log)


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_lost_and_nothing_decided_twice(seed: int):
    survive(seed)


@pytest.mark.parametrize("seed", range(40, 80))
def test_nothing_is_lost_and_nothing_decided_twice_when_batches_are_written_behind(seed: int):
    survive(seed, Later())


def test_the_simulation_does_crash():
    assert sum(survive(seed) for seed in range(5)) > 50


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("start", range(1000, 6000, 500))
def test_nothing_is_lost_and_nothing_decided_twice_in_many_histories(start: int):
    for seed in range(start, start + 500):
        try:
            survive(seed, Later() if seed % 2 else None)
        except Exception as fault:  # noqa: BLE001 - which seed it was is what matters
            pytest.fail(f"seed {seed}: {fault!r}")


def test_a_run_goes_on_by_itself_after_faults(monkeypatch):
    """The loop reads everything again after each fault, since it cannot know what was recorded."""
    monkeypatch.setattr("adapters.followers.run.PAUSE_SECONDS", 0)
    monkeypatch.setattr("adapters.followers.run.TRIES_MAX", 1000)
    log = FaultyLog(Faults(77))
    tables = FaultyTables(log)
    quietly(log)
    for append in history(77):
        log.append(append)
    followers = [Assessor(log, tables, compile_by_size, at_nine), Projector(log, tables)]
    log.faults.are_on = True
    run(log, followers, until_caught_up=True)
    quietly(log)
    assert log.faults.number > 2
    assert tables.rows["standing"] == replayed(log)["standing"]
    assert decided(log) == undisturbed(77)
