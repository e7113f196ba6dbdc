"""The projector as a follower among others, though its work is done by a process of its own."""

import time

from adapters.companion import Companion
from adapters.followers.projector import PROJECTOR
from adapters.log import EventLog

LOOK_SECONDS = 0.02
"""How often it is looked at while it is behind and the others have nothing to do."""
LAST_BATCH_SECONDS_MAX = 30.0
ADVICE = "What it recorded is whole; it goes on from there."


class ProjectorElsewhere:
    """Says how far the projector is by its checkpoint, and starts it anew after a fault.

    Should this process be killed, the other one ends after its batch; until then nobody else can be `alone`.
    """

    name = PROJECTOR
    is_idle = True
    """It has no work but the log."""

    def __init__(self, log: EventLog, dsn: str) -> None:
        self._log = log
        self._dsn = dsn
        self._companion: Companion | None = None
        self.load()

    def load(self) -> None:
        """Begin, or begin again after a failure, from what is stored."""
        self.end()
        self._companion = Companion("adapters.postgres.projector_process", "the projector", ADVICE)
        self._companion.tell(self._dsn)
        self.position = self._log.checkpoint(PROJECTOR)

    def step(self) -> bool:
        """See how far it is; False when it is at the end of the log. Raises what it raised."""
        companion = self._companion
        assert companion is not None, "it was let go"
        if companion.pipe.poll():
            companion.hear()
        before, self.position = self.position, self._log.checkpoint(PROJECTOR)
        if self.position >= self._log.last_position():
            return False
        if self.position == before:
            time.sleep(LOOK_SECONDS)
        return True

    def end(self) -> None:
        """Let it go, after the batch that it is writing."""
        companion, self._companion = self._companion, None
        if companion is not None:
            companion.end(LAST_BATCH_SECONDS_MAX)
