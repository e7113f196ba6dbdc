"""Erasures that are not complete yet: copies of a destroyed key may survive in backups until the window has passed."""

from datetime import UTC, date, datetime, time

import msgspec

from adapters.faults import Refused
from adapters.keys.key_table import Erasure, KeyTable
from adapters.registry.opening import Registry


class OpenErasures(msgspec.Struct, frozen=True):
    """Erasures to be repeated, since a restored backup brought the key back, and those that wait for their window."""

    to_repeat: list[Erasure]
    waiting: list[Erasure]

    def overdue(self, now: datetime, window_days: int) -> list[Erasure]:
        """Those that have waited for longer than the window."""
        return [erasure for erasure in self.waiting if erasure.due_at(window_days) < now]


def open_erasures(registry: Registry) -> OpenErasures:
    """Look which erasures need something to be done."""

    def look(keys: KeyTable) -> OpenErasures:
        return OpenErasures(keys.erasures_to_repeat(), keys.open_erasures())

    return registry.log.transact(lambda transaction: look(registry.books(transaction).keys))


def complete_erasures(registry: Registry, before: date) -> int:
    """Take it as stated that no copy of the database from before a day is left; says how many erasures that completes.

    Raises Refused for a day that has not come: today's backup still holds what is erased tomorrow.
    """
    now = registry.clock()
    if before > now.date():
        raise Refused(f"{before} has not come: state what is known of backups until today.")
    instant = datetime.combine(before, time.min, UTC)
    return registry.log.transact(lambda transaction: registry.books(transaction).keys.complete_erasures(instant, now))
