"""A survey in one pair of files, or in two folders of parts: a part's people are in the file of the same name."""

from pathlib import Path
from typing import NamedTuple

from adapters.faults import Refused

NAMES_SHOWN_MAX = 3


class SurveyPart(NamedTuple):
    """A file of households and the file of their people."""

    households: Path
    members: Path


def parts_of(households: Path, members: Path) -> list[SurveyPart]:
    """The parts of a survey, in the order of their names.

    Raises Refused where one of the two is a folder and the other is not, or where a part has no counterpart.
    """
    if not (households.is_dir() or members.is_dir()):
        return [SurveyPart(households, members)]
    for path, other in ((households, members), (members, households)):
        if not path.is_dir():
            raise Refused(f"{other} is a folder and {path} is not: name two files, or two folders of parts.")
    ours, theirs = _files(households), _files(members)
    for folder, names in ((members, ours.keys() - theirs.keys()), (households, theirs.keys() - ours.keys())):
        if names:
            said = ", ".join(sorted(names)[:NAMES_SHOWN_MAX]) + (", ..." if len(names) > NAMES_SHOWN_MAX else "")
            raise Refused(f"{folder} lacks {said}: each part must be in both folders, under one name.")
    if not ours:
        raise Refused(f"{households} and {members} hold no files: name the folders of the parts.")
    return [SurveyPart(ours[name], theirs[name]) for name in sorted(ours)]


def _files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")}
