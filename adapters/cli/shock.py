"""`gharana shock`: declare a shock over places, lift it, list those known."""

import os
from datetime import date, timedelta
from typing import Annotated

import typer

from adapters.cli.options import By, a_date, a_word
from adapters.cli.output import Json, Output, verb
from adapters.registry.opening import open_registry
from domain.questionnaire.codes import Hazard
from domain.shock import DeclareShock, LiftShock

RESURVEY_DAYS_DEFAULT = 365
"""How long resurveys are taken when nothing is said: those after the 2022 floods ran well into 2023 (annual report)."""

app = typer.Typer(help="Declare a shock over places, lift it, list those known.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The shock's name, such as flood-2022.")]


@app.command("declare")
@verb
def declare(
    name: Name,
    *,
    places: Annotated[
        list[str], typer.Option("--place", metavar="CODE", help="A P-code of a region, district or tehsil; repeat it.")
    ],
    impact: Annotated[date, typer.Option("--impact", parser=a_date, metavar="DAY", help="The day it struck.")],
    hazard: Annotated[str, typer.Option("--hazard", help=", ".join(hazard.word for hazard in Hazard))] = "flood",
    resurvey_from: Annotated[date | None, typer.Option("--resurvey-from", parser=a_date, metavar="DAY")] = None,
    resurvey_until: Annotated[date | None, typer.Option("--resurvey-until", parser=a_date, metavar="DAY")] = None,
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
        today = registry.clock().date()
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
            {"shock": name, "changed": changed, "places": places, "resurvey_until": command.resurvey_until},
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
        day = on or registry.clock().date()
        registry.desk.shock(LiftShock(name, day, authority), by)
        output.answer({"shock": name, "lifted_on": day}, f"Shock {name} is lifted from {day}.")


@app.command("list")
@verb
def list_(*, json: Json = False) -> None:
    """List the shocks that were declared."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        rows = [
            (
                name,
                shock.declared.hazard.word,
                shock.declared.impact_on,
                len(shock.declared.places),
                shock.declared.resurvey_until,
                shock.lifted_on,
            )
            for name, shock in registry.reader.policies().shocks.items()
        ]
        output.table(("shock", "hazard", "impact_on", "places", "resurvey_until", "lifted_on"), rows)
