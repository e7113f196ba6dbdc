"""What a household adds to the counts, and what each day's events change in them.

All counts of one place and day are kept side by side in one integer, 32 bits to each: two sets of counts are added by
one addition, and a member's are looked up by her answers (measured: 1.7 us a household of 5.6 people).
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from itertools import zip_longest
from operator import attrgetter
from struct import Struct
from typing import Any

from domain.event import Recorded, sorted_by_world
from domain.household import state
from domain.household.state import Household
from domain.questionnaire.answers import Answers, Member
from domain.questionnaire.codes import Sex
from projections.changes import Add, Column, Table
from projections.indicators.themes import COLUMNS, Measure, Unit, measures_of, person_column

INDICATORS = Table(
    "indicators",
    "How many households and people of a place live how, by theme and sex, and on which day did that change?",
    (Column("place", "text"), Column("day", "date"), *(Column(name, "int4") for name in COLUMNS)),
    key_columns=2,
    is_counted=True,
)
"""What changed on each day: the counts as of a day are the sums up to it. A row of nothing but zeros is not there."""

Counts = int
"""Counts of every column side by side; below zero where more was taken away than added."""

BITS = 32
MEMBERS_REMEMBERED_MAX = 100_000
"""Different sets of answers of members, at 0.4 kB each; a made-up nation has some ten thousand."""
_AT = {column: place * BITS for place, column in enumerate(COLUMNS)}
_TOP_BITS = sum(1 << at + BITS - 1 for at in _AT.values())
_unpack = Struct(f"<{len(COLUMNS)}i").unpack


def ones(columns: Iterable[str]) -> Counts:
    """Count one in each of these columns."""
    return sum(1 << _AT[column] for column in columns)


def unpacked(counts: Counts) -> tuple[int, ...]:
    """The counts as numbers, in the order of the columns.

    With its top bit added every part is positive and borrows from no other; turning the bit round again gives the part
    as a signed number.
    """
    return _unpack(((counts + _TOP_BITS) ^ _TOP_BITS).to_bytes(len(COLUMNS) * BITS // 8, "little"))


HOUSEHOLD_ANSWERS = ("structure", "drinking_water", "electricity", "toilet", "livestock")
MEMBER_ANSWERS = ("sex", "age", "school", "literate", "disabilities", "chronic_diseases", "employment")
_ONE_HOUSEHOLD = ones(["households"])
_MEMBERS_AT = _AT["members"]
_dwelling_answers = attrgetter("structure", "drinking_water", "electricity", "toilet")


def counts_of(household: Household | None) -> Counts:
    """What a household adds to the counts of its place: nothing before it begins and once it is a closed duplicate."""
    if household is None or household.merged_into is not None:
        return 0
    counts = _ONE_HOUSEHOLD + (len(household.roster) << _MEMBERS_AT)
    if household.answers is not None:
        counts += _of_answers(*_dwelling_answers(household.answers.dwelling), keeps_livestock(household.answers))
    return counts + _of_members(household.roster.values())


def keeps_livestock(answers: Answers) -> bool | None:
    """Whether the household has an animal of any kind; nothing where it was asked neither whether nor how many."""
    if any(answers.livestock.values()):
        return True
    return answers.owns_livestock if answers.owns_livestock is not None or not answers.livestock else False


@cache
def _of_answers(*answers: Hashable) -> Counts:
    given = dict(zip(HOUSEHOLD_ANSWERS, answers, strict=True))
    return ones(_counted_in(measures_of(Unit.HOUSEHOLD), given))


class _Members(dict[tuple[Any, ...], Counts]):
    """What a member with these answers counts; most are asked for again and again."""

    def __missing__(self, answers: tuple[Any, ...]) -> Counts:
        if len(self) >= MEMBERS_REMEMBERED_MAX:
            self.clear()
        given = dict(zip(MEMBER_ANSWERS, answers, strict=True))
        columns = _counted_in(measures_of(Unit.PERSON), given)
        counts = self[answers] = ones(person_column(column, Sex(given["sex"])) for column in columns)
        return counts


_of_member = _Members()


def _of_members(members: Iterable[Member]) -> Counts:
    counts = 0
    for m in members:
        counts += _of_member[
            m.sex, m.age, m.school, m.literate, m.disabilities, m.chronic_diseases, m.employment
        ]  # in the order of MEMBER_ANSWERS; written out, it takes half the time
    return counts


def _counted_in(measures: Sequence[Measure], given: dict[str, Any]) -> set[str]:
    """The columns in which these answers count: a whole that several measures share counts once."""
    columns = set()
    for measure in measures:
        if measure.ages is not None and not _is_of(measure.ages, given["age"]):
            continue
        answer = given[measure.answer]
        if isinstance(answer, tuple):
            answer = bool(answer)  # of several that may be named, any one counts
        if answer is None or (measure.among is not None and answer not in measure.among):
            continue
        columns.add(measure.of)
        if answer in measure.counts:
            columns.add(measure.name)
    return columns


def _is_of(ages: tuple[int, int], age: int | None) -> bool:
    return age is not None and ages[0] <= age <= ages[1]


class Tally:
    """Gathers what events change in the counts, by place and day, until it is taken away."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, date], Counts] = {}

    def __len__(self) -> int:
        return len(self._sums)

    def step(self, before: Household | None, after: Household | None, on: date) -> None:
        """A household was one thing and is another from this day on.

        Mostly nothing that is counted was touched but perhaps the roster, which the same objects, not merely equal
        ones, tell at a glance.
        """
        if (
            before is not None
            and after is not None
            and before.answers is after.answers
            and before.residences is after.residences
            and before.merged_into is None
            and after.merged_into is None
        ):
            if before.roster is not after.roster:
                self._add(after, on, _change_of_roster(before, after))
            return
        if before is not None:
            self._add(before, on, -counts_of(before))
        if after is not None:
            self._add(after, on, counts_of(after))

    def replace(self, history: Sequence[Recorded[Any]], longer: Sequence[Recorded[Any]]) -> None:
        """A late fact puts a household's whole course in doubt: take it away and add what it is now."""
        other = Tally()
        other.follow_all(history)
        for key, counts in other._sums.items():
            self._sums[key] = self._sums.get(key, 0) - counts
        self.follow_all(longer)

    def follow_all(self, history: Sequence[Recorded[Any]]) -> None:
        """A household's whole course, from before it began."""
        before: Household | None = None
        for recorded in sorted_by_world(history):
            after = state.evolve(before, recorded.event)
            self.step(before, after, recorded.event.on)
            before = after

    def take(self) -> Iterator[Add]:
        """Hand over what was gathered and begin anew; what cancels out is left away."""
        sums, self._sums = self._sums, {}
        for key, counts in sums.items():
            if counts:
                yield Add(INDICATORS, key, unpacked(counts))

    def _add(self, household: Household, on: date, counts: Counts) -> None:
        if counts:
            key = (household.residences[-1][1].code, on)
            self._sums[key] = self._sums.get(key, 0) + counts


def _change_of_roster(before: Household, after: Household) -> Counts:
    """Look only at members who came, went or changed: mostly one of six.

    Only the sum matters, so it matters not who is held against whom; that most stand where they stood spares the rest.
    """
    counts = len(after.roster) - len(before.roster) << _MEMBERS_AT
    for old, new in zip_longest(before.roster.values(), after.roster.values()):
        if old is not new:
            if new is not None:
                counts += _of_one(new)
            if old is not None:
                counts -= _of_one(old)
    return counts


def _of_one(m: Member) -> Counts:
    return _of_member[m.sex, m.age, m.school, m.literate, m.disabilities, m.chronic_diseases, m.employment]
