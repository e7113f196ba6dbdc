from datetime import date

import pytest

from domain.places import OfficialPlace, PlaceLevel, arrange
from domain.questionnaire.answers import Place
from domain.refusal import Rejected

SINCE = date(2022, 9, 9)
PUNJAB = OfficialPlace("PK6", "Punjab", PlaceLevel.REGION, None, SINCE)
SINDH = OfficialPlace("PK7", "Sindh", PlaceLevel.REGION, None, SINCE)
BAHAWALPUR = OfficialPlace("PK603", "Bahawalpur", PlaceLevel.DISTRICT, "PK6", SINCE)
BAHAWALPUR_CITY = OfficialPlace("PK60302", "Bahawalpur", PlaceLevel.TEHSIL, "PK603", SINCE)
HASILPUR = OfficialPlace("PK60303", "Hasilpur", PlaceLevel.TEHSIL, "PK603", SINCE)
SHIKARPUR = OfficialPlace("PK720", "Shikarpur", PlaceLevel.DISTRICT, "PK7", SINCE)
KHANPUR_SOUTH = OfficialPlace("PK72002", "Khanpur", PlaceLevel.TEHSIL, "PK720", SINCE)
KHANPUR_NORTH = OfficialPlace("PK60304", "Khanpur", PlaceLevel.TEHSIL, "PK603", SINCE)
ROWS = [HASILPUR, KHANPUR_SOUTH, KHANPUR_NORTH, BAHAWALPUR_CITY, BAHAWALPUR, SHIKARPUR, SINDH, PUNJAB]
PLACES = arrange(ROWS)


def test_a_place_is_got_by_its_code():
    assert PLACES.get("PK603") is BAHAWALPUR
    assert PLACES.name("PK60303") == "Hasilpur"
    assert "PK603" in PLACES
    assert "PK604" not in PLACES


def test_children_are_the_places_directly_below():
    assert PLACES.children(None) == (PUNJAB, SINDH)
    assert PLACES.children("PK603") == (BAHAWALPUR_CITY, HASILPUR, KHANPUR_NORTH)
    assert PLACES.children("PK60303") == ()


def test_a_name_shared_by_a_district_and_its_tehsil_means_the_district():
    assert PLACES.find(" bahawalpur ") is BAHAWALPUR
    assert PLACES.find("Bahawalpur", within="PK603") is BAHAWALPUR


def test_a_name_shared_by_two_tehsils_is_not_guessed():
    assert PLACES.find("Khanpur") is None
    assert PLACES.find("Khanpur", within="PK7") is KHANPUR_SOUTH


def test_a_name_nobody_bears_finds_nothing():
    assert PLACES.find("Atlantis") is None


@pytest.mark.parametrize(
    ("written", "suggested"),
    [
        ("PK60399", "PK60303 Hasilpur"),
        ("pk603", "PK603 Bahawalpur"),
        ("Bahawalpor", "PK603 Bahawalpur"),
        ("hasilpur", "PK60303 Hasilpur"),
        ("PK9", "PK6 Punjab"),
    ],
)
def test_an_unknown_code_is_refused_with_the_nearest_places(written, suggested):
    with pytest.raises(Rejected, match=suggested):
        PLACES.get(written)


def test_a_code_like_nothing_we_know_is_refused_with_an_example():
    with pytest.raises(Rejected, match="use a P-code such as PK602"):
        PLACES.get("?")


def test_a_shock_may_name_a_union_council_of_a_tehsil():
    assert PLACES.find_problem("PK60303/Chak 17") is None
    assert PLACES.find_problem("PK6") is None


@pytest.mark.parametrize("code", ["PK603/Chak 17", "PK60303/", "PK60303/ "])
def test_a_union_council_needs_a_tehsil_and_a_name(code):
    assert "names a union council wrongly" in (PLACES.find_problem(code) or "")


def test_a_household_lives_at_a_known_place():
    assert PLACES.find_residence_problem(Place("PK60303", "Chak 17")) is None
    assert "PK60304" in (PLACES.find_residence_problem(Place("PK60305")) or "")


def test_a_code_is_listed_once():
    with pytest.raises(Rejected, match="PK603 is listed twice"):
        arrange([*ROWS, BAHAWALPUR])


@pytest.mark.parametrize(
    "stray",
    [
        OfficialPlace("PK801", "Nowhere", PlaceLevel.DISTRICT, "PK8", SINCE),
        OfficialPlace("PK60401", "Nowhere", PlaceLevel.TEHSIL, "PK6", SINCE),
        OfficialPlace("PK721", "Nowhere", PlaceLevel.DISTRICT, "PK6", SINCE),
        OfficialPlace("PK605", "Nowhere", PlaceLevel.DISTRICT, None, SINCE),
        OfficialPlace("PK8", "Nowhere", PlaceLevel.REGION, "PK6", SINCE),
    ],
)
def test_a_place_lies_in_a_place_one_level_up(stray):
    with pytest.raises(Rejected, match=f"{stray.code} Nowhere cannot lie in"):
        arrange([*ROWS, stray])
