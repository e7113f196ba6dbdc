"""An audit of a registry: seals, log against seals, decisions and answers against the log, by processes side by side.

It looks at one moment. The checkpoint of the tree is read first, then a snapshot of the database is opened that all
processes share: whatever was sealed is in it, and followers that go on meanwhile are not seen. Nothing is written but a
table of sums that only the audit's own connection sees.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from adapters import codec
from adapters.audit.against_answers import compare_answers
from adapters.audit.against_heads import compare_heads
from adapters.audit.against_tree import STRETCH_EVENTS, Compared, Stretch
from adapters.audit.cards import check_adopted, check_files
from adapters.audit.counts import Counts
from adapters.audit.findings import Finding, Findings, Kind
from adapters.audit.following import Course, Reached, Unfinished
from adapters.audit.naming import Naming
from adapters.audit.sampling import KEY_OF
from adapters.audit.worker import Assignment, Auditor, Households, Looked, OtherStreams, Task, TheCounts, Tree
from adapters.faults import Refused, WorldFailed
from adapters.followers.assessing import ASSESSOR
from adapters.followers.feed_check import compare as compare_feed
from adapters.followers.feeder import Sender
from adapters.followers.projector import PROJECTOR
from adapters.followers.timeline import CompileCard
from adapters.followers.touched import find_reassessment
from adapters.garbage import without_collecting
from adapters.log import STREAM_MAX, STREAM_MIN
from adapters.postgres.household_ranges import HouseholdRange, ranges
from adapters.postgres.snapshot_log import SnapshotLog
from adapters.postgres.tables import PostgresTables
from adapters.seals.fsck import NOBODY_SAW, Doubt, Fault, Seen, check_head, fsck, notes_seen, read_head
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import VerifierKey
from adapters.seals.tiles import Tiles
from adapters.team import Trade, answers, last_answers, team, workers_default
from domain.event import Recorded
from domain.streams import HOUSEHOLDS_END, household_of

RANGE_EVENTS = 4_000
EVENTS_FOR_A_TEAM = 4 * RANGE_EVENTS
"""A shorter log is audited by this process before others have started."""
OTHER_FIRST_BYTES = range(HOUSEHOLDS_END.bytes[0] + 1, 256)
NOBODYS = (HouseholdRange(HOUSEHOLDS_END, STREAM_MAX), (STREAM_MIN,))
"""Ids that no household has: the answers say nothing of them."""
DRAWN_IN_A_PAGE = 10_000
HOUSEHOLDS_TOGETHER = 250

_TRADE = Trade("adapters.audit.worker", "the audit", "Nothing was changed; audit again.")
_DRAW = (
    "SELECT id FROM (SELECT DISTINCT set_bit(uuid_send(originator_id), 120, 0) AS id FROM stored_events"
    " WHERE notification_id > %b AND originator_id <= %b) AS households ORDER BY sha256(%b || id) LIMIT %b"
)
"""Household and decisions have ids that differ in the lowest bit only, which is number 120 as Postgres counts."""
_SINCE = (
    "SELECT DISTINCT originator_id FROM stored_events WHERE notification_id > %b AND originator_id <= %b"
    " ORDER BY originator_id"
)

Report = Callable[[str, int, int], None]
"""Is told of which part of the work how many more events are done, and of how many (about)."""


class Wanted(msgspec.Struct, frozen=True):
    """What is audited: everything; or so many households drawn by a seed; or what came after a position."""

    sample: int | None = None
    seed: str = ""
    since: int = 0
    scorecards: Path | None = None
    listed_max: int = 20
    workers: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all households are looked at."""
        return self.sample is None and not self.since


class Seals(msgspec.Struct, frozen=True):
    """Where the tree lies, the key that its checkpoints are signed with, and what others saw of it."""

    folder: Path
    key: VerifierKey
    seen: Seen = NOBODY_SAW


class Audited(msgspec.Struct):
    """What was looked at, and what was found. `not_checked` says what could not be, and why."""

    findings: Findings
    position: int
    sealed: int = 0
    events: int = 0
    households: int = 0
    not_checked: list[str] = []
    seconds: float = 0.0

    @property
    def events_per_second(self) -> int:
        """How many events were looked at in a second."""
        return round(self.events / max(self.seconds, 1e-9))


def audit(
    dsn: str,
    compile_card: CompileCard,
    wanted: Wanted,
    *,
    seals: Seals | None,
    sender: Sender | None,
    report: Report = lambda _what, _more, _all: None,
) -> Audited:
    """Audit a registry as it is at this moment. Raises WorldFailed where Postgres or a process is lost."""
    started = time.monotonic()
    findings = Findings(wanted.listed_max)
    tree = None if seals is None else _check_seals(seals, wanted, findings, report)
    log = SnapshotLog(dsn)
    try:
        with without_collecting():
            audited = _Audit(log, compile_card, wanted, tree, findings, report).run(sender)
    finally:
        log.close()
    if seals is None:
        audited.not_checked.append("the seals: no key was given that they are signed with")
    elif tree is None:
        audited.not_checked.append("the log against its seals: nothing is sealed that may be believed")
    elif not any(notes_seen(seals.folder, seals.seen)):
        audited.not_checked.append(
            "whether history was sealed a second time: no checkpoint is here that somebody else has seen (--against)"
        )
    audited.seconds = time.monotonic() - started
    return audited


