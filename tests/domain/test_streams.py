"""Where events stand: households by their day, decisions beside them, everything else at the end."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusal import Rejected
from domain.streams import (
    DIGEST_BYTES,
    decisions_of,
    disclosure_stream,
    household_of,
    household_stream,
    is_household,
    policy_stream,
    submission_stream,
)
from tests.people import HERE

days = st.dates(date(1970, 1, 1), date(9999, 12, 30))
digests = st.binary(min_size=DIGEST_BYTES, max_size=32)


@given(days, digests)
def test_a_households_id_is_a_uuid_of_version_8_and_even(day, digest):
    stream = household_stream(day, digest)
    assert (stream.version, stream.variant) == (8, UUID(int=8 << 76 | 2 << 62).variant)
    assert stream.int % 2 == 0
    assert is_household(stream)


@given(days, digests, digests)
def test_a_household_of_a_later_day_stands_later(day, digest, other):
    assert household_stream(day, digest) < household_stream(day + timedelta(days=1), other)


@given(days, digests, digests)
def test_the_decisions_stand_right_beside_their_household(day, digest, other):
    household, neighbour = household_stream(day, digest), household_stream(day, other)
    decisions = decisions_of(household)
    assert (household_of(decisions), household_of(household)) == (household, household)
    assert neighbour == household or not household < neighbour < decisions
    assert is_household(decisions)


def test_the_same_interview_gives_the_same_household():
    digest = bytes(range(32))
    assert household_stream(date(2024, 5, 20), digest) == household_stream(date(2024, 5, 20), digest)


def test_nobody_was_interviewed_before_1970():
    with pytest.raises(Rejected, match="before 1970-01-01"):
        household_stream(date(1969, 12, 31), bytes(32))


def test_a_digest_that_could_be_guessed_is_a_broken_assumption():
    with pytest.raises(AssertionError):
        household_stream(date(2024, 5, 20), bytes(12))


def test_policies_stand_at_the_very_end():
    policy = policy_stream("programme", "kafaalat")
    assert policy >= UUID("ff000000-0000-0000-0000-000000000000")
    assert policy != policy_stream("shock", "kafaalat")
    assert policy > submission_stream(HERE) > disclosure_stream(HERE) > household_stream(date(9999, 12, 31), bytes(32))


@pytest.mark.parametrize("stream", [policy_stream("programme", "x"), submission_stream(HERE), disclosure_stream(HERE)])
def test_what_is_no_household_is_known_by_its_id(stream):
    assert not is_household(stream)
