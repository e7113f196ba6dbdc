"""What was in force at each position of the log, and which changes of policy moved standings."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec.structs import replace

from domain import policies as policy
from domain.event import Recorded
from domain.household.state import Household
from domain.policies import Formula, InForce, Policies
from domain.questionnaire.codes import DecisionKind
from domain.scorecard_adoption import ScorecardAdopted
from domain.shock import Shock

CompileCard = Callable[[ScorecardAdopted], Formula]

NOTHING_IN_FORCE = InForce(day=date.min, position=0, programmes=(), shocks=())
"""Before the registry opened its first day."""


class Turn(msgspec.Struct, frozen=True):
    """A change of policy that may move standings: its position, and what is in force from there on.

    `shocks` are those it is about, as they were before it and as they are: it moves nobody whom none of them struck.
    None where it may move anybody.
    """

    position: int
    in_force: InForce
    kind: DecisionKind
    shocks: tuple[Shock, ...] | None = None

    def touches(self, household: Household) -> bool:
        """Whether it may move the standing of a household, as that was at the turn."""
        shocks = self.shocks
        return shocks is None or any(
            shock.find_struck(household.find_place_on, household.find_groups_on) is not None for shock in shocks
        )


class Timeline(msgspec.Struct, frozen=True):
    """The policies up to a position, what they put in force, and every turn until there."""

    policies: Policies = policy.NOTHING
    in_force: InForce = NOTHING_IN_FORCE
    turns: tuple[Turn, ...] = ()

    @property
    def last_turn(self) -> Turn | None:
        """The newest change that moved standings."""
        return self.turns[-1] if self.turns else None

    def turns_after(self, position: int) -> Sequence[Turn]:
        """The changes that something assessed at a position has not taken in."""
        if not self.turns or self.turns[-1].position <= position:
            return ()
        return self.turns[bisect_right(self.turns, position, key=lambda turn: turn.position) :]


def advance(timeline: Timeline, recorded: Recorded[Any], compile_card: CompileCard) -> Timeline:
    """Take one policy event in, in the order of the log."""
    policies = policy.evolve(timeline.policies, recorded)
    if policies.today is None:
        return replace(timeline, policies=policies)
    # Windows of resurveys move no standing, and finding each household's would take a third of an assessment.
    in_force = replace(policy.in_force(policies, policies.today, compile_card), shocks=())
    if not policy.touches_standing(timeline.in_force, in_force):
        return Timeline(policies, in_force, timeline.turns)
    shocks = _shocks_between(timeline.in_force, in_force)
    kind = DecisionKind.POLICY if shocks is None else DecisionKind.SHOCK
    turn = Turn(recorded.position, in_force, kind, shocks)
    return Timeline(policies, in_force, (*timeline.turns, turn))


def timeline(events: Iterable[Recorded[Any]], compile_card: CompileCard) -> Timeline:
    """Fold policy events that are in the order of the log."""
    folded = Timeline()
    for recorded in events:
        folded = advance(folded, recorded, compile_card)
    return folded


def places_of(turns: Sequence[Turn]) -> frozenset[str] | None:
    """The places of all shocks that these turns are about; none where one of them may move anybody."""
    places: set[str] = set()
    for turn in turns:
        if turn.shocks is None:
            return None
        places.update(place for shock in turn.shocks for place in shock.places)
    return frozenset(places)


def _shocks_between(before: InForce, after: InForce) -> tuple[Shock, ...] | None:
    """The shocks under which relief differs, where nothing else does: what they bring is not a change of rule."""
    if _without_relief(before) != _without_relief(after):
        return None
    found: list[Shock] = []
    for old, new in zip(before.programmes, after.programmes, strict=True):
        for was, now in ((old.relief, new.relief), (old.revoked, new.revoked)):
            found += [shock for shock in was if shock not in now]
            found += [shock for shock in now if shock not in was]
    return tuple(found)


def _without_relief(in_force: InForce) -> tuple[object, ...]:
    """Formulas are left out: a card that was compiled anew gives another one, and is no change of rule."""
    return in_force.scorecard, tuple(
        replace(programme, relief=(), revoked=(), formula=None, formulas={}) for programme in in_force.programmes
    )
