"""Files that are whole and on disk, or not there: written beside their place, flushed, and renamed into it.

A flush takes the disk a millisecond or more, and hundreds at once hardly more than one: files of a batch are flushed
side by side. Nothing is renamed before all of them are on disk.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from adapters.faults import WorldFailed

FLUSHES_AT_ONCE = 16
UNFINISHED = ".unfinished"
"""Ends the name of a file that is being written; one that is left behind belongs to nobody."""


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their paths under a folder; when this returns, all of them survive a power failure.

    A file that stands there already is replaced. Raises WorldFailed.
    """
    try:
        places = {folder / path: content for path, content in files.items()}
        parents = {place.parent for place in places}
        made = [parent for parent in parents if _make(parent)]
        with ThreadPoolExecutor(FLUSHES_AT_ONCE, "flush") as flushing:
            list(flushing.map(_write_unfinished, places.items()))
            for place in places:
                _unfinished(place).replace(place)
            list(flushing.map(flush_folder, {*parents, *(above for parent in made for above in parent.parents)}))
    except OSError as failure:
        raise WorldFailed(
            f"The seals cannot be written under {folder} ({failure.strerror}). Make room or give access; what was"
            " sealed before stands."
        ) from failure


def write_file(place: Path, content: bytes) -> None:
    """Write one file as `write_files` does."""
    write_files(place.parent, {place.name: content})


def flush_folder(folder: Path) -> None:
    """Bring the names in a folder to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make(folder: Path) -> bool:
    if folder.is_dir():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    return True


def _write_unfinished(file: tuple[Path, bytes]) -> None:
    place, content = file
    descriptor = os.open(_unfinished(place), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        with os.fdopen(descriptor, "wb", buffering=0, closefd=False) as out:
            written = out.write(content)
        if written != len(content):
            raise OSError(0, "the disk took a part only")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unfinished(place: Path) -> Path:
    return place.with_name(place.name + UNFINISHED)
