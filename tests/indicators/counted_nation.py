"""A made-up nation in counts: so many households in each tehsil, of which the same shares live in each way."""

from collections.abc import Mapping

from adapters.documents.places import load_places
from domain.places import PlaceLevel
from projections.indicators.figures import Population, populate
from projections.indicators.themes import ALL_SEXES, COLUMNS, Unit, measures_of, person_column

SHARE = 40
"""Percent of every whole that counts in each measure, where nothing else is said."""
PERSONS_A_SEX = {"male": 3, "female": 2, "transgender": 0}


def counted(households: int, **said: int) -> tuple[int, ...]:
    """Counts of so many households; what is said of a column holds."""
    counts = dict.fromkeys(COLUMNS, 0)
    counts |= {"households": households, "members": 5 * households}
    for measure in measures_of(Unit.HOUSEHOLD):
        counts[measure.of] = households
        counts[measure.name] = households * SHARE // 100
    counts["pacca"] = households - counts["kacha"]
    counts["unsafe_water"] = households - counts["safe_water"]
    counts["informal_latrine"] = households - counts["formal_latrine"] - counts["open_defecation"]
    for sex in ALL_SEXES:
        persons = households * PERSONS_A_SEX[sex.word]
        for measure in measures_of(Unit.PERSON):
            counts[person_column(measure.of, sex)] = persons
            counts[person_column(measure.name, sex)] = persons * SHARE // 100
    assert said.keys() <= counts.keys()
    return tuple((counts | said).values())


def nation(said: Mapping[str, tuple[int, ...]] | None = None, households: int = 100) -> Population:
    """Every tehsil of the code list with as many households; what is said of a place holds."""
    places = load_places()
    tehsils = [code for code, place in places.by_code.items() if place.level is PlaceLevel.TEHSIL]
    return populate({**{code: counted(households) for code in tehsils}, **(said or {})}, places)
