"""Writes the lines that read a household's answers and work out derived values, each once, where it is first needed."""

from collections.abc import Iterable
from typing import Final

from domain.scorecard.card import Case, Combined, Derive, Expression, Formula, Pick, Tally
from domain.scorecard.comparison import all_hold
from domain.scorecard.guards import household_guard, quick_test
from domain.scorecard.kinds import Names, names_in, operands_of
from domain.scorecard.operators import all_of, any_of, count_of, formula, none_of, pair_of
from domain.scorecard.reader import Reader
from domain.scorecard.roster_loop import RosterLoop
from domain.scorecard.writer import Writer

_LOGIC: Final = {"any": any_of, "all": all_of, "not": none_of, "count": count_of, "pair": pair_of}


class Derivation:
    """The values of one function over ``h`` (what is scored) and ``roster``."""

    def __init__(self, writer: Writer, names: Names, reader: Reader, *, floats: bool) -> None:
        self.writer = writer
        self.names = names
        self.reader = reader
        self.floats = floats
        self._known: dict[tuple[str, str], str] = {}

    def roster(self, expressions: Iterable[Expression]) -> None:
        """Write the loop over the members for every value that the expressions need; comes before all other values."""
        needed = list(dict.fromkeys(name for expression in expressions for name in names_in(expression)))
        for name in needed:  # grows while it is walked
            if name in self.names.derives:
                needed += dict.fromkeys(op for op in operands_of(self.names.derives[name]) if op not in needed)
        derives = [self.names.derives[name] for name in needed if name in self.names.derives]
        over_roster = [derive for derive in derives if isinstance(derive, Tally | Pick)]
        if over_roster:
            loop = RosterLoop(self.writer, self.names, self.reader, floats=self.floats)
            for name, variable in loop.write(over_roster).items():
                self._known[name, "raw"] = self._known[name, "code"] = variable

    def value(self, expression: Expression, use: str = "raw") -> str:
        """Write what is needed for a value and give the variable that holds it."""
        if isinstance(expression, Combined):
            return self._combined(expression)
        known = self._known.get((expression, use))
        if known is None:
            derive = self.names.derives.get(expression)
            known = self._read(expression, use) if derive is None else self._derived(derive, use)
            self._known[expression, use] = known
        return known

    def _combined(self, expression: Combined) -> str:
        if expression.how == "sum":
            return self._called(formula("add"), [self.value(part, "term") for part in expression.of])
        use = "raw" if expression.how == "pair" else "yes_no"
        parts = [self.value(part, use) for part in expression.of]
        if expression.how == "any":
            unknown = " or ".join(f"{part} is None" for part in parts)
            return self.writer.assign("v", f"True if {' or '.join(parts)} else (None if {unknown} else False)")
        return self._called(_LOGIC[expression.how], parts)

    def _called(self, operator: object, arguments: list[str]) -> str:
        return self.writer.assign("v", f"{self.writer.constant(operator)}({', '.join(arguments)})")

    def _read(self, name: str, use: str) -> str:
        source = self.reader.household(name)
        assert source is not None, "names that the reader does not know were refused"
        variable = self.writer.assign("a", source.expression)
        if source.words is not None:
            self.writer.line(f"{variable} = {self.writer.constant(source.words)}.get({variable}, {variable})")
        self._guard(variable, name, use)
        return variable

    def _guard(self, variable: str, name: str, use: str) -> None:
        question = self.names.questions.get(name)
        codes = self.writer.constant(frozenset(question.codes)) if question is not None and question.codes else "()"
        quick = quick_test(variable, use, question, codes)
        if quick is not None:
            guard = self.writer.constant(household_guard(name, use, question, floats=self.floats))
            with self.writer.block(f"if not ({quick}) and {variable} is not None:"):
                self.writer.line(f"{variable} = {guard}({variable})")

    def _derived(self, derive: Derive, use: str) -> str:
        if use not in {"raw", "code"}:
            raw = self.value(derive.name)
            if self.names.kind(derive.name).name in {"count", "number", "ratio", use}:
                return raw
            variable = self.writer.assign("d", raw)
            self._guard(variable, derive.name, use)
            return variable
        if isinstance(derive, Case):
            return self._case(derive)
        assert isinstance(derive, Formula), "values over the roster are written by the loop, before all others"
        logical = derive.op in _LOGIC
        terms = [
            self.value(term, "yes_no" if logical else "term") if isinstance(term, str) else self.writer.literal(term)
            for term in derive.terms
        ]
        return self._called(_LOGIC[derive.op] if logical else formula(derive.op), terms)

    def _case(self, derive: Case) -> str:
        tests = [all_hold(branch.when, (), self.value, self.writer) for branch in derive.branches]
        result = self.writer.fresh("d")
        word = "if"
        for branch, test in zip(derive.branches, tests, strict=True):
            value = self.writer.literal(branch.value)
            with self.writer.block(f"{word} {test.possible}:"):
                self.writer.line(f"{result} = {value}" + ("" if test.is_plain else f" if {test.certain} else None"))
            word = "elif"
        with self.writer.block("else:"):
            self.writer.line(f"{result} = {self.writer.literal(derive.otherwise)}")
        return result
