"""`gharana household`: find, triage, show, history, disclosures, explain."""

import os
import sys
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.cards import compile_card
from adapters.cli import evidence, explain_words, history_words
from adapters.cli import household_words as words
from adapters.cli.options import AsOf, By, HouseholdId, KnownAt, a_date
from adapters.cli.output import Json, Output, verb
from adapters.faults import Refused
from adapters.registry.beside import asides, refused_submissions
from adapters.registry.disclosing import NOTHING_OPENED, open_names
from adapters.registry.explaining import explain as explained
from adapters.registry.finding import Found, Wanted, find_households
from adapters.registry.opening import Registry, open_registry
from adapters.registry.timeline import timeline
from adapters.registry.triage import triage as triaged
from domain.policies import in_force
from domain.registry_day import day_in_pakistan
from domain.standing import assess

app = typer.Typer(
    help="Find a household, see what is open to it, replay and explain its history.", no_args_is_help=True
)

app.command("evidence")(evidence.evidence)

Purpose = Annotated[
    str | None,
    typer.Option(
        "--open",
        metavar="PURPOSE",
        help="Open names, phones and address for this purpose; it is recorded as a disclosure.",
    ),
]


@app.command("find")
@verb
def find(
    *,
    phone: Annotated[bool, typer.Option("--phone", help="Standard input is a phone number, not a CNIC.")] = False,
    name: Annotated[bool, typer.Option("--name", help="Standard input is a name, not a CNIC.")] = False,
    place: Annotated[str | None, typer.Option("--place", metavar="CODE", help="Only households in this place.")] = None,
    anyone: Annotated[bool, typer.Option("--anyone", help="Everybody in --place; standard input is not read.")] = False,
    json: Json = False,
) -> None:
    """Find households by the CNIC, phone or name on standard input, never an argument: others could read that."""
    output = Output(json=json)
    if anyone and place is None:
        raise typer.BadParameter("name a place with --place: everybody everywhere is not looked up.")
    wanted = None if anyone else Wanted("phone" if phone else "name" if name else "cnic", _from_stdin())
    with open_registry(os.environ, make=False) as registry:
        found = find_households(registry, wanted, place)
        for one in found:
            output.answer(_found(one), _in_words(one))
        nobody = "Nobody is registered by that. If you searched by name or phone, `run` may be behind."
        output.answer({"found": len(found)}, *(() if found else (nobody,)))


def _in_words(one: Found) -> str:
    who = f"person {one.line}" if one.line else "household"
    return f"{one.household}  {who}  {one.place}  {one.members} members"


def _found(one: Found) -> dict[str, Any]:
    return {
        "household": one.household,
        "member": one.member,
        "line": one.line,
        "place": one.place,
        "members": one.members,
    }


@app.command("triage")
@verb
def triage(
    who: Annotated[
        str,
        typer.Argument(metavar="[HOUSEHOLD|-]", help="A household's id; - (or nothing) reads a CNIC from stdin."),
    ] = "-",
    *,
    on: Annotated[
        date | None, typer.Option("--on", parser=a_date, metavar="DAY", help="The day to ask about; today if left out.")
    ] = None,
    json: Json = False,
) -> None:
    """Say who stands here: registered or not, which occasions are open now, why not the others, and from which day."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        household = _household_of(registry, who)
        answer = triaged(registry.reader, registry.judge, household, on or day_in_pakistan(registry.clock()))
        output.answer(words.triage_object(answer), *words.triage_words(answer))


def _household_of(registry: Registry, who: str) -> UUID | None:
    if who != "-":
        digits = who.replace("-", "")
        if digits.isdigit() and len(digits) == words.CNIC_DIGITS:
            raise Refused(
                "A CNIC in an argument can be read by others on this machine: give it on standard input instead."
            )
        try:
            return UUID(who)
        except ValueError:
            raise Refused(
                f"{who!r} is not a household id. A CNIC is given on standard input, with - as the argument."
            ) from None
    found = find_households(registry, Wanted("cnic", _from_stdin()), None)
    return found[0].household if found else None


@app.command("show")
@verb
def show(
    household: HouseholdId,
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    open_for: Purpose = None,
    by: By,
    json: Json = False,
) -> None:
    """Show a household as it is, or as it was: place, roster, answers, families, standing."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        state = registry.reader.household(household, as_of=as_of, known_at=known_at)
        if state is None:
            raise Refused(f"Household {household} is not registered, or was not by then.")
        opened = open_names(registry, household, state, open_for, by)
        now = registry.clock()
        day = as_of or day_in_pakistan(min(known_at or now, now))
        policies = registry.reader.policies_known_at(known_at)
        shown = words.Shown(
            household=household,
            state=state,
            day=day,
            is_to_come=day > day_in_pakistan(now),
            standing=assess(state, in_force(policies, day, compile_card)),
            policies=policies,
            opened=opened,
        )
        output.answer(words.household_object(shown), *words.household_words(shown, registry.places))


@app.command("history")
@verb
def history(
    household: HouseholdId,
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    open_for: Purpose = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also submissions about it that were refused, and who had its names opened.")
    ] = False,
    by: By,
    json: Json = False,
) -> None:
    """Replay a household: every event, who recorded it, what changed, the score before and after, and every decision.

    --as-of is the world's clock, --known-at the registry's. Together: what did we believe at T about day D.
    """
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        line = timeline(registry.reader, household, as_of=as_of, known_at=known_at)
        if line.household is None and not line.happenings:
            raise Refused(f"Household {household} has no history, or had none by then.")
        opened = open_names(registry, household, line.household, open_for, by) if line.household else NOTHING_OPENED
        refused = refused_submissions(registry, household) if everything else []
        beside = asides(registry.reader, household, refused, known_at) if everything else []
        for value, sentences in history_words.timeline_lines(line, opened, beside):
            output.answer(value, *sentences)


@app.command("disclosures")
@verb
def disclosures(household: HouseholdId, *, json: Json = False) -> None:
    """List who had the names of a household opened, when and for what purpose."""
    output = Output(json=json)
    with open_registry(os.environ) as registry:
        found = asides(registry.reader, household)
        for one in found:
            value, sentences = history_words.aside_line(one)
            output.answer(value, *sentences)
        if not found:
            output.say(f"Nobody has had names of household {household} opened.")


@app.command("explain")
@verb
def explain(
    household: HouseholdId,
    programme: Annotated[str, typer.Argument(help="The programme's name.")],
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    json: Json = False,
) -> None:
    """Say why a household is eligible or not, and whether the last decision follows from the log as it was then."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        answer = explained(registry.reader, household, programme, as_of=as_of, known_at=known_at)
        output.answer(
            explain_words.explanation_object(household, answer), *explain_words.explanation_words(household, answer)
        )


def _from_stdin() -> str:
    if sys.stdin.isatty():
        sys.stderr.write("CNIC, phone or name (it is not shown in the process list): ")
    text = sys.stdin.readline(words.INPUT_CHARACTERS_MAX).strip()
    if not text:
        raise Refused("Standard input is empty: give the CNIC, phone or name there, on one line.")
    return text
