"""Running the followers: in turns in one thread, and one of them going on when the other cannot."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Protocol

import msgspec

from adapters.faults import WorldFailed
from adapters.log import BATCH_EVENTS, Entry, EventLog

TRIES_MAX = 5
"""A follower that fails so often without getting on is stopped."""
PAUSE_SECONDS = 0.5
STEPS_BETWEEN_COLLECTIONS = 50


class Follower(Protocol):
    """What reads the log in order and keeps what follows from it."""

    name: str
    position: int

    @property
    def is_idle(self) -> bool:
        """Whether nothing but the log's next event can give it work."""

    def step(self) -> bool:
        """Do a bounded share of work; False if there was none."""

    def load(self) -> None:
        """Begin again from what is stored."""


class Progress(msgspec.Struct, frozen=True):
    """How far the followers are, in a log of this length; why those that stopped did."""

    last_position: int
    positions: dict[str, int]
    stopped: dict[str, str]

    @property
    def lag(self) -> int:
        """Events that the slowest follower still has before it."""
        return max((self.last_position - position for position in self.positions.values()), default=0)


Report = Callable[[Progress], None]


class _Course:
    """One follower, with what went wrong since it last got on."""

    def __init__(self, follower: Follower, tries_max: int) -> None:
        self.follower = follower
        self.tries_max = tries_max
        self.failures = 0
        self.stopped_by: Exception | None = None

    def step(self, stop: Event) -> bool:
        if self.stopped_by is not None:
            return False
        try:
            moved = self.follower.step()
        except WorldFailed as fault:
            self._failed(fault, stop)
            return self.stopped_by is None
        except Exception as fault:  # noqa: BLE001 - its broken assumption must not stop the other; raised in the end
            self.stopped_by = fault
            return False
        self.failures = 0
        return moved

    def _failed(self, fault: WorldFailed, stop: Event) -> None:
        """Read everything again: it is not known what was recorded, and what is in memory may be ahead of it."""
        self.failures += 1
        if self.failures >= self.tries_max:
            self.stopped_by = fault
            return
        stop.wait(PAUSE_SECONDS * (self.failures - 1))
        try:
            self.follower.load()
        except WorldFailed as again:
            if self.failures + 1 >= self.tries_max:
                self.stopped_by = again


def run(
    log: EventLog,
    followers: Sequence[Follower],
    *,
    stop: Event | None = None,
    until_caught_up: bool = False,
    report: Report | None = None,
    tries_max: int = TRIES_MAX,
) -> Progress:
    """Let the followers work in turns until told to stop, or until all of them have caught up with the log.

    A follower that cannot go on, because the world failed `tries_max` times in a row, is left behind while the others
    do; its fault is raised at the end.
    """
    stop = stop or Event()
    courses = [_Course(follower, tries_max) for follower in followers]
    arrivals = _Arrivals(log)
    last_before = -1
    with _collecting_now_and_then() as collect:
        while not stop.is_set():
            moved = [course.step(stop) for course in courses]
            collect()
            progress = _progress(log, courses)
            if report is not None:
                report(progress)
            working = [course for course in courses if course.stopped_by is None]
            if not working or (until_caught_up and _have_caught_up(working, progress)):
                break
            # What was appended while they looked is not yet looked at: only a round in which the log stood still ends
            # in waiting.
            if not any(moved) and progress.last_position == last_before:
                arrivals.wait(last_before, stop)
            last_before = progress.last_position
    for course in courses:
        if course.stopped_by is not None:
            raise course.stopped_by
    return _progress(log, courses)


def _have_caught_up(working: Sequence[_Course], progress: Progress) -> bool:
    return all(
        course.follower.position == progress.last_position and course.follower.is_idle and not course.failures
        for course in working
    )


def _progress(log: EventLog, courses: Sequence[_Course]) -> Progress:
    return Progress(
        last_position=log.last_position(),
        positions={course.follower.name: course.follower.position for course in courses},
        stopped={course.follower.name: str(course.stopped_by) for course in courses if course.stopped_by is not None},
    )


class _Arrivals:
    """Waits for the log to go on, on one connection that is kept as long as it is not far behind."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._batches: Iterator[list[Entry]] | None = None
        self._heard_of = 0

    def wait(self, beyond: int, stop: Event) -> None:
        """Return when an event stands beyond a position, or when stopped."""
        if self._batches is None or beyond - self._heard_of > BATCH_EVENTS:
            self._batches, self._heard_of = self._log.follow(beyond, stop=stop), beyond
        try:
            for batch in self._batches:
                self._heard_of = batch[-1].position
                if self._heard_of > beyond:
                    return
        except WorldFailed:
            self._batches = None
            stop.wait(PAUSE_SECONDS)


@contextmanager
def _collecting_now_and_then() -> Iterator[Callable[[], None]]:
    """Keep the garbage collector from running in the middle of batches, which hold no cycles; 10% of the rate.

    What a caller has frozen stays so: looked through at every run, a large program would cost more than its batches.
    """
    was_enabled, is_first = gc.isenabled(), gc.get_freeze_count() == 0
    gc.collect()
    if is_first:
        gc.freeze()
    gc.disable()
    steps = 0

    def collect() -> None:
        nonlocal steps
        steps += 1
        if steps % STEPS_BETWEEN_COLLECTIONS == 0:
            gc.collect()

    try:
        yield collect
    finally:
        if is_first:
            gc.unfreeze()
        if was_enabled:
            gc.enable()
