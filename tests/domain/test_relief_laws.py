"""Laws of thresholds for the poorest share of a tehsil."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.relief import ReliefThresholds, limits_of, threshold_of

scores = st.dictionaries(st.integers(0, 100).map(Decimal), st.integers(1, 50), max_size=30).map(
    lambda counted: sorted(counted.items())
)
percents = st.integers(1, 99)


@pytest.mark.parametrize(
    ("counted", "highest", "within"),
    [
        ([(1, 3), (2, 2)], 1, 3),
        ([(1, 2), (2, 3)], 2, 5),
        ([(1, 2), (2, 1), (3, 2)], 2, 3),
        ([(5, 1)], 5, 1),
        ([], None, 0),
    ],
)
def test_a_share_that_comes_out_even_needs_no_further_score(counted, highest, within):
    found = threshold_of("PK60201", [(Decimal(score), households) for score, households in counted], 0, 60)
    assert (found.highest, found.within) == (highest, within)


@given(scores, st.integers(0, 9), percents)
def test_at_least_the_share_of_those_scored_is_within_and_without_the_last_score_it_would_be_less(
    counted, not_scored, percent
):
    found = threshold_of("PK60201", counted, not_scored, percent)
    scored = sum(households for _, households in counted)
    if not scored:
        assert (found.highest, found.within) == (None, 0)
        return
    assert 100 * found.within >= percent * scored
    assert 100 * sum(households for score, households in counted if score < found.highest) < percent * scored


@given(scores, st.integers(0, 9), percents)
def test_all_who_have_just_the_threshold_are_within_and_nobody_above_it(counted, not_scored, percent):
    found = threshold_of("PK60201", counted, not_scored, percent)
    assert found.within == sum(
        households for score, households in counted if found.highest is not None and score <= found.highest
    )


@given(scores, st.integers(0, 9), st.integers(0, 9), percents)
def test_households_without_a_score_are_counted_and_move_nothing(counted, some, others, percent):
    one, other = (threshold_of("PK60201", counted, not_scored, percent) for not_scored in (some, others))
    assert (one.highest, one.within, one.scored) == (other.highest, other.within, other.scored)
    assert one.households - other.households == some - others


@given(scores, percents, percents)
def test_a_larger_share_has_no_lower_threshold(counted, one, other):
    lower, higher = (threshold_of("PK60201", counted, 0, percent) for percent in sorted((one, other)))
    assert lower.within <= higher.within


@given(st.lists(scores, min_size=2, max_size=4), percents)
def test_of_several_thresholds_of_a_tehsil_the_first_holds(several, percent):
    found = [threshold_of("PK60201", counted, 0, percent) for counted in several]
    limits = limits_of(ReliefThresholds("relief", percent, b"card", (each,)) for each in found)
    assert limits["relief"]["PK60201"].highest == found[0].highest
