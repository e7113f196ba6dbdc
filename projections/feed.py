"""What partners are told: which change of a household's outcome or place concerns which agreement. Pure.

What is told of a household follows from its pair of streams and from the agreements and days in the log, so it can be
worked out again at any time and comes out the same. Who is on a partner's list: households in the agreed places whose
outcome for the programme is not ineligible.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain import agreement as agreements
from domain.agreement import Agreement, AgreementEnded, AgreementMade, Agreements
from domain.event import Recorded
from domain.household.events import Corrected, Moved, Resurveyed
from domain.household.state import fold
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import DecisionKind, Outcome
from domain.registry_day import DayOpened
from domain.shock import Shock
from domain.shock import evolve as evolve_shock
from domain.standing import Decided, kind_of
from projections.changes import Row
from projections.decisions import stated_score
from projections.eligibility import ELIGIBILITY
from projections.feed_message import ChangeTold, FeedKey, TermsTold, Told
from projections.feed_shocks import SHOCK_NAMES, ShockToldEvent, find_told
from projections.households import HOUSEHOLDS

CALENDAR_NAMES = frozenset({AgreementMade.name, AgreementEnded.name, DayOpened.name}) | SHOCK_NAMES
"""Events that are read even while no agreement is in force: those by which one comes into force, and shocks, since
their end may have to be told later."""
WATCHED_NAMES = CALENDAR_NAMES | {Decided.name, Resurveyed.name, Corrected.name, Moved.name}
"""Everything that may have to be told: decisions, and whatever may say that a household lives elsewhere now."""

MOVED_IN, MOVED_WITHIN, MOVED_OUT = "moved_into_area", "moved_within_area", "moved_out_of_area"
"""Reasons beside those of decisions, where the outcome stayed and the household's place did not."""


class Book(msgspec.Struct, frozen=True):
    """The agreements and shocks up to a position, and the agreements in force on the last day opened by then."""

    today: date | None = None
    known: dict[FeedKey, Agreements] = msgspec.field(default_factory=dict)
    in_force: dict[FeedKey, Agreement] = msgspec.field(default_factory=dict)
    shocks: dict[str, Shock] = msgspec.field(default_factory=dict)

    def take(self, event: AgreementMade | AgreementEnded | DayOpened | ShockToldEvent) -> "Book":
        """Take in the next event, in the order of the log."""
        if isinstance(event, DayOpened):
            return replace(self, today=event.on, in_force=_in_force_on(event.on, self.known))
        if isinstance(event, ShockToldEvent):
            shock = evolve_shock(self.shocks.get(event.shock), event)
            return self if shock is None else replace(self, shocks={**self.shocks, event.shock: shock})
        key = event.partner, event.programme
        known = {**self.known, key: agreements.evolve(self.known.get(key, ()), event)}
        return replace(self, known=known, in_force=_in_force_on(self.today, known))


def _in_force_on(today: date | None, known: dict[FeedKey, Agreements]) -> dict[FeedKey, Agreement]:
    if today is None:
        return {}
    found = {key: agreements.find_in_force(of_feed, today) for key, of_feed in sorted(known.items())}
    return {key: agreement for key, agreement in found.items() if agreement is not None}


class Held(msgspec.Struct, frozen=True, gc=False):
    """What a household's last decision for a programme says: the outcome, since when, and on which score."""

    outcome: Outcome
    since: date
    score: str | None


class Pair:
    """A household's own events and its decisions, as far as the log was read.

    `positions` are those of its own events, in the order of their versions; `read` decodes them, which takes five times
    as long as everything else that is done for a decision and is rarely needed.
    """

    def __init__(
        self,
        positions: Sequence[int],
        read: Callable[[], Sequence[Recorded[Any]]],
        decisions: Sequence[Recorded[Decided]],
    ) -> None:
        self._positions = positions
        self._read = read
        self._decisions = decisions
        self._places: dict[int, Place | None] = {}

    def version_at(self, position: int) -> int:
        """The version of the household's last event up to a position; 0 before it was registered."""
        return bisect_right(self._positions, position)

    def place_at(self, position: int) -> Place | None:
        """Where the household lived, by what was known at a position; nothing before it was registered."""
        known = self.version_at(position)
        if known not in self._places:
            household = fold(self._read()[:known])
            self._places[known] = None if household is None else household.place
        return self._places[known]

    def place_behind(self, decision: Recorded[Decided]) -> Place | None:
        """Where the household lived at a decision, at least by its district: as it says, if nothing came in between."""
        if decision.event.household_version == self.version_at(decision.position):
            return Place(decision.event.place)
        return self.place_at(decision.position)

    def held_at(self, programme: str, position: int) -> Held | None:
        """What the decisions up to a position conclude for a programme; nothing where there is none."""
        held = None
        for recorded in self._decisions:
            decided = recorded.event
            if decided.programme != programme or recorded.position > position:
                continue
            outcome = decided.conclusion.outcome
            since = held.since if held is not None and decided.was == outcome else decided.on
            held = Held(outcome, since, decided.conclusion.score)
        return held


