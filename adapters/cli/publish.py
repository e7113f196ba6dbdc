"""`gharana publish`: pass the feeds on to NATS JetStream, until stopped or until all of them are there."""

import os
from contextlib import closing
from typing import Annotated

import typer

from adapters.cli.output import Json, Output, verb
from adapters.cli.stopping import told_to_stop
from adapters.message_server import fence_of, letting_in, message_server, stream_settings
from adapters.nats.doors import Doors
from adapters.nats.line import open_line
from adapters.nats.relay import Relay
from adapters.nats.serving import keep_passing_on
from adapters.nats.stream import STREAM
from adapters.postgres.outgoing import PostgresOutgoing
from adapters.registry.opening import open_registry


@verb
def publish(
    *,
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="Stop when the stream holds every row of every feed.")
    ] = False,
    json: Json = False,
) -> None:
    """Pass what partners are told on to the stream that they read, and keep their doors to it.

    Several may run: one leads, others stand by.
    """
    output = Output(json=json)
    environ, settings, fence = os.environ, stream_settings(os.environ), fence_of(os.environ)
    with (
        open_registry(environ, make=False) as registry,
        message_server(environ) as url,
        closing(PostgresOutgoing(registry.dsn)) as outgoing,
        closing(Relay(outgoing, lambda: open_line(url), settings, fence, output.warn)) as relay,
        closing(Doors(registry.log, lambda: open_line(url), letting_in(environ), output.warn)) as doors,
    ):
        if until_caught_up:
            relay.pass_on()
            doors.look_after()
        else:
            keep_passing_on(relay, registry.dsn, told_to_stop(), output.warn, doors)
        output.answer(
            {"stream": STREAM, "position": relay.position},
            f"The stream {STREAM} holds the feeds up to position {relay.position:,}.",
        )
