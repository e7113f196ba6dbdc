"""Checks the indicators of a card: points, levels that meet, bands that neither overlap nor leave anything out."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from domain.scorecard.card import Arithmetic, Arm, Band, Indicator, Level, Outcome, Pick, Score, Step
from domain.scorecard.check_names import expression_problems, suggestion
from domain.scorecard.intervals import END, Cut, Stretch, contains, gaps, overlaps, stretch_of
from domain.scorecard.kinds import Kind, Names
from domain.scorecard.numbers import Exact, Number, tidy, value_of
from domain.scorecard.operators import LINKS, STEPS
from domain.scorecard.refusals import listed

_NOT_NUMBERS: Final = ("yes_no", "pair")


def indicator_problems(arm: Arm, arithmetic: Arithmetic, names: Names) -> Iterator[str]:
    place = f" of variant {arm.name!r}" if arm.name else ""
    if not arm.indicators:
        yield f"The card{place} has no indicators; it needs at least one."
    for identifier, times in Counter(indicator.id for indicator in arm.indicators).items():
        if times > 1:
            yield f"Indicator {identifier!r}{place} stands there {times} times; give each its own id."
    for indicator in arm.indicators:
        for problem in _of_indicator(indicator, arm.score, arithmetic, names):
            yield f"Indicator {indicator.id!r}{place}: {problem}"


def number_problems(number: Number, arithmetic: Arithmetic) -> Iterator[str]:
    """Hold a number of the card to the declared arithmetic."""
    text = number.text if isinstance(number, Exact) else str(number)
    if arithmetic.type == "integer" and not isinstance(value_of(number), int):
        yield f"{text} is not a whole number; declare the arithmetic 'decimal' or 'rational', or correct it."
    if arithmetic.type == "decimal" and isinstance(tidy(value_of(number)), Fraction):
        yield f"{text} is not a finite decimal; declare the arithmetic 'rational', or correct it."


def step_problems(steps: tuple[Step, ...], arithmetic: Arithmetic) -> Iterator[str]:
    for step in steps:
        if step.do in LINKS:
            if arithmetic.type != "float":
                yield f"the link {step.do!r} is computed in float64; declare arithmetic type 'float' and a quantum."
        elif step.do not in STEPS:
            yield f"there is no step {step.do!r}; {suggestion(step.do, (*STEPS, *LINKS))}"
        elif step.do == "div" and value_of(step.by) == 0:
            yield "a step divides by zero; correct it."
        elif step.do == "div" and arithmetic.type == "integer":
            yield "a step divides, which whole numbers do not survive; declare the arithmetic 'decimal' or 'rational'."


def _of_indicator(indicator: Indicator, score: Score, arithmetic: Arithmetic, names: Names) -> Iterator[str]:
    problems = list(expression_problems(indicator.value, names))
    yield from problems
    outcomes: list[Level | Band | Outcome] = [*indicator.levels, *indicator.bands, *_given(indicator)]
    yield from _of_points(indicator, outcomes, score, arithmetic)
    yield from _of_codes(outcomes)
    if indicator.coef:
        if indicator.levels or indicator.bands or indicator.otherwise:
            yield "a coefficient stands alone; take levels, bands and otherwise away, or the coefficient."
        if names.kind(indicator.value).name in {"code", "pair"}:
            yield "a coefficient multiplies a number or a yes, and this value is neither; use levels."
        yield from step_problems(indicator.transform, arithmetic)
        return
    if indicator.transform:
        yield "only a coefficient's value is transformed; take the transform away or give a coef."
    if not (indicator.levels or indicator.bands):
        yield "it has neither levels nor bands nor a coefficient; give one of them."
        return
    if not problems:
        kind = names.kind(indicator.value)
        yield from _of_levels(indicator, kind)
        yield from _of_bands(indicator, kind)
        yield from _of_nobody(indicator, names)


def _given(indicator: Indicator) -> list[Outcome]:
    return [outcome for outcome in (indicator.otherwise, indicator.missing) if outcome is not None]


def _of_points(
    indicator: Indicator, outcomes: list[Level | Band | Outcome], score: Score, arithmetic: Arithmetic
) -> Iterator[str]:
    width = len(score.columns)
    without = [outcome.code for outcome in outcomes if not outcome.points]
    if without:
        yield f"there are no points for {listed(without)}; a card without points cannot score, so supply the agency's."
    for outcome in outcomes:
        if outcome.points and len(outcome.points) != width:
            yield f"{outcome.code!r} has {len(outcome.points)} points for {width} columns; give one for each column."
    if indicator.coef and len(indicator.coef) != width:
        yield f"there are {len(indicator.coef)} coefficients for {width} columns; give one for each column."
    for number in (*indicator.coef, *(number for outcome in outcomes for number in outcome.points)):
        yield from number_problems(number, arithmetic)


def _of_codes(outcomes: list[Level | Band | Outcome]) -> Iterator[str]:
    points: dict[str, tuple[Number, ...]] = {}
    for outcome in outcomes:
        if points.setdefault(outcome.code, outcome.points) != outcome.points:
            yield f"the code {outcome.code!r} stands for different points; give each level its own code."


def _of_levels(indicator: Indicator, kind: Kind) -> Iterator[str]:
    matches = Counter(match for level in indicator.levels for match in level.match)
    for match, times in matches.items():
        if times > 1:
            yield f"{match!r} matches {times} times; an answer belongs to one level."
    if any(not level.match for level in indicator.levels):
        yield "a level matches nothing; list its answers in 'match'."
    if kind.values is None:
        return
    never = [match for match in matches if match not in kind.values]
    if never:
        values = listed(_in_order(kind.values))
        yield f"{listed(never)} can never be the value, which is one of {values}; correct the match."
    if indicator.otherwise is None:
        left = [value for value in kind.values if value not in matches and not _in_a_band(indicator, value)]
        if left:
            yield f"no level is there for {listed(_in_order(left))}; add one, or 'otherwise'."


def _of_bands(indicator: Indicator, kind: Kind) -> Iterator[str]:
    if not indicator.bands:
        return
    if kind.name in _NOT_NUMBERS:
        yield "bands are for numbers, and the value is yes or no, or several answers; use levels."
        return
    integers = _counts_whole(indicator, kind)
    stretches = [(f"band {band.code!r}", stretch_of(band.interval, integers=integers)) for band in indicator.bands]
    for name, stretch in stretches:
        if stretch.is_empty:
            yield f"{name} holds no number; correct its ends."
    if any(stretch.is_empty for _, stretch in stretches):
        return
    stretches += [
        (f"level {level.code!r}", Stretch((match, 0), (match + int(integers), int(not integers))))
        for level in indicator.levels
        for match in level.match
        if isinstance(match, int) and not isinstance(match, bool)
    ]
    for overlap in overlaps(stretches):
        yield f"{overlap}; a number belongs to one band."
    if indicator.otherwise is None and kind.values is None:
        for gap in gaps(stretches, *_ends(kind)):
            yield f"the bands leave out {gap}; add a band, or 'otherwise'."


def _of_nobody(indicator: Indicator, names: Names) -> Iterator[str]:
    """A pick may find nobody; the card must say what that is worth."""
    derive = names.derives.get(indicator.value) if isinstance(indicator.value, str) else None
    if not isinstance(derive, Pick) or derive.if_none is None or indicator.otherwise is not None:
        return
    value = value_of(derive.if_none) if isinstance(derive.if_none, Exact) else derive.if_none
    if not any(value in level.match for level in indicator.levels) and not _in_a_band(indicator, value):
        yield f"no level is there for {value!r}, which the value is where nobody is picked; add one."


def _in_a_band(indicator: Indicator, value: object) -> bool:
    number = isinstance(value, int | Fraction) and not isinstance(value, bool)
    return number and any(contains(band.interval, value) for band in indicator.bands)  # type: ignore[arg-type]


def _counts_whole(indicator: Indicator, kind: Kind) -> bool:
    """Say whether the bands are over whole numbers: declared or derived so, or written with whole ends only."""
    if kind.name in {"count", "ratio"} or kind.question is not None:
        return kind.name == "count"
    ends = [end for band in indicator.bands for end in (band.interval.low, band.interval.high) if end is not None]
    return all(isinstance(value_of(end), int) for end in ends)


def _ends(kind: Kind) -> tuple[Cut | None, Cut | None]:
    """Give where the value begins and ends, as far as it is known."""
    question = kind.question
    low = None if question is None or question.low is None else value_of(question.low)
    high = None if question is None or question.high is None else value_of(question.high)
    if kind.name == "count":
        return (0 if low is None else low, 0), END if high is None else (high + 1, 0)
    return None if low is None else (low, 0), None if high is None else (high, 1)


def _in_order(values: object) -> list[object]:
    return sorted(values, key=repr)  # type: ignore[call-overload,no-any-return]
