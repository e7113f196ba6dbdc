"""What `gharana status` says of a follower, from how far it is and what its worker wrote down."""

import fcntl
import tempfile
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from msgspec.structs import replace

from adapters.supervision.condition import State
from adapters.supervision.records import FOLDER, WorkerRecord, read_records, recording
from adapters.watching.lag import Distance
from adapters.watching.status import ELSEWHERE, NOT_RUNNING, Limits, status_rows

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CAUGHT_UP = Distance("feeder", 100, 100)
BEHIND = Distance("feeder", 60, 100, oldest_waiting=NOW - timedelta(seconds=90))
WORKING = WorkerRecord("feeder", 4711, 2, State.WORKING, NOW, "Works.")
STANDING_BY = replace(WORKING, pid=4712, state=State.STANDING_BY)
DOWN = replace(WORKING, pid=None, state=State.DOWN, says="feeder was refused its work.")
NO_LIMITS = Limits()


def row(distance, *records):
    (found,) = status_rows([distance], list(records), NOW)
    return found


def test_it_shows_position_lag_and_who_works():
    shown = row(BEHIND, WORKING)
    assert (shown.position, shown.lag_positions, shown.lag_seconds) == (60, 40, 90.0)
    assert (shown.state, shown.pid, shown.restarts, shown.standing_by) == ("working", 4711, 2, 0)


def test_of_several_processes_the_one_that_works_is_shown_and_the_others_are_counted():
    shown = row(CAUGHT_UP, STANDING_BY, WORKING, STANDING_BY)
    assert (shown.state, shown.pid, shown.standing_by) == ("working", 4711, 2)


def test_one_that_is_down_is_ill_and_says_why():
    shown = row(CAUGHT_UP, DOWN)
    assert not shown.is_well(NO_LIMITS)
    assert shown.says == "feeder was refused its work."


@pytest.mark.parametrize("state", [State.WAITING, State.RESTARTING])
def test_one_that_waits_or_is_about_to_start_is_ill(state):
    assert not row(CAUGHT_UP, replace(WORKING, state=state)).is_well(NO_LIMITS)


def test_one_that_stands_by_for_a_process_elsewhere_is_well():
    shown = row(replace(CAUGHT_UP, at_work=True), STANDING_BY)
    assert (shown.state, shown.is_well(NO_LIMITS)) == (ELSEWHERE, True)


def test_where_nothing_runs_all_is_well_until_something_waits():
    assert row(CAUGHT_UP).state == NOT_RUNNING
    assert row(CAUGHT_UP).is_well(NO_LIMITS)
    assert not row(BEHIND).is_well(NO_LIMITS)


def test_a_position_that_is_not_known_is_ill_only_where_there_is_a_limit():
    unknown = row(Distance("publisher", None, 100))
    assert (unknown.lag_positions, unknown.lag_seconds) == (None, None)
    assert unknown.is_well(NO_LIMITS)
    assert not unknown.is_well(Limits(lag_seconds=60))
    assert not unknown.is_well(Limits(lag_positions=60))


@pytest.mark.parametrize(
    ("limits", "is_well"),
    [
        (Limits(lag_seconds=90), True),
        (Limits(lag_seconds=89), False),
        (Limits(lag_positions=40), True),
        (Limits(lag_positions=39), False),
    ],
)
def test_more_lag_than_a_limit_allows_is_not_well(limits, is_well):
    assert row(BEHIND, WORKING).is_well(limits) is is_well


def test_a_worker_that_follows_nothing_is_listed_behind_without_a_position():
    rows = status_rows([CAUGHT_UP], [replace(WORKING, worker="metrics"), WORKING], NOW)
    assert [(each.follower, each.position) for each in rows] == [("feeder", 100), ("metrics", None)]
    assert all(each.is_well(NO_LIMITS) for each in rows)


def test_records_are_read_while_their_run_is_up_and_not_afterwards(tmp_path):
    with recording(tmp_path) as records:
        records.write(STANDING_BY)
        records.write(WORKING)
        assert read_records(tmp_path) == [WORKING]
    assert read_records(tmp_path) == []


def test_what_a_killed_run_left_means_nothing_and_is_cleared_away_by_the_next(tmp_path):
    with recording(tmp_path) as records:
        records.write(WORKING)
        left = tmp_path / FOLDER / "left"
        left.mkdir()
        for path in (tmp_path / FOLDER).glob("*/feeder.json"):
            (left / path.name).write_bytes(path.read_bytes())
    (left / "lock").touch()
    assert read_records(tmp_path) == []
    with (left / "lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert read_records(tmp_path) == [WORKING], "the lock is what says that it is up"
    with recording(tmp_path):
        assert not left.exists()


def test_a_record_that_cannot_be_written_ends_no_work(tmp_path):
    with recording(tmp_path) as records:
        records.write(WORKING)
        for folder in (tmp_path / FOLDER).iterdir():
            (folder / "feeder.new").mkdir()  # as when the disk is full: nothing can be written under that name
        records.write(STANDING_BY)
        assert read_records(tmp_path) == [WORKING]


def test_a_run_that_is_just_beginning_is_not_cleared_away_by_another(tmp_path, monkeypatch):
    """The moment between its folder and its lock is drawn out, and the other one begins in it."""
    made = tempfile.mkdtemp
    others = []

    def made_slowly(**where):
        folder = made(**where)
        if not others:
            others.append(Thread(target=lambda: enter(recording(tmp_path))))
            others[0].start()
            others[0].join(0.5)
        return folder

    def enter(block):
        with block:
            pass

    monkeypatch.setattr(tempfile, "mkdtemp", made_slowly)
    with recording(tmp_path) as records:
        records.write(WORKING)
        others[0].join()
        assert read_records(tmp_path) == [WORKING]


def test_a_worker_that_follows_nothing_cannot_be_late():
    metrics = replace(WORKING, worker="metrics")
    _, shown = status_rows([CAUGHT_UP], [WORKING, metrics], NOW)

    assert shown.is_well(Limits(lag_seconds=1, lag_positions=1))
    _, down = status_rows([CAUGHT_UP], [WORKING, replace(metrics, state=State.DOWN)], NOW)
    assert not down.is_well(NO_LIMITS)