def _check_seals(seals: Seals, wanted: Wanted, findings: Findings, report: Report) -> Tree | None:
    """Check the tree by itself; in a sample only its head, since the rest is proved event by event."""
    if wanted.sample is not None:
        checkpoint, faults = read_head(seals.folder, seals.key)
        if checkpoint is not None:
            faults += check_head(Tiles(seals.folder, checkpoint.size), checkpoint, seals.key, seals.seen)
    else:
        head, _ = read_head(seals.folder, seals.key)
        size = head.size if head else 0
        checkpoint, faults = fsck(
            seals.folder,
            seals.key,
            lambda more: report("tiles", more, size),
            seen=seals.seen,
            since=wanted.since,
            workers=wanted.workers,
        )
    findings.add(map(_of_fault, faults))
    return None if checkpoint is None else Tree(str(seals.folder), checkpoint.size, checkpoint.root)


_KINDS = {
    Doubt.FORK: Kind.FORK,
    Doubt.NOT_BELIEVED: Kind.NOT_BELIEVED,
    Doubt.DAMAGED: Kind.TILE_DAMAGED,
}


def _of_fault(fault: Fault) -> Finding:
    return Finding(_KINDS[fault.doubt], fault.says, fault.position)


class _Audit:
    """One audit of one moment."""

    def __init__(
        self,
        log: SnapshotLog,
        compile_card: CompileCard,
        wanted: Wanted,
        tree: Tree | None,
        findings: Findings,
        report: Report,
    ) -> None:
        self._log = log
        self._tables = PostgresTables(log)
        self._wanted = wanted
        self._tree = tree
        self._findings = findings
        self._report = report
        self._naming = Naming()
        self._waiting = 0
        self._last = log.last_position()
        self._audited = Audited(findings, self._last, tree.size if tree else 0)
        reached = self._reached()
        self._policies = self._read_policies(compile_card, reached)
        derives = self._policies is not None
        self._assignment = Assignment(log.datastore.dsn, log.snapshot, compile_card, reached, tree, derives)
        self._counts = self._open_counts() if wanted.is_whole and derives else None

    def run(self, sender: Sender | None) -> Audited:
        audited = self._audited
        for answer in self._answers():
            self._take(answer)
        named = list(self._naming.findings(self._log, self._last))
        self._findings.add(named)
        if self._naming.more and named:
            most = max({finding.kind for finding in named}, key=[finding.kind for finding in named].count)
            self._findings.count_more(most, self._naming.more)
        if self._naming.not_comparable:
            audited.not_checked.append(
                f"{self._naming.not_comparable:,} events against their seals: the files that hold these are damaged"
            )
        if self._counts is not None:
            self._findings.add(self._counts.findings())
            for nobody in NOBODYS:
                self._findings.add(compare_answers(self._log, nobody, {}, {}, ()))
        if self._policies is None:
            audited.not_checked.append("decisions and answers: the policies cannot be read, see `unreadable`")
        else:
            self._findings.add(check_adopted(self._policies))
            self._findings.add(check_files(self._policies, self._wanted.scorecards))
        if not self._wanted.is_whole:
            audited.not_checked.append("feeds and indicators: they follow from all households together (--all)")
        elif sender is None:
            audited.not_checked.append("the feeds: without the registry's keys their tokens cannot be worked out")
        else:
            self._check_feed(sender)
        if self._waiting:
            audited.not_checked.append(
                f"what follows from {self._waiting:,} events that the assessor or the projector had not come to"
            )
        if self._tree is not None and self._wanted.is_whole:
            self._check_heads(self._tree)
        if self._assignment.reached.unfinished is not None:
            audited.not_checked.append(
                "households that a change of policy has not reached yet: they may stand before it or after it"
            )
        return audited

    def _read_policies(self, compile_card: CompileCard, reached: Reached) -> list[Recorded[Any]] | None:
        """The policies, unless one of them cannot be read or followed, without which nothing can be derived."""
        read: list[Recorded[Any]] = []
        position = None
        try:
            for entry in self._log.policies():
                position = entry.position
                read.append(codec.recorded(entry))
            Course(read, compile_card, reached)
        except Exception as fault:  # noqa: BLE001 - what was tampered with may fail in any way
            self._findings.add([Finding(Kind.UNREADABLE, f"the policies cannot be followed: {fault}", position)])
            return None
        return read

    def _open_counts(self) -> Counts | None:
        try:
            return Counts(self._log)
        except Refused as refusal:
            self._audited.not_checked.append(f"the indicators: {refusal}")
            return None

    def _reached(self) -> Reached:
        checkpoints = self._log.checkpoints()
        job, brought = find_reassessment(self._tables)
        unfinished = None if job is None else Unfinished(brought, job.reached)
        return Reached(checkpoints.get(ASSESSOR, 0), checkpoints.get(PROJECTOR, 0), self._last, unfinished)

    # The work

    def _answers(self) -> Iterator[Compared | Looked]:
        workers = self._wanted.workers or workers_default()
        if workers == 1 or self._last < EVENTS_FOR_A_TEAM or self._wanted.sample is not None:
            tasks: Iterator[Task] = chain(self._tasks(), [TheCounts()])
            yield from map(Auditor(self._log, self._assignment).do, tasks)
            return
        with team(_TRADE, self._assignment, workers) as processes:
            yield from answers(processes, self._tasks())
            yield from last_answers(processes, TheCounts())

    def _tasks(self) -> Iterator[Task]:
        """Stretches of the log, then households, then all other streams."""
        wanted = self._wanted
        if wanted.sample is not None:
            proves = self._tree is not None
            yield from (Households(some, proves) for some in _together(self._drawn(wanted.sample)))
            return
        yield from self._stretches(0 if self._tree is None else self._tree.size)
        if wanted.since:
            yield from map(Households, _together(self._touched()))
        else:
            yield from map(Households, ranges(self._log, RANGE_EVENTS))
        yield from map(OtherStreams, OTHER_FIRST_BYTES)

    def _stretches(self, size: int) -> Iterator[Stretch]:
        end = max(self._last, size)
        first = self._wanted.since // STRETCH_EVENTS * STRETCH_EVENTS + 1
        for begin in range(first, end + 1, STRETCH_EVENTS):
            yield Stretch(max(begin, self._wanted.since + 1), min(begin + STRETCH_EVENTS - 1, end))

    def _drawn(self, number: int) -> list[UUID]:
        """Draw households by the keyed order of their ids, as `audit sample` does within a stratum."""
        key = KEY_OF + self._wanted.seed.encode() + b"\n"
        parameters = (self._wanted.since, HOUSEHOLDS_END, key, number)
        rows = self._log.read(lambda cursor: cursor.execute(_DRAW, parameters).fetchall())
        return [UUID(bytes=bytes(household)) for (household,) in rows]

    def _touched(self) -> Iterator[UUID]:
        """The households of which there is an event beyond a position, in the order of their ids."""
        with self._log.connection.cursor(name="touched") as cursor:
            cursor.itersize = DRAWN_IN_A_PAGE
            cursor.execute(_SINCE, (self._wanted.since, HOUSEHOLDS_END))
            last = None
            for (stream,) in cursor:
                if (household := household_of(stream)) != last:
                    yield household
                last = household

    def _take(self, answer: Compared | Looked) -> None:
        if isinstance(answer, Compared):
            self._report("seals", answer.events, self._last)
            self._naming.take(answer)
            return
        self._report("households", answer.events, self._last)
        self._audited.events += answer.events
        self._audited.households += answer.households
        self._waiting += answer.waiting
        self._findings.add(answer.findings)
        for kind, number in answer.more.items():
            self._findings.count_more(kind, number)
        self._naming.take(Compared(0, places=answer.places))
        if self._counts is not None:
            self._counts.add(answer.counted)

    def _check_heads(self, tree: Tree) -> None:
        try:
            self._findings.add(compare_heads(self._log, Tiles(Path(tree.folder), tree.size)))
        except (NotProved, WorldFailed) as fault:
            self._audited.not_checked.append(f"the heads that were stated: {str(fault).rstrip('.')}")

    def _check_feed(self, sender: Sender) -> None:
        try:
            compared = compare_feed(
                self._log, self._tables, sender, lambda more: self._report("feeds", more, self._last)
            )
        except Exception as fault:  # noqa: BLE001 - what was tampered with may fail in any way
            self._findings.add([Finding(Kind.UNREADABLE, f"what partners were to be told cannot be followed: {fault}")])
            return
        faults = compared.missing + compared.doubled + compared.changed + compared.misnumbered
        listed = [Finding(Kind.FEED_DIFFERS, example) for example in compared.examples]
        self._findings.add(listed)
        if faults > len(listed):
            self._findings.count_more(Kind.FEED_DIFFERS, faults - len(listed))


def _together(households: Iterable[UUID]) -> Iterator[tuple[UUID, ...]]:
    """So many households at a time as make about a range."""
    remaining = iter(households)
    while some := tuple(islice(remaining, HOUSEHOLDS_TOGETHER)):
        yield some
