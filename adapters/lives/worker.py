"""A process that lives through one part of a population after another."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import msgspec

from adapters.documents.mapping import Mapping
from adapters.garbage import without_collecting
from adapters.keys.keyring import KeyringPlace
from adapters.lives.office import Office
from adapters.lives.part import live_part
from adapters.lives.runs import write_run
from adapters.lives.sending import Happened
from adapters.lives.tables import load_tables
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import MissedOut
from adapters.surveys.parts import SurveyPart
from adapters.surveys.survey import Survey
from adapters.team import Tell, Work, serve
from domain.policies import Policies


class Assignment(msgspec.Struct, frozen=True):
    """What all parts have in common. Secrets are not handed around: a worker opens the keyring itself."""

    mapping: Mapping
    seed: int
    until: date
    policies: Policies
    tables: Path
    keyring: KeyringPlace


class Task(msgspec.Struct, frozen=True):
    """One part, and where its run is to be."""

    part: SurveyPart
    run: Path


class Lived(msgspec.Struct, frozen=True):
    """What became of a part. `not_read` are households that the mapping cannot read; `seconds` are of one core."""

    run: Path
    submissions: int
    not_read: int
    happened: Happened
    seconds: float


def live_one(task: Task, assignment: Assignment) -> Lived:
    """Live through one part, and leave its submissions in a run."""
    begun = time.process_time()
    survey = Survey(assignment.mapping, *task.part)
    firsts, not_read = [], 0
    with without_collecting():
        for _, outcome in survey.submissions():
            if isinstance(outcome, MissedOut):
                firsts.append(outcome)
            else:
                not_read += outcome.households
        ordered, happened = live_part(
            firsts,
            assignment.seed,
            load_tables(assignment.tables),
            Office(assignment.policies),
            Sealer(assignment.keyring.open()),
            assignment.until,
        )
        number = write_run(task.run, ordered)
    return Lived(task.run, number, not_read, happened, round(time.process_time() - begun, 3))


@contextmanager
def ready(assignment: Assignment) -> Iterator[Work]:
    """Be ready for parts."""

    def work(task: Task, _: Tell) -> Lived:
        return live_one(task, assignment)

    yield work


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    serve(descriptor, ready)
