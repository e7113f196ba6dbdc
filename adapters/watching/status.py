"""The state of each follower, from how far it is and what its worker wrote down; and whether that is well. Pure."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from adapters.supervision.condition import State
from adapters.supervision.records import WorkerRecord
from adapters.watching.lag import Distance

NOT_RUNNING = "not running"
ELSEWHERE = "working elsewhere"
"""Some process holds its lock, and no `run` of this home's says that it does."""
_ORDER = (State.WORKING, State.WAITING, State.STARTING, State.RESTARTING, State.DOWN, State.STANDING_BY)
_ILL = (State.WAITING, State.RESTARTING, State.DOWN)


class Limits(msgspec.Struct, frozen=True):
    """From where on somebody wants to be told; None for no limit."""

    lag_seconds: float | None = None
    lag_positions: int | None = None


class StatusRow(msgspec.Struct, frozen=True):
    """One follower, or another worker, as `gharana status` shows it."""

    follower: str
    state: str
    since: datetime | None
    position: int | None
    lag_positions: int | None
    lag_seconds: float | None
    pid: int | None
    restarts: int | None
    standing_by: int
    """How many further processes would take over."""
    says: str | None
    follows: bool = True
    """Whether there is something that it has to keep up with; the others only work or do not."""

    def is_well(self, limits: Limits) -> bool:
        """Whether nobody need look: it is not down, does not wait, and nothing waits too long for it.

        What is not known of a follower is well, unless there is a limit to it.
        """
        if self.state in _ILL or (self.state == NOT_RUNNING and self.lag_positions):
            return False
        if not self.follows:
            return True
        seconds, positions = limits.lag_seconds, limits.lag_positions
        too_late = seconds is not None and (self.lag_seconds is None or self.lag_seconds > seconds)
        too_far = positions is not None and (self.lag_positions is None or self.lag_positions > positions)
        return not (too_late or too_far)


def status_rows(distances: Sequence[Distance], records: Sequence[WorkerRecord], now: datetime) -> list[StatusRow]:
    """Put together what is known of each follower; workers that follow nothing come behind, without a position."""
    names = [distance.follower for distance in distances]
    others = sorted({record.worker for record in records} - set(names))
    rows = [_row(distance, _of(records, distance.follower), now) for distance in distances]
    return rows + [replace(_row(Distance(name, None, 0), _of(records, name), now), follows=False) for name in others]


def _of(records: Sequence[WorkerRecord], name: str) -> list[WorkerRecord]:
    """The records of a worker, the one that counts first."""
    return sorted((each for each in records if each.worker == name), key=lambda each: _ORDER.index(each.state))


def _row(distance: Distance, records: Sequence[WorkerRecord], now: datetime) -> StatusRow:
    first = records[0] if records else None
    state = NOT_RUNNING if first is None else str(first.state)
    if distance.at_work and (first is None or first.state in (State.STANDING_BY, State.DOWN)):
        state = ELSEWHERE
    return StatusRow(
        follower=distance.follower,
        state=state,
        since=None if first is None else first.since,
        position=distance.position,
        lag_positions=distance.lag_positions,
        lag_seconds=distance.lag_seconds(now),
        pid=None if first is None else first.pid,
        restarts=None if first is None else first.restarts,
        standing_by=sum(each.state is State.STANDING_BY for each in records),
        says=None if first is None or first.state not in _ILL else first.says,
    )
