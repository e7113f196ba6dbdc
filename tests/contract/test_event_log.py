"""One contract for every log: what a follower, a rebuild and a registry centre rest on."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID

import pytest

from adapters.log import Conflict, Entry, EventLog, NewEntry, Overtaken, Transaction
from adapters.memory.log import MemoryLog
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate

AMINAS = UUID("004e2000-0000-8000-8000-000000000002")
BILALS = UUID("004e2100-0000-8000-8000-000000000002")
CARD = UUID("ff000000-0000-8000-8000-000000000001")
SECONDS_MAX = 30
SEED = 20260101


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def log(request: pytest.FixtureRequest) -> Iterator[EventLog]:
    if request.param == "memory":
        yield MemoryLog()
        return
    dsn = request.getfixturevalue("database")
    migrate(dsn)
    postgres = PostgresLog(dsn, patience_seconds=5)
    yield postgres
    postgres.close()


def event(stream: UUID, version: int, name: str = "household.registered.v1", state: bytes = b"state") -> NewEntry:
    return NewEntry(stream, version, name, state)


def events(stream: UUID, number: int, since: int = 0) -> list[NewEntry]:
    return [event(stream, version, state=b"%d" % version) for version in range(since + 1, since + number + 1)]


def positions(entries: Sequence[Entry]) -> list[int]:
    return [entry.position for entry in entries]


def undo(*_: object) -> None:
    raise ZeroDivisionError


def in_one_transaction(log: EventLog, *steps: Callable[[Transaction], object]) -> None:
    with log.transaction() as transaction:
        for step in steps:
            step(transaction)


def appending(new: Sequence[NewEntry]) -> Callable[[Transaction], object]:
    return lambda transaction: transaction.append(new)


def advancing(follower: str, position: int, since: int | None = None) -> Callable[[Transaction], object]:
    return lambda transaction: transaction.advance(follower, position, since=since)


# Appending


def test_positions_begin_at_one_and_go_on_without_a_gap(log: EventLog):
    assert log.append(events(AMINAS, 2)) == range(1, 3)
    assert log.append(events(BILALS, 150)) == range(3, 153)
    assert log.append([event(AMINAS, 3)]) == range(153, 154)
    assert positions(log.after(0)) == list(range(1, 154))
    assert log.last_position() == 153


def test_nothing_appended_takes_no_position(log: EventLog):
    assert not log.append([])
    with log.transaction() as transaction:
        assert not transaction.append([])
    assert log.append([event(AMINAS, 1)]) == range(1, 2)


@pytest.mark.parametrize("number", [1, 2, 99, 100, 101, 300])
def test_few_events_and_many_are_stored_alike(log: EventLog, number: int):
    states = [bytes([k % 256]) * (k % 40) for k in range(number)]
    new = [event(AMINAS, k + 1, f"گھرانہ.recorded.v{k}", state) for k, state in enumerate(states)]
    log.append(new)
    assert log.stream(AMINAS) == [
        Entry(k + 1, AMINAS, k + 1, f"گھرانہ.recorded.v{k}", state) for k, state in enumerate(states)
    ]


@pytest.mark.parametrize("number", [1, 120])
def test_a_large_state_comes_back_byte_for_byte(log: EventLog, number: int):
    state = random.Random(SEED).randbytes(1_000_000)
    log.append([*events(BILALS, number - 1), event(AMINAS, 1, state=state)])
    assert log.stream(AMINAS)[0].state == state


@pytest.mark.parametrize("number", [2, 200])
def test_a_conflict_undoes_the_whole_append(log: EventLog, number: int):
    log.append([event(BILALS, 1)])
    with pytest.raises(Conflict, match="Read it again"):
        log.append([*events(AMINAS, number), event(BILALS, 1)])
    assert log.stream(AMINAS) == []
    assert log.last_position() == 1


@pytest.mark.parametrize("number", [1, 200])
def test_the_same_version_twice_in_one_append_is_a_conflict(log: EventLog, number: int):
    with pytest.raises(Conflict):
        log.append([*events(AMINAS, number), event(AMINAS, number)])
    assert log.last_position() == 0


def test_a_conflict_burns_no_position(log: EventLog):
    log.append([event(AMINAS, 1)])
    for _ in range(3):
        with pytest.raises(Conflict):
            log.append([event(BILALS, 1), event(AMINAS, 1)])
    assert log.append([event(AMINAS, 2)]) == range(2, 3)


# Transactions


@pytest.mark.parametrize("number", [1, 200])
def test_a_transaction_undone_leaves_nothing_and_burns_no_position(log: EventLog, number: int):
    with pytest.raises(ZeroDivisionError):
        in_one_transaction(log, advancing("assessor", 7), appending(events(AMINAS, number)), undo)
    assert log.last_position() == 0
    assert log.checkpoint("assessor") == 0
    assert log.append([event(AMINAS, 1)]) == range(1, 2)


def test_a_transaction_may_append_more_than_once(log: EventLog):
    with log.transaction() as transaction:
        assert transaction.append([event(AMINAS, 1)]) == range(1, 2)
        assert transaction.append(events(BILALS, 100)) == range(2, 102)
    assert log.last_position() == 101


def test_a_conflict_undoes_everything_else_in_the_transaction(log: EventLog):
    log.append([event(BILALS, 1)])
    with pytest.raises(Conflict):
        in_one_transaction(log, advancing("assessor", 7), appending([event(AMINAS, 1)]), appending([event(BILALS, 1)]))
    assert log.stream(AMINAS) == []
    assert log.checkpoint("assessor") == 0


def test_a_conflict_that_is_passed_over_cannot_be_committed(log: EventLog):
    log.append([event(BILALS, 1)])

    def pass_over(transaction: Transaction) -> None:
        with suppress(Conflict):
            transaction.append([event(BILALS, 1)])

    with pytest.raises(AssertionError, match="passed over"):
        in_one_transaction(log, appending([event(AMINAS, 1)]), pass_over)
    assert log.stream(AMINAS) == []


def test_work_is_given_back_what_it_returns(log: EventLog):
    assert log.transact(lambda transaction: transaction.append([event(AMINAS, 1)])) == range(1, 2)


def test_an_append_waits_for_the_transaction_before_it_to_end(log: EventLog):
    with ThreadPoolExecutor(1) as other:
        second: list[Future[range]] = []

        def wait_in_vain(_: Transaction) -> None:
            second.append(other.submit(log.append, [event(BILALS, 1)]))
            with pytest.raises(TimeoutError):
                second[0].result(timeout=0.3)

        with pytest.raises(ZeroDivisionError):
            in_one_transaction(log, appending([event(AMINAS, 1)]), wait_in_vain, undo)
        assert second[0].result(timeout=SECONDS_MAX) == range(1, 2)


# Reading


def test_an_unknown_stream_is_empty(log: EventLog):
    assert log.stream(AMINAS) == []
    assert log.streams([AMINAS, BILALS]) == {AMINAS: [], BILALS: []}


def test_many_streams_are_read_at_once_each_in_its_order_and_up_to_a_position(log: EventLog):
    for version in (1, 2, 3):
        log.append([event(BILALS, version), event(AMINAS, version)])
    found = log.streams([AMINAS, BILALS], until_position=5)
    assert positions(found[AMINAS]) == [2, 4]
    assert positions(found[BILALS]) == [1, 3, 5]
    assert positions(log.stream(AMINAS)) == [2, 4, 6]


def test_a_stream_went_on_where_its_next_version_stands_by_the_position(log: EventLog):
    log.append([event(AMINAS, 1), event(BILALS, 1)])
    log.append([event(AMINAS, 2)])
    known = {AMINAS.int: 1, BILALS.int: 1}
    assert log.find_gone_on(known) == {AMINAS.int}
    assert log.find_gone_on(known, until_position=2) == set()
    assert log.find_gone_on({AMINAS.int: 2}) == log.find_gone_on({}) == set()


def test_versions_are_found_where_they_stand_and_unknown_ones_are_left_out(log: EventLog):
    log.append([event(AMINAS, 1), event(BILALS, 1), event(AMINAS, 2)])
    assert log.positions_of({AMINAS.int: 2, BILALS.int: 1}) == {AMINAS.int: 3, BILALS.int: 2}
    assert log.positions_of({AMINAS.int: 3}) == log.positions_of({}) == {}


def test_reading_after_a_position_is_exclusive_and_limited(log: EventLog):
    log.append(events(AMINAS, 10))
    assert positions(log.after(3, limit=4)) == [4, 5, 6, 7]
    assert positions(log.after(3, until_position=5)) == [4, 5]
    assert log.after(10) == []


def test_reading_by_name_leaves_the_others_out(log: EventLog):
    names = ["household.registered.v1", "household.moved.v1", "standing.decided.v1"]
    log.append([event(AMINAS, k + 1, names[k % 3]) for k in range(9)])
    assert positions(log.after(1, limit=3, names=names[1:])) == [2, 3, 5]


def test_a_scan_goes_in_stream_order_whatever_the_order_of_arrival(log: EventLog):
    chance = random.Random(SEED)
    streams = [UUID(int=chance.getrandbits(128)) for _ in range(40)]
    version = dict.fromkeys(streams, 0)
    for stream in chance.choices(streams, k=200):
        version[stream] += 1
        log.append([event(stream, version[stream])])
    expected = [(stream, k) for stream in sorted(streams) for k in range(1, version[stream] + 1)]
    for batch in (1, 7, 5_000):
        assert [(entry.stream, entry.version) for entry in log.scan(batch=batch)] == expected
    first, last = sorted(streams)[3], sorted(streams)[30]
    part = [(entry.stream, entry.version) for entry in log.scan(first, last, batch=7)]
    assert part == [place for place in expected if first <= place[0] <= last]


def test_a_scan_shows_the_log_as_it_was_at_a_position(log: EventLog):
    log.append(events(AMINAS, 5))
    log.append(events(BILALS, 5))
    assert positions(list(log.scan(until_position=7, batch=2))) == [1, 2, 3, 4, 5, 6, 7]
    scan = log.scan(batch=2)
    read = [next(scan)]
    log.append(events(BILALS, 5, since=5))
    assert positions(read + list(scan)) == list(range(1, 11))


def test_policies_are_found_among_households_in_position_order(log: EventLog):
    log.append([event(UUID(int=CARD.int + 5), 1), *events(AMINAS, 3), event(CARD, 1), event(BILALS, 1), event(CARD, 2)])
    assert positions(log.policies()) == [1, 5, 7]
    assert positions(log.policies(after=1)) == [5, 7]


# Following


def test_a_follower_reads_what_is_there_and_then_what_comes(log: EventLog):
    log.append(events(AMINAS, 3))
    stop = threading.Event()
    batches = log.follow(1, stop=stop)
    assert positions(next(batches)) == [2, 3]
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(next, batches)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        log.append([event(BILALS, 1)])
        assert positions(waiting.result(timeout=SECONDS_MAX)) == [4]
    stop.set()
    assert list(batches) == []


def test_a_follower_that_waits_can_be_stopped(log: EventLog):
    stop = threading.Event()
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(list, log.follow(0, stop=stop))
        stop.set()
        assert waiting.result(timeout=SECONDS_MAX) == []


def test_a_follower_ends_where_it_was_told_to(log: EventLog):
    log.append(events(AMINAS, 10))
    assert [positions(batch) for batch in log.follow(0, limit=3, until_position=8)] == [[1, 2, 3], [4, 5, 6], [7, 8]]


def test_a_follower_of_some_names_passes_over_the_others(log: EventLog):
    log.append([event(AMINAS, k + 1, "a.v1" if k % 5 else "b.v1") for k in range(20)])
    followed = log.follow(0, names=["b.v1"], limit=3, until_position=20)
    assert [positions(batch) for batch in followed] == [[1, 6, 11], [16]]


@pytest.mark.timeout(120)
def test_a_tailing_reader_misses_nothing_under_four_writers(log: EventLog):
    writers, rounds = 4, 120
    stop = threading.Event()
    read: list[Entry] = []

    def tail() -> None:
        for batch in log.follow(0, limit=50, stop=stop):
            read.extend(batch)

    with ThreadPoolExecutor(writers + 1) as threads:
        tailing = threads.submit(tail)
        written = [w.result() for w in [threads.submit(_write_at_random, log, k, rounds) for k in range(writers)]]
        for _ in log.follow(0, until_position=log.last_position()):
            pass
        while len(read) < sum(written) and not tailing.done():
            threading.Event().wait(0.05)
        stop.set()
        tailing.result(timeout=SECONDS_MAX)
    assert positions(read) == list(range(1, sum(written) + 1))
    assert len({(entry.stream, entry.version) for entry in read}) == sum(written)


def _write_at_random(log: EventLog, writer: int, rounds: int) -> int:
    """Append in all three ways, with conflicts and rollbacks between; returns how many events were committed."""
    chance = random.Random(SEED + writer)
    stream = UUID(int=writer + 1)
    written = 0
    for _ in range(rounds):
        new = events(stream, chance.choice([1, 1, 1, 5, 130]), since=written)
        fate = chance.random()
        if fate < 0.1:
            with pytest.raises(Conflict):
                log.append([*new, new[0]])
        elif fate < 0.2:
            with pytest.raises(ZeroDivisionError):
                in_one_transaction(log, appending(new), undo)
        else:
            log.append(new) if chance.random() < 0.5 else log.transact(appending(new))
            written += len(new)
    return written


@pytest.mark.timeout(60)
def test_a_batch_of_twenty_thousand_goes_in_at_once(log: EventLog):
    new = [event(UUID(int=k), 1, state=bytes(700)) for k in range(20_000)]
    assert log.append(new) == range(1, 20_001)
    assert sum(len(batch) for batch in log.follow(0, until_position=20_000)) == 20_000


# Checkpoints


def test_a_checkpoint_only_moves_forward(log: EventLog):
    assert log.checkpoint("assessor") == 0
    log.transact(advancing("assessor", 5))
    for position in (5, 4):
        with pytest.raises(Overtaken, match="assessor"):
            log.transact(advancing("assessor", position))
    log.transact(advancing("assessor", 6))
    assert log.checkpoints() == {"assessor": 6}


def test_a_checkpoint_moves_only_from_where_its_follower_left_it(log: EventLog):
    log.transact(advancing("assessor", 5, since=0))
    with pytest.raises(Overtaken):
        log.transact(advancing("assessor", 9, since=3))
    with pytest.raises(Overtaken):
        log.transact(advancing("assessor", 9, since=0))
    with pytest.raises(Overtaken):
        log.transact(advancing("projector", 9, since=3))
    log.transact(advancing("assessor", 9, since=5))
    assert log.checkpoints() == {"assessor": 9}


@pytest.mark.parametrize("since", [0, 5])
def test_of_two_followers_that_do_the_same_work_one_is_refused(log: EventLog, since: int):
    if since:
        log.transact(advancing("assessor", since))
    with ThreadPoolExecutor(1) as other:
        second: list[Future[None]] = []

        def begin_another(_: Transaction) -> None:
            second.append(other.submit(log.transact, advancing("assessor", since + 9, since=since)))
            with pytest.raises(TimeoutError):
                second[0].result(timeout=0.3)

        in_one_transaction(log, advancing("assessor", since + 1, since=since), begin_another)
        with pytest.raises(Overtaken):
            second[0].result(timeout=SECONDS_MAX)
    assert log.checkpoint("assessor") == since + 1


def test_a_rebuild_may_set_a_checkpoint_back(log: EventLog):
    log.transact(advancing("standing", 9))
    log.transact(lambda transaction: transaction.restart("standing", 4))
    log.transact(lambda transaction: transaction.restart("eligibility", 3))
    assert log.checkpoints() == {"eligibility": 3, "standing": 4}
    log.transact(advancing("standing", 5, since=4))