def tell(book: Book, events: Sequence[Recorded[Any]], pairs: Mapping[int, Pair]) -> tuple[Book, list[Told]]:
    """Work out what is told of events of WATCHED_NAMES, in the order of the log; returns the book behind them.

    `pairs` holds every household they speak of, by the number of its id with the lowest bit 0. Only a decision with
    a new outcome needs none, where districts are enough and no event of the household came between what it knew and it.
    """
    told: list[Told] = []
    concerned = _by_programme(book)
    for recorded in events:
        event = recorded.event
        if isinstance(event, Decided):
            if event.programme in concerned:
                told += _of_decision(concerned[event.programme], recorded, pairs.get(recorded.stream.int & ~1))
        elif isinstance(event, AgreementMade | AgreementEnded | DayOpened):
            before, book = book, book.take(event)
            concerned = _by_programme(book)
            told += _turns(before, book, recorded)
        elif isinstance(event, ShockToldEvent):
            book = book.take(event)
            told += _of_shock(book, recorded)
        else:
            told += _of_residence(book, recorded, pairs)
    return book, told


def _turns(before: Book, after: Book, recorded: Recorded[Any]) -> Iterator[Told]:
    """Which feeds begin and which end here."""
    today = after.today
    if today is None:
        return
    at = recorded.envelope.recorded_at
    for key in sorted(before.in_force.keys() | after.in_force.keys()):
        was, now = before.in_force.get(key), after.in_force.get(key)
        is_same = was is not None and now is not None and was.made == now.made
        if was is not None and not is_same:
            yield Told(key, recorded.position, at, AgreementEnded.name, today, TermsTold.of(was.made))
        if now is not None and not is_same:
            yield Told(key, recorded.position, at, AgreementMade.name, today, TermsTold.of(now.made))


def _of_shock(book: Book, recorded: Recorded[Any]) -> Iterator[Told]:
    """Who is told of a shock: partners of the relief programmes that it names, where it meets their places."""
    event = recorded.event
    shock = book.shocks.get(event.shock)
    if shock is None:
        return
    for key, agreement in book.in_force.items():
        found = find_told(shock, event, key[1], agreement)
        if found is not None:
            yield Told(key, recorded.position, recorded.envelope.recorded_at, event.name, event.on, found)


class _Concerned(msgspec.Struct, frozen=True):
    """The agreements in force on one programme; whether the district of a household is enough for all of them."""

    agreements: list[tuple[FeedKey, Agreement]]
    by_district: bool


def _by_programme(book: Book) -> dict[str, _Concerned]:
    found: dict[str, list[tuple[FeedKey, Agreement]]] = {}
    for key, agreement in book.in_force.items():
        found.setdefault(key[1], []).append((key, agreement))
    return {
        programme: _Concerned(agreements, all(agreement.is_by_district for _, agreement in agreements))
        for programme, agreements in found.items()
    }


def _of_decision(concerned: _Concerned, recorded: Recorded[Decided], pair: Pair | None) -> Iterator[Told]:
    decided, position = recorded.event, recorded.position
    place, held = _behind(concerned, recorded, pair)
    for key, agreement in concerned.agreements:
        if agreement.covers(place):
            change = ChangeTold(
                recorded.stream.int & ~1,
                decided.was,
                held.outcome,
                held.since,
                decided.conclusion.reason,
                district_of(place),
                decided.kind,
                score_in_words(stated_score(held.score)) if agreement.made.score else None,
            )
            yield Told(key, position, recorded.envelope.recorded_at, Decided.name, decided.on, change)


def is_new_outcome(decided: Decided) -> bool:
    """Whether a decision says since when its outcome holds: from its own day, and no earlier one is to be looked at."""
    return decided.was != decided.conclusion.outcome


