"""The registry's figures beside those that the annual report prints, each with how far apart they may be.

The report's own quirks are in docs/indicators.md; a printed figure that cannot be right is shown and not held against.
"""

import csv
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from adapters.faults import Refused
from adapters.home import DATA
from adapters.population.comparison import (
    AVERAGE_ROUNDING,
    BOTH_SEXES_POINTS,
    DISTRICT_POINTS,
    DISTRICT_POINTS_TIMES_HOUSEHOLDS,
    REGION_POINTS,
    REGION_POINTS_AT,
    SMALL_HOUSEHOLDS,
    SMALL_POINTS_TIMES_HOUSEHOLDS,
)
from domain.places import Places
from domain.questionnaire.codes import Sex
from projections.indicators import figures
from projections.indicators.figures import NATION, NATION_NAME, Heading, Population
from projections.indicators.themes import SIZE, THEMES, Theme, Unit

PUBLISHED_FILE = DATA / "population" / "annual_report_2022_23.csv"
DISTRICTS_FILE = DATA / "population" / "districts.csv"

MEASURES = {
    "avg_household_size": "members",
    "kacha_pct": "kacha",
    "pacca_pct": "pacca",
    "safe_water_pct": "safe_water",
    "unsafe_water_pct": "unsafe_water",
    "electricity_pct": "electricity",
    "oosc_pct": "out_of_school",
    "literacy_pct": "literate",
    "disability_pct": "disabled",
    "formal_latrine_pct": "formal_latrine",
    "informal_latrine_pct": "informal_latrine",
    "open_defecation_pct": "open_defecation",
    "chronic_disease_pct": "chronically_ill",
    "livestock_pct": "livestock",
    "employed_pct": "employed",
}
"""The report's name of each measure, and ours."""

SEXES = {"all": None, "male": Sex.MALE, "female": Sex.FEMALE, "trans": Sex.TRANSGENDER}
REGION_NAMES = {"Azad Jammu & Kashmir": "Azad Kashmir"}
"""Where the report writes a region otherwise than the code list."""

NOT_A_RANKING = "T09_electricity_highest5"
"""Averages of four regions exceed its last value, so it cannot be the highest five."""


class Verdict(StrEnum):
    """What comes of a comparison."""

    WITHIN = "within"
    OUTSIDE = "outside"
    NOT_HELD = "not held"
    HIDDEN = "hidden"


class Printed(NamedTuple):
    """One figure of the report."""

    table: str
    code: str
    measure: str
    sex: Sex | None
    value: float


class Compared(NamedTuple):
    """One printed figure beside the registry's: `difference` is ours less theirs."""

    theme: Theme
    table: str
    code: str
    place: str
    heading: Heading
    published: float
    registry: float | None
    difference: float | None
    tolerance: float | None
    verdict: Verdict


def compare(population: Population, places: Places, themes: tuple[Theme, ...] = THEMES) -> list[Compared]:
    """Hold every printed figure of these themes against the registry's, in the order of the report."""
    found = []
    printed = list(printed_figures(places))
    for theme in themes:
        kept_back = figures.hidden_in(theme, population)
        shown = {heading.name: place for place, heading in enumerate(figures.headings(theme))}
        for each in printed:
            measure = next((measure for measure in theme.measures if measure.name == each.measure), None)
            if measure is None:
                continue
            heading = Heading(measure, each.sex)
            (line,) = figures.lines(theme, population, [each.code], kept_back)
            ours = line.values[shown[heading.name]]
            tolerance = _tolerance(theme, each, population)
            if tolerance is not None and each.measure == "informal_latrine":
                tolerance += _beyond_the_whole(each, printed)
            found.append(_compared(theme, each, heading, ours, population, tolerance))
    return found


def _compared(
    theme: Theme,
    printed: Printed,
    heading: Heading,
    ours: float | None,
    population: Population,
    tolerance: float | None,
) -> Compared:
    difference = None if ours is None else ours - printed.value
    if difference is None:
        verdict = Verdict.HIDDEN
    elif tolerance is None:
        verdict = Verdict.NOT_HELD
    else:
        verdict = Verdict.WITHIN if abs(difference) <= tolerance else Verdict.OUTSIDE
    name = population.names[printed.code]
    return Compared(
        theme, printed.table, printed.code, name, heading, printed.value, ours, difference, tolerance, verdict
    )


def _tolerance(theme: Theme, printed: Printed, population: Population) -> float | None:
    """How far apart the two may be, as a generated population is held; none where the report is at odds with itself."""
    if printed.sex is Sex.TRANSGENDER or printed.table == NOT_A_RANKING or printed.code == NATION:
        return None
    total = _households(population, NATION)
    here = max(1, _households(population, printed.code))
    few = SMALL_POINTS_TIMES_HOUSEHOLDS / here if total < SMALL_HOUSEHOLDS else 0.0
    if theme.measures[0] is SIZE:
        return AVERAGE_ROUNDING + few / 10
    if printed.table == theme.table:
        points = next((points for least, points in REGION_POINTS_AT if total >= least), REGION_POINTS) + few
    else:
        points = DISTRICT_POINTS + max(few, DISTRICT_POINTS_TIMES_HOUSEHOLDS / here)
    return max(points, BOTH_SEXES_POINTS + few) if theme.sexes and printed.sex is None else points


def _beyond_the_whole(printed: Printed, every: Sequence[Printed]) -> float:
    """By how much the three printed kinds of toilet miss 100: the one between the two others cannot be met."""
    return abs(100 - sum(each.value for each in every if (each.table, each.code) == (printed.table, printed.code)))


def _households(population: Population, code: str) -> int:
    return figures.number(population.counts[code], "households", Unit.HOUSEHOLD)


def printed_figures(places: Places) -> Iterator[Printed]:
    """Every figure of the report that has one of ours beside it. Raises Refused where the file cannot be used."""
    districts = {row["report_name"]: row["district"] for row in _rows(DISTRICTS_FILE) if row["report_name"]}
    for row in _rows(PUBLISHED_FILE):
        measure = MEASURES.get(row["measure"])
        if measure is not None:
            code = _code(row["region"], row["district"], districts, places)
            yield Printed(row["table"], code, measure, SEXES[row["sex"]], float(row["value"]))


def _code(region: str, district: str, districts: dict[str, str], places: Places) -> str:
    if region == NATION_NAME:
        return NATION
    found = places.find(REGION_NAMES.get(region, region))
    assert found is not None, f"the report names a region that the code list does not: {region}"
    return districts[district] if district else found.code


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))
    except OSError as failure:
        raise Refused(f"{path}: the figures cannot be read ({failure.strerror}): put the file back.") from failure
