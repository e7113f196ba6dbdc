"""The feed and the shock loop of a made-up nation, measured in one run on a real Postgres and a real NATS.

Where figures of the issue are asked for by name, they are here; how each is measured is told in docs/performance.md.
"""

import shutil
import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec

from adapters.bench import shock_loop
from adapters.bench.journey import BY, PROGRAMME, Journey
from adapters.bench.paced import Latency, measure_latency
from adapters.bench.publishing import Published, measure_publishing
from adapters.bench.shock_loop import DECISIONS_OF_2022, PARTNER, Looped, StageCost
from adapters.faults import Refused
from adapters.home import registry_home
from adapters.message_server import message_server
from adapters.registry.opening import Registry
from adapters.registry.partner_access import set_key

HOUSEHOLDS = 200_000
"""The whole benchmark takes some five minutes with so many."""
HOUSEHOLDS_MIN = 10_000
SUBMISSIONS_PER_S = 500.0
SUBMISSIONS_SECONDS = 20
TURNS = 3
PIPELINE = ("assess", "feed", "publish")
"""The stages between a declaration and its last message; projecting may come after."""

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


class FeedMeasured(msgspec.Struct, frozen=True):
    """Everything that one run measured."""

    households: int
    stages: dict[str, StageCost]
    shock: Looped
    latency: Latency
    published: Published

    @property
    def us_a_decision(self) -> float:
        """Processor time from the declaration to the stream, of everybody together, in microseconds a decision."""
        return sum(self.stages[name].us_each for name in PIPELINE)

    @property
    def figures(self) -> dict[str, float]:
        """The figures that are asked for by name, and what goes with them."""
        latency, published, shock = self.latency, self.published, self.shock
        return {
            "latency_p50_ms": latency.after_commit_ms(50),
            "latency_p99_ms": latency.after_commit_ms(99),
            "submissions_per_s": latency.reached_per_s,
            "submissions_asked_per_s": latency.asked_per_s,
            "submission_due_to_commit_p50_ms": latency.until_commit_ms(50),
            "submission_due_to_commit_p99_ms": latency.until_commit_ms(99),
            "publish_vs_bare": published.vs_bare,
            "publish_per_s": statistics.median(published.relay),
            "bare_per_s": statistics.median(published.bare),
            "client_per_s": statistics.median(published.client),
            "client_with_list_per_s": statistics.median(published.client_with_list),
            "shock_households": shock.struck,
            "shock_decisions": shock.decisions,
            "shock_seconds": shock.seconds,
            "shock_decisions_per_s": shock.decisions / shock.seconds,
            "seconds_for_2_7_million": DECISIONS_OF_2022 * shock.seconds / max(1, shock.decisions),
            "us_a_decision": self.us_a_decision,
        }


def measure_feed(folder: Path, households: int, seed: int, workers: int, progress: Progress) -> FeedMeasured:
    """Make a nation up, take it through the shock loop, and measure what partners see of it.

    The folder must not exist; it is removed in the end. Raises Refused for a size that measures nothing.
    """
    if households < HOUSEHOLDS_MIN:
        raise Refused(f"{households} households are over before anything can be measured: ask for {HOUSEHOLDS_MIN:,}.")
    if folder.exists():
        raise Refused(f"{folder} exists: name a folder that does not, since it is removed in the end.")
    journey = Journey(folder, households, seed, workers)
    try:
        with progress("Generating", households) as more:
            journey.generate(more)
        with journey.opened() as registry, message_server(journey.environ) as url:
            with progress("Importing", households) as more:
                shock_loop.set_up(journey, registry, more)
            return _measured(journey, registry, url, progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(journey: Journey, registry: Registry, url: str, progress: Progress) -> FeedMeasured:
    with progress("Deciding and projecting", 0):
        shock_loop.catch_up(registry)
    with progress("A shock, stage by stage", 0):
        stages = shock_loop.loop_by_stages(registry, registry_home(journey.environ), url)
    with shock_loop.in_production(journey):
        with progress("A shock, as in production", 0):
            shock = shock_loop.loop_as_in_production(registry, url)
        with progress("Submissions at a pace", 0):
            latency = _latency(registry, url)
    with progress("Publishing and reading", 0):
        access, _ = set_key(registry, journey.environ, PARTNER, BY, None)
        published = measure_publishing(registry.dsn, url, access, shock_loop.RELIEF, TURNS)
    return FeedMeasured(journey.households, stages, shock, latency, published)


def _latency(registry: Registry, url: str) -> Latency:
    households = shock_loop.pending(registry, int(SUBMISSIONS_PER_S * SUBMISSIONS_SECONDS))
    end = shock_loop.end_of_stream(url)
    return measure_latency(registry, url, PARTNER, PROGRAMME, households, SUBMISSIONS_PER_S, end)


def as_object(measured: FeedMeasured) -> dict[str, Any]:
    """A measurement for programs."""
    stages = {
        name: {
            "decisions": stage.decisions,
            "seconds": round(stage.seconds, 3),
            "us_each": round(stage.us_each, 1),
            "processor_seconds": {who: round(seconds, 2) for who, seconds in stage.processor.items()},
        }
        for name, stage in measured.stages.items()
    }
    return {
        "households": measured.households,
        **{name: round(value, 3) for name, value in measured.figures.items()},
        "publish_per_s_turns": [round(each) for each in measured.published.relay],
        "bare_per_s_turns": [round(each) for each in measured.published.bare],
        "client_per_s_turns": [round(each) for each in measured.published.client],
        "client_with_list_per_s_turns": [round(each) for each in measured.published.client_with_list],
        "stages": stages,
    }
