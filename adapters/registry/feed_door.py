"""The pull door: a feed read on from a sequence or a day, and who is told what by which agreement."""

from collections.abc import Iterable, Sequence
from datetime import date

from adapters.codec import recorded
from adapters.faults import Refused
from adapters.followers import agreements
from adapters.followers.feeder import ends_of
from adapters.log import POSITION_MAX
from adapters.registry.opening import Registry
from adapters.tables import Tables
from domain.registry_day import DayOpened
from projections.changes import Row
from projections.feed import Book
from projections.feed_message import FEED, FeedKey, feed_position_of, log_position_of

ROWS_MAX = 10_000
"""Most rows that are given at once: about 5 MB."""


def agreed(registry: Registry) -> Book:
    """Every agreement there is, and those in force today."""
    return agreements.agreed(registry.log)


def get_feed(registry: Registry, partner: str, programme: str) -> FeedKey:
    """The feed of a partner and programme. Raises Refused where they never agreed."""
    known = agreed(registry).known
    if (partner, programme) in known:
        return partner, programme
    if programmes := [other for name, other in known if name == partner]:
        raise Refused(f"{partner} has no agreement on {programme!r}; it has one on: {', '.join(programmes)}.")
    raise _unknown(partner, known)


def _unknown(partner: str, known: Iterable[FeedKey]) -> Refused:
    there = ", ".join(dict.fromkeys(name for name, _ in known)) or "nobody yet"
    return Refused(f"No partner is known as {partner!r}; there are: {there}. `partner add` makes an agreement.")


def get_programmes(registry: Registry, partner: str) -> list[str]:
    """The programmes that a partner ever agreed on. Raises Refused where there is none."""
    known = agreed(registry).known
    found = [programme for name, programme in known if name == partner]
    if not found:
        raise _unknown(partner, known)
    return found


def end_of(tables: Tables, key: FeedKey) -> int:
    """The last sequence of a feed; 0 where nothing was told in it yet."""
    return ends_of(tables).get(key, (0, 0))[0]


def read_on(tables: Tables, key: FeedKey, after: int, limit: int) -> Sequence[Row]:
    """Read the rows behind a sequence, 0 for all. Raises Refused for one that the feed does not have."""
    end = _checked_end(tables, key, after)
    return [row for row in tables.page(FEED, (*key, after), min(limit, ROWS_MAX, end - after)) if row[:2] == key]


def position_behind(tables: Tables, key: FeedKey, sequence: int) -> int:
    """The feed position of a sequence, 0 for 0. Raises Refused for one that the feed does not have."""
    _checked_end(tables, key, sequence)
    return feed_position_of(tables.find(FEED, [(*key, sequence)])[*key, sequence]) if sequence else 0


def _checked_end(tables: Tables, key: FeedKey, after: int) -> int:
    end = end_of(tables, key)
    who = f"the feed of {key[0]} on {key[1]}"
    if after < 0:
        raise Refused(f"{after} lies before the start of {who}: 0 is before its first row.")
    if after > end:
        raise Refused(
            f"{after} lies beyond the end of {who}, which is {end}: ask from a sequence that you have received on. If "
            "you have received more than that, take a snapshot: the registry was restored from a backup."
        )
    return end


def find_sequence_before(registry: Registry, key: FeedKey, day: date) -> int:
    """The last sequence told before a day was opened: whoever reads on from it misses nothing of that day."""
    opened = (entry for entry in registry.log.policies() if entry.name == DayOpened.name)
    position = next((entry.position for entry in opened if recorded(entry).event.on >= day), POSITION_MAX)
    low, high = 0, end_of(registry.tables, key)
    while low < high:
        middle = (low + high + 1) // 2
        row = registry.tables.find(FEED, [(*key, middle)])[*key, middle]
        low, high = (middle, high) if log_position_of(row) < position else (low, middle - 1)
    return low
