"""A population lived through part by part, by one worker or several; the same comes out with any number."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec

from adapters.documents.mapping import Mapping
from adapters.faults import Refused
from adapters.keys.keyring import KeyringPlace
from adapters.lives.runs import RUNS_MAX
from adapters.lives.worker import Assignment, Lived, Task, live_one
from adapters.surveys.parts import SurveyPart, parts_of
from adapters.team import Trade, answers, team
from domain.policies import Policies

_TRADE = Trade("adapters.lives.worker", "lives", "Nothing was sent; run the same again.")


class Years(msgspec.Struct, frozen=True):
    """What is to be lived: by which seed, until which day, under which policies and tables."""

    seed: int
    until: date
    policies: Policies
    tables: Path
    keyring: KeyringPlace


def find_parts(population: Path, chosen: range | None = None) -> list[tuple[int, SurveyPart]]:
    """The parts of a population by number, or those chosen. Raises Refused where there is none or one lacks a file."""
    if not (population / "households").is_dir():
        raise Refused(f"{population}: no part of a population lies there: name a folder that `population` made.")
    found = list(enumerate(parts_of(population / "households", population / "people")))
    parts = [(number, part) for number, part in found if chosen is None or number in chosen]
    if chosen is not None and not parts:
        numbers = f"from {chosen.start} to {chosen.stop - 1}"
        raise Refused(f"{population}: no part {numbers} lies there: they are numbered 0 to {len(found) - 1}.")
    if len(parts) > RUNS_MAX:
        raise Refused(f"{population}: {len(parts):,} parts are chosen, and {RUNS_MAX:,} go at once: use --parts.")
    return parts


def live(
    parts: Sequence[tuple[int, SurveyPart]], mapping: Mapping, years: Years, room: Path, workers: int
) -> Iterator[Lived]:
    """Live through parts, each into a run of its own. Raises WorldFailed where a worker is lost."""
    assignment = Assignment(mapping, years.seed, years.until, years.policies, years.tables, years.keyring)
    tasks = (Task(part, room / f"{number:05}.run") for number, part in parts)
    if min(workers, len(parts)) == 1:
        yield from (live_one(task, assignment) for task in tasks)
        return
    with team(_TRADE, assignment, min(workers, len(parts))) as hands:
        yield from answers(hands, tasks)
