"""What an extract is: of which registry, at which position of the log, under which policies, in which files.

The manifest is written last: a folder without one holds no extract.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow.parquet as pq
from pyarrow import ArrowException

from adapters.faults import Refused, WorldFailed
from domain.policies import InForce
from domain.programme import CutOffSet, Rule
from domain.scorecard.canonical import decode_card
from domain.scorecard.card import Scorecard

FORMAT: Final = "gharana-extract/2"
MANIFEST: Final = "manifest.json"
AGAIN: Final = "Run `extract` again."
MANIFEST_BYTES_MAX: Final = 100_000_000


class ExtractedProgramme(msgspec.Struct, frozen=True):
    """A programme as it was in force when the extract was made: with a cut-off, a `poorest_percent`, or neither."""

    programme: str
    rule: Rule
    rule_version: int
    cutoff: CutOffSet | None
    poorest_percent: int | None = None


class ExtractedFile(msgspec.Struct, frozen=True):
    """One Parquet file: its name, its rows, its bytes and their SHA-256."""

    name: str
    rows: int
    bytes: int
    sha256: str


class Part(msgspec.Struct, frozen=True):
    """Some households and the people in them; `household` numbers both from 0 within the part."""

    households: ExtractedFile
    people: ExtractedFile


class Manifest(msgspec.Struct, frozen=True):
    """The description of an extract.

    `position`: of the log, up to which every household is taken in; `log_position`: the last one then, beyond it only
    where the extract was made as it stood. `policies_position`: the last policy in force then.
    `merged` households, which are counted in another, are left out. Ranges are those of the counted columns.
    """

    format: str
    registry: str
    position: int
    log_position: int
    policies_position: int
    day: date
    scorecard: str | None
    scorecards: dict[str, bytes]
    """Content of the cards in force, by hash in hexadecimal."""
    programmes: tuple[ExtractedProgramme, ...]
    households: int
    people: int
    merged: int
    parts: tuple[Part, ...]
    ranges_of_households: dict[str, tuple[int, int]]
    ranges_of_people: dict[str, tuple[int, int]]

    def card(self, content_hash: bytes) -> Scorecard:
        """A card that was in force."""
        return decode_card(self.scorecards[content_hash.hex()])

    def find_programme(self, programme: str) -> ExtractedProgramme | None:
        """A programme that was open."""
        return next((each for each in self.programmes if each.programme == programme), None)


def programmes_of(in_force: InForce) -> tuple[ExtractedProgramme, ...]:
    """The programmes in force, parents first, as a manifest keeps them."""
    return tuple(
        ExtractedProgramme(each.programme_id, each.rule, each.rule_version, each.cutoff, each.poorest_percent)
        for each in in_force.programmes
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest under another name first: it is there as a whole or not at all."""
    waiting = folder / f"{MANIFEST}.part"
    waiting.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    waiting.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """Read an extract's manifest. Raises Refused where there is none, or one that cannot be read."""
    path = folder / MANIFEST
    if not path.exists():
        raise Refused(f"No extract stands in {folder}: `extract --out {folder}` makes one.")
    content = path.read_bytes()[:MANIFEST_BYTES_MAX]
    try:
        kind = msgspec.json.decode(content, type=dict[str, Any]).get("format")
        if kind != FORMAT:
            raise Refused(f"{path}: this is {kind!r}, and this program reads {FORMAT}. {AGAIN}")
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError) as fault:
        raise Refused(f"{path} is damaged ({fault}). {AGAIN}") from fault


def check_files(folder: Path, manifest: Manifest) -> None:
    """Hold every file against the manifest: that it is there, its length, its rows.

    Raises Refused with the first file that is not as it was written.
    """
    for part in manifest.parts:
        for file in (part.households, part.people):
            check_file(folder / file.name, file)


def check_file(path: Path, file: ExtractedFile, *, hashes: bool = False) -> None:
    """Hold one file against the manifest; with `hashes`, every byte of it. Raises Refused."""
    if not path.exists():
        raise Refused(f"{path} is missing, and the manifest names it. {AGAIN}")
    if (size := path.stat().st_size) != file.bytes:
        raise Refused(
            f"{path} has {size:,} bytes, and the manifest says {file.bytes:,}: it was cut or changed. {AGAIN}"
        )
    if hashes and sha256_of(path) != file.sha256:
        raise Refused(f"{path} is not the file that was written: its SHA-256 is another one. {AGAIN}")
    try:
        rows = pq.read_metadata(path).num_rows
    except (ArrowException, OSError) as fault:
        raise Refused(f"{path} is damaged and cannot be read as Parquet ({_first_line(fault)}). {AGAIN}") from fault
    if rows != file.rows:
        raise Refused(f"{path} holds {rows:,} rows, and the manifest says {file.rows:,}. {AGAIN}")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as failure:
        raise WorldFailed(f"{path} cannot be read ({failure.strerror}).") from failure


def _first_line(fault: Exception) -> str:
    return str(fault).splitlines()[0][:200] if str(fault) else type(fault).__name__


def widened(one: Mapping[str, tuple[int, int]], other: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """The ranges that hold both."""
    found = dict(one)
    for name, (low, high) in other.items():
        known = found.get(name, (low, high))
        found[name] = (min(low, known[0]), max(high, known[1]))
    return found
