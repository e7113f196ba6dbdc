"""Real workers, two at a time, and a real receiver, each gone again and again: every row arrives, in order."""

import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random

import pytest

from adapters.postgres.migrate import migrate
from adapters.postgres.webhooks import Webhooks
from adapters.webhooks import judging
from tests.posted_feeds import FEED_OF, KEY, keyring_in, tell, webhook_to
from tests.receiver import Posted, Receiver, Reply, is_signed, receiving

pytestmark = [pytest.mark.postgres, pytest.mark.alone]

PROCESS = Path(__file__).with_name("webhook_process.py")
FINISHED_SECONDS_MAX = 90
ANSWERING_SECONDS = 0.02
"""Answering takes so long, that there is time to be killed on any machine."""


def slowly(_: Posted) -> Reply:
    time.sleep(ANSWERING_SECONDS)
    return Reply()


class Partner:
    """Receives, drops what it has already, and is away now and then; its port stays."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.port = 0
        self._running = ExitStack()
        self.start()

    def start(self) -> None:
        receiver: Receiver = self._running.enter_context(receiving(port=self.port))
        receiver.posted, receiver.answer, self.port = self.posted, slowly, receiver.port

    def stop(self) -> None:
        self._running.close()

    def applied(self) -> list[str]:
        """The ids, each at its first arrival."""
        return list(dict.fromkeys(posted.headers["webhook-id"] for posted in self.posted))


def progress(webhooks: Webhooks, until: int) -> None:
    """Wait until so many rows were taken."""
    give_up_at = time.monotonic() + FINISHED_SECONDS_MAX
    while (stands := webhooks.find(FEED_OF)).sequence < until:
        assert time.monotonic() < give_up_at, stands.last_error
        time.sleep(0.01)


def survive(dsn: str, folder: Path, rows: int, kills: int, seed: int) -> None:
    draw, partner = Random(seed), Partner()
    migrate(dsn)
    told = tell(dsn, rows)
    with closing(Webhooks(dsn)) as webhooks:
        webhook = webhook_to(webhooks, keyring_in(folder), partner.port)
        command = [sys.executable, str(PROCESS), dsn, str(folder), str(partner.port)]
        workers = [subprocess.Popen(command) for _ in range(2)]
        try:
            for number in range(kills):
                progress(webhooks, rows * number // (kills + 1) + draw.randint(1, 3))
                time.sleep(draw.uniform(0.0, 0.1))
                victim = draw.choice(["workers", "workers", "partner"])
                if victim == "partner":
                    partner.stop()
                    time.sleep(0.1)
                    partner.start()
                    continue
                for which, worker in enumerate(workers):
                    worker.kill()
                    worker.wait()
                    workers[which] = subprocess.Popen(command)
            progress(webhooks, rows)
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
            partner.stop()
        dead = webhooks.dead_letters(webhook.webhook_id)
    expected = [headers["ce-id"] for headers, _ in told]
    again = len(partner.posted) - rows
    assert (partner.applied() == expected, dead) == (True, [])
    assert {(posted.headers["ce-id"], posted.body) for posted in partner.posted} == {
        (headers["ce-id"], payload) for headers, payload in told
    }
    assert all(is_signed(posted, KEY) for posted in partner.posted)
    assert 0 < again <= kills, "a kill repeats the row that was under way, and no other"


def test_kills_of_workers_and_receiver_lose_nothing_and_disorder_nothing(database, tmp_path):
    assert judging.BACKOFF_SECONDS < FINISHED_SECONDS_MAX
    survive(database, tmp_path, rows=150, kills=6, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("seed", range(10, 13))
def test_many_kills_of_workers_and_receiver(database, tmp_path, seed):
    survive(database, tmp_path, rows=5_000, kills=50, seed=seed)
