"""How a nation of a given size is laid out: which households lie in which district, and which part makes them.

Households stand district by district. A part is a stretch of that line; what it is to contain follows from where it
begins and ends, by rounding running totals, so that all parts together meet the nation's totals exactly.
"""

import msgspec
import numpy as np

from adapters.population.arrays import Array, whole_shares
from adapters.population.calibration import (
    REGIONS,
    SIZE_MAX,
    Calibration,
)
from adapters.population.targets import HOUSEHOLD_MEASURES, make_targets, solve, urban_shares

PART_HOUSEHOLDS = 100_000
"""Households of a part: some 520,000 people, 0.4 GB while they are made."""

HOUSEHOLDS_MAX = 40_000_000
"""More than the nation has; beyond it the numbers of CNICs and phones would repeat."""

PLACE_SEED = 20260102
"""Fixed: how rich a tehsil is beside others, and when it was surveyed, are part of the calibration."""
_MEAN_SIZE_BOUNDS = (0.75, 1.3)
"""How far a district's mean size may lie from its region's: beyond it the census of 2017 counted something else."""
_DISTRICT_WEALTH_SPREAD = 0.40
_TEHSIL_WEALTH_SPREAD = 0.18
_WEALTH_SIGNS = {
    "kacha": -1,
    "electricity": 1,
    "open_defecation": -1,
    "formal_latrine": 1,
    "literacy_male": 1,
    "literacy_female": 1,
}
_BISECTIONS = 60
SIZES = np.arange(1, SIZE_MAX + 1)


