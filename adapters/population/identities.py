"""What a person or a door is known by: names, numbers, birth dates, addresses. None of it can be anybody's."""

from functools import cache

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from adapters.population.arrays import Array, Dice
from adapters.population.calibration import FEMALE, Calibration
from adapters.population.frame import Frame
from adapters.population.kin import NEVER_MARRIED, Kin
from adapters.population.rosters import Rosters
from adapters.population.sizes import Places

SURVEY_FIRST_DAY = np.datetime64("2019-07-01", "D")
SURVEY_LAST_DAY = np.datetime64("2021-06-30", "D")
"""The roll-out of the survey (Business Recorder, 7 January 2022; reports of June 2021: 95 per cent complete)."""
TEHSIL_SURVEY_DAYS = 75
"""How long the teams stay in one tehsil (assumption)."""

CNICS = 10**11
CNIC_STEP = 61_803_398_873
"""Odd and no multiple of 5, so that the numbers do not repeat before all are used, and neighbours do not look alike."""
PHONES = 10**8
PHONE_STEP = 61_803_399
WITHOUT_B_FORM_AGE_MAX = 4
WITHOUT_B_FORM_SHARE = 0.25
"""Children under five who have no B-form number yet (assumption)."""
BIRTH_DAY_KNOWN_SHARE = 0.88
"""Others know the year of birth only (assumption)."""
_FIRST_BIRTHDAY = SURVEY_FIRST_DAY - 366 * 101
"""Nobody is made older than 99."""
_HONORIFICS = ("Bibi", "Begum", "Khatoon", "Parveen", "Akhtar", "Mai")
"""Second names of married women, who rarely bear the family's (assumption)."""
_HONORIFIC_WEIGHTS = (5, 2, 1, 1, 1, 1)
_HONORIFIC_SHARE = 0.6
OPERATORS_PER_TEHSIL = 6
STREETS = 40
HOUSES_MAX = 400
VILLAGES = ("Chak", "Goth", "Kot", "Dera", "Basti", "Killi", "Mauza")


class Identities(msgspec.Struct, frozen=True):
    """Arrow columns of people and households that name them."""

    household: dict[str, pa.Array]
    person: dict[str, pa.Array]


def identify(
    frame: Frame, seed: int, places: Places, rosters: Rosters, kin: Kin, has_phone: Array, dice: Dice
) -> Identities:
    """Name everybody and every door of a part."""
    on = _days(frame, places, dice)
    names, fathers = _names(frame.calibration, places, rosters, kin, dice)
    number = places.stretch.members_before + np.arange(len(rosters))
    has_number = (kin.age > WITHOUT_B_FORM_AGE_MAX) | (dice.uniform(len(rosters)) >= WITHOUT_B_FORM_SHARE)
    person = {
        "cnic": _cnics(number, seed, rosters.sex, has_number),
        "name": names,
        "father_or_husband": fathers,
        "born": _births(on[rosters.household], kin.age, dice),
    }
    return Identities({"on": pa.array(on), **_doors(frame, seed, places, has_phone, dice)}, person)


def _days(frame: Frame, places: Places, dice: Dice) -> Array:
    """The day of each first survey: tehsil by tehsil during the roll-out."""
    span = int((SURVEY_LAST_DAY - SURVEY_FIRST_DAY).astype(int)) - TEHSIL_SURVEY_DAYS
    begins = (frame.tehsils.survey_begins * span).astype(np.int64)[places.tehsil]
    days: Array = SURVEY_FIRST_DAY + begins + (dice.uniform(len(places)) * TEHSIL_SURVEY_DAYS).astype(np.int64)
    return days


def _cnics(number: Array, seed: int, sex: Array, has_number: Array) -> pa.Array:
    """Thirteen digits: a 9, which no region has; eleven that are nobody else's; odd for men, even for women."""
    with np.errstate(over="ignore"):
        middle = (number.astype(np.uint64) * np.uint64(CNIC_STEP) + np.uint64(seed % CNICS)) % np.uint64(CNICS)
    last = (middle % np.uint64(5)) * np.uint64(2) + (sex != FEMALE).astype(np.uint64)
    digits = np.uint64(9 * 10**12) + middle * np.uint64(10) + last
    return pa.array(digits.astype(np.int64), mask=~has_number).cast(pa.string())


@cache
def _birth_texts() -> pa.Array:
    """Every day on which somebody may have been born, then every year."""
    texts = pa.array(np.arange(_FIRST_BIRTHDAY, SURVEY_LAST_DAY + 1)).cast(pa.string())
    years = np.arange(_FIRST_BIRTHDAY.astype("datetime64[Y]"), SURVEY_LAST_DAY.astype("datetime64[Y]") + 1)
    return pa.concat_arrays([texts, pc.binary_join_element_wise(pa.array(years.astype(str)), "00-00", "-")])


def _births(on: Array, age: Array, dice: Dice) -> pa.DictionaryArray:
    """Birth dates that agree with the age on the day of the survey; of some only the year."""
    birthday = on.astype("datetime64[M]") - 12 * age.astype(np.int64)
    day_of_month = (on - on.astype("datetime64[M]")).astype(np.int64)
    born = birthday.astype("datetime64[D]") + day_of_month - (dice.uniform(len(age)) * 364).astype(np.int64)
    place = (born - _FIRST_BIRTHDAY).astype(np.int32)
    days = int((SURVEY_LAST_DAY - _FIRST_BIRTHDAY).astype(int)) + 1
    of_year = (born.astype("datetime64[Y]") - _FIRST_BIRTHDAY.astype("datetime64[Y]")).astype(np.int32) + days
    is_known = dice.uniform(len(age)) < BIRTH_DAY_KNOWN_SHARE
    place = np.where(is_known, place, of_year).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(place), _birth_texts())


