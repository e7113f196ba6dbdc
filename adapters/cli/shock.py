"""`gharana shock`: preview and declare a shock, widen, lift or revoke it, follow the resurvey, list those known."""

import os
from datetime import date
from typing import Annotated

import typer
from msgspec.structs import replace

from adapters.cli import shock_answers, shock_compare, shock_report, shock_survey
from adapters.cli.options import By, a_date
from adapters.cli.output import Json, Output, verb
from adapters.cli.shock_options import (
    Authority,
    GroupWords,
    HazardWord,
    Impact,
    Name,
    Notification,
    PlaceCodes,
    PlacesFile,
    ReliefNames,
    ResurveyFrom,
    ResurveyUntil,
    await_thresholds,
    declaration,
    in_words,
    notified_by,
    places_of,
    with_thresholds,
)
from adapters.cli.shock_survey import known_shock
from adapters.postgres.moment import moment
from adapters.registry.opening import Registry, open_registry
from adapters.shocks.previewing import count_at_most
from domain.event import Event
from domain.shock import Notified, Shock, ShockProposed, ShockWidened, ThresholdsSet
from domain.shock_rules import (
    HOUSEHOLDS_BY_ONE_MAX,
    ApproveShock,
    DeclareShock,
    LiftShock,
    RevokeShock,
    WidenShock,
    WithdrawProposal,
)

app = typer.Typer(
    help="Preview and declare a shock, approve, widen, lift or revoke it, follow the survey.", no_args_is_help=True
)
Day = Annotated[date | None, typer.Option("--on", parser=a_date, metavar="DAY", help="The day; today if left out.")]

app.command("preview")(shock_answers.preview)
app.command("worklist")(shock_survey.worklist)
app.command("progress")(shock_survey.progress)
app.command("report")(shock_report.report)
app.command("compare")(shock_compare.comparison)


@app.command("declare")
@verb
def declare(
    name: Name,
    *,
    places: PlaceCodes = None,
    places_file: PlacesFile = None,
    groups: GroupWords = None,
    impact: Impact,
    hazard: HazardWord = "flood",
    resurvey_from: ResurveyFrom = None,
    resurvey_until: ResurveyUntil = None,
    relief: ReliefNames = None,
    authority: Authority,
    notification: Notification = "",
    by: By,
    json: Json = False,
) -> None:
    """Declare a shock. Households that lived there at the impact may be surveyed again within the window."""
    asked = dict(locals())
    output = Output(json=json)
    with open_registry(os.environ) as registry:
        command = replace(declaration(registry, name, asked), by=by)
        known = registry.reader.policies().shocks
        overlapping = [each for each, shock in known.items() if each != name and _overlaps(shock, command)]
        if name not in known and command.places:
            await_thresholds(registry, output, command.relief_programmes)
            with moment(registry.dsn) as ask:
                command = replace(command, households=count_at_most(ask, registry.log, notified_by(command)))
                if command.households <= HOUSEHOLDS_BY_ONE_MAX:
                    command = with_thresholds(registry, ask, command, notified_by(command), command.relief_programmes)
        events = registry.desk.shock(command, by)
        proposed = any(isinstance(event, ShockProposed) for event in events)
        output.answer(
            {
                "shock": name,
                "changed": bool(events),
                "proposed": proposed,
                "places": list(command.places),
                "groups": [group.word for group in command.groups],
                "resurvey_from": command.resurvey_from,
                "resurvey_until": command.resurvey_until,
                "overlaps": overlapping,
                "thresholds": _thresholds(events),
            },
            _declared_words(registry, command, proposed=proposed, changed=bool(events)),
            *_threshold_words(events),
            *(
                [f"It overlaps with {', '.join(overlapping)}: a household may be struck by both."]
                if overlapping
                else []
            ),
        )


def _overlaps(shock: Shock, command: DeclareShock) -> bool:
    return shock.is_active(command.on) and shock.overlaps(command.places)


def _declared_words(registry: Registry, command: DeclareShock, *, proposed: bool, changed: bool) -> str:
    name, begins, until = command.shock, command.resurvey_from, command.resurvey_until
    if not changed:
        return f"Shock {name} is declared or proposed so already; nothing was recorded."
    among = f", over {in_words(command.groups)}" if command.groups else ""
    where = _names(registry, command.places) + among
    if proposed:
        return (
            f"Shock {name} is proposed over {where}. It strikes up to {command.households:,} households, more than "
            f"the {HOUSEHOLDS_BY_ONE_MAX:,} that one person may declare: it holds when another approves it "
            "(`shock approve`)."
        )
    return f"Shock {name} is declared over {where}; resurveys are taken from {begins} until {until}."


@app.command("approve")
@verb
def approve(name: Name, *, by: By, json: Json = False) -> None:
    """Approve a shock that another person proposed; it holds from then on, and its thresholds are found now."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        command = ApproveShock(name, registry.today(), by)
        proposed = registry.reader.policies().proposed.get(name)
        if proposed is not None:
            await_thresholds(registry, output, proposed.relief_programmes)
            with moment(registry.dsn) as ask:
                relief = proposed.relief_programmes
                command = with_thresholds(registry, ask, command, notified_by(proposed), relief)
        events = registry.desk.shock(command, by)
        output.answer(
            {"shock": name, "approved_by": by, "thresholds": _thresholds(events)},
            f"Shock {name} is approved by {by} and declared from {command.on}.",
            *_threshold_words(events),
        )


@app.command("withdraw")
@verb
def withdraw(
    name: Name,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why it is not to be approved; it is recorded.")],
    by: By,
    json: Json = False,
) -> None:
    """Take back a shock that was proposed and not approved yet; its name is free again."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        day = registry.today()
        registry.desk.shock(WithdrawProposal(name, day, reason), by)
        output.answer(
            {"shock": name, "withdrawn_on": day, "reason": reason},
            f"Shock {name} is withdrawn; nobody was struck by it, and its name is free again.",
        )


