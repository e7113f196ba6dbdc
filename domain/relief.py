"""Relief for the poorest share of each tehsil: the score up to which a household is among them.

The rule of the floods of 2022: the committee for relief recommended that the registry identify the bottom 60 per cent
of each notified tehsil, each with a threshold of its own (Business Recorder 40195258, August 2022). Whether people or
households were meant is not said; families were paid, so households are counted here.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

HUNDRED_PERCENT = 100


class TehsilThreshold(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The highest score that is within the poorest share of a tehsil; none where nobody there has a score.

    `households` lived there at the impact, `scored` of them had a score, and `within` of those were within.
    """

    tehsil: str
    highest: Decimal | None
    households: int
    scored: int
    within: int


class ReliefThresholds(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The thresholds of one relief programme, each for a tehsil, with the scorecard that the scores are of."""

    programme: str
    poorest_percent: int
    scorecard: bytes
    tehsils: tuple[TehsilThreshold, ...]


class Limit(msgspec.Struct, frozen=True, gc=False):
    """What a score is held against in one tehsil."""

    scorecard: bytes
    highest: Decimal | None


def threshold_of(
    tehsil: str, scores: Sequence[tuple[Decimal, int]], not_scored: int, poorest_percent: int
) -> TehsilThreshold:
    """Find the threshold of a tehsil from its scores, lowest first, each with the number of households that have it.

    It is the lowest score with which at least the share of those scored is within. Whoever has just that score is
    within as well, however many they are; households without a score are counted and never within.
    """
    scored = sum(households for _, households in scores)
    within, highest = 0, None
    for score, households in scores:
        if within * HUNDRED_PERCENT >= poorest_percent * scored:
            break
        within, highest = within + households, score
    return TehsilThreshold(tehsil, highest, scored + not_scored, scored, within)


def limits_of(thresholds: Iterable[ReliefThresholds]) -> dict[str, dict[str, Limit]]:
    """Arrange thresholds by programme and tehsil. A tehsil keeps the first that it was given: thresholds never move."""
    limits: dict[str, dict[str, Limit]] = {}
    for each in thresholds:
        of_programme = limits.setdefault(each.programme, {})
        for tehsil in each.tehsils:
            of_programme.setdefault(tehsil.tehsil, Limit(each.scorecard, tehsil.highest))
    return limits
