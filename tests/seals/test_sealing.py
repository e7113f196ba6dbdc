"""Sealing on and on, with the heads of all streams once a day."""

import threading
import time
from datetime import UTC, date, datetime

import pytest

from adapters import codec
from adapters.faults import WorldFailed
from adapters.memory.log import MemoryLog
from adapters.seals.heads import heads_trees, open_or_make_heads
from adapters.seals.published import find_published
from adapters.seals.sealer import Sealer
from adapters.seals.sealing import Sealing, heads_are_due, state_heads
from domain.seal import HeadsSealed
from domain.streams import heads_stream
from tests.seals.registry_log import AMINAS, a_signer, append, seal

TODAY, TOMORROW = date(2026, 11, 29), date(2026, 11, 30)
NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
SECONDS_MAX = 20


class AtWork:
    """A sealer that goes on in a thread, on a day that the test sets."""

    def __init__(self, log: MemoryLog, folder, signer) -> None:
        self.log, self.folder, self.signer = log, folder, signer
        self.today, self.goes_on, self._stop = TODAY, True, threading.Event()
        self.notices: list[str] = []
        sealing = Sealing(log, Sealer(log, folder, signer), lambda: self.today, self.notices.append)
        self.thread = threading.Thread(target=sealing.keep_on, args=(self._stop, lambda: self.goes_on))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self.thread.join(SECONDS_MAX)

    def wait_for(self, is_so) -> None:
        give_up_at = time.monotonic() + SECONDS_MAX
        while not is_so():
            assert self.thread.is_alive()
            assert time.monotonic() < give_up_at
            time.sleep(0.01)

    def sealed(self) -> int:
        published = find_published(self.folder, self.signer.verifier)
        return published.tree.size if published else 0

    def stated(self) -> list[HeadsSealed]:
        return [codec.recorded(entry).event for entry in self.log.stream(heads_stream())]


@pytest.fixture
def at_work(tmp_path, monkeypatch):
    monkeypatch.setattr("adapters.seals.sealing.SECONDS_BETWEEN_SEALS", 0.01)
    log = MemoryLog()
    append(log, AMINAS, 3)
    with AtWork(log, tmp_path, a_signer()) as at_work:
        yield at_work


def test_heads_are_stated_once_a_day_and_sealed(at_work: AtWork):
    at_work.wait_for(lambda: at_work.stated() and at_work.sealed() == at_work.log.last_position() == 4)
    append(at_work.log, AMINAS, 2)
    at_work.wait_for(lambda: at_work.sealed() == 6)
    assert [stated.on for stated in at_work.stated()] == [TODAY]
    at_work.today = TOMORROW
    at_work.wait_for(lambda: len(at_work.stated()) == 2 and at_work.sealed() == 7)
    last = at_work.stated()[-1]
    assert (last.on, last.until_position, last.streams) == (TOMORROW, 6, 2)
    published = find_published(at_work.folder, at_work.signer.verifier)
    assert open_or_make_heads(published.tree, 6).tree.root() == last.root


def test_heads_that_cannot_be_made_do_not_stop_the_sealing(at_work: AtWork, monkeypatch):
    at_work.wait_for(lambda: len(at_work.stated()) == 1)

    def fail(*_):
        raise WorldFailed("The disk is full.")

    monkeypatch.setattr("adapters.seals.sealing.state_heads", fail)
    at_work.today = TOMORROW
    at_work.wait_for(lambda: at_work.notices == ["The heads of this day could not be stated: The disk is full."])
    append(at_work.log, AMINAS, 2)
    at_work.wait_for(lambda: at_work.sealed() == at_work.log.last_position())


def test_who_may_not_go_on_stops(at_work: AtWork):
    at_work.goes_on = False
    at_work.thread.join(SECONDS_MAX)
    assert not at_work.thread.is_alive()


def test_of_two_who_state_heads_at_once_both_are_heard(tmp_path, monkeypatch):
    log, signer = MemoryLog(), a_signer()
    append(log, AMINAS, 3)
    tree = seal(log, tmp_path, signer).published.tree
    read, others = log.stream, []

    def while_another_states_them(stream, *given):
        found = read(stream, *given)
        monkeypatch.setattr(log, "stream", read)
        others.append(state_heads(log, tree, TODAY, NOW))
        return found

    monkeypatch.setattr(log, "stream", while_another_states_them)
    ours = state_heads(log, tree, TODAY, NOW)
    assert others == [ours]
    assert [entry.version for entry in read(heads_stream())] == [1, 2]
    assert not heads_are_due(log, TODAY)
    assert heads_are_due(log, TOMORROW)
    assert heads_trees(tmp_path) == [3]
