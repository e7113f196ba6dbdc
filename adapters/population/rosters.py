"""Who lives in each household: relation to the head, sex and age, one element a person, households after each other."""

import msgspec
import numpy as np

from adapters.population.arrays import Array, Dice, first_of, rank_of, ranks_within
from adapters.population.calibration import (
    AGE_BAND_YEARS,
    AGE_BANDS,
    CHILD,
    CHILD_IN_LAW,
    FEMALE,
    GRANDCHILD,
    HEAD,
    MALE,
    NEPHEW,
    OTHER,
    PARENT,
    RELATIONS,
    SIBLING,
    SIBLING_IN_LAW,
    SPOUSE,
    Calibration,
)
from adapters.population.sizes import Places

AGE_MAX = 99
BIRTH_YEARS_APART = 14
"""A mother or father is at least this much older: two years above what the checks ask to be confirmed."""
GRANDCHILD_YEARS_APART = 30
PARENT_YEARS_APART = 15
IN_LAW_HEAD_AGE_MIN = 38
"""Younger heads have no children of an age to be married."""
PARENT_HEAD_AGE_MAX = 76
HEAD_AGE_MIN = SPOUSE_AGE_MIN = 16

_HEAD_AGE_BY_SIZE = 0.35
"""Heads of larger households are older (assumption)."""
_SPOUSE_MOST = 0.985
_HUSBAND_YEARS_OLDER = (4.2, 4.0)
_HUSBAND_YEARS_BOUNDS = (-8, 20)
_HEAD_CLASSES = (35, 55)
_OLDEST_BAND_MEAN_YEARS = 6.5
"""How people thin out after 75, in years (assumption)."""
_HALF_YEARS = 200
_RELATION_SEED = np.array(
    [
        [0.78, 0.001, 0.14, 0.002, 0.03, 0.12, 0.04, 0.02],
        [0.90, 0.03, 0.03, 0.03, 0.02, 0.04, 0.015, 0.02],
        [0.60, 0.20, 0.01, 0.12, 0.02, 0.004, 0.01, 0.02],
    ]
)
"""Who lives with heads of under 35, of 35 to 54 and of 55 or more, before it is brought to the census's totals."""
_BY_CLOSENESS = np.array((CHILD, GRANDCHILD, CHILD_IN_LAW, PARENT, SIBLING, SIBLING_IN_LAW, NEPHEW, OTHER), np.int8)
_KIN_TOGETHER = 0.6
"""How strongly the relations of one household go together (assumption)."""
_FITTINGS = 60
_OTHERS = len(RELATIONS) - 2


class Rosters(msgspec.Struct, frozen=True):
    """The people of a part. `household` and `first` are places in the part's arrays, `line` counts from 0."""

    household: Array
    first: Array  # of every household: where its people begin
    line: Array
    relation: Array
    sex: Array  # male or female: the role in the family; `sex_stated` is what is answered
    sex_stated: Array
    age: Array
    has_spouse: Array  # of every household

    def __len__(self) -> int:
        return len(self.household)


class Ages(msgspec.Struct, frozen=True):
    """How old people of a province, relation and sex are, as cumulative shares of the bands of age."""

    cumulative: Array

    def at(self, rank: Array, table: Array) -> Array:
        """The age at which this share of those in the same table is younger, in years with fractions."""
        cumulative = self.cumulative[table]
        band = (cumulative < rank[:, None]).sum(axis=1).clip(0, AGE_BANDS - 1)
        each = np.arange(len(rank))
        upper, lower = cumulative[each, band], np.where(band > 0, cumulative[each, band - 1], 0)
        inside = np.clip((rank - lower) / np.maximum(upper - lower, 1e-9), 0, 0.9999)
        oldest = AGE_BAND_YEARS * (AGE_BANDS - 1) - _OLDEST_BAND_MEAN_YEARS * np.log(np.maximum(1 - inside, 1e-4))
        years = np.where(band == AGE_BANDS - 1, oldest, AGE_BAND_YEARS * (band + inside))
        return np.asarray(years.clip(0, AGE_MAX), np.float32)


