"""From the sum of points to the score in columns: steps, rounding, range."""

from fractions import Fraction
from typing import Final

import ibis
import msgspec

from adapters.columnar import reals
from adapters.columnar.indicators import stepped, stepped_floats
from adapters.columnar.numbers import (
    EXACT_MAX,
    NO,
    Column,
    Number,
    add,
    chosen_by_case,
    compared,
    constant,
    floor_of,
    number,
    times,
)
from adapters.columnar.reals import Real
from adapters.columnar.stages import Stages
from domain.scorecard.card import Arithmetic, Score
from domain.scorecard.numbers import value_of

_STEPS_MAX: Final = 2**50


class Ended(msgspec.Struct, frozen=True):
    """A finished column: its score, null where it is refused, and where only the exact engine can tell (not null)."""

    score: Number
    doubtful: Column


def end(
    amounts: list[Number | Real], intercept: Fraction, score: Score, arithmetic: Arithmetic, stages: Stages
) -> Ended:
    """Add up the amounts of one column and finish it."""
    reals_only = stages.reals([amount for amount in amounts if isinstance(amount, Real)])
    if reals_only or arithmetic.type == "float":
        return _end_of_floats(reals_only, intercept, score, arithmetic, stages)
    whole = stages.numbers([amount for amount in amounts if isinstance(amount, Number)])
    (total,) = stages.numbers([add(constant(intercept), *whole)])
    (total,) = stages.numbers([stepped(total, score.steps)])
    if arithmetic.quantum is not None:
        (total,) = stages.numbers([_rounded(total, Fraction(value_of(arithmetic.quantum)), arithmetic.rounding)])
    return Ended(_in_range(total, score), NO)


def _end_of_floats(
    amounts: list[Real], intercept: Fraction, score: Score, arithmetic: Arithmetic, stages: Stages
) -> Ended:
    assert arithmetic.quantum is not None, "a card of floats declares its quantum"
    quantum = Fraction(value_of(arithmetic.quantum))
    total = reals.literal(intercept)
    for amount in amounts:
        (total,) = stages.reals([reals.added([total, amount])])
    total = stepped_floats(total, score.steps, stages)
    (unsafe,) = stages.columns([reals.is_unsafe(quantum, total)])
    (calm,) = stages.reals([reals.choose(unsafe, reals.literal(Fraction(0)), total)])
    count, doubtful = stages.columns(reals.whole_steps(quantum, arithmetic.rounding, calm))
    bound = min(_STEPS_MAX, EXACT_MAX // max(quantum.numerator, quantum.denominator))
    beyond = (count.abs() > bound).fill_null(NO)
    kept = ibis.cases((~(total.refused | beyond) & total.value.notnull(), count))
    settled = times(number(kept, -bound, bound), quantum)
    return Ended(_in_range(settled, score), doubtful | unsafe | beyond | total.doubtful)


def _rounded(total: Number, quantum: Fraction, rounding: str) -> Number:
    steps = times(total, 1 / quantum)
    below, left = floor_of(steps.top, steps.bottom)
    bottom = ibis.literal(steps.bottom, "int64") if isinstance(steps.bottom, int) else steps.bottom
    twice = left * 2
    match rounding:
        case "half_even":
            up = (twice > bottom) | ((twice == bottom) & (below % 2 != 0))
        case "half_up":
            up = (twice > bottom) | ((twice == bottom) & (steps.top >= 0))
        case "down":
            up = (steps.top < 0) & (left > 0)
        case "floor":
            up = NO
        case _:
            assert rounding == "ceiling", "the check knows every rounding"
            up = left > 0
    count = below + up.cast("int64")
    return times(number(count, steps.low - 1, steps.high + 1), quantum)


def _in_range(score: Number, limits: Score) -> Number:
    for limit, beyond in ((limits.low, "lt"), (limits.high, "gt")):
        if limit is None:
            continue
        border = constant(value_of(limit))
        if limits.out_of_range == "clamp":
            score = chosen_by_case([(compared(score, beyond, border), border)], score)
        else:
            within = (~compared(score, beyond, border)).fill_null(NO)
            score = chosen_by_case([(within, score)], None)
    return score
