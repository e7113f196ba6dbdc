"""A household's history as a person reads it: every event, who recorded it, what it changed, and what was decided."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.cards import compile_card
from adapters.registry.reading import History, Reader
from domain.event import Envelope, Recorded
from domain.household.state import Household, fold
from domain.policies import Score, in_force
from domain.policies import fold as fold_policies
from domain.questionnaire.answers import Member
from domain.registry_day import day_in_pakistan
from domain.standing import Decided


class Change(msgspec.Struct, frozen=True):
    """One thing that an event changed: where, what it was and what it is. Nothing here names a person."""

    what: str
    was: Any
    now: Any


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One event in a household's history. Scores before and after are by the card in force when it was recorded."""

    position: int
    version: int
    name: str
    on: date
    envelope: Envelope
    event: Any
    changes: tuple[Change, ...] = ()
    score_before: Score | None = None
    score_after: Score | None = None


class Timeline(msgspec.Struct, frozen=True):
    """Happenings and decisions in the order of the log, and the household as they leave it."""

    happenings: tuple[Happening, ...]
    decisions: tuple[Recorded[Decided], ...]
    household: Household | None


def timeline(
    reader: Reader, household: UUID, *, as_of: date | None = None, known_at: datetime | None = None
) -> Timeline:
    """What was believed at `known_at` about the days up to `as_of`; everything without them."""
    history = [recorded for recorded in reader.history(household) if _within(recorded, as_of, known_at)]
    decisions = [decided for decided in reader.decisions(household) if _within(decided, as_of, known_at)]
    happenings = tuple(_happening(reader, history[:index], recorded) for index, recorded in enumerate(history))
    return Timeline(happenings, tuple(decisions), fold(history))


def _within(recorded: Recorded[Any], as_of: date | None, known_at: datetime | None) -> bool:
    return (as_of is None or recorded.event.on <= as_of) and (
        known_at is None or recorded.envelope.recorded_at <= known_at
    )


def _happening(reader: Reader, earlier: History, recorded: Recorded[Any]) -> Happening:
    before, after = fold(earlier), fold([*earlier, recorded])
    return Happening(
        position=recorded.position,
        version=recorded.version,
        name=recorded.event.name,
        on=recorded.event.on,
        envelope=recorded.envelope,
        event=recorded.event,
        changes=tuple(changes_between(before, after)),
        score_before=score_at(reader, before, recorded),
        score_after=score_at(reader, after, recorded),
    )


def score_at(reader: Reader, household: Household | None, recorded: Recorded[Any]) -> Score | None:
    """The score of a household by the card that was in force when an event was recorded."""
    if household is None:
        return None
    known = fold_policies(event for event in reader.policy_events() if event.position <= recorded.position)
    formula = in_force(known, known.today or day_in_pakistan(recorded.envelope.recorded_at), compile_card).formula
    return formula(household) if formula else None


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
        words += [f"blocked by {', '.join(one.filters)}"] if one.filters else []
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
