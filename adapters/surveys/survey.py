"""Read a survey: household by household, each with its people, as submissions that the registry takes.

Nobody is dropped in silence. A row that cannot go in is given as a Rejection; a household of which one person cannot be
read is refused whole, since a roster with a gap would be scored as a smaller household.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from adapters.documents.mapping import Mapping
from adapters.submissions.shape import MissedOut, Questionnaire
from adapters.surveys.compile import Texts
from adapters.surveys.expressions import Unreadable
from adapters.surveys.files import SurveyFile
from adapters.surveys.members import IndexedMembers, Members, Someone, SortedMembers, is_sorted, people
from adapters.surveys.plan import Key, check_key, key_text, make_plan, shortened
from adapters.surveys.tally import Rejection, Tally

NAMESPACE = UUID("6a1e5c1e-7f0b-5d1c-9b0a-67686172616e")
"""Ours, for ids of submissions that are derived from a survey's name and the key of a row."""

ROSTER_MAX = 1_000
"""Most people that one key can stand for; the largest household of the survey of 2014 has fifty."""

Outcome = tuple[int, MissedOut | Rejection]


def submission_id(source: str, source_key: str) -> UUID:
    """The id of the submission that a row makes: the same each time, so that importing again adds nothing."""
    return uuid5(NAMESPACE, f"{source}\n{source_key}")


class Survey:
    """The two files of a survey, checked, and what has become of their rows so far."""

    def __init__(self, mapping: Mapping, households: Path, members: Path) -> None:
        """Check mapping and files from end to end, so that a damaged one is refused before anything is registered.

        Raises Refused, naming the file and where it can be known the row.
        """
        self.mapping = mapping
        self.plan = make_plan(mapping)
        self.tally = Tally()
        self._households = SurveyFile(households, mapping.delimiter)
        self._members = SurveyFile(members, mapping.delimiter)
        self.is_sorted = is_sorted(self._households, self.plan.household) & is_sorted(self._members, self.plan.member)

    def submissions(self) -> Iterator[Outcome]:
        """Every household as a submission or a refusal, with its row; people of no household as refusals.

        Raises Refused where a file gives way in the middle; what came before is whole.
        """
        rows = people(self._members, self.plan, self.tally)
        members: Members = SortedMembers(rows, self._members) if self.is_sorted else IndexedMembers(rows, self._members)
        for row, texts, fault, earlier in self._household_rows():
            key = self.plan.household.key(texts)
            if earlier:
                reason = f"the key stands in row {earlier} already: leave out the row that is wrong"
                yield row, self._household_refused(row, key, (reason,), people=0)
                continue
            group = members.take(key)
            yield from self._strays(members.strays())
            yield from self._household(row, texts, fault, group)
        yield from self._strays(members.strays(at_end=True))
        assert self.tally.is_complete(), self.tally

    def _household_rows(self) -> Iterator[tuple[int, Texts, str, int]]:
        """Every row of the household file, and the earlier row that has the same key (0 where there is none)."""
        side, repeated = self.plan.household, self.mapping.household.repeated
        seen: dict[Key, int] = {}
        for row, texts, fault in self._households.rows(side.columns):
            key = side.key(texts)
            earlier = 0 if "" in key else seen.get(key, 0)
            if earlier and repeated:
                continue
            self.tally.households_read += 1
            yield row, texts, fault, earlier
            if self.is_sorted and not earlier:
                seen.clear()  # only the row before can have the same key
            seen.setdefault(key, row)

    def _household(self, row: int, texts: Texts, fault: str, group: list[Someone]) -> Iterator[Outcome]:
        """One household and everybody who belongs to it."""
        key = self.plan.household.key(texts)
        left_out = "" if fault else self.plan.household.left_out(texts)
        if left_out:
            self.tally.filtered(left_out)
            self.tally.households_filtered += 1
            yield from self._left_out(group, f"the household is left out by the mapping: {left_out}")
            return
        yield from self._left_out([one for one in group if one.left_out])
        roster = [one for one in group if not one.left_out]
        try:
            yield row, self._submission(texts, key, roster, fault)
        except Unreadable as unreadable:
            yield from self._unreadable_people(roster)
            whole = sum(one.person is not None for one in roster)
            yield row, self._household_refused(row, key, unreadable.reasons, people=whole)

    def _submission(self, texts: Texts, key: Key, roster: list[Someone], fault: str) -> MissedOut:
        """The submission that a household makes. Raises Unreadable with every reason against it."""
        if fault:
            raise Unreadable(fault)
        roster_reasons = self._roster_reasons(roster)
        try:
            check_key(key)
            self._check_size(texts, roster)
            submission, survey = self.plan.submission(texts), self.plan.survey(texts)
        except Unreadable:
            raise Unreadable(*self._every_reason(texts, key, roster), *roster_reasons) from None
        if roster_reasons:
            raise Unreadable(*roster_reasons)
        source_key = key_text(key)
        persons = tuple(one.person for one in roster if one.person is not None)
        self.tally.households_mapped += 1
        self.tally.people_mapped += len(persons)
        return MissedOut(
            submission_id=submission_id(self.mapping.source, source_key),
            source=self.mapping.source,
            source_key=source_key,
            survey=Questionnaire(roster=persons, **survey),
            **submission,
        )

    def _every_reason(self, texts: Texts, key: Key, roster: list[Someone]) -> list[str]:
        checks: tuple[Callable[[], Any], ...] = (
            lambda: check_key(key),
            lambda: self._check_size(texts, roster),
            lambda: self.plan.submission(texts),
            lambda: self.plan.survey(texts),
        )
        reasons: dict[str, None] = {}
        for check in checks:
            try:
                check()
            except Unreadable as unreadable:
                reasons |= dict.fromkeys(unreadable.reasons)
        return list(reasons)

    def _check_size(self, texts: Texts, roster: list[Someone]) -> None:
        stated = self.plan.size(texts) if self.plan.size else None
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

    def _household_refused(self, row: int, key: Key, reasons: tuple[str, ...], *, people: int) -> Rejection:
        self.tally.households_refused += 1
        self.tally.people_refused += people
        file = self._households.path.name
        return Rejection(file, row, shortened(key), reasons, households=1, people=people)

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
