"""Finding the processes of an embedded server that its keeper did not start itself."""

import os
import signal
from pathlib import Path


def processes_in(folder: Path, program: str) -> list[int]:
    """Find the server's processes: each has the folder of its data as its working folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == folder and (entry / "exe").readlink().name.startswith(program):
                found.append(int(entry.name))
        except OSError:  # it has ended, or belongs to another user and so is no server of ours
            continue
    return found


def signal_one(pid: int, number: signal.Signals, *, among: list[int]) -> None:
    """Signal a process if it is one of those that were found, and is still there."""
    if pid in among:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
