"""The eleven themes of the annual report as data: who is asked about, who counts, and where the report prints it.

An indicator is a share: so many of so many. Whoever gave no answer stands in neither number. What the report leaves
open is decided here, and said in docs/indicators.md.
"""

from collections.abc import Hashable
from enum import Enum
from typing import NamedTuple

from domain.questionnaire.answers import AGE_TOP_CODE
from domain.questionnaire.codes import (
    DrinkingWater,
    Electricity,
    EmploymentStatus,
    SchoolStatus,
    Sex,
    Structure,
    Toilet,
)

SCHOOL_AGES = (4, 18)
LITERACY_AGES = (10, AGE_TOP_CODE)
WORKING_AGES = (14, 60)
"""Annual report FY 2022-23: table 11 and text (4-18), table 14 (10+), table 27 (14-60)."""


class Unit(Enum):
    """Who is counted."""

    HOUSEHOLD = "households"
    PERSON = "persons"


class Measure(NamedTuple):
    """One share: `name` of `of`, both columns of counts.

    `answer` is what is asked of each household or member, `counts` the answers that are counted in, `among` those
    that belong to the whole (none: every answer that was given), `ages` whom it is asked of, both ends included.
    """

    name: str
    title: str
    of: str
    answer: str
    counts: frozenset[Hashable] = frozenset({True})
    among: frozenset[Hashable] | None = None
    ages: tuple[int, int] | None = None


class Theme(NamedTuple):
    """One theme: what is counted, and the tables of the report that print it.

    `sexes` are those the report prints beside the total; `ranked` is the measure by which it lists districts.
    `highest` is empty where the printed list is no ranking.
    """

    name: str
    title: str
    unit: Unit
    who: str
    measures: tuple[Measure, ...]
    table: str
    ranked: str = ""
    highest: str = ""
    lowest: str = ""
    sexes: tuple[Sex, ...] = ()
    is_share: bool = True


BOTH_SEXES = (Sex.MALE, Sex.FEMALE)
ALL_SEXES = (Sex.MALE, Sex.FEMALE, Sex.TRANSGENDER)

SAFE_WATER = frozenset(
    {
        DrinkingWater.PIPED,
        DrinkingWater.PUBLIC_TAP,
        DrinkingWater.HAND_PUMP,
        DrinkingWater.MOTORIZED_PUMP_OR_TUBE_WELL,
        DrinkingWater.COVERED_OR_CLOSED_WELL,
        DrinkingWater.PROTECTED_SPRING,
        DrinkingWater.FILTRATION_PLANT,
        DrinkingWater.BOTTLED,
    }
)
"""The report calls taps and covered wells safe; open wells, rain, streams, rivers and karez unsafe. Others are ours."""

FORMAL_LATRINE = frozenset({Toilet.FLUSH_OPEN_DRAIN, Toilet.FLUSH_PUBLIC_SEWERAGE, Toilet.FLUSH_PIT_OR_SEPTIC})
OPEN_DEFECATION = frozenset({Toilet.NONE})
INFORMAL_LATRINE = frozenset(Toilet) - FORMAL_LATRINE - OPEN_DEFECATION
"""The report prints three groups, and not which toilet is in which: flush is formal here, any other informal."""

WORKFORCE = frozenset({EmploymentStatus.EMPLOYED, EmploymentStatus.SEEKING_WORK, EmploymentStatus.UNEMPLOYED})
"""Who works or wants to: in table 27 women are 12 to 30% of the whole, so housewives, students and retired are out."""

SIZE = Measure("members", "Average household size", "households", "")
"""Not a share: members for each household, whatever was answered."""

