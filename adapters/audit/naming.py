"""Naming what became of events that do not stand where they were sealed.

What was sealed says what must be there; what stands there says what somebody made of it. An event is known again by its
stream, version and digest; one that was only moved, by its digest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor

from adapters.audit.against_tree import CLOCKS_APART_MAX, Compared, Late, Place, Pushed, Thing, find_things
from adapters.audit.findings import Finding, Kind
from adapters.postgres.log import PostgresLog
from domain.streams import decisions_of, household_of, is_household

PLACES_MAX = 50_000
"""Places that are looked into; of more than that, only their number is told."""


class Naming:
    """Gathers what was noted in the stretches, in their order, and names it all in the end."""

    def __init__(self) -> None:
        self.events = self.not_comparable = self.more = 0
        self._places: list[Place] = []
        self._pushed: dict[int, Pushed] = {}
        self._times: list[Compared] = []

    def take(self, compared: Compared) -> None:
        """Take in what was found in a stretch."""
        self.events += compared.events
        self.not_comparable += compared.not_comparable
        room = max(0, PLACES_MAX - len(self._places))
        self._places += compared.places[:room]
        self.more += compared.more + max(0, len(compared.places) - room)
        for pushed in compared.pushed:
            self._push(pushed)
        compared.places, compared.pushed = [], []
        self._times.append(compared)

    def findings(self, log: PostgresLog, last: int) -> Iterator[Finding]:
        """Name everything, in the order of positions. `last` is the last position of the log."""
        places = sorted(self._places, key=lambda place: place.position)
        named = _Named(places, find_things(log, (place.sealed for place in places if place.sealed)), last)
        found = list(named.findings())
        for pushed in named.pushed:
            self._push(pushed)
        found += _missing(named.missing, _streams_left(log, named.missing), last)
        found += _pushed(self._pushed.values())
        found += self._late()
        yield from sorted(found, key=lambda finding: finding.position or 0)

    def _push(self, pushed: Pushed) -> None:
        before = self._pushed.get(pushed.by)
        self._pushed[pushed.by] = (
            pushed
            if before is None
            else Pushed(pushed.by, before.events + pushed.events, min(before.first, pushed.first))
        )

    def _late(self) -> Iterator[Finding]:
        latest = None
        for stretch in sorted(self._times, key=lambda compared: compared.first):
            late = list(stretch.late)
            if latest is not None and stretch.earliest is not None and not late:
                late = [stretch.earliest] if latest - stretch.earliest.recorded_at > CLOCKS_APART_MAX else []
            yield from map(_written_behind_its_day, late)
            latest = max((each for each in (latest, stretch.latest) if each is not None), default=None)


class _Named:
    """Names places one by one; what is missing and what was pushed on is gathered, since it is told together."""

    def __init__(
        self, places: Sequence[Place], in_log: Mapping[tuple[bytes, int], tuple[int, bytes]], last: int
    ) -> None:
        self._places = places
        self._in_log = in_log
        self._last = last
        self._sealed_at = {place.sealed: place.position for place in places if place.sealed is not None}
        self._digest_sealed_at = {thing.digest: position for thing, position in self._sealed_at.items()}
        self._at = {place.position: place for place in places}
        self._digest_stands_at = {place.stands.digest: place for place in places if place.stands is not None}
        self._done: set[int] = set()
        self.missing: dict[int, Thing] = {}
        self.pushed: list[Pushed] = []

    def findings(self) -> Iterator[Finding]:
        for place in self._places:
            if place.position not in self._done:
                yield from self._name(place)

    def _name(self, place: Place) -> Iterator[Finding]:
        position, sealed, stands = place
        if sealed is None and stands is None:
            yield Finding(
                Kind.MISSING_IN_MIDDLE, f"nothing stands at position {position:,}, and the log goes on", position
            )
        elif sealed is not None and stands is not None and (found := self._one_for_another(position, sealed, stands)):
            yield found
        else:
            if sealed is not None:
                yield from self._what_became_of(position, sealed)
            if stands is not None:
                yield from self._where_it_is_from(position, stands)

    def _one_for_another(self, position: int, sealed: Thing, stands: Thing) -> Finding | None:
        """Name what stands there, where it is the event that was sealed in another shape, or changed its place."""
        other = self._at.get(self._digest_sealed_at.get(stands.digest, position))
        if other is not None and other is not self._at[position] and _holds(other, sealed.digest):
            self._done.add(other.position)
            return Finding(
                Kind.SWAPPED,
                f"what was sealed at position {position:,} stands at {other.position:,}, and the other way round",
                position,
                household_name(sealed.stream),
            )
        if sealed.stream == stands.stream and sealed.version == stands.version:
            return Finding(
                Kind.ALTERED,
                f"version {sealed.version} at position {position:,} is not, byte for byte, what was sealed there",
                position,
                household_name(sealed.stream),
            )
        return None

    def _what_became_of(self, position: int, sealed: Thing) -> Iterator[Finding]:
        """Name what became of an event that was sealed and does not stand in its place."""
        now = self._in_log.get((sealed.stream, sealed.version))
        if now is not None and now[1] == sealed.digest:
            self.pushed.append(Pushed(now[0] - position, 1, position))
            return
        elsewhere = self._digest_stands_at.get(sealed.digest)
        if elsewhere is not None and elsewhere.stands is not None:
            if elsewhere.stands.stream != sealed.stream:
                yield _moved(position, elsewhere.position, sealed, elsewhere.stands)
            else:
                yield _renumbered(elsewhere.position, sealed, elsewhere.stands)
        elif now is not None:
            yield Finding(
                Kind.ALTERED,
                f"version {sealed.version}, sealed at position {position:,}, stands at {now[0]:,} with other content",
                position,
                household_name(sealed.stream),
            )
        else:
            self.missing[position] = sealed

    def _where_it_is_from(self, position: int, stands: Thing) -> Iterator[Finding]:
        """Name an event that was not sealed at its position, nor at any other."""
        if stands in self._sealed_at or stands.digest in self._digest_sealed_at:
            return  # told where it was sealed
        yield Finding(
            Kind.INSERTED,
            f"version {stands.version} of its stream stands at position {position:,} and was never sealed",
            position,
            household_name(stands.stream),
        )


def _holds(place: Place, digest: bytes) -> bool:
    return place.stands is not None and place.stands.digest == digest


def household_name(stream: bytes) -> str | None:
    """The id of the household that a stream belongs to; nothing for the streams of policies and the like."""
    known = UUID(bytes=stream)
    return str(household_of(known)) if is_household(known) else None


def _moved(position: int, now_at: int, sealed: Thing, stands: Thing) -> Finding:
    where = household_name(stands.stream) or f"stream {stands.stream.hex()}"
    at = "" if now_at == position else f", at position {now_at:,}"
    return Finding(
        Kind.MOVED,
        f"the event sealed at position {position:,} stands in the history of {where} as version {stands.version}{at}",
        position,
        household_name(sealed.stream),
    )


def _renumbered(position: int, sealed: Thing, stands: Thing) -> Finding:
    kind = Kind.INSERTED if stands.version > sealed.version else Kind.MISSING_IN_MIDDLE
    return Finding(
        kind,
        f"what was sealed as version {sealed.version} of its stream is version {stands.version} now",
        position,
        household_name(sealed.stream),
    )


def _pushed(pushed: Iterable[Pushed]) -> Iterator[Finding]:
    for by, events, first in pushed:
        kind = Kind.INSERTED if by > 0 else Kind.MISSING_IN_MIDDLE
        way = "on" if by > 0 else "back"
        says = f"from position {first:,} on, {events:,} events stand {abs(by):,} further {way} than they were sealed"
        yield Finding(kind, says, first)


def _missing(missing: Mapping[int, Thing], left: set[bytes], last: int) -> Iterator[Finding]:
    """Name what is missing: a household of which nothing is left is told once."""
    whole: dict[str, list[int]] = {}
    for position, thing in sorted(missing.items()):
        household = household_name(thing.stream)
        if household is not None and UUID(household).bytes not in left:
            whole.setdefault(household, []).append(position)
            continue
        says = f"version {thing.version} of its stream, sealed at position {position:,}, is not in the log"
        if position > last:
            says += f", which ends at {last:,}"
        yield Finding(Kind.MISSING_AT_END if position > last else Kind.MISSING_IN_MIDDLE, says, position, household)
    for household, positions in whole.items():
        yield Finding(
            Kind.MISSING_HOUSEHOLD,
            f"{len(positions):,} events of this household were sealed, and none is in the log",
            positions[0],
            household,
        )


def _streams_left(log: PostgresLog, missing: Mapping[int, Thing]) -> set[bytes]:
    """Of the households that miss events, those of which anything is left, in either of their streams."""
    households = {household_of(UUID(bytes=thing.stream)) for thing in missing.values()}
    asked = [stream for household in households for stream in (household, decisions_of(household))]

    def read(cursor: Cursor[Any]) -> list[tuple[Any, ...]]:
        query = "SELECT DISTINCT originator_id FROM stored_events WHERE originator_id = ANY(%b)"
        return cursor.execute(query, (asked,)).fetchall()

    return {household_of(stream).bytes for (stream,) in (log.read(read) if asked else ())}


def _written_behind_its_day(late: Late) -> Finding:
    return Finding(
        Kind.INSERTED,
        f"the event at position {late.position:,} says that it was recorded at {late.recorded_at:%Y-%m-%d %H:%M}, more"
        f" than {CLOCKS_APART_MAX.total_seconds() / 60:.0f} minutes before one that stands before it",
        late.position,
        household_name(late.stream),
    )
