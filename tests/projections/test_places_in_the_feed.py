"""Where a household lived when it was decided, as partners are told, also where it moved before that was written."""

from datetime import UTC, date, datetime
from uuid import UUID

from domain.agreement import AgreementMade
from domain.event import Envelope, Recorded
from domain.household.events import Moved, Registered, Survey
from domain.questionnaire.answers import Answers, Member, Place
from domain.questionnaire.codes import DecisionKind, Outcome, Relation, Sex
from domain.registry_day import DayOpened
from domain.standing import Conclusion, Decided
from domain.streams import decisions_of, household_stream
from projections.feed import Book, Pair, tell

DAY = date(2026, 1, 10)
AWARAN, JHAL_JHAO, LAHORE = Place("PK20101"), Place("PK20102"), Place("PK60602")
HOUSEHOLD = household_stream(DAY, bytes(13))
ENVELOPE = Envelope(datetime(2026, 1, 10, tzinfo=UTC), "desk", "desk")
AMINA = Member(UUID(int=100), 1, Relation.HEAD, Sex.FEMALE)
REGISTERED = Recorded(10, HOUSEHOLD, 1, ENVELOPE, Registered(DAY, Survey(AWARAN, Answers(), (AMINA,)), "made-up:1"))


def moved(place: Place) -> Recorded[Moved]:
    return Recorded(20, HOUSEHOLD, 2, ENVELOPE, Moved(DAY, AWARAN, place))


def decided(version: int, place: Place = AWARAN) -> Recorded[Decided]:
    """A decision that was made when so many events of the household were known, and written behind both."""
    conclusion = Conclusion(Outcome.ELIGIBLE, "score_within_cutoff")
    event = Decided(
        DAY,
        "kafaalat",
        Outcome.INELIGIBLE,
        conclusion,
        DecisionKind.CIRCUMSTANCES,
        10,
        5,
        version,
        place.district or "",
    )
    return Recorded(30, decisions_of(HOUSEHOLD), 1, ENVELOPE, event)


def told_to(places: dict[str, str], move: Recorded[Moved], decision: Recorded[Decided]) -> dict[str, str]:
    """Which place each partner, who agreed on one, is told with the decision."""
    book = Book().take(DayOpened(DAY))
    for partner, code in places.items():
        book = book.take(AgreementMade(DAY, partner, "kafaalat", "Partner", "desk", "letter", (code,)))
    events = [REGISTERED, move]
    pair = Pair([one.position for one in events], lambda: events, [decision])
    _, told = tell(book, [decision], {HOUSEHOLD.int: pair})
    return {one.feed[0]: one.what.place for one in told}


def test_a_household_that_had_moved_before_its_decision_was_written_is_told_where_it_lives_now():
    partners = {"of-balochistan": "PK2", "of-punjab": "PK6"}
    assert told_to(partners, moved(LAHORE), decided(version=1)) == {"of-punjab": "PK606"}


def test_a_household_that_was_decided_where_it_lives_is_told_there():
    partners = {"of-balochistan": "PK2", "of-punjab": "PK6"}
    assert told_to(partners, moved(LAHORE), decided(version=2, place=LAHORE)) == {"of-punjab": "PK606"}


def test_a_partner_for_a_tehsil_is_told_beside_one_for_its_province():
    partners = {"of-balochistan": "PK2", "of-awaran": "PK20101", "of-jhal-jhao": "PK20102"}
    told = told_to(partners, moved(JHAL_JHAO), decided(version=2, place=JHAL_JHAO))
    assert told == {"of-balochistan": "PK201", "of-jhal-jhao": "PK201"}
