"""One part of a population: its households and people as two tables, and what the report counts in them."""

import msgspec
import numpy as np
import pyarrow as pa

from adapters.population.arrays import Array, Dice
from adapters.population.calibration import RELATIONS, STATUSES, Calibration, load_calibration
from adapters.population.dwellings import Dwellings, furnish
from adapters.population.frame import PART_HOUSEHOLDS, Frame, make_frame
from adapters.population.identities import Identities, centre_names, identify
from adapters.population.kin import Kin, tie
from adapters.population.people import CLASS_AGE_MIN, Answers, answer, eligible_for
from adapters.population.quotas import Crowd, PersonTargets, expected_people, person_targets
from adapters.population.rosters import Rosters, make_rosters
from adapters.population.schema import (
    ASSETS,
    FAMILIES_MAX,
    HOUSEHOLDS,
    LIVESTOCK,
    PEOPLE,
    asset_column,
    livestock_column,
    words,
)
from adapters.population.sizes import Places, lay_out
from adapters.population.tally import Tally, count
from domain.code import Code
from domain.questionnaire.codes import (
    Asset,
    ChronicDisease,
    DisabilityKind,
    DrinkingWater,
    Electricity,
    EmploymentNature,
    EmploymentStatus,
    FamilyKind,
    Floor,
    Fuel,
    Lighting,
    MaritalStatus,
    Occupancy,
    OccupationGroup,
    Relation,
    Roof,
    SchoolStatus,
    SchoolType,
    Settlement,
    Sex,
    Structure,
    Toilet,
    Walls,
)

PILOT_HOUSEHOLDS = 60_000
PILOT_SEED = 20260103
"""Fixed: what every part expects of its people is part of the calibration, not of a draw."""

HOUSEHOLD_CODES: dict[str, type[Code]] = {
    "settlement": Settlement,
    "structure": Structure,
    "occupancy": Occupancy,
    "floor": Floor,
    "roof": Roof,
    "walls": Walls,
    "cooking_fuel": Fuel,
    "lighting": Lighting,
    "electricity": Electricity,
    "drinking_water": DrinkingWater,
    "toilet": Toilet,
}


class Nation(msgspec.Struct, frozen=True):
    """A population before any part of it is made: its seed and layout, and what its people are held against."""

    seed: int
    frame: Frame
    wanted: PersonTargets

    @property
    def calibration(self) -> Calibration:
        """What it is calibrated to."""
        return self.frame.calibration


class Part(msgspec.Struct, frozen=True):
    """A part that has been made: two tables and the tally of what the report counts."""

    number: int
    households: pa.Table
    people: pa.Table
    tally: Tally


class _Made(msgspec.Struct, frozen=True):
    places: Places
    rosters: Rosters
    kin: Kin
    answers: Answers


def make_nation(households: int, seed: int, part_households: int = PART_HOUSEHOLDS) -> Nation:
    """Lay out a population. What its districts are expected to hold is learned from a pilot of fixed size and seed."""
    calibration = load_calibration()
    pilot = make_frame(calibration, PILOT_HOUSEHOLDS)
    weight = calibration.households_2017
    crude = person_targets(calibration, weight, None)
    made = _people(pilot, crude, PILOT_SEED, 0)
    crowd = Crowd(made.places, made.rosters.household, made.rosters.sex_stated, calibration.region)
    eligible = eligible_for(made.kin.age, _workforce(made.answers))
    expected = expected_people(eligible, crowd, pilot.size_shares, calibration.province)
    frame = make_frame(calibration, households, part_households)
    return Nation(seed, frame, person_targets(calibration, frame.of_district.astype(float), expected))


def _workforce(answers: Answers) -> Array:
    return np.asarray((answers.employment != 0) & (answers.employment != EmploymentStatus.NOT_SEEKING_WORK))


def _people(frame: Frame, wanted: PersonTargets, seed: int, part: int) -> _Made:
    dice = Dice(seed, part)
    places = lay_out(frame, frame.stretch(part), dice)
    rosters = make_rosters(frame.calibration, places, dice)
    kin = tie(frame.calibration, places, rosters, dice)
    return _Made(places, rosters, kin, answer(frame.calibration, wanted, places, rosters, kin, dice))


def make_part(nation: Nation, part: int) -> Part:
    """Make one part: the same for the same seed, size of the nation and number, wherever and whenever it is made."""
    made = _people(nation.frame, nation.wanted, nation.seed, part)
    dice = Dice(nation.seed, part, 1)
    dwellings = furnish(nation.frame, made.places, dice)
    has_phone = dwellings.assets[Asset.MOBILE_PHONE] > 0
    identities = identify(nation.frame, nation.seed, made.places, made.rosters, made.kin, has_phone, dice)
    keys = made.places.stretch.begin + 1 + np.arange(len(made.places), dtype=np.int64)
    households = _household_columns(made, dwellings, identities, keys)
    people = _person_columns(made, identities, keys)
    return Part(
        number=part,
        households=pa.table([households[name] for name in HOUSEHOLDS.names], schema=HOUSEHOLDS),
        people=pa.table([people[name] for name in PEOPLE.names], schema=PEOPLE),
        tally=_tally(nation, made, dwellings, identities),
    )


