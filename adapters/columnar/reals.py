"""Float64 in columns, for cards with links: every value carries how far it may be from what Python's floats give.

Engines differ in the last digit of a logarithm. So no value is trusted beyond its bound, and a household for which the
bound reaches an edge (of a rounding, of what a link can take) is scored by the exact engine instead.
"""

import math
from fractions import Fraction
from typing import Final

import ibis
import msgspec

from adapters.columnar.numbers import NO, YES, Column, Number
from domain.scorecard.card import Step
from domain.scorecard.numbers import value_of

PRECISION: Final = 1e-14
"""What one operation may add to the error, relative to its result: some fifty units in the last place."""
EXP_MAX: Final = 700.0
"""Python's `exp` overflows from 709.8 on."""


class Real(msgspec.Struct, frozen=True):
    """A column of floats, null where nothing was recorded, and how far each may be off."""

    value: Column
    error: Column
    refused: Column
    """Where Python would raise an error: a link has no value there. Not null."""
    doubtful: Column
    """Where only the exact engine can tell. Not null."""


def real_of(number: Number) -> Real:
    """A float of an exact number, rounded as Python does."""
    value = number.top.cast("float64")
    if not (isinstance(number.bottom, int) and number.bottom == 1):
        value = value / (float(number.bottom) if isinstance(number.bottom, int) else number.bottom.cast("float64"))
    return Real(value, value.abs() * PRECISION, NO, NO)


def literal(value: Fraction | float) -> Real:
    """A float that is the same in every row."""
    return Real(ibis.literal(float(value), "float64"), ibis.literal(0.0, "float64"), NO, NO)


def choose(condition: Column, one: Real, other: Real) -> Real:
    """One where the condition holds, else the other."""
    parts = [ibis.ifelse(condition, getattr(one, name), getattr(other, name)) for name in Real.__struct_fields__]
    return Real(*parts)


def added(terms: list[Real]) -> Real:
    """Add up in order, as Python does."""
    total = terms[0]
    for term in terms[1:]:
        value = total.value + term.value
        error = total.error + term.error + (total.value.abs() + term.value.abs()) * PRECISION
        total = Real(value, error, total.refused | term.refused, total.doubtful | term.doubtful)
    return total


def scaled(real: Real, by: float) -> Real:
    """Multiply by a number of the card."""
    value = real.value * by
    return Real(value, real.error * abs(by) + value.abs() * PRECISION, real.refused, real.doubtful)


def stepped(real: Real, steps: tuple[Step, ...]) -> Real:
    """Carry a value through the steps of a card, in order."""
    for step in steps:
        real = _step(real, step)
    return real


def _step(real: Real, step: Step) -> Real:
    by = float(value_of(step.by))
    value, error = real.value, real.error
    match step.do:
        case "add" | "sub":
            return added([real, literal(by if step.do == "add" else -by)])
        case "mul":
            return scaled(real, by)
        case "div":
            quotient = value / by
            return Real(quotient, error / abs(by) + quotient.abs() * PRECISION, real.refused, real.doubtful)
        case "at_least" | "at_most":
            beyond = value < by if step.do == "at_least" else value > by
            return Real(ibis.ifelse(beyond, by, value), error, real.refused, real.doubtful)
        case _:
            return _link(real, step.do)


def _link(real: Real, link: str) -> Real:
    """A link over its safe domain; near the end of it the row is doubtful, beyond it refused, as in Python."""
    value, error = real.value, real.error
    refused, doubtful = real.refused, real.doubtful
    match link:
        case "log" | "log10" | "sqrt":
            strictly = link != "sqrt"
            near = (value.abs() <= error * 4) | ((value <= 0) if not strictly else NO)
            doubtful = doubtful | (near & (error > 0)).fill_null(NO)
            refused = refused | ((value <= 0) if strictly else (value < 0)).fill_null(NO)
            safe = ibis.ifelse(value > 0, value, 1.0)
            if link == "sqrt":
                result = ibis.ifelse(value > 0, safe.sqrt(), 0.0)
                spread = error / safe.sqrt()
            else:
                result = safe.ln() if link == "log" else safe.log10()
                spread = error / safe * 2
        case "exp":
            doubtful = doubtful | (value > EXP_MAX).fill_null(NO)
            result = ibis.ifelse(value > EXP_MAX, EXP_MAX, value).exp()
            spread = result * error * 2
        case "asinh":
            size = value.abs()
            result = (size + (size * size + 1.0).sqrt()).ln() * value.sign()
            spread = error * 2 + (size + 1.0) * PRECISION
        case _:
            assert link == "logistic", "the check knows every link"
            shrunk = (-ibis.ifelse(value.abs() > EXP_MAX, EXP_MAX, value.abs())).exp()
            result = ibis.ifelse(value >= 0, 1.0 / (shrunk + 1.0), shrunk / (shrunk + 1.0))
            spread = error
    return Real(result, spread + (result.abs() + 1.0) * PRECISION, refused, doubtful)


def is_unsafe(quantum: Fraction, real: Real) -> Column:
    """Whether a value is too large or too uncertain to be rounded to a quantum at all."""
    limit = float(quantum) * 2.0**50
    return ((real.value.abs() > limit) | real.value.isnan() | (real.error > float(quantum) / 4)).fill_null(NO)


def whole_steps(quantum: Fraction, rounding: str, real: Real) -> tuple[Column, Column]:
    """Round to multiples of a quantum; gives how many, and where the error may reach across an edge."""
    steps = real.value / float(quantum)
    reach = real.error / float(quantum) + (steps.abs() + 1.0) * PRECISION
    below = steps.floor()
    part = steps - below
    if rounding in ("half_even", "half_up"):
        count = ibis.ifelse(part > 0.5, below + 1.0, below)  # noqa: PLR2004 - a half
        edge = (part - 0.5).abs()
    else:
        up = {"down": steps < 0, "floor": NO, "ceiling": YES}[rounding]
        count = ibis.ifelse(up, below + 1.0, below)
        edge = ibis.ifelse(part > 0.5, 1.0 - part, part)  # noqa: PLR2004 - a half
    assert math.isfinite(float(quantum)), "a card holds no infinities"
    return count.cast("int64"), (edge <= reach).fill_null(NO)
