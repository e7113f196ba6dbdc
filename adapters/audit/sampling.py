"""Drawing households for a visit: stratified, and again the same for the same seed, whatever the order of rows.

Within a stratum those are drawn whose key is smallest; the key is a SHA-256 of the seed and the household's id, so that
it depends on neither the position nor the other households, and a larger sample holds the smaller one.
"""
# ruff: noqa: S608 - queries are made of constants

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isqrt
from typing import Any
from uuid import UUID

import msgspec

from adapters.audit.lines import CutOffLine
from adapters.faults import Refused
from adapters.postgres.moment import Ask
from domain.questionnaire.answers import DISTRICT_LETTERS
from domain.registry_codes import Outcome

SAMPLE_MAX = 10_000
"""More households than that are no sample for visits: a paper of them would be 40 MB (ours)."""
EACH_STRATUM_MIN = 2
"""The spread within a stratum is known from two on. Source: Cochran, Sampling Techniques, 3rd ed. 1977, ch. 5."""
NEAR_POINTS = Decimal(2)
"""How far from the cut-off a score is near it, unless it is said (ours)."""
LETTERS = {"region": len("PK6"), "district": DISTRICT_LETTERS}
"""How long the P-code of a stratum's place is."""

KEY_OF = b"gharana audit sample 1\n"
KEY_BITS = 256
"""What is hashed is this line, the seed, the end of a line, and the 16 bytes of the household's id."""

JUST_UNDER, JUST_OVER = "just under", "just over"
GROUPS = (JUST_UNDER, JUST_OVER, *(outcome.word for outcome in Outcome))
"""What a stratum's households have in common: near the cut-off on either side of it; else the outcome."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be drawn: how many households, by which seed, of whom, and what makes a stratum."""

    programme: str
    households: int
    seed: str
    level: str = "region"
    each_min: int = EACH_STRATUM_MIN
    near: Decimal = NEAR_POINTS
    place: str = ""


class Stratum(msgspec.Struct, frozen=True):
    """Households of one place and one group: how many there are, and how many of them are drawn."""

    place: str
    group: str
    population: int
    drawn: int = 0

    @property
    def probability(self) -> float:
        """How probable it is that one of its households is drawn."""
        return self.drawn / self.population

    @property
    def weight(self) -> float:
        """For how many households each one drawn stands (Horvitz and Thompson, JASA 47, 1952)."""
        return self.population / self.drawn


class Drawn(msgspec.Struct, frozen=True):
    """A household that was drawn, with what the registry concludes of it."""

    household: UUID
    stratum: Stratum
    score: Decimal | None
    outcome: Outcome
    source_key: str | None


class Sample(msgspec.Struct, frozen=True):
    """What was drawn at a position."""

    position: int
    line: CutOffLine | None
    strata: tuple[Stratum, ...]
    households: tuple[Drawn, ...]

    @property
    def population(self) -> int:
        """How many households there were to draw from."""
        return sum(stratum.population for stratum in self.strata)


def draw(ask: Ask, wanted: Wanted, line: CutOffLine | None, position: int) -> Sample:
    """Draw the sample. Raises Refused for a sample that cannot be had."""
    query, parameters = _grouped(wanted, line)
    counted = [
        Stratum(place, GROUPS[group], count)
        for place, group, count in ask(f"SELECT place, grp, count(*) {query} GROUP BY 1, 2 ORDER BY 1, 2", parameters)
    ]
    strata = allocate(counted, wanted.households, wanted.each_min)
    households = _drawn(ask, query, parameters, wanted, strata)
    return Sample(position, line, strata, tuple(households))


def allocate(strata: Sequence[Stratum], households: int, each_min: int) -> tuple[Stratum, ...]:
    """Share a sample out in proportion to the strata, so many at least in each (all where a stratum has fewer).

    Parts of a household go to the strata with the largest ones. Raises Refused.
    """
    population = sum(stratum.population for stratum in strata)
    if households > population:
        raise Refused(f"{households:,} households cannot be drawn out of {population:,}: ask for fewer.")
    least = [min(each_min, stratum.population) for stratum in strata]
    if sum(least) > households:
        raise Refused(
            f"There are {len(strata):,} strata, and {each_min} of each (or all it has) are {sum(least):,} households: "
            f"ask for {sum(least):,} at least, for strata of regions, or for fewer of each (--min)."
        )
    fixed: set[int] = set()
    while True:  # ends: each turn fixes one stratum more, or is the last
        free = [index for index in range(len(strata)) if index not in fixed]
        left = households - sum(least[index] for index in fixed)
        whole = sum(strata[index].population for index in free)
        short = [index for index in free if strata[index].population * left < least[index] * whole]
        if not short:
            break
        fixed.update(short)
    given = list(least)
    parts = {}
    for index in free:
        given[index], parts[index] = divmod(strata[index].population * left, whole)
    rest = households - sum(given)
    for index in sorted(parts, key=lambda index: (-parts[index], index))[:rest]:
        given[index] += 1
    return tuple(msgspec.structs.replace(stratum, drawn=drawn) for stratum, drawn in zip(strata, given, strict=True))


