"""The people of a survey, given out household by household: while streaming if both files are sorted, else indexed."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from adapters.faults import Refused
from adapters.submissions.shape import Person
from adapters.surveys.batches import Batch, Texts
from adapters.surveys.expressions import Unreadable
from adapters.surveys.files import SurveyFile
from adapters.surveys.plan import Key, Plan, Side
from adapters.surveys.tally import Tally

INDEXED_PEOPLE_MAX = 1_000_000
"""People that are held in memory where the files are not sorted, some 1 kB each; more must be sorted first."""


class Someone(NamedTuple):
    """One row of the member file: a person, or the reasons why it cannot be one, or why the mapping leaves it out."""

    row: int
    key: Key
    person: Person | None
    reasons: tuple[str, ...] = ()
    left_out: str = ""


class Members(Protocol):
    """Gives out the people of each household once; those of no household are strays."""

    def take(self, key: Key) -> list[Someone]:
        """The people of the household with this key."""

    def strays(self, *, at_end: bool = False) -> Iterator[Someone]:
        """People found so far who belong to no household; at the end, all who are left."""


def people(file: SurveyFile, plan: Plan, tally: Tally) -> Iterator[Someone]:
    """Every row of the member file, in its order."""
    side = plan.member
    for batch in file.batches(side.columns):
        made = _all_at_once(plan, batch)
        keys = side.keys(batch)
        for index, (row, key, fault) in enumerate(zip(batch.numbers, keys, batch.faults(), strict=True)):
            tally.people_read += 1
            left_out = "" if side.left_out is None or fault else side.left_out(batch.row(index))
            if left_out:
                tally.filtered(left_out)
                yield Someone(row, key, None, left_out=left_out)
            elif made is not None and not fault:
                yield Someone(row, key, made[index])
            else:
                yield _by_herself(plan, row, key, batch.row(index), fault)


def _all_at_once(plan: Plan, batch: Batch) -> list[Person] | None:
    """Everybody in a batch, unless somebody cannot be read: then each is read by herself, to say what is wrong."""
    try:
        return plan.person.column(batch)
    except Unreadable:
        return None


def _by_herself(plan: Plan, row: int, key: Key, texts: Texts, fault: str) -> Someone:
    if fault:
        return Someone(row, key, None, (fault,))
    try:
        return Someone(row, key, plan.person(texts))
    except Unreadable as unreadable:
        return Someone(row, key, None, unreadable.reasons)


Order = tuple[tuple[int, int, str], ...]


def order(key: Key) -> Order:
    """How keys are sorted: numbers by their size before texts by their letters."""
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in key)


class Keys(NamedTuple):
    """How the keys of a file stand: in their order or not, and the least and the greatest, if there is a row."""

    is_sorted: bool
    least: Key | None = None
    greatest: Key | None = None

    def with_those_of(self, other: "Keys") -> "Keys":
        """The keys of two files together."""
        least = [key for key in (self.least, other.least) if key is not None]
        greatest = [key for key in (self.greatest, other.greatest) if key is not None]
        both = self.is_sorted and other.is_sorted
        return Keys(both, min(least, key=order, default=None), max(greatest, key=order, default=None))


def keys_of(file: SurveyFile, side: Side) -> Keys:
    """How the keys of a file stand. Reads to the end, and so finds where the file is damaged."""
    if len(side.key_columns) == 1:
        quickly = file.whole_numbers((*side.key_columns, *side.columns))
        if quickly is not None:
            ascending, least, greatest = quickly
            return Keys(ascending, (str(least),), (str(greatest),))
    is_sorted, before = True, order(())
    ends: list[tuple[Order, Key]] = []
    for key in keys_in(file, side):
        place = order(key)
        is_sorted, before = is_sorted and before <= place, place
        if "" in key:  # such a row is refused by itself
            continue
        if not ends:
            ends = [(place, key), (place, key)]
        elif place < ends[0][0]:
            ends[0] = place, key
        elif place > ends[1][0]:
            ends[1] = place, key
    return Keys(is_sorted, *(key for _, key in ends))


def keys_in(file: SurveyFile, side: Side) -> Iterator[Key]:
    """The key of every row, rows that follow each other under one key taken together."""
    last: tuple[str, ...] | None = None
    for texts in file.keys(side.key_columns, side.columns):
        if texts != last:
            last = texts
            yield tuple(text.strip() for text in texts)


class SortedMembers:
    """Reads on as far as the household asked for; holds one household at a time."""

    def __init__(self, rows: Iterator[Someone], file: SurveyFile) -> None:
        self._rows = rows
        self._file = file
        self._next = next(rows, None)
        self._strays: list[Someone] = []

    def take(self, key: Key) -> list[Someone]:
        found: list[Someone] = []
        while self._next is not None and self._next.key != key and order(self._next.key) < order(key):
            self._strays.append(self._next)
            self._next = next(self._rows, None)
        while self._next is not None and self._next.key == key:
            found.append(self._next)
            if len(found) > INDEXED_PEOPLE_MAX:
                raise Refused(
                    f"{self._file.path}: too many people have one key: name its columns rightly in the mapping."
                )
            self._next = next(self._rows, None)
        return found

    def strays(self, *, at_end: bool = False) -> Iterator[Someone]:
        yield from self._strays
        self._strays = []
        if at_end and self._next is not None:
            yield self._next
            yield from self._rows


class IndexedMembers:
    """Reads everybody first and keeps them by the key of their household."""

    def __init__(self, rows: Iterator[Someone], file: SurveyFile) -> None:
        self._by_key: dict[Key, list[Someone]] = {}
        for number, someone in enumerate(rows):
            if number >= INDEXED_PEOPLE_MAX:
                raise Refused(
                    f"{file.path}, row {someone.row}: the files are not sorted by the key of the household, and more "
                    f"than {INDEXED_PEOPLE_MAX:,} people cannot be held: sort both files by that key."
                )
            self._by_key.setdefault(someone.key, []).append(someone)

    def take(self, key: Key) -> list[Someone]:
        return self._by_key.pop(key, [])

    def strays(self, *, at_end: bool = False) -> Iterator[Someone]:
        if at_end:
            yield from sorted(
                (someone for group in self._by_key.values() for someone in group), key=lambda one: one.row
            )
            self._by_key = {}
