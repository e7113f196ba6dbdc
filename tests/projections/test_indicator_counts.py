"""What households add to the counts, theme by theme, and what their events change in them."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.event import Envelope, Recorded
from domain.household.events import (
    ContactChanged,
    Corrected,
    Formed,
    GenderChanged,
    MemberErased,
    MemberLeft,
    MergedInto,
    Moved,
    Registered,
    Resurveyed,
    Survey,
)
from domain.household.state import fold
from domain.questionnaire.answers import Answers, Contact, Dwelling, Member, Place
from domain.questionnaire.codes import (
    ChronicDisease,
    DisabilityKind,
    DrinkingWater,
    Electricity,
    EmploymentStatus,
    LeaveReason,
    Livestock,
    Occasion,
    Relation,
    SchoolStatus,
    Sex,
    Structure,
    Toilet,
)
from domain.streams import household_stream
from projections.indicators.counting import INDICATORS, Tally, counts_of, ones, unpacked
from projections.indicators.themes import COLUMNS, THEMES

TODAY = date(2026, 1, 10)
LATER, LATEST = TODAY + timedelta(days=5), TODAY + timedelta(days=9)
KOT, MULTAN = Place("PK60201"), Place("PK60301")
AMINA = Member(UUID(int=1), 1, Relation.HEAD, Sex.FEMALE, age=40)
BILAL = Member(UUID(int=2), 2, Relation.CHILD, Sex.MALE, age=9)
HOUSEHOLD = household_stream(TODAY, bytes(13))
ENVELOPE = Envelope(None, "desk", "desk")


def survey(answers=None, roster=(AMINA,), place=KOT) -> Survey:
    return Survey(place, answers or Answers(), roster)


def recorded(*events):
    return [Recorded(10 * version, HOUSEHOLD, version, ENVELOPE, event) for version, event in enumerate(events, 1)]


def named(counts) -> dict:
    return {name: number for name, number in zip(COLUMNS, counts, strict=True) if number}


def counted(*events) -> dict:
    return named(unpacked(counts_of(fold(recorded(*events)))))


def dwelling(**answers) -> dict:
    found = counted(Registered(TODAY, survey(Answers(Dwelling(**answers)))))
    return {name: number for name, number in found.items() if name not in NOT_OF_DWELLING}


NOT_OF_DWELLING = {"households", "members", "persons_female", "persons_male"}


def person(member: Member) -> dict:
    found = counted(Registered(TODAY, survey(roster=(member,))))
    return {name: number for name, number in found.items() if not name.startswith(("households", "members"))}


def changes(*events) -> dict:
    tally = Tally()
    tally.follow_all(recorded(*events))
    return {added.key: named(added.counts) for added in tally.take()}


def test_there_are_the_eleven_themes_of_the_report():
    assert len(THEMES) == 11
    assert len({theme.table for theme in THEMES}) == 11


def test_a_household_counts_once_with_everyone_on_its_roster():
    found = counted(Registered(TODAY, survey(roster=(AMINA, BILAL))))
    assert (found["households"], found["members"]) == (1, 2)


@pytest.mark.parametrize(
    ("structure", "kind"), [(Structure.KACHA, "kacha"), (Structure.PACCA, "pacca"), (Structure.SEMI_PACCA, "pacca")]
)
def test_a_dwelling_is_kacha_or_pacca(structure, kind):
    assert dwelling(structure=structure) == {"dwellings_known": 1, kind: 1}


@pytest.mark.parametrize(
    ("water", "kind"),
    [
        (DrinkingWater.PIPED, "safe_water"),
        (DrinkingWater.COVERED_OR_CLOSED_WELL, "safe_water"),
        (DrinkingWater.OPEN_WELL, "unsafe_water"),
        (DrinkingWater.RAIN, "unsafe_water"),
        (DrinkingWater.KAREZ, "unsafe_water"),
        (DrinkingWater.POND_CANAL_OR_RIVER, "unsafe_water"),
    ],
)
def test_water_is_safe_from_a_tap_or_a_covered_well(water, kind):
    assert dwelling(drinking_water=water) == {"water_known": 1, kind: 1}


def test_a_metered_and_an_extended_connection_are_electricity():
    assert dwelling(electricity=Electricity.METERED) == {"electricity_known": 1, "electricity": 1}
    assert dwelling(electricity=Electricity.EXTENDED) == {"electricity_known": 1, "electricity": 1}
    assert dwelling(electricity=Electricity.NONE) == {"electricity_known": 1}


@pytest.mark.parametrize("toilet", list(Toilet))
def test_every_toilet_is_in_one_of_three_groups(toilet):
    found = dwelling(toilet=toilet)
    assert found.pop("toilets_known") == 1
    assert sum(found.values()) == 1
    assert ("open_defecation" in found) is (toilet is Toilet.NONE)


def test_an_animal_of_any_kind_is_livestock():
    def livestock(answers: Answers) -> tuple[int, int]:
        found = counted(Registered(TODAY, survey(answers)))
        return found.get("livestock_known", 0), found.get("livestock", 0)

    assert livestock(Answers(livestock={Livestock.COW: 0, Livestock.GOAT: 3})) == (1, 1)
    assert livestock(Answers(livestock={Livestock.COW: 0})) == (1, 0)
    assert livestock(Answers(owns_livestock=True)) == (1, 1)
    assert livestock(Answers(owns_livestock=False)) == (1, 0)
    assert livestock(Answers()) == (0, 0)


@pytest.mark.parametrize(("age", "known"), [(3, 0), (4, 1), (18, 1), (19, 0), (None, 0)])
def test_schooling_is_asked_of_those_of_4_to_18(age, known):
    child = replace(BILAL, age=age, school=SchoolStatus.NEVER_ATTENDED)
    found = person(child)
    assert (found.get("schooling_known_male", 0), found.get("out_of_school_male", 0)) == (known, known)


def test_whoever_dropped_out_is_out_of_school_and_whoever_attends_is_not():
    assert person(replace(BILAL, school=SchoolStatus.DROPPED_OUT))["out_of_school_male"] == 1
    assert "out_of_school_male" not in person(replace(BILAL, school=SchoolStatus.ATTENDING))


@pytest.mark.parametrize(("age", "known"), [(9, 0), (10, 1), (99, 1)])
def test_literacy_is_asked_from_10_on(age, known):
    found = person(replace(AMINA, age=age, literate=True))
    assert (found.get("literacy_known_female", 0), found.get("literate_female", 0)) == (known, known)


@pytest.mark.parametrize("sex", list(Sex))
def test_persons_with_a_disability_or_a_chronic_disease_are_counted_of_all_of_their_sex(sex):
    several = (DisabilityKind.HEARING, DisabilityKind.SPEECH)
    ill = replace(AMINA, sex=sex, disabilities=several, chronic_diseases=(ChronicDisease.HEART,))
    assert person(ill) == {f"persons_{sex.word}": 1, f"disabled_{sex.word}": 1, f"chronically_ill_{sex.word}": 1}
    assert person(replace(AMINA, sex=sex)) == {f"persons_{sex.word}": 1}


@pytest.mark.parametrize(
    ("status", "whole", "part"),
    [
        (EmploymentStatus.EMPLOYED, 1, 1),
        (EmploymentStatus.SEEKING_WORK, 1, 0),
        (EmploymentStatus.UNEMPLOYED, 1, 0),
        (EmploymentStatus.NOT_SEEKING_WORK, 0, 0),
        (None, 0, 0),
    ],
)
def test_the_employed_are_counted_of_the_workforce(status, whole, part):
    found = person(replace(AMINA, employment=status))
    assert (found.get("workforce_female", 0), found.get("employed_female", 0)) == (whole, part)


@pytest.mark.parametrize(("age", "whole"), [(13, 0), (14, 1), (60, 1), (61, 0)])
def test_the_workforce_is_of_14_to_60(age, whole):
    found = person(replace(AMINA, age=age, employment=EmploymentStatus.EMPLOYED))
    assert found.get("workforce_female", 0) == whole


def test_what_was_not_answered_stands_in_neither_number():
    assert dwelling() == {}
    assert person(AMINA) == {"persons_female": 1}


def test_a_household_that_parted_counts_with_its_people_before_it_was_surveyed():
    formed = Formed(TODAY, UUID(int=8), KOT, (AMINA, BILAL))
    assert counted(formed) == {"households": 1, "members": 2, "persons_female": 1, "persons_male": 1}


def test_a_move_takes_a_household_from_one_place_and_adds_it_to_the_other_on_that_day():
    moved = changes(Registered(TODAY, survey()), Moved(LATER, KOT, MULTAN))
    one = {"households": 1, "members": 1, "persons_female": 1}
    assert moved == {
        (KOT.code, TODAY): one,
        (KOT.code, LATER): {name: -number for name, number in one.items()},
        (MULTAN.code, LATER): one,
    }


def test_a_duplicate_counts_no_more_once_it_is_merged():
    found = changes(Registered(TODAY, survey()), MergedInto(LATER, UUID(int=8)))
    assert found[KOT.code, LATER] == {"households": -1, "members": -1, "persons_female": -1}


def test_a_person_who_leaves_is_taken_away_and_nothing_else_changes():
    left = changes(
        Registered(TODAY, survey(roster=(AMINA, BILAL))), MemberLeft(LATER, BILAL.member_id, LeaveReason.DEATH)
    )
    assert left[KOT.code, LATER] == {"members": -1, "persons_male": -1}


def test_a_person_of_another_sex_is_counted_there():
    found = changes(Registered(TODAY, survey()), GenderChanged(LATER, AMINA.member_id, Sex.FEMALE, Sex.TRANSGENDER))
    assert found[KOT.code, LATER] == {"persons_female": -1, "persons_transgender": 1}


def test_what_is_not_counted_and_an_erasure_change_nothing():
    events = (ContactChanged(LATER, Contact(b"x")), MemberErased(LATER, AMINA.member_id, "her request"))
    assert changes(Registered(TODAY, survey()), *events).keys() == {(KOT.code, TODAY)}


def test_a_correction_counts_from_the_day_of_what_it_corrects():
    kacha, pacca = (survey(Answers(Dwelling(structure=kind))) for kind in (Structure.KACHA, Structure.PACCA))
    found = changes(Registered(TODAY, kacha), Corrected(TODAY, UUID(int=5), pacca, "typed wrongly"))
    assert found == {
        (KOT.code, TODAY): {"households": 1, "members": 1, "persons_female": 1, "dwellings_known": 1, "pacca": 1}
    }


EVENTS = (
    Registered(TODAY, survey(Answers(Dwelling(structure=Structure.KACHA)), (AMINA, BILAL))),
    Resurveyed(LATEST, Occasion.CYCLIC, survey(Answers(Dwelling(structure=Structure.PACCA)), (BILAL,), MULTAN)),
    Moved(LATER, KOT, MULTAN),
    MemberLeft(LATER, AMINA.member_id, LeaveReason.DEPARTURE),
    MergedInto(LATEST, UUID(int=8)),
    Corrected(TODAY, UUID(int=5), survey(roster=(BILAL,)), "typed wrongly"),
    Formed(LATER, UUID(int=8), MULTAN, (AMINA,)),
)


@given(st.permutations(EVENTS), st.integers(0, len(EVENTS)), st.dates(TODAY, LATEST))
def test_the_sums_up_to_a_day_are_the_counts_of_the_household_as_of_that_day(order, late, day):
    """However many of its facts arrived late, in whatever order."""
    history = recorded(*order)
    tally = Tally()
    tally.follow_all(history[:late])
    tally.replace(history[:late], history)
    sums: dict = {}
    for added in tally.take():
        place, on = added.key
        if on <= day:
            earlier = sums.get(place, (0,) * len(COLUMNS))
            sums[place] = tuple(one + other for one, other in zip(earlier, added.counts, strict=True))
    household = fold(history, as_of=day)
    expected = {} if household is None else {household.place.code: unpacked(counts_of(household))}
    assert {place: sum_ for place, sum_ in sums.items() if any(sum_)} == {
        place: counts for place, counts in expected.items() if any(counts)
    }


@given(
    st.lists(st.tuples(st.sampled_from(COLUMNS), st.integers(-(2**31) + 1, 2**31 - 1)), unique_by=lambda one: one[0])
)
def test_counts_side_by_side_stay_apart_also_below_zero(columns):
    packed = sum(number * ones([column]) for column, number in columns)
    assert named(unpacked(packed)) == {column: number for column, number in columns if number}


def test_the_table_holds_every_count_behind_place_and_day():
    assert [column.name for column in INDICATORS.columns] == ["place", "day", *COLUMNS]
