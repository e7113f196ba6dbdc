"""Reads programme files: the rule of a programme, the cut-offs it was given, and one to illustrate it with.

Money is written in rupees and kept in whole paisa. All that is wrong with a file is said at once, each with its key.
"""

import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path

import msgspec
from pydantic import ValidationError

from adapters.documents.places import load_places
from adapters.documents.programme_shape import (
    FORMAT,
    SHAPES,
    AmountShape,
    CutOffShape,
    IllustrationShape,
    ProgrammeShape,
)
from adapters.faults import Refused
from adapters.home import DATA
from domain.places import Places
from domain.programme import Amount, AppealRule, Relaxation, Rule
from domain.questionnaire.codes import Comparison

PROGRAMMES_FOLDER = DATA / "programmes"
PROGRAMME_BYTES_MAX = 1_000_000
PAISA_PER_RUPEE = 100
SENTENCES_MAX = 20


class ProposedCutOff(msgspec.Struct, frozen=True):
    """A cut-off that a programme file states. Without `from_day` it is the illustration's."""

    value: Decimal
    comparison: Comparison
    scorecard_id: str
    relaxed: dict[Relaxation, Decimal]
    source: str
    from_day: date | None = None


class ProgrammeDocument(msgspec.Struct, frozen=True):
    """A programme file. `cutoffs` are facts about the agency's own cards, in order of their days.

    `illustration` is what the programme is tried with where only a published card is there; it is not the agency's.
    `poorest_percent`: the share of each notified tehsil to which relief is given, where that is its rule.
    """

    programme_id: str
    rule: Rule
    cutoffs: tuple[ProposedCutOff, ...]
    illustration: ProposedCutOff | None
    poorest_percent: int | None = None


def shipped_programmes() -> dict[str, Path]:
    """The programme files that come with Gharana, by the programme's name."""
    return {path.stem: path for path in sorted(PROGRAMMES_FOLDER.glob("*.toml"))}


def find_programme_file(named: str) -> Path:
    """The file of a programme that is shipped, or the file itself. Raises Refused with the nearest names."""
    shipped = shipped_programmes()
    path = shipped.get(named, Path(named))
    if path.suffix != ".toml" or not path.is_file():
        near = get_close_matches(named, shipped, 1)
        hint = f"did you mean {near[0]}?" if near else f"those shipped are {', '.join(shipped)}."
        raise Refused(f"No programme file {named[:200]!r}: name a .toml file or a programme that is shipped; {hint}")
    return path


def load_programme(path: Path, places: Places | None = None) -> ProgrammeDocument:
    """Read a programme file. Raises Refused with a sentence for every fault: file, key, and what to do."""
    try:
        shape = ProgrammeShape.model_validate(_toml(path))
    except ValidationError as failure:
        raise _refused(path, _faults(failure)) from None
    contradictions = list(_contradictions(shape, load_places() if places is None else places))
    if contradictions:
        raise _refused(path, contradictions)
    cutoffs = sorted(map(_cutoff, shape.cutoff), key=lambda cutoff: cutoff.from_day or date.min)
    illustration = _illustration(shape.illustration) if shape.illustration else None
    return ProgrammeDocument(shape.id, _rule(shape), tuple(cutoffs), illustration, shape.poorest_percent)


def _refused(path: Path, sentences: Iterable[str]) -> Refused:
    return Refused("\n".join(f"{path}: {sentence}" for sentence in list(dict.fromkeys(sentences))[:SENTENCES_MAX]))


