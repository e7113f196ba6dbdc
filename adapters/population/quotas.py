"""Who among the people of a part has what the report counts: exactly as many of each district and sex as should."""

from collections.abc import Mapping

import msgspec
import numpy as np

from adapters.population.arrays import Array, Dice, lowest
from adapters.population.calibration import FEMALE, MALE, REGIONS, SEXES, TRANS, Calibration
from adapters.population.sizes import Places
from adapters.population.targets import PERSON_MEASURES, Target, make_targets, quotas_of_part, solve

TRANS_EMPLOYED = 0.25
"""Share of the transgender people in the workforce who work (assumption: the report prints none)."""


class PersonTargets(msgspec.Struct, frozen=True):
    """Shares of every district by measure and sex, and how many such people a household of it is expected to have."""

    targets: dict[str, Target]
    shares: dict[str, Array]
    expected: dict[str, Array] | None  # by measure and sex: people for each household of a district
    of_trans: dict[str, Array]


def person_targets(calibration: Calibration, weight: Array, expected: dict[str, Array] | None) -> PersonTargets:
    """Solve every measure for the expected people; without any yet (in the pilot), for the households themselves."""
    targets = {name: target for name, target in make_targets(calibration).items() if name.endswith("male")}
    shares = {
        name: solve(target, weight * (expected[name] if expected else 1.0), calibration.region)
        for name, target in targets.items()
    }
    of_trans = {}
    for measure in PERSON_MEASURES:
        printed = calibration.by_region(f"{measure}_pct", "trans") / 100
        of_trans[measure] = np.where(np.isnan(printed), TRANS_EMPLOYED, printed)
    return PersonTargets(targets, shares, expected, of_trans)


class Crowd(msgspec.Struct, frozen=True):
    """The people of a part as the quotas see them."""

    places: Places
    household: Array
    sex: Array  # as answered
    region_of_district: Array

    @property
    def district(self) -> Array:
        """District of every person."""
        return self.places.district[self.household]

    def choose(self, wanted: PersonTargets, measure: str, latent: Array, eligible: Array, dice: Dice) -> Array:
        """Mark those of the eligible who have it: of each district and sex those of the lowest latent values."""
        groups = len(self.region_of_district)
        among = np.flatnonzero(eligible & (self.sex != TRANS))
        cell = self.district[among] * np.int32(2) + self.sex[among]
        found = np.bincount(cell, minlength=2 * groups)
        quotas = np.zeros(2 * groups, np.int64)
        for sex in (MALE, FEMALE):
            name = f"{measure}_{SEXES[sex]}"
            expected = found[sex::2] if wanted.expected is None else wanted.expected[name] * self.places.stretch.counts
            quotas[sex::2] = quotas_of_part(
                wanted.targets[name], wanted.shares[name], expected, found[sex::2], self.region_of_district
            )
        has = np.zeros(len(self.household), bool)
        has[among] = lowest(latent[among], cell, quotas)
        trans = np.flatnonzero(eligible & (self.sex == TRANS))
        region = self.places.region[self.household[trans]]
        has[trans] = dice.uniform(len(trans)) < wanted.of_trans[measure][region]
        return has


SIZE_PRIOR_HOUSEHOLDS = 20
"""How many households of the nation a province's mean for a size is worth in the pilot, where it has few of its own."""


def expected_people(
    eligible: Mapping[str, Array], crowd: Crowd, size_shares: Array, province_of_district: Array
) -> dict[str, Array]:
    """How many people of each measure and sex a household of every district is expected to have, from a pilot.

    What matters is that every part expects the same; how well it does only decides how far a district may stray.
    """
    places = crowd.places
    sizes, provinces = size_shares.shape[1], int(province_of_district.max()) + 1
    cell = places.province.astype(np.int64) * sizes + places.size - 1
    households = np.bincount(cell, minlength=provinces * sizes).reshape(provinces, sizes).astype(float)
    share_of_size = np.diff(size_shares, axis=1, prepend=0)
    expected = {}
    for measure, who in eligible.items():
        for sex in (MALE, FEMALE):
            of_cell = cell[crowd.household[who & (crowd.sex == sex)]]
            people = np.bincount(of_cell, minlength=provinces * sizes).reshape(provinces, sizes).astype(float)
            nation = people.sum(axis=0) / np.maximum(households.sum(axis=0), 1)
            mean = (people + SIZE_PRIOR_HOUSEHOLDS * nation) / (households + SIZE_PRIOR_HOUSEHOLDS)
            expected[f"{measure}_{SEXES[sex]}"] = (share_of_size * mean[province_of_district]).sum(axis=1)
    return expected


def workforce_women_share(calibration: Calibration) -> Array:
    """Women among the workforce of every region: where the printed total lies between the printed sexes."""
    everybody, men, women = (calibration.by_region("employed_pct", sex) for sex in ("all", "male", "female"))
    share = (men - everybody) / (men - women)
    assert len(share) == len(REGIONS)
    return np.asarray(share)


ROUNDING_REACH = 12
"""How far the number of women in a region's workforce may be moved, so that the printed share of them is a number."""


def countable(number: int, share: float, most: int) -> int:
    """The number nearest by of which the share is closest to a whole number of people."""
    if number <= 0:
        return 0
    tried = np.arange(max(1, number - ROUNDING_REACH), min(most, number + ROUNDING_REACH) + 1)
    if not len(tried):
        return 0
    off = np.abs(np.rint(tried * share) / tried - share)
    return int(tried[np.lexsort((np.abs(tried - number), off.round(6)))[0]])
