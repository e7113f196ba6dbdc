"""Read a survey: household by household, each with its people, as submissions that the registry takes.

Nobody is dropped in silence. A row that cannot go in is given as a Rejection; a household of which one person cannot be
read is refused whole, since a roster with a gap would be scored as a smaller household.
"""

from collections.abc import Callable, Iterator
from itertools import starmap
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from adapters.documents.mapping import Mapping
from adapters.submissions.shape import MissedOut, Questionnaire
from adapters.surveys.batches import Batch, Texts
from adapters.surveys.expressions import Unreadable
from adapters.surveys.files import SurveyFile
from adapters.surveys.members import IndexedMembers, Keys, Members, Someone, SortedMembers, keys_of, people
from adapters.surveys.plan import Key, check_key, key_text, make_plan, shortened
from adapters.surveys.tally import Rejection, Tally
from adapters.uuids import uuid_of_name

NAMESPACE = UUID("6a1e5c1e-7f0b-5d1c-9b0a-67686172616e")
"""Ours, for ids of submissions that are derived from a survey's name and the key of a row."""

ROSTER_MAX = 1_000
"""Most people that one key can stand for; the largest household of the survey of 2014 has fifty."""

Outcome = tuple[int, MissedOut | Rejection]


def submission_id(source: str, source_key: str) -> UUID:
    """The id of the submission that a row makes: the same each time, so that importing again adds nothing."""
    return uuid_of_name(NAMESPACE, f"{source}\n{source_key}")


class _Given(NamedTuple):
    """What the row of a household says: of the submission, of the survey, and how many people it has."""

    submission: dict[str, Any]
    survey: dict[str, Any]
    size: int | None


class _Row(NamedTuple):
    """A row of the household file; `earlier` is the row that has the same key, 0 where there is none."""

    number: int
    key: Key
    fault: str
    earlier: int
    given: _Given | None
    batch: Batch
    at: int

    @property
    def texts(self) -> Texts:
        """The texts of its columns."""
        return self.batch.row(self.at)


