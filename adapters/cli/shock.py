"""`gharana shock`: declare a shock over places, lift it, list those known."""

import os
from datetime import date, timedelta
from typing import Annotated

import typer

from adapters.cli.options import By, a_date, a_word
from adapters.cli.output import Json, Output, verb
from adapters.registry.opening import open_registry
from domain.questionnaire.codes import Hazard
from domain.shock import DeclareShock, LiftShock, Shock

RESURVEY_DAYS_DEFAULT = 365
"""How long resurveys are taken when nothing is said: those after the 2022 floods ran well into 2023 (annual report)."""
FROM_DEFAULT = "the day it struck if left out"
UNTIL_DEFAULT = f"{RESURVEY_DAYS_DEFAULT} days after the first if left out"

app = typer.Typer(help="Declare a shock over places, lift it, list those known.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The shock's name, such as flood-2022.")]


@app.command("declare")
@verb
def declare(
    name: Name,
    *,
    places: Annotated[
        list[str],
        typer.Option(
            "--place",
            metavar="CODE",
            help="A P-code of a region, district or tehsil, or TEHSIL/union council; repeat it.",
        ),
    ],
    impact: Annotated[date, typer.Option("--impact", parser=a_date, metavar="DAY", help="The day it struck.")],
    hazard: Annotated[str, typer.Option("--hazard", help=", ".join(hazard.word for hazard in Hazard))] = "flood",
    resurvey_from: Annotated[
        date | None,
        typer.Option("--resurvey-from", parser=a_date, metavar="DAY", help=f"First day of resurveys; {FROM_DEFAULT}."),
    ] = None,
    resurvey_until: Annotated[
        date | None,
        typer.Option("--resurvey-until", parser=a_date, metavar="DAY", help=f"Last day of resurveys; {UNTIL_DEFAULT}."),
    ] = None,
    relief: Annotated[
        list[str] | None, typer.Option("--relief", metavar="PROGRAMME", help="A relief programme; repeat it.")
    ] = None,
    authority: Annotated[str, typer.Option("--authority", help="Who declares it.")],
    notification: Annotated[str, typer.Option("--notification", help="Number or date of the notification.")] = "",
    by: By,
    json: Json = False,
) -> None:
    """Declare a shock. Households that lived there at the impact may be surveyed again within the window."""
    output = Output(json=json)
    with open_registry(os.environ) as registry:
        today = registry.today()
        begins = resurvey_from or impact
        command = DeclareShock(
            shock=name,
            hazard=Hazard(a_word(Hazard, hazard)),
            on=today,
            impact_on=impact,
            places=tuple(places),
            resurvey_from=begins,
            resurvey_until=resurvey_until or begins + timedelta(days=RESURVEY_DAYS_DEFAULT),
            authority=authority,
            notification=notification,
            relief_programmes=tuple(relief or ()),
        )
        changed = bool(registry.desk.shock(command, by))
        where = ", ".join(str(registry.places.get(code.partition("/")[0])) for code in places)
        output.answer(
            {
                "shock": name,
                "changed": changed,
                "places": places,
                "resurvey_from": begins,
                "resurvey_until": command.resurvey_until,
            },
            f"Shock {name} is declared over {where}; resurveys are taken from {begins} until {command.resurvey_until}."
            if changed
            else f"Shock {name} is declared so already; nothing was recorded.",
        )


@app.command("lift")
@verb
def lift(
    name: Name,
    *,
    on: Annotated[date | None, typer.Option("--on", parser=a_date, metavar="DAY", help="The day it is over.")] = None,
    authority: Annotated[str, typer.Option("--authority", help="Who lifts it.")] = "",
    by: By,
    json: Json = False,
) -> None:
    """Declare that a shock is over: its windows close."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        day = on or registry.today()
        registry.desk.shock(LiftShock(name, day, authority), by)
        output.answer({"shock": name, "lifted_on": day}, f"Shock {name} is lifted from {day}.")


@app.command("list")
@verb
def list_(*, json: Json = False) -> None:
    """List the shocks that were declared, with their windows, places and relief programmes."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        shocks = registry.reader.policies().shocks.values()
        if json:
            for shock in shocks:
                output.line(_as_object(shock))
        else:
            output.table(COLUMNS, [_row(shock) for shock in shocks])


COLUMNS = ("shock", "hazard", "impact_on", "places", "resurvey_from", "resurvey_until", "lifted_on", "relief")


def _row(shock: Shock) -> tuple[object, ...]:
    declared = shock.declared
    relief = ", ".join(declared.relief_programmes) or None
    days = (declared.resurvey_from, declared.resurvey_until, shock.lifted_on)
    return (declared.shock, declared.hazard.word, declared.impact_on, len(declared.places), *days, relief)


def _as_object(shock: Shock) -> dict[str, object]:
    """The same for programs, with the codes of the places and the programmes as lists."""
    places, relief = list(shock.declared.places), list(shock.declared.relief_programmes)
    return {**dict(zip(COLUMNS, _row(shock), strict=True)), "places": places, "relief": relief}
