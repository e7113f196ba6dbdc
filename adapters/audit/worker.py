"""A process that does parts of an audit, started by `auditing`: stretches of the log, ranges of households, streams.

It reads the moment that the process that leads has opened, and writes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from uuid import UUID

import msgspec

from adapters import codec
from adapters.audit.against_answers import Whom, compare_answers
from adapters.audit.against_decisions import compare_decisions
from adapters.audit.against_tree import Compared, Place, Stretch, TreeComparer
from adapters.audit.chain import SealedChain
from adapters.audit.findings import Finding, Kind
from adapters.audit.following import Course, Followed, Reached
from adapters.followers.rebuild import History, Rows, rows_counted
from adapters.followers.timeline import CompileCard
from adapters.postgres.household_ranges import HouseholdRange, read_histories, read_histories_of
from adapters.postgres.packing import copy_rows
from adapters.postgres.snapshot_log import SnapshotLog
from adapters.seals.merkle import EMPTY_ROOT
from adapters.team import Work, serve
from projections.changes import Key, Row, Table
from projections.indicators.counting import INDICATORS, Tally
from projections.standing import STANDING

COUNTED_MAX = 50_000
"""Places and days that are counted before they are handed over."""
FINDINGS_MAX = 500
"""Findings of one range that are told; of more there is only their number."""
STREAM_ROWS_TOGETHER = 10_000


class Tree(msgspec.Struct, frozen=True):
    """The tree that the log is held against, by its folder and what its checkpoint signs."""

    folder: str
    size: int
    root: bytes


NOTHING_SEALED = Tree("", 0, EMPTY_ROOT)


class Assignment(msgspec.Struct, frozen=True):
    """What an audit looks at: a moment of a database, a tree, and whether anything can be derived from its policies."""

    dsn: str
    snapshot: str
    compile_card: CompileCard
    reached: Reached
    tree: Tree | None
    derives: bool


class Households(msgspec.Struct, frozen=True):
    """A range of households, or some of them; with `proves`, each of their events is proved by itself."""

    within: Whom
    proves: bool = False


class OtherStreams(msgspec.Struct, frozen=True):
    """The streams that are no household's and begin with this byte."""

    first_byte: int


class TheCounts(msgspec.Struct, frozen=True):
    """The task to hand over what was counted, after the last range."""


Task = Stretch | Households | OtherStreams | TheCounts


class Looked(msgspec.Struct):
    """What was found in a range of households, after so many events; `counted` is packed for COPY."""

    events: int = 0
    households: int = 0
    findings: list[Finding] = []
    more: dict[Kind, int] = {}
    places: list[Place] = []
    counted: bytes = b""
    waiting: int = 0
    """Events that a follower had not come to, so that nothing follows from them yet."""

    def add(self, findings: Iterator[Finding]) -> None:
        """Keep what is found, as far as there is room, and count the rest."""
        for finding in findings:
            if len(self.findings) < FINDINGS_MAX:
                self.findings.append(finding)
            else:
                self.more[finding.kind] = self.more.get(finding.kind, 0) + 1


