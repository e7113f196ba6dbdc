"""`gharana programme`: open programmes, give them cut-offs, show what is in force."""

import os
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from adapters.cli.options import By, a_date
from adapters.cli.output import Json, Output, verb
from adapters.documents.programme import find_programme_file, load_programme
from adapters.faults import Refused
from adapters.registry.opening import open_registry
from adapters.registry.programme_file import open_programme
from domain.event import Event
from domain.programme import CloseProgramme, CutOffSet, Programme, Relaxation, ReliefShareSet, SetCutOff
from domain.questionnaire.codes import Comparison

ILLUSTRATION = "an illustration: the agency's own formula is not published"

app = typer.Typer(help="Open programmes, give them cut-offs, show what is in force.", no_args_is_help=True)

From = Annotated[
    date | None,
    typer.Option("--from", parser=a_date, metavar="DAY", help="The day it takes effect; today if left out."),
]
Name = Annotated[str, typer.Argument(help="The programme's name, such as kafaalat, or its file.")]


@app.command("open")
@verb
def open_(name: Name, *, from_day: From = None, by: By, json: Json = False) -> None:
    """Open a programme from its file, with the illustrative cut-off the file states where its scorecard is adopted."""
    output = Output(json=json)
    document = load_programme(find_programme_file(name))
    with open_registry(os.environ) as registry:
        on = from_day or registry.today()
        events = open_programme(registry, document, on, by)
        _tell(output, document.programme_id, events)


@app.command("cutoff")
@verb
def cutoff(
    name: Annotated[str, typer.Argument(help="The programme's name.")],
    value: Annotated[str, typer.Argument(help="The cut-off, such as 32 or 16.17.")],
    *,
    scorecard: Annotated[str, typer.Option("--scorecard", help="The scorecard it is made for, by its id.")],
    under: Annotated[bool, typer.Option("--under", help="Only scores under it pass, not those at it.")] = False,
    relaxed: Annotated[
        list[str] | None,
        typer.Option("--relaxed", metavar="CIRCUMSTANCE=VALUE", help="Such as member_certified_disabled=37."),
    ] = None,
    illustration: Annotated[bool, typer.Option("--illustration", help="It is not the agency's own.")] = False,
    source: Annotated[str, typer.Option("--source", help="Where the cut-off is from.")] = "",
    from_day: From = None,
    by: By,
    json: Json = False,
) -> None:
    """Give a programme a cut-off from a day on. Everyone it touches is assessed again by `run`."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        card = registry.reader.policies().find_card(scorecard)
        if card is None:
            raise Refused(f"Scorecard {scorecard} is not adopted: adopt it first (`scorecard adopt`).")
        command = SetCutOff(
            programme=name,
            value=_number(value),
            comparison=Comparison.UNDER if under else Comparison.AT_OR_UNDER,
            scorecard=card.content_hash,
            scorecard_id=card.scorecard_id,
            on=from_day or registry.today(),
            relaxed=dict(_relaxation(each) for each in relaxed or ()),
            illustration=illustration,
            source=source,
        )
        _tell(output, name, registry.desk.programme(command, by))


@app.command("close")
@verb
def close(
    name: Annotated[str, typer.Argument(help="The programme's name.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")],
    from_day: From = None,
    by: By,
    json: Json = False,
) -> None:
    """Close a programme from a day on."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        command = CloseProgramme(name, from_day or registry.today(), reason)
        _tell(output, name, registry.desk.programme(command, by))


@app.command("show")
@verb
def show(
    name: Annotated[str | None, typer.Argument(help="One programme; all if left out.")] = None, *, json: Json = False
) -> None:
    """Show programmes, their rules and every cut-off they were given, the one in force marked."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        known = registry.reader.policies().programmes
        if name is not None and name not in known:
            raise Refused(f"Programme {name} is not open; open ones: {', '.join(known) or 'none'}.")
        today = registry.today()
        for programme in known.values():
            if name in (None, programme.programme_id):
                output.answer(_as_object(programme, today), *_in_words(programme, today))


def _as_object(programme: Programme, today: date) -> dict[str, Any]:
    current = programme.find_cutoff(today)
    return {
        "programme": programme.programme_id,
        "title": programme.rule.title,
        "rule_version": programme.rule_version,
        "opened_on": programme.opened_on,
        "closed_on": programme.closed_on,
        "poorest_percent": programme.find_share(today),
        "cutoffs": [
            {
                "value": cutoff.value,
                "comparison": cutoff.comparison.word,
                "scorecard": cutoff.scorecard_id,
                "from": cutoff.on,
                "relaxed": {relaxation.name.lower(): value for relaxation, value in cutoff.relaxed.items()},
                "illustration": cutoff.illustration,
                "in_force": cutoff == current,
            }
            for cutoff in programme.cutoffs
        ],
    }


def _in_words(programme: Programme, today: date) -> list[str]:
    rule, current = programme.rule, programme.find_cutoff(today)
    lines = [
        f"{programme.programme_id}: {rule.title} (rule {programme.rule_version}, open since {programme.opened_on})"
    ]
    if programme.closed_on:
        lines.append(f"  closed on {programme.closed_on}")
    if rule.after:
        lines.append(f"  for households eligible for {', '.join(rule.after)}")
    if rule.regions:
        lines.append(f"  only in {', '.join(rule.regions)}")
    for cutoff in programme.cutoffs:
        mark = "in force" if cutoff == current else "not in force"
        lines.append(f"  {mark}: {cutoff_in_words(cutoff)}")
    if not programme.cutoffs and rule.needs_score:
        lines.append(_share_in_words(programme, today))
    return lines


def _share_in_words(programme: Programme, today: date) -> str:
    share = programme.find_share(today)
    if share is None:
        return "  no cut-off yet: nobody is eligible until one is set"
    return f"  in force: the poorest {share}% of each notified tehsil, by thresholds found when a shock is declared"


def cutoff_in_words(cutoff: CutOffSet) -> str:
    """A cut-off in words, named an illustration where it is one."""
    sign = "<=" if cutoff.comparison is Comparison.AT_OR_UNDER else "<"
    relaxed = "".join(f", {sign} {value} with {each.name.lower()}" for each, value in cutoff.relaxed.items())
    label = f" ({ILLUSTRATION})" if cutoff.illustration else ""
    return f"score {sign} {cutoff.value} on {cutoff.scorecard_id}{relaxed}, from {cutoff.on}{label}"


def _tell(output: Output, name: str, events: list[Event]) -> None:
    if not events:
        output.answer({"programme": name, "changed": False}, f"{name}: it is so already; nothing was recorded.")
        return
    cutoffs = [event for event in events if isinstance(event, CutOffSet)]
    output.answer(
        {"programme": name, "changed": True, "events": [event.name for event in events]},
        f"{name}: recorded {', '.join(event.name for event in events)}.",
        *(f"  {cutoff_in_words(cutoff)}" for cutoff in cutoffs),
        *(() if cutoffs or isinstance(events[-1], ReliefShareSet | CloseProgramme) else ("  No cut-off was set.",)),
    )


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Refused(f"{text!r} is not a number: write a cut-off such as 32 or 16.17.") from None
    if not value.is_finite():
        raise Refused(f"{text!r} is not a cut-off: write a number such as 32 or 16.17.")
    return value


def _relaxation(text: str) -> tuple[Relaxation, Decimal]:
    name, _, value = text.partition("=")
    words = {relaxation.name.lower(): relaxation for relaxation in Relaxation}
    if name not in words:
        raise Refused(f"{name!r} is no circumstance that relaxes a cut-off; there are: {', '.join(words)}.")
    return words[name], _number(value)
