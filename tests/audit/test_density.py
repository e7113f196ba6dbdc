"""Whether scores crowd just under a cut-off."""

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest

from adapters.audit.density import find_jump, places_as_large, upper_tail

POINTS = np.arange(-33, 68)
"""The scale from 0 to 100, counted from a cut-off of `<= 32`."""


def scores(households: int, seed: int, *, middle: int = 8, lumps: float = 0.0) -> Counter[int]:
    """A registry without bunching: as a bell, whose top lies so many points over the cut-off, with lumps of a card."""
    random = np.random.default_rng(seed)
    bell = np.exp(-0.5 * ((POINTS - middle) / 15) ** 2 + lumps * random.standard_normal(len(POINTS)))
    drawn = random.multinomial(households, bell / bell.sum())
    return Counter(dict(zip(POINTS.tolist(), drawn.tolist(), strict=True)))


def bunched(counts: Mapping[int, int], *, share: float = 0.3) -> Counter[int]:
    """The same with some of the three points over the cut-off brought under it."""
    moved = Counter(counts)
    for over in range(3):
        some = int(counts[over] * share)
        moved[over] -= some
        moved[-1 - over] += some
    return moved


@pytest.mark.parametrize("households", [30_000, 1_000_000, 35_000_000])
@pytest.mark.parametrize("lumps", [0.0, 0.05])
def test_scores_that_crowd_under_the_cut_off_are_found(households: int, lumps: float) -> None:
    jump = find_jump(bunched(scores(households, 11, lumps=lumps)))
    assert jump is not None
    assert jump.p_value < 0.01
    assert jump.fitted_under > jump.fitted_over


@pytest.mark.parametrize("households", [3_000, 1_000_000, 35_000_000])
@pytest.mark.parametrize("middle", [8, -10])
@pytest.mark.parametrize("lumps", [0.0, 0.1])
def test_scores_that_do_not_crowd_are_seldom_taken_for_it(households: int, middle: int, lumps: float) -> None:
    """On a slope up or down, with or without lumps: where nothing crowds, one in a hundred would be found by chance."""
    found = [find_jump(scores(households, seed, middle=middle, lumps=lumps)) for seed in range(60)]
    assert sum(jump is not None and jump.p_value < 0.01 for jump in found) <= 3


def test_scores_that_are_missing_under_the_cut_off_are_no_bunching() -> None:
    counts = scores(1_000_000, 11)
    mirrored = Counter({-1 - at: number for at, number in bunched({-1 - at: n for at, n in counts.items()}).items()})
    jump = find_jump(mirrored)
    assert jump is not None
    assert jump.p_value > 0.99


def test_a_few_households_are_not_tested() -> None:
    assert find_jump({-1: 60, 0: 39}) is None
    assert find_jump({-1: 60, 0: 40}) is not None


def test_the_cut_off_is_told_apart_from_the_other_points_of_the_scale() -> None:
    counts = bunched(scores(1_000_000, 5, lumps=0.05), share=0.5)
    jump = find_jump(counts)
    assert jump is not None
    tested, as_large = places_as_large(counts, 6, jump)
    assert (tested > 60, as_large) == (True, 0)


def test_points_whose_bins_reach_to_the_cut_off_are_not_held_against_it() -> None:
    counts = dict.fromkeys(range(-12, 12), 1_000)
    jump = find_jump(counts)
    assert jump is not None
    assert places_as_large(counts, 6, jump)[0] == 0
    assert places_as_large(dict.fromkeys(range(-13, 13), 1_000), 6, jump)[0] == 2


@pytest.mark.parametrize(
    ("t", "freedom", "probability"),
    [(1.812, 10, 0.05), (2.764, 10, 0.01), (4.144, 10, 0.001), (1.943, 6, 0.05), (0.0, 6, 0.5), (-1.812, 10, 0.95)],
)
def test_the_tail_of_students_t_is_that_of_the_tables(t: float, freedom: int, probability: float) -> None:
    assert math.isclose(upper_tail(t, freedom), probability, rel_tol=2e-3)
