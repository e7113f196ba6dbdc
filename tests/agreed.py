"""Random histories with agreements among their events, and the lists that partners keep by their feeds."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from random import Random
from uuid import UUID

import msgspec

from adapters import codec
from adapters.bench.population import PLACES, PROGRAMME
from adapters.followers.feeder import Sender
from adapters.log import NewEntry
from domain import agreement
from domain.agreement import AgreementMade, EndAgreement, MakeAgreement
from domain.event import Envelope
from domain.refusal import Rejected
from domain.registry_day import DayOpened
from domain.streams import agreement_stream
from projections.changes import Key, Row
from projections.eligibility import ELIGIBILITY
from projections.feed import find_listed
from projections.feed_message import FEED, FeedKey
from projections.feed_shocks import SHOCK_NAMES
from projections.households import HOUSEHOLDS
from tests.histories import FIRST_DAY, RECORDED_AT, RELIEF, Append, history

PARTNERS = ("food-bank", "school-fund")
SENDER = Sender("urn:gharana:0123456789abcdef", lambda _, household: UUID(int=household))
"""Calls households by their ids, so that a list can be held against the tables."""

PartnersList = dict[UUID, tuple]
Rows = dict[str, dict[Key, Row]]


class Agreeing:
    """Makes and ends agreements between the appends of a history."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.today = FIRST_DAY
        self.known: dict[FeedKey, list] = {}

    def among(self, appends: Iterable[Append]) -> Iterable[Append]:
        for append in appends:
            yield append
            for entry in append:
                if entry.name == DayOpened.name:
                    self.today = codec.decode(entry.name, entry.state)[1].on
            if self.random.random() < 0.2:
                yield self.agreed()

    def agreed(self) -> Append:
        draw = self.random
        key = draw.choice(PARTNERS), draw.choice((PROGRAMME, PROGRAMME, RELIEF))
        day = self.today + timedelta(days=draw.choice((-300, 0, 0, 0, 20)))
        command = EndAgreement(day, *key) if draw.random() < 0.3 else self.terms(key, day)
        events = self.known.setdefault(key, [])
        try:
            decided = agreement.decide(command, agreement.fold(events))
        except Rejected:
            return []
        events += decided
        envelope, first = Envelope(RECORDED_AT, "director", "policy"), len(events) - len(decided) + 1
        return [codec.to_store(agreement_stream(*key), first + n, envelope, event) for n, event in enumerate(decided)]

    def terms(self, key: FeedKey, day: date) -> MakeAgreement:
        draw = self.random
        codes = [place[:letters] for place in PLACES for letters in (3, 5, 7)]
        places = tuple(draw.sample(codes, draw.randrange(3)))
        until = draw.choice((None, None, day + timedelta(days=draw.randrange(90))))
        return MakeAgreement(day, *key, "Partner", "desk", "letter", places, draw.random() < 0.5, until)


def agreed_history(seed: int, households: int = 8, steps: int = 40) -> list[Append]:
    """What `history` makes, with agreements; on one programme two stand from the beginning."""
    agreeing = Agreeing(seed)
    policies, *others = history(seed, households, steps)
    envelope = Envelope(RECORDED_AT, "director", "policy")
    made: list[NewEntry] = []
    for partner, places in ((PARTNERS[0], ()), (PARTNERS[1], ("PK6",))):
        key = partner, PROGRAMME
        agreeing.known[key] = agreement.decide(MakeAgreement(FIRST_DAY, *key, "Partner", "desk", "letter", places), ())
        made += [codec.to_store(agreement_stream(*key), 1, envelope, event) for event in agreeing.known[key]]
    return [policies, made, *(append for append in agreeing.among(others) if append)]


def list_of(tables: Rows, key: FeedKey, in_force: agreement.Agreement) -> PartnersList:
    """The list as a snapshot gives it: by the rows of the answers."""
    households = tables[HOUSEHOLDS.name]
    found = {}
    for row in tables[ELIGIBILITY.name].values():
        if row[ELIGIBILITY.column("programme")] == key[1]:
            listed = find_listed(in_force, row, households[row[:1]])
            if listed is not None:
                found[UUID(int=listed.household)] = (listed.outcome.word, listed.since, listed.place, listed.score)
    return found


def apply(known: PartnersList | None, row: Row, snapshot: Callable[[], PartnersList]) -> PartnersList | None:
    """Take the next row of a feed in, as a partner does: the list begins with a snapshot, and is over when it ends."""
    headers = msgspec.json.decode(row[FEED.column("headers")])
    told = msgspec.json.decode(row[FEED.column("payload")])
    if headers["ce-type"] == AgreementMade.name:
        return snapshot()
    if headers["ce-type"] == "agreement.ended.v1":
        return None
    assert known is not None, "told of a household or a shock outside of any agreement"
    if headers["ce-type"] in SHOCK_NAMES:
        return known
    household = UUID(told["household"])
    assert told["from"] == (known[household][0] if household in known else "ineligible")
    others = {other: entry for other, entry in known.items() if other != household}
    if told["to"] == "ineligible":
        return others
    entry = (told["to"], date.fromisoformat(told["since"]), told["place"], told.get("score"))
    return {**others, household: entry}
