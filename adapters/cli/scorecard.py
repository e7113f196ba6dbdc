"""`gharana scorecard`: check a card, score with it, adopt it."""

import json as jsonlib
import os
import sys
from datetime import date
from typing import Annotated

import msgspec
import typer

from adapters.cli.options import By, a_date
from adapters.cli.output import Json, Output, opened, verb
from adapters.cli.scorecard_files import check_card, score_lines
from adapters.documents.scorecard import find_scorecard_file
from adapters.documents.usable_scorecard import WHERE_NAMES_ARE, adoptable, adoption
from adapters.registry.opening import open_registry
from domain.scorecard_adoption import AdoptScorecard

app = typer.Typer(help="Check a scorecard, score with it, adopt it.", no_args_is_help=True)
Card = Annotated[str, typer.Argument(metavar="CARD", help="A scorecard file, or the name of one that is shipped.")]


@app.command("check")
@verb
def check(card: Card, *, json: Json = False) -> None:
    """Check a scorecard wholly: points, bands, look-ups, test vectors; and say whether `adopt` would take it."""
    output = Output(json=json)
    checked = check_card(find_scorecard_file(card))
    values = msgspec.to_builtins(checked)
    shown = {name: value for name, value in values.items() if name not in ("adoptable", "not_adoptable_because")}
    output.answer(values, *(f"{name.replace('_', ' ')}: {_line(value)}" for name, value in shown.items()))
    if checked.adoptable:
        output.say("adopt: the registry's questionnaire has every name that the card reads")
    else:
        output.say(f"adopt: would refuse the card. {' '.join(checked.not_adoptable_because)} {WHERE_NAMES_ARE}")


def _line(value: object) -> str:
    return value if isinstance(value, str) else jsonlib.dumps(value, ensure_ascii=False)


@app.command("score")
@verb
def score(
    card: Card,
    *,
    answers: Annotated[str, typer.Option("--answers", help="A file with a JSON object a line; - is standard input.")],
    json: Json = False,
) -> None:
    """Score lines of {"id", "answers", "roster"} in the card's own names. Needs no database."""
    path = find_scorecard_file(card)
    with opened(answers) as lines:
        for line in score_lines(path, lines):
            if json:
                sys.stdout.buffer.write(line)
            else:
                sys.stdout.write(_in_words(jsonlib.loads(line, parse_float=str)) + "\n")
        sys.stdout.buffer.flush()


def _in_words(scored: dict[str, object]) -> str:
    if "error" in scored:
        return f"{scored['id']}: not scored: {scored['error']}"
    lookups = scored["lookups"]
    shown = "  ".join(f"{name} {value}" for name, value in lookups.items()) if isinstance(lookups, dict) else ""
    return f"{scored['id']}: {scored['score']}  {shown}".rstrip()


@app.command("adopt")
@verb
def adopt(
    card: Card,
    *,
    from_day: Annotated[
        date | None,
        typer.Option("--from", parser=a_date, metavar="DAY", help="The day it may be used from; today if left out."),
    ] = None,
    authority: Annotated[str, typer.Option("--authority", help="On whose decision.")] = "",
    by: By,
    json: Json = False,
) -> None:
    """Adopt a scorecard: its whole content enters the log. No programme uses it until a cut-off names it."""
    output = Output(json=json)
    checked = adoptable(card)
    with open_registry(os.environ) as registry:
        command = adoption(checked, from_day or registry.today(), authority)
        changed = bool(registry.desk.adopt(command, by))
        since = registry.reader.policies().usable_from()[command.content_hash]
        output.answer(
            {"scorecard": command.scorecard_id, "hash": command.content_hash, "from": since, "changed": changed},
            _adopted(command, since, changed=changed),
        )


def _adopted(command: AdoptScorecard, since: date, *, changed: bool) -> str:
    if changed:
        return (
            f"Scorecard {command.scorecard_id} is adopted from {since} (content {command.content_hash.hex()[:16]}). "
            "No programme uses it until a cut-off names it."
        )
    said = f"Scorecard {command.scorecard_id} is adopted already, from {since}"
    if command.on > since:
        said += f", and that holds: a card cannot be made to begin later, on {command.on}"
    return f"{said}; nothing was recorded."
