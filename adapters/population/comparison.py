"""A generated population held against every published row of the annual report.

Tolerances are those at which the report's tables can be met at all: what it prints is rounded, some rows contradict
others (data/population/README.md), and a district of few households cannot have every share.
"""

from enum import Enum

import msgspec
import numpy as np

from adapters.population.arrays import Array
from adapters.population.calibration import NATION, REGIONS, SEXES, TRANS, Calibration, ReportRow
from adapters.population.tally import Tally

REGION_POINTS_AT = ((2_000_000, 0.02), (200_000, 0.10))
REGION_POINTS = REGION_POINTS_AT[-1][1]
"""Percentage points by which a region's figure may differ, from so many generated households on."""
DISTRICT_POINTS = 0.5
DISTRICT_POINTS_TIMES_HOUSEHOLDS = 60
"""Points for a printed district, and this divided by its generated households on top."""
BOTH_SEXES_POINTS = 1.3
"""What is printed by sex is met by sex; the printed total was rounded on its own, or weighted by other numbers."""
AVERAGE_ROUNDING = 0.05
SMALL_HOUSEHOLDS = 200_000
SMALL_POINTS_TIMES_HOUSEHOLDS = 400
"""Populations smaller than this may differ by as many points more, divided by the households of the place: where a
region has a thousand, one woman at work more or less is a quarter of a point. Of the 617 centres some serve nobody."""

_UNSAFE = {"pacca": "kacha", "unsafe_water": "safe_water"}
BY_SEX = ("oosc", "literacy", "disability", "chronic_disease", "employed")
_OTHER_TABLES = ("T29",)
"""Scalars about the agency itself, of which a population says nothing."""


class Verdict(Enum):
    """How a generated figure stands to the printed one."""

    WITHIN = "within"
    OUTSIDE = "outside"
    INFORMATIVE = "informative"


class Row(msgspec.Struct, frozen=True):
    """One published figure beside the generated one."""

    table: str
    region: str
    district: str
    measure: str
    sex: str
    published: float
    generated: float | None
    tolerance: float | None

    @property
    def difference(self) -> float | None:
        """Generated minus published."""
        return None if self.generated is None else self.generated - self.published

    @property
    def verdict(self) -> Verdict:
        """Whether the difference is within tolerance, where there is one."""
        if self.tolerance is None or self.difference is None:
            return Verdict.INFORMATIVE
        return Verdict.WITHIN if abs(self.difference) <= self.tolerance + 1e-9 else Verdict.OUTSIDE


def compare(calibration: Calibration, tally: Tally) -> list[Row]:
    """Every published row that a population can be held against, in the report's order."""
    return [_row(calibration, tally, row) for row in calibration.report if not row["table"].startswith(_OTHER_TABLES)]


def _row(calibration: Calibration, tally: Tally, printed: ReportRow) -> Row:
    here = _districts(calibration, printed)
    value = _value(calibration, tally, printed, here)
    return Row(
        table=printed["table"].partition("_")[0],
        region=printed["region"],
        district=printed["district"],
        measure=printed["measure"],
        sex=printed["sex"],
        published=float(printed["value"]),
        generated=value,
        tolerance=_tolerance(calibration, tally, printed, here),
    )


def _districts(calibration: Calibration, printed: ReportRow) -> Array:
    if printed["district"]:
        here = np.zeros(len(calibration.districts), bool)
        here[calibration.district_of_report[printed["district"]]] = True
        return here
    if printed["region"] == NATION:
        return np.ones(len(calibration.districts), bool)
    return np.asarray(calibration.region == REGIONS.index(printed["region"]))


def _value(calibration: Calibration, tally: Tally, printed: ReportRow, here: Array) -> float | None:
    """The generated figure; counts are scaled to the size of the registry. Nothing where nobody can have it."""
    households, members = tally.households[here].sum(), tally.members[here].sum()
    measure = printed["measure"].removesuffix("_pct")
    match measure:
        case "registered_households":
            return float(households * _scale(calibration, tally))
        case "household_members":
            return float(members * _scale(calibration, tally))
        case "avg_household_size":
            return float(members / households) if households else None
        case "dynamic_registry_centres":
            return float((tally.centres[_centres_of(calibration, printed["region"])] > 0).sum())
        case _:
            return _share(tally, measure, printed["sex"], here)


def _share(tally: Tally, measure: str, sex: str, here: Array) -> float | None:
    households = tally.households[here].sum()
    if measure in BY_SEX:
        return _share_of_people(tally, measure, sex, here)
    if not households:
        return None
    return 100 * _having(tally, measure, here) / float(households)


def _having(tally: Tally, measure: str, here: Array) -> float:
    counts = {name: float(values[here].sum()) for name, values in tally.of_households.items()}
    households = float(tally.households[here].sum())
    if measure == "informal_latrine":
        return households - counts["formal_latrine"] - counts["open_defecation"]
    if measure in _UNSAFE:
        return households - counts[_UNSAFE[measure]]
    return counts[measure]


def _share_of_people(tally: Tally, measure: str, sex: str, here: Array) -> float | None:
    of_sex = slice(None) if sex == "all" else SEXES.index(sex)
    eligible = tally.eligible[measure][here][:, of_sex].sum()
    return 100 * float(tally.having[measure][here][:, of_sex].sum() / eligible) if eligible else None


def _scale(calibration: Calibration, tally: Tally) -> float:
    return float(calibration.by_region("registered_households").sum() / tally.households.sum())


def _centres_of(calibration: Calibration, region: str) -> Array:
    printed = calibration.by_region("dynamic_registry_centres").astype(int)
    return np.asarray(np.repeat(np.arange(len(REGIONS)), printed) == REGIONS.index(region))


def _tolerance(calibration: Calibration, tally: Tally, printed: ReportRow, here: Array) -> float | None:
    measure, sex = printed["measure"].removesuffix("_pct"), printed["sex"]
    total, households = int(tally.households.sum()), max(1, int(tally.households[here].sum()))
    few = SMALL_POINTS_TIMES_HOUSEHOLDS / households if total < SMALL_HOUSEHOLDS else 0.0
    if sex == SEXES[TRANS] or (printed["region"] == NATION and printed["unit"] == "percent"):
        return None
    match measure:
        case "registered_households" | "household_members":
            return _scale(calibration, tally)
        case "avg_household_size":
            return AVERAGE_ROUNDING + few / 10
        case "dynamic_registry_centres":
            return None if few else 0.0
        case _ if printed["district"]:
            points = DISTRICT_POINTS + max(few, DISTRICT_POINTS_TIMES_HOUSEHOLDS / households)
            if measure in BY_SEX and sex == "all":
                return max(points, BOTH_SEXES_POINTS)
            return points + (_beyond_the_whole(calibration, printed) if measure == "informal_latrine" else 0)
        case _ if measure in BY_SEX and sex == "all":
            return BOTH_SEXES_POINTS + few
        case _:
            return few + next((points for least, points in REGION_POINTS_AT if total >= least), REGION_POINTS)


def _beyond_the_whole(calibration: Calibration, printed: ReportRow) -> float:
    """By how much the three printed kinds of sanitation miss 100: the one between the two others cannot be met."""
    three = [
        float(row["value"])
        for row in calibration.report
        if all(row[name] == printed[name] for name in ("table", "region", "district"))
    ]
    return abs(sum(three) - 100)