class Auditor:
    """Does one task after another."""

    def __init__(self, log: SnapshotLog, assignment: Assignment) -> None:
        self._log = log
        self._last = assignment.reached.last
        self._followed = min(assignment.reached.assessor, assignment.reached.projector)
        tree = assignment.tree or NOTHING_SEALED
        self._tree = TreeComparer(log, Path(tree.folder), tree.size)
        self._chain = SealedChain(Path(tree.folder), tree.size, tree.root)
        self._course: Course | None = None
        if assignment.derives:
            policies = [codec.recorded(entry) for entry in log.policies()]
            self._course = Course(policies, assignment.compile_card, assignment.reached)
        self._tally = Tally()

    def do(self, task: Task) -> Compared | Looked:
        """Do a task and say what was found."""
        match task:
            case Stretch():
                return self._tree.compare(task)
            case Households(within, proves):
                return self._look(within, proves=proves)
            case OtherStreams(first_byte):
                return self._chain_of_others(first_byte)
            case TheCounts():
                return Looked(counted=self._counts())

    def _counts(self) -> bytes:
        return copy_rows(INDICATORS, rows_counted(self._tally)[INDICATORS])

    def _look(self, within: Whom, *, proves: bool) -> Looked:
        if isinstance(within, HouseholdRange):
            histories = read_histories(self._log, within, self._last)
        else:
            histories = read_histories_of(self._log, within, self._last)
        found = Looked(households=len(histories))
        rows: Rows = {}
        followed: list[Followed] = []
        unreadable: set[UUID] = set()
        for history in histories:
            found.events += len(history.events) + len(history.decisions)
            found.waiting += sum(entry[0] > self._followed for entry in history.events)
            self._check_streams(history, found, proves=proves)
            if self._course is not None:
                try:
                    one = self._course.follow(history, rows, self._tally)
                    found.add(compare_decisions(one, history.decisions))
                    followed.append(one)
                except Exception as fault:  # noqa: BLE001 - a history that was tampered with may fail in any way
                    unreadable.add(_id_of(history))
                    found.add(iter([_unreadable(history, fault)]))
        if self._course is not None:
            found.add(compare_answers(self._log, within, rows, _alternatives(followed), unreadable))
        if len(self._tally) > COUNTED_MAX:
            found.counted = self._counts()
        return found

    def _check_streams(self, history: History, found: Looked, *, proves: bool) -> None:
        for entries in (history.events, history.decisions):
            if entries:
                of = cast("bytes", entries[0][1])
                found.add(self._chain.check(of, [(entry[0], entry[2]) for entry in entries]))
            for position, stream, version, name, state in entries if proves else ():
                proved = self._chain.prove(position, cast("bytes", stream), version, name, state)
                if isinstance(proved, Finding):
                    found.add(iter([proved]))
                elif proved is not None:
                    found.places.append(proved)

    def _chain_of_others(self, first_byte: int) -> Looked:
        """Check the chains of all streams of a kind, row by row, however many they are."""
        found = Looked()
        beyond = UUID(int=(first_byte << 120) - 1)
        until = UUID(int=((first_byte + 1) << 120) - 1)
        stream, links = b"", list[tuple[int, int]]()
        for position, of_stream, version in _rows_of_streams(self._log, beyond, until):
            if of_stream != stream:
                found.add(self._chain.check(stream, links))
                stream, links = of_stream, []
            links.append((position, version))
        found.add(self._chain.check(stream, links))
        return found


def _rows_of_streams(log: SnapshotLog, beyond: UUID, until: UUID) -> Iterator[tuple[int, bytes, int]]:
    with log.connection.cursor(name="streams") as cursor:
        cursor.itersize = STREAM_ROWS_TOGETHER
        cursor.execute(
            "SELECT notification_id, uuid_send(originator_id), originator_version FROM stored_events"
            " WHERE originator_id > %s AND originator_id <= %s ORDER BY originator_id, originator_version",
            (beyond, until),
        )
        for position, stream, version in cursor:
            yield position, bytes(stream), version


def _alternatives(followed: list[Followed]) -> dict[Table, dict[Key, list[Row]]]:
    """Standings as they were before each change of policy that is under way."""
    return {
        STANDING: {
            (one.household.bytes,): [before.standing for before in one.before if before.standing is not None]
            for one in followed
            if one.before
        }
    }


def _id_of(history: History) -> UUID:
    return UUID(bytes=cast("bytes", history.household))


def _unreadable(history: History, fault: Exception) -> Finding:
    first = (history.events or history.decisions)[0][0]
    says = f"the history cannot be followed ({type(fault).__name__}: {str(fault).rstrip('.')})"
    return Finding(Kind.UNREADABLE, says, first, str(_id_of(history)))


@contextmanager
def ready(assignment: Assignment) -> Iterator[Work]:
    """Be ready to look at parts."""
    log = SnapshotLog(assignment.dsn, assignment.snapshot)
    try:
        auditor = Auditor(log, assignment)
        yield lambda task, _: auditor.do(task)
    finally:
        log.close()


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    serve(descriptor, ready)