class Survey:
    """The two files of a survey, checked, and what has become of their rows so far."""

    def __init__(self, mapping: Mapping, households: Path, members: Path, *, keys: Keys | None = None) -> None:
        """Check mapping and files from end to end, so that a damaged one is refused before anything is registered.

        How the keys of both files stand is given by whoever has checked them already; they are not checked again then.
        Raises Refused, naming the file and where it can be known the row.
        """
        self.mapping = mapping
        self.plan = make_plan(mapping)
        self.tally = Tally()
        self._households = SurveyFile(households, mapping.delimiter)
        self._members = SurveyFile(members, mapping.delimiter)
        if keys is None:
            keys = keys_of(self._households, self.plan.household)
            keys = keys.with_those_of(keys_of(self._members, self.plan.member))
        self.keys = keys
        self.is_sorted = keys.is_sorted

    def submissions(self) -> Iterator[Outcome]:
        """Every household as a submission or a refusal, with its row; people of no household as refusals.

        Raises Refused where a file gives way in the middle; what came before is whole.
        """
        rows = people(self._members, self.plan, self.tally)
        members: Members = SortedMembers(rows, self._members) if self.is_sorted else IndexedMembers(rows, self._members)
        for row in self._household_rows():
            if row.earlier:
                reason = f"the key stands in row {row.earlier} already: leave out the row that is wrong"
                yield row.number, self._household_refused(row, (reason,), people=0)
                continue
            group = members.take(row.key)
            yield from self._strays(members.strays())
            yield from self._household(row, group)
        yield from self._strays(members.strays(at_end=True))
        assert self.tally.is_complete(), self.tally

    def _household_rows(self) -> Iterator[_Row]:
        """Every row of the household file."""
        side, repeated = self.plan.household, self.mapping.household.repeated
        seen: dict[Key, int] = {}
        for batch in self._households.batches(side.columns):
            made = self._all_at_once(batch)
            keys = side.keys(batch)
            for index, (number, key, fault) in enumerate(zip(batch.numbers, keys, batch.faults(), strict=True)):
                earlier = 0 if "" in key else seen.get(key, 0)
                if earlier and repeated:
                    continue
                self.tally.households_read += 1
                given = made[index] if made is not None and not fault else None
                yield _Row(number, key, fault, earlier, given, batch, index)
                if self.is_sorted and not earlier:
                    seen.clear()  # only the row before can have the same key
                seen.setdefault(key, number)

    def _all_at_once(self, batch: Batch) -> list[_Given] | None:
        """What all households of a batch say, unless one cannot be read: then each is read by itself."""
        plan = self.plan
        try:
            sizes = plan.size.column(batch) if plan.size else [None] * len(batch.numbers)
            given = zip(plan.submission.column(batch), plan.survey.column(batch), sizes, strict=True)
            return list(starmap(_Given, given))
        except Unreadable:
            return None

    def _household(self, row: _Row, group: list[Someone]) -> Iterator[Outcome]:
        """One household and everybody who belongs to it."""
        side = self.plan.household
        left_out = "" if row.fault or side.left_out is None else side.left_out(row.texts)
        if left_out:
            self.tally.filtered(left_out)
            self.tally.households_filtered += 1
            yield from self._left_out(group, f"the household is left out by the mapping: {left_out}")
            return
        yield from self._left_out([one for one in group if one.left_out])
        roster = [one for one in group if not one.left_out]
        try:
            yield row.number, self._submission(row, roster)
        except Unreadable as unreadable:
            yield from self._unreadable_people(roster)
            whole = sum(one.person is not None for one in roster)
            yield row.number, self._household_refused(row, unreadable.reasons, people=whole)

    def _submission(self, row: _Row, roster: list[Someone]) -> MissedOut:
        """The submission that a household makes. Raises Unreadable with every reason against it."""
        if row.fault:
            raise Unreadable(row.fault)
        roster_reasons = self._roster_reasons(roster)
        try:
            check_key(row.key)
            given = row.given or self._given(row.texts)
            self._check_size(given.size, roster)
        except Unreadable:
            raise Unreadable(*self._every_reason(row, roster), *roster_reasons) from None
        if roster_reasons:
            raise Unreadable(*roster_reasons)
        source_key = key_text(row.key)
        persons = tuple([one.person for one in roster if one.person is not None])
        self.tally.households_mapped += 1
        self.tally.people_mapped += len(persons)
        return MissedOut(
            submission_id=submission_id(self.mapping.source, source_key),
            source=self.mapping.source,
            source_key=source_key,
            survey=Questionnaire(roster=persons, **given.survey),
            **given.submission,
        )

    def _given(self, texts: Texts) -> _Given:
        plan = self.plan
        return _Given(plan.submission(texts), plan.survey(texts), plan.size(texts) if plan.size else None)

    def _every_reason(self, row: _Row, roster: list[Someone]) -> list[str]:
        plan, texts = self.plan, row.texts
        checks: tuple[Callable[[], Any], ...] = (
            lambda: check_key(row.key),
            lambda: self._check_size(plan.size(texts) if plan.size else None, roster),
            lambda: plan.submission(texts),
            lambda: plan.survey(texts),
        )
        reasons: dict[str, None] = {}
        for check in checks:
            try:
                check()
            except Unreadable as unreadable:
                reasons |= dict.fromkeys(unreadable.reasons)
        return list(reasons)

    def _check_size(self, stated: int | None, roster: list[Someone]) -> None:
        if stated is not None and stated != len(roster):
            column = self.mapping.household.size
            raise Unreadable(f"{column} says {stated} members and the member file has {len(roster)}: find the others")

    def _roster_reasons(self, roster: list[Someone]) -> list[str]:
        if not roster:
            return ["the member file has nobody of this household"]
        if len(roster) > ROSTER_MAX:
            return [f"{len(roster):,} people have this key: does the mapping name the right columns?"]
        reasons = []
        lines: dict[int, int] = {}
        for one in roster:
            if one.person is None:
                reasons.append(f"row {one.row} of {self._members.path.name} cannot be read")
            elif (first := lines.setdefault(one.person.line, one.row)) != one.row:
                said = f"row {one.row} of {self._members.path.name} has line {one.person.line}"
                reasons.append(f"{said}, as row {first} has already: correct one of them")
        return reasons

    def _household_refused(self, row: _Row, reasons: tuple[str, ...], *, people: int) -> Rejection:
        self.tally.households_refused += 1
        self.tally.people_refused += people
        file = self._households.path.name
        return Rejection(file, row.number, shortened(row.key), reasons, households=1, people=people)

    def _unreadable_people(self, roster: list[Someone]) -> Iterator[Outcome]:
        """A refusal for each person who cannot be read; the others are refused with their household."""
        for one in roster:
            if one.person is None:
                self.tally.people_refused += 1
                yield one.row, Rejection(self._members.path.name, one.row, shortened(one.key), one.reasons, people=1)

    def _left_out(self, group: list[Someone], because: str = "") -> Iterator[Outcome]:
        """People whom the mapping leaves out, themselves or with their household."""
        for one in group:
            self.tally.people_filtered += 1
            reason = because or f"left out by the mapping: {one.left_out}"
            file = self._members.path.name
            yield one.row, Rejection(file, one.row, shortened(one.key), (reason,), people=1, filtered=True)

    def _strays(self, strays: Iterator[Someone]) -> Iterator[Outcome]:
        """People whose household is not in the household file."""
        for one in strays:
            if one.left_out:
                yield from self._left_out([one])
                continue
            self.tally.people_refused += 1
            reasons = one.reasons or (f"no household in {self._households.path.name} has this key",)
            yield one.row, Rejection(self._members.path.name, one.row, shortened(one.key), reasons, people=1)