def census_ages(calibration: Calibration) -> Ages:
    """Cumulative ages of the census, one row for each province, relation and sex."""
    running = calibration.people.cumsum(axis=3)
    return Ages((running / np.maximum(running[..., -1:], 1)).astype(np.float32).reshape(-1, AGE_BANDS))


def _table(province: Array, relation: Array | int, sex: Array) -> Array:
    return (province.astype(np.int32) * len(RELATIONS) + relation) * 2 + sex


def make_rosters(calibration: Calibration, places: Places, dice: Dice) -> Rosters:
    """Fill the households of a part with people."""
    ages = census_ages(calibration)
    households = len(places)
    size = places.size.astype(np.int64)
    people = int(size.sum())
    household = np.repeat(np.arange(households, dtype=np.int32), size)
    first = size.cumsum() - size
    female_head, has_spouse = _couples(calibration, places, dice)
    head_age, spouse_age = _couple_ages(ages, places, female_head, dice)
    relation = np.full(people, OTHER, np.int8)
    sex = np.full(people, MALE, np.int8)
    age = np.zeros(people, np.float32)
    relation[first], sex[first], age[first] = HEAD, female_head, head_age
    spouses = first[has_spouse] + 1
    relation[spouses], sex[spouses], age[spouses] = SPOUSE, ~female_head[has_spouse], spouse_age[has_spouse]
    is_other = np.ones(people, bool)
    is_other[first] = is_other[spouses] = False
    others = np.flatnonzero(is_other)
    of = household[others]
    younger = np.where(has_spouse, np.minimum(head_age, spouse_age), head_age)
    mother_age = np.where(female_head, head_age, np.where(has_spouse, spouse_age, head_age - 4))
    kin = _relations(calibration, places.province[of], head_age[of], _together(of, households, dice))
    tentative = _tentative_ages(kin, head_age[of], mother_age[of], dice)
    male = _male_shares(calibration)[places.province[of], kin] * MEN_AT_HOME[places.region[of]]
    female = ~_in_turn(male, places.district[of] * len(RELATIONS) + kin + tentative / 100, dice)
    kin, female = _two_parents(kin, female, of)
    relation[others], sex[others] = kin, female
    table = _table(places.province[of], kin, female.astype(np.int32))
    age[others] = _bounded(
        kin, ages.at(_ranks(tentative, table, len(ages.cumulative), dice), table), head_age[of], younger[of]
    )
    whole = age.astype(np.int8)
    stated = _stated_sex(calibration, places, household, relation, sex, whole, dice)
    line = (np.arange(people) - first[household]).astype(np.int8)
    return Rosters(
        household=household,
        first=first,
        line=line,
        relation=relation,
        sex=sex,
        sex_stated=stated,
        age=whole,
        has_spouse=has_spouse,
    )


def _couples(calibration: Calibration, places: Places, dice: Dice) -> tuple[Array, Array]:
    """Whether a woman heads the household, and whether the head's spouse lives in it."""
    people = calibration.people
    by_sex = people.sum(axis=3)
    female_heads = by_sex[:, HEAD, FEMALE] / by_sex[:, HEAD].sum(axis=1)
    wives = by_sex[:, SPOUSE, FEMALE] / by_sex[:, HEAD, MALE]
    husbands = by_sex[:, SPOUSE, MALE] / by_sex[:, HEAD, FEMALE]
    several = max(float((places.size > 1).mean()), 0.01)
    female_head = dice.uniform(len(places)) < female_heads[places.province]
    share = np.where(female_head, husbands[places.province], np.minimum(wives[places.province] / several, _SPOUSE_MOST))
    return female_head, (places.size > 1) & (dice.uniform(len(places)) < share)


def _couple_ages(ages: Ages, places: Places, female_head: Array, dice: Dice) -> tuple[Array, Array]:
    """Ages of the heads, and of the spouses they have or might have."""
    own = np.sqrt(1 - _HEAD_AGE_BY_SIZE**2) * dice.normal(len(places)) + _HEAD_AGE_BY_SIZE * places.size_score
    table = _table(places.province, HEAD, female_head)
    head = np.maximum(ages.at(rank_of(own).astype(np.float32), table), HEAD_AGE_MIN)
    mean, spread = _HUSBAND_YEARS_OLDER
    older = (mean + spread * dice.normal(len(places))).clip(*_HUSBAND_YEARS_BOUNDS)
    return head, np.where(female_head, head + older, head - older).clip(SPOUSE_AGE_MIN, AGE_MAX)


