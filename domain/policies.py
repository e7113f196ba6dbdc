"""What is in force: scorecards, programmes with their cut-offs, and shocks, folded from the log in its own order."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from domain import programme as programmes
from domain import shock as shocks
from domain.event import Recorded
from domain.household.state import Household
from domain.programme import (
    CutOffSet,
    Programme,
    ProgrammeClosed,
    ProgrammeEvent,
    ProgrammeOpened,
    ReliefShareSet,
    Rule,
    ancestors,
)
from domain.questionnaire.codes import Comparison
from domain.registry_day import DayOpened
from domain.scorecard_adoption import ScorecardAdopted
from domain.shock import (
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

Score = int | Decimal | Fraction
"""A score is exact: an integer, a decimal or a rational, as the card's arithmetic says."""

Formula = Callable[[Household], Score | None]
"""Scores a household, or gives nothing where the card cannot be applied to what is known."""

PolicyEvent = ScorecardAdopted | ProgrammeEvent | ShockEvent | DayOpened


class Policies(msgspec.Struct, frozen=True, gc=False):
    """Every policy recorded up to a position. `today` is the last day the registry opened.

    `proposed` are shocks that await the approval of another person; `alone` counts, by shock and person, the households
    that somebody declared or added without another.
    """

    position: int = 0
    today: date | None = None
    cards: tuple[ScorecardAdopted, ...] = ()
    programmes: dict[str, Programme] = msgspec.field(default_factory=dict)
    shocks: dict[str, Shock] = msgspec.field(default_factory=dict)
    proposed: dict[str, ShockProposed] = msgspec.field(default_factory=dict)
    alone: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)

    def find_card(self, scorecard_id: str) -> ScorecardAdopted | None:
        """The card of this name that was adopted last."""
        return next((card for card in reversed(self.cards) if card.scorecard_id == scorecard_id), None)

    def find_current_card(self, day: date) -> ScorecardAdopted | None:
        """The card in force on a day, which gives the registry's own score: of those begun, the one that began last."""
        begun = [card for card in self.cards if card.on <= day]
        return max(enumerate(begun), key=lambda pair: (pair[1].on, pair[0]))[1] if begun else None

    def find_shares(self, day: date) -> dict[str, int]:
        """The relief programmes that are given to a poorest share on a day, each with its percentage."""
        shares = {name: known.find_share(day) for name, known in self.programmes.items()}
        return {name: share for name, share in shares.items() if share is not None}

    def usable_from(self) -> dict[bytes, date]:
        """From which day each adopted card may be used, by its hash."""
        first: dict[bytes, date] = {}
        for card in self.cards:
            first[card.content_hash] = min(card.on, first.get(card.content_hash, card.on))
        return first


NOTHING = Policies()


def evolve(policies: Policies, recorded: Recorded[PolicyEvent]) -> Policies:
    """Take one policy event in; it holds no rules."""
    event, position = recorded.event, recorded.position
    match event:
        case DayOpened(on=on):
            return replace(policies, position=position, today=on)
        case ScorecardAdopted():
            return replace(policies, position=position, cards=(*policies.cards, event))
        case ProgrammeOpened() | CutOffSet() | ReliefShareSet() | ProgrammeClosed():
            changed = programmes.evolve(policies.programmes.get(event.programme), event)
            known = policies.programmes if changed is None else {**policies.programmes, event.programme: changed}
            return replace(policies, position=position, programmes=known)
        case ShockProposed():
            return replace(policies, position=position, proposed={**policies.proposed, event.shock: event})
        case StruckCounted(shock=name):
            by_person, person = policies.alone.get(name, {}), as_compared(event.counted_for)
            counted = {**by_person, person: by_person.get(person, 0) + event.households}
            return replace(policies, position=position, alone={**policies.alone, name: counted})
        case ShockProposalWithdrawn(shock=name):
            proposed = {each: other for each, other in policies.proposed.items() if each != name}
            return replace(policies, position=position, proposed=proposed)
        case ShockDeclared() | ShockWidened() | ThresholdsSet() | ShockLifted() | ShockRevoked():
            proposed = policies.proposed
            if isinstance(event, ShockDeclared) and event.shock in proposed:
                proposed = {name: each for name, each in proposed.items() if name != event.shock}
            shock = shocks.evolve(policies.shocks.get(event.shock), event)
            named = policies.shocks if shock is None else {**policies.shocks, event.shock: shock}
            return replace(policies, position=position, shocks=named, proposed=proposed)


def fold(events: Iterable[Recorded[PolicyEvent]], policies: Policies = NOTHING) -> Policies:
    """Fold policy events in the order of the log."""
    for recorded in sorted(events, key=lambda recorded: recorded.position):
        policies = evolve(policies, recorded)
    return policies


