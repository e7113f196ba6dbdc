"""A process that brings one part of a survey after another to the door, started by an import."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from adapters.documents.mapping import Mapping
from adapters.registry.importing import Imported, Rejects, import_survey
from adapters.registry.opening import open_registry
from adapters.surveys.parts import SurveyPart
from adapters.surveys.survey import Survey
from adapters.team import Tell, Work, serve


class Check(msgspec.Struct, frozen=True):
    """Read both files of a part from end to end. Answered by `Checked`."""

    number: int
    part: SurveyPart


class Checked(msgspec.Struct, frozen=True):
    """A part is whole."""

    number: int
    is_sorted: bool


class Take(msgspec.Struct, frozen=True):
    """Bring a part that was checked to the door. Answered by what was imported; tells how many rows are done."""

    part: SurveyPart
    is_sorted: bool
    rejects: Path


Task = Check | Take


@contextmanager
def ready(mapping: Mapping) -> Iterator[Work]:
    """Open the registry that the environment names, which exists, and be ready for parts."""
    with open_registry(os.environ, make=False) as registry:

        def work(task: Task, tell: Tell) -> Checked | Imported:
            if isinstance(task, Check):
                return Checked(task.number, Survey(mapping, *task.part).is_sorted)
            survey = Survey(mapping, *task.part, is_sorted=task.is_sorted)
            try:
                return import_survey(registry.door, survey, Rejects(task.rejects), tell)
            finally:
                gc.collect()  # it is off while a part is read; connections and faults leave a few cycles behind

        yield work


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    serve(descriptor, ready)