def _popular(number: int, size: int, dice: Dice) -> Array:
    """Places in a list of names, the first far more often than the last."""
    return np.minimum((float(size) ** dice.uniform(number)).astype(np.int32) - 1, size - 1)


@cache
def _whole_names(given: tuple[str, ...], second: tuple[str, ...]) -> pa.Array:
    return pa.array([f"{one} {other}" for one in given for other in second])


def _names(
    calibration: Calibration, places: Places, rosters: Rosters, kin: Kin, dice: Dice
) -> tuple[pa.Array, pa.Array]:
    """Given and family name of everybody, and the name of father or husband."""
    male, female, family = (calibration.names[kind] for kind in ("given_male", "given_female", "family"))
    number = len(rosters)
    given = np.where(
        rosters.sex == FEMALE,
        _popular(number, len(female), dice) + len(male),
        _popular(number, len(male), dice),
    )
    of_household = _popular(len(places), len(family), dice)[rosters.household]
    wed = (rosters.sex == FEMALE) & (kin.marital != NEVER_MARRIED) & (dice.uniform(number) < _HONORIFIC_SHARE)
    honorific = len(family) + dice.choose(_HONORIFIC_WEIGHTS, number).astype(np.int32)
    second = np.where(wed, honorific, of_household).astype(np.int32)
    seconds = len(family) + len(_HONORIFICS)
    whole = _whole_names((*male, *female), (*family, *_HONORIFICS))
    code = (given * seconds + second).astype(np.int32)
    husband = np.where((rosters.sex == FEMALE) & (kin.spouse >= 0), kin.spouse, kin.father)
    absent = _popular(number, len(male), dice) * seconds + of_household
    of_father = np.where(husband >= 0, code[husband], absent).astype(np.int32)
    return whole.take(pa.array(code)), whole.take(pa.array(of_father))


def _doors(frame: Frame, seed: int, places: Places, has_phone: Array, dice: Dice) -> dict[str, pa.Array]:
    number, calibration, tehsils = len(places), frame.calibration, frame.tehsils
    council = (dice.uniform(number) * tehsils.union_councils[places.tehsil]).astype(np.int16)
    councils = [f"Union Council {each + 1}" for each in range(int(tehsils.union_councils.max()))]
    operator = places.tehsil * OPERATORS_PER_TEHSIL + (dice.uniform(number) * OPERATORS_PER_TEHSIL).astype(np.int16)
    operators = [f"{code}-{each + 1}" for code in calibration.tehsils for each in range(OPERATORS_PER_TEHSIL)]
    village = (dice.uniform(number) * len(VILLAGES) * STREETS).astype(np.int16)
    villages = [f"{kind} {each + 1}" for kind in VILLAGES for each in range(STREETS)]
    street = (dice.uniform(number) * STREETS).astype(np.int16)
    return {
        "operator": _texts(operator, operators),
        "centre": _texts(centres(frame, places, dice), centre_names(frame)),
        "tehsil": _texts(places.tehsil, list(calibration.tehsils)),
        "union_council": _texts(council, councils),
        "phones": _phones(places, seed, has_phone),
        "house": pa.array((1 + dice.uniform(number) * HOUSES_MAX).astype(np.int16)),
        "street": _texts(street, [f"Street {each + 1}" for each in range(STREETS)], ~places.urban),
        "village": _texts(village, villages, places.urban),
    }


def _texts(place: Array, texts: list[str], is_null: Array | None = None) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(place.astype(np.int16), mask=is_null), pa.array(texts))


def _phones(places: Places, seed: int, has_phone: Array) -> pa.Array:
    """Ten digits after 0: 39, which no operator has, and eight that are no other household's."""
    number = places.stretch.begin + np.arange(len(places), dtype=np.int64)
    digits = pa.array(3_900_000_000 + (number * PHONE_STEP + seed % PHONES) % PHONES, mask=~has_phone)
    return pc.binary_join_element_wise("0", digits.cast(pa.string()), "")


def centre_names(frame: Frame) -> list[str]:
    """Every registry centre, by its tehsil and number: `PK60201-1`."""
    counts = frame.tehsils.centres
    return [
        f"{code}-{each + 1}"
        for code, number in zip(frame.calibration.tehsils, counts, strict=True)
        for each in range(number)
    ]


def centres(frame: Frame, places: Places, dice: Dice) -> Array:
    """The centre that serves each household: one of its tehsil's, else one of the largest tehsil nearby."""
    tehsils, region = frame.tehsils, frame.calibration.region
    district, households = frame.calibration.tehsil_district, frame.calibration.tehsil_households
    serving = np.arange(len(tehsils.centres))
    for tehsil in np.flatnonzero(tehsils.centres == 0):
        has = tehsils.centres > 0
        near = np.flatnonzero(has & (district == district[tehsil]))
        if not len(near):
            near = np.flatnonzero(has & (region[district] == region[district[tehsil]]))
        serving[tehsil] = near[np.argmax(households[near])]
    serves = serving[places.tehsil]
    turn = (dice.uniform(len(places)) * tehsils.centres[serves]).astype(np.int64)
    return tehsils.first_centre[serves] + turn
