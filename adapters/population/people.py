"""What is asked of every person: schooling, disability, disease and work."""

import msgspec
import numpy as np

from adapters.population.arrays import Array, Dice, choose_by, lowest
from adapters.population.calibration import FEMALE, MALE, Calibration
from adapters.population.kin import NEVER_MARRIED, Kin
from adapters.population.quotas import Crowd, PersonTargets, countable, workforce_women_share
from adapters.population.rosters import Rosters
from adapters.population.sizes import Places
from domain.questionnaire.codes import (
    ChronicDisease,
    DisabilityKind,
    EmploymentNature,
    EmploymentStatus,
    OccupationGroup,
    SchoolStatus,
    SchoolType,
)

SCHOOL_AGES = (4, 18)
LITERACY_AGE_MIN = 10
WORKFORCE_AGES = (14, 60)
"""Ages of the report's own measures (annual report FY 2022-23)."""
CLASS_AGE_MIN = 5
CLASS_ONE_AGE = 6
WORKFORCE_MEN = 0.93
"""Men of working age, not at school, who are in the workforce (assumption)."""
CLASS_MOST = 16
_CLASSES = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 12, 12, 14, 14, 16], np.int8)
"""Years of college that end without a degree count as the class before."""
CERTIFIED_SHARE = 0.30
"""Disabled people whose card says so (assumption)."""
SECOND_KIND_SHARE = 0.10
_SPAN = np.float32(0.8)
NONE = 0
"""Code of an answer that was not asked; the codes of the questionnaire begin with 1."""


class Answers(msgspec.Struct, frozen=True):
    """What each person answers, as the numbers of the questionnaire's codes; 0 where she was not asked."""

    literate: Array
    asked_literacy: Array
    out_of_school: Array
    school: Array
    highest_class: Array
    school_type: Array
    disabilities: Array  # bits by the number of the kind
    certified: Array
    chronic: Array  # bits by the number of the disease
    employment: Array
    nature: Array
    occupation: Array
    pregnant_or_lactating: Array
    asked_pregnancy: Array


def eligible_for(rosters_age: Array, workforce: Array) -> dict[str, Array]:
    """Of whom each measure of the report speaks."""
    everybody = np.ones(len(rosters_age), bool)
    return {
        "oosc": (rosters_age >= SCHOOL_AGES[0]) & (rosters_age <= SCHOOL_AGES[1]),
        "literacy": rosters_age >= LITERACY_AGE_MIN,
        "disability": everybody,
        "chronic_disease": everybody,
        "employed": workforce,
    }


def answer(
    calibration: Calibration, wanted: PersonTargets, places: Places, rosters: Rosters, kin: Kin, dice: Dice
) -> Answers:
    """Let everybody in a part answer."""
    age, number = kin.age.astype(np.float32), len(rosters)
    wealth = places.wealth[rosters.household]
    crowd = Crowd(places, rosters.household, rosters.sex_stated, calibration.region)
    of_age = eligible_for(kin.age, np.zeros(number, bool))

    late_or_early = np.where(age <= 5, 0.9, 0) + np.where(age >= 15, 0.10 * (age - 14), 0)  # noqa: PLR2004
    latent = _SPAN * (0.45 * wealth + 0.80 * dice.normal(number) - late_or_early)
    out_of_school = crowd.choose(wanted, "oosc", latent.astype(np.float32), of_age["oosc"], dice)
    attends = of_age["oosc"] & ~out_of_school
    latent = 0.75 * dice.normal(number) - 0.50 * wealth + 0.022 * np.maximum(age - 30, 0) - 1.6 * attends
    literate = crowd.choose(wanted, "literacy", (_SPAN * latent).astype(np.float32), of_age["literacy"], dice)
    latent = 0.12 * wealth + 0.95 * dice.normal(number) - 0.014 * age
    disabled = crowd.choose(wanted, "disability", (_SPAN * latent).astype(np.float32), of_age["disability"], dice)
    latent = 0.05 * wealth + 0.9 * dice.normal(number) - 0.035 * age
    ill = crowd.choose(
        wanted, "chronic_disease", (_SPAN * latent + 0.6).astype(np.float32), of_age["chronic_disease"], dice
    )
    workforce = _workforce(calibration, wanted, crowd, kin.age, attends, dice)
    latent = 0.9 * dice.normal(number) - 0.10 * wealth + 0.0012 * (age - 36.0) ** 2 + 0.8 * disabled
    works = crowd.choose(wanted, "employed", (_SPAN * latent).astype(np.float32), workforce, dice)

    school, highest = _schooling(kin.age, wealth, literate, attends, of_age["oosc"], dice)
    employment = _employment(kin.age, workforce, works, dice)
    nature, occupation = _jobs(works, wealth, highest, places.urban[rosters.household], dice)
    expecting, asked = _pregnancy(kin, rosters, dice)
    return Answers(
        literate=literate,
        asked_literacy=of_age["literacy"],
        out_of_school=out_of_school,
        school=school,
        highest_class=highest,
        school_type=_school_type(wealth, attends, dice),
        disabilities=_kinds(disabled, _DISABILITY_WEIGHTS, dice, second=SECOND_KIND_SHARE),
        certified=disabled & (dice.uniform(number) < CERTIFIED_SHARE),
        chronic=_kinds(ill, _CHRONIC_WEIGHTS, dice, second=SECOND_KIND_SHARE),
        employment=employment,
        nature=nature,
        occupation=occupation,
        pregnant_or_lactating=expecting,
        asked_pregnancy=asked,
    )


