"""The assessor: follows the log, keeps the standing of every household, and records a decision when one changes.

Checkpoint, standings and decisions are written in one transaction, so a crash at any point leaves all of it or none. A
change of policy starts a re-assessment, which goes through the households that it may touch, in the order of their ids,
and shares the time with the log: both may stop anywhere and go on from what is stored.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from adapters import codec
from adapters.followers.assessing import ASSESSOR, Sitting, kind_of_all, submissions_in
from adapters.followers.households import Households
from adapters.followers.ids_as_bytes import recorded_with_submission as read
from adapters.followers.one_at_a_time import OneAtATime
from adapters.followers.standings import Standings
from adapters.followers.timeline import CompileCard, Timeline, advance, timeline
from adapters.followers.touched import count_touched, find_reassessment, may_decide, next_page
from adapters.log import Entry, EventLog, NewEntry
from adapters.tables import Tables
from domain.catalogue import HOUSEHOLD_NAMES, POLICY_NAMES
from domain.event import Recorded
from projections.changes import Change, Drop, Put
from projections.reassessments import REASSESSMENTS, Reassessment
from projections.standing import household_in, position_of

EVENTS_MAX = 5_000
"""Most events in one batch. Its decisions are appended under the log's lock: 5,000 of them hold it for about 30 ms."""
HOUSEHOLDS_MAX = 1_000
"""Most households that a re-assessment takes in one transaction, for the same reason."""
SUBMISSION_EVENTS_MAX = 100_000
"""No submission causes as many events; beyond it something is wrong with the log."""

Clock = Callable[[], datetime]


