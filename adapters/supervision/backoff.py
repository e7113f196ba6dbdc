"""When a worker that ended is started again, and when it is left down. Pure."""

from collections.abc import Sequence

PAUSE_SECONDS = 0.5
PAUSE_SECONDS_MAX = 30.0
STOOD_SECONDS = 60.0
"""A worker that stood so long has recovered: what went wrong before no longer counts."""
FAILURES_MAX = 8
"""So many in a row, none of which stood: with the pauses between them, some minutes. Then somebody must look."""


def failures_in_a_row(stood_seconds: Sequence[float]) -> int:
    """Count the last starts that did not stand, of how long each stood, oldest first."""
    number = 0
    for seconds in reversed(stood_seconds):
        if seconds >= STOOD_SECONDS:
            break
        number += 1
    return number


def find_pause_seconds(failures: int) -> float | None:
    """Return how long to wait before the next start after so many failures in a row; None to leave it down.

    A worker that had stood is started again at once.
    """
    if failures >= FAILURES_MAX:
        return None
    return min(PAUSE_SECONDS_MAX, PAUSE_SECONDS * 2 ** (failures - 1)) if failures else 0.0
