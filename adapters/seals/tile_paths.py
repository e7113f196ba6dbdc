"""Where each part of the tree lies: the paths of C2SP tlog-tiles (https://c2sp.org/tlog-tiles)."""

import re
from typing import NamedTuple

from adapters.seals.not_proved import NotProved

TILE_HASHES = 256
LEVEL_MAX = 63
ENTRIES = "entries"

_PATH = re.compile(r"((?:x[0-9]{3}/){0,5})([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class Tile(NamedTuple):
    """A tile: 256 hashes of a level, or the first `width` of them; a width of 0 stands for all."""

    level: int
    number: int
    width: int = 0


def tile_path(level: int | str, number: int, width: int = 0) -> str:
    """Path of a tile, or of a bundle of entries where the level is `entries`."""
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:  # noqa: PLR2004 - digits go by three
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    return f"tile/{level}/" + "/".join(parts) + (f".p/{width}" if width else "")


def read_tile_path(level: str, rest: str) -> Tile:
    """Read the path of a tile behind `tile/`, in two pieces. Raises NotProved for one that no tile has."""
    matched = _PATH.fullmatch(rest)
    if not matched or not re.fullmatch(r"0|[1-9][0-9]?", level) or int(level) > LEVEL_MAX:
        raise NotProved(f"tile/{level}/{rest} is not the path of a tile")
    width = int(matched[3] or 0)
    if width >= TILE_HASHES:
        raise NotProved(f"tile/{level}/{rest} names a tile wider than {TILE_HASHES - 1}")
    return Tile(int(level), int((matched[1] + matched[2]).replace("x", "").replace("/", "")), width)


def width_of(level: int, number: int, size: int) -> int:
    """How many hashes a tile has in a tree of this size; 256 for a full one, 0 or less for one that is not there."""
    return min(TILE_HASHES, (size >> (8 * level)) - number * TILE_HASHES)
