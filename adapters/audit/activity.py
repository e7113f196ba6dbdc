"""Everything that one operator, device or centre recorded, read from the log itself, and how their days went.

The log is read once from its beginning, some thousand events at a time. Only events whose stored bytes hold the name
are decoded, and what is kept of them is counted by day and minute: memory does not grow with their number.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.msgpack import Decoder

from adapters.audit.said import said
from adapters.codec import decode
from adapters.log import Entry, EventLog
from domain.event import Envelope
from domain.registry_day import PAKISTAN_TIME, day_in_pakistan
from domain.streams import household_of, is_household
from domain.submission import Disclosed, SubmissionRefused

READ_EVENTS = 20_000
"""Events read together: 260,000 events/s, against 170,000 by 5,000."""
OPENS_HOUR, CLOSES_HOUR = 8, 18
"""Hours of work in Pakistan unless it is said otherwise; a Sunday has none (ours)."""
SUNDAY = 6
MINUTES_AN_HOUR = 60

Field = Literal["operator", "device", "centre"]


class Who(msgspec.Struct, frozen=True):
    """Whose doings are looked for."""

    field: Field
    name: str

    def recorded(self, envelope: Envelope) -> bool:
        """Whether an event was recorded by this operator, on this device or at this centre."""
        match self.field:
            case "operator":
                return envelope.by == self.name
            case "device":
                return envelope.device == self.name
            case "centre":
                return envelope.centre == self.name


class Days(msgspec.Struct, frozen=True):
    """From which day until which, by the day of recording in Pakistan."""

    since: date = date.min
    until: date = date.max


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One event that was recorded. `at`: when it was taken, where the device said so, else when it was recorded."""

    position: int
    recorded_at: datetime
    at: datetime
    household: UUID | None
    event: str
    said: str
    by: str
    role: str
    centre: str | None
    device: str | None
    submission: UUID | None
    refused: bool


COLUMNS = Act.__struct_fields__

_envelope_of = Decoder(tuple[Envelope, msgspec.Raw]).decode


def acts(
    log: EventLog, who: Who, days: Days, until_position: int, report: Callable[[int], None] = lambda _: None
) -> Iterator[Act]:
    """Read everything that somebody recorded, in the order of the log; `report` is told how many events were read."""
    reached, sought = 0, who.name.encode()
    while entries := log.after(reached, READ_EVENTS, until_position=until_position):
        reached = entries[-1].position
        for entry in entries:
            if sought in entry.state:
                envelope = _envelope_of(entry.state)[0]
                if who.recorded(envelope) and days.since <= day_in_pakistan(envelope.recorded_at) <= days.until:
                    yield _act(entry, envelope)
        report(len(entries))


def _act(entry: Entry, envelope: Envelope) -> Act:
    event = decode(entry.name, entry.state)[1]
    if isinstance(event, SubmissionRefused | Disclosed):
        household = event.household
    else:
        household = household_of(entry.stream) if is_household(entry.stream) else None
    taken = envelope.capture.captured_at if envelope.capture is not None else None
    return Act(
        position=entry.position,
        recorded_at=envelope.recorded_at,
        at=taken or envelope.recorded_at,
        household=household,
        event=entry.name,
        said=said(event),
        by=envelope.by,
        role=envelope.role,
        centre=envelope.centre,
        device=envelope.device,
        submission=envelope.submission,
        refused=isinstance(event, SubmissionRefused),
    )


class Hours(msgspec.Struct, frozen=True):
    """From which hour until which there is work, in Pakistan."""

    opens: int = OPENS_HOUR
    closes: int = CLOSES_HOUR

    def are_out(self, at: datetime) -> bool:
        """Whether an instant lies outside of them, or on a Sunday."""
        local = at.astimezone(PAKISTAN_TIME)
        return not self.opens <= local.hour < self.closes or local.weekday() == SUNDAY


class Day:
    """What was recorded on one day: filings are submissions, taken or refused, and single acts without one."""

    def __init__(self) -> None:
        self.events = self.filings = self.refused = self.out_of_hours = 0
        self._minutes: Counter[int] = Counter()

    def add_filing(self, act: Act, hours: Hours) -> None:
        """Count a filing by its first event."""
        local = act.at.astimezone(PAKISTAN_TIME)
        self.filings += 1
        self.refused += act.refused
        self.out_of_hours += hours.are_out(act.at)
        self._minutes[local.hour * MINUTES_AN_HOUR + local.minute] += 1

    @property
    def between(self) -> Counter[int]:
        """How often so many whole minutes passed from one filing to the next, in the order of the clock."""
        minutes = sorted(self._minutes)
        between = Counter(after - before for before, after in pairwise(minutes))
        between[0] += self.filings - len(minutes)
        return between


class Summary:
    """Adds up what was recorded, by the day on which it was taken."""

    def __init__(self, hours: Hours) -> None:
        self.days: dict[date, Day] = {}
        self._hours = hours
        self._last: UUID | None = None

    def add(self, act: Act) -> None:
        """Count one act; the events of a submission stand together in the log, and are one filing."""
        day = self.days.setdefault(act.at.astimezone(PAKISTAN_TIME).date(), Day())
        day.events += 1
        if act.submission is None or act.submission != self._last:
            day.add_filing(act, self._hours)
        self._last = act.submission

    def total(self, what: Literal["events", "filings", "refused", "out_of_hours"]) -> int:
        """A count over all days."""
        return sum(getattr(day, what) for day in self.days.values())

    @property
    def minutes_between(self) -> float | None:
        """The median of the whole minutes from one filing to the next of the same day; nothing without a second one."""
        return median_of(sum((day.between for day in self.days.values()), Counter()))


def median_of(counted: Counter[int]) -> float | None:
    """The median of values that are there so many times each; nothing where there are none."""
    total = counted.total()
    if not total:
        return None
    middle = {(total - 1) // 2, total // 2}
    found: list[int] = []
    passed = 0
    for value in sorted(counted):
        found += [value for place in middle if passed <= place < passed + counted[value]]
        passed += counted[value]
    return sum(found) / len(found)
