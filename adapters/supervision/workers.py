"""The workers of `gharana run`: each goes on until told to stop, and waits without end for a server that is away."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from functools import partial

from adapters.cards import compile_card
from adapters.faults import Refused, WorldFailed
from adapters.followers.assessor import Assessor
from adapters.followers.feeder import Feeder, sender_of
from adapters.followers.projector import Projector
from adapters.followers.run import Follower, Progress, run
from adapters.message_server import fence_of, letting_in, message_server, stream_settings
from adapters.nats.doors import Doors
from adapters.nats.line import open_line
from adapters.nats.relay import Relay
from adapters.nats.serving import keep_passing_on
from adapters.postgres.alone import in_place_of
from adapters.postgres.outgoing import PostgresOutgoing
from adapters.postgres.tail import FEED_CHANNEL, Listener
from adapters.registry.opening import Registry, open_registry
from adapters.supervision.worker import Duty, Work

AWAY_SECONDS = 1.0
PATIENCE_SECONDS = 3.0
"""A worker says soon that Postgres is away, since it waits for it without end all the same."""

PUBLISHER = "publisher"

FollowerOf = Callable[[Registry, Executor], Follower]


def keep_following(name: str, follower_of: FollowerOf, duty: Duty) -> None:
    """Do the work of one follower, as the only one of this registry; stand by while another process does it."""

    def follow(registry: Registry) -> None:
        with (
            in_place_of(registry.dsn, name, duty.stop, duty.condition.stands_by) as check_place,
            ThreadPoolExecutor(1, "writer") as writer,
        ):

            def report(_: Progress) -> None:
                check_place()
                duty.condition.works()

            run(registry.log, [follower_of(registry, writer)], stop=duty.stop, report=report, tries_max=1)

    _again_and_again(duty, follow)


def keep_publishing(duty: Duty) -> None:
    """Pass the feeds on to the stream. While no partner was ever told anything, no server of messages is needed."""
    settings, fence = stream_settings(duty.environ), fence_of(duty.environ)
    notice = partial(duty.journal.warning, "notice")

    def pass_on(registry: Registry) -> None:
        with closing(PostgresOutgoing(registry.dsn)) as outgoing:
            if not _wait_for_the_first(outgoing, registry.dsn, duty):
                return
            with (
                message_server(duty.environ) as url,
                closing(Relay(outgoing, lambda: open_line(url), settings, fence, notice)) as relay,
                closing(Doors(registry.log, lambda: open_line(url), letting_in(duty.environ), notice)) as doors,
            ):
                keep_passing_on(relay, registry.dsn, duty.stop, notice, doors, duty.condition)

    _again_and_again(duty, pass_on)


def _wait_for_the_first(outgoing: PostgresOutgoing, dsn: str, duty: Duty) -> bool:
    """Return True once there is anything to tell, and False when told to stop before."""
    with Listener(dsn, FEED_CHANNEL) as listener:
        while not duty.stop.is_set():
            if outgoing.after(0, 1):
                return True
            duty.condition.works()
            listener.wait(duty.stop)
    return False


def _again_and_again(duty: Duty, work: Callable[[Registry], None]) -> None:
    """Do a work on the open registry until told to stop, from the beginning after a fault of the world."""
    while not duty.stop.is_set():
        try:
            with open_registry(duty.environ, make=False, patience_seconds=PATIENCE_SECONDS) as registry:
                work(registry)
        except WorldFailed as failure:
            duty.condition.waits(str(failure))
            duty.stop.wait(AWAY_SECONDS)


def _assessor(registry: Registry, writer: Executor) -> Follower:
    return Assessor(registry.log, registry.tables, compile_card, registry.clock, writer)


def _projector(registry: Registry, writer: Executor) -> Follower:
    return Projector(registry.log, registry.tables, writer)


def _feeder(registry: Registry, _: Executor) -> Follower:
    return Feeder(registry.log, registry.tables, sender_of(registry.keyring))


WORKERS: Mapping[str, Work] = {
    "assessor": partial(keep_following, "assessor", _assessor),
    "projector": partial(keep_following, "projector", _projector),
    "feeder": partial(keep_following, "feeder", _feeder),
    PUBLISHER: keep_publishing,
}
"""Every worker by its name; another is another line."""


def workers_without(left_out: list[str]) -> dict[str, Work]:
    """Return the workers but for those left out. Raises Refused for a name that none has, or when none is left."""
    unknown = [name for name in left_out if name not in WORKERS]
    if unknown:
        raise Refused(f"There is no worker {unknown[0]!r}; there are {', '.join(WORKERS)}.")
    left = {name: work for name, work in WORKERS.items() if name not in left_out}
    if not left:
        raise Refused("Every worker is left out: there is nothing to run.")
    return left