def _tally(nation: Nation, made: _Made, dwellings: Dwellings, identities: Identities) -> Tally:
    answers = made.answers
    workforce = _workforce(answers)
    has = {
        "oosc": answers.out_of_school,
        "literacy": answers.literate,
        "disability": answers.disabilities > 0,
        "chronic_disease": answers.chronic > 0,
        "employed": answers.employment == EmploymentStatus.EMPLOYED,
    }
    return count(
        districts=len(nation.calibration.districts),
        district=made.places.district,
        size=made.places.size,
        flags=dwellings.flags,
        district_of_person=made.places.district[made.rosters.household],
        sex=made.rosters.sex_stated,
        eligible=eligible_for(made.kin.age, workforce),
        has=has,
        centre=identities.household["centre"].indices.to_numpy(),
        centres=len(centre_names(nation.frame)),
    )


def coded(values: Array, kind: type[Code], is_null: Array | None = None) -> pa.DictionaryArray:
    """Numbers of a code list as its words; nothing where the number is 0 or is marked."""
    absent = (values == 0) if is_null is None else is_null
    indices = pa.array((values - 1).astype(np.int8), mask=absent)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words(kind)))


def several(bits: Array, kind: type[Code]) -> pa.DictionaryArray:
    """One or two codes given as bits, as their words parted by a space."""
    codes = sorted(kind)
    texts = {1 << code: code.word for code in codes}
    texts |= {(1 << one) | (1 << other): f"{one.word} {other.word}" for one in codes for other in codes if one < other}
    place = np.zeros(1 << (max(codes) + 1), np.int8)
    place[list(texts)] = np.arange(len(texts))
    return pa.DictionaryArray.from_arrays(pa.array(place[bits], mask=bits == 0), pa.array(list(texts.values())))


def _household_columns(made: _Made, dwellings: Dwellings, identities: Identities, keys: Array) -> dict[str, pa.Array]:
    answered, places, kin = dwellings.columns, made.places, made.kin
    columns: dict[str, pa.Array] = {
        "household_key": pa.array(keys),
        **identities.household,
        "size": pa.array(places.size),
        "wealth": pa.array(places.wealth),
        "families": pa.array(kin.families),
        "rooms": pa.array(answered["rooms"].astype(np.int8)),
        "toilet_shared": pa.array(answered["toilet_shared"], mask=answered["toilet"] == Toilet.NONE),
        "owns_livestock": pa.array(answered["owns_livestock"]),
        "owns_land": pa.array(answered["owns_land"]),
        "land_owned_marla": pa.array(answered["land_owned_marla"].astype(np.int32)),
        "land_rented_in_marla": pa.array(answered["land_rented_in_marla"].astype(np.int32)),
        "land_irrigated": pa.array(answered["land_irrigated"], mask=~answered["owns_land"]),
    }
    columns |= {name: coded(answered[name], kind) for name, kind in HOUSEHOLD_CODES.items()}
    columns |= {asset_column(asset): pa.array(dwellings.assets[asset]) for asset in ASSETS}
    columns |= {livestock_column(kind): pa.array(dwellings.livestock[kind]) for kind in LIVESTOCK}
    for number in range(FAMILIES_MAX):
        there = kin.families > number
        recipient = kin.recipients[:, number]
        line = made.rosters.line[recipient] + np.int8(1)
        columns[f"family_{number + 1}_recipient_line"] = pa.array(line, mask=~there | (recipient < 0))
        kind = np.where(kin.kinds[:, number] == 1, FamilyKind.BETA, FamilyKind.ALPHA)
        columns[f"family_{number + 1}_kind"] = coded(kind, FamilyKind, ~there)
    return columns


_SEX = np.array((Sex.MALE, Sex.FEMALE, Sex.TRANSGENDER), np.int8)
_RELATION = np.array(RELATIONS, np.int8)
_STATUS = np.array([MaritalStatus[status.upper()] for status in STATUSES], np.int8)


def _person_columns(made: _Made, identities: Identities, keys: Array) -> dict[str, pa.Array]:
    rosters, kin, answers = made.rosters, made.kin, made.answers
    line = rosters.line + np.int8(1)

    def line_of(place: Array) -> pa.Array:
        return pa.array(line[place], mask=place < 0)

    return {
        "household_key": pa.array(keys[rosters.household]),
        "line": pa.array(line),
        "relation": coded(_RELATION[kin.relation], Relation),
        "sex": coded(_SEX[rosters.sex_stated], Sex),
        **identities.person,
        "age": pa.array(kin.age),
        "marital_status": coded(_STATUS[kin.marital], MaritalStatus),
        "family": pa.array(kin.family),
        "spouse_line": line_of(kin.spouse),
        "mother_line": line_of(kin.mother),
        "father_line": line_of(kin.father),
        "literate": pa.array(answers.literate, mask=~answers.asked_literacy),
        "school": coded(answers.school, SchoolStatus),
        "highest_class": pa.array(answers.highest_class, mask=kin.age < CLASS_AGE_MIN),
        "school_type": coded(answers.school_type, SchoolType),
        "disabilities": several(answers.disabilities, DisabilityKind),
        "disability_certified": pa.array(answers.certified),
        "chronic_diseases": several(answers.chronic, ChronicDisease),
        "employment": coded(answers.employment, EmploymentStatus),
        "employment_nature": coded(answers.nature, EmploymentNature),
        "occupation": coded(answers.occupation, OccupationGroup),
        "pregnant_or_lactating": pa.array(answers.pregnant_or_lactating, mask=~answers.asked_pregnancy),
    }
