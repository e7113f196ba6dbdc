"""How much memory a measurement takes: ours, our workers' and the server's, with what they share counted once."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

PAUSE_SECONDS = 0.5
PAUSES_FOR_A_LOOK = 50
"""A look walks through every page that is shared, up to 0.2 s: it takes one part in so many of the time at most."""
PROC = Path("/proc")
_KB_IN_MB = 1024


class Peak:
    """The most that was taken at any moment that was looked at, in MB."""

    def __init__(self) -> None:
        self.mb = 0.0

    def look(self, roots: set[int]) -> None:
        """Look once."""
        self.mb = max(self.mb, sum(map(_pss_kb, family_of(roots))) / _KB_IN_MB)


@contextmanager
def watched(*servers: int) -> Iterator[Peak]:
    """Watch this process, those it starts, and the servers with theirs, while the block runs."""
    peak, stop = Peak(), Event()

    def watch() -> None:
        pause = PAUSE_SECONDS
        while not stop.wait(pause):
            started = time.thread_time()
            peak.look({os.getpid(), *servers})
            pause = max(PAUSE_SECONDS, PAUSES_FOR_A_LOOK * (time.thread_time() - started))

    thread = Thread(target=watch, name="memory", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()
        peak.look({os.getpid(), *servers})


def family_of(roots: set[int]) -> set[int]:
    """These processes and all that descend from them."""
    parents = dict(filter(None, (_parent(int(path.name)) for path in PROC.iterdir() if path.name.isdecimal())))
    found = set(roots)
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _parent(process: int) -> tuple[int, int] | None:
    try:
        after_name = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None  # it has ended
    return process, int(after_name[1])


def _pss_kb(process: int) -> int:
    """The memory of a process, in kB; of a page that several share, its part."""
    try:
        lines = (PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
