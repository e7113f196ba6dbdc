"""Small tools on numpy arrays that the generator's steps share: drawing, exact shares, ranks within groups."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

BINS = 256
"""How finely latent values are sorted before the last bin of a group is looked at exactly."""
_LATENT_SPAN = 4.0
_BISECTIONS = 60


class Dice:
    """The random numbers of one part: the same for the same seed and part, whatever else runs."""

    def __init__(self, *seeds: int) -> None:
        self._generator = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seeds)))

    def uniform(self, number: int) -> Array:
        """Numbers of [0, 1)."""
        return self._generator.random(number, dtype=np.float32)

    def normal(self, number: int) -> Array:
        """Numbers of mean 0 and spread 1."""
        return self._generator.standard_normal(number, dtype=np.float32)

    def gamma(self, shape: float, number: int) -> Array:
        """Numbers of a gamma distribution of scale 1."""
        return self._generator.standard_gamma(shape, number, dtype=np.float32)

    def poisson(self, mean: float, number: int) -> Array:
        """Counts around a mean."""
        return self._generator.poisson(mean, number)

    def choose(self, weights: tuple[float, ...], number: int) -> Array:
        """Indexes into a list of weights, drawn in their proportion."""
        return choose_by(self.uniform(number), weights)

    def order(self, groups: Array) -> Array:
        """A random order in which the groups, given in ascending order, still follow each other."""
        return np.argsort(groups + self._generator.random(len(groups)), kind="stable")


def choose_by(ranks: Array, weights: tuple[float, ...]) -> Array:
    """Indexes into a list of weights by ranks of [0, 1): the lowest ranks get the first."""
    bounds = (np.cumsum(weights)[:-1] / np.sum(weights)).astype(np.float32)
    return np.searchsorted(bounds, ranks, side="right").astype(np.int8)


def rank_of(normal: Array) -> Array:
    """Where normal numbers stand among all, between 0 and 1 (Abramowitz and Stegun 26.2.17, within 1e-7)."""
    size = np.abs(normal)
    step = 1 / (1 + 0.2316419 * size)
    series = np.zeros_like(step)
    for factor in (1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.319381530):
        series = (series + factor) * step
    above = series * np.exp(-(size**2) / 2) / math.sqrt(2 * math.pi)
    return np.where(normal > 0, 1 - above, above)


def normal_quantile(share: float) -> float:
    """The number below which this share of a normal distribution lies."""
    low, high = -6.0, 6.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        below = 0.5 * (1 + math.erf(middle / math.sqrt(2)))
        low, high = (middle, high) if below < share else (low, middle)
    return low


def lowest(latent: Array, group: Array, quotas: Array) -> Array:
    """Mark exactly as many of every group as its quota says: those of the lowest latent values. Linear in time."""
    groups = len(quotas)
    bin_of = np.clip((latent + _LATENT_SPAN) * (BINS / (2 * _LATENT_SPAN)), 0, BINS - 1).astype(np.int32)
    filled = np.bincount(group * np.int32(BINS) + bin_of, minlength=groups * BINS).reshape(groups, BINS).cumsum(axis=1)
    last = np.minimum((filled < quotas[:, None]).sum(axis=1), BINS - 1).astype(np.int32)
    before = np.where(last > 0, filled[np.arange(groups), last - 1], 0)
    marked = bin_of < last[group]
    edge = np.flatnonzero(bin_of == last[group])
    edge = edge[np.lexsort((latent[edge], group[edge]))]
    of_edge = group[edge]
    rank = np.arange(len(edge)) - np.searchsorted(of_edge, np.arange(groups))[of_edge]
    marked[edge[rank < (quotas - before)[of_edge]]] = True
    return np.asarray(marked)


def whole_shares(real: Array, within: Array, totals: Array) -> Array:
    """Round real numbers to whole ones that sum to the totals of the groups they lie in (largest remainders)."""
    whole = np.floor(real + 1e-9).astype(np.int64)
    rest = real - whole
    missing = totals - np.bincount(within, whole, len(totals)).astype(np.int64)
    order = np.lexsort((np.arange(len(real)), -rest, within))
    rank = np.arange(len(real)) - np.searchsorted(within[order], np.arange(len(totals)))[within[order]]
    counts = np.bincount(within, minlength=len(totals))
    turns = np.where(counts > 0, missing // np.maximum(counts, 1), 0)
    left = missing - turns * counts
    whole += turns[within]
    whole[order] += rank < left[within[order]]
    return whole


def ranks_within(groups: Array) -> Array:
    """The place of each element in its group, from 0; the groups stand in ascending order."""
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]]) if len(groups) else np.zeros(0, np.int64)
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.r_[starts, len(groups)]))


def first_of(groups: Array, indexes: Array, number: int) -> Array:
    """For each of `number` groups the first of some indexes that belongs to it, else -1."""
    first = np.full(number, -1, np.int64)
    first[groups[indexes[::-1]]] = indexes[::-1]
    return first
