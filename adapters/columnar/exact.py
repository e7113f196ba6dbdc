"""The exact engine over rows of columns: for the few households that an expression cannot vouch for, and for proof."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from operator import itemgetter
from typing import Any

import pyarrow as pa

from adapters.columnar.sources import HOUSEHOLD, PLACE_ON_ROSTER, ColumnReader, ColumnSource
from domain.policies import Score
from domain.refusal import Rejected
from domain.scorecard.card import Pick, Scorecard, Tally, arms_of
from domain.scorecard.compiler import compiled
from domain.scorecard.kinds import conditions_of, fields_of, names_in, names_of, operands_of
from domain.scorecard.reader import DICT_READER

Answers = dict[str, Any]


class NamesRead:
    """The names of answers that a card reads, of the household and of members."""

    def __init__(self, card: Scorecard) -> None:
        names = names_of(card)
        leaves: dict[str, None] = {}
        fields: dict[str, None] = {}
        expressions = [indicator.value for arm in arms_of(card) for indicator in arm.indicators]
        needed = [name for one in expressions for name in names_in(one)]
        if card.variant_by is not None:
            needed += names_in(card.variant_by)
        needed = list(dict.fromkeys(needed))
        for name in needed:  # grows while it is walked
            derive = names.derives.get(name)
            if derive is None:
                leaves[name] = None
            elif isinstance(derive, Tally | Pick):
                ordered = derive.order_by if isinstance(derive, Pick) else ()
                compared = [each.with_field for each in conditions_of(derive) if each.with_field]
                fields |= dict.fromkeys((*fields_of(derive), *compared, *(order.field for order in ordered)))
            else:
                needed += [operand for operand in operands_of(derive) if operand not in needed]
        self.household = tuple(leaves)
        self.members = tuple(fields)


def columns_read(card: Scorecard, reader: ColumnReader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns of households and of people that a card needs, without `household` itself."""
    names = NamesRead(card)
    households = [source.column for name in names.household if (source := reader.household(name))]
    people = [source.column for name in names.members if (source := reader.member(name))]
    return tuple(dict.fromkeys(households)), tuple(dict.fromkeys((PLACE_ON_ROSTER, *people)))


class ExactEngine:
    """Scores rows one by one, as a decision would name the score."""

    def __init__(self, card: Scorecard, reader: ColumnReader) -> None:
        names = NamesRead(card)
        self._score = compiled(card, DICT_READER).score
        self._of_household = _reading(names.household, reader.household)
        self._of_members = _reading(names.members, reader.member)

    def scores(self, households: pa.Table, people: pa.Table) -> Iterator[tuple[int, Score | None]]:
        """Give each household's number and its score, none if it is refused."""
        rosters: dict[int, list[tuple[int, Answers]]] = {}
        for row in people.to_pylist():
            rosters.setdefault(row[HOUSEHOLD], []).append((row[PLACE_ON_ROSTER], _answers(row, self._of_members)))
        for row in households.to_pylist():
            number = row[HOUSEHOLD]
            roster = [member for _, member in sorted(rosters.get(number, ()), key=itemgetter(0))]
            try:
                yield number, self._score(_answers(row, self._of_household), roster).score
            except Rejected:
                yield number, None


Reading = list[tuple[str, ColumnSource]]


def _reading(names: Iterable[str], find: Any) -> Reading:
    return [(name, source) for name in names if (source := find(name)) is not None]


def _answers(row: Mapping[str, Any], read: Reading) -> Answers:
    return {name: _answer(row[source.column], source) for name, source in read}


def _answer(stored: int | None, source: ColumnSource) -> object:
    if stored is None:
        return None
    if source.words is not None:
        return source.words.get(stored)
    return stored if source.bottom == 1 else Fraction(stored, source.bottom)
