"""The agreements and shocks as the log has them up to a position, with the last day opened; and the partners' keys."""

from adapters import codec
from adapters.log import POSITION_MAX, EventLog
from domain.partner import KeySet
from domain.streams import AGREEMENTS_END, AGREEMENTS_FROM, PARTNERS_END, PARTNERS_FROM
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


def agreed(log: EventLog) -> Book:
    """Every agreement there is, and those in force today."""
    return book_at(log, POSITION_MAX)


def key_hashes(log: EventLog) -> dict[str, str]:
    """The hash of each partner's key, by the partner's name."""
    entries = (entry for entry in log.scan(PARTNERS_FROM, PARTNERS_END) if entry.name == KeySet.name)
    events = [codec.recorded(entry).event for entry in entries]
    return {event.partner: event.key_hash for event in events}  # a stream is scanned in its order: the last one holds