def _toml(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            content = file.read(PROGRAMME_BYTES_MAX + 1)
        if len(content) > PROGRAMME_BYTES_MAX:
            raise Refused(
                f"{path}: a programme file has at most {PROGRAMME_BYTES_MAX:,} bytes: is this the right file?"
            )
        document = tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except OSError as failure:
        raise Refused(f"{path}: the programme cannot be read ({failure.strerror}): give an existing file.") from failure
    except UnicodeDecodeError as failure:
        raise Refused(f"{path}: byte {failure.start} is not UTF-8: save the file as UTF-8.") from failure
    except (ValueError, InvalidOperation, RecursionError) as failure:
        raise Refused(f"{path}: not a TOML file ({failure}): mend that line.") from failure
    if document.get("format") != FORMAT:
        raise Refused(f"{path}: the format is {str(document.get('format'))[:60]!r}: write format = {FORMAT!r}.")
    return document


def _faults(failure: ValidationError) -> Iterator[str]:
    for fault in failure.errors(include_url=False, include_input=False):
        yield f"{_key(fault['loc'])}: {_remedy(fault['type'], fault['loc'], fault['msg'])}"


def _key(location: tuple[int | str, ...]) -> str:
    """The way to a value: `cutoff 2, value`."""
    said: list[str] = []
    for step in location:
        if isinstance(step, int):
            said[-1] = f"{said[-1]} {step + 1}"
        elif step != "[key]":
            said.append(step)
    return ", ".join(said)


def _remedy(kind: str, location: tuple[int | str, ...], message: str) -> str:
    if kind == "extra_forbidden":
        near = get_close_matches(str(location[-1]), _keys(), 1)
        return f"no such key is known there: {f'did you mean {near[0]}?' if near else 'remove it.'}"
    if kind == "missing":
        return "it is needed and not there: add it."
    if kind == "string_pattern_mismatch":
        return "write a name of lower-case letters, digits and underscores, such as travel_abroad."
    said = message.removeprefix("Value error, ")
    return f"{said[:1].lower()}{said[1:]}: correct it."


def _keys() -> set[str]:
    return {field.alias or name for shape in SHAPES for name, field in shape.model_fields.items()}


def _contradictions(shape: ProgrammeShape, places: Places) -> Iterator[str]:
    """What each key may say by itself, but not beside the others."""
    for code in shape.regions:
        if (problem := places.find_problem(code)) is not None:
            yield f"regions: {problem}"
    if shape.id in shape.after:
        yield f"after: {shape.id} cannot be assessed after itself: remove it."
    if shape.ages is not None and shape.ages[0] > shape.ages[1]:
        yield "ages: the first is above the second: write the lowest age first."
    if not shape.needs_score and (shape.cutoff or shape.illustration):
        yield "needs_score: a programme that does not look at the score takes no cutoff and no illustration."
    if shape.poorest_percent is not None and not (shape.relief and shape.needs_score):
        yield "poorest_percent: only relief that looks at the score takes a poorest share: add relief = true."
    if shape.poorest_percent is not None and (shape.cutoff or shape.illustration):
        yield "poorest_percent: the poorest share is the cut-off of each tehsil: remove cutoff and illustration."
    yield from _repeated("filter", (each.name for each in shape.filter))
    yield from _repeated("amount", (f"{each.what} from {each.from_day}" for each in shape.amount))
    yield from _repeated("cutoff", (f"{each.scorecard} from {each.from_day}" for each in shape.cutoff))
    stated: dict[str, CutOffShape | IllustrationShape] = {f"cutoff {n}": each for n, each in enumerate(shape.cutoff, 1)}
    if shape.illustration is not None:
        stated["illustration"] = shape.illustration
    for key, each in stated.items():
        for relaxation, value in each.relaxed.items():
            if value <= each.value:
                word = relaxation.name.lower()
                yield f"{key}, relaxed, {word}: {value} does not relax {each.value}: write a higher value."


def _repeated(key: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{key}: {name} is stated twice: keep one."
        seen.add(name)


def _rule(shape: ProgrammeShape) -> Rule:
    return Rule(
        title=shape.title,
        recipients=shape.recipients,
        needs_score=shape.needs_score,
        after=tuple(shape.after),
        regions=tuple(shape.regions),
        filters=tuple(each.name for each in shape.filter),
        verification=shape.verification,
        relief=shape.relief,
        reports=shape.reports,
        recertify_every_years=shape.recertify_every_years,
        ages=(shape.ages[0], shape.ages[1]) if shape.ages else None,
        appeal=AppealRule(shape.appeal.points_over_cutoff_max) if shape.appeal else None,
        amounts=tuple(map(_amount, shape.amount)),
        note=shape.note or "",
        source=f"{shape.source} (grade {shape.grade})",
    )


def _amount(shape: AmountShape) -> Amount:
    return Amount(shape.from_day, int(shape.pkr * PAISA_PER_RUPEE), shape.what, _sourced(shape))


def _cutoff(shape: CutOffShape) -> ProposedCutOff:
    return ProposedCutOff(
        shape.value, shape.comparison, shape.scorecard, shape.relaxed, _sourced(shape), shape.from_day
    )


def _illustration(shape: IllustrationShape) -> ProposedCutOff:
    return ProposedCutOff(shape.value, shape.comparison, shape.scorecard, shape.relaxed, shape.note)


def _sourced(shape: AmountShape | CutOffShape) -> str:
    day = f"; day: {shape.from_note}" if shape.from_note else ""
    return f"{shape.source} (grade {shape.grade}{day})"
