"""Runs the test vectors that a card carries: a card that does not give what it says it gives is not used."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from domain.refusal import Rejected
from domain.scorecard.card import AnswersVector, Code, Lookup, Scorecard, ScoreVector, arms_of
from domain.scorecard.compiler import Compiled, Scored
from domain.scorecard.finishing import lookup_row, round_to_printed
from domain.scorecard.numbers import Exact, Number, as_printed, text_of, value_of

Answers = Mapping[str, Code | Exact | None]


def vector_problems(card: Scorecard, compiled: Compiled) -> Iterator[str]:
    for number, vector in enumerate(card.score_vectors, 1):
        for problem in _of_scores(vector, card):
            yield f"Score vector {number}: {problem}"
    for number, filled in enumerate(card.answers_vectors, 1):
        for problem in _of_answers(filled, compiled):
            yield f"Answers vector {number}: {problem}"


def plain_answers(answers: Answers) -> dict[str, object]:
    """Give a vector's answers as compiled code reads them."""
    return {name: value_of(answer) if isinstance(answer, Exact) else answer for name, answer in answers.items()}


def _of_scores(vector: ScoreVector, card: Scorecard) -> Iterator[str]:
    for column, expected in vector.expected:
        lookup = _lookup_with(column, card)
        if lookup is None:
            yield f"no look-up has the column {column!r}."
            continue
        place = [item.name for item in lookup.columns].index(column)
        rows = [lookup_row(lookup, Fraction(value_of(score))) for score in vector.scores]
        if len(expected) != len(vector.scores) or None in rows:
            yield f"{column!r} needs one value for each score, and every score a row in the look-up."
            continue
        found = [row.values[place] for row in rows if row is not None]
        for score, value, wanted in zip(vector.scores, found, expected, strict=True):
            if value_of(value) != value_of(wanted):
                yield f"{column!r} of {_print(score)} is {_print(value)}, and {_print(wanted)} was expected."
        yield from _of_group(vector, [Fraction(value_of(value)) for value in found])


def _of_group(vector: ScoreVector, found: list[Fraction]) -> Iterator[str]:
    if vector.group_rate is None:
        return
    if len(vector.expected) != 1:
        yield "a group rate goes with exactly one column of the look-up."
        return
    rate = round_to_printed(sum(found, start=Fraction(0)) / len(found), vector.group_rate)
    if Fraction(rate) != value_of(vector.group_rate):
        yield f"the group rate comes out as {text_of(rate)}, and {_print(vector.group_rate)} was expected."


def _lookup_with(column: str, card: Scorecard) -> Lookup | None:
    lookups = (lookup for arm in arms_of(card) for lookup in arm.lookups)
    return next((lookup for lookup in lookups if any(item.name == column for item in lookup.columns)), None)


def _of_answers(vector: AnswersVector, compiled: Compiled) -> Iterator[str]:
    try:
        scored = compiled.score(plain_answers(vector.answers), [plain_answers(member) for member in vector.roster])
    except Rejected as refusal:
        yield f"it was refused: {refusal}"
        return
    yield from _compared(vector, scored)


def _compared(vector: AnswersVector, scored: Scored) -> Iterator[str]:
    if vector.score is not None and Fraction(scored.score) != value_of(vector.score):
        yield f"the score is {text_of(scored.score)}, and {_print(vector.score)} was expected."
    for what, expected, found in (
        ("output", vector.outputs, scored.outputs),
        ("look-up", vector.lookups, scored.lookups),
    ):
        for name, wanted in expected:
            if name not in found:
                yield f"there is no {what} {name!r}."
            elif Fraction(found[name]) != value_of(wanted):
                yield f"the {what} {name!r} is {text_of(found[name])}, and {_print(wanted)} was expected."
    levels = {contribution.id: contribution.level for contribution in scored.indicators}
    for identifier, code in vector.levels:
        if levels.get(identifier) != code:
            yield f"the level of {identifier!r} is {levels.get(identifier)!r}, and {code!r} was expected."


def _print(number: Number) -> str:
    return text_of(as_printed(number))
