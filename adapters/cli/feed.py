"""`gharana feed`: the pull door of a partner's feed, the snapshot it begins from, and the feed held against the log."""

import os
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
import typer

from adapters.cli.options import a_date
from adapters.cli.output import EXIT_REFUSED, Json, Output, verb
from adapters.followers.feed_check import Compared, compare
from adapters.followers.feeder import FEEDER, sender_of
from adapters.registry.feed_door import ROWS_MAX, end_of, find_sequence_before, get_feed, read_on
from adapters.registry.feed_snapshot import open_snapshot
from adapters.registry.opening import Registry, open_registry
from projections.changes import Row
from projections.feed_message import FeedKey, in_words, sequence_of

LIMIT_DEFAULT = 100

app = typer.Typer(help="Read what a partner is told, take a snapshot of its list, check feeds against the log.")
Partner = Annotated[str, typer.Option("--partner", help="Whose feed.")]
Programme = Annotated[str, typer.Option("--programme", help="Of which programme.")]


@app.callback(invoke_without_command=True)
@verb
def feed(
    context: typer.Context,
    *,
    partner: Partner = "",
    programme: Programme = "",
    after: Annotated[
        int | None, typer.Option("--after", metavar="SEQUENCE", help="Read on behind this sequence; 0 for all.")
    ] = None,
    since: Annotated[
        date | None,
        typer.Option("--since", parser=a_date, metavar="DAY", help="Read what was told since this day was opened."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=ROWS_MAX, help="Most rows to read.")] = LIMIT_DEFAULT,
    json: Json = False,
) -> None:
    """Print the next rows of a partner's feed as they are told at every door, and from where to read on."""
    if context.invoked_subcommand is not None:
        return
    if not partner or not programme:
        raise typer.BadParameter("name the feed with --partner and --programme: `partner list` lists them.")
    if (after is None) == (since is None):
        raise typer.BadParameter("say from where with --after SEQUENCE (0 for all) or with --since DAY.")
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        key = get_feed(registry, partner, programme)
        begin = after if after is not None else _before(registry, key, since)
        rows = read_on(registry.tables, key, begin, limit)
        end = end_of(registry.tables, key)
    _tell(output, rows)
    reached = sequence_of(rows[-1]) if rows else begin
    there_is_more = f"read on with --after {reached}." if reached < end else "that is all so far."
    output.answer({"next": reached, "end": end}, f"{len(rows):,} rows, up to {reached:,} of {end:,}: {there_is_more}")


def _before(registry: Registry, key: FeedKey, since: date | None) -> int:
    assert since is not None, "one of both was given"
    return find_sequence_before(registry, key, since)


def _tell(output: Output, rows: Sequence[Row]) -> None:
    """Each row in the bytes that are stored: nothing is read and written again on the way."""
    if output.json:
        for row in rows:
            typer.echo(msgspec.json.encode(in_words(row)).decode())
    else:
        told = [in_words(row) for row in rows]
        columns = ("sequence", "subject", "payload")
        output.table(columns, [(one["sequence"], one["subject"], bytes(one["payload"]).decode()) for one in told])


@app.command("snapshot")
@verb
def snapshot(*, partner: Partner, programme: Programme, json: Json = False) -> None:
    """Print a partner's list as it is now, by district with count and hash, and the sequence from which to read on."""
    output = Output(json=json)
    summary, total = [], dict[str, Any]()
    with (
        open_registry(os.environ, make=False) as registry,
        open_snapshot(registry, get_feed(registry, partner, programme)) as found,
    ):
        for line in found.lines():
            if json:
                output.line(line)
            elif "district" in line:
                summary.append(tuple(line.values()))
            total = line
    if not json:
        output.table(("district", "households", "sha256"), summary)
        count, sequence = total["households"], total["sequence"]
        output.say(f"{count:,} households on the list at sequence {sequence:,}: read on with --after {sequence}.")


@app.command("check")
@verb
def check(*, json: Json = False) -> None:
    """Work every feed out again from the log and compare the bytes; ends with 1 where they differ."""
    output = Output(json=json)
    with (
        open_registry(os.environ, make=False) as registry,
        output.progress("Comparing", registry.log.checkpoint(FEEDER)) as more,
    ):
        result = compare(registry.log, registry.tables, sender_of(registry.keyring), more)
    verdict = "Partners were told what the log says." if result.is_equal else "The feed DIFFERS from the log."
    output.answer(
        {name: getattr(result, name) for name in Compared.__struct_fields__} | {"equal": result.is_equal},
        f"{result.rows:,} rows up to position {result.position:,}: missing {result.missing:,}, doubled "
        f"{result.doubled:,}, changed {result.changed:,}, misnumbered {result.misnumbered:,}. {verdict}",
        *(f"  {example}" for example in result.examples),
    )
    if not result.is_equal:
        raise typer.Exit(EXIT_REFUSED)


@app.command("asyncapi")
@verb
def asyncapi() -> None:
    """Print the AsyncAPI 3 document of what partners are told: channels, messages, payloads, headers and examples."""
    from adapters.pages.asyncapi import asyncapi_page

    typer.echo(asyncapi_page(), nl=False)