class Frame(msgspec.Struct, frozen=True):
    """The layout of a nation of `households`; arrays over districts, cumulative ones begin with 0."""

    calibration: Calibration
    households: int
    part_households: int
    of_district: Array
    before_district: Array
    members_of_region: Array
    mean_size: Array
    size_shares: Array  # district, size - 1: cumulative
    quotas: dict[str, Array]  # of household measures
    wealth: Array
    tehsils: "Tehsils"
    size_mean: float
    size_spread: float

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return -(-self.households // self.part_households)

    def stretch(self, part: int) -> "Stretch":
        """What one part is to contain."""
        begin = part * self.part_households
        end = min(begin + self.part_households, self.households)
        first = np.clip(begin - self.before_district[:-1], 0, self.of_district)
        last = np.clip(end - self.before_district[:-1], 0, self.of_district)
        members_before, members_after = self._members_until(first), self._members_until(last)
        return Stretch(
            begin=begin,
            first=first,
            last=last,
            members=members_after - members_before,
            members_before=int(members_before.sum()),
        )

    def quotas_of(self, stretch: "Stretch", measure: str) -> Array:
        """How many of every district's households in a stretch have something."""
        quota = self.quotas[measure]
        return _running(quota, stretch.last, self.of_district) - _running(quota, stretch.first, self.of_district)

    def _members_until(self, households: Array) -> Array:
        """Members by region in the first households of every district."""
        regions = len(REGIONS)
        region = self.calibration.region
        weight = np.bincount(region, households * self.mean_size, regions)
        whole = np.bincount(region, self.of_district * self.mean_size, regions)
        return np.floor(self.members_of_region * weight / np.maximum(whole, 1) + 0.5).astype(np.int64)


class Stretch(msgspec.Struct, frozen=True):
    """The households of one part: from rank `first` to `last` in every district, and their members by region."""

    begin: int
    first: Array
    last: Array
    members: Array
    members_before: int

    @property
    def counts(self) -> Array:
        """Households by district."""
        return self.last - self.first


class Tehsils(msgspec.Struct, frozen=True):
    """Tehsils of the nation, district by district: cumulative shares inside the district, and what sets each apart."""

    cumulative: Array  # district number + share of the district up to and with this tehsil
    wealth: Array
    survey_begins: Array  # days after the roll-out began, 0 to 1
    centres: Array  # number of registry centres that serve it
    first_centre: Array
    union_councils: Array


def _running(quota: Array, until: Array, whole: Array) -> Array:
    return np.floor(quota * until / np.maximum(whole, 1) + 0.5).astype(np.int64)


def make_frame(calibration: Calibration, households: int, part_households: int = PART_HOUSEHOLDS) -> Frame:
    """Lay out a nation of so many households."""
    region = calibration.region
    printed = calibration.by_region("registered_households")
    members = calibration.by_region("household_members")
    one = np.zeros(len(REGIONS), np.int64)
    of_region = whole_shares(printed / printed.sum() * households, one, np.array([households]))
    share = calibration.households_2017 / np.bincount(region, calibration.households_2017)[region]
    of_district = whole_shares(share * of_region[region], region, of_region)
    weight = printed[region] * share
    mean_size = _mean_sizes(calibration, weight, members / printed)
    sizes = _tilted(calibration.sizes, mean_size)
    nation = weight @ sizes / weight.sum()
    size_mean = float(nation @ SIZES)
    quotas = _quotas(calibration, of_district, of_region)
    return Frame(
        calibration=calibration,
        households=households,
        part_households=part_households,
        of_district=of_district,
        before_district=np.r_[0, of_district.cumsum()],
        members_of_region=_members(members / printed.sum() * households, of_region),
        mean_size=mean_size,
        size_shares=sizes.cumsum(axis=1),
        quotas=quotas,
        wealth=_district_wealth(calibration, weight),
        tehsils=_tehsils(calibration),
        size_mean=size_mean,
        size_spread=float(np.sqrt(nation @ (SIZES - size_mean) ** 2)),
    )


def _members(real: Array, of_region: Array) -> Array:
    """Members of every region by its share of the nation's; no household is empty or larger than the largest."""
    whole = whole_shares(real, np.zeros(len(real), np.int64), np.array([round(real.sum())]))
    return np.clip(whole, of_region, of_region * SIZE_MAX)


def _mean_sizes(calibration: Calibration, weight: Array, of_region: Array) -> Array:
    """Every district's mean size: as it stood to its region's in 2017, scaled to what the report prints."""
    region = calibration.region
    total = np.bincount(region, weight)
    mean_2017 = np.bincount(region, weight * calibration.mean_size_2017) / total
    relative = np.clip(calibration.mean_size_2017 / mean_2017[region], *_MEAN_SIZE_BOUNDS)
    return relative * of_region[region] / (np.bincount(region, weight * relative) / total)[region]


def _tilted(sizes: Array, mean: Array) -> Array:
    """The census's distribution of sizes in every district, tilted exponentially to a mean."""
    base = sizes / sizes.sum(axis=1, keepdims=True)
    low, high = np.full(len(mean), -2.0), np.full(len(mean), 2.0)
    tilted = base
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        tilted = base * np.exp(middle[:, None] * SIZES)
        tilted /= tilted.sum(axis=1, keepdims=True)
        is_small = tilted @ SIZES < mean
        low, high = np.where(is_small, middle, low), np.where(is_small, high, middle)
    return np.asarray(tilted)


def _quotas(calibration: Calibration, of_district: Array, of_region: Array) -> dict[str, Array]:
    """How many households of every district have what the report counts; exact by region, and by printed district."""
    targets, region = make_targets(calibration), calibration.region
    quotas = {}
    for measure in HOUSEHOLD_MEASURES:
        shares = solve(targets[measure], of_district, region)
        if measure == "formal_latrine":
            shares = np.minimum(shares, 1 - solve(targets["open_defecation"], of_district, region))
        totals = np.rint(np.bincount(region, shares * of_district, len(of_region))).astype(np.int64)
        quotas[measure] = np.clip(whole_shares(shares * of_district, region, totals), 0, of_district)
    urban = urban_shares(calibration) * of_district
    quotas["urban"] = np.rint(urban).astype(np.int64)
    return quotas


def _district_wealth(calibration: Calibration, weight: Array) -> Array:
    """How rich a district is beside others: the mean of what report and census say of it, on the logit scale."""
    targets = make_targets(calibration)
    total = np.zeros(len(weight))
    for measure, sign in _WEALTH_SIGNS.items():
        share = np.clip(solve(targets[measure], weight, calibration.region), 0.01, 0.99)
        logit = np.log(share / (1 - share))
        mean = np.average(logit, weights=weight)
        total += sign * (logit - mean) / np.sqrt(np.average((logit - mean) ** 2, weights=weight))
    spread = np.sqrt(np.average(total**2, weights=weight))
    return np.asarray(_DISTRICT_WEALTH_SPREAD * total / spread)


UNION_COUNCIL_HOUSEHOLDS = 5_000
"""Households of a union council, on average (assumption: some 7,000 councils in the country)."""


def _tehsils(calibration: Calibration) -> Tehsils:
    random = np.random.Generator(np.random.PCG64(PLACE_SEED))
    district, households = calibration.tehsil_district, calibration.tehsil_households
    share = households / np.bincount(district, households)[district]
    running = share.cumsum()
    begins = running - share - district  # every district before it adds one
    centres = _centres(calibration)
    return Tehsils(
        cumulative=district + np.clip(begins + share, 0, 1),
        wealth=_TEHSIL_WEALTH_SPREAD * random.standard_normal(len(district)),
        survey_begins=random.random(len(district)),
        centres=centres,
        first_centre=centres.cumsum() - centres,
        union_councils=np.maximum(1, np.rint(households / UNION_COUNCIL_HOUSEHOLDS)).astype(np.int64),
    )


def _centres(calibration: Calibration) -> Array:
    """Registry centres of every tehsil, so that regions have as many as the report prints: one each, more by size.

    Where a region prints fewer centres than it has tehsils, the smallest tehsils have none of their own.
    """
    region = calibration.region[calibration.tehsil_district]
    printed = calibration.by_region("dynamic_registry_centres").astype(np.int64)
    households = calibration.tehsil_households
    tehsils = np.bincount(region, minlength=len(printed))
    largest_first = np.lexsort((-households, region))
    rank = np.empty(len(region), np.int64)
    rank[largest_first] = (
        np.arange(len(region)) - np.searchsorted(region[largest_first], np.arange(len(printed)))[region[largest_first]]
    )
    own = (rank < printed[region]).astype(np.int64)
    share = households / np.bincount(region, households)[region]
    return own + whole_shares(
        share * np.maximum(printed - tehsils, 0)[region], region, np.maximum(printed - tehsils, 0)
    )
