"""`gharana audit rules`: the register of every change of a rule, for reading, for programs, or as a file."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.audit.rules import COLUMNS, KINDS, RuleChange, rule_changes
from adapters.audit.spreadsheet import write_rows
from adapters.cli.output import Json, Output, verb
from adapters.cli.plain_words import HASH_CHARACTERS_SHOWN
from adapters.registry.opening import open_registry

HEADINGS = ("position", "recorded_at", "from_day", "rule", "of", "what", "by", "approvers", "authority", "card")


def a_kind(text: str) -> str:
    """A kind of rule by its word."""
    if text not in KINDS:
        raise typer.BadParameter(f"{text!r} is no kind of rule: write one of {', '.join(KINDS)}.")
    return text


@verb
def rules(
    *,
    kind: Annotated[
        str | None, typer.Option("--kind", parser=a_kind, metavar="KIND", help=f"Only {', '.join(KINDS)}.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("-o", metavar="FILE.csv", help="Write the register to this file instead.")
    ] = None,
    json: Json = False,
) -> None:
    """List every change of scorecard, programme, cut-off, shock, agreement and keys, and who made and approved it."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        changes = [each for each in rule_changes(registry.log) if kind in (None, each.kind)]
        until = registry.log.last_position()
    if file is not None:
        written = write_rows(file, COLUMNS, map(_cells, changes))
        output.answer(
            {"file": str(file), "rows": written, "position": until},
            f"{written:,} changes up to position {until:,} are written to {file}.",
        )
    elif json:
        for change in changes:
            output.line(_as_object(change))
    else:
        output.table(HEADINGS, [_row(change) for change in changes])
        output.say(f"{len(changes):,} changes of rules up to position {until:,}.")
        for change in changes:
            if change.hash_holds is False:
                output.say(f"The card stored at position {change.position:,} has another hash than is stated there.")


def _as_object(change: RuleChange) -> dict[str, Any]:
    return {name: getattr(change, name) for name in COLUMNS}


def _cells(change: RuleChange) -> list[Any]:
    values = _as_object(change).values()
    return [value.hex() if isinstance(value, bytes) else value for value in values]


def _row(change: RuleChange) -> tuple[Any, ...]:
    card = change.content_hash.hex()[:HASH_CHARACTERS_SHOWN] if change.content_hash else None
    return (
        change.position,
        f"{change.recorded_at:%Y-%m-%d %H:%M}",
        change.on,
        change.kind,
        change.subject,
        change.what,
        change.by,
        _approvers(change),
        change.authority,
        card,
    )


def _approvers(change: RuleChange) -> str | None:
    if change.approved_by is not None:
        return f"proposed by {change.proposed_by}, approved by {change.approved_by}"
    return None if change.proposed_by is None else f"proposed by {change.proposed_by}"