class ProgrammeInForce(msgspec.Struct, frozen=True, gc=False):
    """One programme as it is on a day: its rule, its cut-off and the shocks under which it gives relief.

    A relief programme may be given to a poorest share, `poorest_percent`, instead; the shocks hold its thresholds then,
    and `formulas` score by the cards of those. `revoked` are shocks that named it and were declared wrongly.
    """

    programme_id: str
    rule: Rule
    rule_version: int
    cutoff: CutOffSet | None
    formula: Formula | None
    relief: tuple[Shock, ...] = ()
    revoked: tuple[Shock, ...] = ()
    poorest_percent: int | None = None
    formulas: Mapping[bytes, Formula] = msgspec.field(default_factory=dict)


class InForce(msgspec.Struct, frozen=True, gc=False):
    """Everything an assessment needs on one day, parents before the programmes assessed after them.

    `shocks` are all that have struck, those that are over too. `formula` and `scorecard` are those of the card in force
    that began last: the registry's own score.
    """

    day: date
    position: int
    programmes: tuple[ProgrammeInForce, ...]
    shocks: tuple[Shock, ...]
    formula: Formula | None = None
    scorecard: bytes | None = None


def in_force(policies: Policies, day: date, compile_card: Callable[[ScorecardAdopted], Formula]) -> InForce:
    """What is in force on a day. `compile_card` makes a formula of a card; it is asked once for each card in use."""
    current = policies.find_current_card(day)
    opened = _parents_first(policies.programmes, day)
    in_use = {cutoff.scorecard for known, _ in opened if (cutoff := known.find_cutoff(day))}
    if current is not None:
        in_use.add(current.content_hash)
    struck = tuple(shock.as_of(day) for shock in policies.shocks.values() if shock.has_struck(day))
    in_use |= {card for shock in struck if shock.is_active(day) for card in shock.scorecards}
    formulas = {card.content_hash: compile_card(card) for card in policies.cards if card.content_hash in in_use}
    return InForce(
        day=day,
        position=policies.position,
        programmes=tuple(_programme(known, opening, day, formulas, struck) for known, opening in opened),
        shocks=struck,
        formula=formulas[current.content_hash] if current else None,
        scorecard=current.content_hash if current else None,
    )


def _parents_first(programmes: Mapping[str, Programme], day: date) -> list[tuple[Programme, ProgrammeOpened]]:
    """Those open on a day, in the order in which they were first opened, but each after all that it depends on."""
    opened = {name: (known, opening) for name, known in programmes.items() if (opening := known.find_opening(day))}
    after = {name: opening.rule.after for name, (_, opening) in opened.items()}
    return [opened[name] for name in sorted(opened, key=lambda name: len(ancestors(name, after)))]


def _programme(
    known: Programme, opening: ProgrammeOpened, day: date, formulas: dict[bytes, Formula], struck: tuple[Shock, ...]
) -> ProgrammeInForce:
    name, cutoff, share = known.programme_id, known.find_cutoff(day), known.find_share(day)
    named = [shock for shock in struck if name in shock.declared.relief_programmes]
    relief = tuple(shock for shock in named if shock.is_active(day) and (share is None or name in shock.limits))
    cards = {limit.scorecard for shock in relief for limit in shock.limits.get(name, {}).values()}
    return ProgrammeInForce(
        programme_id=name,
        rule=opening.rule,
        rule_version=opening.rule_version,
        cutoff=cutoff,
        formula=formulas.get(cutoff.scorecard) if cutoff else None,
        relief=relief,
        revoked=tuple(shock for shock in named if shock.is_revoked(day)),
        poorest_percent=share,
        formulas={} if share is None else {card: formulas[card] for card in sorted(cards) if card in formulas},
    )


def touches_standing(before: InForce | None, after: InForce) -> bool:
    """Whether the change between two days or positions can move any household's standing."""
    if before is None:
        return bool(after.programmes or after.scorecard)
    return _what_moves_standings(before) != _what_moves_standings(after)


def _what_moves_standings(policies: InForce) -> tuple[object, ...]:
    """Formulas are left out, since two made of one card are not equal; the hash of the card speaks for them."""
    return policies.scorecard, [replace(programme, formula=None, formulas={}) for programme in policies.programmes]


def passes(score: Score, comparison: Comparison, cutoff: Decimal) -> bool:
    """Hold a score against a cut-off, exactly."""
    limit = Fraction(cutoff) if type(score) is Fraction else cutoff  # a tenth of the time that isinstance takes
    return score <= limit if comparison is Comparison.AT_OR_UNDER else score < limit
