"""The place of a follower: one process has it, others stand by, and nobody is alone while it is taken."""

import threading
import time

import pytest

from adapters.faults import Refused, WorldFailed
from adapters.journal import Journal
from adapters.postgres import alone as places
from adapters.postgres.alone import PLACES, alone, helping, in_place_of
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.tables import PostgresTables
from adapters.postgres.tail import FEED_CHANNEL, Listener
from adapters.supervision.condition import Condition, State
from adapters.supervision.worker import Duty
from adapters.supervision.workers import WORKERS
from projections.changes import Put
from projections.feed_message import FEED_ENDS
from tests.servers import end_whoever_holds_a_lock

TURN_SECONDS_MAX = 20


def nobody_stands_by():
    raise AssertionError("somebody else was found at work")


def place(dsn, name, stop=None, stands_by=nobody_stands_by):
    return in_place_of(dsn, name, stop or threading.Event(), stands_by)


def test_followers_work_side_by_side(database):
    with place(database, "assessor"), place(database, "projector"), place(database, "feeder"):
        pass


@pytest.mark.parametrize("name", list(PLACES))
def test_nobody_is_alone_while_a_place_is_taken(database, monkeypatch, name):
    monkeypatch.setattr(places, "WAIT_SECONDS_MAX", 0.2)
    with place(database, name), pytest.raises(Refused, match="Another process"), alone(database):
        pass
    with alone(database):
        pass


@pytest.mark.parametrize("name", list(PLACES))
def test_a_second_process_stands_by_and_takes_over(database, name):
    stood_by, took_over, stop = threading.Event(), threading.Event(), threading.Event()

    def second():
        with place(database, name, stop, stood_by.set):
            took_over.set()

    with place(database, name):
        waiting = threading.Thread(target=second)
        waiting.start()
        assert stood_by.wait(TURN_SECONDS_MAX)
        assert not took_over.is_set()
    assert took_over.wait(TURN_SECONDS_MAX)
    waiting.join()


@pytest.mark.parametrize("holder", [alone, helping])
def test_while_somebody_is_alone_or_helps_the_projector_stands_by(database, holder):
    stop = threading.Event()
    with holder(database), place(database, "projector", stop, stop.set):
        assert stop.is_set()


def test_whoever_lost_its_connection_knows_that_the_place_is_lost(database):
    with place(database, "feeder") as check_place:
        end_whoever_holds_a_lock(database)
        with pytest.raises(WorldFailed, match="cut the connection"):
            check_place()


def test_whoever_passes_on_is_woken_when_a_feed_goes_on(database, monkeypatch):
    migrate(database)
    monkeypatch.setattr("adapters.postgres.tail.POLL_SECONDS", TURN_SECONDS_MAX)
    log = PostgresLog(database)
    with Listener(database, FEED_CHANNEL) as listener:
        listener.wait(threading.Event())  # connects
        with log.transaction() as transaction:
            key = ("food-bank", "kafaalat")
            PostgresTables(log).apply(transaction, [Put(FEED_ENDS, key, (*key, 1, 1))])
        began = time.monotonic()
        listener.wait(threading.Event())
        assert time.monotonic() - began < TURN_SECONDS_MAX / 2
    log.close()


@pytest.mark.parametrize("name", list(WORKERS))
def test_a_worker_waits_for_postgres_and_tells_so_once(name, monkeypatch):
    monkeypatch.setattr("adapters.supervision.workers.AWAY_SECONDS", 0.01)
    told, tries, stop = [], [], threading.Event()

    def tried(*_, **__):
        tries.append(1)
        if len(tries) == 3:
            stop.set()
        raise WorldFailed("Postgres does not answer.")

    monkeypatch.setattr("adapters.supervision.workers.open_registry", tried)
    condition = Condition(lambda state, sentence: told.append((state, sentence)))
    WORKERS[name](Duty({}, stop, condition, Journal(name, "json")))
    assert told == [(State.WAITING, "Postgres does not answer.")]
    assert len(tries) == 3