def _workforce(
    calibration: Calibration, wanted: PersonTargets, crowd: Crowd, age: Array, attends: Array, dice: Dice
) -> Array:
    """Who works or would: most men of working age, and women in the number that the report's total implies."""
    of_age = (age >= WORKFORCE_AGES[0]) & (age <= WORKFORCE_AGES[1]) & ~attends
    workforce = of_age & (crowd.sex != FEMALE) & (dice.uniform(len(age)) < WORKFORCE_MEN)
    region = crowd.places.region[crowd.household]
    regions = len(calibration.by_region("employed_pct"))
    men = np.bincount(region[workforce & (crowd.sex == MALE)], minlength=regions)
    share = workforce_women_share(calibration)
    women = np.flatnonzero(of_age & (crowd.sex == FEMALE))
    able = np.bincount(region[women], minlength=regions)
    printed = wanted.targets["employed_female"].by_region
    numbers = np.minimum(np.rint(share / (1 - share) * men).astype(np.int64), able)
    quotas = np.array([countable(int(n), float(p), int(m)) for n, p, m in zip(numbers, printed, able, strict=True)])
    workforce[women] = lowest(dice.normal(len(women)), region[women].astype(np.int32), quotas)
    return np.asarray(workforce)


def _schooling(
    age: Array, wealth: Array, literate: Array, attends: Array, of_age: Array, dice: Dice
) -> tuple[Array, Array]:
    """School status at school ages, and the highest class completed, from none to a master's."""
    number = len(age)
    left = literate | (dice.uniform(number) < np.where(age >= LITERACY_AGE_MIN, 0.15, 0.05))
    at_school = np.maximum(age - CLASS_ONE_AGE - (dice.uniform(number) < 0.4), 0)  # noqa: PLR2004
    reached = 6.5 + 3.0 * wealth + 3.2 * dice.normal(number)
    grown = np.where(literate, np.clip(reached, 1, CLASS_MOST), np.where(dice.uniform(number) < 0.12, 2, 0))  # noqa: PLR2004
    done = np.where(attends, at_school, np.minimum(grown, np.maximum(age - CLASS_ONE_AGE - 1, 0)))
    dropped_out = of_age & ~attends & left & (done >= 1)
    never = of_age & ~attends & ~dropped_out
    done = np.where(never, 0, done)
    school = np.select(
        [attends, dropped_out, never],
        [SchoolStatus.ATTENDING, SchoolStatus.DROPPED_OUT, SchoolStatus.NEVER_ATTENDED],
        NONE,
    )
    return school.astype(np.int8), _CLASSES[np.clip(done, 0, CLASS_MOST).astype(np.int8)]


def _school_type(wealth: Array, attends: Array, dice: Dice) -> Array:
    """Richer children go to private schools (assumption; ASER and PSLM have the shares)."""
    kind = np.full(len(wealth), NONE, np.int8)
    going = np.flatnonzero(attends)
    rank = 0.55 * wealth[going] + 0.83 * dice.normal(len(going))
    kind[going] = np.where(rank > 0.55, SchoolType.PRIVATE, SchoolType.GOVERNMENT)  # noqa: PLR2004
    other = dice.uniform(len(going))
    kind[going[other < 0.035]] = SchoolType.MADRASA  # noqa: PLR2004
    kind[going[other > 0.985]] = SchoolType.FOUNDATION  # noqa: PLR2004
    return kind


_DISABILITY_WEIGHTS = {
    DisabilityKind.UPPER_LIMB: 0.14,
    DisabilityKind.LOWER_LIMB: 0.27,
    DisabilityKind.MENTAL: 0.15,
    DisabilityKind.SPEECH: 0.09,
    DisabilityKind.HEARING: 0.09,
    DisabilityKind.PARTIAL_SIGHT: 0.13,
    DisabilityKind.NO_SIGHT: 0.05,
    DisabilityKind.OTHER: 0.08,
}
_CHRONIC_WEIGHTS = {
    ChronicDisease.HEART: 0.13,
    ChronicDisease.DIABETES: 0.22,
    ChronicDisease.BLOOD_PRESSURE: 0.27,
    ChronicDisease.CANCER: 0.02,
    ChronicDisease.HEPATITIS: 0.10,
    ChronicDisease.KIDNEY: 0.05,
    ChronicDisease.TUBERCULOSIS: 0.03,
    ChronicDisease.ASTHMA: 0.08,
    ChronicDisease.OTHER: 0.10,
}
"""Kinds among those who have one (assumption: the report's own charts of them are lost)."""
_BOTH_SIGHTS = (1 << DisabilityKind.PARTIAL_SIGHT) | (1 << DisabilityKind.NO_SIGHT)


