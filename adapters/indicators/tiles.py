"""Lays the districts out as equal square tiles, so that small crowded ones are seen as well as large empty ones.

Each district starts at its centroid; crowded ones are pushed apart until each has the room of a tile, and then all are
given places on a grid so that the way from where they were is shortest in all (the assignment problem, solved exactly).
Nothing is drawn by chance: the same districts always lie the same way.
"""

import csv
from collections.abc import Mapping, Sequence
from math import cos, radians, sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.faults import Refused
from adapters.home import DATA

CENTROIDS_FILE = DATA / "places" / "district_centroids.csv"

FILLING = 0.62
"""The part of the area between the outermost districts that is filled with tiles."""
ROUNDS = 300
"""Rounds of pushing apart; 200 are enough for 160 districts."""
PUSH, PULL = 0.45, 0.02
MARGIN = 2
"""Free columns and rows around the districts, so that the outermost may be pushed out."""
NEAREST = 4
"""How many of the nearest districts count as neighbours."""

Floats = NDArray[np.float64]


class Tile(NamedTuple):
    """A place on the grid; rows count from the north, columns from the west."""

    column: int
    row: int


def load_centroids(path: Path = CENTROIDS_FILE) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of the middle of each district. Raises Refused where the file cannot be used."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return {row["code"]: (float(row["longitude"]), float(row["latitude"])) for row in csv.DictReader(lines)}
    except OSError as failure:
        raise Refused(f"{path}: the centroids cannot be read ({failure.strerror}): put the file back.") from failure
    except (KeyError, ValueError) as failure:
        raise Refused(f"{path}: columns must be code, longitude and latitude, in degrees ({failure}).") from failure


def lay_out(centroids: Mapping[str, tuple[float, float]]) -> dict[str, Tile]:
    """Give every district a tile of its own."""
    codes = sorted(centroids)
    if not codes:
        return {}
    at = _on_a_plane([centroids[code] for code in codes])
    near = _nearest(at)
    cells = _assign(_pushed_apart(at, near))
    cells -= cells.min(axis=0)
    return {code: Tile(int(column), int(row)) for code, (column, row) in zip(codes, cells.tolist(), strict=True)}


def neighbours(centroids: Mapping[str, tuple[float, float]]) -> dict[str, list[str]]:
    """The nearest districts of each."""
    codes = sorted(centroids)
    near = _nearest(_on_a_plane([centroids[code] for code in codes]))
    return {code: [codes[other] for other in near[place]] for place, code in enumerate(codes)}


def _on_a_plane(degrees: Sequence[tuple[float, float]]) -> Floats:
    """Degrees as lengths in tiles, south downwards; a degree of longitude shrinks with the cosine of the latitude."""
    at = np.array(degrees, dtype=np.float64)
    at[:, 0] *= cos(radians(float(at[:, 1].mean())))
    at[:, 1] *= -1
    at -= at.min(axis=0)
    width, height = (max(float(side), 1e-9) for side in at.max(axis=0))
    per_tile = sqrt(width * height * FILLING / len(at))
    on_plane: Floats = at / per_tile
    return on_plane


def _nearest(at: Floats) -> NDArray[np.intp]:
    apart = np.linalg.norm(at[:, None] - at[None, :], axis=2)
    np.fill_diagonal(apart, np.inf)
    return np.argsort(apart, axis=1, kind="stable")[:, : min(NEAREST, len(at) - 1)]


def _pushed_apart(at: Floats, near: NDArray[np.intp]) -> Floats:
    """Push districts that are nearer than a tile apart, and draw neighbours that are farther than one together."""
    now = at + np.arange(len(at))[:, None] * 1e-6  # two at the very same spot would not know which way to go
    for _ in range(ROUNDS):
        away = now[:, None] - now[None, :]
        apart = np.linalg.norm(away, axis=2)
        np.fill_diagonal(apart, np.inf)
        too_near = np.clip(1.0 - apart, 0.0, None) / np.maximum(apart, 1e-9)
        push = (away * too_near[:, :, None]).sum(axis=1) * PUSH
        to_neighbours = now[near] - now[:, None]
        far = np.linalg.norm(to_neighbours, axis=2, keepdims=True)
        pull = (to_neighbours * np.clip(far - 1.0, 0.0, None) / np.maximum(far, 1e-9)).sum(axis=1) * PULL
        now = now + push + pull
    return now


def _assign(at: Floats) -> NDArray[np.intp]:
    """Give each a cell of its own, with the least sum of squared ways."""
    low = np.floor(at.min(axis=0)).astype(int) - MARGIN
    high = np.ceil(at.max(axis=0)).astype(int) + MARGIN
    columns, rows = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
    cells = np.stack([columns.ravel(), rows.ravel()], axis=1)
    cost = ((at[:, None] - cells[None, :]) ** 2).sum(axis=2)
    return cells[_cheapest(cost)]


def _cheapest(cost: Floats) -> NDArray[np.intp]:
    """Choose a column for each row, each at most once, with the least sum: the Hungarian method with potentials."""
    number, width = cost.shape
    of_row, of_column = np.zeros(number + 1), np.zeros(width + 1)
    taken_by = np.zeros(width + 1, dtype=np.intp)
    for row in range(1, number + 1):
        taken_by[0], column = row, 0
        least, came_from = np.full(width + 1, np.inf), np.zeros(width + 1, dtype=np.intp)
        used = np.zeros(width + 1, dtype=bool)
        while taken_by[column]:
            used[column] = True
            here = taken_by[column]
            reduced = cost[here - 1] - of_row[here] - of_column[1:]
            better = ~used[1:] & (reduced < least[1:])
            least[1:][better] = reduced[better]
            came_from[1:][better] = column
            free = np.where(used, np.inf, least)
            following = int(np.argmin(free[1:])) + 1
            step = free[following]
            of_row[taken_by[used]] += step
            of_column[used] -= step
            least[~used] -= step
            column = following
        while column:
            taken_by[column] = taken_by[came_from[column]]
            column = int(came_from[column])
    chosen = np.zeros(number, dtype=np.intp)
    for column in range(1, width + 1):
        if taken_by[column]:
            chosen[taken_by[column] - 1] = column - 1
    return chosen
