"""The whole journey of a nation at two sizes, so that growth is visible, beside COPY and the library as it ships."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec

from adapters.bench.journey import Flooded, Journey, Sizes, Stage, sizes
from adapters.bench.limits import SLICE_HOUSEHOLDS, copied_households_per_s
from adapters.bench.log import measure_log
from adapters.faults import Refused

NATION_HOUSEHOLDS = 35_645_850
"""Annual report FY 2022-23, table 1."""
HOUSEHOLDS_MIN = 10_000
GROWTH = 10

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


class Measured(msgspec.Struct, frozen=True):
    """One journey: its stages, the room it takes, and the limits measured beside it."""

    households: int
    stages: dict[str, Stage]
    sizes: Sizes
    flooded: Flooded
    limits: dict[str, float]

    @property
    def figures(self) -> dict[str, float]:
        """The figures that are asked for by name."""
        rate = {name: stage.rate for name, stage in self.stages.items()}
        return {
            "import_households_per_s": rate["import"],
            "decide_households_per_s": rate["decide"],
            "live_events_per_s": rate["project"],
            "rebuild_events_per_s": rate["rebuild"],
            "extract_households_per_s": rate["extract"],
            "simulate_rows_per_s": rate["simulate"],
            "shock_query_seconds": self.stages["shock query"].seconds,
            "flooded_households_living_there": self.flooded.living_there,
            "flooded_households_eligible": self.flooded.eligible,
            "flooded_households_pending": self.flooded.pending,
            "bytes_per_household": self.sizes.database / self.households,
            "peak_mb": max(stage.peak_mb for stage in self.stages.values()),
            **self.limits,
        }


def measure_nation(
    folder: Path, sizes: Sequence[int], seed: int, workers: int, progress: Progress, *, keep: bool = False
) -> Iterator[Measured]:
    """Take nations of these sizes through their journeys; what is measured comes as it is known.

    The folder must not exist; it is removed after each, unless the last is to be kept. Raises Refused for a size that
    measures nothing.
    """
    households = max(sizes)
    if households < HOUSEHOLDS_MIN:
        raise Refused(f"{households} households are over before anything can be measured: ask for {HOUSEHOLDS_MIN:,}.")
    if folder.exists():
        raise Refused(f"{folder} exists: name a folder that does not, since it is removed in the end.")
    for size in sizes:
        try:
            yield _measured(Journey(folder, size, seed, workers), progress)
        finally:
            if not (keep and size == sizes[-1]):
                shutil.rmtree(folder, ignore_errors=True)


def _measured(journey: Journey, progress: Progress) -> Measured:
    households = journey.households
    with progress("Generating", households) as more:
        journey.generate(more)
    with journey.opened() as registry:
        journey.set_policies(registry)
        steps: list[tuple[str, int, Callable[..., None]]] = [
            ("Importing", households, journey.bring_in),
            ("Deciding", households, journey.decide),
            ("Projecting", households, journey.project),
            ("Rebuilding", households, journey.rebuild),
            ("Extracting", households, journey.extract),
            ("Simulating", households, journey.simulate),
            ("Flooding", households, journey.hit),
        ]
        for what, total, step in steps:
            with progress(what, total) as more:
                step(registry, more)
        room = sizes(registry)
        with progress("Measuring the limits", 0):
            limits = _limits(registry.dsn, journey)
    return Measured(households, journey.stages, room, journey.flooded, limits)


def _limits(dsn: str, journey: Journey) -> dict[str, float]:
    copied = copied_households_per_s(dsn, journey.workers, min(journey.households, SLICE_HOUSEHOLDS))
    log = measure_log(dsn)
    return {
        "copy_households_per_s": copied,
        "import_vs_copy": journey.stages["import"].rate / copied,
        "append_vs_copy": log.append_vs_copy.median,
        "submission_vs_library": log.submission_vs_library.median,
    }


def nation_hours(measured: Measured) -> dict[str, float]:
    """Hours that each stage would take for the whole nation at these rates, and the terabytes it would fill."""
    times = NATION_HOUSEHOLDS / measured.households
    return {name: stage.seconds * times / 3_600 for name, stage in measured.stages.items()}


def as_object(measured: Measured) -> dict[str, Any]:
    """A measurement for programs."""
    return {
        "households": measured.households,
        **{name: round(value, 3) for name, value in measured.figures.items()},
        "stages": {name: {**stage._asdict(), "rate": round(stage.rate)} for name, stage in measured.stages.items()},
        "database_bytes": measured.sizes.database,
        "table_bytes": measured.sizes.tables,
        "nation_hours": {name: round(hours, 2) for name, hours in nation_hours(measured).items()},
    }
