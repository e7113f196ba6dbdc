"""`gharana demo`: made-up households, a year of their lives, a flood, and what the registry can then say about them."""

import os
import shlex
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.cli import explain_words, history_words
from adapters.cli import household_words as words
from adapters.cli.demo_live import play_live
from adapters.cli.demo_proof import EVIDENCE, POLICY, prove
from adapters.cli.output import EXIT_INTERRUPTED, Json, Output, verb
from adapters.cli.programme import ILLUSTRATION, cutoff_in_words
from adapters.cli.run import catch_up
from adapters.demo import flood, live_flood
from adapters.demo.cast import FIRST_INTERVIEW, HOUSEHOLDS_MIN
from adapters.demo.counts import Counts, count
from adapters.demo.desk import SetClock
from adapters.demo.premises import premises
from adapters.demo.year import BY, HOUSEHOLDS_MAX, LAST_DAY, OPENS, Played, Year
from adapters.documents.programme import find_programme_file, load_programme
from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.population.generation import SEED_MAX
from adapters.registry.disclosing import NOTHING_OPENED
from adapters.registry.explaining import explain
from adapters.registry.opening import Registry, open_registry
from adapters.registry.programme_file import open_programme
from adapters.registry.timeline import timeline
from adapters.registry.triage import triage
from domain.event import Event
from domain.programme import CutOffSet

CARD = "pakistan_schreiner_2009"
PROGRAMMES = ("kafaalat", "taleemi_wazaif")
AUTHORITY = "demo: board of the programme"
UNFINISHED = (
    "Stopped. The demo's registry is unfinished: run `gharana demo` again, which deletes it and makes a new one."
)


@verb
def demo(
    *,
    households: Annotated[
        int,
        typer.Option("--households", min=HOUSEHOLDS_MIN, max=HOUSEHOLDS_MAX, help="How many to begin the year with."),
    ] = 300,
    seed: Annotated[
        int,
        typer.Option("--seed", min=0, max=SEED_MAX, help="The same seed makes up the same people and the same year."),
    ] = 7,
    json: Json = False,
) -> None:
    """Make up households and play a year of their lives in a registry of the demo's own; the last demo is deleted."""
    output = Output(json=json)
    begun = time.monotonic()
    try:
        _whole(output, households, seed, begun)
    except KeyboardInterrupt:
        output.warn(f"gharana: {UNFINISHED}")
        raise typer.Exit(EXIT_INTERRUPTED) from None


def _whole(output: Output, households: int, seed: int, begun: float) -> None:
    clock = SetClock(datetime(FIRST_INTERVIEW.year, FIRST_INTERVIEW.month, FIRST_INTERVIEW.day, tzinfo=UTC))
    with premises(os.environ) as environ, open_registry(environ, clock) as registry:
        output.answer(
            {"stage": "set_up", "home": environ["GHARANA_HOME"], "seconds": _since(begun)},
            f"An empty registry with a server and keys of its own stands in {environ['GHARANA_HOME']}.",
            "Everybody in it is made up; the places are real, the flood is not.",
        )
        year = Year(registry, clock, seed, households)
        _register(output, year)
        _open(output, registry, year)
        _play(output, registry, year)
        counts = count(registry, year.desk.tally, LAST_DAY)
        _tell_counts(output, counts)
        _tell_household(output, registry, year.cast.groom.household)
        play_live(output, registry, year, environ)
        prove(output, registry, year.cast.groom.household, environ)
        catch_up(registry, Output(json=True))
        _end(output, year, counts, environ, _since(begun))


def _register(output: Output, year: Year) -> None:
    with output.progress("Registering", len(year.homes)) as more:
        for answered in year.register():
            more(answered)
    tally = year.desk.tally
    people = sum(len(home.people) for home in year.homes)
    days = f"{year.homes[0].surveyed_on} and {year.homes[-1].surveyed_on}"
    output.answer(
        {
            "stage": "registered",
            "households": tally.accepted.total(),
            "refused": tally.refused.total(),
            "people": people,
            "first": year.homes[0].surveyed_on,
            "last": year.homes[-1].surveyed_on,
        },
        f"{tally.accepted.total():,} households with {people:,} people are registered, surveyed between {days}.",
    )


def _open(output: Output, registry: Registry, year: Year) -> None:
    """The card and the programmes, at the first day of the year; everybody is assessed."""
    year.open()
    command = adoption(adoptable(CARD), OPENS, AUTHORITY)
    registry.desk.adopt(command, BY)
    events = [event for name in PROGRAMMES for event in _open_programme(registry, name)]
    catch_up(registry, output)
    counts = count(registry, year.desk.tally, OPENS)
    pending = counts.standing.get(("kafaalat", "pending"), 0)
    output.answer(
        {
            "stage": "policies",
            "scorecard": command.scorecard_id,
            "programmes": PROGRAMMES,
            "illustration": True,
            "pending": pending,
            "households": counts.households,
        },
        f"Scorecard {command.title} is adopted, {' and '.join(PROGRAMMES)} are open.",
        *(f"  {cutoff_in_words(event)}" for event in events if isinstance(event, CutOffSet)),
        f"Everybody is scored: {pending:,} of {counts.households:,} households await verification for kafaalat.",
    )


def _open_programme(registry: Registry, name: str) -> list[Event]:
    return open_programme(registry, load_programme(find_programme_file(name)), registry.today(), BY)


