"""What is drawn on the map of tiles."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.documents.places import load_places
from adapters.indicators.tile_map import SHADES, SIDE, class_breaks, draw_map, shade_of, short_labels
from domain.places import PlaceLevel
from projections.indicators import figures
from projections.indicators.themes import THEMES_BY_NAME
from tests.indicators.counted_nation import counted, nation

HOUSING = THEMES_BY_NAME["housing"]
FEW = "PK703"
values = st.lists(st.floats(0, 100), max_size=40)


def drawn(population):
    kept_back = figures.hidden_in(HOUSING, population)
    lines = figures.lines(HOUSING, population, figures.codes_of(population, PlaceLevel.DISTRICT), kept_back)
    return draw_map([(line, line.values[0]) for line in lines], population, "%")


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_district_is_drawn_once_with_a_label_of_its_own():
    squares = drawn(nation()).squares
    districts = [place for place in load_places().by_code.values() if place.level is PlaceLevel.DISTRICT]
    assert len(squares) == len(districts)
    assert (
        len({(square.x, square.y) for square in squares}) == len({square.label for square in squares}) == len(squares)
    )


def test_every_tile_says_which_district_it_is():
    said = {square.says.partition(":")[0] for square in drawn(nation()).squares}
    assert said == {place.name for place in load_places().by_code.values() if place.level is PlaceLevel.DISTRICT}


def test_a_hidden_district_is_hatched_and_says_why_without_its_value():
    few = {code: counted(1, kacha=1, pacca=0) for code in load_places().by_code if code.startswith(FEW) and code != FEW}
    picture = drawn(nation(few))
    hatched = [square for square in picture.squares if square.fill == "url(#hidden)"]
    assert picture.has_hidden
    assert len(hatched) == 2
    assert all("left out" in square.says and not square.shown for square in hatched)


def test_names_of_regions_cover_no_tile_and_stand_inside_the_picture():
    picture = drawn(nation())
    tiles = {(square.x // SIDE, square.y // SIDE) for square in picture.squares}
    for words in picture.regions:
        assert (int(words.x // SIDE), int(words.y // SIDE)) not in tiles
        assert 0 <= words.x < picture.width
    assert len(picture.regions) == 6  # Islamabad is one district and named by its tile


def test_shades_go_from_light_to_dark_so_that_they_differ_in_grey():
    greys = [luminance(shade) for shade in SHADES]
    assert all(light - dark > 20 for light, dark in pairwise(greys))


@given(values)
@example([0.0, 1.797873151490281e-06])
def test_there_are_never_more_classes_than_shades_and_each_value_has_one(given_values):
    breaks = class_breaks(given_values)
    assert list(breaks) == sorted(set(breaks))
    assert all(0 <= shade_of(value, breaks) < len(SHADES) for value in given_values)


@pytest.mark.parametrize(
    ("spread", "breaks"),
    [([0, 84], (15, 30, 45, 60, 75)), ([5, 5], ()), ([], ()), ([4.1, 6.5], (4.4, 4.8, 5.2, 5.6, 6.0))],
)
def test_shades_change_at_round_numbers(spread, breaks):
    assert class_breaks(spread) == pytest.approx(breaks)


def test_labels_are_the_beginnings_of_names_as_far_as_they_can_be():
    labels = short_labels(
        {"1": "Lahore", "2": "Karachi East", "3": "Karachi West", "4": "Bahawalnagar", "5": "Bahawalpur"}
    )
    assert labels == {"1": "Lah", "2": "KEa", "3": "KWe", "4": "Bah", "5": "Baa"}


@given(st.dictionaries(st.text("abc", min_size=1, max_size=4), st.text("AB ", min_size=1, max_size=5), max_size=30))
def test_no_two_labels_are_alike(names):
    labels = short_labels(names)
    assert labels.keys() == names.keys()
    assert len(set(labels.values())) == len(names)