class Assessor:
    """The follower that concludes. It must be the only one: a second is refused when it records.

    With a `writer` (one thread), a full batch is written while the next one is worked out: Postgres has the other core.
    """

    name = ASSESSOR

    def __init__(
        self,
        log: EventLog,
        tables: Tables,
        compile_card: CompileCard,
        clock: Clock,
        writer: Executor | None = None,
    ) -> None:
        self._log = log
        self._tables = tables
        self._compile_card = compile_card
        self._clock = clock
        self._writing = OneAtATime(writer)
        self._households = Households(log, read=read)
        self._standings = Standings(tables)
        self.load()

    def load(self) -> None:
        """Begin, or begin again after a failure, from what is stored."""
        self._writing.give_up()
        self._households.forget()
        self._standings.forget()
        self.position = self._ahead = self._log.checkpoint(ASSESSOR)
        policies = [codec.recorded(entry) for entry in self._log.policies() if entry.position <= self.position]
        self._timeline = timeline(policies, self._compile_card)
        self._reassessing = False
        """Whether what is being written, if anything is, are pages of a re-assessment only."""
        self.reassessment, self._brought = find_reassessment(self._tables)

    @property
    def is_idle(self) -> bool:
        """Whether nothing but the log's next event can give it work."""
        return self.reassessment is None

    def step(self, limit: int = EVENTS_MAX) -> bool:
        """Do a bounded share of work: a batch of the log, then one of the re-assessment. False if there was none."""
        followed = self.follow(limit)
        return self.reassess(HOUSEHOLDS_MAX) or followed

    def follow(self, limit: int = EVENTS_MAX) -> bool:
        """Take in the next events of the log; False if there were none and nothing was still to be written."""
        entries = self._next(limit)
        if not entries:
            return self._writing.finish()
        events = [read(entry) for entry in entries if entry.name in HOUSEHOLD_NAMES]
        self._households.open(events, self._ahead)
        sitting = Sitting(self._standings.of(events), self._clock())
        reached = self._assess(entries, events, sitting)
        self._writing.finish()
        job = self._job_for(reached)
        changes = [*sitting.changes(), *_superseding(self.reassessment, job)]
        since, self._ahead = self._ahead, entries[-1].position
        self._standings.forget_the_oldest()
        self._standings.take(sitting.rows.items())
        self._timeline, self.reassessment, self._reassessing = reached, job, False
        self._writing.do(
            lambda: self._write(since, entries[-1].position, changes, sitting.decisions), later=len(entries) >= limit
        )
        return True

    def _write(self, since: int, position: int, changes: Sequence[Change], decisions: Sequence[NewEntry]) -> None:
        with self._log.transaction() as transaction:
            transaction.advance(ASSESSOR, position, since=since)
            self._tables.apply(transaction, changes)
            transaction.append(decisions)
        self.position = position

    def reassess(self, limit: int = HOUSEHOLDS_MAX) -> bool:
        """Bring the last change of policy to the next households that it may touch."""
        job = self.reassessment
        if job is None:
            return False
        if not self._reassessing:
            self._writing.finish()  # what follows from the log may be of households that come next
        turns = self._timeline.turns_after(self._brought)
        page = next_page(self._tables, job, turns, limit)
        waiting = {
            household: row
            for row in page.rows
            if position_of(row) < job.policy_position
            and ((household := household_in(row)) in page.moved or may_decide(row, turns))
        }
        sitting = Sitting({household.int: row for household, row in waiting.items()}, self._clock())
        for known in self._households.at(waiting, self.position):
            sitting.catch_up(known, self._timeline, self._brought)
        job = replace(
            job,
            reached=page.reached,
            done=page.is_last,
            seen=job.seen + len(page.rows),
            decided=job.decided + len(sitting.decisions),
        )
        self._standings.forget_the_oldest()
        self._standings.take(sitting.rows.items())
        self._writing.finish()
        self.reassessment = None if job.done else job
        if job.done:
            self._brought = job.policy_position
        changes = [*sitting.changes(), Put(REASSESSMENTS, (job.policy_position,), job.row)]
        self._reassessing = not job.done
        self._writing.do(lambda: self._write_reassessed(changes, sitting.decisions), later=not job.done)
        return True

    def _write_reassessed(self, changes: Sequence[Change], decisions: Sequence[NewEntry]) -> None:
        with self._log.transaction() as transaction:
            self._tables.hold(transaction, ASSESSOR, self.position)
            self._tables.apply(transaction, changes)
            transaction.append(decisions)

    def _next(self, limit: int) -> list[Entry]:
        """Read a batch that ends where a submission ends."""
        while True:
            entries = self._log.after(self._ahead, limit)
            if len(entries) < limit:
                return entries
            whole = _without_the_last_submission(entries)
            if whole:
                return whole
            limit *= 2
            assert limit < SUBMISSION_EVENTS_MAX, "a submission has no end"

    def _assess(self, entries: Sequence[Entry], events: Sequence[Recorded[Any]], sitting: Sitting) -> Timeline:
        """Take the batch in, in the order of the log; returns the policies as they are at its end."""
        reached, begin = self._timeline, 0
        for entry in entries:
            if entry.name in POLICY_NAMES:
                end = next(
                    (at for at in range(begin, len(events)) if events[at].position > entry.position), len(events)
                )
                self._assess_events(events[begin:end], reached, sitting)
                reached, begin = advance(reached, codec.recorded(entry), self._compile_card), end
        self._assess_events(events[begin:], reached, sitting)
        return reached

    def _assess_events(self, events: Sequence[Recorded[Any]], reached: Timeline, sitting: Sitting) -> None:
        for caused in submissions_in(events):
            before = self._households.find(caused[0].stream)
            if before is not None:
                sitting.catch_up(before, reached, self._brought)
            known = self._households.take(caused)
            sitting.settle(before, known)
            sitting.assess(known, reached.in_force, kind_of_all(caused))

    def _job_for(self, reached: Timeline) -> Reassessment | None:
        """The re-assessment that is due after a batch: of several changes in it, and of all before, the newest."""
        turn = reached.last_turn
        before = self._timeline.last_turn
        if turn is None or (before is not None and turn.position == before.position):
            return self.reassessment
        total = count_touched(self._tables, reached.turns_after(self._brought))
        return Reassessment(turn.position, turn.kind, total=total)


def _superseding(before: Reassessment | None, after: Reassessment | None) -> Iterable[Change]:
    """Whoever the older one did not reach is caught up on both changes by the newer one, each as of its position."""
    if after is None or after == before:
        return
    if before is not None:
        yield Drop(REASSESSMENTS, (before.policy_position,))
    yield Put(REASSESSMENTS, (after.policy_position,), after.row)


def _without_the_last_submission(entries: list[Entry]) -> list[Entry]:
    """Leave out a submission at the end of a full batch, since the rest of it may be in the next one."""
    end = len(entries)
    last = _submission(entries[-1])
    while last is not None and end > 0 and _submission(entries[end - 1]) == last:
        end -= 1
    return entries[:end]


def _submission(entry: Entry) -> UUID | None:
    return read(entry).envelope.submission if entry.name in HOUSEHOLD_NAMES else None
