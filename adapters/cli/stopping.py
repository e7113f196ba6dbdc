"""Being told to stop: what follows until then ends a step and not in the middle of one."""

import signal
from threading import Event
from types import FrameType


def told_to_stop() -> Event:
    """Return what is set once somebody interrupts or terminates this process, which then no longer ends it at once."""
    stop = Event()

    def end(_: int, __: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop
