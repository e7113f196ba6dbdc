"""Turns a scorecard into one Python function that scores a household in microseconds.

Whatever can be foreseen is worked out here, once: a table for each indicator (value to points) and one for the sum (to
score, look-ups and band). What remains for a household is reading, one loop over the members, and looking up.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from domain.refusal import Rejected
from domain.scorecard.canonical import scorecard_hash
from domain.scorecard.card import Arm, Indicator, Scorecard, arms_of
from domain.scorecard.derivation import Derivation
from domain.scorecard.endings import Endings
from domain.scorecard.entries import Contribution, Entry, Judge, Ledger, judge_of, ledger_of
from domain.scorecard.kinds import Kind, Names, names_of
from domain.scorecard.numbers import Result, value_of
from domain.scorecard.reader import Reader
from domain.scorecard.refusals import UnknownAnswer
from domain.scorecard.writer import Writer

_FORESEEN_BEYOND: Final = 20
"""Whole numbers foreseen beyond the last end of a band; larger ones are judged when they come."""
_FORESEEN_MAX: Final = 2000


class Scored(msgspec.Struct, frozen=True, gc=False):
    """What a scorecard says of a household: the score, every column, every look-up, and where the points came from."""

    score: Result
    outputs: Mapping[str, Result]
    lookups: Mapping[str, Result]
    indicators: tuple[Contribution, ...]
    band: str | None = None
    variant: str = ""


Scorer = Callable[..., Scored]


class Compiled(msgspec.Struct, frozen=True):
    """A scorecard ready to score: ``score(household, roster)`` gives ``Scored``.

    ``score`` raises UnknownAnswer, MissingAnswer or ScoreOutOfRange, all of them ``Rejected``.
    """

    card: Scorecard
    card_hash: bytes
    score: Scorer
    program: str
    """The generated function, for whoever wants to read it."""


def compiled(card: Scorecard, reader: Reader) -> Compiled:
    """Compile a card that was already checked."""
    names = names_of(card)
    programs: list[str] = []
    scorers: dict[Hashable, Scorer] = {}
    by_variant: dict[str, Scorer] = {}
    for arm in arms_of(card):
        scorer, program = _function(arm, card, names, reader)
        programs.append(program)
        by_variant[arm.name] = scorer
        scorers |= dict.fromkeys(arm.match, scorer)
    score = _dispatch(card, names, reader, scorers) if card.variants else by_variant[""]
    return Compiled(card, scorecard_hash(card), score, "\n".join(programs))


def _dispatch(card: Scorecard, names: Names, reader: Reader, scorers: Mapping[Hashable, Scorer]) -> Scorer:
    """Choose the set of points by the answer that the card names."""
    by = card.variant_by
    assert by is not None, "the check asks for it"
    writer = Writer()
    with writer.block("def choose(h, roster=()):"):
        derivation = Derivation(writer, names, reader, floats=card.arithmetic.type == "float")
        derivation.roster([by])
        writer.line(f"return {derivation.value(by)}")
    choose = _made(writer, "choose")
    chosen = Judge(
        Indicator("variant", by), Ledger((), card.arithmetic, 1), None, names.leaves(by), MappingProxyType({})
    )

    def score(household: object, roster: Sequence[object] = ()) -> Scored:
        value = choose(household, roster)
        scorer = scorers.get(value) if isinstance(value, Hashable) else None
        if scorer is None:
            if value is None:
                chosen.judge(None)
            raise UnknownAnswer(", ".join(names.leaves(by)), value, tuple(scorers))
        return scorer(household, roster)

    return score


def _function(arm: Arm, card: Scorecard, names: Names, reader: Reader) -> tuple[Scorer, str]:
    ledger = ledger_of(arm, card.arithmetic)
    writer = Writer()
    with writer.block("def score(h, roster=()):"):
        derivation = Derivation(writer, names, reader, floats=ledger.floats)
        derivation.roster([indicator.value for indicator in arm.indicators])
        contributions: list[str] = []
        amounts: list[list[str]] = [
            [writer.literal(ledger.amount(value_of(intercept)))] if intercept != 0 else []
            for intercept in arm.score.intercept
        ]
        for indicator in arm.indicators:
            parts = _judged(indicator, derivation, writer, ledger)
            contributions.append(parts[0])
            for column, part in zip(amounts, parts[1:], strict=True):
                column.append(part)
        totals = [writer.assign("s", " + ".join(parts) or "0") for parts in amounts]
        _write_ending(Endings(arm, names, ledger), totals, writer)
        rest = f"({', '.join(contributions)},), band, {writer.literal(arm.name)}"
        writer.line(f"return {writer.constant(Scored)}(score, outputs, lookups, {rest})")
    return _made(writer, "score"), writer.text()


def _write_ending(endings: Endings, totals: list[str], writer: Writer) -> None:
    found = f"score, outputs, lookups, band = {writer.constant(endings.of)}({', '.join(totals)})"
    if not endings.table:
        writer.line(found)
        return
    with writer.block("try:"):
        writer.line(f"score, outputs, lookups, band = {writer.constant(endings.table)}[{totals[0]}]")
    with writer.block("except KeyError:"):
        writer.line(found)


def _judged(indicator: Indicator, derivation: Derivation, writer: Writer, ledger: Ledger) -> list[str]:
    """Write the look-up of an indicator's entry; gives the variables of its contribution and amounts."""
    names = derivation.names
    kind = names.kind(indicator.value)
    value = derivation.value(indicator.value)
    judge = judge_of(indicator, ledger, kind.question if not kind.derived else None, names.leaves(indicator.value))
    table = writer.constant(_foreseen(judge, kind))
    slow = writer.constant(judge.judge)
    parts = [writer.fresh("c"), *(writer.fresh("p") for _ in ledger.columns)]
    targets = ", ".join(parts)
    if indicator.otherwise is not None and judge.question is None:
        # any other word is as good as another: asking for a default is six times as fast as failing to find it
        default = writer.constant(
            judge.ledger.entry(indicator.id, indicator.otherwise.code, indicator.otherwise.points)
        )
        writer.line(f"{targets} = {table}.get({value}, {default}) if {value}.__class__ is str else {slow}({value})")
        return parts
    with writer.block("try:"):
        writer.line(f"{targets} = {table}[{value}]")
    with writer.block("except (KeyError, TypeError):"):
        writer.line(f"{targets} = {slow}({value})")
    if indicator.bands and kind.name == "unknown":
        with writer.block(f"if {value}.__class__ is bool:"):
            writer.line(f"{targets} = {slow}({value})  # the table cannot tell yes from 1")
    return parts