def _together(household: Array, households: int, dice: Dice) -> Array:
    """Numbers of [0, 1) that lie near each other inside a household: where one of the wider family lives, others do."""
    shared, own = dice.normal(households)[household], dice.normal(len(household))
    return rank_of(_KIN_TOGETHER * shared + np.sqrt(1 - _KIN_TOGETHER**2) * own)


def _relations(calibration: Calibration, province: Array, head_age: Array, draw: Array) -> Array:
    """Relations of those who are neither head nor spouse: as the census counts them, by the age of the head."""
    head_class = np.digitize(head_age, _HEAD_CLASSES).astype(np.int8)
    thin = np.array([calibration.assumptions["kin"][relation.word] for relation in RELATIONS[CHILD:]])
    kin = np.full(len(province), CHILD, np.int8)
    for number in range(len(calibration.people)):
        here = np.flatnonzero(province == number)
        if not len(here):
            continue
        columns = calibration.people[number, CHILD:].sum(axis=(1, 2)) * thin
        rows = np.bincount(head_class[here], minlength=len(_RELATION_SEED)) / len(here)
        share = _fitted(rows, columns / columns.sum())
        running = share[:, _BY_CLOSENESS - CHILD].cumsum(axis=1) / np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
        drawn = (draw[here][:, None] > running[head_class[here]]).sum(axis=1)
        kin[here] = _BY_CLOSENESS[drawn.clip(0, _OTHERS - 1)]
    return _possible(kin, head_age)


def _fitted(rows: Array, columns: Array) -> Array:
    """The seed brought to the totals of its rows and columns (iterative proportional fitting)."""
    fitted = _RELATION_SEED.copy()
    for _ in range(_FITTINGS):
        fitted *= (rows / np.maximum(fitted.sum(axis=1), 1e-12))[:, None]
        fitted *= columns / np.maximum(fitted.sum(axis=0), 1e-12)
    return fitted


def _possible(kin: Array, head_age: Array) -> Array:
    """Relations that the age of the head rules out become those of the same generation that it does not."""
    is_young = head_age < IN_LAW_HEAD_AGE_MIN
    kin = np.where(is_young & (kin == GRANDCHILD), NEPHEW, kin)
    kin = np.where(is_young & (kin == CHILD_IN_LAW), SIBLING_IN_LAW, kin)
    return np.where((head_age > PARENT_HEAD_AGE_MAX) & (kin == PARENT), SIBLING, kin).astype(np.int8)


def _male_shares(calibration: Calibration) -> Array:
    by_sex = calibration.people.sum(axis=3)
    return np.asarray(by_sex[..., MALE] / np.maximum(by_sex.sum(axis=2), 1))


def _two_parents(kin: Array, female: Array, household: Array) -> tuple[Array, Array]:
    """Of a head's parents no more than two live with her, of two sexes; the others are relatives of another kind."""
    parents = np.flatnonzero(kin == PARENT)
    rank = ranks_within(household[parents])
    female, kin = female.copy(), kin.copy()
    female[parents[rank == 1]] = ~female[parents[np.flatnonzero(rank == 1) - 1]]
    kin[parents[rank > 1]] = OTHER
    return kin, female


def _in_turn(share: Array, order: Array, dice: Dice) -> Array:
    """Mark this share of people, in turn along an order, so that every stretch of it has its share to within one.

    Along district, relation and age, boys and girls of any ages are as many in a small district as they should be.
    """
    along = np.argsort(order, kind="stable")
    running = share[along].cumsum() + float(dice.uniform(1)[0])
    marked = np.zeros(len(share), bool)
    marked[along] = np.diff(np.floor(running), prepend=0) > 0
    return marked


