"""Households before anybody lives in them: where they stand, how many they will be, how rich they are."""

import msgspec
import numpy as np

from adapters.population.arrays import Array, Dice, lowest
from adapters.population.calibration import SIZE_MAX
from adapters.population.frame import Frame, Stretch

_WEALTH_BY_SIZE = -0.20
"""Larger households are poorer (assumption)."""
_OWN_WEALTH_SPREAD = 0.86
_URBAN_BY_WEALTH = 0.35
_TOWN_PREMIUM, _VILLAGE_PREMIUM = 0.45, -0.15


class Places(msgspec.Struct, frozen=True):
    """The households of a part in the order of their keys, one element each."""

    stretch: Stretch
    district: Array
    region: Array
    province: Array
    tehsil: Array
    size: Array
    size_score: Array  # how far the size lies from the nation's mean, in its spreads
    wealth: Array
    urban: Array
    comfort: Array  # wealth as it shows in dwelling and goods: the same money buys more of them in a town

    def __len__(self) -> int:
        return len(self.district)


def lay_out(frame: Frame, stretch: Stretch, dice: Dice) -> Places:
    """Place the households of a part, give each its size and its wealth."""
    calibration = frame.calibration
    counts = stretch.counts
    district = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    region = calibration.region[district].astype(np.int8)
    tehsil = _tehsils(frame, district, counts, dice)
    size = _sizes(frame, stretch, district, region, dice)
    size_score = ((size - frame.size_mean) / frame.size_spread).astype(np.float32)
    own = _OWN_WEALTH_SPREAD * dice.normal(len(district)) + _WEALTH_BY_SIZE * size_score
    wealth = (own + (frame.wealth[district] + frame.tehsils.wealth[tehsil])).astype(np.float32)
    town = (dice.normal(len(district)) - _URBAN_BY_WEALTH * own).astype(np.float32)
    urban = lowest(town, district, frame.quotas_of(stretch, "urban"))
    return Places(
        stretch=stretch,
        district=district,
        region=region,
        province=calibration.province[district].astype(np.int8),
        tehsil=tehsil,
        size=size,
        size_score=size_score,
        wealth=wealth,
        urban=urban,
        comfort=wealth + np.where(urban, _TOWN_PREMIUM, _VILLAGE_PREMIUM).astype(np.float32),
    )


def _even(district: Array, counts: Array, dice: Dice) -> Array:
    """For every household a rank of [0, 1) in its district, spread evenly and in random order."""
    before = np.r_[0, counts.cumsum()[:-1]]
    start = dice.uniform(len(counts))
    rank = (np.arange(len(district)) - before[district] + start[district]) / counts[district]
    return np.asarray(np.minimum(rank, 1 - 1e-9)[dice.order(district.astype(np.float64))])


def _tehsils(frame: Frame, district: Array, counts: Array, dice: Dice) -> Array:
    place = district + _even(district, counts, dice)
    found = np.searchsorted(frame.tehsils.cumulative, place, side="right")
    last = np.searchsorted(frame.calibration.tehsil_district, np.arange(len(counts)), side="right") - 1
    return np.minimum(found, last[district]).astype(np.int16)


def _sizes(frame: Frame, stretch: Stretch, district: Array, region: Array, dice: Dice) -> Array:
    """Sizes as the district has them, and the members of every region's households exactly as they are to be."""
    counts = stretch.counts
    shares = frame.size_shares + np.arange(len(counts))[:, None]
    rank = district + _even(district, counts, dice)
    size = (np.searchsorted(shares.ravel(), rank, side="right") - district * SIZE_MAX + 1).clip(1, SIZE_MAX)
    for number, members in enumerate(stretch.members):
        here = np.flatnonzero(region == number)
        _correct(size, here, int(members), dice)
    return np.asarray(size, np.int8)


def _correct(size: Array, here: Array, members: int, dice: Dice) -> None:
    """Add members to some households, or take them from some, until a region has as many as it is to have."""
    while len(here) and (gap := members - int(size[here].sum())):
        step = 1 if gap > 0 else -1
        able = here[(size[here] < SIZE_MAX) if step > 0 else (size[here] > 1)]
        if not len(able):
            return
        chosen = able[np.argsort(dice.uniform(len(able)), kind="stable")[: abs(gap)]]
        size[chosen] += step
