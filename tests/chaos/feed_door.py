"""A door with a clock that jumps: `feed_door.py SUBMISSIONS SEED PER_SECOND`.

The environment says which registry, as for bin/gharana. CHAOS_FOLDER is where the clock's offset stands, where the door
writes its answers, and where it finds out that it has to pause.
"""

import os
import sys
import time
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))

from adapters.faults import Refused, WorldFailed
from adapters.registry.opening import Registry, open_registry, utc_now
from adapters.submissions.sealing import Sealer
from tests.chaos.feed_submissions import submissions

BATCH = 25
AWAY_SECONDS = 0.3
FOLDER = Path(os.environ["CHAOS_FOLDER"])
ANSWERS, CLOCK, PAUSE = FOLDER / "answers", FOLDER / "clock", FOLDER / "pause"


def jumping() -> datetime:
    """The instant of now, as far off as the file says at this moment."""
    return utc_now() + timedelta(seconds=float(CLOCK.read_text() or 0) if CLOCK.exists() else 0)


def bring(registry: Registry, number: int, seed: int, per_second: float) -> None:
    """Bring everything that is not yet answered for, batch by batch; what failed is sent again, as a sender would."""
    done = ANSWERS.read_bytes().count(b"\n") if ANSWERS.exists() else 0
    remaining = islice(submissions(number, seed, Sealer(registry.keyring)), done, None)
    with ANSWERS.open("ab", buffering=0) as answers:
        while chunk := list(islice(remaining, BATCH)):
            begun = time.monotonic()
            said = _insist(registry, chunk)
            answers.write(b"".join(msgspec.json.encode(each) + b"\n" for each in said))
            time.sleep(max(0, begun + len(chunk) / per_second - time.monotonic()))
            while PAUSE.exists():
                time.sleep(0.05)


def _insist(registry: Registry, chunk: list) -> list:
    while True:
        try:
            registry.desk.open_day()
            return list(registry.door.submit_many(chunk))
        except WorldFailed as fault:
            sys.stderr.write(f"{fault}\n")
            time.sleep(AWAY_SECONDS)


def main(number: str, seed: str, per_second: str) -> int:
    try:
        with open_registry(os.environ, jumping, make=False) as registry:
            bring(registry, int(number), int(seed), float(per_second))
    except (WorldFailed, Refused) as fault:
        sys.stderr.write(f"{fault}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
