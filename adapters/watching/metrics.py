"""The figures of `gharana run` for Prometheus, read at the moment they are asked for."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adapters.database import database
from adapters.faults import Refused, WorldFailed
from adapters.home import registry_home
from adapters.supervision.condition import State
from adapters.supervision.records import WorkerRecord, read_records
from adapters.supervision.worker import Duty, Work
from adapters.watching.lag import Course, read_course

METRICS = "metrics"
LOOPBACK = "127.0.0.1"
PORT_MAX = 65_535
LOOK_SECONDS = 1.0


def address_of(text: str) -> tuple[str, int]:
    """Read PORT or HOST:PORT; a port alone is on the loopback address. Raises Refused."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= PORT_MAX):
        raise Refused(f"{text!r} is no place for figures: write a port such as 9464, or a host and a port.")
    return host.strip("[]") or LOOPBACK, int(port)


def metrics_at(host: str, port: int) -> Work:
    """Return the worker that serves the figures at an address."""
    return partial(_serve, host, port)


def _serve(host: str, port: int, duty: Duty) -> None:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(duty.environ))
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as failure:
        raise Refused(f"Figures cannot be served at {host}:{port}: {failure.strerror or failure}.") from failure
    with closing(server.socket):
        duty.condition.works()
        while not duty.stop.wait(LOOK_SECONDS):
            continue
        server.shutdown()
        thread.join()


class Figures(Collector):
    """Every figure that docs/operations.md lists; those of Postgres are left out while it does not answer."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def collect(self) -> Iterator[Metric]:
        """Read them all now."""
        yield from _of_workers(read_records(registry_home(self._environ)))
        course = self._find_course()
        yield GaugeMetricFamily(
            "gharana_postgres_up", "Whether Postgres answered when the figures were read.", float(course is not None)
        )
        if course is not None:
            yield from _of_followers(course, datetime.now(UTC))

    def _find_course(self) -> Course | None:
        try:
            with database(self._environ) as dsn:
                return read_course(dsn, self._environ)
        except (WorldFailed, Refused):
            return None


def _of_workers(records: list[WorkerRecord]) -> Iterator[Metric]:
    restarts = CounterMetricFamily(
        "gharana_worker_restarts", "How often a worker was started again by its supervisor.", labels=["worker"]
    )
    up = GaugeMetricFamily(
        "gharana_worker_up",
        "1 while a worker works or stands by, 0 while it waits, starts or is down.",
        labels=["worker"],
    )
    for name in sorted({record.worker for record in records}):
        own = [record for record in records if record.worker == name]
        restarts.add_metric([name], sum(record.restarts for record in own))
        up.add_metric([name], float(any(record.state in (State.WORKING, State.STANDING_BY) for record in own)))
    yield restarts
    yield up


def _of_followers(course: Course, now: datetime) -> Iterator[Metric]:
    known = [distance for distance in course.distances if distance.position is not None]
    gauges: tuple[tuple[str, str, Callable[[int], float | None]], ...] = (
        ("position", "How far a follower has come.", lambda at: known[at].position),
        ("lag_positions", "What a follower still has before it.", lambda at: known[at].lag_positions),
        ("lag_seconds", "Age of the oldest thing that waits for a follower.", lambda at: known[at].lag_seconds(now)),
    )
    for name, means, value in gauges:
        family = GaugeMetricFamily(f"gharana_follower_{name}", means, labels=["follower"])
        for at, distance in enumerate(known):
            family.add_metric([distance.follower], float(value(at) or 0))
        yield family
    yield GaugeMetricFamily("gharana_log_last_position", "How long the log is.", course.log_last_position)
    yield GaugeMetricFamily("gharana_feed_position", "How many rows the feeds have.", course.feed_position)
    if course.stream_position is not None:
        yield GaugeMetricFamily("gharana_stream_position", "How many of them the stream holds.", course.stream_position)
