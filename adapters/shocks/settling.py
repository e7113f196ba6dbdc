"""Waiting, within bounds, until the answers are all of one position: while `run` gets on, it is given time."""

import time
from collections.abc import Callable

from adapters.log import EventLog
from adapters.postgres.moment import moment
from adapters.shocks.thresholds import Reached, reached_at

WAIT_SECONDS_MAX = 60.0
"""How long is waited in all; a re-assessment of the nation takes longer, and is refused then (ours)."""
STILL_SECONDS_MAX = 5.0
"""How long nothing may move: then nobody is at work, and waiting longer would not help (ours)."""
POLL_SECONDS = 0.25

Say = Callable[[str], None]


def await_settled(dsn: str, log: EventLog, say: Say) -> None:
    """Wait until the answers are of one position, at most for WAIT_SECONDS_MAX, or until nothing moves any more.

    It refuses nothing: whoever asks then sees where they stand.
    """
    begun = moved_at = time.monotonic()
    before = _reached(dsn, log)
    if before.is_settled:
        return
    say(
        f"The answers stand at {before.projected:,} and the assessments at {before.assessed:,}: waiting for `run` to "
        f"catch up, up to {WAIT_SECONDS_MAX:.0f} s."
    )
    while time.monotonic() - begun < WAIT_SECONDS_MAX and time.monotonic() - moved_at < STILL_SECONDS_MAX:
        time.sleep(POLL_SECONDS)
        reached = _reached(dsn, log)
        if reached.is_settled:
            return
        if reached != before:
            before, moved_at = reached, time.monotonic()


def _reached(dsn: str, log: EventLog) -> Reached:
    with moment(dsn) as ask:
        return reached_at(ask, log)
