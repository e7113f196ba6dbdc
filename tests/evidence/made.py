"""A small registry in memory with its seals, three witnesses, and evidence of whom a test asks about."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from adapters.evidence.deriving import Account, derive
from adapters.evidence.lines import Key
from adapters.evidence.making import make_evidence
from adapters.evidence.verifying import Verified, verify
from adapters.log import Entry, EventLog, NewEntry
from adapters.memory.log import MemoryLog
from adapters.seals.published import Published
from adapters.seals.sealing import state_heads
from adapters.seals.trust import Trust
from adapters.submissions.shape import RosterUpdate
from domain.questionnaire.codes import MaritalStatus, ProgrammeReport, Relation, Sex
from tests.households import AMINA, BILAL, HINA, SANA, Person, common, lone_woman
from tests.registry.desk import JULY, MAY, Desk, dies
from tests.seals.policies import a_witness, two_of_three
from tests.seals.registry_log import a_signer, seal

MADE_AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
NOBODY = UUID("004a0000-0000-8000-8000-000000000010")
BACHELOR = Person(
    line=1, relation=Relation.HEAD, sex=Sex.MALE, age=30, cnic="9000000000041",
    marital_status=MaritalStatus.NEVER_MARRIED,
)  # fmt: skip


class Sealed:
    """A log with its seals, as a registry and its witnesses make them."""

    def __init__(self, log: EventLog, folder: Path) -> None:
        self.log = log
        self.folder = folder
        self.signer = a_signer()
        self.witnesses = [a_witness(f"witness.example/{name}") for name in ("one", "two", "three")]
        self.policy = two_of_three(self.signer, self.witnesses)

    def seal(self) -> Published:
        """Seal what stands in the log."""
        return seal(self.log, self.folder, self.signer).published

    def state_heads(self) -> None:
        """State the heads of all that stands in the log, and seal that."""
        state_heads(self.log, self.seal().tree, MADE_AT.date(), MADE_AT)
        self.seal()

    def evidence(
        self, household: UUID, keys: Sequence[Key] = (), witnesses: int = 3, seen_at: float | None = None
    ) -> bytes:
        """Evidence of a household, under a checkpoint that so many witnesses have seen, at a time or just now."""
        published = self.seal()
        seen = int(time.time() if seen_at is None else seen_at)
        lines = [witness.line(published.checkpoint.text, seen) for witness in self.witnesses[:witnesses]]
        witnessed = published._replace(note=published.note + b"".join(lines))
        return make_evidence(self.log, witnessed, household, MADE_AT, keys).content

    def check(self, content: bytes, policy: str | None = None) -> Verified:
        """Verify evidence by a policy, or by the registry's and two of its witnesses."""
        trust = Trust.read(policy or self.policy)
        return verify(content, lambda note: trust.check(note, time.time()))

    def derive(self, content: bytes) -> Account:
        """Verify evidence and derive it again."""
        return derive(self.check(content))


class World(Sealed):
    """Bilal's household with decisions, a widow's, a bachelor's of whom nothing was decided, and days that passed."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        super().__init__(self.desk.registry.log, folder / "seals")
        self.bilals = self.desk.register(BILAL, AMINA, SANA, HINA)
        self.zahras = self.desk.register(lone_woman("9000000000050"))
        self.bachelors = self.desk.register(BACHELOR)
        self._days(1)
        self.desk.cut_off("20")
        self.desk.decide()
        self._days(4)
        sana = self.desk.member(self.bilals, 3)
        self.desk.submit(RosterUpdate(household=self.bilals, changes=(dies(sana),), **common(MAY)))
        self._days(1)
        self.desk.cut_off("37")
        self.desk.decide()
        self.desk.report(self.bilals, ProgrammeReport.VERIFIED, on=JULY)
        self.desk.decide()
        self._days(3)
        self.state_heads()

    def _days(self, number: int) -> None:
        for _ in range(number):
            self.desk.clock.now += timedelta(days=1)
            self.desk.registry.desk.open_day()


def rewritten(world: Sealed, folder: Path, change: Callable[[Entry], NewEntry]) -> Sealed:
    """Make what a registry would seal that had written its log in another way: validly signed, and not the same."""
    log = MemoryLog()
    for entry in world.log.after(0):
        if entry.name != "registry.heads_sealed.v1":
            log.append([change(entry)])
    other = Sealed(log, folder)
    other.state_heads()
    return other
