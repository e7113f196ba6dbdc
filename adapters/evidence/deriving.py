"""Deriving again what was decided, from nothing but the events in a file of evidence.

Each decision must follow from the household as it was known, and from the scorecards, rules and shocks of its position:
those of its cause, and none older. Decisions follow one another: each begins with the outcome of the one before.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from adapters import codec
from adapters.cards import compile_card
from adapters.evidence.verifying import Verified, at
from adapters.keys.people import Address, Contact, Identity, read_address, read_contact, read_identity
from adapters.log import POLICIES_FROM, Entry
from adapters.seals.not_proved import NotProved
from domain import policies as policy
from domain.catalogue import HOUSEHOLD_NAMES, POLICY_NAMES
from domain.event import Recorded
from domain.household.state import Household, fold
from domain.policies import Policies, in_force
from domain.questionnaire.codes import Outcome
from domain.refusal import Rejected
from domain.registry_day import DayOpened
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
    """Derive everything again. Raises NotProved, naming the line, where a recorded decision does not follow."""
    recorded = [_recorded(entry, verified) for entry in verified.entries]
    history = [one for one in recorded if one.stream == verified.household]
    policies = [one for one in recorded if one.stream >= POLICIES_FROM]
    outcomes: dict[str, Outcome] = {}
    derived = []
    for decision in (one for one in recorded if one.stream == decisions_of(verified.household)):
        with at(verified.line_of[decision.position]):
            _check_moment(decision, history, policies, verified.last_day)
            derived.append(_derive(decision, history, policies))
            _check_was(decision, outcomes)
    return Account(fold(history), tuple(history), tuple(derived), policy.fold(policies))


def _recorded(entry: Entry, verified: Verified) -> Recorded[Any]:
    with at(verified.line_of[entry.position]):
        recorded = codec.recorded(entry)
        if recorded.event.name not in _names_in(entry.stream, verified.household):
            raise NotProved(f"no event {entry.name} belongs in stream {entry.stream}")
        if isinstance(recorded.event, ScorecardAdopted):
            _check_card(recorded.event)
        return recorded


def _names_in(stream: UUID, household: UUID) -> AbstractSet[str]:
    if stream >= POLICIES_FROM:
        return POLICY_NAMES
    return HOUSEHOLD_NAMES if stream == household else {Decided.name}


def _check_card(adopted: ScorecardAdopted) -> None:
    if sha256(adopted.content).digest() != adopted.content_hash:
        raise NotProved(f"scorecard {adopted.scorecard_id} is not the one whose hash it names")
    try:
        compile_card(adopted)
    except (Rejected, msgspec.MsgspecError) as failure:
        raise NotProved(f"scorecard {adopted.scorecard_id} cannot be read: {failure}") from failure


def _check_moment(
    decision: Recorded[Decided], history: Sequence[Recorded[Any]], policies: Sequence[Recorded[Any]], last_day: int
) -> None:
    """A decision is of the moment of its cause: nothing that stood in the log by then was left out of it."""
    event, cause = decision.event, decision.event.cause_position
    if cause >= decision.position:
        raise _not_following("its cause came after it")
    known = [one for one in history if one.position <= cause]
    newest = max((one.position for one in policies if one.position <= cause), default=0)
    version = event.household_version
    if version != len(known):
        raise _not_following(f"by position {cause:,} the household had {len(known)} events, and it rests on {version}")
    if event.policies_position != newest:
        raise _not_following(
            f"by position {cause:,} the newest policy was that of {newest:,}, and it rests on that of"
            f" {event.policies_position:,}"
        )
    if cause not in {event.policies_position, known[-1].position if known else 0}:
        raise _not_following(f"at position {cause:,} stands neither an event of the household nor a policy")
    _check_day(cause, [one for one in policies if isinstance(one.event, DayOpened)], last_day)


def _check_day(cause: int, days: Sequence[Recorded[Any]], last_day: int) -> None:
    """The day on which something was decided had not passed: the next one is there, and began later."""
    begun = [day for day in days if day.position <= cause]
    if not begun:
        raise _not_following("no day had begun then")
    following = days[len(begun)].version if len(begun) < len(days) else None
    if begun[-1].version < last_day and following != begun[-1].version + 1:
        raise _not_following(f"the day that came after {begun[-1].event.on} is missing, and might have begun by then")


def _derive(
    decision: Recorded[Decided], history: Sequence[Recorded[Any]], policies: Sequence[Recorded[Any]]
) -> Derived:
    event = decision.event
    state = fold(one for one in history if one.version <= event.household_version)
    known = policy.fold(one for one in policies if one.position <= event.policies_position)
    if state is None:
        raise _not_following("the household was not registered then")
    if known.today != event.on:
        raise _not_following(f"{event.on} was not the day of the registry at position {known.position:,}")
    if event.programme not in known.programmes:
        raise _not_following(f"there was no programme {event.programme} then")
    if event.place != (state.place.district or state.place.region):
        raise _not_following(f"the household did not live in {event.place} then")
    try:
        standing = assess(state, in_force(known, event.on, compile_card))
    except ArithmeticError:
        raise _not_following("the rules of that day hold a number that is none") from None
    conclusion = standing.conclusions.get(event.programme, NOT_OPEN)
    if conclusion != event.conclusion:
        raise _not_following(
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
        raise _not_following(f"it begins with {event.was.word}, and the one before ended with {before.word}")
    outcomes[event.programme] = event.conclusion.outcome


def _not_following(why: str) -> NotProved:
    return NotProved(f"this decision does not follow from the log: {why}")


class Names(msgspec.Struct, frozen=True):
    """What was sealed of the household as it is now, opened with the keys in the file."""

    identities: Mapping[UUID, Identity]
    contact: Contact | None
    address: Address | None


def open_names(verified: Verified, household: Household) -> Names:
    """Open names with the keys in the file: they fit these very sealed bytes, or none. Raises NotProved."""
    identities: dict[UUID, Identity] = {}
    contact, address = None, None
    for numbered in verified.keys:
        owner, key = numbered.line.owner, numbered.line.key
        member = household.roster.get(owner)
        with at(numbered.number):
            if owner == verified.household:
                contact = read_contact(key, owner, household.contact.sealed) if household.contact.sealed else None
                address = read_address(key, owner, household.address) if household.address else None
            elif member is None:
                raise NotProved(f"the key is of {owner}, who is not on the roster")
            elif member.identity:
                identities[owner] = read_identity(key, owner, member.identity)
    return Names(identities, contact, address)
