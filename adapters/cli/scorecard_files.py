"""Scores files of answers with a scorecard file, and checks scorecard files: pure work that needs no registry.

A line that cannot be scored gives a line that says why; the others are scored all the same.
"""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

import msgspec

from adapters.documents.usable_scorecard import adoption_problems, compiled_file
from domain.refusal import Rejected
from domain.scorecard import (
    ColumnRange,
    Compiled,
    Result,
    Scorecard,
    Scored,
    ranges,
    text_of,
)
from domain.scorecard.card import arms_of

LINE_BYTES_MAX: Final = 262_144
"""A household of fifty with every question answered stays under a quarter of this."""
ID_CHARACTERS_MAX: Final = 500

_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)


class CheckedCard(msgspec.Struct, frozen=True):
    """What there is to know of a scorecard file that is in order."""

    id: str
    title: str
    note: str
    hash: str
    arithmetic: str
    indicators: int
    """All of them, of all variants."""
    ranges: list[ColumnRange]
    vectors: int
    """Test vectors in the card, all of which came out."""
    adoptable: bool
    """Whether the registry's questionnaire has every name that the card reads; scoring files does not need that."""
    not_adoptable_because: list[str]


class _Unscored(Exception):
    """Why a line gives no score, and the id it is known by, if it has one."""

    def __init__(self, identifier: object, sentence: str) -> None:
        self.identifier = identifier
        self.sentence = sentence
        super().__init__(sentence)


def check_card(path: Path) -> CheckedCard:
    """Check a scorecard file wholly; raises Refused with every problem, a line each."""
    compiled = compiled_file(path)
    card = compiled.card
    problems = adoption_problems(card)
    return CheckedCard(
        card.id,
        card.title,
        card.note.strip(),
        compiled.card_hash.hex(),
        _arithmetic(card),
        len({indicator.id for arm in arms_of(card) for indicator in arm.indicators}),
        ranges(card),
        len(card.score_vectors) + len(card.answers_vectors),
        not problems,
        problems,
    )


def score_lines(card_path: Path, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Score lines of ``{"id", "answers", "roster"}`` with a scorecard file; gives a line of JSON for each.

    Numbers come out exactly: 57.6 as 57.6, seven eighteenths as "7/18". Empty lines are passed over.
    Raises Refused where the card cannot be used.
    """
    compiled = compiled_file(card_path)
    return _scored_lines(compiled, lines)


def _scored_lines(compiled: Compiled, lines: Iterable[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield (_line(compiled, line, number) + "\n").encode()


def _line(compiled: Compiled, line: bytes, number: int) -> str:
    identifier: object = None
    try:
        identifier, answers, roster = _household(line, number)
        scored = compiled.score(answers, roster)
    except _Unscored as unscored:
        return _object(id=_json(unscored.identifier), error=_json(unscored.sentence))
    except Rejected as refusal:
        return _object(id=_json(identifier), error=_json(f"Line {number}: {refusal}"))
    return _printed(identifier, scored)


def _household(line: bytes, number: int) -> tuple[object, Mapping[str, object], Sequence[Mapping[str, object]]]:
    """Read one line; raises _Unscored with a sentence that names the line."""
    document = _decoded(line, number)
    identifier = document.get("id")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int | Decimal):
        raise _Unscored(None, f'Line {number} has no "id" (a text or a number); give each household its own.')
    if len(str(identifier)) > ID_CHARACTERS_MAX:
        raise _Unscored(None, f"Line {number}: the id has more than {ID_CHARACTERS_MAX} characters; shorten it.")
    if len(line) > LINE_BYTES_MAX:
        raise _Unscored(
            identifier,
            f"Line {number} is {len(line):,} bytes long, and a household has at most {LINE_BYTES_MAX:,}; "
            f"look for a field that swallowed others.",
        )
    answers, roster = document.get("answers", {}), document.get("roster", [])
    if not isinstance(answers, dict):
        raise _Unscored(identifier, f'Line {number}: "answers" must be an object of names and values.')
    if not isinstance(roster, list) or not all(isinstance(member, dict) for member in roster):
        raise _Unscored(identifier, f'Line {number}: "roster" must be a list of objects, one for each member.')
    return identifier, answers, roster


def _decoded(line: bytes, number: int) -> dict[str, object]:
    try:
        document = _DECODER.decode(line)
    except (msgspec.DecodeError, RecursionError, ValueError, ArithmeticError) as error:
        raise _Unscored(None, _why_not_json(line, number, error)) from None
    if not isinstance(document, dict):
        raise _Unscored(None, f'Line {number} is not a JSON object; write {{"id": ..., "answers": {{...}}}}.')
    return document


def _why_not_json(line: bytes, number: int, error: Exception) -> str:
    try:
        line.decode()
    except UnicodeDecodeError as broken:
        return f"Line {number} is not UTF-8 at byte {broken.start}; save the file as UTF-8."
    return f"Line {number} is not JSON: {str(error)[:200]}; correct it."


def _printed(identifier: object, scored: Scored) -> str:
    indicators = (
        f'{{"id": {_name(given.id)}, "level": {_name(given.level)}, "points": {_points(given.points)}}}'
        for given in scored.indicators
    )
    return _object(
        id=_json(identifier),
        score=exact_json(scored.score),
        outputs=_numbers(scored.outputs),
        lookups=_numbers(scored.lookups),
        indicators=f"[{', '.join(indicators)}]",
    )


def _points(points: Result | Mapping[str, Result]) -> str:
    return _numbers(points) if isinstance(points, Mapping) else exact_json(points)


def exact_json(number: Result) -> str:
    """Print a number as JSON with its exact digits; one without a finite decimal is a text such as "7/18"."""
    return f'"{number}"' if isinstance(number, Fraction) else text_of(number)


def _numbers(numbers: Mapping[str, Result]) -> str:
    return "{" + ", ".join(f"{_name(name)}: {exact_json(value)}" for name, value in numbers.items()) + "}"


def _object(**members: str) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in members.items()) + "}"


@functools.lru_cache(maxsize=4096)
def _name(text: str | None) -> str:
    """Write a name of the card; a card has few of them, and they come again with every household."""
    return json.dumps(text, ensure_ascii=False)


def _json(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _arithmetic(card: Scorecard) -> str:
    quantum = card.arithmetic.quantum
    if quantum is None:
        return card.arithmetic.type
    written = quantum if isinstance(quantum, int) else quantum.text
    return f"{card.arithmetic.type}, rounded ({card.arithmetic.rounding}) to {written}"
