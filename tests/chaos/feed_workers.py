"""The workers of every `run` that is up, found in the files in which an operator finds them, too."""

import time
from pathlib import Path

from adapters.supervision.condition import State
from adapters.supervision.records import WorkerRecord, read_records

WORKING_SECONDS_MAX = 5.0
"""After a kill, somebody works again in this time, unless a server is away; then another one is as good to kill."""
FOUND_SECONDS_MAX = 60.0
_LOOK_SECONDS = 0.05


def find_at_work(home: Path, worker: str, supervisors: set[int]) -> int:
    """Return the process that does a worker's work; where none does, one that would like to.

    What those are doing whose supervisor is gone does not count: they are coming to their end.
    """
    begun = time.monotonic()
    while True:
        found = [each for each in read_records(home) if each.worker == worker and _is_of(each, supervisors)]
        found.sort(key=lambda each: (each.state is not State.WORKING, each.state is State.STANDING_BY))
        seconds = time.monotonic() - begun
        if found and (found[0].state is State.WORKING or seconds > WORKING_SECONDS_MAX):
            assert found[0].pid is not None
            return found[0].pid
        assert seconds < FOUND_SECONDS_MAX, f"there is no {worker}"
        time.sleep(_LOOK_SECONDS)


def supervisor_of(pid: int) -> int | None:
    """Return the process that started this one; None where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[1])


def _is_of(record: WorkerRecord, supervisors: set[int]) -> bool:
    return record.pid is not None and supervisor_of(record.pid) in supervisors


def faults(journal: str) -> list[str]:
    """Return the lines of a journal that tell of a worker that failed, was refused its work or was left down."""
    return [
        line
        for line in journal.splitlines()
        if "Traceback" in line or any(f'"event":"{event}"' in line for event in ("failed", "refused", "down"))
    ]
