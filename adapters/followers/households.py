"""Households as a follower needs them: remembered for a while, and folded again from the log when they are not."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from adapters import codec
from adapters.log import Entry, EventLog
from domain.event import Recorded
from projections.indicators.counting import Tally
from projections.known import Known, fold, take

REMEMBERED_MAX = 10_000
"""Households kept in memory, at about 6 kB each."""

History = list[Recorded[Any]]


class Households:
    """Folds the events of each batch into households, which it reads from the log at most once a batch.

    Nothing is stored: what is forgotten, and what a late fact puts in doubt, is folded again from the log. Households
    are kept under the number of their id, since Python takes long to hash a UUID.
    """

    def __init__(
        self,
        log: EventLog,
        remembered_max: int = REMEMBERED_MAX,
        read: Callable[[Entry], Recorded[Any]] = codec.recorded,
    ) -> None:
        self._log = log
        self._recorded = read
        self._remembered_max = remembered_max
        self._known: OrderedDict[int, Known] = OrderedDict()
        self._histories: dict[int, History] = {}

    def open(self, arriving: Iterable[Recorded[Any]], until_position: int) -> dict[int, History]:
        """Prepare for a batch of household events that begins behind a position; returns them by household."""
        self._forget_the_oldest()
        by_household: dict[int, History] = {}
        for recorded in arriving:
            by_household.setdefault(recorded.stream.int, []).append(recorded)
        wanted = [events[0].stream for number, events in by_household.items() if self._needs_history(number, events)]
        self._look_up(wanted, until_position)
        return by_household

    def follow(
        self, entries: Iterable[Entry], until_position: int, tally: Tally
    ) -> Iterator[tuple[Known | None, Known]]:
        """Take in a batch that begins behind a position, one household after another: each before it and after it.

        A household's events are decoded right before they are folded and not all at once, which spares the processor
        1.5 us an event of waiting for memory. Those that need their history come last, so that the log is read once.
        """
        self._forget_the_oldest()
        by_household: dict[int, list[Entry]] = {}
        for entry in entries:
            by_household.setdefault(entry.stream.int, []).append(entry)
        waiting: list[History] = []
        for number, together in by_household.items():
            events = list(map(self._recorded, together))
            if self._needs_history(number, events):
                waiting.append(events)
                continue
            before = self._known.get(number)
            known = self._known[number] = take(before, events, tally.step)
            yield before, known
        self._look_up([events[0].stream for events in waiting], until_position)
        for events in waiting:
            yield self._known.get(events[0].stream.int), self.take(events, tally)

    def find(self, household: UUID) -> Known | None:
        """What is known of a household before the next of its events is taken in."""
        return self._known.get(household.int)

    def take(self, events: Sequence[Recorded[Any]], tally: Tally | None = None) -> Known:
        """Take in the next events of one household of the batch, and count what they change.

        A late fact puts the whole course in doubt, so it is folded again, and replaced in the counts.
        """
        number = events[0].stream.int
        before = self._known.get(number)
        history = self._histories.get(number)
        if history is not None:
            history += events
        if _in_order(before, events):
            known = self._known[number] = take(before, events, None if tally is None else tally.step)
            return known
        assert history is not None, "a late fact was not seen coming"
        if tally is not None:
            tally.replace(history[: -len(events)], history)
        refolded = fold(history)
        assert refolded is not None
        self._known[number] = refolded
        return refolded

    def at(self, households: Collection[UUID], until_position: int) -> list[Known]:
        """Look at households between two batches, at the position the last one reached."""
        unknown = [household for household in households if household.int not in self._known]
        histories = self._read(unknown, until_position)
        found = (self._known.get(household.int) or fold(histories.get(household.int, ())) for household in households)
        return [known for known in found if known is not None]

    def forget(self) -> None:
        """Forget everything: what was taken in was not recorded after all."""
        self._known.clear()
        self._histories = {}

    def _look_up(self, households: Sequence[UUID], until_position: int) -> None:
        self._histories = self._read(households, until_position)
        for number, history in self._histories.items():
            known = fold(history)
            if known is not None:
                self._known[number] = known

    def _needs_history(self, number: int, events: History) -> bool:
        known = self._known.get(number)
        if known is None:
            return events[0].version > 1 or (len(events) > 1 and not _in_order(None, events))
        self._known.move_to_end(number)
        return not _in_order(known, events)

    def _read(self, households: Sequence[UUID], until_position: int) -> dict[int, History]:
        if not households:
            return {}
        streams = self._log.streams(households, until_position)
        return {household.int: list(map(self._recorded, entries)) for household, entries in streams.items()}

    def _forget_the_oldest(self) -> None:
        while len(self._known) > self._remembered_max:
            self._known.popitem(last=False)


def _in_order(known: Known | None, events: Sequence[Recorded[Any]]) -> bool:
    latest = events[0].event.on if known is None else known.latest
    for recorded in events:
        if recorded.event.on < latest:
            return False
        latest = recorded.event.on
    return True
