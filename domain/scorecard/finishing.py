"""From the sum of points to the score: steps, rounding to the quantum, range, band and look-ups."""

import bisect
import math
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec

from domain.scorecard.card import Arithmetic, Arm, Lookup, LookupRow, Score
from domain.scorecard.intervals import contains
from domain.scorecard.numbers import Number, Result, as_printed, scaled, text_of, tidy, value_of
from domain.scorecard.operators import Real, stepped
from domain.scorecard.refusals import ScoreOutOfRange

_HALF: Final = Fraction(1, 2)


class Finished(msgspec.Struct, frozen=True, gc=False):
    """The end of one column: its score, its band (main column only) and its look-ups by name."""

    score: Result
    band: str | None
    lookups: Mapping[str, Result]


def finish(total: Real, column: str, arm: Arm, arithmetic: Arithmetic) -> Finished:
    """Turn the sum of a column into what the card says of it; raises ScoreOutOfRange."""
    settled = in_range(settle(total, arm.score, arithmetic), arm.score)
    exact = Fraction(settled)
    band = next((band.code for band in arm.bands if contains(band.interval, exact)), None)
    lookups = dict(_looked_up(exact, column, arm.lookups))
    return Finished(settled, band if column == arm.score.main else None, lookups)


def settle(total: Real, score: Score, arithmetic: Arithmetic) -> Result:
    """Carry a sum through the card's steps and round it, before the range is applied; raises ScoreOutOfRange."""
    try:
        return rounded(stepped(total, score.steps), arithmetic)
    except (ValueError, OverflowError) as error:
        raise ScoreOutOfRange(
            f"The sum {float(total):g} has no score: {error}. Check the answers, or the links of the card."
        ) from error


def rounded(value: Real, arithmetic: Arithmetic) -> Result:
    """Round to the card's quantum; without one an exact value stays as it is."""
    if arithmetic.quantum is None:
        assert not isinstance(value, float), "a card of floats declares its quantum, and the check insists on it"
        return tidy(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise OverflowError("the result is not a finite number")
    quantum = Fraction(value_of(arithmetic.quantum))
    steps = Fraction(value) / quantum
    return _with_places(_ROUNDING[arithmetic.rounding](steps) * quantum, arithmetic.quantum)


def round_to_printed(value: Fraction, printed: Number) -> Result:
    """Round half up to as many decimals as a printed figure has."""
    decimals = as_printed(printed)
    exponent = decimals.as_tuple().exponent if isinstance(decimals, Decimal) else 0
    assert isinstance(exponent, int), "a card holds no infinities"
    quantum = Fraction(10) ** min(exponent, 0)
    return scaled(_half_up(value / quantum) * quantum, -min(exponent, 0)) if exponent < 0 else _half_up(value)


def lookup_row(lookup: Lookup, score: Fraction) -> LookupRow | None:
    """Find the row that holds a score; rows are in ascending order."""
    place = bisect.bisect_right(lookup.rows, score, key=lambda row: Fraction(value_of(row.low))) - 1
    return lookup.rows[place] if place >= 0 and score <= value_of(lookup.rows[place].high) else None


def _looked_up(score: Fraction, column: str, lookups: tuple[Lookup, ...]) -> Iterator[tuple[str, Result]]:
    for lookup in lookups:
        if not any(item.by == column for item in lookup.columns):
            continue
        row = lookup_row(lookup, score)
        if row is None:
            raise ScoreOutOfRange(f"The look-up has no row for the score {text_of(tidy(score))} of {column!r}.")
        for item, value in zip(lookup.columns, row.values, strict=True):
            if item.by == column:
                yield item.name, as_printed(value)


def in_range(score: Result, limits: Score) -> Result:
    """Hold a score to the declared range: clamp it or raise ScoreOutOfRange, as the card says."""
    for limit, sign in ((limits.low, -1), (limits.high, 1)):
        if limit is not None and sign * (Fraction(score) - value_of(limit)) > 0:
            if limits.out_of_range == "clamp":
                return as_printed(limit)
            raise ScoreOutOfRange(
                f"The score {text_of(score)} is beyond {text_of(as_printed(limit))}, the end of the range that "
                f'the card declares; correct the points, or let the card say out_of_range = "clamp".'
            )
    return score


def _with_places(value: Fraction, quantum: Number) -> Result:
    """Print a rounded value with the digits of its quantum: 12.30 for a quantum of 0.01."""
    if isinstance(quantum, int) or "/" in quantum.text:
        return tidy(value)
    exponent = Decimal(quantum.text).as_tuple().exponent
    assert isinstance(exponent, int), "a card holds no infinities"
    return scaled(value, max(-exponent, 0))


def _half_up(value: Fraction) -> int:
    return math.floor(abs(value) + _HALF) * (1 if value >= 0 else -1)


_ROUNDING: Final[dict[str, Callable[[Fraction], int]]] = {
    "half_even": round,
    "half_up": _half_up,
    "down": math.trunc,
    "floor": math.floor,
    "ceiling": math.ceil,
}
ROUNDING: Final = tuple(_ROUNDING)
