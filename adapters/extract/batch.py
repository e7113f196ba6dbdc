"""Households gathered row by row, and written as one part of an extract: two Parquet files."""

from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from adapters.columnar.sources import HOUSEHOLD
from adapters.extract.columns import (
    KEYS_OF_PEOPLE,
    NULL,
    OF_HOUSEHOLDS,
    OF_PEOPLE,
    STANDING,
    VALUE_MAX,
    programme_columns,
    read_household,
    read_member,
    read_standing,
)
from adapters.extract.manifest import ExtractedFile, Part, sha256_of
from adapters.faults import WorldFailed
from domain.household.state import Household
from domain.policies import InForce
from domain.questionnaire.codes import Outcome
from domain.standing import Conclusion, conclude_beside_score

HOUSEHOLDS_MAX = 200_000
"""Households in one part: some 300 MB while they are gathered, 13 MB as Parquet."""
GROUP_ROWS = 262_144

Ranges = dict[str, tuple[int, int]]


class WrittenPart(msgspec.Struct, frozen=True):
    """A part that was written, and the ranges of its counted columns."""

    part: Part
    households: Ranges
    people: Ranges


class Batch:
    """The rows of one part. Raises WorldFailed for a number that no column holds."""

    def __init__(self, in_force: InForce) -> None:
        self._programmes = in_force.programmes
        names = [name for each in in_force.programmes for name in programme_columns(each.programme_id)]
        self._types: dict[str, str] = {each.name: each.type for each in OF_HOUSEHOLDS} | dict(STANDING)
        self._types |= {name: "int16" if name.startswith("recipients__") else "int8" for name in names}
        self._ids = bytearray()
        self._positions = array("q")
        self._scores = array("d")
        self._rows = array("i")
        self._people = array("i")
        self.count = 0

    def add(
        self,
        household_id: UUID | bytes,
        household: Household,
        *,
        position: int,
        score: float | None,
        status: int,
        conclusions: Mapping[str, Conclusion],
    ) -> None:
        """Take one household in, as it is folded and as it stands."""
        row: list[int] = [*read_household(household), *read_standing(household, status)]
        for programme in self._programmes:
            stands = conclusions.get(programme.programme_id)
            beside = conclude_beside_score(programme, household)
            row += (
                Outcome.INELIGIBLE if stands is None else stands.outcome,
                beside.outcome,
                len(beside.recipients),
            )
        number = self.count
        people = self._people
        try:
            self._rows.extend(row)
            for place, member in enumerate(household.roster.values()):
                people.append(number)
                people.append(place)
                people.extend(read_member(member))
        except OverflowError as fault:
            raise WorldFailed(
                f"Household {household_id!s} holds a number over {VALUE_MAX:,}, which no column takes."
            ) from fault
        self._ids += household_id if isinstance(household_id, bytes) else household_id.bytes
        self._positions.append(position)
        self._scores.append(float("nan") if score is None else score)
        self.count += 1

    def write(self, folder: Path, number: int) -> WrittenPart:
        """Write both files of the part."""
        households, people = self._households(), self._people_table()
        part = Part(
            _write(households, folder / f"households-{number:05}.parquet"),
            _write(people, folder / f"people-{number:05}.parquet"),
        )
        return WrittenPart(part, _ranges(households), _ranges(people))

    def _households(self) -> pa.Table:
        scores = np.frombuffer(self._scores, np.float64)
        columns: dict[str, pa.Array] = {
            HOUSEHOLD: pa.array(np.arange(self.count, dtype=np.int32)),
            "household_id": pa.FixedSizeBinaryArray.from_buffers(
                pa.binary(16), self.count, [None, pa.py_buffer(bytes(self._ids))]
            ).cast(pa.binary()),
            "position": pa.array(np.frombuffer(self._positions, np.int64)),
            "score": pa.array(scores, mask=np.isnan(scores)),
        }
        return pa.table(columns | _columns(self._rows, self._types))

    def _people_table(self) -> pa.Table:
        types = {HOUSEHOLD: "int32", KEYS_OF_PEOPLE[1]: "int16"} | {each.name: each.type for each in OF_PEOPLE}
        return pa.table(_columns(self._people, types))


def _columns(rows: "array[int]", types: Mapping[str, str]) -> dict[str, pa.Array]:
    """Turn rows that lie one after another into columns, each in its own type."""
    table = np.frombuffer(rows, np.int32).reshape(-1, len(types)) if rows else np.empty((0, len(types)), np.int32)
    return {name: column_of(table[:, place], type_) for place, (name, type_) in enumerate(types.items())}


def column_of(values: np.ndarray, type_: str) -> pa.Array:
    """One column, null where nothing was recorded. A count that is too large for its type makes the column wider."""
    absent = values == NULL
    known = np.where(absent, 0, values)
    ends = np.iinfo(type_)
    if known.size and (known.min() < ends.min or known.max() > ends.max):
        type_ = "int32"
    return pa.array(known.astype(type_), mask=absent if absent.any() else None)


def _write(table: pa.Table, path: Path) -> ExtractedFile:
    try:
        pq.write_table(table, path, compression="zstd", compression_level=1, row_group_size=GROUP_ROWS)
        return ExtractedFile(path.name, table.num_rows, path.stat().st_size, sha256_of(path))
    except OSError as failure:
        path.unlink(missing_ok=True)
        raise WorldFailed(
            f"{path} cannot be written ({failure.strerror or failure}). The extract was not made: make room and run it "
            "again."
        ) from failure


def _ranges(table: pa.Table) -> Ranges:
    counted: Sequence[str] = [
        each.name
        for each in (*OF_HOUSEHOLDS, *OF_PEOPLE)
        if each.source.words is None and each.name in table.column_names
    ]
    found: Ranges = {}
    for name in counted:
        values = table[name].drop_null().to_numpy()
        found[name] = (min(0, int(values.min())), max(0, int(values.max()))) if len(values) else (0, 0)
    return found
