"""Comparisons in columns. They know three answers, yes, no and cannot tell, and so does SQL: null is "cannot tell"."""

from collections.abc import Callable, Sequence

import ibis

from adapters.columnar.numbers import NO, YES, Column, compared, constant
from adapters.columnar.values import Value, all_of, any_of, as_flag, as_term, equals, is_null, same
from domain.scorecard.card import Condition
from domain.scorecard.comparison import MEMBERSHIP, ORDERING, use_of
from domain.scorecard.numbers import value_of

Read = Callable[[str, str], Value]
"""Gives the value of a name for a use."""


def all_hold(where: Sequence[Condition], where_any: Sequence[Condition], read: Read) -> Column:
    """All of the first and, if there are any, at least one of the second; null where that cannot be told."""
    every = [held(condition, read) for condition in where]
    if where_any:
        every.append(any_of([held(condition, read) for condition in where_any]))
    return all_of(every)


def held(condition: Condition, read: Read) -> Column:
    """One comparison."""
    use = use_of(condition)
    value = read(condition.field, use)
    other = None if condition.with_field is None else read(condition.with_field, use)
    unrecorded = is_null(value) if other is None else is_null(value) | is_null(other)
    found = _compared(condition, use, value, other)
    match condition.unrecorded:
        case "no":
            return found.fill_null(NO) & ~unrecorded
        case "yes":
            return found.fill_null(YES) | unrecorded
        case _:
            return ibis.cases((~unrecorded, found))


def _compared(condition: Condition, use: str, value: Value, other: Value | None) -> Column:
    test = condition.test
    if test in ORDERING:
        one = as_term(value)
        two = constant(value_of(condition.against[0])) if other is None else as_term(other)  # type: ignore[arg-type]
        if one is None or two is None:
            return any_of(())
        return compared(one, test, two)
    if other is not None:
        found = same(value, other)
        return found if test == "eq" else ~found
    if use == "yes_no":
        value = Value(flag=as_flag(value))
    found = any_of([equals(value, wanted) for wanted in condition.against])
    return ~found if test == "ne" or (test in MEMBERSHIP and test == "not_in") else found
