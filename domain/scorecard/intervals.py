"""Where bands overlap and what they leave out, over the whole numbers or over all numbers.

A band is held as two cuts of the number line. A cut is a value and a side: 0 just before the value, 1 just after it; so
``le = 5`` ends at (5, 1) and ``lt = 5`` at (5, 0), and bands meet exactly when one's end is the other's start.
"""

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from domain.scorecard.card import Interval
from domain.scorecard.numbers import tidy, value_of

Cut = tuple[int | Fraction | float, int]

BEGINNING: Final[Cut] = (-math.inf, 0)
END: Final[Cut] = (math.inf, 0)


class Stretch(msgspec.Struct, frozen=True):
    start: Cut
    end: Cut

    @property
    def is_empty(self) -> bool:
        return self.start >= self.end


def stretch_of(interval: Interval, *, integers: bool) -> Stretch:
    """Give the stretch that an interval covers; over the integers, the whole numbers in it."""
    start: Cut = BEGINNING if interval.low is None else (value_of(interval.low), int(not interval.low_closed))
    end: Cut = END if interval.high is None else (value_of(interval.high), int(interval.high_closed))
    return Stretch(_next_whole(start), _next_whole(end)) if integers else Stretch(start, end)


def contains(interval: Interval, value: Fraction | float) -> bool:
    stretch = stretch_of(interval, integers=False)
    return stretch.start <= (value, 0) and (value, 1) <= stretch.end


def overlaps(stretches: Sequence[tuple[str, Stretch]]) -> list[str]:
    """Describe each pair of neighbours that share a number."""
    ordered = sorted(stretches, key=lambda item: (item[1].start, item[1].end))
    found = []
    for (name, stretch), (next_name, following) in itertools.pairwise(ordered):
        if following.start < stretch.end:
            found.append(f"{name} and {next_name} both hold {_from(following.start)}")
    return found


def gaps(stretches: Sequence[tuple[str, Stretch]], start: Cut | None, end: Cut | None) -> list[str]:
    """Describe what is left out between the bands, and before and after them where start and end are known."""
    ordered = sorted((stretch for _, stretch in stretches), key=lambda stretch: (stretch.start, stretch.end))
    reached = ordered[0].start if start is None else start
    found = []
    for stretch in ordered:
        if stretch.start > reached:
            found.append(f"{_from(reached)} up to {_until(stretch.start)}")
        reached = max(reached, stretch.end)
    if end is not None and reached < end:
        found.append(f"{_from(reached)} up to {_until(end)}")
    return found


def _next_whole(cut: Cut) -> Cut:
    value, side = cut
    if isinstance(value, float):
        return cut
    return (math.floor(value) + 1, 0) if side else (math.ceil(value), 0)


def _plain(value: Fraction | float) -> str:
    return str(value) if isinstance(value, float) else str(tidy(value))


def _from(cut: Cut) -> str:
    value, side = cut
    if value == -math.inf:
        return "everything"
    return f"what is above {_plain(value)}" if side else _plain(value)


def _until(cut: Cut) -> str:
    value, side = cut
    if value == math.inf:
        return "infinity"
    return f"{_plain(value)} (included)" if side else f"{_plain(value)} (not included)"
