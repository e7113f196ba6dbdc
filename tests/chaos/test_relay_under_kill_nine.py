"""Real relays, two at a time, and a real server, each killed again and again between and within windows."""

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from adapters.nats.frames import Fence
from tests.nats_servers import NatsProcess, as_stored, stored, told

pytestmark = [pytest.mark.nats, pytest.mark.alone]

PROCESS = Path(__file__).with_name("relay_process.py")
FINISHED_SECONDS_MAX = 100


def survive(folder: Path, messages: int, kills: int, seed: int, fence: Fence) -> None:
    draw = Random(seed)
    at_work = 0
    with NatsProcess(folder, sync_interval="always") as server:
        command = [sys.executable, str(PROCESS), server.url, str(messages), fence]
        relays = [subprocess.Popen(command) for _ in range(2)]
        try:
            for _ in range(kills):
                time.sleep(draw.uniform(0.3, 1.2))
                at_work += any(relay.poll() is None for relay in relays)
                victim = draw.choice(["first", "second", "server"])
                if victim == "server":
                    server.kill()
                    server.start()
                    continue
                which = 0 if victim == "first" else 1
                relays[which].kill()
                relays[which].wait()
                relays[which] = subprocess.Popen(command)
            for relay in relays:
                assert relay.wait(FINISHED_SECONDS_MAX) == 0
        finally:
            for relay in relays:
                relay.kill()
                relay.wait()
        found = stored(server.url)
    assert at_work > kills // 2, "most kills must meet relays at work"
    expected = as_stored(told(messages))
    ids = [each[1] for each in found]
    missing, doubled = len(set(expected) - set(found)), len(ids) - len(set(ids))
    assert (missing, doubled, found == expected) == (0, 0, True)


@pytest.mark.parametrize(("fence", "seed"), [(Fence.ATOMIC, 1), (Fence.CHAINED, 2)])
def test_kills_of_relays_and_server_lose_nothing_double_nothing_and_disorder_nothing(tmp_path, fence, seed):
    survive(tmp_path, messages=1_500, kills=6, seed=seed, fence=fence)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("seed", range(10, 14))
def test_many_kills(tmp_path, seed):
    survive(tmp_path, messages=20_000, kills=60, seed=seed, fence=list(Fence)[seed % 2])
