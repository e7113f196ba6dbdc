"""Takes what partners sent and is killed before it acknowledges: `reports_process.py URL`, with GHARANA_HOME set."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from adapters.nats.line import open_line
from adapters.nats.reports import Intake, Sent
from adapters.nats.taking import take_next
from adapters.registry.feed_door import agreed
from adapters.registry.opening import open_registry


class KilledBeforeItAcknowledges(Intake):
    def acknowledge(self, _: Sequence[Sent]) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    with open_registry(os.environ, make=False) as registry, open_line(sys.argv[1]) as line:
        take_next(registry, KilledBeforeItAcknowledges(line, agreed(registry).known))
