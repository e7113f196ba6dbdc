"""Checks what a card does with the sum: arithmetic, range, classification, and look-ups for every reachable score."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from domain.refusal import Rejected
from domain.scorecard.card import Arithmetic, Arm, Lookup, Scorecard
from domain.scorecard.check_indicators import number_problems, step_problems
from domain.scorecard.check_names import expression_problems, suggestion
from domain.scorecard.entries import ledger_of
from domain.scorecard.finishing import ROUNDING, in_range, lookup_row
from domain.scorecard.intervals import BEGINNING, END, Stretch, gaps, overlaps, stretch_of
from domain.scorecard.kinds import Names
from domain.scorecard.numbers import Result, as_printed, text_of, value_of
from domain.scorecard.reach import Scores, reachable_scores
from domain.scorecard.refusals import listed

TYPES: Final = ("integer", "decimal", "rational", "float")
DIRECTIONS: Final = ("higher_is_better_off", "higher_is_poorer")


def card_problems(card: Scorecard) -> Iterator[str]:
    arithmetic = card.arithmetic
    if not card.id or not card.title:
        yield "The card needs an id and a title."
    if card.direction not in DIRECTIONS:
        yield f"There is no direction {card.direction!r}; {suggestion(card.direction, DIRECTIONS)}"
    if card.status == "structure_only":
        yield "The card says itself that it is structure only: its points are not published, so it cannot score."
    if arithmetic.type not in TYPES:
        yield f"There is no arithmetic {arithmetic.type!r}; {suggestion(arithmetic.type, TYPES)}"
    if arithmetic.type == "float" and arithmetic.quantum is None:
        yield "A card of floats needs [arithmetic] quantum, what its scores are rounded to."
    if arithmetic.quantum is not None and value_of(arithmetic.quantum) <= 0:
        yield "The quantum must be greater than zero."
    if arithmetic.rounding not in ROUNDING:
        yield f"There is no rounding {arithmetic.rounding!r}; {suggestion(arithmetic.rounding, ROUNDING)}"


def variant_problems(card: Scorecard, names: Names) -> Iterator[str]:
    if bool(card.variants) != (card.variant_by is not None):
        yield "Variants need [variants] by = the answer that chooses among them, and at least one [[variant]]."
    if card.variant_by is not None:
        yield from (f"The variants' choice: {problem}" for problem in expression_problems(card.variant_by, names))
    for identifier, times in Counter(variant.id for variant in card.variants).items():
        if times > 1 or not identifier:
            yield f"Variant {identifier!r} stands there {times} times; give each its own id."
    matches = Counter(match for variant in card.variants for match in variant.match)
    yield from (
        f"{match!r} chooses {times} variants; it may choose one." for match, times in matches.items() if times > 1
    )
    yield from (f"Variant {variant.id!r} matches nothing." for variant in card.variants if not variant.match)
    columns = {variant.score.columns for variant in card.variants if variant.score is not None} | {card.score.columns}
    if card.variants and len(columns) > 1:
        yield "All variants must have the same columns."
    values = names.kind(card.variant_by).values if card.variant_by is not None else None
    left = sorted((value for value in values if value not in matches), key=repr) if values is not None else []
    if left:
        yield f"No variant is there for {listed(left)}; add one."


def shape_problems(arm: Arm, arithmetic: Arithmetic) -> Iterator[str]:
    """Check what must be right before a range can be worked out."""
    score = arm.score
    if len(set(score.columns)) != len(score.columns) or not score.columns:
        yield f"The columns {listed(score.columns)} must be different, and at least one."
    if score.main not in score.columns:
        yield f"The main column {score.main!r} is not a column; {suggestion(score.main, score.columns)}"
    if len(score.intercept) != len(score.columns):
        yield f"There are {len(score.intercept)} intercepts for {len(score.columns)} columns; give one for each."
    for number in score.intercept:
        yield from (f"Intercept: {problem}" for problem in number_problems(number, arithmetic))
    yield from (f"Score: {problem}" for problem in step_problems(score.steps, arithmetic))
    if score.low is not None and score.high is not None and value_of(score.low) >= value_of(score.high):
        yield "The range of the score must go from a lower to a higher number."
    if score.out_of_range not in {"error", "clamp"}:
        yield f"out_of_range is 'error' or 'clamp', not {score.out_of_range!r}."


def reach_problems(arm: Arm, arithmetic: Arithmetic, names: Names) -> Iterator[str]:
    """Check range, bands and look-ups against every score that the points can come to."""
    ledger = ledger_of(arm, arithmetic)
    for number, column in enumerate(arm.score.columns):
        try:
            scores = reachable_scores(arm, names, ledger, number)
        except Rejected as refusal:
            yield f"Column {column!r}: {refusal}"
            continue
        beyond = list(_beyond(arm, scores))
        yield from (f"Column {column!r}: {problem}" for problem in beyond)
        if beyond:
            continue
        limited = _limited(arm, scores)
        if column == arm.score.main:
            yield from _of_bands(arm, arithmetic, limited)
        for lookup in arm.lookups:
            if any(item.by == column for item in lookup.columns):
                yield from (f"Look-up by {column!r}: {problem}" for problem in _of_lookup(lookup, arithmetic, limited))
    yield from _of_lookup_names(arm)


def _beyond(arm: Arm, scores: Scores) -> Iterator[str]:
    for end in dict.fromkeys((scores.low, scores.high)):
        if end is not None:
            try:
                in_range(end, arm.score)
            except Rejected as refusal:
                yield str(refusal)


def _limited(arm: Arm, scores: Scores) -> Scores:
    """Apply the declared range to what is reachable."""
    if scores.each is not None:
        each = frozenset(in_range(score, arm.score) for score in scores.each)
        return Scores(min(each), max(each), each)
    low, high = arm.score.low, arm.score.high
    return Scores(
        in_range(scores.low, arm.score) if scores.low is not None else (None if low is None else as_printed(low)),
        in_range(scores.high, arm.score) if scores.high is not None else (None if high is None else as_printed(high)),
    )


def _of_bands(arm: Arm, arithmetic: Arithmetic, scores: Scores) -> Iterator[str]:
    integers = arithmetic.type == "integer"
    stretches = [(f"band {band.code!r}", stretch_of(band.interval, integers=integers)) for band in arm.bands]
    empty = [name for name, stretch in stretches if stretch.is_empty]
    yield from (f"Classification: {name} holds no score; correct its ends." for name in empty)
    if empty or not stretches:
        return
    yield from (f"Classification: {overlap}; a score belongs to one band." for overlap in overlaps(stretches))
    start = BEGINNING if scores.low is None else (Fraction(scores.low), 0)
    end = END if scores.high is None else (Fraction(scores.high) + int(integers), int(not integers))
    yield from (f"Classification: the bands leave out {gap}; add a band." for gap in gaps(stretches, start, end))


def _of_lookup(lookup: Lookup, arithmetic: Arithmetic, scores: Scores) -> Iterator[str]:
    grid = Fraction(1) if arithmetic.type == "integer" else None
    if arithmetic.quantum is not None:
        grid = Fraction(value_of(arithmetic.quantum))
    unit = grid or Fraction(1)
    stretches = [
        (f"row {text_of(as_printed(row.low))}", _over_grid(value_of(row.low), value_of(row.high), unit))
        for row in lookup.rows
    ]
    yield from (f"{overlap}; a score has one row." for overlap in overlaps(stretches))
    if scores.each is not None:
        missed = sorted(score for score in scores.each if lookup_row(lookup, Fraction(score)) is None)
        if missed:
            yield f"there is no row for {listed(map(text_of, missed))}, which the points can come to; add the rows."
    elif grid is None:
        yield "its scores are not on a grid; declare [arithmetic] quantum, so that every score can have a row."
    elif scores.low is None or scores.high is None or not stretches:
        yield "the range of the scores is not known; declare [score] range, and give rows for it."
    else:
        whole = _over_grid(scores.low, scores.high, unit)
        for gap in gaps(stretches, whole.start, whole.end):
            yield f"there is no row for {gap}; add the rows."


def _over_grid(low: Result | int, high: Result | int, unit: Fraction) -> Stretch:
    """Stretch a row up to where the next may begin, one grid step further, so that neighbouring rows meet."""
    return Stretch((Fraction(low), 0), (Fraction(high) + unit, 0))


def _of_lookup_names(arm: Arm) -> Iterator[str]:
    names = Counter(item.name for lookup in arm.lookups for item in lookup.columns)
    yield from (f"Look-up column {name!r} stands there {times} times." for name, times in names.items() if times > 1)
    for lookup in arm.lookups:
        for item in lookup.columns:
            if item.by not in arm.score.columns:
                yield f"Look-up column {item.name!r} is read by {item.by!r}; {suggestion(item.by, arm.score.columns)}"
        if any(len(row.values) != len(lookup.columns) for row in lookup.rows):
            yield "A row of the look-up has more or fewer values than there are columns."
