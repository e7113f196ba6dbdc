"""What may be asked of a shock: declare, approve, widen, lift or revoke it. Every rule about shocks is here."""

from collections.abc import Mapping
from datetime import date
from typing import Final, assert_never

import msgspec
from msgspec.structs import replace

from domain.questionnaire.codes import Hazard
from domain.refusal import Rejected
from domain.relief import Limit, ReliefThresholds
from domain.shock import (
    Shock,
    ShockDeclared,
    ShockEvent,
    ShockLifted,
    ShockProposed,
    ShockRevoked,
    ShockWidened,
    ThresholdsSet,
)

HOUSEHOLDS_BY_ONE_MAX: Final = 100_000
"""Most households that one person may declare struck: more than most tehsils have, and fewer than a district (ours)."""


class DeclareShock(msgspec.Struct, frozen=True):
    """Declare a shock over places, in which at most so many `households` lived.

    `thresholds` are those of the programmes that are given to a poorest share.
    """

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
    thresholds: tuple[ReliefThresholds, ...] = ()
    snapshot_position: int = 0
    households: int = 0
    by: str = ""


class ApproveShock(msgspec.Struct, frozen=True):
    """Approve what another person proposed."""

    shock: str
    on: date
    by: str
    thresholds: tuple[ReliefThresholds, ...] = ()
    snapshot_position: int = 0


class WidenShock(msgspec.Struct, frozen=True):
    """Add places that a declared shock struck as well."""

    shock: str
    on: date
    impact_on: date
    places: tuple[str, ...]
    authority: str
    notification: str = ""
    thresholds: tuple[ReliefThresholds, ...] = ()
    snapshot_position: int = 0
    households: int = 0


class LiftShock(msgspec.Struct, frozen=True):
    """Declare that a shock is over."""

    shock: str
    on: date
    authority: str = ""


class RevokeShock(msgspec.Struct, frozen=True):
    """Declare that a shock was declared wrongly."""

    shock: str
    on: date
    reason: str
    authority: str = ""


ShockCommand = DeclareShock | ApproveShock | WidenShock | LiftShock | RevokeShock

NO_SHARES: Final[Mapping[str, int]] = {}


def decide(
    command: ShockCommand,
    shock: Shock | None,
    shares: Mapping[str, int] = NO_SHARES,
    proposed: ShockProposed | None = None,
) -> list[ShockEvent]:
    """Decide about a shock; whether its places and programmes exist is checked where those are known.

    `shares` are the poorest shares, in percent, to which programmes give relief; others have a cut-off or none.
    `proposed` is what was proposed under this name and not approved yet.
    """
    match command:
        case DeclareShock():
            return _declare(command, shock, shares, proposed)
        case ApproveShock():
            return _approve(command, shock, shares, proposed)
        case WidenShock():
            return _widen(command, _declared(shock, command.shock), shares)
        case LiftShock(on=on):
            known = _not_over(_declared(shock, command.shock))
            if on < known.declared.impact_on:
                raise Rejected(
                    f"Shock {command.shock} struck on {known.declared.impact_on}; it cannot be over on {on}."
                )
            return [ShockLifted(on, command.shock, command.authority)]
        case RevokeShock(on=on, reason=reason):
            known = _not_over(_declared(shock, command.shock))
            if not reason.strip():
                raise Rejected(f"Say why shock {command.shock} is revoked: whoever loses relief by it will ask.")
            if on < known.declared.on:
                raise Rejected(
                    f"Shock {command.shock} was declared on {known.declared.on}; it cannot be revoked on {on}."
                )
            return [ShockRevoked(on, command.shock, reason, command.authority)]
        case _:
            assert_never(command)


def _declared(shock: Shock | None, name: str) -> Shock:
    if shock is None:
        raise Rejected(f"No shock is known as {name!r}: see `shock list` for the names.")
    return shock


def _not_over(shock: Shock) -> Shock:
    name = shock.declared.shock
    if shock.revoked_on is not None:
        raise Rejected(f"Shock {name} was revoked on {shock.revoked_on} already: declare it anew under another name.")
    if shock.lifted_on is not None:
        raise Rejected(f"Shock {name} was lifted on {shock.lifted_on} already: what was given until then stands.")
    return shock