def _kinds(
    has: Array, weights: dict[DisabilityKind, float] | dict[ChronicDisease, float], dice: Dice, *, second: float
) -> Array:
    """Bits of the kinds that each has, one or two; nobody has both partial sight and none."""
    bits = np.zeros(len(has), np.int16)
    who = np.flatnonzero(has)
    codes = np.array(list(weights), np.int16)
    shares = tuple(weights.values())
    one = np.int16(1) << codes[choose_by(dice.uniform(len(who)), shares)]
    other = np.int16(1) << codes[choose_by(dice.uniform(len(who)), shares)]
    both = np.where(dice.uniform(len(who)) < second, one | other, one)
    if DisabilityKind.NO_SIGHT in weights and isinstance(next(iter(weights)), DisabilityKind):
        both = np.where((both & _BOTH_SIGHTS) == _BOTH_SIGHTS, one, both)
    bits[who] = both
    return bits


def _employment(age: Array, workforce: Array, works: Array, dice: Dice) -> Array:
    of_age = (age >= WORKFORCE_AGES[0]) & (age <= WORKFORCE_AGES[1])
    seeks = dice.uniform(len(age)) < SEEKING_SHARE
    status = np.select(
        [works, workforce & seeks, workforce, of_age],
        [
            EmploymentStatus.EMPLOYED,
            EmploymentStatus.SEEKING_WORK,
            EmploymentStatus.UNEMPLOYED,
            EmploymentStatus.NOT_SEEKING_WORK,
        ],
        NONE,
    )
    return np.asarray(status, np.int8)


def _jobs(works: Array, wealth: Array, highest: Array, in_town: Array, dice: Dice) -> tuple[Array, Array]:
    """Nature and occupation of those who work, by schooling, wealth and place."""
    nature, occupation = (np.full(len(works), NONE, np.int8) for _ in range(2))
    who = np.flatnonzero(works)
    number = len(who)
    means = 0.6 * wealth[who] + 0.12 * (highest[who] - 5.0) + 0.8 * dice.normal(number)
    other = dice.uniform(number)
    elementary = means < ELEMENTARY_BELOW
    farms = ~elementary & ~in_town[who] & (other < FARMING_SHARE)
    own_business = ~elementary & ~farms & (other >= 1 - OWN_BUSINESS_SHARE)
    nature[who] = np.select(
        [elementary & (other < DAY_LABOUR_SHARE), elementary, farms & (other < UNPAID_SHARE), farms, own_business],
        [
            EmploymentNature.DAY_LABOUR,
            EmploymentNature.SEASONAL_PAID,
            EmploymentNature.UNPAID_FAMILY_WORK,
            EmploymentNature.SELF_EMPLOYED_AGRICULTURE,
            EmploymentNature.SELF_EMPLOYED_OTHER,
        ],
        EmploymentNature.REGULAR_PAID,
    )
    trade = _TRADES[choose_by(dice.uniform(number), (0.34, 0.38, 0.28))]
    desk = _DESKS[choose_by(dice.uniform(number), (0.45, 0.20, 0.20, 0.10, 0.05))]
    occupation[who] = np.select(
        [elementary, farms, highest[who] >= INTERMEDIATE],
        [OccupationGroup.ELEMENTARY, OccupationGroup.SKILLED_AGRICULTURE, desk],
        trade,
    )
    return nature, occupation


SEEKING_SHARE = 0.55
"""Of those in the workforce without work (assumption)."""
ELEMENTARY_BELOW = -0.35
FARMING_SHARE, OWN_BUSINESS_SHARE, DAY_LABOUR_SHARE, UNPAID_SHARE = 0.42, 0.32, 0.80, 0.05
"""Kinds of work (assumption; the Labour Force Survey has them)."""
INTERMEDIATE = 12
_TRADES = np.array((OccupationGroup.CRAFT, OccupationGroup.SERVICE_OR_SALES, OccupationGroup.MACHINE_OPERATOR))
_DESKS = np.array(
    (
        OccupationGroup.PROFESSIONAL,
        OccupationGroup.TECHNICIAN,
        OccupationGroup.CLERK,
        OccupationGroup.MANAGER,
        OccupationGroup.ARMED_FORCES,
    )
)


EXPECTING_SHARE = 0.07
"""Married women of childbearing age who are pregnant and nurse nobody (assumption)."""
_CHILDBEARING = (15, 49)
_NURSED_AGE_MAX = 1


def _pregnancy(kin: Kin, rosters: Rosters, dice: Dice) -> tuple[Array, Array]:
    """Mothers of the youngest nurse; some other married women expect."""
    asked = (rosters.sex_stated == FEMALE) & (kin.age >= _CHILDBEARING[0]) & (kin.age <= _CHILDBEARING[1])
    nurses = np.zeros(len(kin.age), bool)
    nursed = np.flatnonzero((kin.age <= _NURSED_AGE_MAX) & (kin.mother >= 0))
    nurses[kin.mother[nursed]] = True
    expects = (kin.marital != NEVER_MARRIED) & (kin.spouse >= 0) & (dice.uniform(len(kin.age)) < EXPECTING_SHARE)
    return asked & (nurses | expects), asked