def _foreseen(judge: Judge, kind: Kind) -> dict[Hashable, Entry]:
    """Judge in advance every value that can be foreseen; what a card refuses is left out, and refused when it comes."""
    table: dict[Hashable, Entry] = {}
    for value in _candidates(judge, kind):
        try:
            table[value] = judge.judge(value)
        except Rejected:
            continue
    return table


def _candidates(judge: Judge, kind: Kind) -> Iterator[Hashable]:
    yield None
    yield from judge.by_match
    yield from kind.values or ()
    if judge.indicator.coef:
        yield from range(_FORESEEN_BEYOND + 1)
        yield from (True, False) if kind.name in {"unknown", "yes_no"} else ()
    ends = [
        int(value_of(end))
        for band in judge.indicator.bands
        for end in (band.interval.low, band.interval.high)
        if end is not None
    ]
    if ends and max(ends) - min(ends) <= _FORESEEN_MAX:
        yield from range(min(ends) - 1, max(ends) + _FORESEEN_BEYOND)


def _made(writer: Writer, name: str) -> Callable[..., Any]:
    namespace: dict[str, object] = dict(writer.constants)
    exec(compile(writer.text(), "<scorecard>", "exec"), namespace)  # noqa: S102 - our own lines; card text only as repr
    return namespace[name]  # type: ignore[return-value]