def _declare(
    command: DeclareShock, shock: Shock | None, shares: Mapping[str, int], proposed: ShockProposed | None
) -> list[ShockEvent]:
    event = ShockDeclared(**{name: getattr(command, name) for name in ShockDeclared.__struct_fields__})
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
    if proposed is not None or command.households > HOUSEHOLDS_BY_ONE_MAX:
        return _propose(command, event, proposed)
    return [event, *_set_thresholds(command, event, {}, shares)]


def _propose(command: DeclareShock, event: ShockDeclared, proposed: ShockProposed | None) -> list[ShockEvent]:
    if proposed is None:
        stated = {name: getattr(event, name) for name in ShockDeclared.__struct_fields__}
        return [ShockProposed(**stated, households=command.households, proposed_by=command.by)]
    if _declaration_in(proposed, proposed.on) == replace(event, on=proposed.on):
        return []
    raise Rejected(
        f"A shock named {command.shock!r} was proposed on {proposed.on} and awaits approval: give this one another "
        "name."
    )


def _approve(
    command: ApproveShock, shock: Shock | None, shares: Mapping[str, int], proposed: ShockProposed | None
) -> list[ShockEvent]:
    if proposed is None:
        if shock is not None:
            raise Rejected(f"Shock {command.shock} is declared already and needs no approval.")
        raise Rejected(f"No shock is proposed as {command.shock!r}: see `shock list` for the names.")
    if not command.by.strip() or _same_person(command.by, proposed.proposed_by):
        raise Rejected(
            f"{command.shock} was proposed by {proposed.proposed_by or 'nobody named'}: another person must approve it."
        )
    event = _declaration_in(proposed, command.on)
    return [event, *_set_thresholds(command, event, {}, shares)]


def _same_person(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _declaration_in(proposed: ShockProposed, on: date) -> ShockDeclared:
    stated = {name: getattr(proposed, name) for name in ShockDeclared.__struct_fields__}
    return ShockDeclared(**{**stated, "on": on})


def _widen(command: WidenShock, shock: Shock, shares: Mapping[str, int]) -> list[ShockEvent]:
    _not_over(shock)
    if not command.places:
        raise Rejected("Name the places by which the shock is widened: P-codes of regions, districts or tehsils.")
    if command.impact_on > command.on:
        raise Rejected(f"The impact ({command.impact_on}) lies after the day of widening ({command.on}).")
    if command.households > HOUSEHOLDS_BY_ONE_MAX:
        raise Rejected(
            f"In these places lived {command.households:,} households, and one person may add "
            f"{HOUSEHOLDS_BY_ONE_MAX:,}: declare a shock of its own, which another person approves."
        )
    if command.impact_on > shock.resurveys_until:
        raise Rejected(
            f"The resurvey window of {command.shock} closes on {shock.resurveys_until}, before this impact "
            f"({command.impact_on}): declare a shock of its own."
        )
    new = tuple(code for code in command.places if not any(each.covers(code) for each in shock.notified))
    if not new:
        return []
    event = ShockWidened(command.on, command.shock, command.impact_on, new, command.authority, command.notification)
    return [event, *_set_thresholds(command, shock.declared, shock.limits, shares)]


def _set_thresholds(
    command: DeclareShock | ApproveShock | WidenShock,
    declared: ShockDeclared,
    limits: Mapping[str, Mapping[str, Limit]],
    shares: Mapping[str, int],
) -> list[ShockEvent]:
    """The thresholds of each programme that has a share; a tehsil that has one already keeps it."""
    found = {each.programme: each for each in command.thresholds}
    events: list[ShockEvent] = []
    for name in declared.relief_programmes:
        if name not in shares:
            continue
        thresholds = found.get(name)
        if thresholds is None or thresholds.poorest_percent != shares[name]:
            raise Rejected(
                f"{name} is given to the poorest {shares[name]}% of each tehsil, and no thresholds for that were "
                "found: declare the shock again."
            )
        known = limits.get(name, {})
        tehsils = tuple(each for each in thresholds.tehsils if each.tehsil not in known)
        if tehsils or not known:
            stated = replace(thresholds, tehsils=tehsils)
            events.append(ThresholdsSet(command.on, command.shock, command.snapshot_position, stated))
    return events
