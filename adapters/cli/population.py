"""`gharana population`: a made-up nation that reproduces the published tables, as Parquet files."""

import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.options import Workers
from adapters.cli.output import EXIT_REFUSED, Json, Output, verb
from adapters.faults import Refused
from adapters.team import workers_default

_DECIMALS = Decimal("0.001")


@verb
def population(
    *,
    households: Annotated[int, typer.Option("--households", help="How many households, 1 to 40 million.")],
    seed: Annotated[int, typer.Option("--seed", help="From which number the randomness follows, 0 or more.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="An empty folder, or one that a run left unfinished.")
    ] = None,
    workers: Workers = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare with every published row; 1 if one is missed.")
    ] = False,
    json: Json = False,
) -> None:
    """Make up a population that reproduces the annual report. Parts are independent; a broken-off run can go on."""
    from adapters.population.generation import check_order, generate
    from adapters.population.worker import Order

    if out is None and not check:
        raise Refused("Neither --out nor --check: name a folder to write to, ask for the comparison, or both.")
    check_order(households, seed)
    output = Output(json=json)
    started = time.perf_counter()
    with output.progress("Making households", households) as more:
        made = generate(Order(households, seed, out, check), workers or workers_default(), more)
    seconds = time.perf_counter() - started
    outside = _compare(output, made.tally) if made.tally is not None else 0
    rate = round(made.households / seconds)
    answer = {
        "households": made.households,
        "people": made.people,
        "parts": made.parts,
        "seconds": round(seconds, 3),
        "households_per_s": rate,
        "outside": outside if check else None,
        "out": None if out is None else str(out),
    }
    where = f" in {out}" if out else ""
    output.answer(
        answer,
        f"{made.households:,} households, {made.people:,} people in {made.parts:,} parts{where}: "
        f"{seconds:,.1f} s, {rate:,} households a second.",
    )
    if outside:
        raise typer.Exit(EXIT_REFUSED)


def _compare(output: Output, tally: object) -> int:
    """Print every published row beside the generated one; how many lie outside their tolerance."""
    from adapters.population.calibration import load_calibration
    from adapters.population.comparison import Verdict, compare
    from adapters.population.tally import Tally

    assert isinstance(tally, Tally)
    rows = compare(load_calibration(), tally)
    columns = (
        "table",
        "region",
        "district",
        "measure",
        "sex",
        "published",
        "generated",
        "difference",
        "tolerance",
        "verdict",
    )
    lines = [
        (
            row.table,
            row.region,
            row.district or None,
            row.measure,
            row.sex,
            Decimal(str(row.published)).normalize(),
            _decimal(row.generated),
            _decimal(row.difference),
            _decimal(row.tolerance),
            row.verdict.value,
        )
        for row in rows
    ]
    output.table(columns, lines)
    verdicts = Counter(row.verdict for row in rows)
    output.say(", ".join(f"{verdicts[verdict]} {verdict.value}" for verdict in Verdict) + ".")
    return verdicts[Verdict.OUTSIDE]


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(_DECIMALS)
