"""What an indicator makes of a column: its amount for a column of points, null where the exact engine refuses."""

from fractions import Fraction

import ibis

from adapters.columnar import reals
from adapters.columnar.numbers import (
    NO,
    Column,
    Number,
    add,
    chosen_by_case,
    compared,
    constant,
    greatest,
    least,
    times,
)
from adapters.columnar.reals import Real
from adapters.columnar.stages import Stages
from adapters.columnar.values import Value, all_of, any_of, as_term, equals, is_null
from domain.scorecard.card import Indicator, Interval, Step
from domain.scorecard.numbers import Number as CardNumber
from domain.scorecard.numbers import value_of

Amount = Number | Real


def amount_of(indicator: Indicator, value: Value, column: int, stages: Stages, *, floats: bool) -> Amount:
    """The amount that a value gives for one column of points."""
    if floats:
        return _in_floats(indicator, value, column, stages)
    return _exactly(indicator, value, column)


def _exactly(indicator: Indicator, value: Value, column: int) -> Number:
    cases = [(condition, constant(value_of(points))) for condition, points in _points(indicator, value, column)]
    if indicator.coef:
        term = as_term(value)
        if term is not None:
            moved = times(_stepped(term, indicator.transform), value_of(indicator.coef[column]))
            return chosen_by_case([*cases, (term.top.notnull(), moved)], None)
    return chosen_by_case(cases, None)


def _points(indicator: Indicator, value: Value, column: int) -> list[tuple[Column, CardNumber]]:
    """Conditions in the order in which they are tried, each with its points. None of them is null."""
    found: dict[CardNumber, list[Column]] = {}
    cases: list[tuple[Column, CardNumber]] = []
    if indicator.missing is not None:
        cases.append((is_null(value), indicator.missing.points[column]))
    for level in indicator.levels:
        found.setdefault(level.points[column], []).append(_matches(value, level.match))
    cases += [(any_of(conditions), points) for points, conditions in found.items()]
    if value.number is not None:
        cases += [(inside(band.interval, value.number), band.points[column]) for band in indicator.bands]
    if indicator.otherwise is not None:
        cases.append((~is_null(value), indicator.otherwise.points[column]))
    return cases


def _matches(value: Value, match: tuple[object, ...]) -> Column:
    """Words are looked up together: one condition for a whole level."""
    words = {each for each in match if isinstance(each, str)}
    found = [equals(value, each) for each in match if not isinstance(each, str)]
    stored = [number for number, word in value.words.items() if word in words]
    if stored and value.code is not None:
        found.append(value.code.isin(stored).fill_null(NO))
    return any_of(found)


def inside(interval: Interval, number: Number) -> Column:
    """Where a number lies in a band; never null."""
    ends = []
    if interval.low is not None:
        ends.append(compared(number, "ge" if interval.low_closed else "gt", constant(value_of(interval.low))))
    if interval.high is not None:
        ends.append(compared(number, "le" if interval.high_closed else "lt", constant(value_of(interval.high))))
    return all_of([number.top.notnull(), *ends]).fill_null(NO)


def _stepped(number: Number, steps: tuple[Step, ...]) -> Number:
    for step in steps:
        by = Fraction(value_of(step.by))
        match step.do:
            case "add":
                number = add(number, constant(by))
            case "sub":
                number = add(number, constant(-by))
            case "mul":
                number = times(number, by)
            case "div":
                number = times(number, 1 / by)
            case "at_least":
                number = greatest(number, constant(by))
            case _:
                assert step.do == "at_most", "exact cards have no links, and the check knows every step"
                number = least(number, constant(by))
    return number


def stepped(number: Number, steps: tuple[Step, ...]) -> Number:
    """Carry an exact number through the steps of a card, in order."""
    return _stepped(number, steps)


def stepped_floats(real: Real, steps: tuple[Step, ...], stages: Stages) -> Real:
    """Carry floats through the steps of a card, each of them worked out once."""
    for step in steps:
        (real,) = stages.reals([reals.stepped(real, (step,))])
    return real


def _in_floats(indicator: Indicator, value: Value, column: int, stages: Stages) -> Real:
    nothing = Real(
        ibis.literal(None, "float64"),
        ibis.literal(0.0, "float64"),
        NO,
        NO,
    )
    result = nothing
    term = as_term(value)
    if indicator.coef and term is not None:
        moved = stepped_floats(reals.real_of(term), indicator.transform, stages)
        product = reals.scaled(moved, float(value_of(indicator.coef[column])))
        result = reals.choose(term.top.notnull(), product, nothing)
    for condition, points in reversed(_points(indicator, value, column)):
        result = reals.choose(condition, reals.literal(value_of(points)), result)
    return result