def _play(output: Output, registry: Registry, year: Year) -> None:
    quiet = Output(json=True)  # its progress bars would come between the months

    def follow() -> None:
        catch_up(registry, quiet)

    def open_relief() -> None:
        _open_programme(registry, flood.RELIEF)

    for played in year.play(follow, open_relief):
        _tell_month(output, played)


def _tell_month(output: Output, played: Played) -> None:
    output.answer(
        {
            "stage": f"{played.month:%Y-%m}",
            "accepted": played.accepted,
            "refused": played.refused,
            "told": played.told,
        },
        f"{played.month:%Y-%m}  {played.accepted:>5,} submissions accepted, {played.refused} refused",
        *(f"         {sentence}" for sentence in played.told),
    )


def _tell_counts(output: Output, counts: Counts) -> None:
    if output.json:
        output.line({"stage": "counts", **as_object(counts)})
        return
    output.say(
        "",
        f"At the end of {LAST_DAY}: {counts.households:,} households with {counts.people:,} people "
        f"({counts.merged} more registration was merged), {counts.events:,} events in the log.",
        f"{counts.submissions:,} submissions were answered; {counts.again} sent again changed nothing.",
        "",
    )
    output.table(("submissions", "accepted"), list(counts.accepted.items()))
    output.say("")
    output.table(("refused", "because", "times"), [(*key, times) for key, times in counts.refused.items()])
    output.say("", f"By the published card ({ILLUSTRATION}):")
    for title, counted in (("decisions", counts.decisions), ("at the end", counts.standing)):
        rows = [(*key, number) for key, number in counted.items()]
        output.table((title, "outcome", "decisions" if title == "decisions" else "households"), rows)
        output.say("")
    for what, due in (("overdue for", counts.overdue), ("due later for", counts.due_later)):
        output.table((what, "households"), list(due.items()))
        output.say("")
    if counts.flags:
        output.table(("flagged", "surveys"), list(counts.flags.items()))


def as_object(counts: Counts) -> dict[str, Any]:
    """The counts as programs read them."""
    values = {name: getattr(counts, name) for name in counts.__struct_fields__}
    values["refused"] = _listed(counts.refused, "kind", "reason")
    for name in ("decisions", "standing"):
        values[name] = _listed(values[name], "programme", "outcome")
    return values


def _listed(counted: Mapping[tuple[str, str], int], *names: str) -> list[dict[str, Any]]:
    return [{**dict(zip(names, key, strict=True)), "number": number} for key, number in counted.items()]


def _tell_household(output: Output, registry: Registry, household: UUID) -> None:
    """One household's history, why it is paid, and what is open to it."""
    line = timeline(registry.reader, household)
    told = list(history_words.timeline_lines(line, NOTHING_OPENED))
    output.answer(
        {"stage": "history", "household": household, "illustration": True, "history": [value for value, _ in told]},
        "",
        f"The history of household {household}. Scores are by the published card ({ILLUSTRATION}).",
        *(sentence for _, sentences in told for sentence in sentences),
        "",
    )
    explanation = explain(registry.reader, household, "kafaalat")
    output.answer(
        {"stage": "explanation", **explain_words.explanation_object(household, explanation)},
        *explain_words.explanation_words(household, explanation),
        "",
    )
    answer = triage(registry.reader, registry.judge, household, LAST_DAY)
    output.answer({"stage": "triage", "on": LAST_DAY, **words.triage_object(answer)}, *words.triage_words(answer), "")


def _end(output: Output, year: Year, counts: Counts, environ: Mapping[str, str], seconds: float) -> None:
    home, cast = environ["GHARANA_HOME"], year.cast
    tries = next_commands(home, cast.groom.household, cast.late.household)
    unexpected = year.desk.tally.unexpected
    output.answer(
        {
            "stage": "done",
            "home": home,
            "household": cast.groom.household,
            **as_object(counts),
            "unexpected": unexpected,
            "next": tries,
            "seconds": seconds,
        },
        "Try next (it is today again in that registry, so some of these name a day of the year played):",
        *(f"  {each}" for each in tries),
        f"Done in {seconds:.0f} seconds.",
    )
    for sentence in unexpected:
        output.warn(f"Not as the demo foresaw: {sentence}")


def next_commands(home: str, household: UUID, late: UUID) -> list[str]:
    """Commands that show more, ready to be pasted."""
    unset = "env -u GHARANA_KEY_FILE " if os.environ.get("GHARANA_KEY_FILE") else ""
    gharana = f"{unset}GHARANA_HOME={shlex.quote(home)} bin/gharana"
    before_the_flood = date(2022, 8, 1)
    return [
        f"{gharana} household explain {household} kafaalat --as-of {before_the_flood}",
        f"{gharana} household show {household} --as-of {before_the_flood} --known-at {OPENS}",
        f"{gharana} household history {late}",
        f"{gharana} household triage {late} --on {LAST_DAY}",
        f"{gharana} programme show kafaalat",
        f"{gharana} due --month 2023-03",
        f"{gharana} shock worklist {live_flood.NAME}",
        f"{gharana} shock report {live_flood.NAME}",
        f"{gharana} feed --partner {live_flood.PARTNER} --programme {flood.RELIEF} --after 0",
        f"{gharana} verify {shlex.quote(f'{home}/{EVIDENCE}')} --policy {shlex.quote(f'{home}/{POLICY}')}",
        f"{gharana} audit --all",
    ]


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 1)
