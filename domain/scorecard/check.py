"""Checks a scorecard wholly and compiles it; nothing scores with a card that has not come through here."""

import difflib
from collections.abc import Iterator

import msgspec

from domain.scorecard.card import Expression, Scorecard, arms_of
from domain.scorecard.check_indicators import indicator_problems
from domain.scorecard.check_names import derive_problems, suggestion
from domain.scorecard.check_score import card_problems, reach_problems, shape_problems, variant_problems
from domain.scorecard.compiler import Compiled, compiled
from domain.scorecard.entries import ledger_of
from domain.scorecard.finishing import in_range
from domain.scorecard.kinds import ROSTER, Names, names_of
from domain.scorecard.numbers import Result
from domain.scorecard.reach import reachable_scores
from domain.scorecard.reader import DICT_READER, Reader
from domain.scorecard.refusals import ScorecardRefused
from domain.scorecard.vectors import vector_problems

NEAR_NAMES_MAX = 3
NEAR_ENOUGH = 0.4
"""`difflib` calls has_fridge and owns_refrigerator 0.44 alike; its own 0.6 would find nothing."""


class ColumnRange(msgspec.Struct, frozen=True):
    """The least and greatest score of a column; None where the card does not bound it."""

    variant: str
    column: str
    low: Result | None
    high: Result | None


def check(card: Scorecard) -> list[str]:
    """List every problem of a card, a sentence each; an empty list means that it may be used."""
    problems = list(dict.fromkeys(_problems(card)))
    return problems or list(vector_problems(card, compiled(card, DICT_READER)))


def compile_scorecard(card: Scorecard, reader: Reader = DICT_READER) -> Compiled:
    """Check a card, run its test vectors and compile it for a shape of data.

    Raises ScorecardRefused with every problem found.
    """
    problems = list(dict.fromkeys(_problems(card)))
    if not problems and reader is not DICT_READER:
        problems = list(vector_problems(card, compiled(card, DICT_READER))) + list(_reader_problems(card, reader))
    if problems:
        raise ScorecardRefused(*problems)
    ready = compiled(card, reader)
    if reader is DICT_READER:
        problems = list(vector_problems(card, ready))
    if problems:
        raise ScorecardRefused(*problems)
    return ready


def ranges(card: Scorecard) -> list[ColumnRange]:
    """Work out what each column of a checked card can come to."""
    names = names_of(card)
    found = []
    for arm in arms_of(card):
        ledger = ledger_of(arm, card.arithmetic)
        for number, column in enumerate(arm.score.columns):
            scores = reachable_scores(arm, names, ledger, number)
            low, high = (None if end is None else in_range(end, arm.score) for end in (scores.low, scores.high))
            found.append(ColumnRange(arm.name, column, low, high))
    return found


def _problems(card: Scorecard) -> Iterator[str]:
    names = names_of(card)
    arms = arms_of(card)
    broken = False
    for problem in _of_parts(card, names):
        broken = True
        yield problem
    if not broken:
        for arm in arms:
            yield from reach_problems(arm, card.arithmetic, names)


def _of_parts(card: Scorecard, names: Names) -> Iterator[str]:
    yield from card_problems(card)
    yield from derive_problems(card, names)
    yield from variant_problems(card, names)
    for arm in arms_of(card):
        yield from shape_problems(arm, card.arithmetic)
        yield from indicator_problems(arm, card.arithmetic, names)


def _reader_problems(card: Scorecard, reader: Reader) -> Iterator[str]:
    names = names_of(card)
    for leaf in dict.fromkeys(leaf for value in _values(card) for leaf in names.leaves(value)):
        of_member = leaf.startswith(f"{ROSTER}.")
        name = leaf.removeprefix(f"{ROSTER}.")
        source = reader.member(name) if of_member else reader.household(name)
        known = reader.member_names if of_member else reader.household_names
        if source is None:
            near = difflib.get_close_matches(name, known or (), n=NEAR_NAMES_MAX, cutoff=NEAR_ENOUGH)
            meant = f"did you mean {' or '.join(map(repr, near))}?" if near else suggestion(name, known or ())
            yield f"The questionnaire has no {leaf!r}, which the card {card.id!r} asks for; {meant}"


def _values(card: Scorecard) -> Iterator[Expression]:
    for arm in arms_of(card):
        yield from (indicator.value for indicator in arm.indicators)
    if card.variant_by is not None:
        yield card.variant_by
