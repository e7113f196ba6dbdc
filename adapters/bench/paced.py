"""How long after its commit a partner hears of a decision, while submissions come at a steady pace.

Each submission has its moment, whatever became of the one before: one that is late is not waited for, and the next ones
do not move. A submission is a programme's report that verifies a household, which makes it eligible; the partner's
message of that household is what is waited for.
"""

import time
from collections import deque
from collections.abc import Sequence
from threading import Thread
from uuid import UUID

import msgspec

from adapters.bench.subscriber import Reading, subscriber
from adapters.faults import WorldFailed
from adapters.keys.partner_tokens import PartnerTokens
from adapters.registry.opening import Registry
from adapters.submissions.shape import ProgrammeReports
from adapters.uuids import uuid_of_name
from domain.questionnaire.codes import ProgrammeReport

THREADS = 2
"""Submissions under way at once, as a door over HTTP has them."""
LEAD_SECONDS = 0.5
LATE_SECONDS_MAX = 30.0
"""How long after the last submission messages are waited for."""


class Latency(msgspec.Struct, frozen=True):
    """Milliseconds from commit to partner, sorted, and from when each was due to its commit; and the rate reached."""

    to_partner_ms: list[float]
    to_commit_ms: list[float]
    asked_per_s: float
    reached_per_s: float

    def after_commit_ms(self, percent: float) -> float:
        """The time within which so many in a hundred messages came."""
        return _percentile(self.to_partner_ms, percent)

    def until_commit_ms(self, percent: float) -> float:
        """The time within which so many in a hundred submissions were committed, from the moment each was due."""
        return _percentile(self.to_commit_ms, percent)


def _percentile(figures: Sequence[float], percent: float) -> float:
    return figures[min(len(figures) - 1, int(len(figures) * percent / 100))]


def measure_latency(
    registry: Registry, url: str, partner: str, programme: str, households: Sequence[UUID], per_s: float, end: int
) -> Latency:
    """Verify households at a steady pace, and wait for the partner to hear of each. `end` is the stream's last message.

    The followers and the relay must be running. Raises WorldFailed where messages do not come.
    """
    seconds = len(households) / per_s + LATE_SECONDS_MAX
    companion = subscriber(Reading(url, end, len(households), seconds))
    try:
        companion.hear()
        began = time.monotonic() + LEAD_SECONDS
        due = [began + number / per_s for number in range(len(households))]
        committed = _submit(registry, programme, households, due)
        read = companion.hear()
    finally:
        companion.end(patience_seconds=5)
    arrived = _arrivals(read.payloads)
    tokens = PartnerTokens(registry.keyring)
    told = [arrived.get(str(tokens.token(partner, household.int))) for household in households]
    if missing := told.count(None):
        raise WorldFailed(f"Of {len(households):,} decisions the partner did not hear of {missing:,} in time.")
    return Latency(
        sorted((at - done) * 1e3 for at, done in zip(told, committed, strict=True) if at is not None),
        sorted((done - wanted) * 1e3 for done, wanted in zip(committed, due, strict=True)),
        per_s,
        len(households) / (max(committed) - began),
    )


class _Told(msgspec.Struct):
    household: str


def _arrivals(payloads: Sequence[tuple[float, bytes]]) -> dict[str, float]:
    decode = msgspec.json.Decoder(_Told).decode
    arrived: dict[str, float] = {}
    for at, payload in payloads:
        arrived.setdefault(decode(payload).household, at)
    return arrived


def _submit(registry: Registry, programme: str, households: Sequence[UUID], due: Sequence[float]) -> list[float]:
    """Submit each at its moment; returns when each was committed."""
    committed = [0.0] * len(households)
    waiting = deque(range(len(households)))
    faults: list[Exception] = []
    refused = 0

    def work() -> None:
        nonlocal refused
        while waiting and not faults:
            try:
                number = waiting.popleft()
                report = _verification(registry, programme, households[number])
                time.sleep(max(0.0, due[number] - time.monotonic()))
                refused += not registry.door.submit(report).accepted
                committed[number] = time.monotonic()
            except IndexError:
                return  # another thread took the last one
            except Exception as fault:  # noqa: BLE001 - raised below, where the measurement is led
                faults.append(fault)

    threads = [Thread(target=work, name=f"door {number}") for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    if refused:
        raise WorldFailed(f"{refused:,} verifications were refused, so no decision follows from them.")
    return committed


def _verification(registry: Registry, programme: str, household: UUID) -> ProgrammeReports:
    return ProgrammeReports(
        submission_id=uuid_of_name(household, programme),
        source="bench",
        on=registry.today(),
        operator="bench",
        household=household,
        programme=programme,
        report=ProgrammeReport.VERIFIED,
    )
