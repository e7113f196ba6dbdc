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
from adapters.message_server import message_server, stream_settings
from adapters.nats.line import open_line
from adapters.nats.taking import keep_taking_reports
from adapters.postgres.alone import in_place_of
from adapters.postgres.leading import SEALER_LOCK, leading
from adapters.postgres.outgoing import PostgresOutgoing
from adapters.postgres.tail import FEED_CHANNEL, Listener
from adapters.postgres.webhooks import Webhooks
from adapters.publishing import publisher
from adapters.registry.opening import Registry, open_registry
from adapters.seals.sealer import SEALER, Sealer
from adapters.seals.sealing import Sealing
from adapters.seals.settings import open_or_make_signer, seals_folder
from adapters.supervision.witnesses import witnesses_of
from adapters.supervision.worker import Duty, Work
from adapters.webhooks.delivering import means_of
from adapters.webhooks.serving import keep_delivering

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

    def pass_on(registry: Registry) -> None:
        if _wait_for_the_first(registry, duty):
            with publisher(registry, duty.environ, partial(duty.journal.warning, "notice")) as at_work:
                at_work.keep_on(duty.stop, duty.condition)

    _again_and_again(duty, pass_on)


def keep_posting(duty: Duty) -> None:
    """Post the feeds to the webhooks of partners."""
    notice = partial(duty.journal.warning, "notice")

    def post(registry: Registry) -> None:
        with closing(Webhooks(registry.dsn)) as webhooks:
            means = means_of(registry.keyring, duty.environ, registry.clock)
            keep_delivering(webhooks, means, registry.dsn, duty.stop, notice, duty.condition)

    _again_and_again(duty, post)


def keep_taking(duty: Duty) -> None:
    """Take what partners report over the stream; while none was ever told anything, none reports."""
    notice, replicas = partial(duty.journal.warning, "notice"), stream_settings(duty.environ).replicas

    def take(registry: Registry) -> None:
        if _wait_for_the_first(registry, duty):
            with message_server(duty.environ) as url:
                keep_taking_reports(registry, lambda: open_line(url), replicas, duty.stop, notice, duty.condition)

    _again_and_again(duty, take)


def keep_sealing(duty: Duty) -> None:
    """Seal the log, state the heads of all streams once a day, and show each seal to the witnesses."""

    def seal(registry: Registry) -> None:
        folder = seals_folder(duty.environ)
        signer = open_or_make_signer(duty.environ, registry.keyring)
        with leading(registry.dsn, SEALER_LOCK, duty.stop, duty.condition.stands_by) as leads:
            if duty.stop.is_set():
                return
            sealer = Sealer(registry.log, folder, signer)

            with witnesses_of(duty, folder) as show:

                def goes_on() -> bool:
                    duty.condition.works()
                    show(sealer.published)
                    return leads()

                notice = partial(duty.journal.warning, "notice")
                Sealing(registry.log, sealer, registry.today, notice).keep_on(duty.stop, goes_on)

    _again_and_again(duty, seal)


def _wait_for_the_first(registry: Registry, duty: Duty) -> bool:
    """Return True once there is anything to tell, and False when told to stop before."""
    with closing(PostgresOutgoing(registry.dsn)) as outgoing, Listener(registry.dsn, FEED_CHANNEL) as listener:
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
    "webhooks": keep_posting,
    SEALER: keep_sealing,
    "reports": keep_taking,
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
