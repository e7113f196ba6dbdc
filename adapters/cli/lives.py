"""`gharana lives`: what happens to a generated population after its first survey, through the door like everybody's."""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.lives_policies import stand_ready
from adapters.cli.options import By, Workers, a_date
from adapters.cli.output import EXIT_REFUSED, Json, Output, verb
from adapters.documents.mapping import find_mapping, load_mapping
from adapters.faults import Refused
from adapters.home import registry_home
from adapters.keys.choosing import keyring_place
from adapters.lives.bringing import Brought, bring, write, write_lines
from adapters.lives.generation import Years, find_parts, live
from adapters.lives.runs import read_runs
from adapters.lives.sending import Happened, Sent
from adapters.lives.tables import TABLES, load_tables
from adapters.lives.worker import Lived
from adapters.registry.opening import Registry, open_registry
from adapters.team import workers_default

SEED_MAX = 2**63 - 1
REFUSED_SHARE_MAX = 0.005
"""More refusals than this say that population, mapping or policies are not those that were lived with."""


def some_parts(text: str) -> range:
    """Parts by number, such as 0-9 or 4."""
    first, _, last = text.partition("-")
    if not first.isdecimal() or (last and not last.isdecimal()) or int(last or first) < int(first):
        raise typer.BadParameter(f"{text!r} names no parts: write 4 or 0-9.")
    return range(int(first), int(last or first) + 1)


@verb
def lives(
    population: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `population` made.")],
    *,
    seed: Annotated[int, typer.Option("--seed", min=0, max=SEED_MAX, help="The same seed makes the same lives.")] = 7,
    until: Annotated[
        date | None, typer.Option("--until", parser=a_date, metavar="DAY", help="The last day that is sent; else all.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the submissions there; - is standard output.")
    ] = None,
    parts: Annotated[
        range | None, typer.Option("--parts", parser=some_parts, metavar="N-M", help="Only these parts, from 0.")
    ] = None,
    workers: Workers = None,
    mapping: Annotated[str, typer.Option("--mapping", help="The mapping it was imported with.")] = "population",
    by: By,
    json: Json = False,
) -> None:
    """Live a generated population's years after its first survey, and submit them. Run again, it adds nothing."""
    output = Output(json=json or out == Path("-"))
    tables, chosen, document = load_tables(), find_parts(population, parts), load_mapping(find_mapping(mapping))
    last = until or tables.ends
    if not tables.calendar["roll_out"].last_day < last <= tables.ends:
        raise Refused(f"--until {last}: write a day after the roll-out and no later than {tables.ends}.")
    with open_registry(os.environ, make=False) as registry, _room() as room:
        if last > registry.today():
            raise Refused(f"--until {last} is yet to come in this registry, where it is {registry.today()}.")
        output.say(*stand_ready(registry, tables, by))
        policies = registry.reader.policies()
        years = Years(seed, last, policies, TABLES, keyring_place(registry_home(os.environ), os.environ))
        with output.progress("Living, parts", len(chosen)) as more:
            lived = list(_one_by_one(live(chosen, document, years, room, workers or workers_default()), more))
        total = sum(each.submissions for each in lived)
        stream = read_runs(sorted(each.run for each in lived))
        if out is None:
            _submit(output, registry, stream, lived, total)
        else:
            _write(output, out, stream, lived, total)


@contextmanager
def _room() -> Iterator[Path]:
    """A folder for runs in the registry's home, which has room for what comes in; it goes when all is sent."""
    with tempfile.TemporaryDirectory(prefix="lives-", dir=registry_home(os.environ)) as folder:
        yield Path(folder)


def _one_by_one(done: Iterator[Lived], more: Callable[[int], None]) -> Iterator[Lived]:
    for each in done:
        more(1)
        yield each


def _submit(output: Output, registry: Registry, stream: Iterator[Sent], lived: list[Lived], total: int) -> None:
    with output.progress("Submitting", total) as more:
        brought = bring(registry.door, stream, more)
    if output.json:
        output.line(_as_object(brought, lived))
    else:
        _tell(output, brought, lived)
    if brought.refused.total() > REFUSED_SHARE_MAX * brought.submissions:
        raise typer.Exit(EXIT_REFUSED)


def _tell(output: Output, brought: Brought, lived: list[Lived]) -> None:
    _tell_lived(output, lived)
    output.table(
        ("kind", "accepted", "known_already", "refused"),
        [
            (kind, brought.accepted[kind], brought.again[kind], brought.refused[kind])
            for kind in sorted(brought.accepted.keys() | brought.again.keys() | brought.refused.keys())
        ],
    )
    for (kind, why), number in brought.reasons.most_common():
        output.say(f"Refused {number:,}, {kind}: {why}. Such as {brought.examples[kind, why]}")
    output.say(
        f"{brought.submissions:,} submissions in {brought.seconds:,.1f} s, {_rate(brought):,.0f} a second; "
        f"{brought.late:,} came late on purpose.",
        "Run `gharana run --until-caught-up` to assess them.",
    )


def _write(output: Output, out: Path, stream: Iterator[Sent], lived: list[Lived], total: int) -> None:
    if out == Path("-"):
        write_lines(sys.stdout.buffer, stream)
        sys.stdout.buffer.flush()
        return
    with output.progress("Writing", total) as more:
        write(out, stream, more)
    output.answer(
        {"file": str(out), "submissions": total, "lived": _lived_object(lived)},
        f"{total:,} submissions are in {out}, in the order in which they arrive: `gharana submit {out}` takes them.",
    )


def _tell_lived(output: Output, lived: list[Lived]) -> None:
    happened = _together(lived)
    seconds = sum(each.seconds for each in lived)
    output.say(
        f"{happened.homes:,} households lived {happened.household_years:,.0f} years ({happened.person_years:,.0f} of "
        f"people) in {seconds:,.1f} s of one core: {in_words(happened.counts)}."
    )
    if not_read := sum(each.not_read for each in lived):
        output.say(f"{not_read:,} households cannot be read with this mapping and are not lived.")


def in_words(counts: Counter[str]) -> str:
    """What happened, the most frequent first."""
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in counts.most_common())


def _together(lived: list[Lived]) -> Happened:
    happened = Happened()
    for each in lived:
        happened.add(each.happened)
    return happened


def _lived_object(lived: list[Lived]) -> dict[str, Any]:
    happened = _together(lived)
    return {
        "households": happened.homes,
        "household_years": round(happened.household_years, 1),
        "person_years": round(happened.person_years, 1),
        "happened": dict(happened.counts),
        "not_read": sum(each.not_read for each in lived),
        "core_seconds": round(sum(each.seconds for each in lived), 3),
    }


def _as_object(brought: Brought, lived: list[Lived]) -> dict[str, Any]:
    return {
        "submissions": brought.submissions,
        "accepted": dict(brought.accepted),
        "known_already": dict(brought.again),
        "refused": dict(brought.refused),
        "reasons": [
            {"kind": kind, "reason": why, "submissions": number, "example": brought.examples[kind, why]}
            for (kind, why), number in brought.reasons.most_common()
        ],
        "late": brought.late,
        "seconds": brought.seconds,
        "submissions_per_s": round(_rate(brought), 1),
        "lived": _lived_object(lived),
    }


def _rate(brought: Brought) -> float:
    return brought.submissions / brought.seconds if brought.seconds else 0.0
