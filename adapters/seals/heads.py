"""The heads tree: a Merkle tree over (stream, last version, leaf hash of the last event), in the order of the ids.

    stream (16) | version (8) | leaf (32)

With it the last events of a household cannot be withheld, and that a household does not exist is shown by the two
neighbours between which it would stand. It is made from the entries of the log's tree alone, so that whoever has a copy
of that can make it too. From the heads before and the entries since, DuckDB sorts it, on disk where memory is short.
"""

import mmap
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self
from uuid import UUID

import duckdb
import numpy as np
import pyarrow as pa

from adapters.faults import WorldFailed
from adapters.seals.durable import flush_folder
from adapters.seals.merkle import HASH_BYTES, leaf_hash
from adapters.seals.not_proved import NotProved
from adapters.seals.published import HEADS
from adapters.seals.tile_paths import ENTRIES, TILE_HASHES, tile_path
from adapters.seals.tiles import Tiles

ROW_BYTES = 56
ROWS = "rows"
TREES_KEPT = 2
"""Heads trees kept beside each other; an older one can be made again from the entries."""
MEMORY_LIMIT = "1GB"
_ROWS_AT_ONCE = 100_000
_BUNDLES_AT_ONCE = 400
_PART = "unfinished"

_ENTRY = np.dtype(
    [
        ("length", ">u2"),
        ("format", "u1"),
        ("kind", "u1"),
        ("stream", "V16"),
        ("version", ">u8"),
        ("previous", "V32"),
        ("record", "V32"),
    ]
)
_ROW = np.dtype([("stream", "V16"), ("version", ">u8"), ("leaf", "V32")])
_SCHEMA = pa.schema([("stream", pa.binary()), ("version", pa.int64()), ("leaf", pa.binary())])
_ENDS = "SELECT stream, max(version), arg_max(leaf, version) FROM ends GROUP BY stream ORDER BY stream"


class Head(NamedTuple):
    """Where a stream ended: its last version, and the leaf hash of its last event."""

    stream: UUID
    version: int
    leaf: bytes

    @classmethod
    def read(cls, row: bytes) -> Self:
        """Read a row of the tree. Raises NotProved."""
        if len(row) != ROW_BYTES:
            raise NotProved(f"a row of the heads tree has {ROW_BYTES} bytes, and this has {len(row)}")
        return cls(UUID(bytes=row[:16]), int.from_bytes(row[16:24], "big"), row[24:])

    @property
    def row(self) -> bytes:
        """The row, which is the entry of the heads tree."""
        return self.stream.bytes + self.version.to_bytes(8, "big") + self.leaf


