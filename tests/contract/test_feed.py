"""The feed on a real server: appended to and never changed, one list by snapshot and by feed, and the pull door."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from adapters.documents.places import load_places
from adapters.faults import Refused
from adapters.followers.agreements import book_at
from adapters.followers.assessor import Assessor
from adapters.followers.feed_check import compare
from adapters.followers.feeder import FEEDER, Feeder, ends_of, sender_of
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.keys.file_keyring import open_or_make_key_file
from adapters.log import Overtaken
from adapters.postgres.books import open_books
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.tables import PostgresTables
from adapters.registry.feed_door import end_of, find_sequence_before, get_feed, read_on
from adapters.registry.feed_snapshot import open_snapshot
from adapters.registry.opening import Registry
from projections.feed_message import FEED, FeedKey, log_position_of, sequence_of
from tests.agreed import PARTNERS, PartnersList, agreed_history, apply
from tests.histories import FIRST_DAY, at_nine, compile_by_size

pytestmark = pytest.mark.postgres
SEED = 27
KEY: FeedKey = (PARTNERS[0], "kafaalat")


class Fed:
    """A registry whose log is a history with agreements, and everything that follows it."""

    def __init__(self, dsn: str, folder: Path) -> None:
        migrate(dsn)
        log = PostgresLog(dsn)
        keyring = open_or_make_key_file(folder / "master.key", at_nine())
        self.registry = Registry(log, open_books, PostgresTables(log), keyring, load_places(), at_nine, dsn)
        self.log, self.tables, self.sender = log, self.registry.tables, sender_of(keyring)
        self.followers = [
            Assessor(log, self.tables, compile_by_size, at_nine),
            Projector(log, self.tables),
            Feeder(log, self.tables, self.sender),
        ]

    def snapshot(self, key: FeedKey) -> tuple[int, PartnersList]:
        with open_snapshot(self.registry, key) as found:
            entries = [entry for district in found.districts for entry in district.entries]
            listed = {one.household: (one.outcome, one.since, one.place, one.score) for one in entries}
            assert len(listed) == len(entries)
            return found.sequence, listed


@pytest.fixture
def fed(database: str, tmp_path: Path) -> Iterator[Fed]:
    made = Fed(database, tmp_path)
    try:
        yield made
    finally:
        made.log.close()


@pytest.fixture
def told(fed: Fed) -> Fed:
    for append in agreed_history(SEED):
        fed.log.append(append)
    run(fed.log, fed.followers, until_caught_up=True)
    return fed


def test_a_snapshot_and_the_feed_behind_it_give_the_next_snapshot(fed: Fed):
    lists: dict[FeedKey, PartnersList | None] = {}
    read: dict[FeedKey, int] = {}
    compared = 0
    for number, append in enumerate(agreed_history(SEED, steps=60)):
        fed.log.append(append)
        if number % 8:
            continue
        run(fed.log, fed.followers, until_caught_up=True)
        in_force = book_at(fed.log, fed.log.last_position()).in_force
        snapshots = {key: fed.snapshot(key) for key in in_force}
        for key in ends_of(fed.tables):
            for row in read_on(fed.tables, key, read.get(key, 0), 10_000):
                begun = snapshots[key][1] if key in snapshots and sequence_of(row) == snapshots[key][0] else None
                known = lists.get(key)
                lists[key] = apply(known, row, lambda begun=begun: begun) if known is not None or begun else None
                read[key] = sequence_of(row)
        for key, (sequence, listed) in snapshots.items():
            assert sequence == read[key]
            if lists.get(key) is not None:
                assert lists[key] == listed
                compared += len(listed)
            lists[key] = listed
    assert compared > 50


def test_the_feed_is_what_the_log_says(told: Fed):
    result = compare(told.log, told.tables, told.sender)
    assert (result.is_equal, result.examples) == (True, [])
    assert result.rows == told.tables.count(FEED) > 20


@pytest.mark.parametrize("change", ["UPDATE feed SET subject = ''", "DELETE FROM feed", "TRUNCATE feed"])
def test_rows_of_a_feed_are_never_changed(told: Fed, change: str):
    with (
        psycopg.connect(told.registry.dsn) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="only appended to"),
    ):
        connection.execute(change.encode())


def test_a_rebuild_leaves_the_feed_alone(told: Fed):
    before = told.tables.page(FEED, None, 10_000)
    with psycopg.connect(told.registry.dsn) as connection:
        connection.execute("TRUNCATE eligibility")
    assert not rebuild(told.log, compile_by_size, swap=True, workers=1).is_equal
    run(told.log, [Feeder(told.log, told.tables, told.sender)], until_caught_up=True)
    assert told.tables.page(FEED, None, 10_000) == before


def test_a_second_feeder_is_refused(fed: Fed):
    policies = agreed_history(SEED)[0]
    fed.log.append(policies)
    second = Feeder(fed.log, fed.tables, fed.sender)
    assert fed.followers[-1].step()
    with pytest.raises(Overtaken, match="another process does the same work"):
        second.step()


def test_a_feed_is_read_on_page_by_page(told: Fed):
    end = end_of(told.tables, KEY)
    whole = read_on(told.tables, KEY, 0, 10_000)
    assert [sequence_of(row) for row in whole] == list(range(1, end + 1))
    paged = []
    while page := read_on(told.tables, KEY, len(paged), 7):
        paged += page
    assert paged == whole
    assert list(read_on(told.tables, KEY, end, 7)) == []


def test_a_sequence_that_the_feed_does_not_have_is_refused(told: Fed):
    with pytest.raises(Refused, match="lies beyond the end of the feed of food-bank on kafaalat"):
        read_on(told.tables, KEY, end_of(told.tables, KEY) + 1, 7)
    with pytest.raises(Refused, match="lies before the start"):
        read_on(told.tables, KEY, -1, 7)


def test_a_feed_is_read_on_from_a_day(told: Fed):
    rows = read_on(told.tables, KEY, 0, 10_000)
    assert find_sequence_before(told.registry, KEY, FIRST_DAY) == 0
    assert find_sequence_before(told.registry, KEY, date(2099, 1, 1)) == len(rows)
    today = book_at(told.log, told.log.last_position()).today
    assert today is not None
    before = find_sequence_before(told.registry, KEY, today)
    days = [book_at(told.log, log_position_of(row)).today for row in rows]
    assert 0 < before < len(rows)
    assert max(day for day in days[:before] if day) < today
    assert set(days[before:]) == {today}


def test_a_feed_that_nobody_agreed_on_is_refused(told: Fed):
    with pytest.raises(Refused, match="No partner is known as 'nobody'; there are: food-bank, school-fund"):
        get_feed(told.registry, "nobody", "kafaalat")
    with pytest.raises(Refused, match="food-bank has no agreement on 'wheat'"):
        get_feed(told.registry, "food-bank", "wheat")


def test_no_snapshot_is_given_while_the_feeder_is_behind(told: Fed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("adapters.registry.feed_snapshot.WAIT_SECONDS_MAX", 0)
    with psycopg.connect(told.registry.dsn) as connection:
        connection.execute("UPDATE checkpoints SET notification_id = 3 WHERE application_name = %s", (FEEDER,))
    with pytest.raises(Refused, match="The feed is told up to position 3"), open_snapshot(told.registry, KEY):
        pass
