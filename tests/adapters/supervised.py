"""A supervisor of made-up workers with short pauses: `supervised.py HOME WORKER...`; each says when it begins."""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from adapters.faults import Refused
from adapters.supervision import backoff, supervisor, worker
from adapters.supervision.records import recording

backoff.PAUSE_SECONDS = 0.01
backoff.FAILURES_MAX = 3
worker.END_SECONDS_MAX = 0.3
supervisor.KILL_AFTER_SECONDS = 0.6


def say(name):
    os.write(1, f"{name} {os.getpid()}\n".encode())


def steady(duty):
    say("steady")
    duty.condition.works()
    duty.stop.wait()
    say("ended")


def refused(_):
    say("refused")
    raise Refused("The key is missing: bring it back.")


def failing(_):
    say("failing")
    raise ValueError("broken\nDETAIL: a household")


def deaf(duty):
    say("deaf")
    duty.condition.works()
    while True:
        time.sleep(60)


WORKERS = {"steady": steady, "refused": refused, "failing": failing, "deaf": deaf}

if __name__ == "__main__":
    with recording(Path(sys.argv[1])) as records:
        chosen = {name: WORKERS[name] for name in sys.argv[2:]}
        sys.exit(supervisor.Supervisor(chosen, os.environ, records, "json").supervise())