def _grouped(wanted: Wanted, line: CutOffLine | None) -> tuple[str, Mapping[str, object]]:
    """SQL of every household that may be drawn, with its place and group, as `grp` and `place`."""
    group = f"coalesce(eligibility.outcome, {int(Outcome.INELIGIBLE)}) + 1"
    if line is not None:
        near = "abs(standing.score - %(cutoff)s) <= %(near)s AND standing.scorecard = %(card)s"
        group = f"CASE WHEN {near} AND {line.within} THEN 0 WHEN {near} THEN 1 ELSE {group} END"
    query = (
        f"FROM (SELECT standing.household_id, left(standing.place, %(letters)s) AS place, {group} AS grp,"
        f" standing.score, coalesce(eligibility.outcome, {int(Outcome.INELIGIBLE)}) AS outcome, households.source_key"
        " FROM standing JOIN households USING (household_id) LEFT JOIN eligibility"
        " ON eligibility.household_id = standing.household_id AND eligibility.programme = %(programme)s"
        " WHERE households.merged_into IS NULL AND standing.place LIKE %(within)s) AS grouped"
    )
    parameters: dict[str, object] = {
        "letters": LETTERS[wanted.level],
        "programme": wanted.programme,
        "within": f"{wanted.place}%",
        "near": wanted.near,
    }
    return query, {**parameters, **(line.parameters if line is not None else {})}


def _drawn(
    ask: Ask, query: str, parameters: Mapping[str, object], wanted: Wanted, strata: Sequence[Stratum]
) -> list[Drawn]:
    """Those with the smallest keys of each stratum.

    Keys are spread evenly, so that only those under a limit are read: a few more than are drawn. Where a limit was too
    low after all, which one in a thousand million is, it is raised.
    """
    drawing = [stratum for stratum in strata if stratum.drawn]
    keyed = {**parameters, "key_of": KEY_OF + wanted.seed.encode() + b"\n"}
    times = 1
    while True:
        found = _under_limits(ask, query, keyed, {stratum: _limit(stratum, times) for stratum in drawing})
        if all(len(found[stratum]) >= stratum.drawn for stratum in drawing):
            break
        times *= LIMIT_RAISED_TIMES
    return [
        Drawn(household, stratum, score, Outcome(outcome), source_key)
        for stratum in drawing
        for _, household, _, _, score, outcome, source_key in sorted(found[stratum])[: stratum.drawn]
    ]


def _under_limits(
    ask: Ask, query: str, parameters: Mapping[str, object], limits: Mapping[Stratum, bytes]
) -> dict[Stratum, list[Any]]:
    found: dict[Stratum, list[Any]] = {stratum: [] for stratum in limits}
    of = {(stratum.place, GROUPS.index(stratum.group)): stratum for stratum in limits}
    for row in ask(
        "SELECT key, household_id, place, grp, score, outcome, source_key"
        f" FROM (SELECT *, sha256(%(key_of)s || uuid_send(household_id)) AS key {query}) AS keyed"
        " JOIN unnest(%(places)s::text[], %(groups)s::int[], %(limits)s::bytea[]) AS chosen (place, grp, most)"
        " USING (place, grp) WHERE key <= most",
        {
            **parameters,
            "places": [place for place, _ in of],
            "groups": [group for _, group in of],
            "limits": list(limits.values()),
        },
    ):
        found[of[row[2], row[3]]].append(row)
    return found


SLACK_DEVIATIONS = 7
"""By how many standard deviations more keys are read than are drawn."""
LIMIT_RAISED_TIMES = 4


def _limit(stratum: Stratum, times: int) -> bytes:
    """The key under which so many households of a stratum lie as are drawn, and some more."""
    wanted = stratum.drawn + SLACK_DEVIATIONS * isqrt(stratum.drawn) + SLACK_DEVIATIONS**2
    least = min(times * wanted * (1 << KEY_BITS) // stratum.population, (1 << KEY_BITS) - 1)
    return least.to_bytes(KEY_BITS // 8, "big")
