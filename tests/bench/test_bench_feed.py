"""The feed's benchmark goes through a real shock loop: what it counts, what it divides, and what it refuses."""

from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.bench import shock_loop
from adapters.bench.feed import FeedMeasured, as_object, measure_feed
from adapters.bench.journey import PROGRAMME, Journey
from adapters.bench.paced import Latency, measure_latency
from adapters.bench.publishing import Published
from adapters.bench.shock_loop import PARTNER, RELIEF, Looped, StageCost
from adapters.faults import Refused
from adapters.message_server import message_server
from domain.standing import Decided
from tests.servers import remove_home

HOUSEHOLDS = 1_200
LATENCY = Latency([float(number) for number in range(1, 101)], [1.0], 500.0, 499.0)


@contextmanager
def silent(_: str, __: int):
    yield lambda _: None


@pytest.mark.postgres
@pytest.mark.nats
@pytest.mark.alone
@pytest.mark.timeout(300)
def test_every_decision_of_a_shock_is_counted_told_and_in_the_stream(tmp_path: Path):
    journey = Journey(tmp_path / "bench", HOUSEHOLDS, seed=7, workers=2)
    journey.generate(lambda _: None)
    with journey.opened() as registry, message_server(journey.environ) as url:
        shock_loop.set_up(journey, registry, lambda _: None)
        shock_loop.catch_up(registry)
        before = registry.log.last_position()
        stages = shock_loop.loop_by_stages(registry, tmp_path / "bench" / "registry", url)
        decided = registry.log.after(before, names=[Decided.name])
        assert {stage.decisions for stage in stages.values()} == {len(decided)}
        assert len(decided) > HOUSEHOLDS / 20
        ticks = [sum(stage.processor.values()) for stage in stages.values()]
        assert sum(ticks) > 0 <= min(ticks)  # time comes in hundredths of a second, which a stage may not take
        assert shock_loop.end_of_feed(registry) == len(decided) + 2  # agreement and declaration are told, too
        assert shock_loop.is_published(registry, url)
        with shock_loop.in_production(journey):
            looped = shock_loop.loop_as_in_production(registry, url)
            assert looped.decisions == shock_loop.end_of_feed(registry) - len(decided) - 3 > 0
            end = shock_loop.end_of_stream(url)
            households = shock_loop.pending(registry, 20)
            latency = measure_latency(registry, url, PARTNER, PROGRAMME, households, 50.0, end)
        assert len(latency.to_partner_ms) == len(households) == shock_loop.end_of_stream(url) - end
        assert min(latency.to_partner_ms) > 0
    remove_home(tmp_path / "bench" / "registry")


def test_figures_are_medians_ratios_and_percentiles_of_what_was_measured():
    stages = {name: StageCost(1_000, 2.0, {"ours": 0.01, "postgres": 0.02}) for name in ("assess", "feed", "publish")}
    clients = {"client": [7.0, 9.0, 8.0], "client_with_list": [3.0, 2.0, 4.0]}
    published = Published(10, relay=[40.0, 60.0, 50.0], bare=[100.0, 80.0, 120.0], **clients)
    measured = FeedMeasured(5, stages, Looped(90, 45, 9.0), LATENCY, published)
    figures = measured.figures
    assert (figures["latency_p50_ms"], figures["latency_p99_ms"]) == (51, 100)
    assert (figures["publish_per_s"], figures["publish_vs_bare"], figures["client_per_s"]) == (50, 0.5, 8)
    assert figures["client_with_list_per_s"] == 3
    assert (figures["shock_decisions"], figures["shock_seconds"], figures["shock_decisions_per_s"]) == (45, 9, 5)
    assert figures["us_a_decision"] == pytest.approx(90)
    assert figures["seconds_for_2_7_million"] == pytest.approx(540_000)
    assert as_object(measured)["stages"]["feed"]["us_each"] == 30
    assert RELIEF != PROGRAMME


def test_a_nation_that_measures_nothing_is_refused(tmp_path: Path):
    with pytest.raises(Refused, match="ask for 10,000"):
        measure_feed(tmp_path / "new", 9_999, 7, 2, silent)


def test_a_folder_that_is_there_is_not_removed(tmp_path: Path):
    with pytest.raises(Refused, match="exists"):
        measure_feed(tmp_path, 10_000, 7, 2, silent)
    assert tmp_path.exists()
