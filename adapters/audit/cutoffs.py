"""How scores lie around the cut-off of a programme, in the nation and by place, read from the standings."""
# ruff: noqa: S608 - queries are made of constants

from collections import Counter, defaultdict
from decimal import Decimal

import msgspec

from adapters.audit.density import ALPHA, Jump, find_jump, places_as_large
from adapters.audit.lines import CutOffLine
from adapters.audit.sampling import LETTERS
from adapters.postgres.moment import Ask
from domain.questionnaire.codes import Comparison

BINS_MAX = 1_000
"""Bins that are counted on either side of the cut-off; what lies beyond is left out."""
_BIN = {
    Comparison.AT_OR_UNDER: "ceil((standing.score - %(cutoff)s) / %(width)s) - 1",
    Comparison.UNDER: "floor((standing.score - %(cutoff)s) / %(width)s)",
}
"""Bins are counted from the cut-off: -1 is the last one that passes it, 0 the first one that does not."""


class Bin(msgspec.Struct, frozen=True):
    """Scores between two ends, how many households have them, and whether they pass the cut-off.

    The end that is nearer to the eligible side belongs to the next bin where the comparison is <=, else to this one.
    """

    low: Decimal
    high: Decimal
    passes: bool
    households: int


class AtPlace(msgspec.Struct, frozen=True):
    """A place, the households in the tested bins there, and its jump, unless there are too few of them."""

    place: str
    households: int
    jump: Jump | None
    stands_out: bool = False


class Bunching(msgspec.Struct, frozen=True):
    """What was found around a cut-off. `elsewhere`: other points of the scale, and those with as large a jump."""

    line: CutOffLine
    position: int
    households: int
    width: Decimal
    bins: tuple[Bin, ...]
    jump: Jump | None
    elsewhere: tuple[int, int]
    places: tuple[AtPlace, ...]


def find_bunching(ask: Ask, line: CutOffLine, position: int, width: Decimal, bins: int, level: str) -> Bunching:
    """Count the scores around a cut-off and test them, in the nation and in each place."""
    by_place: dict[str, Counter[int]] = defaultdict(Counter)
    rows = ask(
        f"SELECT place, bin, count(*) FROM (SELECT left(standing.place, %(letters)s) AS place,"
        f" {_BIN[line.comparison]} AS bin FROM standing WHERE standing.scorecard = %(card)s"
        " AND standing.score IS NOT NULL) AS scored WHERE abs(bin) <= %(most)s GROUP BY 1, 2 ORDER BY 1, 2",
        {"letters": LETTERS[level], "width": width, "most": BINS_MAX, **line.parameters},
    )
    for place, index, households in rows:
        by_place[place][int(index)] += households
    whole: Counter[int] = sum(by_place.values(), Counter())
    jump = find_jump(whole, bins=bins)
    return Bunching(
        line=line,
        position=position,
        households=whole.total(),
        width=width,
        bins=tuple(_bin(line, width, index, whole[index]) for index in range(-bins, bins)),
        jump=jump,
        elsewhere=(0, 0) if jump is None else places_as_large(whole, bins, jump),
        places=_places(by_place, bins),
    )


def _bin(line: CutOffLine, width: Decimal, index: int, households: int) -> Bin:
    return Bin(line.value + index * width, line.value + (index + 1) * width, index < 0, households)


def _places(by_place: dict[str, Counter[int]], bins: int) -> tuple[AtPlace, ...]:
    """Each place with its jump, the least probable first; of the more places looked at, the rarer it must be.

    Source: Bonferroni's inequality.
    """
    found = [
        AtPlace(place, sum(counts[index] for index in range(-bins, bins)), find_jump(counts, bins=bins))
        for place, counts in by_place.items()
    ]
    tested = sum(one.jump is not None for one in found)
    marked = [
        msgspec.structs.replace(one, stands_out=one.jump.p_value * tested < ALPHA) if one.jump else one for one in found
    ]
    return tuple(sorted(marked, key=lambda one: (one.jump is None, one.jump.p_value if one.jump else 0.0, one.place)))
