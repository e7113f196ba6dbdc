"""`gharana bench`: what the log, the followers and the scorecards do in a second, beside a peer in the same run."""

import os
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from adapters.cli.bench_followers import Pace, measure_live, measure_rebuild
from adapters.cli.bench_log import measure_log
from adapters.cli.bench_score import measure_score
from adapters.cli.output import Json, Output, verb
from adapters.database import database

app = typer.Typer(help="Measure speed, each figure beside a peer or limit in the same run.", no_args_is_help=True)


@app.command("log")
@verb
def log(*, json: Json = False) -> None:
    """Measure appending, single submissions, live projection and rebuild, in scratch databases."""
    output = Output(json=json)
    with database(os.environ) as dsn:
        output.say("Appending batches and single submissions ...")
        appending = measure_log(dsn)
        output.say("Following live ...")
        live = measure_live(dsn)
        output.say("Rebuilding ...")
        rebuilt = measure_rebuild(dsn)
    figures = {
        "append_vs_copy": appending.append_vs_copy.ratios,
        "submission_vs_library": appending.submission_vs_library.ratios,
        "submission_ms": [seconds * 1_000 for seconds in appending.submission_seconds],
        "live_events_per_s": _rates(live.projector),
        "live_vs_library": _ratios(live.projector, live.library),
        "live_cpu_us_per_event": [pace.cpu_us for pace in live.projector],
        "assessor_events_per_s": _rates(live.assessor),
        "assessor_cpu_us_per_event": [pace.cpu_us for pace in live.assessor],
        "rebuild_events_per_s": _rates(rebuilt.for_good),
        "rebuild_vs_reading": _ratios(rebuilt.for_good, rebuilt.reading),
        "rebuild_cpu_us_per_event": [pace.cpu_us for pace in rebuilt.for_good],
        "rebuild_to_compare_events_per_s": _rates(rebuilt.to_compare),
    }
    _tell(output, figures)


@app.command("score")
@verb
def score(*, json: Json = False) -> None:
    """Measure how many households a second one core scores with the Pakistan card."""
    measured = measure_score()
    output = Output(json=json)
    values = {name: getattr(measured, name) for name in measured.__struct_fields__}
    output.answer(values, *(f"{name.replace('_', ' ')}: {value}" for name, value in values.items()))


def _rates(paces: Sequence[Pace]) -> list[float]:
    return [pace.events_per_s for pace in paces]


def _ratios(paces: Sequence[Pace], peer: Sequence[float]) -> list[float]:
    """How many times as fast as the peer we were in each run."""
    return [pace.events_per_s / other for pace, other in zip(paces, peer, strict=True)]


def _tell(output: Output, figures: Mapping[str, Sequence[float]]) -> None:
    """The medians in one flat object, each with its minimum, maximum and number of runs."""
    flat: dict[str, Any] = {}
    for name, runs in figures.items():
        flat[name] = _rounded(statistics.median(runs))
        flat[f"{name}_min"], flat[f"{name}_max"] = _rounded(min(runs)), _rounded(max(runs))
        flat[f"{name}_runs"] = len(runs)
    if output.json:
        output.line(flat)
        return
    columns = ("figure", "median", "minimum", "maximum", "runs")
    rows = [(name, flat[name], flat[f"{name}_min"], flat[f"{name}_max"], flat[f"{name}_runs"]) for name in figures]
    output.table(columns, rows)


def _rounded(figure: float) -> float:
    return round(figure, 3) if figure < 100 else round(figure)  # noqa: PLR2004 - three digits are enough
