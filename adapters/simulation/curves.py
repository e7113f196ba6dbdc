"""Lorenz curves, and how well a programme finds the poor."""

from typing import Final

import msgspec
import numpy as np

POINTS_MAX: Final = 201


class Curve(msgspec.Struct, frozen=True):
    """Cumulative shares from the poorest on: of households, and of what is theirs. `gini` is 1 less twice the area."""

    what: str
    households: list[float]
    share: list[float]
    gini: float


class Confusion(msgspec.Struct, frozen=True):
    """Poor or not, in or not. Errors are shares: of those in who are not poor, and of the poor who are not in."""

    poor_in: int
    poor_out: int
    others_in: int
    others_out: int

    @property
    def inclusion_error(self) -> float | None:
        """The share of those in who are not poor."""
        total = self.poor_in + self.others_in
        return self.others_in / total if total else None

    @property
    def exclusion_error(self) -> float | None:
        """The share of the poor who are not in."""
        total = self.poor_in + self.poor_out
        return self.poor_out / total if total else None


def curve(what: str, counts: np.ndarray, shares: np.ndarray) -> Curve | None:
    """A curve over groups that are ordered from the poorest: their households, and what is theirs."""
    total, whole = counts.sum(), shares.sum()
    if total <= 0 or whole <= 0 or (shares < 0).any():
        return None
    x = np.concatenate([[0.0], np.cumsum(counts) / total])
    y = np.concatenate([[0.0], np.cumsum(shares) / whole])
    area = float(((x[1:] - x[:-1]) * (y[1:] + y[:-1])).sum() / 2)
    grid = x if len(x) <= POINTS_MAX else np.linspace(0, 1, POINTS_MAX)
    return Curve(what, [round(float(each), 6) for each in grid], _shown(np.interp(grid, x, y)), round(1 - 2 * area, 6))


def _shown(values: np.ndarray) -> list[float]:
    return [round(float(value), 6) for value in values]


def confusion(poor: np.ndarray, included: np.ndarray) -> Confusion:
    """Count both kinds of error, and what is right."""
    return Confusion(
        int((poor & included).sum()),
        int((poor & ~included).sum()),
        int((~poor & included).sum()),
        int((~poor & ~included).sum()),
    )
