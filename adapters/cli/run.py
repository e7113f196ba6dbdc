"""`gharana run`: every worker of the registry, until stopped or until they have caught up."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from threading import Event
from typing import Annotated

import typer
from msgspec.structs import replace

from adapters.cards import compile_card
from adapters.cli.output import EXIT_INTERRUPTED, Json, Output, verb
from adapters.cli.stopping import told_to_stop
from adapters.database import database
from adapters.followers.assessor import Assessor
from adapters.followers.feeder import Feeder, sender_of
from adapters.followers.projector import PROJECTOR, Projector
from adapters.followers.run import Follower, Progress
from adapters.followers.run import run as run_followers
from adapters.home import registry_home
from adapters.journal import JournalForm, journal_form
from adapters.postgres.alone import alone
from adapters.postgres.outgoing import PostgresOutgoing
from adapters.postgres.projector_elsewhere import ProjectorElsewhere
from adapters.publishing import publisher
from adapters.registry.opening import Registry, open_registry
from adapters.seals.sealer import SEALER
from adapters.seals.sealing import seal_all
from adapters.seals.settings import open_or_make_signer, seals_folder
from adapters.supervision.records import recording
from adapters.supervision.supervisor import Supervisor
from adapters.supervision.workers import PUBLISHER, workers_without
from adapters.watching.lag import FOLLOWERS_OF_THE_LOG
from adapters.watching.metrics import METRICS, address_of, metrics_at

FAR_BEHIND_EVENTS = 50_000
"""From here on a process of its own, which takes 0.4 s to start, is worth it."""


@verb
def run(
    *,
    until_caught_up: Annotated[
        bool,
        typer.Option(
            "--until-caught-up",
            help="Stop when everything in the log is assessed, projected, told, published and sealed.",
        ),
    ] = False,
    without: Annotated[
        list[str] | None, typer.Option(metavar="WORKER", help="A worker that is not wanted here; may be said again.")
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            metavar="PORT",
            envvar="GHARANA_METRICS",
            help="Serve figures for Prometheus at this port of the loopback address, or at HOST:PORT.",
        ),
    ] = None,
    log: Annotated[
        JournalForm | None, typer.Option(help="How workers tell what happens: plain on a terminal, else json.")
    ] = None,
    json: Json = False,
) -> None:
    """Keep every worker at work: who assesses, who keeps the answers, who tells partners and who publishes."""
    output = Output(json=json)
    workers = workers_without(without or [])
    if until_caught_up:
        _catch_up(output, publishes=PUBLISHER in workers, seals=SEALER in workers)
        return
    if metrics is not None:
        workers[METRICS] = metrics_at(*address_of(metrics))
    with database(os.environ):
        with open_registry(os.environ, make=False) as registry:
            last = registry.log.last_position()
        output.say(f"Keeps {', '.join(workers)} at work; the log ends at {last:,}.")
        with recording(registry_home(os.environ)) as records:
            code = Supervisor(workers, os.environ, records, journal_form(log)).supervise()
        _tell_how_far(output)
    if code:
        raise typer.Exit(code)


def _tell_how_far(output: Output) -> None:
    """Say where the followers came to an end; if Postgres is away by then, that ends the verb."""
    with open_registry(os.environ, make=False) as registry:
        last, checkpoints = registry.log.last_position(), registry.log.checkpoints()
        _answer(output, Progress(last, {name: checkpoints.get(name, 0) for name in FOLLOWERS_OF_THE_LOG}, {}))


def _answer(output: Output, progress: Progress) -> None:
    output.answer(
        {"last_position": progress.last_position, "positions": progress.positions},
        *(f"{name} is at {position:,} of {progress.last_position:,}." for name, position in progress.positions.items()),
    )


def _catch_up(output: Output, *, publishes: bool, seals: bool) -> None:
    stop = told_to_stop()
    with open_registry(os.environ, make=False) as registry:
        progress = catch_up(registry, output, stop)
        if publishes and not stop.is_set():
            _publish(registry, output)
        if seals and not stop.is_set():
            progress = replace(progress, positions=progress.positions | {SEALER: _seal(registry)})
        _answer(output, progress)
    if stop.is_set():
        raise typer.Exit(EXIT_INTERRUPTED)


def _seal(registry: Registry) -> int:
    """Seal what is in the log; returns up to which position."""
    signer = open_or_make_signer(os.environ, registry.keyring)
    published = seal_all(registry.dsn, registry.log, seals_folder(os.environ), signer)
    return published.checkpoint.size if published else 0


def _publish(registry: Registry, output: Output) -> None:
    """Pass on what partners are told; where there is nothing, no server of messages is needed."""
    with closing(PostgresOutgoing(registry.dsn)) as outgoing:
        if not outgoing.after(0, 1):
            return
    with publisher(registry, os.environ, output.warn) as at_work:
        at_work.catch_up()


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
