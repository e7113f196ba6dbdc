"""The last act of `gharana demo`: a flood told to a partner over JetStream as it happens, and surveyed."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

from adapters.cli.output import Output
from adapters.cli.run import catch_up
from adapters.demo import flood
from adapters.demo.live_flood import DECLARED, NAME, PARTNER, LiveFlood
from adapters.demo.partner_office import PartnerOffice
from adapters.demo.year import BY, Year
from adapters.followers.feeder import ends_of
from adapters.publishing import publisher
from adapters.registry.feed_snapshot import open_snapshot
from adapters.registry.opening import Registry
from adapters.registry.partner_access import set_key
from projections.feed_message import FeedKey

FEED: FeedKey = PARTNER, flood.RELIEF
SHOWN = 3
COLUMNS = ("day", "surveyed", "left_on_worklist", "messages_told", "on_partner_list")


def play_live(output: Output, registry: Registry, year: Year, environ: Mapping[str, str]) -> None:
    """Agree with a partner, let its own program listen, declare a flood, and send the teams out."""
    quiet = Output(json=True)  # progress bars would come between the days

    def follow() -> None:
        catch_up(registry, quiet)

    live = LiveFlood(year.desk, year.homes, BY)
    live.agree()
    follow()
    office = PartnerOffice(Path(environ["GHARANA_HOME"]) / PARTNER, flood.RELIEF)
    with _publishing(registry, environ, output), _listening(output, registry, environ, office):
        _declare(output, registry, live, office, follow)
        rows = [
            (day.day, day.surveyed, day.left, end := _told(registry), office.wait_for(end))
            for day in live.survey(follow)
        ]
    output.table(COLUMNS, rows, title="The survey after it, the poorest first")
    verified = office.verify(_snapshot(output, registry))
    output.answer(
        {"stage": "reconciled", "left": live.left(), "said": verified},
        f"{live.left()} households were not found by the teams and stay on the worklist.",
        f"The partner compares its list with a new snapshot of the registry: {verified}",
        "",
    )


@contextmanager
def _publishing(registry: Registry, environ: Mapping[str, str], output: Output) -> Iterator[None]:
    """A private JetStream server, and the publisher at work as `gharana run` has it."""
    stop = Event()
    with publisher(registry, environ, output.warn) as at_work, ExitStack() as kept:
        thread = Thread(target=at_work.keep_on, args=(stop,), name="publisher", daemon=True)
        thread.start()
        kept.callback(thread.join)
        kept.callback(stop.set)
        yield


@contextmanager
def _listening(output: Output, registry: Registry, environ: Mapping[str, str], office: PartnerOffice) -> Iterator[None]:
    """The partner gets its key and a snapshot, and its program listens."""
    set_key(registry, environ, PARTNER, BY, office.access)
    begun = office.begin(_snapshot(output, registry))
    output.answer(
        {"stage": "partner", "partner": PARTNER, "programme": flood.RELIEF, "said": begun},
        f"{PARTNER} has an agreement on {flood.RELIEF}, and a key to the registry's JetStream server. It runs the "
        "program in examples/partner:",
        f"  {begun}",
    )
    with office.listening():
        yield


def _declare(
    output: Output, registry: Registry, live: LiveFlood, office: PartnerOffice, follow: Callable[[], None]
) -> None:
    before = _told(registry)
    live.declare()
    begun = time.monotonic()
    follow()
    end = _told(registry)
    listed = office.wait_for(end)
    seconds = time.monotonic() - begun
    some = office.some_of_the_list(SHOWN)
    waiting = live.left()
    output.answer(
        {
            "stage": "live",
            "shock": NAME,
            "declared": DECLARED,
            "told": end - before,
            "listed": listed,
            "worklist": waiting,
            "seconds": round(seconds, 2),
        },
        f"{DECLARED}  Another flood is declared: {waiting} households are on the worklist for a new survey.",
        f"{seconds:.2f} seconds later {end - before} messages have reached the partner: the shock, and each decision "
        "once. Its list begins:",
    )
    if not output.json:
        output.table(("token", "outcome", "since", "district"), some)
        output.say("")


def _told(registry: Registry) -> int:
    """How many messages the partner was told."""
    return ends_of(registry.tables).get(FEED, (0, 0))[0]


def _snapshot(output: Output, registry: Registry) -> Iterator[str]:
    with open_snapshot(registry, FEED) as found:
        yield from map(output.in_json, found.lines())
