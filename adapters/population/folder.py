"""The folder of a population: what may be written there, whole files only, and a manifest that comes last."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from adapters.faults import Refused, WorldFailed
from adapters.population.calibration import FOLDER
from adapters.population.schema import FORMAT

MANIFEST = "population.json"
UNFINISHED = "unfinished.json"
WRITING = ".writing"
"""What the name of a file ends with until it is whole."""
_BLOCK_BYTES = 1 << 20
_COMPRESSION_LEVEL = 1
_FAULT_CHARACTERS_MAX = 200


class Contents(msgspec.Struct, frozen=True):
    """One file of a part."""

    file: str
    rows: int
    sha256: str


class WrittenPart(msgspec.Struct, frozen=True):
    """The two files of a part."""

    number: int
    households: Contents
    people: Contents


class Purpose(msgspec.Struct, frozen=True):
    """What a folder is being filled with; only the same again may go on where a run ended."""

    seed: int
    households: int
    calibration: str
    part_households: int
    format: str = FORMAT


def purpose_of(seed: int, households: int, part_households: int) -> Purpose:
    """What a run fills a folder with: the size, the seed, and the tables it is calibrated to."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return Purpose(seed, households, digest.hexdigest(), part_households)


@contextmanager
def filling(folder: Path, purpose: Purpose) -> Iterator[None]:
    """Hold a folder while it is filled. Raises Refused where it holds anything else, or another run fills it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check(folder, purpose)
        marker = folder / UNFINISHED
        if not marker.exists():
            _put(marker, msgspec.json.encode(purpose))
        with marker.open("rb") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused(f"{folder}: another run fills this folder: wait for it or name another.") from None
            for name in ("households", "people"):
                (folder / name).mkdir(exist_ok=True)
                for left in (folder / name).glob(f"*{WRITING}"):
                    left.unlink()
            yield
            marker.unlink()
    except OSError as failure:
        raise WorldFailed(_could_not(folder, failure)) from failure


def _check(folder: Path, purpose: Purpose) -> None:
    if (folder / MANIFEST).exists():
        raise Refused(f"{folder}: holds a finished population already: name another folder.")
    marker = folder / UNFINISHED
    if not marker.exists():
        if any(folder.iterdir()):
            raise Refused(f"{folder}: is not empty, and holds no unfinished population: name another folder.")
        return
    try:
        begun = msgspec.json.decode(marker.read_bytes(), type=Purpose)
    except msgspec.DecodeError as failure:
        raise Refused(f"{marker}: cannot be read ({failure}): empty the folder or name another.") from failure
    if begun != purpose:
        was = f"{begun.households:,} households with seed {begun.seed}"
        if (begun.households, begun.seed) == (purpose.households, purpose.seed):
            was += " from other calibration tables"
        raise Refused(f"{folder}: holds the beginnings of {was}: empty the folder or name another.")


def find_part(folder: Path, number: int) -> WrittenPart | None:
    """A part that an earlier run finished, or nothing. Raises Refused where it is damaged, else WorldFailed."""
    paths = [_path(folder, kind, number) for kind in ("households", "people")]
    if not all(path.exists() for path in paths):
        return None
    return WrittenPart(number, *(Contents(str(path.relative_to(folder)), *_read(path)) for path in paths))


def _read(path: Path) -> tuple[int, str]:
    """Read a file to its end, which finds out where it is damaged: its rows and its hash."""
    try:
        with path.open("rb") as stream:
            rows = sum(batch.num_rows for batch in pq.ParquetFile(stream).iter_batches())
        return rows, _sha256(path)
    except (pa.ArrowException, OSError) as fault:
        if isinstance(fault, OSError) and fault.errno is not None:  # damage that Arrow finds has no number
            raise WorldFailed(
                f"{path}: cannot be read ({fault.strerror}): mend that, then run the same again."
            ) from fault
        why = str(fault).splitlines()[0][:_FAULT_CHARACTERS_MAX] if str(fault) else type(fault).__name__
        raise Refused(
            f"{path} is damaged and cannot be read as Parquet ({why}): remove this file, then run the same again; its "
            "part is made anew, and the same."
        ) from fault


def write_part(folder: Path, number: int, households: pa.Table, people: pa.Table) -> WrittenPart:
    """Write both files of a part, each whole or not at all. Raises WorldFailed where the disk does not take them."""
    try:
        return WrittenPart(
            number, _write(folder, "households", number, households), _write(folder, "people", number, people)
        )
    except OSError as failure:
        raise WorldFailed(_could_not(folder, failure)) from failure


def write_manifest(folder: Path, purpose: Purpose, parts: list[WrittenPart]) -> None:
    """Write what the folder holds: the sign that it is whole."""
    people = sum(part.people.rows for part in parts)
    content = {**msgspec.to_builtins(purpose), "people": people, "parts": msgspec.to_builtins(parts)}
    try:
        _put(folder / MANIFEST, json.dumps(_in_order(content), indent=1).encode() + b"\n")
    except OSError as failure:
        raise WorldFailed(_could_not(folder, failure)) from failure


def _in_order(content: dict[str, Any]) -> dict[str, Any]:
    first = ("format", "seed", "households", "people")
    return {name: content[name] for name in (*first, *(name for name in content if name not in first))}


def _path(folder: Path, kind: str, number: int) -> Path:
    return folder / kind / f"part-{number:05d}.parquet"


def _write(folder: Path, kind: str, number: int, table: pa.Table) -> Contents:
    path = _path(folder, kind, number)
    unfinished = path.with_name(path.name + WRITING)
    dictionaries = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    try:
        pq.write_table(
            table,
            unfinished,
            compression="zstd",
            compression_level=_COMPRESSION_LEVEL,
            use_dictionary=dictionaries,
            row_group_size=max(1, table.num_rows),
        )
        digest = _sha256(unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())  # or a power failure may leave the name and not what it stands for
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return Contents(str(path.relative_to(folder)), table.num_rows, digest)


def _put(path: Path, content: bytes) -> None:
    unfinished = path.with_name(path.name + WRITING)
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _could_not(folder: Path, failure: OSError) -> str:
    what = failure.strerror or str(failure)
    return f"{folder}: cannot be written ({what}): make room or mend it, then run the same again to go on."
