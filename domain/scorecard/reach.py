"""Which sums of points a card can come to: each of them where they are few, else the least and the greatest."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

import msgspec

from domain.scorecard.card import Arm, Combined, Indicator, Question
from domain.scorecard.entries import Ledger
from domain.scorecard.finishing import settle
from domain.scorecard.kinds import Kind, Names
from domain.scorecard.numbers import Result, value_of
from domain.scorecard.operators import Real, stepped

SUMS_MAX: Final = 20_000


class Sums(msgspec.Struct, frozen=True):
    """The sums of one column, in the ledger's amounts; an end that is None is not bounded by the card."""

    low: Real | None
    high: Real | None
    each: frozenset[Real] | None = None


def reachable_sums(arm: Arm, names: Names, ledger: Ledger, column: int) -> Sums:
    """Give what a column can sum up to, before steps, rounding and range."""
    start = ledger.amount(value_of(arm.score.intercept[column]))
    low: Real | None = start
    high: Real | None = start
    each: set[Real] | None = None if ledger.floats else {start}
    for indicator in arm.indicators:
        least, greatest, amounts = _of_indicator(indicator, names, ledger, column)
        low = None if low is None or least is None else low + least
        high = None if high is None or greatest is None else high + greatest
        if each is not None:
            each = None if amounts is None else {total + amount for total in each for amount in amounts}
        if each is not None and len(each) > SUMS_MAX:
            each = None
    return Sums(low, high, None if each is None else frozenset(each))


class Scores(msgspec.Struct, frozen=True):
    """The scores of one column that a card can come to, before its declared range."""

    low: Result | None
    high: Result | None
    each: frozenset[Result] | None = None


def reachable_scores(arm: Arm, names: Names, ledger: Ledger, column: int) -> Scores:
    """Give what a column can come to, after steps and rounding; raises ScoreOutOfRange where a link has no value."""
    sums = reachable_sums(arm, names, ledger, column)

    def settled(total: Real) -> Result:
        return settle(ledger.total(total), arm.score, ledger.arithmetic)

    if sums.each is not None:
        each = frozenset(settled(total) for total in sums.each)
        return Scores(min(each), max(each), each)
    ends = [None if end is None else settled(end) for end in (sums.low, sums.high)]
    if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
        ends.reverse()  # the steps multiply by a negative number
    return Scores(ends[0], ends[1])


def _of_indicator(
    indicator: Indicator, names: Names, ledger: Ledger, column: int
) -> tuple[Real | None, Real | None, frozenset[Real] | None]:
    outcomes = (*indicator.levels, *indicator.bands, indicator.otherwise, indicator.missing)
    points = {ledger.amount(value_of(outcome.points[column])) for outcome in outcomes if outcome is not None}
    if not indicator.coef:
        return min(points), max(points), frozenset(points)
    coef = value_of(indicator.coef[column])
    kind = names.kind(indicator.value)
    values = _finite(kind, indicator.value)
    known = values if values is not None else _ends(kind.question, kind)
    try:
        products = {ledger.amount(_times(indicator, coef, value)) for value in known or ()} | points
    except (ValueError, OverflowError):
        return None, None, None  # a link has no value there, so the card alone does not tell
    if known is None:
        return None, None, None
    return min(products), max(products), None if values is None else frozenset(products)


def _times(indicator: Indicator, coef: int | Fraction, value: int | Fraction) -> Real:
    moved = stepped(value, indicator.transform)
    return moved * (float(coef) if isinstance(moved, float) else coef)


def _finite(kind: Kind, value: object) -> frozenset[int] | None:
    if kind.name == "yes_no" or (isinstance(value, Combined) and value.how == "count"):
        return frozenset(_numbers(kind.values or ()))
    return None


def _numbers(values: Iterable[object]) -> Iterator[int]:
    return (int(value) for value in values if isinstance(value, int))


def _ends(question: Question | None, kind: Kind) -> tuple[int | Fraction, int | Fraction] | None:
    if question is None or question.high is None:
        return None
    if question.low is None and kind.name != "count":
        return None
    return (0 if question.low is None else value_of(question.low)), value_of(question.high)
