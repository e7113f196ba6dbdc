"""The arithmetic a card may ask for: a closed set, exact except for the links, which are float64.

In the formulas over a household, None is an answer that was not recorded and makes the result unrecorded too.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from domain.scorecard.card import Step
from domain.scorecard.numbers import value_of, whole_or_fraction

Real = int | Fraction | float


def _ratio(numerator: Real, denominator: Real) -> Real | None:
    """Divide exactly; by zero there is no answer."""
    if denominator == 0:
        return None
    if isinstance(numerator, float) or isinstance(denominator, float):
        return float(numerator) / float(denominator)
    return whole_or_fraction(Fraction(numerator) / Fraction(denominator))


def _add(*terms: Real) -> Real:
    return sum(terms[1:], start=terms[0])


def _subtract(first: Real, *others: Real) -> Real:
    return first - _add(*others)


def _multiply(*terms: Real) -> Real:
    return math.prod(terms[1:], start=terms[0])


ARITHMETIC: Final[dict[str, Callable[..., Real | None]]] = {
    "ratio": _ratio,
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "min": min,
    "max": max,
}


def formula(op: str) -> Callable[..., Real | None]:
    """Give the operator, with None in whenever an operand is None."""
    operator = ARITHMETIC[op]

    def evaluated(*terms: Real | None) -> Real | None:
        known = [term for term in terms if term is not None]
        return operator(*known) if len(known) == len(terms) else None

    return evaluated


def any_of(*answers: bool | None) -> bool | None:
    """Yes as soon as one is yes; otherwise unrecorded if one is."""
    return True if True in answers else (None if None in answers else False)


def all_of(*answers: bool | None) -> bool | None:
    """No as soon as one is no; otherwise unrecorded if one is."""
    return False if False in answers else (None if None in answers else True)


def none_of(answer: bool | None) -> bool | None:  # noqa: FBT001 - the answer itself, not a switch
    return None if answer is None else not answer


def count_of(*answers: bool | None) -> int | None:
    return None if None in answers else answers.count(True)


def pair_of(*answers: object) -> tuple[object, ...] | None:
    return None if None in answers else answers


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value)) if value >= 0 else math.exp(value) / (1.0 + math.exp(value))


LINKS: Final[dict[str, Callable[[float], float]]] = {
    "log": math.log,
    "log10": math.log10,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "asinh": math.asinh,
    "logistic": _logistic,
}

STEPS: Final = ("add", "sub", "mul", "div", "at_least", "at_most")


def stepped(value: Real, steps: tuple[Step, ...]) -> Real:
    """Carry a value through the steps, in order; exact as long as the value is and no link is met.

    Raises ValueError where a link has no value (the logarithm of zero), OverflowError where it has no end.
    """
    for step in steps:
        value = _step(value, step)
    return value


def _step(value: Real, step: Step) -> Real:
    if step.do in LINKS:
        return LINKS[step.do](float(value))
    exact = value_of(step.by)
    by = float(exact) if isinstance(value, float) else exact
    match step.do:
        case "add":
            return value + by
        case "sub":
            return value - by
        case "mul":
            return value * by
        case "div":
            return value / by if isinstance(value, float) else Fraction(value) / Fraction(by)
        case "at_least":
            return max(value, by)
        case _:
            assert step.do == "at_most", "the check knows every step"
            return min(value, by)
