"""Processor time of several processes: ours, those that we start, and the servers that work for us."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.bench.memory import PROC, family_of

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_OWN, _OF_ENDED_CHILDREN = slice(11, 13), slice(13, 15)


class Spent:
    """Seconds of processor that each of the named families of processes took while a block ran."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}


@contextmanager
def spending(families: dict[str, int]) -> Iterator[Spent]:
    """Watch families of processes, each by the number of its eldest. Those that have ended count by their parent."""
    before = {name: _seconds(root) for name, root in families.items()}
    spent = Spent()
    yield spent
    spent.seconds = {name: _seconds(root) - before[name] for name, root in families.items()}


def _seconds(root: int) -> float:
    own = sum(_ticks(process, _OWN) for process in family_of({root}))
    return (own + _ticks(root, _OF_ENDED_CHILDREN)) / _TICKS_A_SECOND


def _ticks(process: int, fields: slice) -> int:
    try:
        after_name = (Path(PROC) / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0  # it has ended, and its parent knows what it took
    return sum(map(int, after_name[fields]))
