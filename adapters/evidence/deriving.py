"""Deriving again what was decided, from nothing but the events in a file of evidence.

Each decision must follow from the household as it was known, and from the scorecards, rules and shocks of its position.
Decisions follow one another: each begins with the outcome of the one before.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from adapters import codec
from adapters.cards import compile_card
from adapters.evidence.verifying import Verified
from adapters.keys.people import Address, Contact, Identity, read_address, read_contact, read_identity
from adapters.keys.sealing import KEY_BYTES, SealBroken
from adapters.log import POLICIES_FROM
from adapters.seals.not_proved import NotProved
from domain import policies as policy
from domain.event import Recorded
from domain.household.state import Household, fold
from domain.policies import Policies, in_force
from domain.questionnaire.codes import Outcome
from domain.scorecard_adoption import ScorecardAdopted
from domain.standing import NOT_OPEN, Decided, assess
from domain.streams import decisions_of


class Derived(msgspec.Struct, frozen=True):
    """A decision, and that it follows: `outcome` and `score` were concluded again and are the recorded ones."""

    decision: Recorded[Decided]
    card_id: str | None


class Account(msgspec.Struct, frozen=True):
    """What the events in the file say: the household as it is, its history, and its decisions, all derived again."""

    household: Household | None
    history: tuple[Recorded[Any], ...]
    decisions: tuple[Derived, ...]
    policies: Policies


def derive(verified: Verified) -> Account:
    """Derive everything again. Raises NotProved, naming the position, where a recorded decision does not follow."""
    decided_in = decisions_of(verified.household)
    recorded = [codec.recorded(entry) for entry in verified.entries]
    history = [one for one in recorded if one.stream == verified.household]
    policies = [one for one in recorded if one.stream >= POLICIES_FROM]
    _check_cards(policies)
    outcomes: dict[str, Outcome] = {}
    derived = []
    for decision in (one for one in recorded if one.stream == decided_in):
        derived.append(_derive(decision, history, policies))
        _check_was(decision, outcomes)
    return Account(fold(history), tuple(history), tuple(derived), policy.fold(policies))


def _derive(
    decision: Recorded[Decided], history: Sequence[Recorded[Any]], policies: Sequence[Recorded[Any]]
) -> Derived:
    event = decision.event
    if max(event.cause_position, event.policies_position) >= decision.position:
        raise _not_following(decision, "it names a cause or a rule that came after it")
    state = fold(one for one in history if one.version <= event.household_version and one.position < decision.position)
    known = policy.fold(one for one in policies if one.position <= event.policies_position)
    if state is None:
        raise _not_following(decision, "the household was not registered then")
    if (known.position, known.today) != (event.policies_position, event.on):
        raise _not_following(decision, f"{event.on} was not the day of the registry at position {known.position:,}")
    if event.programme not in known.programmes:
        raise _not_following(decision, f"there was no programme {event.programme} then")
    standing = assess(state, in_force(known, event.on, compile_card))
    conclusion = standing.conclusions.get(event.programme, NOT_OPEN)
    if conclusion != event.conclusion:
        raise _not_following(
            decision,
            f"by the rule of that day it is {conclusion.outcome.word} ({conclusion.reason}, score {conclusion.score}),"
            f" and recorded is {event.conclusion.outcome.word} ({event.conclusion.reason}, score"
            f" {event.conclusion.score})",
        )
    card = next((card for card in known.cards if card.content_hash == conclusion.scorecard), None)
    return Derived(decision, card.scorecard_id if card else None)


def _check_was(decision: Recorded[Decided], outcomes: dict[str, Outcome]) -> None:
    event = decision.event
    before = outcomes.get(event.programme, Outcome.INELIGIBLE)
    if event.was != before:
        raise _not_following(decision, f"it begins with {event.was.word}, and the one before ended with {before.word}")
    outcomes[event.programme] = event.conclusion.outcome


def _check_cards(policies: Sequence[Recorded[Any]]) -> None:
    for adopted in policies:
        event = adopted.event
        if isinstance(event, ScorecardAdopted) and sha256(event.content).digest() != event.content_hash:
            raise NotProved(
                f"Scorecard {event.scorecard_id}, adopted at {adopted.position:,}, is not the one it names."
            )


def _not_following(decision: Recorded[Decided], why: str) -> NotProved:
    return NotProved(f"The decision at position {decision.position:,} does not follow from the log: {why}.")


class Names(msgspec.Struct, frozen=True):
    """What was sealed of the household as it is now, opened with the keys in the file."""

    identities: Mapping[UUID, Identity]
    contact: Contact | None
    address: Address | None


def open_names(verified: Verified, household: Household) -> Names:
    """Open names with the keys in the file: they fit these very sealed bytes, or none. Raises NotProved."""
    keys = {key.owner: key.key for key in verified.keys}
    if any(len(key) != KEY_BYTES for key in keys.values()):
        raise NotProved(f"A key in the file does not have {KEY_BYTES} bytes.")
    own = keys.get(verified.household)
    sealed_phones, sealed_address = household.contact.sealed, household.address
    try:
        return Names(
            {
                who: read_identity(keys[who], who, member.identity)
                for who, member in household.roster.items()
                if who in keys and member.identity
            },
            read_contact(own, verified.household, sealed_phones) if own and sealed_phones else None,
            read_address(own, verified.household, sealed_address) if own and sealed_address else None,
        )
    except SealBroken as broken:
        raise NotProved(f"A key in the file does not open what is sealed in the events: {broken}") from broken
