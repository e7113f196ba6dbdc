"""`gharana publish`: pass the feeds on to NATS JetStream, until stopped or until all of them are there."""

import os
from typing import Annotated

import typer

from adapters.cli.output import Json, Output, verb
from adapters.cli.stopping import told_to_stop
from adapters.nats.stream import STREAM
from adapters.publishing import publisher
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
    output, environ = Output(json=json), os.environ
    stop = None if until_caught_up else told_to_stop()
    with open_registry(environ, make=False) as registry, publisher(registry, environ, output.warn) as at_work:
        if stop is None:
            at_work.catch_up()
        else:
            at_work.keep_on(stop)
        position = at_work.relay.position
    output.answer(
        {"stream": STREAM, "position": position},
        f"The stream {STREAM} holds the feeds up to position {position:,}.",
    )
