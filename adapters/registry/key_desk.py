"""Where people deal with keys: proposing to destroy some, withdrawing that, and noting what became of the master keys.

Nothing is destroyed here. A proposal becomes a destruction when another person sends an erasure to the door.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from adapters.codec import recorded, to_store
from adapters.faults import WorldFailed
from adapters.log import Conflict, EventLog
from adapters.registry.reading import Reader
from domain import keys
from domain.event import Envelope, Event
from domain.keys import DestructionProposed, ProposeDestruction, WithdrawDestruction
from domain.refusal import Rejected
from domain.registry_day import day_in_pakistan
from domain.streams import KEYS_END, KEYS_FROM, destruction_stream, master_keys_stream

ATTEMPTS_MAX = 5
ROLE = "keys"


class KeyDesk:
    """Takes what officers say about keys."""

    def __init__(self, log: EventLog, reader: Reader, clock: Callable[[], datetime]) -> None:
        self._log = log
        self._reader = reader
        self._clock = clock

    def propose(self, household: UUID, member: UUID | None, authority: str, by: str) -> list[Event]:
        """Propose to destroy the key of a person, or those of a household. Raises Rejected."""
        self._check_there(household, member)
        command = ProposeDestruction(self._today(), household, member, authority, by)
        return self._decided(command, by)

    def withdraw(self, household: UUID, member: UUID | None, reason: str, by: str) -> list[Event]:
        """Take a proposal back. Raises Rejected."""
        return self._decided(WithdrawDestruction(self._today(), household, member, reason), by)

    def proposals(self) -> list[DestructionProposed]:
        """What can be approved today, oldest first."""
        standing: dict[UUID, DestructionProposed | None] = {}
        for entry in self._log.scan(KEYS_FROM, KEYS_END):
            if entry.stream != master_keys_stream():
                standing[entry.stream] = keys.evolve(standing.get(entry.stream), recorded(entry).event)
        today = self._today()
        open_ = [each for each in standing.values() if each is not None and today <= each.until]
        return sorted(open_, key=lambda each: (each.on, each.household))

    def note(self, event: Event, by: str) -> None:
        """Record what was done to the master keys."""
        self._record(master_keys_stream(), lambda: [event], by)

    def _decided(self, command: ProposeDestruction | WithdrawDestruction, by: str) -> list[Event]:
        subject = command.member or command.household
        return self._record(
            destruction_stream(subject), lambda: keys.decide(command, self._reader.destruction(subject)[0]), by
        )

    def _check_there(self, household: UUID, member: UUID | None) -> None:
        state = self._reader.household(household)
        if state is None:
            raise Rejected(f"Household {household} is not registered: `household find` gives its id.")
        if member is None:
            if state.keys_destroyed_on is not None:
                raise Rejected(
                    f"The keys of household {household} were destroyed on {state.keys_destroyed_on} already."
                )
            return
        if member in state.erased:
            raise Rejected(f"Member {member} was erased already: nothing is left to destroy.")
        if member not in state.roster and member not in state.former:
            raise Rejected(f"Member {member} never stood on the roster of household {household}: look it up again.")

    def _record(self, stream: UUID, decide: Callable[[], Sequence[Event]], by: str) -> list[Event]:
        for _ in range(ATTEMPTS_MAX):
            version = len(self._log.stream(stream))  # before deciding: what comes in between is then a conflict
            events = list(decide())
            envelope = Envelope(self._clock(), by, ROLE)
            entries = [to_store(stream, version + offset, envelope, event) for offset, event in enumerate(events, 1)]
            try:
                if entries:
                    self._log.append(entries)
            except Conflict:
                continue
            return events
        raise WorldFailed(f"Somebody else dealt with the same keys {ATTEMPTS_MAX} times: look, then try again.")

    def _today(self) -> date:
        return day_in_pakistan(self._clock())