THEMES = (
    Theme(
        "household_size",
        "Household size",
        Unit.HOUSEHOLD,
        "Every registered household, and everyone on its roster.",
        (SIZE,),
        "T01_household_size_region",
        is_share=False,
    ),
    Theme(
        "housing",
        "Kacha and pacca housing",
        Unit.HOUSEHOLD,
        "Households whose kind of dwelling is known. Semi-pacca counts as pacca: the report knows two kinds.",
        (
            Measure("kacha", "Kacha", "dwellings_known", "structure", frozenset({Structure.KACHA})),
            Measure(
                "pacca", "Pacca", "dwellings_known", "structure", frozenset({Structure.PACCA, Structure.SEMI_PACCA})
            ),
        ),
        "T02_housing_region",
        "kacha",
        "T03_kacha_highest5",
        "T04_kacha_lowest5",
    ),
    Theme(
        "water",
        "Safe drinking water",
        Unit.HOUSEHOLD,
        "Households whose source is known; taps, pumps, covered wells, protected springs and filtered water are safe.",
        (
            Measure("safe_water", "Safe", "water_known", "drinking_water", SAFE_WATER),
            Measure("unsafe_water", "Unsafe", "water_known", "drinking_water", frozenset(DrinkingWater) - SAFE_WATER),
        ),
        "T05_water_region",
        "safe_water",
        "T06_safe_water_highest5",
        "T07_safe_water_lowest5",
    ),
    Theme(
        "electricity",
        "Electricity",
        Unit.HOUSEHOLD,
        "Households of which it is known; a metered and an extended connection both count.",
        (
            Measure(
                "electricity",
                "Connected",
                "electricity_known",
                "electricity",
                frozenset({Electricity.METERED, Electricity.EXTENDED}),
            ),
        ),
        "T08_electricity_region",
        "electricity",
        "",
        "T10_electricity_lowest5",
    ),
    Theme(
        "out_of_school",
        "Out-of-school children, 4-18",
        Unit.PERSON,
        "Members of 4 to 18 whose schooling is known; who never attended or dropped out is out of school.",
        (
            Measure(
                "out_of_school",
                "Out of school",
                "schooling_known",
                "school",
                frozenset({SchoolStatus.NEVER_ATTENDED, SchoolStatus.DROPPED_OUT}),
                ages=SCHOOL_AGES,
            ),
        ),
        "T11_oosc_region",
        "out_of_school",
        "T12_oosc_highest5",
        "T13_oosc_lowest5",
        BOTH_SEXES,
    ),
    Theme(
        "literacy",
        "Literacy, 10 and over",
        Unit.PERSON,
        "Members of 10 and over of whom it is known.",
        (Measure("literate", "Literate", "literacy_known", "literate", ages=LITERACY_AGES),),
        "T14_literacy_region",
        "literate",
        "T15_literacy_highest5",
        "T16_literacy_lowest5",
        ALL_SEXES,
    ),
    Theme(
        "disability",
        "Disability",
        Unit.PERSON,
        "All members; whoever has one of the kinds asked counts. Persons, though the report's heading says households.",
        (Measure("disabled", "With a disability", "persons", "disabilities"),),
        "T17_disability_region",
        "disabled",
        "T18_disability_highest5",
        "T19_disability_lowest5",
        ALL_SEXES,
    ),
    Theme(
        "sanitation",
        "Sanitation",
        Unit.HOUSEHOLD,
        "Households whose toilet is known: flush is formal, any other informal, none is open defecation.",
        (
            Measure("formal_latrine", "Formal latrine", "toilets_known", "toilet", FORMAL_LATRINE),
            Measure("informal_latrine", "Informal latrine", "toilets_known", "toilet", INFORMAL_LATRINE),
            Measure("open_defecation", "Open defecation", "toilets_known", "toilet", OPEN_DEFECATION),
        ),
        "T20_sanitation_region",
        "open_defecation",
        "T21_open_defecation_highest5",
        "T22_open_defecation_lowest5",
    ),
    Theme(
        "chronic_disease",
        "Chronic disease",
        Unit.PERSON,
        "All members; whoever has at least one chronic disease. Persons, though the report's heading says households.",
        (Measure("chronically_ill", "With a chronic disease", "persons", "chronic_diseases"),),
        "T23_chronic_disease_region",
        sexes=ALL_SEXES,
        ranked="chronically_ill",
    ),
    Theme(
        "livestock",
        "Livestock",
        Unit.HOUSEHOLD,
        "Households asked about animals; one of any kind counts.",
        (Measure("livestock", "Keeping livestock", "livestock_known", "livestock"),),
        "T24_livestock_region",
        "livestock",
        "T25_livestock_highest5",
        "T26_livestock_lowest5",
    ),
    Theme(
        "employment",
        "Employment, 14-60",
        Unit.PERSON,
        "The workforce: members of 14 to 60 who work, seek work or are unemployed.",
        (
            Measure(
                "employed",
                "Employed",
                "workforce",
                "employment",
                frozenset({EmploymentStatus.EMPLOYED}),
                among=WORKFORCE,
                ages=WORKING_AGES,
            ),
        ),
        "T27_employment_region",
        sexes=BOTH_SEXES,
        ranked="employed",
    ),
)
"""In the order of the report."""

THEMES_BY_NAME = {theme.name: theme for theme in THEMES}


def measures_of(unit: Unit) -> tuple[Measure, ...]:
    """Every share that is counted of households, or of persons; the size of households apart."""
    return tuple(measure for theme in THEMES if theme.unit is unit for measure in theme.measures if measure is not SIZE)


def columns_of(unit: Unit) -> tuple[str, ...]:
    """The columns of counts, each whole before its parts."""
    first = ("households", "members") if unit is Unit.HOUSEHOLD else ()
    pairs = (column for measure in measures_of(unit) for column in (measure.of, measure.name))
    return tuple(dict.fromkeys((*first, *pairs)))


def person_column(column: str, sex: Sex) -> str:
    """The column that counts persons of one sex."""
    return f"{column}_{sex.word}"


COLUMNS = (
    *columns_of(Unit.HOUSEHOLD),
    *(person_column(column, sex) for sex in ALL_SEXES for column in columns_of(Unit.PERSON)),
)
"""Every column of counts, in the order of the table."""
