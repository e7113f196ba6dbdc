"""A registry beside what was published: every number adds up by hand, and the account carries the same numbers."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from adapters.cli.shock_account import Frozen, account
from adapters.documents.places import load_places
from adapters.documents.published import COUNTRY, Figure, Published, StatedRule
from adapters.faults import Refused
from adapters.lives.tables import Flooded
from adapters.shocks.by_region import Counted, ReliefIn, StruckIn
from adapters.shocks.comparing import Comparison, compare
from domain.programme import CutOffSet
from domain.questionnaire.codes import Comparison as Within
from domain.questionnaire.codes import Hazard
from domain.relief import ReliefThresholds, TehsilThreshold
from domain.shock import Notified, Shock, ShockDeclared, ThresholdsSet

DAY = date(2022, 10, 18)


def figure(measure: str, region: str, value: int, as_of: date = DAY) -> Figure:
    return Figure(as_of, region, measure, value, "source", "a paper")


def district(place: str, status: str = "notified") -> Flooded:
    return Flooded("flood", place, place, status, DAY, "a paper")


PUBLISHED = Published(
    "A flood",
    1_000,
    "a report",
    (
        figure("families_paid", "PK2", 90, date(2022, 9, 20)),
        figure("districts_notified", "PK2", 3),
        figure("districts_notified", COUNTRY, 7),
        figure("families_identified", "PK2", 240),
        figure("families_identified", COUNTRY, 500),
        figure("families_paid", "PK2", 120),
        figure("families_paid", "PK3", 6),
        figure("families_paid", COUNTRY, 400),
        figure("affected_people", "PK2", 2_500),
        figure("affected_people", COUNTRY, 4_000),
    ),
    (StatedRule("relief", "32 or lower", "a study"),),
    (district("PK201"), district("PK202"), district("PK701", "emergency")),
)
COUNTED = Counted(
    registered=100,
    struck=(StruckIn("PK2", 20, 110, 18, 2, 1, 4), StruckIn("PK7", 10, 70, 10, 0, 0, 1)),
    relief=(ReliefIn("relief", "PK2", 13, 12, 15), ReliefIn("relief", "PK7", 8, 8, 9)),
)


def a_shock(*places: str) -> Shock:
    declared = ShockDeclared(DAY, "flood", Hazard.FLOOD, DAY, places, DAY, DAY, "NDMA", relief_programmes=("relief",))
    return Shock(declared, (Notified(DAY, places),))


SHOCKS = [a_shock("PK201"), a_shock("PK70101", "PK301")]


@pytest.fixture
def compared() -> Comparison:
    return compare(PUBLISHED, COUNTED, SHOCKS)


def test_a_sample_is_scaled_by_published_households_for_each_registered_one(compared: Comparison):
    assert compared.scale == 10
    assert [(each.counted.region, each.scaled) for each in compared.struck] == [
        ("PK2", 200), ("PK3", 0), ("PK7", 100), (COUNTRY, 300),
    ]  # fmt: skip


def test_a_scale_that_is_no_whole_number_stays_exact():
    counted = Counted(7, (StruckIn("PK2", 2),), ())
    compared = compare(PUBLISHED, counted, SHOCKS)
    assert compared.scale == Fraction(1_000, 7)
    assert compared.country.scaled == 286


def test_the_country_is_the_sum_of_its_regions(compared: Comparison):
    assert compared.country.counted == StruckIn(COUNTRY, 30, 180, 28, 2, 1, 5)
    assert compared.country_of("relief").given == ReliefIn("relief", COUNTRY, 21, 20, 24)


def test_relief_is_held_against_the_latest_figures_of_its_own_region(compared: Comparison):
    ratios = {each.given.region: (each.to_identified, each.to_paid) for each in compared.relief}
    assert ratios == {
        "PK2": (Fraction(120, 240), Fraction(120, 120)),
        "PK3": (None, Fraction(0)),
        "PK7": (None, None),
        COUNTRY: (Fraction(200, 500), Fraction(200, 400)),
    }


def test_districts_are_counted_as_notified_as_named_and_as_whole_in_the_shocks(compared: Comparison):
    districts = [each.districts for each in compared.struck]
    assert [(each.region, each.named, each.covered, each.notified and each.notified.value) for each in districts] == [
        ("PK2", 2, 1, 3), ("PK3", 0, 0, None), ("PK7", 1, 0, None), (COUNTRY, 3, 1, 7),
    ]  # fmt: skip
    assert compared.places_not_named == 1


def test_an_empty_registry_is_refused():
    with pytest.raises(Refused, match="No household is registered here"):
        compare(PUBLISHED, Counted(0, (), ()), SHOCKS)


CUTOFF = CutOffSet(DAY, "relief", Decimal(32), Within.AT_OR_UNDER, b"card", "a_card", illustration=True)
THRESHOLDS = ReliefThresholds(
    "relief",
    60,
    b"card",
    (TehsilThreshold("PK20101", Decimal(30), 20, 18, 12), TehsilThreshold("PK70101", None, 9, 9, 6)),
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Sources name 3 of the 7 districts that were notified by 2022-10-18.",
        "Balochistan 2 of 3, Sindh 1 of an unknown number.",
        "The shocks cover 1 of the 3.",
        "Whoever was paid in the other 6 is in the published counts and not in ours.",
        "Of the named, 1 stand there by an emergency and not by a notification.",
        "Of the places of the shocks, 1 lie in districts that no source names.",
        "1,800 people, scaled. Published as affected are 4,000. By region: Balochistan 1,100 against 2,500.",
        "One household registered here stands for 10.0.",
        "relief: stated is 32 or lower (a study).",
        "Here it is score <= 32 on a_card, an illustration: the agency's own formula is not published.",
        "Of 28 struck households with a score 20 are eligible, 71.4 in a hundred; 2 of the struck have no score.",
        "As published 8.0 people were affected for each family identified; here 9.0 people were struck for each",
        "relief has 24 recipients, each of a family, in 20 households, 1.20 a household.",
        "By families the ratio to those paid is 0.60, by households 0.50.",
        "30 households; 5 more live there and were first registered after it. Of the struck, 2 have no tehsil",
        "in 2 tehsils follow from the standings at 77 of the log and hold: of 29 households 27 had a score",
        "had a score and 18 were within, 66.7 in a hundred.",
        "21 were eligible for relief since the declaration; 20 are.",
        "published as of 2 days from 2022-09-20 to 2022-10-18",
        "1 of the struck were surveyed in full since the last impact",
    ],
)
def test_the_account_carries_the_numbers(compared: Comparison, sentence: str):
    frozen = [Frozen.of(ThresholdsSet(DAY, "flood", 77, THRESHOLDS))]
    told = account(PUBLISHED, compared, {"relief": CUTOFF}, frozen, load_places())
    assert sentence in "\n".join(ground.sentence for ground in told)
