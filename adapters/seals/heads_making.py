"""Making the heads tree, from the heads before and the entries of the log's tree since, sorted on disk by DuckDB.

Whoever has a copy of the log's tree can make it too: nothing is asked of the database.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from adapters.durable import flush_folder
from adapters.faults import WorldFailed
from adapters.seals.heads import ROW_BYTES, ROWS, heads_folder, heads_trees
from adapters.seals.merkle import HASH_BYTES, leaf_hash
from adapters.seals.not_proved import NotProved
from adapters.seals.tile_paths import ENTRIES, TILE_HASHES, tile_path
from adapters.seals.tiles import Tiles

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


def make_heads(tree: Tiles, until_position: int, place: Path, *, upon_earlier: bool = True) -> None:
    """Make the heads tree up to a position in a folder, whole or not at all. Raises NotProved or WorldFailed.

    Not `upon_earlier` heads: from the entries alone, as somebody does who believes nothing else.
    """
    earlier = heads_trees(tree.folder) if upon_earlier else []
    making = place.with_name(f"{place.name}.{_PART}")
    shutil.rmtree(making, ignore_errors=True)
    try:
        making.mkdir(parents=True)
        with _sorted_ends(tree, earlier, until_position, making) as batches, (making / ROWS).open("wb") as rows:
            heads = Tiles(making)
            for batch in batches:
                content = _rows_of(batch)
                rows.write(content)
                hashes = [leaf_hash(content[at : at + ROW_BYTES]) for at in range(0, len(content), ROW_BYTES)]
                before, heads = heads.size, heads.append_hashes(b"".join(hashes))
                heads.drop_outgrown(before)
            rows.flush()
            os.fsync(rows.fileno())  # the next heads are made from them
        making.rename(place)
        flush_folder(place.parent)
    except (OSError, duckdb.Error) as failure:
        raise WorldFailed(f"The heads tree cannot be made under {place.parent} ({failure}).") from failure


@contextmanager
def _sorted_ends(
    tree: Tiles, earlier: list[int], until_position: int, making: Path
) -> Iterator[Iterator[pa.RecordBatch]]:
    """The last version of each stream with its leaf hash, in the order of the streams' ids."""
    since = max((position for position in earlier if position <= until_position), default=0)
    connection = duckdb.connect()
    try:
        connection.execute("SET memory_limit = $1", [MEMORY_LIMIT])
        connection.execute("SET temp_directory = $1", [str(making / "sorting")])
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
