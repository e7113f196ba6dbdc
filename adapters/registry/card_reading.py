"""What a card reads of one household: the value behind each indicator, and every answer that is missing for it."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
from msgspec.structs import replace

from domain.household.state import Household
from domain.questionnaire.answers import Member
from domain.questionnaire.codes import Asset, Livestock
from domain.questionnaire.vocabulary import HOUSEHOLD_READER, MEMBER_WORDS
from domain.refusal import Rejected
from domain.scorecard.canonical import decode_card
from domain.scorecard.card import Expression, Indicator, Level, Score, Scorecard, arms_of
from domain.scorecard.compiler import Compiled, Scorer, compiled
from domain.scorecard.kinds import ROSTER, Kind, names_of
from domain.scorecard.refusals import MissingAnswer, UnknownAnswer

CARDS_KEPT = 16
_OF_ROSTER = f"{ROSTER}."
_MEMBER_FIELD = re.compile(r"\bm\.(\w+)")
_GOODS = {f"owns_{asset.word}": f"{asset.word} among the assets" for asset in Asset} | {
    f"{asked}_{animal.word}": f"{animal.word} among the livestock"
    for animal in Livestock
    for asked in ("owns", "number_of")
}


class Reading(msgspec.Struct, frozen=True):
    """What one indicator reads: `value` in words, or the answers it lacks, in the words of the questionnaire."""

    indicator: str
    question: str
    value: str | None
    missing: tuple[str, ...] = ()


class _Probe(msgspec.Struct, frozen=True):
    """One indicator made to say the value it reads, and to refuse an answer as the card itself does.

    `answers` read each answer of the household that the value is worked out from.
    """

    indicator: Indicator
    kind: Kind
    read: Scorer
    judge: Scorer
    answers: dict[str, Scorer]


def readings(content: bytes, household: Household) -> tuple[Reading, ...]:
    """What each indicator of a stored card reads of a household; of a card with variants, those of its own variant."""
    probes = _probes(content)
    return tuple(_reading(probe, household) for probe in probes.get(_variant(content, household), ()))


def _reading(probe: _Probe, household: Household) -> Reading:
    indicator = probe.indicator
    value = None if (read := _read(probe.read, household)) is None else _shown(read, probe.kind)
    try:
        probe.judge(household)
    except MissingAnswer as missing:
        return Reading(indicator.id, indicator.ask or indicator.id, value, _lacking(probe, household, missing))
    except Rejected:
        pass  # an answer that the card does not know is no missing one
    return Reading(indicator.id, indicator.ask or indicator.id, value)


def _read(read: Scorer, household: Household) -> Any:
    """The value as it is: an indicator without a level refuses every value, and names it."""
    try:
        read(household)
    except UnknownAnswer as refused:
        return refused.answer
    except Rejected:
        pass
    return None


@lru_cache(CARDS_KEPT)
def _probes(content: bytes) -> dict[str, tuple[_Probe, ...]]:
    """The probes of every variant; a card without variants has one, without a name."""
    card = decode_card(content)
    return {arm.name: tuple(_probe(card, indicator) for indicator in arm.indicators) for arm in arms_of(card)}


def _probe(card: Scorecard, indicator: Indicator) -> _Probe:
    names = names_of(card)
    asked = (name for name in names.leaves(indicator.value) if not name.startswith(_OF_ROSTER))
    return _Probe(
        indicator,
        names.kind(indicator.value),
        _reader(card, indicator.value),
        _alone(card, indicator).score,
        {name: _reader(card, name) for name in asked},
    )


def _reader(card: Scorecard, value: Expression) -> Scorer:
    """Reads a value by refusing it: the one level there is matches nothing."""
    nothing = Level("", (), (0,) * len(_columns(card)))
    return _alone(card, Indicator("read", value, levels=(nothing,))).score


def _columns(card: Scorecard) -> tuple[str, ...]:
    return arms_of(card)[0].score.columns


def _alone(card: Scorecard, indicator: Indicator) -> Compiled:
    """The card with this one indicator, and no ending that could refuse its points."""
    columns = _columns(card)
    score = Score(columns, columns[0], (0,) * len(columns))
    alone = replace(card, indicators=(indicator,), variants=(), variant_by=None, score=score, bands=(), lookups=())
    return compiled(alone, HOUSEHOLD_READER)


def _variant(content: bytes, household: Household) -> str:
    card = decode_card(content)
    if card.variant_by is None:
        return ""
    value = _read(_reader(card, card.variant_by), household)
    return next((arm.name for arm in arms_of(card) if value in arm.match), "")


def _shown(value: Any, kind: Kind) -> str:
    if isinstance(value, bool) or (kind.name == "yes_no" and value in (0, 1)):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " and ".join(_shown(part, Kind("unknown")) for part in value)
    return str(value).replace("_", " ")


def _lacking(probe: _Probe, household: Household, missing: MissingAnswer) -> tuple[str, ...]:
    """The missing answers in words: of the household by their question, of members with the roster lines."""
    lacking = [_question(name) for name, read in probe.answers.items() if _read(read, household) is None]
    of_members = [name.removeprefix(_OF_ROSTER) for name in missing.names if name.startswith(_OF_ROSTER)]
    culprits = _culprits(probe.judge, household, of_members) if of_members else []
    if not culprits:
        return (*lacking, *(f"{_question(name)} of the members" for name in of_members if not lacking))
    of_persons = [
        f"{_question(name)} of person {member.line}"
        for member in culprits
        for name in of_members
        if _is_unknown(member, name)
    ]
    return (*lacking, *of_persons)


def _culprits(judge: Scorer, household: Household, names: Iterable[str]) -> list[Member]:
    """Members without whom nothing would be missing: a child's school may be needed where a grown-up's is not."""
    unsure = [m for m in household.roster.values() if any(_is_unknown(m, name) for name in names)]
    sure = {who: m for who, m in household.roster.items() if m not in unsure}
    if sure and _is_missing(judge, household, sure):
        return []
    return [m for m in unsure if _is_missing(judge, household, {**sure, m.member_id: m})]


def _is_missing(judge: Scorer, household: Household, roster: dict[Any, Member]) -> bool:
    try:
        judge(replace(household, roster=roster))
    except MissingAnswer:
        return True
    except Rejected:
        return False
    return False


def _is_unknown(member: Member, name: str) -> bool:
    source = MEMBER_WORDS.get(name)
    field = _MEMBER_FIELD.search(source.expression) if source else None
    return field is not None and getattr(member, field[1]) is None


def _question(name: str) -> str:
    """A card's name for an answer, as the questionnaire asks it."""
    if name in _GOODS:
        return _GOODS[name].replace("_", " ")
    if name in MEMBER_WORDS and (field := _MEMBER_FIELD.search(MEMBER_WORDS[name].expression)):
        return field[1].replace("_", " ")
    return name.replace("_", " ")
