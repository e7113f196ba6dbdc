"""A household's history as a person reads it: every event, who recorded it, what it changed, and what was decided."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec

from adapters.cards import compile_card
from adapters.registry.reading import History, Reader
from domain.event import Envelope, Recorded
from domain.household.events import Corrected, Formed, MemberJoined, Registered, Resurveyed
from domain.household.state import Household, fold
from domain.policies import PolicyEvent, Score, in_force
from domain.policies import fold as fold_policies
from domain.questionnaire.answers import Member
from domain.registry_day import day_in_pakistan
from domain.scorecard_adoption import ScorecardAdopted
from domain.standing import Decided

PolicyEvents = list[Recorded[PolicyEvent]]


class Change(msgspec.Struct, frozen=True):
    """One thing that an event changed: where, what it was and what it is. Nothing here names a person."""

    what: str
    was: Any
    now: Any


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One event in a household's history. Scores before and after are by the card in force when it was recorded.

    `member` is whom the event is about, as she stood before it (or after, where she joined). `newer_survey` is the day
    of the survey that stands above this one, which came late.
    """

    position: int
    version: int
    name: str
    on: date
    envelope: Envelope
    event: Any
    changes: tuple[Change, ...] = ()
    member: Member | None = None
    newer_survey: date | None = None
    card: ScorecardAdopted | None = None
    score_before: Score | None = None
    score_after: Score | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as it was recorded, who is paid by it and by the one before (as roster lines), and what caused it."""

    position: int
    recorded: Recorded[Decided]
    paid: tuple[str, ...]
    paid_before: tuple[str, ...]
    cause: Recorded[Any] | None


class CardChange(msgspec.Struct, frozen=True):
    """From here on the scores of the history are by another card; `adopted` is the policy that brought it."""

    position: int
    adopted: Recorded[ScorecardAdopted]


Entry = Happening | Verdict | CardChange


class Timeline(msgspec.Struct, frozen=True):
    """Happenings and decisions, each in the order of the log, and the household as they leave it."""

    happenings: tuple[Happening, ...]
    decisions: tuple[Verdict, ...]
    household: Household | None
    cards: tuple[CardChange, ...] = ()

    @property
    def entries(self) -> list[Entry]:
        """Everything in the order of the log; a change of card stands before the first score that is by it."""
        entries: list[Entry] = [*self.happenings, *self.decisions, *self.cards]
        return sorted(entries, key=lambda entry: entry.position)


def timeline(
    reader: Reader, household: UUID, *, as_of: date | None = None, known_at: datetime | None = None
) -> Timeline:
    """What was believed at `known_at` about the days up to `as_of`; everything without them."""
    everything = reader.history(household)
    history = [recorded for recorded in everything if _within(recorded, as_of, known_at)]
    decisions = [decided for decided in reader.decisions(household) if _within(decided, as_of, known_at)]
    policies = reader.policy_events()
    happenings = tuple(_happening(policies, history[:index], recorded) for index, recorded in enumerate(history))
    verdicts = tuple(_verdicts(decisions, everything, policies))
    return Timeline(happenings, verdicts, fold(history), tuple(_card_changes(happenings, policies)))


def _within(recorded: Recorded[Any], as_of: date | None, known_at: datetime | None) -> bool:
    return (as_of is None or recorded.event.on <= as_of) and (
        known_at is None or recorded.envelope.recorded_at <= known_at
    )


def _happening(policies: PolicyEvents, earlier: History, recorded: Recorded[Any]) -> Happening:
    before, after = fold(earlier), fold([*earlier, recorded])
    card = card_at(policies, recorded)
    return Happening(
        position=recorded.position,
        version=recorded.version,
        name=recorded.event.name,
        on=recorded.event.on,
        envelope=recorded.envelope,
        event=recorded.event,
        changes=tuple(changes_between(before, after)),
        member=_about(recorded.event, before, after),
        newer_survey=_newer_survey(recorded.event, after),
        card=card,
        score_before=_score(card, before),
        score_after=_score(card, after),
    )


def card_at(policies: PolicyEvents, recorded: Recorded[Any]) -> ScorecardAdopted | None:
    """The card that was in force when an event was recorded: the registry's own score was by it."""
    known = fold_policies(event for event in policies if event.position <= recorded.position)
    now = in_force(known, known.today or day_in_pakistan(recorded.envelope.recorded_at), compile_card)
    return next((card for card in known.cards if card.content_hash == now.scorecard), None)


def _score(card: ScorecardAdopted | None, household: Household | None) -> Score | None:
    return None if card is None or household is None else compile_card(card)(household)


def _about(event: Any, before: Household | None, after: Household | None) -> Member | None:
    who = getattr(event, "member_id", None)
    return next((state.roster[who] for state in (before, after) if state is not None and who in state.roster), None)


def _newer_survey(event: Any, after: Household | None) -> date | None:
    if not isinstance(event, Registered | Resurveyed | Corrected) or after is None:
        return None
    last = after.last_full_survey_on
    return last if last is not None and last > event.on else None


def _card_changes(happenings: tuple[Happening, ...], policies: PolicyEvents) -> Iterator[CardChange]:
    """Where the card of a happening is another one than that of the happening before."""
    for earlier, later in pairwise(happenings):
        if later.card is None or later.card == earlier.card:
            continue
        adopted = next(one for one in reversed(policies) if one.position <= later.position and one.event == later.card)
        yield CardChange(max(adopted.position, earlier.position), adopted)  # type: ignore[arg-type]


