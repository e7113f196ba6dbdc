"""Writes comparisons twice: ``possible`` holds unless surely false, ``certain`` only if surely true.

They differ where an answer was not recorded; a value that hangs on the difference is itself not recorded.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from domain.scorecard.card import Condition
from domain.scorecard.numbers import Exact
from domain.scorecard.writer import Writer

ORDERING: Final = ("lt", "le", "gt", "ge")
MEMBERSHIP: Final = ("in", "not_in")
_SIGNS: Final = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
TESTS: Final = (*_SIGNS, *MEMBERSHIP)

Read = Callable[[str, str], str]
"""Gives the variable of a name for a use."""


class Test(NamedTuple):
    possible: str
    certain: str

    @property
    def is_plain(self) -> bool:
        return self.possible == self.certain


def use_of(condition: Condition) -> str:
    """Say how a comparison uses its field: as a number, as yes or no, or as a code."""
    literals = condition.against
    if condition.test in ORDERING:
        return "number"
    if literals and all(isinstance(literal, bool) for literal in literals):
        return "yes_no"
    if literals and all(isinstance(literal, int | Exact) for literal in literals):
        return "number"
    return "code"


def all_hold(where: Sequence[Condition], where_any: Sequence[Condition], read: Read, writer: Writer) -> Test:
    """Write that all of the first hold and, if there are any, at least one of the second.

    ``certain`` is only asked where ``possible`` holds; so for the first it is enough that everything was recorded.
    """
    every = [_compared(condition, read, writer) for condition in where]
    either = [_compared(condition, read, writer) for condition in where_any]
    possible = [test.possible for test in every] + _joined([test.possible for test in either])
    recorded = list(dict.fromkeys(test.recorded for test in every if test.recorded))
    certain = recorded + _joined([test.certain for test in either])
    if all(test.recorded == "" for test in (*every, *either)):
        certain = possible
    return Test(" and ".join(possible) or "True", " and ".join(certain) or "True")


def _joined(tests: list[str]) -> list[str]:
    return [f"({' or '.join(tests)})"] if tests else []


class _Comparison(NamedTuple):
    possible: str
    certain: str
    recorded: str
    """What makes a possible comparison certain; empty where the card says what an unrecorded answer means."""


def _compared(condition: Condition, read: Read, writer: Writer) -> _Comparison:
    variable = read(condition.field, use_of(condition))
    variables = [variable]
    if condition.with_field is not None:
        variables.append(read(condition.with_field, use_of(condition)))
        comparison = f"{variable} {_SIGNS[condition.test]} {variables[1]}"
    elif condition.test in MEMBERSHIP:
        literals = ", ".join(writer.literal(literal) for literal in condition.against)
        comparison = f"{variable} {'not in' if condition.test == 'not_in' else 'in'} ({literals},)"
    else:
        comparison = f"{variable} {_SIGNS[condition.test]} {writer.literal(condition.against[0])}"
    recorded = " and ".join(f"{name} is not None" for name in variables)
    unrecorded = " or ".join(f"{name} is None" for name in variables)
    lenient, strict = f"({unrecorded} or {comparison})", f"({recorded} and {comparison})"
    match condition.unrecorded:
        case "no" if condition.test in {"eq", "in"} and condition.with_field is None:
            return _Comparison(comparison, comparison, "")  # None is equal to no literal
        case "no":
            return _Comparison(strict, strict, "")
        case "yes":
            return _Comparison(lenient, lenient, "")
        case _:
            return _Comparison(lenient, strict, recorded)
