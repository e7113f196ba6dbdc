"""`gharana partner`: agree with a partner what it is told, list the agreements, end them, resolve a partner's token."""

import os
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.cli import partner_access, partner_report
from adapters.cli.options import By, a_date
from adapters.cli.output import Json, Output, verb
from adapters.cli.partner_access import KeyFile, access_answer, access_words, check_key_file
from adapters.followers.feeder import Ends, ends_of
from adapters.keys.people import Identity
from adapters.registry.feed_door import agreed
from adapters.registry.opening import open_registry
from adapters.registry.partner_access import open_doors, set_key
from adapters.registry.recipients import resolve as resolved
from domain.agreement import Agreement, EndAgreement, MakeAgreement
from projections.feed_message import FeedKey

app = typer.Typer(
    help="Agree with partners what they are told, give keys, resolve tokens, take reports, end agreements.",
    no_args_is_help=True,
)
app.command("key")(partner_access.key)
app.command("access")(partner_access.access)
app.command("report")(partner_report.report)
app.command("reports")(partner_report.reports)
app.command("take")(partner_report.take)
Name = Annotated[str, typer.Argument(help="The partner's name: small letters, digits, dashes, such as food-bank.")]
Programme = Annotated[str, typer.Option("--programme", help="The programme that the agreement is on.")]


def a_token(text: str) -> UUID:
    """A token of a household, as a feed or a snapshot gives it."""
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a token: copy one from a feed or a snapshot.") from None


@app.command("add")
@verb
def add(
    name: Name,
    *,
    programme: Programme,
    title: Annotated[str, typer.Option("--title", help="What the partner is called.")],
    contact: Annotated[str, typer.Option("--contact", help="How its office is reached; no person's own number.")],
    places: Annotated[
        list[str] | None,
        typer.Option(
            "--place", metavar="CODE", help="A P-code, or TEHSIL/union council; repeat it. Everywhere if left out."
        ),
    ] = None,
    score: Annotated[bool, typer.Option("--score", help="The partner may see the score.")] = False,
    from_day: Annotated[
        date | None, typer.Option("--from", parser=a_date, metavar="DAY", help="The first day; today if left out.")
    ] = None,
    until: Annotated[
        date | None, typer.Option("--until", parser=a_date, metavar="DAY", help="The last day; open if left out.")
    ] = None,
    authority: Annotated[str, typer.Option("--authority", help="Who agreed, or by which letter.")],
    output_file: KeyFile = None,
    by: By,
    json: Json = False,
) -> None:
    """Agree that a partner is told of a programme's decisions: its feed begins with the first day.

    With its first agreement a partner is given its key to the message server, which is shown once.
    """
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        on = from_day or registry.today()
        is_first = registry.reader.find_key_hash(name) is None
        check_key_file(output_file, wanted=is_first)
        command = MakeAgreement(on, name, programme, title, contact, authority, tuple(places or ()), score, until)
        changed = bool(registry.desk.agreement(command, by))
        where = ", ".join(str(registry.places.get(code.partition("/")[0])) for code in places or ()) or "everywhere"
        access = None
        if is_first:
            access, doors = set_key(registry, os.environ, name, by, output_file)
        else:
            doors = open_doors(registry, os.environ)
        output.answer(
            {
                "partner": name,
                "programme": programme,
                "changed": changed,
                "from": on,
                "until": until,
                "access": access and access_answer(access, output_file),
            },
            f"{name} is told of {programme}, {where}, from {on}{f' until {until}' if until else ''}. "
            "Its feed begins when `run` comes to that day; then `feed snapshot` gives the list."
            if changed
            else f"{name} has this agreement on {programme} already; nothing was recorded.",
            *(access_words(access, output_file) if access else ()),
        )
        if doors.trouble:
            output.warn(f"Its door at the message server will be made when `publish` runs: {doors.trouble}")


@app.command("end")
@verb
def end(
    name: Name,
    *,
    programme: Programme,
    on: Annotated[
        date | None,
        typer.Option("--on", parser=a_date, metavar="DAY", help="The first day without; else today."),
    ] = None,
    authority: Annotated[str, typer.Option("--authority", help="Who ends it.")] = "",
    by: By,
    json: Json = False,
) -> None:
    """End an agreement: from that day on the partner is told nothing more. What it was told stays in its feed."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        day = on or registry.today()
        changed = bool(registry.desk.agreement(EndAgreement(day, name, programme, authority), by))
        output.answer(
            {"partner": name, "programme": programme, "changed": changed, "ended_on": day},
            f"{name} is told nothing more of {programme} from {day} on."
            if changed
            else f"The agreement of {name} on {programme} ends on {day} already; nothing was recorded.",
        )


COLUMNS = (
    "partner", "programme", "title", "contact", "from", "until", "ended_on", "places", "score", "in_force", "sequence",
)  # fmt: skip


@app.command("list")
@verb
def list_(*, json: Json = False) -> None:
    """List the agreements with partners, whether they are in force today, and how far each feed has come."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        book, ends = agreed(registry), ends_of(registry.tables)
    rows = [
        _row(key, agreement, ends, is_in_force=book.in_force.get(key) == agreement)
        for key, agreements in sorted(book.known.items())
        for agreement in agreements
    ]
    if json:
        for row in rows:
            output.line({**dict(zip(COLUMNS, row, strict=True)), "places": row[7].split()})
    else:
        shown = [(*row[:7], row[7] or "everywhere", *map(_yes_or_no, row[8:10]), row[10]) for row in rows]
        output.table(COLUMNS, shown)


def _row(key: FeedKey, agreement: Agreement, ends: Ends, *, is_in_force: bool) -> tuple[Any, ...]:
    made = agreement.made
    sequence = ends.get(key, (0, 0))[0]
    days = made.on, made.until, agreement.ended_on
    return (*key, made.title, made.contact, *days, " ".join(made.places), made.score, is_in_force, sequence)


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


@app.command("resolve")
@verb
def resolve(
    token: Annotated[UUID, typer.Argument(parser=a_token, help="What stands for the household in the partner's feed.")],
    *,
    partner: Annotated[str, typer.Option("--partner", help="Whose token it is.")],
    programme: Programme,
    purpose: Annotated[str, typer.Option("--purpose", help="For what the recipient is looked up; it is recorded.")],
    by: By,
    json: Json = False,
) -> None:
    """Look up who is paid in a household on a partner's list. It is recorded as a disclosure to the partner."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        found = resolved(registry, partner, programme, token, purpose, by)
    recipients = [_recipient(member, identity) for member, identity in found.recipients.items()]
    output.answer(
        {"token": token, "programme": programme, "outcome": found.outcome, "recipients": recipients},
        f"{found.outcome.word} for {programme}; {len(recipients)} to be paid:",
        *(f"  {one['name'] or 'no name'}, CNIC {one['cnic'] or 'none'}" for one in recipients),
        f"The disclosure to {partner} is recorded.",
    )


def _recipient(member: UUID, identity: Identity) -> dict[str, Any]:
    return {"member": member, "name": identity.name, "cnic": identity.cnic, "b_form": identity.b_form}
