"""Keeping the doors of partners as the log has them: who may come in, and from which consumer each may pull.

Nothing about them is stored anywhere else, so a message server that lost them, or came back older, gets them again.
"""

import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from adapters.faults import WorldFailed
from adapters.followers.agreements import agreed, key_hashes
from adapters.log import EventLog
from adapters.nats.consumers import consumer_name, find_consumers, make_consumer, remove_consumers
from adapters.nats.line import Line
from adapters.nats.stream import StreamSettings, make_stream
from adapters.nats.users import users_of
from domain.agreement import Agreements
from projections.feed_message import FeedKey

KEPT_DAYS = 30
"""After an agreement is over its partner can still read for so long what it was told last: that the list is over."""
LOOK_SECONDS = 5.0
"""How long a door may be missing before it is noticed, while somebody publishes."""

LetIn = Callable[[Sequence[dict[str, Any]]], None]


class Wanted(msgspec.Struct, frozen=True):
    """The feeds that have a door, those whose door is to be removed, and the users who may come in."""

    open: list[FeedKey]
    closed: list[FeedKey]
    users: list[dict[str, Any]]


def wanted_doors(log: EventLog) -> Wanted:
    """What follows from the agreements and keys in the log, on its last day."""
    book = agreed(log)
    closed = [key for key, agreements in book.known.items() if _is_long_over(agreements, book.today)]
    opened = sorted(book.known.keys() - set(closed))
    return Wanted(opened, closed, users_of(opened, key_hashes(log)))


def _is_long_over(agreements: Agreements, today: date | None) -> bool:
    ends = [agreement.over_from for agreement in agreements]
    return today is not None and all(end is not None and end <= today - timedelta(KEPT_DAYS) for end in ends)


def make_doors(log: EventLog, line: Line, settings: StreamSettings, let_in: LetIn) -> list[str]:
    """Make every door as the log wants it, whatever is there; returns the names of consumers that were not there."""
    make_stream(line, settings)
    return _keep(wanted_doors(log), line, let_in, anew=True)


def _keep(wanted: Wanted, line: Line, let_in: LetIn, *, anew: bool) -> list[str]:
    let_in(wanted.users)
    present = find_consumers(line)
    missing = [key for key in wanted.open if consumer_name(key) not in present]
    for key in wanted.open if anew else missing:
        make_consumer(line, key)
    remove_consumers(line, wanted.closed, present)
    return [consumer_name(key) for key in missing]


class Doors:
    """Looks after the doors while somebody publishes. One call after another, from one thread."""

    def __init__(
        self, log: EventLog, dial: Callable[[], Line], let_in: LetIn, notice: Callable[[str], None] = lambda _: None
    ) -> None:
        self._log = log
        self._dial = dial
        self._let_in = let_in
        self._notice = notice
        self._line: Line | None = None
        self._look_at = 0.0

    def look_after(self) -> None:
        """Look every few seconds, and make what is missing; what fails is noticed, and tried at the next look.

        The relay does not wait for doors: what it passes on stays in the stream until there is one.
        """
        if time.monotonic() < self._look_at:
            return
        try:
            self._look()
        except WorldFailed as failure:
            self._notice(f"The doors of partners could not be looked after: {failure}")
            self.close()
        self._look_at = time.monotonic() + LOOK_SECONDS

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _look(self) -> None:
        is_first = self._line is None or not self._line.is_up()
        if is_first:
            self.close()
            self._line = self._dial()
        assert self._line is not None, "dialled just now"
        made = _keep(wanted_doors(self._log), self._line, self._let_in, anew=is_first)
        if made and not is_first:
            self._notice(f"Consumers were missing and were made again: {', '.join(made)}.")
