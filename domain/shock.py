"""A shock: a flood, quake, drought or other blow declared over places, with windows of relief and of resurvey."""

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.event import Event
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import Hazard
from domain.refusal import Rejected


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


class ShockLifted(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The shock is over: its windows close on this day."""

    name: ClassVar[str] = "shock.lifted.v1"
    on: date
    shock: str
    authority: str = ""


ShockEvent = ShockDeclared | ShockLifted


class Shock(msgspec.Struct, frozen=True, gc=False):
    """A shock as its events describe it."""

    declared: ShockDeclared
    lifted_on: date | None = None

    def struck(self, place: Place | None) -> bool:
        """Whether a household that lived here at the impact was hit."""
        return place is not None and any(place.is_within(code) for code in self.declared.places)

    @property
    def resurveys_until(self) -> date:
        """The last day of the window of resurvey, which closes early where the shock is lifted."""
        declared = self.declared.resurvey_until
        return declared if self.lifted_on is None else min(declared, self.lifted_on)

    def has_struck(self, on: date) -> bool:
        """Whether the impact was by this day; one declared late counts for the days before its declaration too."""
        return self.declared.impact_on <= on

    def is_active(self, on: date) -> bool:
        """Whether the shock has struck and is not over on this day."""
        return self.has_struck(on) and (self.lifted_on is None or on < self.lifted_on)


def evolve(shock: Shock | None, event: ShockEvent) -> Shock | None:
    """Take one event in; it holds no rules."""
    match event:
        case ShockDeclared():
            return Shock(event)
        case ShockLifted(on=on):
            return replace(shock, lifted_on=on) if shock else None
        case _:
            assert_never(event)


class DeclareShock(msgspec.Struct, frozen=True):
    """Declare a shock over places."""

    shock: str
    hazard: Hazard
    on: date
    impact_on: date
    places: tuple[str, ...]
    resurvey_from: date
    resurvey_until: date
    authority: str
    notification: str = ""
    relief_programmes: tuple[str, ...] = ()


class LiftShock(msgspec.Struct, frozen=True):
    """Declare that a shock is over."""

    shock: str
    on: date
    authority: str = ""


ShockCommand = DeclareShock | LiftShock


def decide(command: ShockCommand, shock: Shock | None) -> list[ShockEvent]:
    """Decide about a shock; whether its places and programmes exist is checked where those are known."""
    match command:
        case DeclareShock():
            return _declare(command, shock)
        case LiftShock(on=on):
            if shock is None:
                raise Rejected(f"No shock is known as {command.shock!r}: see `shock list` for the names.")
            if shock.lifted_on is not None:
                raise Rejected(f"Shock {command.shock} was lifted on {shock.lifted_on} already.")
            if on < shock.declared.impact_on:
                raise Rejected(
                    f"Shock {command.shock} struck on {shock.declared.impact_on}; it cannot be over on {on}."
                )
            return [ShockLifted(on, command.shock, command.authority)]
        case _:
            assert_never(command)


def _declare(command: DeclareShock, shock: Shock | None) -> list[ShockEvent]:
    event = ShockDeclared(**{name: getattr(command, name) for name in command.__struct_fields__})
    if shock is not None:
        if shock.declared == event:
            return []
        raise Rejected(
            f"A shock named {command.shock!r} was declared on {shock.declared.on}: give this one another name."
        )
    if not command.places:
        raise Rejected("A shock needs at least one place: name P-codes of regions, districts or tehsils.")
    if command.impact_on > command.on:
        raise Rejected(f"The impact ({command.impact_on}) lies after the declaration ({command.on}).")
    if command.resurvey_from < command.impact_on:
        raise Rejected(f"The resurvey window begins ({command.resurvey_from}) before the impact ({command.impact_on}).")
    if command.resurvey_until < command.resurvey_from:
        raise Rejected(
            f"The resurvey window ends ({command.resurvey_until}) before it begins ({command.resurvey_from})."
        )
    return [event]
