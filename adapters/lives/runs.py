"""Runs: the submissions of one part in order, in a file that is read once; all runs together are read in one order.

A run is compressed, and lies beside the registry only until everything is sent.
"""

import heapq
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa

from adapters.faults import WorldFailed
from adapters.lives.sending import Sent

LENGTH_BYTES = 4
RUNS_MAX = 1_000
"""Files that are open at once; a nation of 35.6 million in parts of 50,000 households has 713."""


def write_run(path: Path, ordered: Iterable[Sent]) -> int:
    """Write a run; gives how many submissions are in it. Raises WorldFailed where the disk takes no more."""
    number = 0
    try:
        with pa.output_stream(str(path), compression="zstd") as run:
            for number, one in enumerate(ordered, 1):  # noqa: B007 - counted
                written = _encode(one)
                run.write(len(written).to_bytes(LENGTH_BYTES, "big") + written)
    except OSError as failure:
        raise WorldFailed(
            f"{path}: what was lived cannot be kept ({failure.strerror or failure}). Nothing was sent; make room "
            "and run the same again."
        ) from failure
    return number


def read_runs(paths: Iterable[Path]) -> Iterator[Sent]:
    """Everything in all runs, in the order in which it arrives; of each run one submission is in memory."""
    return heapq.merge(*(_read(path) for path in paths))


def _read(path: Path) -> Iterator[Sent]:
    with io.BufferedReader(pa.input_stream(str(path), compression="zstd")) as run:
        while length := run.read(LENGTH_BYTES):
            yield _decode(run.read(int.from_bytes(length, "big")))


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Sent).decode
