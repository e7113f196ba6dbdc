"""A process that brings one part of a survey after another to the door, started by an import."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from adapters.documents.mapping import Mapping
from adapters.registry.importing import Imported, Rejects, import_survey
from adapters.registry.opening import Registry, open_registry
from adapters.surveys.cut import digests_of, find_key
from adapters.surveys.members import Keys
from adapters.surveys.parts import SurveyPart
from adapters.surveys.plan import Key
from adapters.surveys.survey import Survey
from adapters.team import Tell, Work, serve


class Assignment(msgspec.Struct, frozen=True):
    """Through which mapping, and into which registry: the one that the environment names."""

    mapping: Mapping
    environ: dict[str, str]


class Check(msgspec.Struct, frozen=True):
    """Read both files of a part from end to end. Answered by `Checked`."""

    number: int
    part: SurveyPart


class Checked(msgspec.Struct, frozen=True):
    """A part is whole, and these are its keys."""

    number: int
    keys: Keys


class Digest(msgspec.Struct, frozen=True):
    """Look at the keys of a part. Answered by their digests."""

    part: SurveyPart


class Find(msgspec.Struct, frozen=True):
    """Look in a part for the key with this digest. Answered by `Found`."""

    part: SurveyPart
    digest: int


class Found(msgspec.Struct, frozen=True):
    """The key that was looked for, if it stands in this part."""

    part: SurveyPart
    key: Key | None


class Take(msgspec.Struct, frozen=True):
    """Bring a part that was checked to the door. Answered by what was imported; tells how many rows are done."""

    part: SurveyPart
    keys: Keys
    rejects: Path


Task = Check | Digest | Find | Take


@contextmanager
def ready(assignment: Assignment) -> Iterator[Work]:
    """Open the registry, which exists, and be ready for parts."""
    mapping = assignment.mapping
    with open_registry(assignment.environ, make=False) as registry:

        def work(task: Task, tell: Tell) -> Any:
            match task:
                case Check(number, part):
                    return Checked(number, Survey(mapping, *part).keys)
                case Digest(part):
                    return digests_of(mapping, part)
                case Find(part, digest):
                    return Found(part, find_key(digest, mapping, part))
                case Take(part, keys, rejects):
                    return _take(registry, Survey(mapping, *part, keys=keys), rejects, tell)

        yield work


def _take(registry: Registry, survey: Survey, rejects: Path, tell: Tell) -> Imported:
    try:
        return import_survey(registry.door, survey, Rejects(rejects), tell)
    finally:
        gc.collect()  # it is off while a part is read; connections and faults leave a few cycles behind


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    serve(descriptor, ready)
