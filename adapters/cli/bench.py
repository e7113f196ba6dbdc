"""`gharana bench`: what the log, the followers and the scorecards do in a second, beside a peer in the same run."""

import os
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.bench.feed import HOUSEHOLDS, measure_feed
from adapters.bench.feed import as_object as feed_as_object
from adapters.bench.followers import Pace, measure_live, measure_rebuild
from adapters.bench.log import measure_log
from adapters.bench.nation import GROWTH, Measured, as_object, measure_nation, nation_hours
from adapters.bench.score import measure_score
from adapters.bench.seal import HOUSEHOLDS as SEALED_HOUSEHOLDS
from adapters.bench.seal import measure_seal
from adapters.cli.options import Workers
from adapters.cli.output import Json, Output, verb
from adapters.database import database
from adapters.home import registry_home
from adapters.team import workers_default

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


@app.command("seal")
@verb
def seal(
    *,
    households: Annotated[
        int, typer.Option("--households", min=1_000, help="How many are sealed.")
    ] = SEALED_HOUSEHOLDS,
    json: Json = False,
) -> None:
    """Measure sealing, proofs, the check of evidence, and how much slower submissions are meanwhile."""
    output = Output(json=json)
    with database(os.environ) as dsn:
        output.say("Sealing, proving, checking, and submitting beside it ...")
        measured = measure_seal(dsn, households)
    _tell(output, measured.figures)


@app.command("score")
@verb
def score(*, json: Json = False) -> None:
    """Measure how many households a second one core scores with the Pakistan card."""
    measured = measure_score()
    output = Output(json=json)
    values = {name: getattr(measured, name) for name in measured.__struct_fields__}
    output.answer(values, *(f"{name.replace('_', ' ')}: {value}" for name, value in values.items()))


@app.command("nation")
@verb
def nation(
    *,
    households: Annotated[
        int, typer.Option("--households", help="How many; a tenth is measured before, so that growth is seen.")
    ],
    alone: Annotated[bool, typer.Option("--alone", help="Do not measure a tenth before.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Do not remove the registry in the end.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Which made-up nation.")] = 7,
    workers: Workers = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where it is kept meanwhile; else in the registry's home.")
    ] = None,
    json: Json = False,
) -> None:
    """Take a made-up nation through generation, import, decisions, projection, rebuild and a flood; then remove it."""
    output = Output(json=json)
    where = folder or registry_home(os.environ) / "bench-nation"
    sizes = [households] if alone else [households // GROWTH, households]
    measured = []
    for each in measure_nation(where, sizes, seed, workers or workers_default(), output.progress, keep=keep):
        measured.append(each)
        if json:
            output.line(as_object(each))
        else:
            output.say(f"{each.households:,} households are done.")
    if not json:
        _tell_nation(output, measured)


@app.command("feed")
@verb
def feed(
    *,
    households: Annotated[
        int,
        typer.Option("--households", help="How many the made-up nation has; six in ten live where relief is given."),
    ] = HOUSEHOLDS,
    seed: Annotated[int, typer.Option("--seed", help="Which made-up nation.")] = 7,
    workers: Workers = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where it is kept meanwhile; else in the registry's home.")
    ] = None,
    json: Json = False,
) -> None:
    """Measure the feed and the shock loop of a made-up nation: how late, how fast, how much; then remove it."""
    output = Output(json=json)
    where = folder or registry_home(os.environ) / "bench-feed"
    measured = measure_feed(where, households, seed, workers or workers_default(), output.progress)
    if json:
        output.line(feed_as_object(measured))
        return
    stages = measured.stages
    who = tuple(stages["assess"].processor)
    rows = [
        (name, stage.decisions, *(round(each, 1) for each in (stage.seconds, stage.us_each, *stage.processor.values())))
        for name, stage in stages.items()
    ]
    output.table(("stage of the loop", "decisions", "seconds", "us each", *who), rows)
    output.table(("figure", "value"), [(name, _rounded(value)) for name, value in measured.figures.items()])


def _tell_nation(output: Output, measured: Sequence[Measured]) -> None:
    """Both sizes side by side; the last column is how the rate or figure changed on the way from one to the other."""
    small, large = measured[0], measured[-1]
    rates = (f"a second at {small.households:,}", f"a second at {large.households:,}", "change")
    columns = ("stage", "of", *rates, "seconds", "peak MB", "hours for the nation")
    hours = nation_hours(large)
    rows = [
        (
            name,
            stage.unit,
            round(small.stages[name].rate),
            round(stage.rate),
            f"{stage.rate / max(small.stages[name].rate, 1e-9):.2f}",
            round(stage.seconds, 1),
            round(stage.peak_mb),
            round(hours[name], 2),
        )
        for name, stage in large.stages.items()
    ]
    output.table(columns, rows)
    figures = [(name, _rounded(small.figures[name]), _rounded(value)) for name, value in large.figures.items()]
    output.table(("figure", f"{small.households:,}", f"{large.households:,}"), figures)
    tables = sorted(large.sizes.tables.items(), key=lambda pair: -pair[1])
    output.table(("table with its indexes", "bytes a household"), [(t, round(b / large.households)) for t, b in tables])


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
