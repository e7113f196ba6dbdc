"""Exact numbers in columns: whole numbers over a denominator, with bounds that are known when the card is compiled.

Every operation works out how large its result can become. As long as that stays under `EXACT_MAX`, 64-bit integers (and
the one division, of numbers that divide) give what Python's fractions give; a card that goes beyond is not compiled.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any, Final

import ibis
import msgspec

EXACT_MAX: Final = 2**53
"""Up to here whole numbers are exact in float64 as well, which dividing goes through."""

Column = Any
"""An ibis expression; its own types cannot say which operators it has."""

YES: Final[Column] = ibis.literal(True)  # noqa: FBT003 - the answer itself
NO: Final[Column] = ibis.literal(False)  # noqa: FBT003 - the answer itself


class NotInColumns(Exception):
    """The card cannot be worked out exactly in columns; the sentence says why. Every household is scored by itself."""


class Number(msgspec.Struct, frozen=True):
    """A column of exact numbers: `top` over `bottom`, null where nothing was recorded. `bottom` is at least 1."""

    top: Column
    low: int
    high: int
    """Bounds of `top`."""
    bottom: Column | int = 1
    bottom_high: int = 1

    @property
    def is_whole(self) -> bool:
        """Whether every value is a whole number."""
        return isinstance(self.bottom, int) and self.bottom == 1


def number(top: Column, low: int, high: int, bottom: Column | int = 1, bottom_high: int | None = None) -> Number:
    """Make a number of an integer column. Raises NotInColumns where it may leave what is exact."""
    bottom_high = bottom if bottom_high is None and isinstance(bottom, int) else bottom_high or 1
    if max(abs(low), abs(high), bottom_high) > EXACT_MAX:
        raise NotInColumns("The numbers of this card may grow beyond what columns hold exactly.")
    return Number(top.cast("int64"), low, high, bottom, bottom_high)


def constant(value: int | Fraction) -> Number:
    """A number of the card, the same in every row."""
    exact = Fraction(value)
    return number(ibis.literal(exact.numerator, "int64"), exact.numerator, exact.numerator, exact.denominator)


def times(one: Number, factor: int | Fraction) -> Number:
    """Multiply by a number of the card."""
    exact = Fraction(factor)
    ends = sorted((one.low * exact.numerator, one.high * exact.numerator))
    top = one.top if exact.numerator == 1 else one.top * ibis.literal(exact.numerator, "int64")
    bottom = one.bottom if exact.denominator == 1 else one.bottom * exact.denominator
    return number(top, ends[0], ends[1], bottom, one.bottom_high * exact.denominator)


def add(*terms: Number) -> Number:
    """Add up; null where a term is null."""
    total = terms[0]
    for term in terms[1:]:
        first, second, bottom, bottom_high = _together(total, term)
        total = number(first.top + second.top, first.low + second.low, first.high + second.high, bottom, bottom_high)
    return total


def subtract(first: Number, *others: Number) -> Number:
    """Take all others away from the first."""
    return add(first, *(times(other, -1) for other in others))


def multiply(*terms: Number) -> Number:
    """Multiply columns."""
    total = terms[0]
    for term in terms[1:]:
        ends = [one * other for one in (total.low, total.high) for other in (term.low, term.high)]
        bottom_high = total.bottom_high * term.bottom_high
        total = number(total.top * term.top, min(ends), max(ends), _product(total.bottom, term.bottom), bottom_high)
    return total


def ratio(first: Number, second: Number) -> Number:
    """Divide exactly; null where the second is 0."""
    ends = [end * second.bottom_high for end in (first.low, first.high)]
    bottom_high = max(abs(second.low), abs(second.high), 1) * first.bottom_high
    largest = max(map(abs, ends))
    divisor = second.top.nullif(0)
    top = first.top * _column(second.bottom) * divisor.sign().cast("int64")
    return number(top, -largest, largest, divisor.abs() * _column(first.bottom), bottom_high)


def least(*terms: Number) -> Number:
    """The smallest; null where a term is null."""
    return _chosen(terms, smallest=True)


def greatest(*terms: Number) -> Number:
    """The largest; null where a term is null."""
    return _chosen(terms, smallest=False)


def _chosen(terms: tuple[Number, ...], *, smallest: bool) -> Number:
    best = terms[0]
    for term in terms[1:]:
        one, other, bottom, bottom_high = _together(best, term)
        first = one.top <= other.top if smallest else one.top >= other.top
        top = ibis.cases((first, one.top), (~first, other.top))
        pick = min if smallest else max
        best = number(top, pick(one.low, other.low), pick(one.high, other.high), bottom, bottom_high)
    return best


def compared(one: Number, test: str, other: Number) -> Column:
    """Compare exactly; null where one of them is null."""
    first, second, _, _ = _together(one, other)
    left, right = first.top, second.top
    match test:
        case "eq":
            return left == right
        case "ne":
            return left != right
        case "lt":
            return left < right
        case "le":
            return left <= right
        case "gt":
            return left > right
        case _:
            assert test == "ge", "the check knows every comparison"
            return left >= right


def floor_of(top: Column, bottom: Column | int) -> tuple[Column, Column]:
    """Divide whole numbers downwards; gives the quotient and what is left, which is never negative."""
    divisor = _column(bottom)
    left = ((top % divisor) + divisor) % divisor
    return ((top - left) / divisor).cast("int64"), left


def chosen_by_case(cases: list[tuple[Column, Number]], otherwise: Number | None) -> Number:
    """The number of the first case that holds, else the last one; null where there is none."""
    numbers = [each for _, each in cases] + ([] if otherwise is None else [otherwise])
    whole = all(isinstance(each.bottom, int) for each in numbers)
    shared = lcm(*(each.bottom for each in numbers)) if whole else 1
    scaled = [_over(each, shared) if whole else each for each in numbers]
    low, high = min(each.low for each in scaled), max(each.high for each in scaled)
    if not cases:
        return scaled[0]
    conditions = [condition for condition, _ in cases]
    last = scaled[-1] if otherwise is not None else None

    def pick(part: str) -> Column:
        tops = [_column(getattr(each, part)) for each in scaled]
        return ibis.cases(
            *zip(conditions, tops, strict=False), else_=None if last is None else _column(getattr(last, part))
        )

    bottom = shared if whole else pick("bottom")
    return number(pick("top"), low, high, bottom, shared if whole else max(each.bottom_high for each in scaled))


def _together(one: Number, other: Number) -> tuple[Number, Number, Column | int, int]:
    """Bring two numbers over one denominator."""
    if isinstance(one.bottom, int) and isinstance(other.bottom, int):
        shared = lcm(one.bottom, other.bottom)
        return _over(one, shared), _over(other, shared), shared, shared
    first = _wider(one, other)
    second = _wider(other, one)
    return first, second, _product(one.bottom, other.bottom), one.bottom_high * other.bottom_high


def _over(one: Number, shared: int) -> Number:
    assert isinstance(one.bottom, int), "only over a denominator that is the same in every row"
    by = shared // one.bottom
    if by == 1:
        return one
    return number(one.top * ibis.literal(by, "int64"), one.low * by, one.high * by, shared)


def _wider(one: Number, other: Number) -> Number:
    by = other.bottom_high
    low, high = min(one.low * by, one.low), max(one.high * by, one.high)
    return number(one.top * _column(other.bottom), low, high)


def _product(one: Column | int, other: Column | int) -> Column | int:
    if isinstance(one, int) and isinstance(other, int):
        return one * other
    return _column(one) * _column(other)


def _column(value: Column | int) -> Column:
    return ibis.literal(value, "int64") if isinstance(value, int) else value
