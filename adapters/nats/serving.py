"""Passing on until told to stop: one relay leads, others stand by, and a server that is away is waited for.

Whoever leads looks after the doors of partners, too.
"""

from collections.abc import Callable
from threading import Event

from adapters.faults import WorldFailed
from adapters.nats.doors import Doors
from adapters.nats.relay import Relay
from adapters.postgres.leading import RELAY_LOCK, leading

POLL_SECONDS = 0.02
"""How long a message waits at most before the feed is asked; asking costs a tenth of a millisecond."""
AWAY_SECONDS = 2.0


def keep_passing_on(
    relay: Relay, dsn: str, stop: Event, notice: Callable[[str], None], doors: Doors | None = None
) -> None:
    """Lead, and pass on what there is, until told to stop; what fails is noticed in a sentence and tried again.

    Raises Refused when the feed holds a message that cannot be sent, or the server does not let us in: somebody must
    act first.
    """
    while not stop.is_set():
        try:
            with leading(dsn, RELAY_LOCK, stop) as we_lead:
                while not stop.is_set() and we_lead():
                    relay.pass_on()
                    if doors is not None:
                        doors.look_after()
                    stop.wait(POLL_SECONDS)
        except WorldFailed as failure:
            notice(str(failure))
            stop.wait(AWAY_SECONDS)
        finally:
            relay.close()
            if doors is not None:
                doors.close()
