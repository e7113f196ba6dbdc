"""What sealing costs: hashes and tiles alone, the log read as well, a proof, a check, and submissions meanwhile.

Submissions are measured with a sealer at work in a process of its own and without one, turn about in one database.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.bench.log import Turns, scratch_database
from adapters.bench.population import FIRST_DAY, Population
from adapters.bench.seal_worker import sealer_beside
from adapters.cards import compile_card
from adapters.evidence.deriving import derive
from adapters.evidence.making import make_evidence
from adapters.evidence.verifying import verify
from adapters.followers.assessor import Assessor
from adapters.followers.run import run
from adapters.log import NewEntry
from adapters.memory.log import MemoryLog
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.tables import PostgresTables
from adapters.seals.notes import Signer
from adapters.seals.published import Published
from adapters.seals.sealer import Sealer
from adapters.seals.sealing import state_heads
from adapters.seals.trust import KnownLog, Trust
from domain.streams import decisions_of, is_household

HOUSEHOLDS = 50_000
HOUSEHOLDS_MIN = 1_000
RUNS = 5
PROOFS = 300
LONG_ONES, LONG_EVENTS = 20, 19
"""Households with long histories; the one that was decided most often is proved: 20 events or a few more."""
SUBMISSIONS = 2_000
"""In one turn: some seconds, so that the sealer at work seals several times."""
_BATCH = 5_000


class SealRuns(msgspec.Struct, frozen=True):
    """What was measured, a figure for each run."""

    events: int
    hash_events_per_s: list[float]
    seal_events_per_s: list[float]
    heads_streams_per_s: list[float]
    proof_ms: list[float]
    bundle_events: int
    make_bundle_ms: list[float]
    verify_bundle_ms: list[float]
    submissions: Turns

    @property
    def figures(self) -> dict[str, Sequence[float]]:
        """The figures by their names; a slowdown of 0.05 is five in a hundred."""
        slowed = [with_it / without - 1 for with_it, without in _pairs(self.submissions)]
        return {
            "events": [self.events],
            "bundle_events": [self.bundle_events],
            "hash_events_per_s": self.hash_events_per_s,
            "seal_events_per_s": self.seal_events_per_s,
            "heads_streams_per_s": self.heads_streams_per_s,
            "proof_ms": self.proof_ms,
            "make_bundle_ms": self.make_bundle_ms,
            "verify_bundle_ms": self.verify_bundle_ms,
            "submission_slowdown": slowed,
        }


def measure_seal(dsn: str, households: int = HOUSEHOLDS, runs: int = RUNS, submissions: int = SUBMISSIONS) -> SealRuns:
    """Measure sealing of a made-up registry in a scratch database, which is dropped in the end."""
    with scratch_database(dsn) as scratch, _folder() as folder, _filled(scratch, households) as log:
        signer = Signer("bench.example/seals", Ed25519PrivateKey.generate())
        events = log.last_position()
        hashed = [_hash_alone(log, folder / f"alone-{number}", signer) for number in range(runs)]
        sealed, heads = [], []
        for number in range(runs):
            per_s, published = _seal(log, folder / f"sealed-{number}", signer)
            sealed.append(per_s)
            began = time.perf_counter()
            streams = state_heads(log, published.tree, FIRST_DAY, datetime.now(UTC)).streams
            heads.append(streams / (time.perf_counter() - began))
        whole = _seal(log, folder / "whole", signer)[1]
        made, checked, count = _bundle(log, whole, signer, runs * 4)
        return SealRuns(
            events,
            hashed,
            sealed,
            heads,
            _proofs(whole),
            count,
            made,
            checked,
            _submit_beside(scratch, log, folder / "whole", signer, runs, submissions),
        )


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="gharana-bench-seal-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _filled(dsn: str, households: int) -> Iterator[PostgresLog]:
    """A registry of so many households, one of them with a long history, decided once."""
    migrate(dsn)
    log = PostgresLog(dsn)
    try:
        made = Population()
        log.append([*made.policies(), *chain.from_iterable(made.long_history(LONG_EVENTS) for _ in range(LONG_ONES))])
        waiting = list(chain.from_iterable(made.households(households)))
        for begin in range(0, len(waiting), _BATCH):
            log.append(waiting[begin : begin + _BATCH])
        assessor = Assessor(log, PostgresTables(log), compile_card, lambda: datetime.now(UTC))
        run(log, [assessor], until_caught_up=True)
        yield log
    finally:
        log.close()


def _hash_alone(log: PostgresLog, folder: Path, signer: Signer) -> float:
    """Events a second with the log in memory: hashes, files and their flushing."""
    memory, events = MemoryLog(), log.last_position()
    for begin in range(0, events, _BATCH):
        memory.append([NewEntry(entry.stream, entry.version, entry.name, entry.state) for entry in log.after(begin)])
    sealer, began = Sealer(memory, folder, signer), time.perf_counter()
    while sealer.step():
        continue
    return events / (time.perf_counter() - began)


def _seal(log: PostgresLog, folder: Path, signer: Signer) -> tuple[float, Published]:
    sealer, events, began = Sealer(log, folder, signer), log.last_position(), time.perf_counter()
    while sealer.step():
        continue
    seconds = time.perf_counter() - began
    assert sealer.published is not None
    return events / seconds, sealer.published


def _proofs(published: Published) -> list[float]:
    """Milliseconds for proofs of events here and there, each by whoever has read no tile yet."""
    chance, taken = Random(7), []  # noqa: S311 - a benchmark is repeatable
    for _ in range(PROOFS):
        tree = type(published.tree)(published.tree.folder, published.tree.size)
        index, began = chance.randrange(tree.size), time.perf_counter()
        tree.inclusion(index)
        taken.append((time.perf_counter() - began) * 1e3)
    return taken


def _bundle(log: PostgresLog, published: Published, signer: Signer, times: int) -> tuple[list[float], list[float], int]:
    """Milliseconds to make, and to check and derive again, the evidence of the household with a long history."""
    trust = Trust((KnownLog(signer.verifier, None),), (), None)
    household = _most_decided(log)
    made, checked, count = [], [], 0
    for _ in range(times):
        began = time.perf_counter()
        content = make_evidence(log, published, household, datetime.now(UTC)).content
        made.append((time.perf_counter() - began) * 1e3)
        began = time.perf_counter()
        verified = verify(content, lambda note: trust.check(note, time.time()))
        derive(verified)
        checked.append((time.perf_counter() - began) * 1e3)
        count = len(verified.own)
    return made, checked, count


def _most_decided(log: PostgresLog) -> UUID:
    first = log.after(0, LONG_ONES * LONG_EVENTS)
    long_ones = [entry.stream for entry in first if is_household(entry.stream) and entry.version == LONG_EVENTS]
    decided = log.streams([decisions_of(household) for household in long_ones])
    return max(long_ones, key=lambda household: len(decided[decisions_of(household)]))


def _submit_beside(dsn: str, log: PostgresLog, folder: Path, signer: Signer, runs: int, submissions: int) -> Turns:
    """Seconds for submissions, one after another, with a sealer at work and without; each first every other time."""
    made, with_it, without = Population(2_000), [], []
    for number in range(runs + 1):
        for is_beside in (True, False) if number % 2 else (False, True):
            waiting = list(made.households(submissions, updates=False))
            if is_beside:
                with sealer_beside(dsn, folder, signer) as catch_up:
                    catch_up(log.last_position())
                    with_it.append(_submit(log, waiting))
            else:
                without.append(_submit(log, waiting))
    return Turns(without[1:], with_it[1:])


def _submit(log: PostgresLog, waiting: Sequence[list[NewEntry]]) -> float:
    began = time.perf_counter()
    for entries in waiting:
        log.append(entries)
    return time.perf_counter() - began


def _pairs(turns: Turns) -> list[tuple[float, float]]:
    return list(zip(turns.theirs_seconds, turns.ours_seconds, strict=True))
