"""The publisher put together: the relay and the doors of partners, at the server that the settings name."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Event

from adapters.message_server import fence_of, letting_in, message_server, stream_settings
from adapters.nats.doors import Doors
from adapters.nats.line import open_line
from adapters.nats.relay import Relay
from adapters.nats.serving import keep_passing_on
from adapters.postgres.outgoing import PostgresOutgoing
from adapters.registry.opening import Registry
from adapters.supervision.condition import Condition


@dataclass(frozen=True)
class Publisher:
    """What passes the feeds on to the stream and keeps the doors to it."""

    relay: Relay
    doors: Doors
    dsn: str
    notice: Callable[[str], None]

    def catch_up(self) -> None:
        """Pass on everything that is there by now, and see to the doors. Raises WorldFailed."""
        self.relay.pass_on()
        self.doors.look_after()

    def keep_on(self, stop: Event, condition: Condition | None = None) -> None:
        """Pass on until told to stop, as the only one; stand by while another process does it."""
        keep_passing_on(self.relay, self.dsn, stop, self.notice, self.doors, condition)


@contextmanager
def publisher(registry: Registry, environ: Mapping[str, str], notice: Callable[[str], None]) -> Iterator[Publisher]:
    """Open the publisher; a private server of messages is there for as long as it is."""
    settings, fence = stream_settings(environ), fence_of(environ)
    with (
        message_server(environ) as url,
        closing(PostgresOutgoing(registry.dsn)) as outgoing,
        closing(Relay(outgoing, lambda: open_line(url), settings, fence, notice)) as relay,
        closing(Doors(registry.log, lambda: open_line(url), letting_in(environ), notice)) as doors,
    ):
        yield Publisher(relay, doors, registry.dsn, notice)
