"""`gharana run`: the assessor, the projector and the feeder, until stopped or until they have caught up."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event
from typing import Annotated

import typer

from adapters.cards import compile_card
from adapters.cli.output import EXIT_INTERRUPTED, Json, Output, verb
from adapters.cli.stopping import told_to_stop
from adapters.followers.assessor import Assessor
from adapters.followers.feeder import Feeder, sender_of
from adapters.followers.projector import PROJECTOR, Projector
from adapters.followers.run import Follower, Progress
from adapters.followers.run import run as run_followers
from adapters.postgres.alone import alone
from adapters.postgres.projector_elsewhere import ProjectorElsewhere
from adapters.registry.opening import Registry, open_registry

FAR_BEHIND_EVENTS = 50_000
"""From here on a process of its own, which takes 0.4 s to start, is worth it."""


@verb
def run(
    *,
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="Stop when everything in the log is assessed, projected and told.")
    ] = False,
    json: Json = False,
) -> None:
    """Assess households, keep the answers up to date with the log, and tell partners in their feeds."""
    output = Output(json=json)
    stop = told_to_stop()
    with open_registry(os.environ, make=False) as registry:
        progress = catch_up(registry, output, stop) if until_caught_up else follow(registry, stop)
        interrupted = until_caught_up and stop.is_set()
        output.answer(
            {"last_position": progress.last_position, "positions": progress.positions},
            *(
                f"{name} is at {position:,} of {progress.last_position:,}."
                for name, position in progress.positions.items()
            ),
        )
    if interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)


def catch_up(registry: Registry, output: Output, stop: Event | None = None) -> Progress:
    """Let the followers work until they are at the end of the log and no re-assessment is left."""
    with _followers(registry) as followers, output.progress("Assessing", registry.log.last_position()) as more:
        seen = 0

        def report(progress: Progress) -> None:
            nonlocal seen
            slowest = min(progress.positions.values())
            more(slowest - seen)
            seen = slowest

        return run_followers(registry.log, followers, stop=stop, until_caught_up=True, report=report)


def follow(registry: Registry, stop: Event) -> Progress:
    """Let the followers work until told to stop."""
    with _followers(registry) as followers:
        return run_followers(registry.log, followers, stop=stop)


@contextmanager
def _followers(registry: Registry) -> Iterator[list[Follower]]:
    """The followers, as the only ones of this registry; two of them work on while their last batch is written.

    A projector that is far behind works in a process of its own, so that both processors are at work.
    """
    log, tables = registry.log, registry.tables
    with ExitStack() as stack:
        stack.enter_context(alone(registry.dsn))
        writer = stack.enter_context(ThreadPoolExecutor(2, "writer"))
        projector: Follower
        if log.last_position() - log.checkpoint(PROJECTOR) > FAR_BEHIND_EVENTS:
            projector = ProjectorElsewhere(log, registry.dsn)
            stack.callback(projector.end)
        else:
            projector = Projector(log, tables, writer)
        feeder = Feeder(log, tables, sender_of(registry.keyring))
        yield [Assessor(log, tables, compile_card, registry.clock, writer), projector, feeder]
