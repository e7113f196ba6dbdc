"""What partners are told of shocks: those that name their programme, as far as they meet the agreed places. Pure."""

from collections.abc import Iterator
from datetime import date

import msgspec

from domain.agreement import Agreement
from domain.questionnaire.codes import Group, Hazard
from domain.shock import (
    DECLARED_NAMES,
    Notified,
    Shock,
    ShockDeclared,
    ShockLifted,
    ShockRevoked,
    ShockWidened,
)

ShockToldEvent = ShockDeclared | ShockWidened | ShockLifted | ShockRevoked
SHOCK_NAMES = DECLARED_NAMES | {ShockWidened.name, ShockLifted.name, ShockRevoked.name}
"""Shocks that are only proposed strike nobody yet, and thresholds are the registry's own."""


class ShockTold(msgspec.Struct, frozen=True, gc=False):
    """A shock as one partner is told of it; `places` are those that lie both in the agreement and in what it tells of.

    Of a widening these are the new places, with their own day of impact; of an end, all of them. Where there are
    `groups`, it struck only who belonged to one of them.
    """

    shock: str
    hazard: Hazard
    impact_on: date
    places: tuple[str, ...]
    resurvey_from: date
    resurvey_until: date
    groups: tuple[Group, ...] = ()


def find_told(shock: Shock, event: ShockToldEvent, programme: str, agreement: Agreement) -> ShockTold | None:
    """What a partner is told of an event of a shock, taken in already; nothing where it does not concern it."""
    declared = shock.declared
    if programme not in declared.relief_programmes:
        return None
    notified = event if isinstance(event, ShockDeclared | ShockWidened) else None
    places = tuple(meeting(shock.places if notified is None else notified.places, agreement.made.places))
    if not places:
        return None
    impact_on = declared.impact_on if notified is None else notified.impact_on
    return ShockTold(
        declared.shock,
        declared.hazard,
        impact_on,
        places,
        declared.resurvey_from,
        shock.resurveys_until,
        declared.groups,
    )


def meeting(struck: tuple[str, ...], agreed: tuple[str, ...]) -> Iterator[str]:
    """The places that lie in both, each by the finer of two codes and once; where none is agreed, all of the shock."""
    if not agreed:
        yield from dict.fromkeys(struck)
        return
    finer = (_finer(code, other) for code in struck for other in agreed)
    yield from dict.fromkeys(code for code in finer if code is not None)


def _finer(one: str, other: str) -> str | None:
    if Notified(date.min, (other,)).covers(one):
        return one
    return other if Notified(date.min, (one,)).covers(other) else None
