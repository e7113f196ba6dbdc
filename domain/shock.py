"""A shock: a flood, price rise or other blow declared over places or groups, with windows of relief and of resurvey."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.event import Event
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import Group, Hazard
from domain.relief import Limit, ReliefThresholds, limits_of

_NOTIFICATIONS_REMEMBERED_MAX = 1_024

FindPlace = Callable[[date], Place | None]
"""Says where a household lived on a day, as far as it was registered then."""
FindGroups = Callable[[date], frozenset[Group]]
"""Says to which groups a household belonged on a day, as far as it was registered then."""


class ShockDeclared(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """An authority declared that a shock struck these places on a day: P-codes, or `tehsil/union council`."""

    name: ClassVar[str] = "shock.declared.v1"
    on: date
    shock: str
    hazard: Hazard
    impact_on: date
    places: tuple[str, ...]
    resurvey_from: date
    resurvey_until: date
    authority: str
    notification: str = ""
    relief_programmes: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups that it struck; none where it struck everybody in its places."""
        return ()


class GroupShockDeclared(ShockDeclared, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """An authority declared that a shock struck, in these places, the households that belonged to one of the groups."""

    name: ClassVar[str] = "shock.declared_for_groups.v1"
    groups: tuple[Group, ...] = ()


class ShockProposed(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A shock over more households than one person may declare was proposed; it holds once another person approves."""

    name: ClassVar[str] = "shock.proposed.v1"
    on: date
    shock: str
    hazard: Hazard
    impact_on: date
    places: tuple[str, ...]
    resurvey_from: date
    resurvey_until: date
    authority: str
    notification: str
    relief_programmes: tuple[str, ...]
    households: int
    proposed_by: str

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups that it would strike; none where it would strike everybody in its places."""
        return ()


class GroupShockProposed(ShockProposed, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A shock over groups, with more households than one person may declare, was proposed."""

    name: ClassVar[str] = "shock.proposed_for_groups.v1"
    groups: tuple[Group, ...]


class ShockProposalWithdrawn(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """What was proposed is not to be approved any more: nobody was struck by it, and its name is free again."""

    name: ClassVar[str] = "shock.proposal_withdrawn.v1"
    on: date
    shock: str
    reason: str


class ShockWidened(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """An authority notified further places of a declared shock, with the day on which it struck them."""

    name: ClassVar[str] = "shock.widened.v1"
    on: date
    shock: str
    impact_on: date
    places: tuple[str, ...]
    authority: str
    notification: str = ""


class StruckCounted(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """At most so many households lived in the places that a person declared or added to a shock alone."""

    name: ClassVar[str] = "shock.struck_counted.v1"
    on: date
    shock: str
    households: int
    counted_for: str


class ThresholdsSet(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The score up to which a relief programme is given in each tehsil of a shock was found, once, and holds.

    It follows from the standings at `snapshot_position` of the log.
    """

    name: ClassVar[str] = "shock.thresholds_set.v1"
    on: date
    shock: str
    snapshot_position: int
    thresholds: ReliefThresholds


class ShockLifted(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The shock is over: its windows close on this day."""

    name: ClassVar[str] = "shock.lifted.v1"
    on: date
    shock: str
    authority: str = ""


class ShockRevoked(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The shock was declared wrongly: relief under it is reversed from this day, and its windows close."""

    name: ClassVar[str] = "shock.revoked.v1"
    on: date
    shock: str
    reason: str
    authority: str = ""


ShockEvent = (
    ShockDeclared
    | GroupShockDeclared
    | ShockProposed
    | GroupShockProposed
    | ShockProposalWithdrawn
    | StruckCounted
    | ShockWidened
    | ThresholdsSet
    | ShockLifted
    | ShockRevoked
)


DECLARED_NAMES = frozenset({ShockDeclared.name, GroupShockDeclared.name})


class Notified(msgspec.Struct, frozen=True, gc=False):
    """Places that were notified together, and the day on which the shock struck them.

    Where there are `groups`, it struck only who belonged to one of them on that day.
    """

    impact_on: date
    places: tuple[str, ...]
    groups: tuple[Group, ...] = ()

    def covers(self, code: str) -> bool:
        """Whether a place, as a shock names places, is among these or lies in one of them."""
        tehsil, _, council = code.partition("/")
        return any(Place(tehsil, council or None).is_within(each) for each in self.places)


class _Codes(msgspec.Struct, frozen=True):
    """Places by the lengths of their codes, so that one look for each length is enough; and union councils."""

    whole: frozenset[str]
    lengths: tuple[int, ...]
    councils: tuple[str, ...]


@lru_cache(_NOTIFICATIONS_REMEMBERED_MAX)
def _codes(places: tuple[str, ...]) -> _Codes:
    whole = frozenset(code for code in places if "/" not in code)
    return _Codes(whole, tuple(sorted(set(map(len, whole)))), tuple(code for code in places if "/" in code))


def _lies_in(place: Place, places: tuple[str, ...]) -> bool:
    """Whether a place is one of these or lies in one: a province is notified by a hundred tehsils and more."""
    codes, code = _codes(places), place.code
    for letters in codes.lengths:
        if code[:letters] in codes.whole:
            return True
    return any(map(place.is_within, codes.councils)) if codes.councils else False


class Shock(msgspec.Struct, frozen=True, gc=False):
    """A shock as its events describe it. `limits` are its thresholds by programme and tehsil."""

    declared: ShockDeclared
    notified: tuple[Notified, ...]
    limits: dict[str, dict[str, Limit]] = msgspec.field(default_factory=dict)
    lifted_on: date | None = None
    revoked_on: date | None = None

    def find_struck(self, find_place_on: FindPlace, find_groups_on: FindGroups) -> Place | None:
        """Where a household lived when the shock struck it, or nothing where it was not hit."""
        for notified in self.notified:
            impact_on, groups = notified.impact_on, notified.groups
            place = find_place_on(impact_on)
            if place is None or not _lies_in(place, notified.places):
                continue
            if not groups or not find_groups_on(impact_on).isdisjoint(groups):
                return place
        return None

    @property
    def places(self) -> tuple[str, ...]:
        """All places that were notified, in the order in which they were."""
        return tuple(code for notified in self.notified for code in notified.places)

    def find_new(self, places: tuple[str, ...]) -> tuple[str, ...]:
        """Those of some places that the shock does not cover yet."""
        return tuple(code for code in places if not any(each.covers(code) for each in self.notified))

    def overlaps(self, places: tuple[str, ...]) -> bool:
        """Whether some place lies both in this shock and in these."""
        these = Notified(self.declared.impact_on, places)
        return any(map(these.covers, self.places)) or any(
            each.covers(code) for each in self.notified for code in places
        )

    @property
    def scorecards(self) -> frozenset[bytes]:
        """The cards of its thresholds."""
        return frozenset(limit.scorecard for limits in self.limits.values() for limit in limits.values())

    @property
    def ended_on(self) -> date | None:
        """The day on which it was lifted or revoked, if it was."""
        return self.lifted_on or self.revoked_on

    @property
    def resurveys_until(self) -> date:
        """The last day of the window of resurvey, which closes early where the shock is lifted or revoked."""
        declared = self.declared.resurvey_until
        return declared if self.ended_on is None else min(declared, self.ended_on)

    def has_struck(self, on: date) -> bool:
        """Whether the impact was by this day; one declared late counts for the days before its declaration too."""
        return any(notified.impact_on <= on for notified in self.notified)

    def is_active(self, on: date) -> bool:
        """Whether the shock has struck and is not over on this day."""
        return self.has_struck(on) and (self.ended_on is None or on < self.ended_on)

    def is_revoked(self, on: date) -> bool:
        """Whether it was known by this day to have been declared wrongly."""
        return self.revoked_on is not None and self.revoked_on <= on

    def as_of(self, on: date) -> "Shock":
        """The shock without the places that it struck after this day."""
        if all(notified.impact_on <= on for notified in self.notified):
            return self
        return replace(self, notified=tuple(each for each in self.notified if each.impact_on <= on))


def as_compared(person: str) -> str:
    """A person's name as it is held against another: case and spaces do not make another person."""
    return " ".join(person.split()).casefold()


def evolve(shock: Shock | None, event: ShockEvent) -> Shock | None:
    """Take one event in; it holds no rules."""
    match event:
        case ShockDeclared():
            return Shock(event, (Notified(event.impact_on, event.places, event.groups),))
        case ShockProposed() | ShockProposalWithdrawn() | StruckCounted():
            return shock
        case _ if shock is None:
            return None
        case ShockWidened():
            further = Notified(event.impact_on, event.places, shock.declared.groups)
            return replace(shock, notified=(*shock.notified, further))
        case ThresholdsSet(thresholds=thresholds):
            name = thresholds.programme
            merged = limits_of((thresholds,))[name] | shock.limits.get(name, {})
            return replace(shock, limits={**shock.limits, name: merged})
        case ShockLifted(on=on):
            return replace(shock, lifted_on=on)
        case ShockRevoked(on=on):
            return replace(shock, revoked_on=on)
        case _:
            assert_never(event)
