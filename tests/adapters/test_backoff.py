"""When a worker is started again: soon after the first failure, ever later, and in the end not at all."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.supervision.backoff import (
    FAILURES_MAX,
    PAUSE_SECONDS,
    PAUSE_SECONDS_MAX,
    STOOD_SECONDS,
    failures_in_a_row,
    find_pause_seconds,
)

BRIEFLY, LONG = 1.0, STOOD_SECONDS


def test_each_pause_is_twice_the_last_one_up_to_the_longest():
    pauses = [find_pause_seconds(failures) for failures in range(1, FAILURES_MAX)]
    assert pauses == [min(PAUSE_SECONDS_MAX, PAUSE_SECONDS * 2**number) for number in range(FAILURES_MAX - 1)]
    assert pauses[:3] == [0.5, 1.0, 2.0]
    assert pauses[-1] == PAUSE_SECONDS_MAX


def test_one_that_fails_too_often_stays_down():
    assert find_pause_seconds(FAILURES_MAX) is None


def test_one_that_stood_for_a_while_begins_with_a_clean_record():
    assert failures_in_a_row([BRIEFLY, BRIEFLY, LONG]) == 0
    assert failures_in_a_row([BRIEFLY, LONG, BRIEFLY]) == 1
    assert find_pause_seconds(0) == 0.0


@given(st.lists(st.floats(0, 2 * STOOD_SECONDS), max_size=2 * FAILURES_MAX))
def test_it_is_left_down_exactly_when_none_of_the_last_starts_stood(stood):
    last = stood[-FAILURES_MAX:]
    is_down = find_pause_seconds(failures_in_a_row(stood)) is None
    assert is_down == (len(last) == FAILURES_MAX and max(last) < STOOD_SECONDS)
