"""Arguments and options that several verbs share, and how their texts become values."""

import getpass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import typer

from adapters.team import WORKERS_MAX
from domain.questionnaire.codes import Code


def a_date(text: str) -> date:
    """A day, as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day: write it as YYYY-MM-DD.") from None


def an_instant(text: str) -> datetime:
    """An instant with its zone, such as 2026-03-01T12:00:00Z; a day alone is its last moment in UTC."""
    try:
        written = f"{text}T23:59:59.999999+00:00" if len(text) == len("2026-03-01") else text
        instant = datetime.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not an instant: write it as 2026-03-01T12:00:00Z.") from None
    if instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} names no time zone: end it with Z or an offset such as +05:00.")
    return instant


def an_id(text: str) -> UUID:
    """A household id."""
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a household id: `household find` gives it.") from None


def a_word(kind: type[Code], text: str) -> Code:
    """A code by its word."""
    words = {code.word: code for code in kind}
    if text not in words:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(words)}.")
    return words[text]


AsOf = Annotated[
    date | None, typer.Option("--as-of", parser=a_date, metavar="DAY", help="Only what had happened by this day.")
]
KnownAt = Annotated[
    datetime | None,
    typer.Option(
        "--known-at",
        parser=an_instant,
        metavar="INSTANT",
        help="Only what the registry knew at this instant; a day alone means its end in UTC.",
    ),
]
HouseholdId = Annotated[UUID, typer.Argument(parser=an_id, metavar="HOUSEHOLD", help="The household's id.")]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, max=WORKERS_MAX, help="Processes side by side; one for each core unless it is said."
    ),
]
By = Annotated[str, typer.Option("--by", help="Who asks for this; it is recorded.", default_factory=getpass.getuser)]