class HeadsTree:
    """A heads tree on disk, up to a position of the log."""

    def __init__(self, folder: Path) -> None:
        self.until_position = int(folder.name)
        self._rows = (folder / ROWS).read_bytes() if (folder / ROWS).stat().st_size == 0 else _mapped(folder / ROWS)
        self.tree = Tiles(folder, len(self._rows) // ROW_BYTES)

    def __len__(self) -> int:
        return self.tree.size

    def head(self, index: int) -> Head:
        """The row at an index."""
        return Head.read(bytes(self._rows[index * ROW_BYTES : (index + 1) * ROW_BYTES]))

    def index_of(self, stream: UUID) -> int:
        """Index of a stream's row; where it has none, of the first one after it."""
        wanted, begin, end = stream.bytes, 0, len(self)
        while begin < end:
            middle = (begin + end) // 2
            if bytes(self._rows[middle * ROW_BYTES : middle * ROW_BYTES + 16]) < wanted:
                begin = middle + 1
            else:
                end = middle
        return begin


def heads_folder(folder: Path, until_position: int) -> Path:
    """Where the heads tree up to a position lies, beside the tiles of the log's tree."""
    return folder / HEADS / str(until_position)


def heads_trees(folder: Path) -> list[int]:
    """Positions up to which there are heads trees, oldest first."""
    parent = folder / HEADS
    return sorted(int(one.name) for one in parent.iterdir() if one.name.isdigit()) if parent.is_dir() else []


def open_or_make_heads(tree: Tiles, until_position: int) -> HeadsTree:
    """Open the heads tree up to a position that the log's tree reaches, or make it. Raises NotProved or WorldFailed."""
    place = heads_folder(tree.folder, until_position)
    if not place.is_dir():
        _make(tree, until_position, place)
    return HeadsTree(place)


def drop_older_heads(folder: Path, keep: int = TREES_KEPT) -> None:
    """Remove all heads trees but the newest."""
    for until_position in heads_trees(folder)[:-keep]:
        shutil.rmtree(heads_folder(folder, until_position))


def _make(tree: Tiles, until_position: int, place: Path) -> None:
    making = place.with_name(f"{place.name}.{_PART}")
    shutil.rmtree(making, ignore_errors=True)
    try:
        making.mkdir(parents=True)
        with _sorted_ends(tree, until_position, making) as batches, (making / ROWS).open("wb") as rows:
            heads = Tiles(making)
            for batch in batches:
                content = _rows_of(batch)
                rows.write(content)
                hashes = [leaf_hash(content[at : at + ROW_BYTES]) for at in range(0, len(content), ROW_BYTES)]
                before, heads = heads.size, heads.append_hashes(b"".join(hashes))
                heads.drop_outgrown(before)
            rows.flush()
        making.rename(place)
        flush_folder(place.parent)
    except (OSError, duckdb.Error) as failure:
        raise WorldFailed(f"The heads tree cannot be made under {place.parent} ({failure}).") from failure


@contextmanager
def _sorted_ends(tree: Tiles, until_position: int, making: Path) -> Iterator[Iterator[pa.RecordBatch]]:
    """The last version of each stream with its leaf hash, in the order of the streams' ids."""
    earlier = [position for position in heads_trees(tree.folder) if position <= until_position]
    since = earlier[-1] if earlier else 0
    connection = duckdb.connect()
    try:
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'; SET temp_directory = '{making / 'sorting'}'")
        ends = pa.RecordBatchReader.from_batches(_SCHEMA, _ends(tree, since, until_position))
        connection.register("ends", ends)
        yield iter(connection.sql(_ENDS).to_arrow_reader(_ROWS_AT_ONCE))
    finally:
        connection.close()
        shutil.rmtree(making / "sorting", ignore_errors=True)


def _ends(tree: Tiles, since: int, until_position: int) -> Iterator[pa.RecordBatch]:
    """The rows of the heads tree before, then every entry since, of which some are ends."""
    if since:
        rows = np.memmap(heads_folder(tree.folder, since) / ROWS, _ROW, "r")
        for begin in range(0, len(rows), _ROWS_AT_ONCE):
            yield _batch(rows[begin : begin + _ROWS_AT_ONCE])
    for first in range(since // TILE_HASHES, (until_position + TILE_HASHES - 1) // TILE_HASHES, _BUNDLES_AT_ONCE):
        last = min(first + _BUNDLES_AT_ONCE, (until_position + TILE_HASHES - 1) // TILE_HASHES)
        found = np.concatenate([_bundle(tree, number) for number in range(first, last)])
        begin, end = max(0, since - first * TILE_HASHES), until_position - first * TILE_HASHES
        yield _batch(found[begin:end])


def _bundle(tree: Tiles, number: int) -> np.ndarray:
    """Streams, versions and leaf hashes of a bundle, without reading each entry by itself."""
    entries = tree.entries(number)
    content = b"".join(entries)
    if len(content) != len(entries) * (_ENTRY.itemsize - 2):
        raise NotProved(f"the bundle {tile_path(ENTRIES, number)} holds an entry of another length")
    read = np.frombuffer(content, np.dtype([(name, _ENTRY[name]) for name in (_ENTRY.names or ())[1:]]))
    found = np.empty(len(read), _ROW)
    found["stream"], found["version"] = read["stream"], read["version"]
    found["leaf"] = np.frombuffer(tree.tile(0, number), "V32")
    return found


def _batch(rows: np.ndarray) -> pa.RecordBatch:
    columns = [
        _as_binary(rows["stream"], 16),
        pa.array(rows["version"].astype(np.int64)),
        _as_binary(rows["leaf"], HASH_BYTES),
    ]
    return pa.record_batch(columns, schema=_SCHEMA)


def _as_binary(values: np.ndarray, width: int) -> pa.Array:
    content = pa.py_buffer(np.ascontiguousarray(values).tobytes())
    fixed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(values), [None, content])
    return fixed.cast(pa.binary())


def _rows_of(batch: pa.RecordBatch) -> bytes:
    rows = np.empty(len(batch), _ROW)
    for name, column in zip(("stream", "version", "leaf"), batch.columns, strict=True):
        if name == "version":
            rows[name] = column.to_numpy()
        else:
            fixed = column.cast(pa.binary(_ROW[name].itemsize))
            rows[name] = np.frombuffer(fixed.buffers()[1], _ROW[name])[fixed.offset : fixed.offset + len(fixed)]
    return rows.tobytes()


def _mapped(place: Path) -> mmap.mmap:
    with place.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
