"""Passing on until told to stop: one relay leads, others stand by, and a server that is away is waited for.

Whoever leads looks after the doors of partners, too.
"""

from collections.abc import Callable
from threading import Event

from adapters.faults import WorldFailed
from adapters.nats.doors import Doors
from adapters.nats.relay import Relay
from adapters.postgres.leading import RELAY_LOCK, leading
from adapters.postgres.tail import FEED_CHANNEL, Listener
from adapters.supervision.condition import Condition, noticed

AWAY_SECONDS = 2.0


def keep_passing_on(
    relay: Relay,
    dsn: str,
    stop: Event,
    notice: Callable[[str], None],
    doors: Doors | None = None,
    condition: Condition | None = None,
) -> None:
    """Lead, and pass on what there is, until told to stop; what fails is tried again for as long as it takes.

    An outage is noticed in a sentence once, and once when it is over; `condition` tells it otherwise. Woken when a feed
    goes on, and by itself every second. Raises Refused when the feed holds a message that cannot be sent, or the server
    does not let us in: somebody must act first.
    """
    condition = condition or noticed(notice)
    while not stop.is_set():
        try:
            with (
                leading(dsn, RELAY_LOCK, stop, condition.stands_by) as we_lead,
                Listener(dsn, FEED_CHANNEL) as listener,
            ):
                while not stop.is_set() and we_lead():
                    relay.pass_on()
                    if doors is not None:
                        doors.look_after()
                    condition.works()
                    listener.wait(stop)
        except WorldFailed as failure:
            condition.waits(str(failure))
            stop.wait(AWAY_SECONDS)
        finally:
            relay.close()
            if doors is not None:
                doors.close()
