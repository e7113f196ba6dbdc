"""What follows from one household's history: every decision as it must have been taken, and every row of an answer.

The history is gone through as the assessor went through it, with the card and the rules of each position, by the same
pure functions. Nothing that was decided is taken from the log; only then it is held against it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from adapters.followers.assessing import Sitting, kind_of_all
from adapters.followers.ids_as_bytes import recorded_with_submission as read
from adapters.followers.projector import lists_of, rows_of
from adapters.followers.rebuild import History, Rows, add_decisions, known_of
from adapters.followers.timeline import CompileCard, Timeline, advance
from adapters.log import Entry, NewEntry
from adapters.uuids import uuid_of
from domain.event import Recorded
from projections.changes import Row
from projections.former_places import FORMER_PLACES, former_rows
from projections.indicators.counting import Tally
from projections.known import Known, fold, take
from projections.standing import STANDING

_AT_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""When a decision was written down cannot be derived; the seal proves it."""


class Unfinished(msgspec.Struct, frozen=True):
    """A re-assessment under way: changes of policy beyond `brought` may wait for households beyond `reached`."""

    brought: int
    reached: UUID


class Reached(msgspec.Struct, frozen=True):
    """How far the followers had come when the audit began, and the last position of the log then."""

    assessor: int
    projector: int
    last: int
    unfinished: Unfinished | None = None


class Concluded(NamedTuple):
    """Decisions that follow, in their order, and the standing after them."""

    decisions: list[NewEntry]
    standing: Row | None


class Followed(NamedTuple):
    """What follows from a history; `before` is what followed before each change of policy that is under way."""

    household: UUID
    concluded: Concluded
    before: tuple[Concluded, ...]


class Course:
    """Follows histories under the policies of one log."""

    def __init__(self, policies: Iterable[Recorded[Any]], compile_card: CompileCard, reached: Reached) -> None:
        self._reached = reached
        self._positions: list[int] = []
        self._timelines = [Timeline()]
        for recorded in policies:
            if recorded.position <= reached.assessor:
                self._positions.append(recorded.position)
                self._timelines.append(advance(self._timelines[-1], recorded, compile_card))
        self._under_way = () if reached.unfinished is None else _cuts(self._timelines[-1], reached.unfinished.brought)

    def follow(self, history: History, rows: Rows, tally: Tally) -> Followed:
        """Work out what follows from a history, add the rows of its answers, and count it."""
        reached, household = self._reached, uuid_of(history.household)  # type: ignore[arg-type]  # bytes, as read
        own = [Entry(entry[0], household, entry[2], entry[3], entry[4]) for entry in history.events]
        events = [read(entry) for entry in own if entry[0] <= reached.assessor]
        in_order = _is_in_order(events)
        counts_now = in_order and len(events) == len(own) and (not own or own[-1][0] <= reached.projector)
        sitting = Sitting({}, _AT_NO_TIME)
        known = self._sit(events, sitting, in_order=in_order, tally=tally if counts_now else None)
        before = self._before(known, sitting)
        if known is not None:
            sitting.catch_up(known, self._timelines[-1])
        concluded = _concluded(sitting, household)
        if concluded.standing is not None:
            rows.setdefault(STANDING, []).append(concluded.standing)
        if former := former_rows(known):
            rows.setdefault(FORMER_PLACES, []).extend(former)
        self._answer(known if counts_now else known_of(own, reached.projector, tally), history, household, rows)
        return Followed(household, concluded, before)

    def _sit(
        self, events: Sequence[Recorded[Any]], sitting: Sitting, *, in_order: bool, tally: Tally | None
    ) -> Known | None:
        """Assess after each submission, when every change of policy before it was brought to the household."""
        known: Known | None = None
        taken: list[Recorded[Any]] = []
        watch = None if tally is None else tally.step
        for caused in _submissions(events):
            at = self._timelines[bisect_left(self._positions, caused[0].position)]
            if known is not None:
                sitting.catch_up(known, at)
            if in_order:
                known = take(known, caused, watch)
            else:
                taken += caused
                known = fold(taken)
            assert known is not None, "a submission caused something"
            sitting.assess(known, at.in_force, kind_of_all(caused))
        return known

    def _before(self, known: Known | None, sitting: Sitting) -> tuple[Concluded, ...]:
        """What followed before each change that may not have come to this household yet."""
        unfinished, before = self._reached.unfinished, list[Concluded]()
        if known is not None and unfinished is not None and known.household_id > unfinished.reached:
            for timeline in self._under_way:
                sitting.catch_up(known, timeline)
                before.append(_concluded(sitting, known.household_id))
        return tuple(before)

    def _answer(self, known: Known | None, history: History, household: UUID, rows: Rows) -> None:
        for table, row in rows_of(known).items():
            rows.setdefault(table, []).append(row)
        for table, several in lists_of(known).items():
            if several:
                rows.setdefault(table, []).extend(several)
        if history.decisions:
            add_decisions(household, history.decisions, self._reached.projector, rows)


def _cuts(end: Timeline, brought: int) -> tuple[Timeline, ...]:
    """The policies as they were before each change that has not been brought to everybody.

    A newer change takes the place of one that is not done: some households have then been brought the older one only.
    """
    waiting = [number for number, turn in enumerate(end.turns) if turn.position > brought]
    return tuple(replace(end, turns=end.turns[:number]) for number in waiting)


def _concluded(sitting: Sitting, household: UUID) -> Concluded:
    return Concluded(list(sitting.decisions), sitting.rows.get(household.int))


def _submissions(events: Sequence[Recorded[Any]]) -> Iterator[list[Recorded[Any]]]:
    """Put together what one submission caused, as the assessor does; here all of it is one household's."""
    if len(events) == 1:
        yield list(events)
        return
    for submission, caused in groupby(events, key=lambda recorded: recorded.envelope.submission):
        if submission is None:
            yield from ([recorded] for recorded in caused)
        else:
            yield list(caused)


def _is_in_order(events: Sequence[Recorded[Any]]) -> bool:
    return all(events[at].event.on <= events[at + 1].event.on for at in range(len(events) - 1))
