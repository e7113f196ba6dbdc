"""`gharana audit cutoff`: whether scores crowd under a cut-off, and who recorded updates that brought some there."""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from adapters.audit.cutoffs import Bunching, find_bunching
from adapters.audit.density import BINS_EACH_SIDE, BINS_EACH_SIDE_MAX, BINS_EACH_SIDE_MIN
from adapters.audit.flips import COLUMNS, FIELDS, Flip, FlipSearch, Rate
from adapters.audit.lines import get_line, get_programme, settled_position
from adapters.audit.spreadsheet import write_rows
from adapters.cli.audit_cutoff_words import say_bunching, say_flips
from adapters.cli.audit_sample import a_level, points
from adapters.cli.output import Json, Output, verb
from adapters.postgres.moment import moment
from adapters.registry.opening import Registry, open_registry

ONE_POINT = Decimal(1)


@verb
def cutoff(
    programme: Annotated[str, typer.Argument(metavar="PROGRAMME", help="Whose cut-off.")],
    *,
    width: Annotated[
        Decimal, typer.Option("--width", parser=points, metavar="POINTS", help="How many points are counted together.")
    ] = ONE_POINT,
    bins: Annotated[
        int,
        typer.Option("--bins", min=BINS_EACH_SIDE_MIN, max=BINS_EACH_SIDE_MAX, help="So many of them on either side."),
    ] = BINS_EACH_SIDE,
    level: Annotated[
        str, typer.Option("--level", parser=a_level, metavar="LEVEL", help="By region or by district.")
    ] = "district",
    flips: Annotated[bool, typer.Option("--flips/--no-flips", help="Without flips the log is not read.")] = True,
    file: Annotated[Path | None, typer.Option("-o", metavar="FILE.csv", help="Write every flip to this file.")] = None,
    json: Json = False,
) -> None:
    """Count scores around a programme's cut-off, test whether they crowd under it, and who recorded flips."""
    output = Output(json=json)
    if file is not None and not flips:
        raise typer.BadParameter("-o takes the flips, and --no-flips looks for none: leave one of them out.")
    with open_registry(os.environ, make=False) as registry:
        policies = registry.reader.policies()
        known = get_programme(policies, programme)
        line = get_line(policies, known, registry.today())
        with moment(registry.dsn) as ask:
            position = settled_position(ask, registry.log)
            bunching = find_bunching(ask, line, position, width, bins, level)
        search = FlipSearch(registry.log, policies, known) if flips else None
        if search is not None:
            _search(search, position, output, file)
        _tell(output, registry, bunching, search, file)


def _search(search: FlipSearch, position: int, output: Output, file: Path | None) -> None:
    with output.progress("Reading the log", position) as more:
        found = search.read(position, more)
        if file is not None:
            write_rows(file, COLUMNS, map(_cells, found))
        else:
            for _ in found:  # counted by the search itself
                pass


def _cells(flip: Flip) -> list[Any]:
    return [str(value) if value is not None else None for value in _values(flip)]


def _values(flip: Flip) -> Iterator[Any]:
    return (getattr(flip, name) for name in COLUMNS)


def _tell(output: Output, registry: Registry, bunching: Bunching, search: FlipSearch | None, file: Path | None) -> None:
    if output.json:
        output.line({**_bunching_object(bunching), "flips": None if search is None else _flips_object(search, file)})
        return
    say_bunching(output, bunching, registry.places)
    if search is not None:
        say_flips(output, search)
        if file is not None:
            output.say(f"Every flip is written to {file}.")


def _bunching_object(bunching: Bunching) -> dict[str, Any]:
    line = bunching.line
    tested, as_large = bunching.elsewhere
    return {
        "cutoff": {"value": line.value, "comparison": line.comparison, "scorecard": line.scorecard_id},
        "position": bunching.position,
        "households": bunching.households,
        "bins": [msgspec.structs.asdict(each) for each in bunching.bins],
        "jump": None if bunching.jump is None else msgspec.structs.asdict(bunching.jump),
        "elsewhere": {"points": tested, "as_large": as_large},
        "places": [
            {
                "place": each.place,
                "households": each.households,
                "jump": None if each.jump is None else msgspec.structs.asdict(each.jump),
                "stands_out": each.stands_out,
            }
            for each in bunching.places
        ],
    }


def _flips_object(search: FlipSearch, file: Path | None) -> dict[str, Any]:
    return {
        "updates": search.updates,
        "flips": search.flips,
        "recorders": [_rate_object(rate) for field in FIELDS for rate in search.rates(field)],
        "nearest": [dict(zip(COLUMNS, _values(flip), strict=True)) for flip in search.nearest],
        "file": None if file is None else str(file),
    }


def _rate_object(rate: Rate) -> dict[str, Any]:
    return {
        rate.recorder.field: rate.recorder.name,
        "updates": rate.updates,
        "flips": rate.flips,
        "share": rate.share,
        "others_share": rate.others_share,
        "p_value": rate.p_value,
        "stands_out": rate.stands_out,
    }
