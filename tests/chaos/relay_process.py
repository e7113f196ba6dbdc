"""A relay that passes on a made-up feed until it is through or killed: `relay_process.py URL MESSAGES FENCE`."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from adapters.faults import WorldFailed
from adapters.memory.outgoing import MemoryOutgoing
from adapters.nats import relay as relays
from adapters.nats.frames import Fence
from adapters.nats.line import open_line
from tests.nats_servers import told

relays.WINDOW_MESSAGES = 100  # many windows to be killed in
AWAY_SECONDS = 0.1
READING_SECONDS = 0.4
"""Reading a window takes so long, that there is time to be killed on any machine."""


class SlowlyRead(MemoryOutgoing):
    def after(self, position, limit):
        time.sleep(READING_SECONDS)
        return super().after(position, limit)


def main(url: str, messages: int, fence: Fence) -> None:
    relay = relays.Relay(SlowlyRead(told(messages)), lambda: open_line(url), fence=fence)
    while relay.position < messages:
        try:
            relay.pass_on()
        except WorldFailed:
            time.sleep(AWAY_SECONDS)
    relay.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Fence(sys.argv[3]))
