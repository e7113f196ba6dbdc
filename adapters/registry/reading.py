"""Reading households and policies out of the log: the log is the only truth, so everything here is folded from it."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from adapters.codec import recorded
from adapters.log import POSITION_MAX, EventLog
from domain import agreement, keys, partner
from domain import policies as policy
from domain.agreement import Agreements
from domain.event import Recorded
from domain.household.events import HouseholdEvent
from domain.household.state import Household, fold
from domain.keys import DestructionProposed, MasterKeys
from domain.policies import Policies, PolicyEvent
from domain.standing import Decided
from domain.streams import (
    agreement_stream,
    decisions_of,
    destruction_stream,
    master_keys_stream,
    partner_stream,
    submission_stream,
)
from domain.submission import SubmissionRefused

History = list[Recorded[HouseholdEvent]]


class Reader:
    """Histories and policies as the log has them."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self._policies = policy.NOTHING

    def history(self, household: UUID, until_position: int = POSITION_MAX) -> History:
        """A household's own events in the order of the log; empty for one that is not registered."""
        return [recorded(entry) for entry in self.log.stream(household, until_position)]

    def histories(self, households: Iterable[UUID]) -> dict[UUID, History]:
        """Many households' events in one reading."""
        found = self.log.streams(list(households))
        return {household: [recorded(entry) for entry in entries] for household, entries in found.items()}

    def household(
        self, household: UUID, *, as_of: date | None = None, known_at: datetime | None = None
    ) -> Household | None:
        """A household folded from its history, under either clock."""
        return fold(self.history(household), as_of=as_of, known_at=known_at)

    def decisions(self, household: UUID) -> list[Recorded[Decided]]:
        """The decisions about a household, in the order of the log."""
        return [recorded(entry) for entry in self.log.stream(decisions_of(household))]

    def refusal(self, submission: UUID) -> SubmissionRefused:
        """The event that recorded a refusal."""
        event = recorded(self.log.stream(submission_stream(submission))[0]).event
        assert isinstance(event, SubmissionRefused), "only refusals stand in such a stream"
        return event

    def agreements(self, partner: str, programme: str) -> Agreements:
        """What a partner agreed on a programme; empty where it never did."""
        entries = self.log.stream(agreement_stream(partner, programme))
        return agreement.fold([recorded(entry).event for entry in entries])

    def find_key_hash(self, partner_name: str) -> str | None:
        """The hash of a partner's key; nothing where it was never given one."""
        return partner.fold([recorded(entry).event for entry in self.log.stream(partner_stream(partner_name))])

    def destruction(self, subject: UUID) -> tuple[DestructionProposed | None, int]:
        """What stands proposed about a person's or a household's keys, and how many events there are about it."""
        entries = self.log.stream(destruction_stream(subject))
        return keys.fold([recorded(entry).event for entry in entries]), len(entries)

    def master_keys(self) -> MasterKeys:
        """What the log knows of the master keys."""
        return keys.fold_masters([recorded(entry).event for entry in self.log.stream(master_keys_stream())])

    def policies(self) -> Policies:
        """Every policy in the log by now."""
        known = self._policies  # looked at once: another thread may put a later one there
        self._policies = known = policy.fold(self.policy_events(known.position), known)
        return known

    def policies_at(self, position: int) -> Policies:
        """The policies as they stood at a position of the log."""
        return policy.fold(event for event in self.policy_events() if event.position <= position)

    def policies_known_at(self, instant: datetime | None) -> Policies:
        """The policies recorded by an instant, or all of them."""
        events = self.policy_events()
        return policy.fold(event for event in events if instant is None or event.envelope.recorded_at <= instant)

    def policy_events(self, after: int = 0) -> list[Recorded[PolicyEvent]]:
        """Every policy event beyond a position."""
        return [recorded(entry) for entry in self.log.policies(after)]