@app.command("widen")
@verb
def widen(
    name: Name,
    *,
    places: PlaceCodes = None,
    places_file: PlacesFile = None,
    impact: Annotated[
        date | None,
        typer.Option(
            "--impact", parser=a_date, metavar="DAY", help="The day it struck these; if left out, as declared."
        ),
    ] = None,
    authority: Authority,
    notification: Notification = "",
    by: By,
    json: Json = False,
) -> None:
    """Add places to a declared shock, with their own day of impact; those that are in it already stay as they are."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        shock = known_shock(registry, name)
        command = WidenShock(
            shock=name,
            on=registry.today(),
            impact_on=impact or shock.declared.impact_on,
            places=places_of(registry, places, places_file),
            authority=authority,
            households=0,  # counted below, of what is new
            notification=notification,
        )
        registry.desk.check_names(command)
        if new := shock.find_new(command.places):
            await_thresholds(registry, output, shock.declared.relief_programmes)
            with moment(registry.dsn) as ask:
                notified = Notified(command.impact_on, new, shock.declared.groups)
                relief = shock.declared.relief_programmes
                command = replace(command, households=count_at_most(ask, registry.log, notified))
                command = with_thresholds(registry, ask, command, notified, relief)
        events = registry.desk.shock(command, by)
        added = [code for event in events if isinstance(event, ShockWidened) for code in event.places]
        output.answer(
            {"shock": name, "changed": bool(events), "places": added, "thresholds": _thresholds(events)},
            f"Shock {name} is widened by {_names(registry, added)}."
            if added
            else f"Shock {name} covers these places already; nothing was recorded.",
            *_threshold_words(events),
        )


@app.command("lift")
@verb
def lift(
    name: Name,
    *,
    on: Day = None,
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


@app.command("revoke")
@verb
def revoke(
    name: Name,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why it was wrong; it is recorded.")],
    authority: Annotated[str, typer.Option("--authority", help="Who revokes it.")] = "",
    by: By,
    json: Json = False,
) -> None:
    """Take back a shock that was declared wrongly: `run` reverses the relief that was decided under it."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        day = registry.today()
        registry.desk.shock(RevokeShock(name, day, reason, authority), by)
        output.answer(
            {"shock": name, "revoked_on": day, "reason": reason},
            f"Shock {name} is revoked from {day}; relief that was decided under it is reversed as `run` goes on.",
        )


@app.command("list")
@verb
def list_(*, json: Json = False) -> None:
    """List the shocks that were declared or proposed, with their windows, places and relief programmes."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        policies = registry.reader.policies()
        listed: list[Shock | ShockProposed] = [*policies.shocks.values(), *policies.proposed.values()]
        if json:
            for shock in listed:
                output.line(_as_object(shock))
        else:
            output.table(COLUMNS, [_row(shock) for shock in listed])


COLUMNS = (
    "shock",
    "state",
    "hazard",
    "impact_on",
    "places",
    "groups",
    "resurvey_from",
    "resurvey_until",
    "ended_on",
    "relief",
)


def _row(shock: Shock | ShockProposed) -> tuple[object, ...]:
    stated = shock if isinstance(shock, ShockProposed) else shock.declared
    ended = None if isinstance(shock, ShockProposed) else shock.ended_on
    relief = ", ".join(stated.relief_programmes) or None
    groups = ", ".join(group.word for group in stated.groups) or None
    days = (stated.resurvey_from, stated.resurvey_until, ended)
    return (stated.shock, _state(shock), stated.hazard.word, stated.impact_on, len(shock.places), groups, *days, relief)


def _state(shock: Shock | ShockProposed) -> str:
    if isinstance(shock, ShockProposed):
        return f"proposed by {shock.proposed_by}"
    if shock.revoked_on is not None:
        return "revoked"
    return "declared" if shock.lifted_on is None else "lifted"


def _as_object(shock: Shock | ShockProposed) -> dict[str, object]:
    """The same for programs, with the codes of the places and the programmes as lists."""
    stated = shock if isinstance(shock, ShockProposed) else shock.declared
    lifted = None if isinstance(shock, ShockProposed) else shock.lifted_on
    lists = {
        "places": list(shock.places),
        "groups": [group.word for group in stated.groups],
        "relief": list(stated.relief_programmes),
    }
    return {**dict(zip(COLUMNS, _row(shock), strict=True)), **lists, "lifted_on": lifted}


NAMED_MAX = 12


def _names(registry: Registry, codes: list[str] | tuple[str, ...]) -> str:
    named = [str(registry.places.get(code.partition("/")[0])) for code in codes[:NAMED_MAX]]
    more = f" and {len(codes) - NAMED_MAX:,} places more" if len(codes) > NAMED_MAX else ""
    return f"{', '.join(named)}{more}"


def _thresholds(events: list[Event]) -> dict[str, int]:
    """How many tehsils were given a threshold, by programme."""
    return {
        event.thresholds.programme: len(event.thresholds.tehsils)
        for event in events
        if isinstance(event, ThresholdsSet)
    }


def _threshold_words(events: list[Event]) -> list[str]:
    return [
        f"{event.thresholds.programme}: the poorest {event.thresholds.poorest_percent}% of each tehsil; thresholds of "
        f"{len(event.thresholds.tehsils):,} tehsils were found from standings at {event.snapshot_position:,} and hold."
        for event in events
        if isinstance(event, ThresholdsSet)
    ]
