"""What a named value can be, as far as a card tells: needed to see gaps in bands and levels that nothing reaches."""

import itertools
from collections.abc import Iterator
from typing import Final

import msgspec

from domain.scorecard.card import (
    Case,
    Combined,
    Condition,
    Derive,
    Expression,
    Formula,
    Match,
    Pick,
    Question,
    Scorecard,
    Tally,
)
from domain.scorecard.numbers import Exact

ROSTER: Final = "roster"
"""The name a refusal gives to the list of members."""
_VALUES_MAX: Final = 4096


class Kind(msgspec.Struct, frozen=True):
    """The kind of a value, and all its values where they are few and known."""

    name: str
    """count (0, 1, 2, ...), number, ratio, yes_no, code, pair or unknown."""
    values: frozenset[Match] | None = None
    question: Question | None = None
    derived: bool = True


YES_NO: Final = Kind("yes_no", frozenset({True, False}))


class Names(msgspec.Struct, frozen=True):
    """The names of a card: what is derived, and what is declared."""

    derives: dict[str, Derive]
    questions: dict[str, Question]
    members: dict[str, Question]

    def kind(self, expression: Expression) -> Kind:
        if isinstance(expression, Combined):
            return self._combined(expression)
        if expression in self.derives:
            return self._derived(self.derives[expression])
        return _declared(self.questions.get(expression))

    def leaves(self, expression: Expression) -> tuple[str, ...]:
        """List the answers that a value is worked out from, in order, without repeats."""
        return tuple(dict.fromkeys(self._leaves(expression)))

    def _leaves(self, expression: Expression) -> Iterator[str]:
        for name in names_in(expression):
            if name not in self.derives:
                yield name
                continue
            derive = self.derives[name]
            if isinstance(derive, Tally | Pick):
                yield from (f"{ROSTER}.{field}" for field in fields_of(derive))
            else:
                for operand in operands_of(derive):
                    yield from self._leaves(operand)

    def _combined(self, expression: Combined) -> Kind:
        match expression.how:
            case "pair":
                parts = [self.kind(part).values for part in expression.of]
                known = [part for part in parts if part is not None]
                few = len(known) == len(parts) and _product(len(part) for part in known) <= _VALUES_MAX
                return Kind("pair", frozenset(itertools.product(*known)) if few else None)  # type: ignore[arg-type]
            case "count":
                return Kind("count", frozenset(range(len(expression.of) + 1)))
            case "sum":
                return Kind("number")
            case _:
                return YES_NO

    def _derived(self, derive: Derive) -> Kind:
        match derive:
            case Tally(op="any" | "all") | Formula(op="any" | "all" | "not"):
                return YES_NO
            case Tally(op="count" | "count_any"):
                return Kind("count")
            case Formula(op="ratio") | Tally(op="mean"):
                return Kind("ratio")
            case Case():
                outcomes = {branch.value for branch in derive.branches} | {derive.otherwise}
                plain = frozenset(value for value in outcomes if not isinstance(value, Exact))
                name = "yes_no" if all(isinstance(value, bool) for value in outcomes) else "code"
                return Kind(name, plain if len(plain) == len(outcomes) else None)
            case Pick():
                taken = _declared(self.members.get(derive.take))
                return msgspec.structs.replace(taken, derived=True, values=None)
            case _:
                return Kind("number")


def names_of(card: Scorecard) -> Names:
    return Names(
        {derive.name: derive for derive in card.derives},
        {question.name: question for question in card.questions},
        {question.name: question for question in card.roster},
    )


def names_in(expression: Expression) -> Iterator[str]:
    """List the names in an expression, in order."""
    if isinstance(expression, str):
        yield expression
    else:
        for part in expression.of:
            yield from names_in(part)


def conditions_of(derive: Derive) -> tuple[Condition, ...]:
    match derive:
        case Tally():
            return derive.where + derive.where_any + derive.that
        case Pick():
            return derive.where + derive.where_any
        case Case():
            return tuple(condition for branch in derive.branches for condition in branch.when)
        case Formula():
            return ()


def fields_of(derive: Tally | Pick) -> tuple[str, ...]:
    """List the member fields that a derived value reads."""
    names = [name for condition in conditions_of(derive) for name in (condition.field, condition.with_field) if name]
    if isinstance(derive, Pick):
        names += [order.field for order in derive.order_by if order.field != "line"] + [derive.take]
    elif derive.field:
        names.append(derive.field)
    return tuple(dict.fromkeys(names))


def operands_of(derive: Derive) -> tuple[str, ...]:
    """List the household values that a derived value reads."""
    match derive:
        case Case():
            return tuple(
                name for condition in conditions_of(derive) for name in (condition.field, condition.with_field) if name
            )
        case Formula():
            return tuple(term for term in derive.terms if isinstance(term, str))
        case _:
            return ()


def _declared(question: Question | None) -> Kind:
    if question is None:
        return Kind("unknown", derived=False)
    if question.kind == "yes_no":
        return Kind("yes_no", YES_NO.values, question, derived=False)
    values = frozenset(question.codes) if question.kind == "code" else None
    return Kind(question.kind, values, question, derived=False)


def _product(sizes: Iterator[int]) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total
