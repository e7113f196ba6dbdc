"""What a worker is doing; it is told when that changes, and not again for as long as it stays so."""

import time
from collections.abc import Callable
from enum import StrEnum


class State(StrEnum):
    """What a worker can be doing; an operator reads these words in `gharana status`."""

    STARTING = "starting"
    WORKING = "working"
    STANDING_BY = "standing by"
    WAITING = "waiting"
    """For a server that is away, or for something else outside the registry to be mended."""
    RESTARTING = "restarting"
    DOWN = "down"
    """Somebody must act before it is started again."""


class Condition:
    """The state of one worker, with the sentence that explains it. An outage is told once, and once when it is over."""

    def __init__(self, tell: Callable[[State, str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.state = State.STARTING
        self._tell = tell
        self._clock = clock
        self._since = clock()

    def works(self) -> None:
        """It does its work, or would if there were any."""
        waited_seconds = self._clock() - self._since
        back = f"Works again after {waited_seconds:,.0f} s." if self.state is State.WAITING else "Works."
        self._become(State.WORKING, back)

    def stands_by(self) -> None:
        """Another process does this work; this one takes over when that one is gone."""
        self._become(State.STANDING_BY, "Another process does this work; this one stands by.")

    def waits(self, why: str) -> None:
        """Something outside has failed, and is tried again until it is back."""
        self._become(State.WAITING, why)

    def _become(self, state: State, sentence: str) -> None:
        if state is not self.state:
            self.state, self._since = state, self._clock()
            self._tell(state, sentence)


def noticed(notice: Callable[[str], None]) -> Condition:
    """The condition of a work without a supervisor: outages and their ends are told in sentences."""
    was_away = False

    def tell(state: State, sentence: str) -> None:
        nonlocal was_away
        if state is State.WAITING or was_away:
            notice(sentence)
        was_away = state is State.WAITING

    return Condition(tell)
