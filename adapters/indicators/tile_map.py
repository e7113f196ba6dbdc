"""The map of the districts as tiles: where each tile and label stands, and which of six shades it has.

The shades go from light to dark, so that they can be told apart in print and by people who see colours differently.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from math import floor, log10
from typing import NamedTuple

from adapters.indicators.tiles import Tile, lay_out, load_centroids
from projections.indicators.figures import Line, Population

SIDE = 40
"""Side of a tile in pixels."""
SHADES = ("#fbf3d3", "#d7e3a8", "#98c69a", "#4f9f9b", "#2a6f8f", "#1f3c66")
DARK_FROM = 3
"""From this shade on what is written in a tile is white."""
LABEL_LETTERS = 3
REGION_LETTERS = len("PK6")
LETTERS_PER_TILE = 5.0
"""How many letters of a region's name fit on the width of a tile."""
LEFT_OUT = "left out, since it speaks of too few or would let others be worked out"
NOBODY_ASKED = "nobody was asked"
NICE = (1, 1.5, 2, 2.5, 3, 4, 5, 10)
"""Steps between shades that are easily read, times a power of ten."""
ALIKE = 1e-9
"""An error of reckoning: a step that lacks no more is wide enough."""
DIGITS = 6
"""Decimal places of a break."""
SPREAD_MIN = 0.001
"""Values that are closer than this, far below what a table shows, get one shade; their breaks need no more DIGITS."""


class Square(NamedTuple):
    """One tile as it is drawn."""

    x: int
    y: int
    fill: str
    label: str
    shown: str
    says: str
    is_dark: bool = False


class Words(NamedTuple):
    """Words on the map, beginning at a point."""

    x: float
    y: float
    text: str


class Border(NamedTuple):
    """A line between tiles of two regions, or around the outermost."""

    x1: int
    y1: int
    x2: int
    y2: int


class Shade(NamedTuple):
    """One line of the legend."""

    fill: str
    says: str


class TileMap(NamedTuple):
    """Everything that is drawn."""

    width: int
    height: int
    squares: tuple[Square, ...]
    borders: tuple[Border, ...]
    regions: tuple[Words, ...]
    legend: tuple[Shade, ...]
    has_hidden: bool


@cache
def tiles_of_districts() -> Mapping[str, Tile]:
    """The tile of each district of the code list."""
    return lay_out(load_centroids())


def draw_map(lines: Sequence[tuple[Line, float | None]], population: Population, unit: str) -> TileMap:
    """Draw the districts of these lines, each with the value that shades it."""
    tiles = tiles_of_districts()
    shown = [(line, value) for line, value in lines if line.code in tiles]
    breaks = class_breaks([value for _, value in shown if value is not None])
    labels = short_labels({line.code: line.name for line, _ in shown})
    left = _columns_for_names(population)
    squares = tuple(
        _square(line, value, tiles[line.code], breaks, labels[line.code], left, unit) for line, value in shown
    )
    used = {line.code: tiles[line.code] for line, _ in shown}
    columns = 1 + max(tile.column for tile in used.values())
    rows = 1 + max(tile.row for tile in used.values())
    return TileMap(
        (columns + 2 * left) * SIDE,
        rows * SIDE + 2,
        squares,
        tuple(_borders(used, left)),
        tuple(_region_names(used, population, left, columns)),
        tuple(Shade(SHADES[place], says) for place, says in enumerate(_legend(breaks, unit))),
        any(line.is_hidden for line, _ in shown),
    )


def class_breaks(values: Sequence[float]) -> tuple[float, ...]:
    """Round numbers at which a darker shade begins: at most five, all between the least and the greatest value."""
    if not values or max(values) - min(values) < SPREAD_MIN:
        return ()
    low, high = min(values), max(values)
    rough = (high - low) / len(SHADES)
    power = 10.0 ** floor(log10(rough))
    step = next(nice * power for nice in NICE if nice * power >= rough - ALIKE)
    first = floor(low / step) + 1
    return tuple(round(step * place, DIGITS) for place in range(first, first + len(SHADES) - 1) if step * place < high)


def shade_of(value: float, breaks: Sequence[float]) -> int:
    """The number of the shade, the lightest being 0."""
    return sum(value >= each for each in breaks)


def short_labels(names: Mapping[str, str]) -> dict[str, str]:
    """Three letters for each name, no two alike: the first ones, and where those are taken, later ones."""
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for code, name in sorted(names.items(), key=lambda each: (len(each[1].split()), each[1])):
        label = next(label for label in _candidates(name) if label not in taken)
        taken.add(label)
        labels[code] = label
    return labels


