"""A witness is killed while it is asked by two at once: it never signs two roots for a size, and never goes back."""

import random
import threading
import time
from pathlib import Path

import pytest
import urllib3

from adapters.seals.notes import VerifierKey, open_note
from tests.seals.growing import GrowingLog
from tests.seals.registry_log import a_signer
from tests.seals.witness_process import WitnessProcess, witness_process

SECONDS_UNTIL_KILLED_MAX = 0.5
ANSWER_SECONDS_MAX = 5


class Asker(threading.Thread):
    """Shows the witness one tree, again and again; after an error it asks on."""

    def __init__(self, witness: WitnessProcess, log: GrowingLog, seed: int) -> None:
        super().__init__()
        self._witness = witness
        self._log = log
        self._chance = random.Random(seed)
        self._door = urllib3.PoolManager(timeout=ANSWER_SECONDS_MAX, retries=False)
        self.end = threading.Event()
        self.signed: list[tuple[int, bytes]] = []
        self.seen: list[int] = []
        """What the witness said it had signed last, one way or the other."""
        self.unanswered = 0

    def run(self) -> None:
        old = 0
        while not self.end.is_set():
            size = max(1, min(old + self._chance.randint(-3, 9), self._log.tree.size))
            try:
                old = self._ask(min(old, size), size)
            except urllib3.exceptions.HTTPError:
                self.unanswered += 1
                time.sleep(0.01)
        self._door.clear()

    def _ask(self, old: int, size: int) -> int:
        answer = self._door.request("POST", f"{self._witness.url}/add-checkpoint", body=self._log.request(old, size))
        if answer.status == 200:
            key = VerifierKey.read(self._witness.vkey)
            open_note(self._log.note(size) + answer.data, [key])
            self.signed.append((size, self._log.tree.root(size)))
            self.seen.append(size)
            return size
        if answer.status == 409:
            self.seen.append(int(answer.data))
            return min(int(answer.data), self._log.tree.size)
        assert answer.status == 422, answer.data
        return 0


@pytest.mark.alone
@pytest.mark.parametrize(
    "kills", [pytest.param(2, id="2 kills"), pytest.param(12, id="12 kills", marks=pytest.mark.slow)]
)
def test_a_witness_that_is_killed_never_signs_two_trees_and_never_goes_back(kills: int, tmp_path: Path):
    signer = a_signer()
    honest = GrowingLog(tmp_path / "honest", signer, entries=20_000)
    forked = GrowingLog(tmp_path / "forked", signer, entries=20_000, twist="forged")
    chance = random.Random(kills)
    with witness_process(tmp_path / "state", str(signer.verifier)) as witness:
        askers = [Asker(witness, honest, 1), Asker(witness, honest, 2), Asker(witness, forked, 3)]
        for asker in askers:
            asker.start()
        try:
            for _ in range(kills):
                before = sum(len(asker.signed) for asker in askers)
                time.sleep(chance.uniform(0.05, SECONDS_UNTIL_KILLED_MAX))
                witness.kill()
                acknowledged = max((size for asker in askers for size, _ in list(asker.signed)), default=0)
                witness.start(str(signer.verifier))
                answer = urllib3.request(
                    "POST", f"{witness.url}/add-checkpoint", body=honest.request(20_000, 20_000), retries=False
                )
                assert answer.status == 409
                assert int(answer.data) >= acknowledged
                assert sum(len(asker.signed) for asker in askers) >= before
        finally:
            for asker in askers:
                asker.end.set()
            for asker in askers:
                asker.join()
        assert witness.stop() == 0
    signed = [one for asker in askers for one in asker.signed]
    unanswered = sum(asker.unanswered for asker in askers)
    print(f"{kills} kills: {len(signed)} signed, {unanswered} requests cut off")  # noqa: T201 - the account of the run
    assert len(signed) > 10 * kills
    assert unanswered > 0
    assert len({size for size, _ in signed}) == len(set(signed)), "two roots were signed for a size"
    for asker in askers:
        assert asker.seen == sorted(asker.seen)
    assert not (askers[2].signed and askers[0].signed), "both a tree and its fork were signed"
