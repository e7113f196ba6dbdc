"""The agreements and shocks as the log has them up to a position, with the last day opened by then."""

from adapters import codec
from adapters.log import EventLog
from domain.streams import AGREEMENTS_END, AGREEMENTS_FROM
from projections.feed import CALENDAR_NAMES, Book


def book_at(log: EventLog, position: int) -> Book:
    """Read every agreement and shock recorded up to a position."""
    made = log.scan(AGREEMENTS_FROM, AGREEMENTS_END, until_position=position)
    others = [entry for entry in log.policies() if entry.name in CALENDAR_NAMES and entry.position <= position]
    book = Book()
    for entry in sorted((*made, *others)):
        assert entry.name in CALENDAR_NAMES, "another event stands in the stream of an agreement"
        book = book.take(codec.recorded(entry).event)
    return book
