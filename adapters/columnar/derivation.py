"""The values of a card over households in columns, each worked out once."""

from collections.abc import Callable, Iterable
from typing import Final

import ibis

from adapters.columnar import numbers as exact
from adapters.columnar.conditions import all_hold
from adapters.columnar.numbers import Column, NotInColumns, Number, constant
from adapters.columnar.roster import RosterColumns
from adapters.columnar.sources import ColumnReader
from adapters.columnar.stages import Stages
from adapters.columnar.values import (
    NOTHING,
    Value,
    all_of,
    any_of,
    as_flag,
    as_term,
    first_of,
    literal,
    not_declared,
    not_usable,
    value_from,
)
from domain.scorecard.card import Case, Combined, Expression, Formula, Pick, Tally
from domain.scorecard.kinds import Names, names_in, operands_of
from domain.scorecard.numbers import value_of

_ARITHMETIC: Final[dict[str, Callable[..., Number]]] = {
    "ratio": exact.ratio,
    "add": exact.add,
    "subtract": exact.subtract,
    "multiply": exact.multiply,
    "min": exact.least,
    "max": exact.greatest,
}


def over_roster(expressions: Iterable[Expression], names: Names) -> list[Tally | Pick]:
    """The values over the roster that some expressions need, near and far."""
    needed = list(dict.fromkeys(name for expression in expressions for name in names_in(expression)))
    for name in needed:  # grows while it is walked
        if name in names.derives:
            needed += [operand for operand in operands_of(names.derives[name]) if operand not in needed]
    derives = (names.derives[name] for name in needed if name in names.derives)
    return [derive for derive in derives if isinstance(derive, Tally | Pick)]


class Derivation:
    """Reads answers and works out derived values; `doubts` gathers where only the exact engine can tell."""

    def __init__(self, stages: Stages, reader: ColumnReader, names: Names, roster: RosterColumns | None) -> None:
        self.stages = stages
        self.names = names
        self.doubts: list[Column] = []
        self._reader = reader
        self._roster = roster
        self._known: dict[tuple[str, str], Value] = {}
        self._read_once: dict[str, Value] = {}

    def value(self, expression: Expression, use: str = "raw") -> Value:
        """The value of a name or a combination, for a use."""
        if isinstance(expression, Combined):
            return self._combined(expression)
        known = self._known.get((expression, use))
        if known is None:
            known = self._guarded(self._read(expression), expression, use)
            self._known[expression, use] = known
        return known

    def _read(self, name: str) -> Value:
        if name not in self._read_once:
            derived = name in self.names.derives
            self._read_once[name] = self.stages.values([self._derived(name)])[0] if derived else self._answer(name)
        return self._read_once[name]

    def _answer(self, name: str) -> Value:
        source = self._reader.household(name)
        if source is None:
            raise NotInColumns(f"The extract has no {name!r} of households.")
        return value_from(source, self.stages.table[source.column])

    def _guarded(self, value: Value, name: str, use: str) -> Value:
        if use == "raw":
            return value
        declared = not_declared(value, self.names.questions.get(name))
        self.doubts += [doubt for doubt in (not_usable(value, use), declared) if doubt is not None]
        return value

    def _combined(self, expression: Combined) -> Value:
        if expression.how == "sum":
            return Value(number=exact.add(*(self._term(part) for part in expression.of)))
        if expression.how == "pair":
            return Value(pair=tuple(self.value(part) for part in expression.of))
        flags = [as_flag(self.value(part, "yes_no")) for part in expression.of]
        match expression.how:
            case "any":
                return Value(flag=any_of(flags))
            case "all":
                return Value(flag=all_of(flags))
            case "not":
                return Value(flag=~flags[0])
            case _:
                assert expression.how == "count", "the check knows every way to combine"
                counted = [exact.number(flag.cast("int64"), 0, 1) for flag in flags]
                return Value(number=exact.add(*counted))

    def _term(self, expression: Expression) -> Number:
        term = as_term(self.value(expression, "term"))
        return exact.number(ibis.literal(None, "int64"), 0, 0) if term is None else term

    def _derived(self, name: str) -> Value:
        derive = self.names.derives[name]
        match derive:
            case Tally() | Pick():
                assert self._roster is not None, "whoever needs the roster has it grouped first"
                return self._roster.value(derive, self.stages.table)
            case Case():
                return self._case(derive)
            case Formula():
                return self._formula(derive)

    def _case(self, derive: Case) -> Value:
        cases: list[tuple[Column, Value]] = []
        for branch in derive.branches:
            test = all_hold(branch.when, (), self.value)
            cases += [(test, literal(branch.value)), (test.isnull(), NOTHING)]
        return first_of(cases, literal(derive.otherwise))

    def _formula(self, derive: Formula) -> Value:
        if derive.op in _ARITHMETIC:
            terms = [self._term(term) if isinstance(term, str) else constant(value_of(term)) for term in derive.terms]
            return Value(number=_ARITHMETIC[derive.op](*terms))
        combined = Combined(derive.op, tuple(term for term in derive.terms if isinstance(term, str)))
        return self._combined(combined)
