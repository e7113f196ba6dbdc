"""`gharana audit sample`: draw households to visit, and write the working paper for it."""

import getpass
import os
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.audit.lines import find_line, get_programme, settled_position
from adapters.audit.sampling import EACH_STRATUM_MIN, LETTERS, NEAR_POINTS, SAMPLE_MAX, Sample, Wanted, draw
from adapters.audit.working_paper import (
    Paper,
    check_new,
    drawn_object,
    place_of,
    sheets_of,
    write_csv,
    write_html,
)
from adapters.cli.output import Json, Output, verb
from adapters.faults import Refused
from adapters.postgres.moment import moment
from adapters.registry.opening import Registry, open_registry


def a_level(text: str) -> str:
    """What places make strata."""
    if text not in LETTERS:
        raise typer.BadParameter(f"{text!r} makes no strata: write {' or '.join(LETTERS)}.")
    return text


def points(text: str) -> Decimal:
    """A distance in score points."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is no number of points: write one such as 2 or 0.5.") from None
    if not value.is_finite() or value <= 0:
        raise typer.BadParameter(f"{text} points is no distance: write one above 0.")
    return value


@verb
def sample(
    programme: Annotated[str, typer.Argument(metavar="PROGRAMME", help="Whose outcomes and cut-off make the strata.")],
    *,
    households: Annotated[int, typer.Option("--households", min=1, max=SAMPLE_MAX, help="How many to draw.")],
    seed: Annotated[str, typer.Option("--seed", help="Any text; the same one draws the same households.")],
    strata: Annotated[str, typer.Option("--strata", parser=a_level, metavar="LEVEL", help=" or ".join(LETTERS))] = (
        "region"
    ),
    each_min: Annotated[int, typer.Option("--min", min=1, help="At least so many of each stratum.")] = EACH_STRATUM_MIN,
    near: Annotated[
        Decimal,
        typer.Option("--near", parser=points, metavar="POINTS", help="So close to the cut-off is just under or over."),
    ] = NEAR_POINTS,
    place: Annotated[
        str, typer.Option("--place", metavar="CODE", help="Only in this region, district or tehsil.")
    ] = "",
    paper: Annotated[
        Path | None, typer.Option("-o", metavar="PAPER", help="Write the working paper: PAPER.html and PAPER.csv.")
    ] = None,
    by: Annotated[
        str, typer.Option("--by", help="Who draws; it stands on the paper.", default_factory=getpass.getuser)
    ],
    json: Json = False,
) -> None:
    """Draw households for a visit, by place and by how they stand to a programme; the same seed draws the same."""
    output = Output(json=json)
    if not seed.strip():
        raise typer.BadParameter("a seed of nothing is forgotten: write any text, such as the numbers of some dice.")
    files = () if paper is None else (Path(f"{paper}.html"), Path(f"{paper}.csv"))
    check_new(*files)
    wanted = Wanted(
        programme=programme,
        households=households,
        seed=seed,
        level=strata,
        each_min=each_min,
        near=near,
        place=place,
    )
    with open_registry(os.environ, make=False) as registry:
        drawn = _draw(registry, wanted)
        if files:
            _write(registry, drawn, wanted, by, files, output)
        _tell(output, registry, drawn, wanted, by, files)


def _draw(registry: Registry, wanted: Wanted) -> Sample:
    if wanted.place and (problem := registry.places.find_problem(wanted.place)):
        raise Refused(problem)
    policies = registry.reader.policies()
    programme = get_programme(policies, wanted.programme)
    line = find_line(policies, programme, registry.today())
    with moment(registry.dsn) as ask:
        return draw(ask, wanted, line, settled_position(ask, registry.log))


def _write(registry: Registry, drawn: Sample, wanted: Wanted, by: str, files: tuple[Path, ...], output: Output) -> None:
    sheets = []
    with output.progress("Reading households", len(drawn.households)) as more:
        for sheet in sheets_of(registry.log, registry.places, drawn):
            sheets.append(sheet)
            more(1)
    paper = Paper(sample=drawn, wanted=wanted, drawn_on=registry.today(), drawn_by=by, sheets=tuple(sheets))
    page, table = files
    write_html(paper, registry.places, page)
    write_csv(paper, table)


def _tell(output: Output, registry: Registry, drawn: Sample, wanted: Wanted, by: str, files: tuple[Path, ...]) -> None:
    if output.json:
        if not files:
            for each in drawn.households:
                output.line(drawn_object(each))
        output.line(_as_object(drawn, wanted, by, files))
        return
    output.table(
        ("place", "group", "households", "drawn", "probability", "weight"),
        [
            (
                place_of(stratum, registry.places),
                stratum.group,
                stratum.population,
                stratum.drawn,
                f"{stratum.probability:.6f}" if stratum.drawn else None,
                stratum.weight if stratum.drawn else None,
            )
            for stratum in drawn.strata
        ],
    )
    cutoff = f"near {drawn.line}" if drawn.line is not None else "by outcome alone, since no cut-off lies in the scores"
    output.say(
        f"{len(drawn.households):,} of {drawn.population:,} households, {cutoff}, seed {wanted.seed!r}, at position "
        f"{drawn.position:,}."
    )
    if files:
        output.say(f"The working paper is written to {' and '.join(map(str, files))}.")
    else:
        output.say("With -o PAPER the working paper is written; with --json the households are listed.")


def _as_object(drawn: Sample, wanted: Wanted, by: str, files: tuple[Path, ...]) -> dict[str, Any]:
    line = drawn.line
    return {
        "programme": wanted.programme,
        "seed": wanted.seed,
        "position": drawn.position,
        "drawn": len(drawn.households),
        "population": drawn.population,
        "cutoff": None if line is None else {"value": line.value, "comparison": line.comparison, "near": wanted.near},
        "place": wanted.place or None,
        "by": by,
        "strata": [
            {
                "place": stratum.place,
                "group": stratum.group,
                "households": stratum.population,
                "drawn": stratum.drawn,
                "probability": stratum.probability,
                "weight": stratum.weight if stratum.drawn else None,
            }
            for stratum in drawn.strata
        ],
        "files": [str(file) for file in files],
    }
