"""The laws of the tile map: every district one tile, no two on one, neighbours together, the same each time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.documents.places import load_places
from adapters.faults import Refused
from adapters.indicators.tiles import lay_out, load_centroids, neighbours
from domain.places import PlaceLevel

BESIDE = 1
"""Tiles that touch, at a corner at least, are as far apart."""

centroids = st.dictionaries(
    st.text("ABCDEFGH", min_size=1, max_size=3),
    st.tuples(st.floats(60, 77), st.floats(24, 37)),
    min_size=1,
    max_size=25,
)


@pytest.fixture(scope="module")
def tiles():
    return lay_out(load_centroids())


def apart(one, other) -> int:
    return max(abs(one.column - other.column), abs(one.row - other.row))


def test_every_district_of_the_code_list_has_a_centroid(tiles):
    districts = {code for code, place in load_places().by_code.items() if place.level is PlaceLevel.DISTRICT}
    assert tiles.keys() == load_centroids().keys() == districts


def test_no_two_districts_share_a_tile(tiles):
    assert len(set(tiles.values())) == len(tiles)


def test_most_neighbours_touch_and_nearly_all_have_one_tile_between_them_at_most(tiles):
    ways = [apart(tiles[one], tiles[other]) for one, near in neighbours(load_centroids()).items() for other in near]
    assert sum(way <= BESIDE for way in ways) >= 0.8 * len(ways)
    assert sum(way <= BESIDE + 1 for way in ways) >= 0.98 * len(ways)


def test_the_layout_is_compact(tiles):
    columns, rows = (1 + max(place) for place in zip(*tiles.values(), strict=True))
    assert columns * rows <= 2.5 * len(tiles)


def test_north_stays_above_south_and_west_left_of_east(tiles):
    at = load_centroids()
    far = [(one, other) for one in at for other in at if at[one][1] - at[other][1] > 3]
    assert all(tiles[one].row < tiles[other].row for one, other in far)
    far = [(one, other) for one in at for other in at if at[other][0] - at[one][0] > 5]
    assert all(tiles[one].column < tiles[other].column for one, other in far)


def test_the_same_districts_always_lie_the_same_way(tiles):
    at = load_centroids()
    assert lay_out(dict(reversed(at.items()))) == tiles


@settings(max_examples=20)
@given(centroids)
def test_any_districts_get_a_tile_each(at):
    tiles = lay_out(at)
    assert tiles.keys() == at.keys()
    assert len(set(tiles.values())) == len(at)
    assert min(tile.column for tile in tiles.values()) == min(tile.row for tile in tiles.values()) == 0


def test_districts_at_the_same_spot_get_a_tile_each():
    assert len(set(lay_out({"A": (70.0, 30.0), "B": (70.0, 30.0)}).values())) == 2


def test_no_districts_have_no_tiles():
    assert lay_out({}) == {}


def test_a_damaged_file_of_centroids_is_refused_with_what_it_must_hold(tmp_path):
    file = tmp_path / "centroids.csv"
    file.write_text("code,longitude,latitude\nPK101,east,33\n")
    with pytest.raises(Refused, match="longitude and latitude"):
        load_centroids(file)
    with pytest.raises(Refused, match="put the file back"):
        load_centroids(tmp_path / "nothing.csv")