def _tentative_ages(kin: Array, head: Array, mother: Array, dice: Dice) -> Array:
    """An age that fits the head's and the mother's; only its rank among all of the same relation is used."""
    at_birth = 2.3 * dice.gamma(5.0, len(kin)) + 15
    about = dice.normal(len(kin))
    tentative = np.select(
        [kin == CHILD, kin == GRANDCHILD, kin == CHILD_IN_LAW, kin == PARENT, kin == SIBLING, kin == NEPHEW],
        [
            mother - at_birth,
            mother - at_birth - 20,
            mother - at_birth + 1,
            head + 24 + 5 * about,
            head - 6 + 8 * about,
            head - 22 + 9 * about,
        ],
        head - 8 + 14 * about,
    )
    early = dice.uniform(len(kin)) * np.maximum(mother - 16, 1) * 0.6
    return np.asarray(np.where(tentative < 0, early, tentative).clip(0, AGE_MAX))


def _ranks(tentative: Array, table: Array, tables: int, dice: Dice) -> Array:
    """Where each stands among all of the same table by the tentative age, between 0 and 1."""
    place = table * _HALF_YEARS + (tentative * 2).astype(np.int32)
    counts = np.bincount(place, minlength=tables * _HALF_YEARS).reshape(tables, _HALF_YEARS)
    running = counts.cumsum(axis=1)
    below, inside = (running - counts).ravel()[place], counts.ravel()[place]
    rank = (below + dice.uniform(len(place)) * inside) / np.maximum(running[:, -1][table], 1)
    return np.asarray(rank, np.float32)


def _bounded(kin: Array, age: Array, head: Array, younger_parent: Array) -> Array:
    """Ages that no generation contradicts."""
    child = np.minimum(age, np.maximum(younger_parent - BIRTH_YEARS_APART - 1, 0))
    grandchild = np.minimum(age, np.maximum(head - GRANDCHILD_YEARS_APART - 1, 0))
    parent = np.maximum(age, head + PARENT_YEARS_APART + 1)
    bounded = np.select(
        [kin == CHILD, kin == GRANDCHILD, kin == PARENT, kin == CHILD_IN_LAW],
        [child, grandchild, parent, np.maximum(age, SPOUSE_AGE_MIN)],
        age,
    )
    return np.asarray(bounded.clip(0, AGE_MAX))


MEN_AT_HOME = np.array((0.95, 1.0, 1.0, 0.97, 0.95, 0.98, 1.0))
"""Men among the others of a household, beside the census, by region. In AJK and KP the report's literacy of both sexes
together lies nearer to the women's than the census's sexes allow: men work elsewhere (assumption)."""
TRANS_SHARE = 20_331 / 240_458_089
"""Transgender people among all (census 2023, table 4)."""
TRANS_IN_SINDH = 0.70
"""The registry's roster of them lies in Sindh: its own totals imply 61 to 77 per cent."""
TRANS_AGE_MIN = 15
_SINDH = 6
_SHARE_OF_ROLES = 1.9
"""Only grown people of some relations can be drawn, about one of 1.9."""


def _stated_sex(
    calibration: Calibration, places: Places, household: Array, relation: Array, sex: Array, age: Array, dice: Dice
) -> Array:
    """Sex as it is answered: a few grown people who are not of a couple or parents are transgender."""
    members = calibration.by_region("household_members")
    in_sindh = members[_SINDH] / members.sum()
    share = np.full(len(members), TRANS_SHARE * (1 - TRANS_IN_SINDH) / (1 - in_sindh))
    share[_SINDH] = TRANS_SHARE * TRANS_IN_SINDH / in_sindh
    may_be = (age >= TRANS_AGE_MIN) & np.isin(relation, (CHILD, SIBLING, NEPHEW, OTHER))
    drawn = dice.uniform(len(age)) < (_SHARE_OF_ROLES * share)[places.region[household]]
    return np.where(may_be & drawn, 2, sex).astype(np.int8)


def parents_of_heads(rosters: Rosters) -> tuple[Array, Array]:
    """For every household the place of the head's mother and father among the people, else -1."""
    households = len(rosters.first)
    parents = np.flatnonzero(rosters.relation == PARENT)
    mothers, fathers = parents[rosters.sex[parents] == FEMALE], parents[rosters.sex[parents] == MALE]
    return first_of(rosters.household, mothers, households), first_of(rosters.household, fathers, households)