def _behind(concerned: _Concerned, recorded: Recorded[Decided], pair: Pair | None) -> tuple[Place, Held]:
    """Where the household lived at a decision, at least as finely as the agreements ask, and what held from it on."""
    decided = recorded.event
    if pair is None:
        assert concerned.by_district, "a decision was to be told without where its household lived"
        assert is_new_outcome(decided), "a decision was to be told without those before it"
        return Place(decided.place), Held(decided.conclusion.outcome, decided.on, decided.conclusion.score)
    place = pair.place_behind(recorded) if concerned.by_district else pair.place_at(recorded.position)
    held = pair.held_at(decided.programme, recorded.position)
    assert place is not None, "a decision stands before its household"
    assert held is not None, "a decision was not read"
    return place, held


def _of_residence(book: Book, recorded: Recorded[Any], pairs: Mapping[int, Pair]) -> Iterator[Told]:
    """A household that lives elsewhere now: it may come to a list, leave it, or stand in another district of it."""
    position = recorded.position
    pair = pairs[recorded.stream.int & ~1]
    before, place = pair.place_at(position - 1), pair.place_at(position)
    if before == place or before is None or place is None:
        return
    for key, agreement in book.in_force.items():
        held = pair.held_at(key[1], position)
        if held is None or held.outcome is Outcome.INELIGIBLE:
            continue
        change = _moved(recorded, agreement, before, place, held)
        if change is not None:
            yield Told(key, position, recorded.envelope.recorded_at, Moved.name, recorded.event.on, change)


def _moved(recorded: Recorded[Any], agreement: Agreement, before: Place, place: Place, held: Held) -> ChangeTold | None:
    """What a partner learns of a move; of one out of the agreed places not whereto."""
    was_covered, is_covered = agreement.covers(before), agreement.covers(place)
    kind = kind_of(recorded.event)
    change = _change(recorded, agreement, place, held, kind)
    if was_covered and is_covered:
        return None if district_of(before) == district_of(place) else replace(change, reason=MOVED_WITHIN)
    if is_covered:
        return replace(change, was=Outcome.INELIGIBLE, reason=MOVED_IN)
    if was_covered:
        gone = Held(Outcome.INELIGIBLE, recorded.event.on, None)
        change = _change(recorded, agreement, before, gone, kind)
        return replace(change, was=held.outcome, reason=MOVED_OUT)
    return None


class Listed(msgspec.Struct, frozen=True, gc=False):
    """A household on a partner's list, as it would be told of it; `household` is the number of its id."""

    household: int
    outcome: Outcome
    since: date
    place: str
    score: str | None


def find_listed(agreement: Agreement, eligibility: Row, household: Row) -> Listed | None:
    """What a partner's list holds of a household, by the rows of the answers; nothing where it is not on the list."""
    outcome = Outcome(cast("int", eligibility[_OUTCOME]))
    place = Place(cast("str", household[_PLACE]), cast("str | None", household[_UNION_COUNCIL]))
    if outcome is Outcome.INELIGIBLE or not agreement.covers(place):
        return None
    return Listed(
        cast("UUID", eligibility[0]).int,
        outcome,
        cast("date", eligibility[_SINCE]),
        district_of(place),
        score_in_words(cast("Decimal | None", eligibility[_SCORE])) if agreement.made.score else None,
    )


_OUTCOME, _SINCE, _SCORE = (ELIGIBILITY.column(name) for name in ("outcome", "since", "score"))
_PLACE, _UNION_COUNCIL = (HOUSEHOLDS.column(name) for name in ("place", "union_council"))


def _change(recorded: Recorded[Any], agreement: Agreement, place: Place, held: Held, kind: DecisionKind) -> ChangeTold:
    return ChangeTold(
        household=recorded.stream.int & ~1,
        was=held.outcome,
        outcome=held.outcome,
        since=held.since,
        reason="",
        place=district_of(place),
        kind=kind,
        score=score_in_words(stated_score(held.score)) if agreement.made.score else None,
    )


def score_in_words(score: Decimal | None) -> str | None:
    """A score as partners read it: as a decimal, a rational rounded to 28 digits; in a text, so that none is lost."""
    return None if score is None else format(score, "f")


def district_of(place: Place) -> str:
    """The finest place a partner is told: the district, or the region where no more is known."""
    return place.district or place.region