def _verdicts(decisions: list[Recorded[Decided]], history: History, policies: PolicyEvents) -> Iterator[Verdict]:
    """Decisions with the roster lines of who is paid, as the roster was then."""
    paid: dict[str, tuple[str, ...]] = {}
    events: dict[int, Recorded[Any]] = {one.position: one for one in (*history, *policies)}
    for decided in decisions:
        state = fold(one for one in history if one.version <= decided.event.household_version)
        now = persons(decided.event.conclusion.recipients, state, history)
        yield Verdict(
            position=decided.position,
            recorded=decided,
            paid=now,
            paid_before=paid.get(decided.event.programme, ()),
            cause=events.get(decided.event.cause_position),
        )
        paid[decided.event.programme] = now


def persons(who: Iterable[UUID], state: Household | None, history: History) -> tuple[str, ...]:
    """Members by their roster lines, in that order; one who has left by the last line she had."""
    lines = {member.member_id: member.line for one in history for member in stated_members(one.event)}
    lines |= {member_id: member.line for member_id, member in state.roster.items()} if state else {}
    known = sorted(lines[member] for member in who if member in lines)
    return tuple(f"person {line}" for line in known)


def stated_members(event: Any) -> tuple[Member, ...]:
    """The members whom an event states wholly."""
    if isinstance(event, Registered | Resurveyed | Corrected):
        return event.survey.roster
    return event.roster if isinstance(event, Formed) else (event.member,) if isinstance(event, MemberJoined) else ()


def changes_between(before: Household | None, after: Household | None) -> list[Change]:
    """What differs between two states: place, answers, roster, families, contact, programmes."""
    if after is None:
        return []
    if before is None:
        return [Change("place", None, after.place.code), Change("members", 0, len(after.roster))]
    changes = []
    if before.place != after.place:
        changes.append(Change("place", before.place, after.place))
    if before.answers is not None and after.answers is not None:
        changes += _fields("", before.answers, after.answers)
    changes += _roster(before, after)
    changes += _named("family", _families(before), _families(after))
    changes += _named("programme", _programmes(before), _programmes(after))
    if before.address != after.address:
        changes.append(Change("address", "sealed" if before.address else None, "sealed" if after.address else None))
    if before.contact.phone_tokens != after.contact.phone_tokens:
        changes.append(Change("phones", len(before.contact.phone_tokens), len(after.contact.phone_tokens)))
    if before.merged_into != after.merged_into:
        changes.append(Change("merged into", before.merged_into, after.merged_into))
    return changes


_SEALED = frozenset({"identity", "token", "name_tokens", "member_id"})
_RELATIVES = frozenset({"spouse", "mother", "father"})


def _named(what: str, before: dict[Any, str], after: dict[Any, str]) -> list[Change]:
    names = [*before, *(name for name in after if name not in before)]
    return [
        Change(f"{what} {name}", before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _families(household: Household) -> dict[int, str]:
    """Each family's kind and the roster line of who is paid in it."""
    return {
        family.number: f"{family.kind.word}, {_person(family.recipient, household) or 'nobody'} is paid"
        for family in household.families
    }


def _programmes(household: Household) -> dict[str, str]:
    """What each programme has reported, in words."""
    shown = {}
    for name, one in household.programmes.items():
        words = [one.enrolment.word] if one.enrolment else []
        words += ["verified"] if one.verified else []
        words += [f"blocked by filter {', '.join(one.filters).replace('_', ' ')}"] if one.filters else []
        shown[name] = ", ".join(words) or "nothing"
    return shown


def _person(member_id: UUID | None, household: Household) -> str | None:
    member = household.roster.get(member_id) if member_id else None
    return f"person {member.line}" if member else None


def _roster(before: Household, after: Household) -> list[Change]:
    changes = []
    for member_id, member in after.roster.items():
        was = before.roster.get(member_id)
        if was is None:
            changes.append(Change(f"person {member.line}", None, described(member)))
        else:
            changes += _fields(f"person {member.line}: ", was, member)
            changes += [
                Change(f"person {member.line}: {name}", _person(getattr(was, name), before), _person(now, after))
                for name in sorted(_RELATIVES)
                if (now := getattr(member, name)) != getattr(was, name)
            ]
    gone = (member for member_id, member in before.roster.items() if member_id not in after.roster)
    return changes + [Change(f"person {member.line}", described(member), None) for member in gone]


def _fields(prefix: str, before: msgspec.Struct, after: msgspec.Struct) -> list[Change]:
    changes = []
    for name in before.__struct_fields__:
        was, now = getattr(before, name), getattr(after, name)
        if was == now or name in _SEALED | _RELATIVES:
            continue
        label = name.replace("_", " ")
        if isinstance(was, msgspec.Struct) and type(was) is type(now):
            changes += _fields(f"{prefix}{label}: ", was, now)
        elif isinstance(was, dict) and isinstance(now, dict):
            keys = sorted(was.keys() | now.keys())
            changes += [
                Change(f"{prefix}{key.word.replace('_', ' ')}", was.get(key), now.get(key))
                for key in keys
                if was.get(key) != now.get(key)
            ]
        else:
            changes.append(Change(f"{prefix}{label}", was, now))
    return changes


def described(member: Member) -> str:
    """A member in a few words, without a name: relation, sex and age."""
    age = "age not known" if member.age is None else f"{member.age}"
    return f"{member.relation.word.replace('_', ' ')}, {member.sex.word}, {age}"
