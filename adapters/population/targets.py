"""Which share of every district has what: so that each region comes out as printed, and each printed district as well.

A district that the report does not print keeps the census's distance from its neighbours: its share is a prior on the
logit scale, shifted by one number for the whole region. The top and bottom five of a table bound all others.
"""

import msgspec
import numpy as np

from adapters.population.arrays import Array, whole_shares
from adapters.population.calibration import REGIONS, Calibration

PRIOR_SEED = 20260101
"""Fixed: differences between districts that no census table shows are part of the calibration, not of a draw."""
ISLAMABAD_ELECTRICITY = 0.967
"""Census 2023, table 22: the report's row of Islamabad is missing."""
ELECTRICITY_MAX = 0.985
"""The report's "maximum" list of electricity is no top five: averages of whole regions lie above its last value."""
_ISLAMABAD = REGIONS.index("Islamabad")
_SHARE_LEAST, _SHARE_MOST = 0.004, 0.996
_BISECTIONS = 50
_CORRECTIONS = 12

HOUSEHOLD_MEASURES = ("kacha", "safe_water", "electricity", "open_defecation", "formal_latrine", "livestock")
PERSON_MEASURES = ("oosc", "literacy", "disability", "chronic_disease", "employed")
URBAN_WHERE_UNKNOWN = 0.17
"""Urban share of AJK and GB, for which the census tables give none (assumption)."""


class Target(msgspec.Struct, frozen=True):
    """What the report says of one measure and sex: shares by region, fixed districts, bounds of all others."""

    by_region: Array
    fixed: dict[int, float]
    least: float
    most: float
    prior: Array

    @property
    def is_free(self) -> Array:
        """Districts whose share the report leaves open."""
        free = np.ones(len(self.prior), bool)
        free[list(self.fixed)] = False
        return free


def make_targets(calibration: Calibration) -> dict[str, Target]:
    """Every measure, by `kacha` or `literacy_female`."""
    priors = _priors(calibration)
    targets = {}
    for measure in HOUSEHOLD_MEASURES:
        targets[measure] = _target(calibration, measure, "all", priors[measure])
    for measure in PERSON_MEASURES:
        for sex in ("male", "female"):
            targets[f"{measure}_{sex}"] = _target(calibration, measure, sex, priors[f"{measure}_{sex}"])
    return targets


def _target(calibration: Calibration, measure: str, sex: str, prior: Array) -> Target:
    by_region = calibration.by_region(f"{measure}_pct", sex) / 100
    rows = [r for r in calibration.report if r["measure"] == f"{measure}_pct" and r["sex"] == sex and r["district"]]
    fixed = {calibration.district_of_report[row["district"]]: float(row["value"]) / 100 for row in rows}
    ranked = [row for row in rows if row["table"].partition("_")[2].startswith(measure)]
    highest = [float(row["value"]) / 100 for row in ranked if "highest5" in row["table"]]
    lowest = [float(row["value"]) / 100 for row in ranked if "lowest5" in row["table"]]
    most = min(highest, default=1.0)
    if measure == "electricity":
        by_region[_ISLAMABAD], most = ISLAMABAD_ELECTRICITY, ELECTRICITY_MAX
    return Target(by_region, fixed, max(lowest, default=0.0), most, prior)


def _priors(calibration: Calibration) -> dict[str, Array]:
    """Where a district lies among others on the logit scale: by the census where it has a table, else by noise."""
    random = np.random.Generator(np.random.PCG64(PRIOR_SEED))

    def noise(spread: float) -> Array:
        return random.normal(0, spread, len(calibration.districts))

    def logit(share: Array, spread: float = 0.45) -> Array:
        bounded = np.clip(share, _SHARE_LEAST, _SHARE_MOST)
        return np.where(np.isnan(share), noise(spread), np.log(bounded / (1 - bounded)))

    census = calibration.census
    rural = 1 - urban_shares(calibration)
    without_toilet = logit(census["no_toilet"])
    flush = logit(census["flush_toilet"])
    return {
        "kacha": logit(census["kacha"]),
        "safe_water": logit(census["improved_water"]),
        "electricity": logit(census["electricity"]),
        "open_defecation": without_toilet,
        # where there is no census row the two mirror each other, so that they never exceed the whole
        "formal_latrine": np.where(np.isnan(census["flush_toilet"]), -0.9 * without_toilet, flush),
        "livestock": logit(0.10 + 0.35 * rural) + noise(0.35),
        "oosc_male": logit(census["out_of_school_male"]),
        "oosc_female": logit(census["out_of_school_female"]),
        "literacy_male": logit(census["literate_male"]),
        "literacy_female": logit(census["literate_female"]),
        "disability_male": logit(census["disability_male"], 0.2),
        "disability_female": logit(census["disability_female"], 0.2),
        "chronic_disease_male": noise(0.15),
        "chronic_disease_female": noise(0.15),
        "employed_male": noise(0.12),
        "employed_female": noise(0.2),
    }


def urban_shares(calibration: Calibration) -> Array:
    """The share of every district's households that live in towns."""
    urban = calibration.census["urban"]
    return np.clip(np.where(np.isnan(urban), URBAN_WHERE_UNKNOWN, urban), 0, 1)


def solve(target: Target, cells: Array, region: Array) -> Array:
    """Every district's share, given how many households or people of the measure live in each."""
    free = target.is_free
    shares = np.zeros(len(cells))
    for district, share in target.fixed.items():
        shares[district] = share
    regions = len(target.by_region)
    wanted = target.by_region * np.bincount(region, cells, regions) - np.bincount(region, shares * cells, regions)
    least = np.minimum(target.least, target.by_region)[region]
    most = np.maximum(target.most, target.by_region)[region]
    low, high = np.full(regions, -12.0), np.full(regions, 12.0)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        tried = np.clip(1 / (1 + np.exp(-(target.prior + middle[region]))), least, most)
        is_short = np.bincount(region[free], (tried * cells)[free], regions) < wanted
        low, high = np.where(is_short, middle, low), np.where(is_short, high, middle)
    tried = np.clip(1 / (1 + np.exp(-(target.prior + ((low + high) / 2)[region]))), least, most)
    return np.where(free, tried, shares)


def quotas_of_part(target: Target, shares: Array, expected: Array, found: Array, region: Array) -> Array:
    """How many of every district's people in one part have it, so that the parts of a region sum to its printed share.

    The share of the people who were expected is the district's; that of those found beyond them, or lacking, is the
    region's. Summed over all parts the expected give the region's share, hence all do, though no part knows another.
    """
    regions = len(target.by_region)
    wanted = np.bincount(region, shares * expected + target.by_region[region] * (found - expected), regions)
    wanted = np.clip(wanted, 0, np.bincount(region, found, regions))
    real = shares * found
    share_of = np.maximum(found, 1)
    for _ in range(_CORRECTIONS):
        room = np.where(target.is_free, real * (1 - real / share_of), 0)
        gap = wanted - np.bincount(region, real, regions)
        rooms = np.bincount(region, room, regions)
        step = np.where(rooms > 0, gap / np.maximum(rooms, 1e-9), 0)
        real = np.clip(real + step[region] * room, 0, found)
    totals = np.rint(np.bincount(region, real, regions)).astype(np.int64)
    return np.clip(whole_shares(real, region, totals), 0, found)
