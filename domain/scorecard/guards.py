"""What compiled code does when an answer is not of the plain type that it expected: convert it, or refuse it by name.

Compiled code asks a quick question first (is this a whole number, is this yes or no) and calls a guard only when the
answer to that is no.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction

from domain.scorecard.card import Question
from domain.scorecard.entries import allowed_by, question_allows
from domain.scorecard.numbers import number_from
from domain.scorecard.refusals import UnknownAnswer

Guarded = bool | int | str | Fraction | float | object | None


def guarded(value: object, asked: str, use: str, question: Question | None, *, floats: bool) -> Guarded:
    """Give an answer in the form its use needs, or refuse it.

    Uses are raw, a declared code, a number (to compare), a term (to compute with; yes counts 1) and yes_no.
    """
    if value is None:
        return None
    if question is not None and not question_allows(question, value):
        raise UnknownAnswer(asked, value, allowed_by(question))
    if use == "yes_no":
        if isinstance(value, int) and value in (0, 1):
            return bool(value)
        raise UnknownAnswer(asked, value, (True, False))
    if use == "term" and isinstance(value, bool):
        return int(value)
    if use in ("number", "term"):
        found = number_from(value, floats=floats)
        if found is None:
            raise UnknownAnswer(asked, value, ("a number",))
        return found
    return value


def household_guard(name: str, use: str, question: Question | None, *, floats: bool) -> Callable[[object], Guarded]:
    return lambda value: guarded(value, name, use, question, floats=floats)


def member_guard(
    name: str, use: str, question: Question | None, *, floats: bool
) -> Callable[[object, object, Iterable[object]], Guarded]:
    """Guard a field of a member; a refusal names the member by the place on the roster, counted from 1."""

    def guard(value: object, member: object, roster: Iterable[object]) -> Guarded:
        place = next((place for place, other in enumerate(roster, 1) if other is member), 0)
        return guarded(value, f"roster member {place}: {name}", use, question, floats=floats)

    return guard


def quick_test(variable: str, use: str, question: Question | None, codes: str) -> str | None:
    """Write the question that plain answers pass; None where everything passes.

    ``codes`` is the name of the constant that holds the declared codes.
    """
    match use:
        case "yes_no":
            return f"{variable} is True or {variable} is False"
        case "number" | "term" if question is None:
            return f"{variable}.__class__ is int"
        case "number" | "term" | "code" if _is_any_count(question):
            return f"{variable}.__class__ is int and {variable} >= 0"
        case "number" | "term":
            return "False"
        case "code" if question is not None and question.kind == "word":
            return f"{variable}.__class__ is str"
        case "code" if question is not None:
            return f"{variable}.__class__ is str and {variable} in {codes}"
        case _:
            return None


def _is_any_count(question: Question | None) -> bool:
    return question is not None and question.kind == "count" and question.low is None and question.high is None
