"""What may be asked of a shock: declare, approve, withdraw, widen, lift or revoke it. Every rule of shocks is here."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, assert_never

import msgspec
from msgspec.structs import replace

from domain.questionnaire.codes import Group, Hazard
from domain.refusal import Rejected
from domain.relief import Limit, ReliefThresholds
from domain.shock import (
    GroupShockDeclared,
    GroupShockProposed,
    Shock,
    ShockDeclared,
    ShockEvent,
    ShockLifted,
    ShockProposalWithdrawn,
    ShockProposed,
    ShockRevoked,
    ShockWidened,
    StruckCounted,
    ThresholdsSet,
    as_compared,
)

HOUSEHOLDS_BY_ONE_MAX: Final = 100_000
"""Most households that one person may declare struck: more than most tehsils have, and fewer than a district (ours)."""


class DeclareShock(msgspec.Struct, frozen=True):
    """Declare a shock that struck at most so many `households` in these places: whoever declares has counted them.

    `thresholds` are those of the programmes that are given to a poorest share; with `groups` it struck only who
    belonged to one of them.
    """

    shock: str
    hazard: Hazard
    on: date
    impact_on: date
    places: tuple[str, ...]
    resurvey_from: date
    resurvey_until: date
    authority: str
    households: int
    notification: str = ""
    relief_programmes: tuple[str, ...] = ()
    thresholds: tuple[ReliefThresholds, ...] = ()
    snapshot_position: int = 0
    by: str = ""
    groups: tuple[Group, ...] = ()


class ApproveShock(msgspec.Struct, frozen=True):
    """Approve what another person proposed."""

    shock: str
    on: date
    by: str
    thresholds: tuple[ReliefThresholds, ...] = ()
    snapshot_position: int = 0


class WithdrawProposal(msgspec.Struct, frozen=True):
    """Take back what was proposed and not approved yet."""

    shock: str
    on: date
    reason: str


class WidenShock(msgspec.Struct, frozen=True):
    """Add places that a declared shock struck as well, in which at most so many `households` lived."""

    shock: str
    on: date
    impact_on: date
    places: tuple[str, ...]
    authority: str
    households: int
    notification: str = ""
    thresholds: tuple[ReliefThresholds, ...] = ()
    snapshot_position: int = 0
    by: str = ""


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


ShockCommand = DeclareShock | ApproveShock | WithdrawProposal | WidenShock | LiftShock | RevokeShock

NO_SHARES: Final[Mapping[str, int]] = {}
NOBODY: Final[Mapping[str, int]] = {}


def decide(
    command: ShockCommand,
    shock: Shock | None,
    shares: Mapping[str, int] = NO_SHARES,
    proposed: ShockProposed | None = None,
    alone: Mapping[str, int] = NOBODY,
    today: date = date.max,
) -> list[ShockEvent]:
    """Decide about a shock; whether its places and programmes exist is checked where those are known.

    `shares` are the poorest shares, in percent, to which programmes give relief; others have a cut-off or none.
    `proposed` is what was proposed under this name and not approved yet; `alone` counts the households that each person
    declared or added to the shock without another, by name as it is compared. No shock is over before its day has come,
    which `today` tells.
    """
    match command:
        case DeclareShock():
            return _declare(command, shock, shares, proposed)
        case ApproveShock():
            return _approve(command, shock, shares, proposed)
        case WithdrawProposal():
            return _withdraw(command, shock, proposed)
        case WidenShock():
            return _widen(command, _declared(shock, command.shock), shares, alone)
        case LiftShock(on=on):
            known = _not_over(_declared(shock, command.shock))
            if on < known.declared.impact_on:
                raise Rejected(
                    f"Shock {command.shock} struck on {known.declared.impact_on}; it cannot be over on {on}."
                )
            if on > today:
                raise Rejected(
                    f"Today is {today}: say that {command.shock} is over on the day on which it is, not for {on} "
                    "already. Once it is lifted it cannot be revoked."
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
    event = _declaration(_stated(command))
    if shock is not None:
        if _stated(shock.declared) == _stated(command):
            return []
        raise Rejected(
            f"A shock named {command.shock!r} was declared on {shock.declared.on}: give this one another name."
        )
    if not command.shock.strip():
        raise Rejected("A shock needs a name by which it is widened, lifted and reported on, such as flood-2022.")
    if not command.places:
        raise Rejected(
            "A shock needs at least one place or group: name P-codes of regions, districts or tehsils, or groups."
        )
    if command.impact_on > command.on:
        raise Rejected(f"The impact ({command.impact_on}) lies after the declaration ({command.on}).")
    if command.resurvey_from < command.impact_on:
        raise Rejected(f"The resurvey window begins ({command.resurvey_from}) before the impact ({command.impact_on}).")
    if command.resurvey_until < command.impact_on:
        raise Rejected(
            f"The resurvey window ends ({command.resurvey_until}) before the impact ({command.impact_on}): it is for "
            "those who were struck, so let it end later."
        )
    if command.resurvey_until < command.resurvey_from:
        raise Rejected(
            f"The resurvey window ends ({command.resurvey_until}) before it begins ({command.resurvey_from})."
        )
    if proposed is not None or command.households > HOUSEHOLDS_BY_ONE_MAX:
        return _propose(command, proposed)
    return [event, *_counted(command), *_set_thresholds(command, event, {}, shares)]


def _stated(shock: DeclareShock | ShockDeclared | ShockProposed) -> dict[str, Any]:
    """What a declaration says of the world, without what was counted and who said it."""
    return {name: getattr(shock, name) for name in GroupShockDeclared.__struct_fields__}


def _declaration(stated: dict[str, Any]) -> ShockDeclared:
    if stated["groups"]:
        return GroupShockDeclared(**stated)
    return ShockDeclared(**{name: stated[name] for name in ShockDeclared.__struct_fields__})


def _counted(command: DeclareShock | WidenShock) -> list[ShockEvent]:
    """How many households one person declared or added, if there are any."""
    households = command.households
    return [StruckCounted(command.on, command.shock, households, command.by)] if households else []


def _propose(command: DeclareShock, proposed: ShockProposed | None) -> list[ShockEvent]:
    if proposed is None:
        stated = {**_stated(command), "households": command.households, "proposed_by": command.by}
        kind = GroupShockProposed if command.groups else ShockProposed
        return [kind(**{name: stated[name] for name in kind.__struct_fields__})]
    if _stated(proposed) == {**_stated(command), "on": proposed.on}:
        return []
    raise Rejected(
        f"A shock named {command.shock!r} was proposed on {proposed.on} and awaits approval: give this one another "
        "name, or withdraw what was proposed (`shock withdraw`)."
    )


def _withdraw(command: WithdrawProposal, shock: Shock | None, proposed: ShockProposed | None) -> list[ShockEvent]:
    if proposed is None:
        if shock is not None:
            raise Rejected(f"Shock {command.shock} is declared: it is lifted or revoked, and not withdrawn.")
        raise Rejected(f"No shock is proposed as {command.shock!r}: see `shock list` for the names.")
    if not command.reason.strip():
        raise Rejected(f"Say why {command.shock} is withdrawn: whoever was to approve it will ask.")
    return [ShockProposalWithdrawn(command.on, command.shock, command.reason)]


def _approve(
    command: ApproveShock, shock: Shock | None, shares: Mapping[str, int], proposed: ShockProposed | None
) -> list[ShockEvent]:
    if proposed is None:
        if shock is not None:
            raise Rejected(f"Shock {command.shock} is declared already and needs no approval.")
        raise Rejected(f"No shock is proposed as {command.shock!r}: see `shock list` for the names.")
    if not command.by.strip() or as_compared(command.by) == as_compared(proposed.proposed_by):
        raise Rejected(
            f"{command.shock} was proposed by {proposed.proposed_by or 'nobody named'}: another person must approve it."
        )
    event = _declaration({**_stated(proposed), "on": command.on})
    return [event, *_set_thresholds(command, event, {}, shares)]


def _widen(command: WidenShock, shock: Shock, shares: Mapping[str, int], alone: Mapping[str, int]) -> list[ShockEvent]:
    _not_over(shock)
    if not command.places:
        raise Rejected("Name the places by which the shock is widened: P-codes of regions, districts or tehsils.")
    if command.impact_on > command.on:
        raise Rejected(f"The impact ({command.impact_on}) lies after the day of widening ({command.on}).")
    if command.impact_on > shock.resurveys_until:
        raise Rejected(
            f"The resurvey window of {command.shock} closes on {shock.resurveys_until}, before this impact "
            f"({command.impact_on}): declare a shock of its own."
        )
    new = shock.find_new(command.places)
    if not new:
        return []
    before = alone.get(as_compared(command.by), 0)
    if before + command.households > HOUSEHOLDS_BY_ONE_MAX:
        raise Rejected(
            f"In these places lived {command.households:,} households, and {command.by or 'nobody named'} declared or "
            f"added {before:,} alone already; one person may add {HOUSEHOLDS_BY_ONE_MAX:,} in all: let another person "
            "add them, or declare a shock of its own, which another person approves."
        )
    event = ShockWidened(command.on, command.shock, command.impact_on, new, command.authority, command.notification)
    return [event, *_counted(command), *_set_thresholds(command, shock.declared, shock.limits, shares)]


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
