"""From counts by place to the lines of a table."""

import pytest

from adapters.documents.places import load_places
from domain.places import PlaceLevel
from domain.questionnaire.codes import Sex
from projections.indicators import figures
from projections.indicators.figures import NATION, Heading, Population, populate
from projections.indicators.themes import THEMES, THEMES_BY_NAME, Unit
from tests.indicators.counted_nation import counted, nation

KOT_ADDU, MUZAFFARGARH, PUNJAB = "PK60201", "PK602", "PK6"
HOUSING, LITERACY, SIZE = (THEMES_BY_NAME[name] for name in ("housing", "literacy", "household_size"))


def households(population: Population, code: str) -> int:
    return figures.number(population.counts[code], "households", Unit.HOUSEHOLD)


def line(theme, population: Population, code: str):
    return figures.lines(theme, population, [code], figures.hidden_in(theme, population))[0]


def test_a_place_counts_everyone_in_the_places_inside_it():
    population = nation()
    for code, inner in population.tree.items():
        if inner:
            assert households(population, code) == sum(households(population, each) for each in inner)
    assert households(population, NATION) == 100 * sum(
        place.level is PlaceLevel.TEHSIL for place in load_places().by_code.values()
    )


def test_those_whose_tehsil_is_not_known_count_in_their_district_and_stand_in_a_line_of_their_own():
    population = nation({MUZAFFARGARH: counted(500)})
    assert households(population, f"{MUZAFFARGARH}?") == 500
    assert households(population, MUZAFFARGARH) == 500 + 100 * len(load_places().children(MUZAFFARGARH))
    assert f"{MUZAFFARGARH}?" in figures.codes_of(population, PlaceLevel.TEHSIL)


def test_a_place_that_is_not_on_the_list_counts_in_the_finest_one_that_is():
    population = populate({"PK60299": counted(50), "PK9": counted(20)}, load_places())
    assert households(population, f"{MUZAFFARGARH}?") == 50
    assert households(population, NATION) == 70


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_share_is_of_those_who_were_asked(theme):
    found = line(theme, nation(), PUNJAB)
    assert found.whole == figures.number(nation().counts[PUNJAB], theme.measures[0].of, theme.unit)
    expected = 40.0 if theme.is_share else 5.0
    assert found.values[0] == expected


def test_where_nobody_was_asked_there_is_no_share_and_nothing_is_hidden():
    found = line(HOUSING, populate({KOT_ADDU: counted(100)}, load_places()), "PK7")
    assert (found.whole, found.values, found.is_hidden) == (0, (None, None), False)


def test_all_persons_are_the_three_sexes_together():
    said = counted(100, literacy_known_transgender=100, literate_transgender=90)
    found = line(LITERACY, populate({KOT_ADDU: said}, load_places()), KOT_ADDU)
    assert found.whole == 600
    assert found.values == ((120 + 80 + 90) / 6, 40.0, 40.0, 90.0)


@pytest.mark.parametrize(("known", "literate"), [(9, 0), (30, 9), (30, 21)])
def test_the_share_of_a_sex_of_few_is_not_shown(known, literate):
    said = counted(100, literacy_known_transgender=known, literate_transgender=literate)
    population = nation({KOT_ADDU: said})
    shown = dict(
        zip(
            (heading.sex for heading in figures.headings(LITERACY)),
            line(LITERACY, population, KOT_ADDU).values,
            strict=True,
        )
    )
    assert shown[Sex.TRANSGENDER] is None
    assert shown[Sex.MALE] == 40.0


def test_a_small_place_is_hidden_in_every_theme_with_the_same_others_at_least():
    population = nation({KOT_ADDU: counted(9)})
    assert len(population.hidden) == 2
    assert all(population.hidden <= figures.hidden_in(theme, population) for theme in THEMES)


def test_a_few_who_differ_hide_a_theme_and_not_the_others():
    population = nation({KOT_ADDU: counted(100, kacha=3, pacca=97)})
    assert KOT_ADDU in figures.hidden_in(HOUSING, population)
    assert figures.hidden_in(LITERACY, population) == population.hidden == frozenset()
    hidden = line(HOUSING, population, KOT_ADDU)
    assert (hidden.is_hidden, hidden.whole, hidden.values) == (True, None, (None, None))


def test_districts_are_ranked_by_what_the_report_ranks_by_and_hidden_ones_stand_in_no_list():
    highest, few = "PK70201", "PK70301"
    population = nation({highest: counted(100, kacha=90, pacca=10), few: counted(100, kacha=3, pacca=97)})
    ranking = figures.ranking(HOUSING, population, figures.hidden_in(HOUSING, population))
    assert ranking[0].code == highest[:5]
    assert [each.values[0] for each in ranking] == sorted((each.values[0] for each in ranking), reverse=True)
    assert not {each.code for each in ranking} & figures.hidden_in(HOUSING, population)


def test_household_size_is_members_for_each_household():
    assert line(SIZE, nation(), NATION).values == (5.0,)


def test_columns_stand_as_the_report_prints_them():
    names = {theme.name: [heading.name for heading in figures.headings(theme)] for theme in THEMES}
    assert names["sanitation"] == ["formal_latrine", "informal_latrine", "open_defecation"]
    assert names["literacy"] == ["literate", "literate_male", "literate_female", "literate_transgender"]
    assert names["out_of_school"] == ["out_of_school", "out_of_school_male", "out_of_school_female"]
    assert Heading(LITERACY.measures[0], Sex.MALE).title == "Male"
