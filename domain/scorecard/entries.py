"""What one indicator makes of one value: the level, its points, and the amount that goes into the sum.

This is the only place that knows levels, bands and coefficients. The compiler asks it once for every value it can
foresee and keeps the answers in a table; when scoring it is asked again only for values that are not in the table.
"""

import math
from collections.abc import Hashable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from domain.scorecard.card import Arithmetic, Arm, Indicator, Question
from domain.scorecard.finishing import rounded
from domain.scorecard.intervals import contains
from domain.scorecard.numbers import Number, Result, as_printed, number_from, tidy, value_of
from domain.scorecard.operators import Real, stepped
from domain.scorecard.refusals import MissingAnswer, UnknownAnswer


class Contribution(NamedTuple):
    """What an indicator gave: its level (None for a coefficient) and points, by column where there are several."""

    id: str
    level: str | None
    points: Result | Mapping[str, Result]


Entry = tuple[Contribution, *tuple[Real, ...]]
"""The contribution, then the amount for each column: whole numbers over the arm's denominator, or floats."""


class Ledger(msgspec.Struct, frozen=True):
    """How an arm's points are added up: exactly, in whole multiples of one over the denominator, or as floats."""

    columns: tuple[str, ...]
    arithmetic: Arithmetic
    denominator: int

    @property
    def floats(self) -> bool:
        return self.arithmetic.type == "float"

    def amount(self, points: Real) -> Real:
        if self.floats:
            return float(points)
        assert not isinstance(points, float), "exact cards see no floats"
        exact = points * self.denominator
        return exact.numerator if exact.denominator == 1 else exact

    def total(self, amount: Real) -> Real:
        """Undo ``amount`` for a finished sum."""
        return amount if isinstance(amount, float) else Fraction(amount) / self.denominator

    def entry(self, indicator: str, level: str, points: tuple[Number, ...]) -> Entry:
        amounts = tuple(self.amount(value_of(number)) for number in points)
        return (Contribution(indicator, level, self._named(tuple(map(as_printed, points)))), *amounts)

    def linear(self, indicator: str, coef: tuple[Number, ...], value: Real) -> Entry:
        if self.floats:
            products: tuple[Real, ...] = tuple(float(value_of(number)) * float(value) for number in coef)
            printed = tuple(rounded(product, self.arithmetic) for product in products)
        else:
            products = tuple(value_of(number) * value for number in coef)
            printed = tuple(tidy(product) for product in products if not isinstance(product, float))
        return (Contribution(indicator, None, self._named(printed)), *map(self.amount, products))

    def _named(self, points: tuple[Result, ...]) -> Result | Mapping[str, Result]:
        if len(points) == 1:
            return points[0]
        return MappingProxyType(dict(zip(self.columns, points, strict=True)))  # shared by many households


def ledger_of(arm: Arm, arithmetic: Arithmetic) -> Ledger:
    """Find the common denominator of everything that an arm adds up."""
    numbers: list[Number] = list(arm.score.intercept)
    for indicator in arm.indicators:
        numbers += indicator.coef
        outcomes = (*indicator.levels, *indicator.bands, indicator.otherwise, indicator.missing)
        numbers += [number for outcome in outcomes if outcome is not None for number in outcome.points]
    denominators = (value_of(number).denominator for number in numbers)
    return Ledger(arm.score.columns, arithmetic, math.lcm(*denominators))


class Judge(msgspec.Struct, frozen=True):
    """An indicator ready to judge values: its matches by word, and the names a refusal speaks of."""

    indicator: Indicator
    ledger: Ledger
    question: Question | None
    """The declared answer that the value is, if it is one."""
    needs: tuple[str, ...]
    """The answers that the value is worked out from."""
    by_match: Mapping[Hashable, Entry]

    def judge(self, value: object) -> Entry:
        """Give the entry for a value; raises UnknownAnswer and MissingAnswer."""
        indicator = self.indicator
        if value is None:
            if indicator.missing is None:
                raise MissingAnswer(indicator.id, self.needs)
            return self.ledger.entry(indicator.id, indicator.missing.code, indicator.missing.points)
        self._refuse_undeclared(value)
        found = self.by_match.get(value) if _is_code(value) else None
        if found is not None:
            return found
        if indicator.coef:
            return self._linear(value)
        number = number_from(value, floats=self.ledger.floats)
        for band in indicator.bands:
            if number is not None and contains(band.interval, number):
                return self.ledger.entry(indicator.id, band.code, band.points)
        if indicator.otherwise is not None and _is_code(value):
            return self.ledger.entry(indicator.id, indicator.otherwise.code, indicator.otherwise.points)
        raise UnknownAnswer(self._asked, value, self._allowed())

    def _linear(self, value: object) -> Entry:
        number = int(value) if isinstance(value, bool) else number_from(value, floats=self.ledger.floats)
        if number is None:
            raise UnknownAnswer(self._asked, value, ("a number",))
        try:
            moved = stepped(float(number) if self.ledger.floats else number, self.indicator.transform)
            return self.ledger.linear(self.indicator.id, self.indicator.coef, moved)
        except (ValueError, OverflowError) as error:
            raise UnknownAnswer(self._asked, value, (f"a number that the card can use ({error})",)) from error

    @property
    def _asked(self) -> str:
        return self.needs[0] if len(self.needs) == 1 else self.indicator.id

    def _allowed(self) -> tuple[object, ...]:
        bands = tuple(f"a number in band {band.code}" for band in self.indicator.bands)
        return (*self.by_match, *bands)

    def _refuse_undeclared(self, value: object) -> None:
        question = self.question
        if question is None or question_allows(question, value):
            return
        raise UnknownAnswer(question.name, value, allowed_by(question))


def judge_of(indicator: Indicator, ledger: Ledger, question: Question | None, needs: tuple[str, ...]) -> Judge:
    matches: dict[Hashable, Entry] = {
        match: ledger.entry(indicator.id, level.code, level.points)
        for level in indicator.levels
        for match in level.match
    }
    return Judge(indicator, ledger, question, needs, matches)


def question_allows(question: Question, value: object) -> bool:
    """Say whether a declared answer may hold this value."""
    if question.kind == "code":
        return value in question.codes
    if question.kind == "word":
        return isinstance(value, str)
    if question.kind == "yes_no":
        return isinstance(value, int) and value in (0, 1)
    number = number_from(value, floats=True)
    if number is None or (question.kind == "count" and (number < 0 or number != int(number))):
        return False
    return (question.low is None or number >= value_of(question.low)) and (
        question.high is None or number <= value_of(question.high)
    )


def allowed_by(question: Question) -> tuple[object, ...]:
    if question.kind == "code":
        return question.codes
    if question.kind == "yes_no":
        return (True, False)
    if question.kind == "word":
        return ("any text",)
    low = "" if question.low is None else f" from {as_printed(question.low)}"
    high = "" if question.high is None else f" up to {as_printed(question.high)}"
    return (f"a {'whole number' if question.kind == 'count' else 'number'}{low}{high}",)


def _is_code(value: object) -> bool:
    """Say whether a value can be looked up at all; lists and objects cannot."""
    return isinstance(value, Hashable)