def _candidates(name: str) -> Iterable[str]:
    words = ["".join(letter for letter in word if letter.isalpha()) for word in name.split()]
    words = [word for word in words if word]
    whole = "".join(words)
    if len(words) > 1:
        yield words[0][:1] + words[1][:2].capitalize()
        yield words[0][:2] + words[1][:1]
    yield whole[:LABEL_LETTERS].capitalize()
    for last in range(LABEL_LETTERS, len(whole)):
        yield (whole[:2] + whole[last]).capitalize()
    for middle in range(2, len(whole)):
        for last in range(middle + 1, len(whole)):
            yield (whole[0] + whole[middle] + whole[last]).capitalize()
    yield from (f"{whole[:2]}{number}" for number in range(1, 1000))


def _square(
    line: Line, value: float | None, tile: Tile, breaks: Sequence[float], label: str, left: int, unit: str
) -> Square:
    x, y = (tile.column + left) * SIDE, tile.row * SIDE + 1
    if value is None:
        says = f"{line.name}: {LEFT_OUT if line.is_hidden else NOBODY_ASKED}"
        return Square(x, y, "url(#hidden)" if line.is_hidden else "none", label, "", says)
    shade = shade_of(value, breaks)
    shown = f"{value:.0f}" if unit else f"{value:.1f}"
    return Square(x, y, SHADES[shade], label, shown, f"{line.name}: {value:.1f}{unit}", is_dark=shade >= DARK_FROM)


def _legend(breaks: Sequence[float], unit: str) -> list[str]:
    if not breaks:
        return []
    between = [f"{low:g} to {high:g}{unit}" for low, high in pairwise(breaks)]
    return [f"under {breaks[0]:g}{unit}", *between, f"{breaks[-1]:g}{unit} and over"]


def _borders(tiles: Mapping[str, Tile], left: int) -> Iterable[Border]:
    """Wherever the tile beside is of another region or there is none; a gap among tiles is no tile and has no frame."""
    region = {tile: code[:REGION_LETTERS] for code, tile in tiles.items()}
    for tile, own in sorted(region.items()):
        x, y = (tile.column + left) * SIDE, tile.row * SIDE + 1
        sides = {
            Tile(tile.column, tile.row - 1): Border(x, y, x + SIDE, y),
            Tile(tile.column, tile.row + 1): Border(x, y + SIDE, x + SIDE, y + SIDE),
            Tile(tile.column - 1, tile.row): Border(x, y, x, y + SIDE),
            Tile(tile.column + 1, tile.row): Border(x + SIDE, y, x + SIDE, y + SIDE),
        }
        yield from (
            border for beside, border in sides.items() if region.get(beside) != own and not _is_gap(beside, region)
        )


def _is_gap(tile: Tile, region: Mapping[Tile, str]) -> bool:
    around = [Tile(tile.column + x, tile.row + y) for x, y in ((0, 1), (0, -1), (1, 0), (-1, 0))]
    return tile not in region and all(each in region for each in around)


def _columns_for_names(population: Population) -> int:
    """Free columns on either side, wide enough for the longest name of a region."""
    names = [name for code, name in population.names.items() if len(code) == REGION_LETTERS and code in population.tree]
    return _width(max(names, key=len)) - 1


def _width(name: str) -> int:
    return int(len(name) / LETTERS_PER_TILE) + 1


def _region_names(tiles: Mapping[str, Tile], population: Population, left: int, columns: int) -> Iterable[Words]:
    """Write each region's name on free cells beside its tiles, as near to the middle of them as there is room."""
    taken = set(tiles.values())
    rows = range(1 + max(tile.row for tile in taken))
    for code in sorted({code[:REGION_LETTERS] for code in tiles}):
        own = [tile for each, tile in tiles.items() if each.startswith(code)]
        if len(own) == 1:
            continue  # a region of one district is named by its tile
        width = _width(population.names[code])
        middle = sum(tile.row for tile in own) / len(own)
        free = [
            cell
            for row in rows
            for column in range(-left, columns + left - width + 1)
            if not (cell := {Tile(column + more, row) for more in range(width)}) & taken
        ]
        best = min(free, key=lambda cells: _distance(cells, own, middle))
        taken |= best
        first = min(best)
        yield Words((first.column + left + 0.15) * SIDE, (first.row + 0.62) * SIDE, population.names[code])


def _distance(cells: set[Tile], own: Sequence[Tile], middle: float) -> tuple[float, float, Tile]:
    nearest = min(max(abs(cell.column - tile.column), 2 * abs(cell.row - tile.row)) for cell in cells for tile in own)
    first = min(cells)
    return nearest, abs(first.row - middle), first
