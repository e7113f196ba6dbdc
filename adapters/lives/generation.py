"""A population lived through part by part, by one worker or several; the same comes out with any number."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import msgspec

from adapters.documents.mapping import find_mapping, load_mapping
from adapters.faults import Refused, WorldFailed
from adapters.keys.file_keyring import open_key_file
from adapters.lives.office import Office
from adapters.lives.part import live_part
from adapters.lives.runs import RUNS_MAX, write_run
from adapters.lives.sending import Happened
from adapters.lives.tables import load_tables
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import MissedOut
from adapters.surveys.survey import Survey
from domain.policies import Policies


class Part(msgspec.Struct, frozen=True):
    """One part of a population: its number and its two files."""

    number: int
    households: Path
    people: Path


class Task(msgspec.Struct, frozen=True):
    """All that a worker needs to live through a part. It opens the key file itself: secrets are not handed around."""

    part: Part
    mapping: str
    seed: int
    until: date
    policies: Policies
    key_file: Path
    tables: Path
    run: Path


class Lived(msgspec.Struct, frozen=True):
    """What became of a part; `seconds` of one core."""

    run: Path
    submissions: int
    not_read: int
    happened: Happened
    seconds: float


def find_parts(folder: Path, chosen: range | None = None) -> list[Part]:
    """The parts of a population, or those chosen. Raises Refused where there is none or one lacks a file."""
    found = [
        Part(int(path.stem.removeprefix("part-")), path, folder / "people" / path.name)
        for path in sorted((folder / "households").glob("part-[0-9]*.parquet"))
    ]
    parts = [part for part in found if chosen is None or part.number in chosen]
    if not parts:
        which = "no part" if chosen is None else f"no part from {chosen.start} to {chosen.stop - 1}"
        raise Refused(f"{folder}: {which} of a population lies there: name a folder that `population` made.")
    if lacking := [part for part in parts if not part.people.exists()]:
        raise Refused(f"{lacking[0].people}: the file is missing: make the population again.")
    if len(parts) > RUNS_MAX:
        raise Refused(f"{folder}: {len(parts):,} parts are chosen, and at most {RUNS_MAX:,} go at once: use --parts.")
    return parts


def live(tasks: Sequence[Task], workers: int) -> Iterator[Lived]:
    """Live through parts, in this process or in several. Raises WorldFailed where a worker is killed."""
    if workers == 1 or len(tasks) == 1:
        yield from map(live_one, tasks)
        return
    try:
        with ProcessPoolExecutor(min(workers, len(tasks)), get_context("spawn")) as pool:
            for done in as_completed([pool.submit(live_one, task) for task in tasks]):
                yield done.result()
    except BrokenProcessPool as failure:
        raise WorldFailed(
            "A worker ended before its part was lived through, perhaps for want of memory: nothing was sent; run the "
            "same again, with fewer --workers if it goes on."
        ) from failure


def live_one(task: Task, clock: Callable[[], float] = time.process_time) -> Lived:
    """Live through one part, and leave its submissions in a run."""
    begun = clock()
    survey = Survey(load_mapping(find_mapping(task.mapping)), task.part.households, task.part.people)
    firsts, not_read = [], 0
    for _, outcome in survey.submissions():
        if isinstance(outcome, MissedOut):
            firsts.append(outcome)
        else:
            not_read += outcome.households
    sealer = Sealer(open_key_file(task.key_file))
    ordered, happened = live_part(
        firsts, task.seed, load_tables(task.tables), Office(task.policies), sealer, task.until
    )
    number = write_run(task.run, ordered)
    return Lived(task.run, number, not_read, happened, round(clock() - begun, 3))
