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
from domain.programme import CutOffSet, Programme, ProgrammeClosed, ProgrammeOpened, Rule, ancestors
from domain.questionnaire.codes import Comparison
from domain.registry_day import DayOpened
from domain.scorecard_adoption import ScorecardAdopted
from domain.shock import Shock, ShockDeclared, ShockLifted

Score = int | Decimal | Fraction
"""A score is exact: an integer, a decimal or a rational, as the card's arithmetic says."""

Formula = Callable[[Household], Score | None]
"""Scores a household, or gives nothing where the card cannot be applied to what is known."""

PolicyEvent = ScorecardAdopted | ProgrammeOpened | CutOffSet | ProgrammeClosed | ShockDeclared | ShockLifted | DayOpened


class Policies(msgspec.Struct, frozen=True, gc=False):
    """Every policy recorded up to a position. `today` is the last day the registry opened."""

    position: int = 0
    today: date | None = None
    cards: tuple[ScorecardAdopted, ...] = ()
    programmes: dict[str, Programme] = msgspec.field(default_factory=dict)
    shocks: dict[str, Shock] = msgspec.field(default_factory=dict)

    def find_card(self, scorecard_id: str) -> ScorecardAdopted | None:
        """The card of this name that was adopted last."""
        return next((card for card in reversed(self.cards) if card.scorecard_id == scorecard_id), None)

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
        case ProgrammeOpened() | CutOffSet() | ProgrammeClosed():
            changed = programmes.evolve(policies.programmes.get(event.programme), event)
            known = policies.programmes if changed is None else {**policies.programmes, event.programme: changed}
            return replace(policies, position=position, programmes=known)
        case ShockDeclared() | ShockLifted():
            shock = shocks.evolve(policies.shocks.get(event.shock), event)
            named = policies.shocks if shock is None else {**policies.shocks, event.shock: shock}
            return replace(policies, position=position, shocks=named)


def fold(events: Iterable[Recorded[PolicyEvent]], policies: Policies = NOTHING) -> Policies:
    """Fold policy events in the order of the log."""
    for recorded in sorted(events, key=lambda recorded: recorded.position):
        policies = evolve(policies, recorded)
    return policies


class ProgrammeInForce(msgspec.Struct, frozen=True, gc=False):
    """One programme as it is on a day: its rule, its cut-off and the shocks under which it gives relief."""

    programme_id: str
    rule: Rule
    rule_version: int
    cutoff: CutOffSet | None
    formula: Formula | None
    relief: tuple[Shock, ...] = ()


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
    begun = [card for card in policies.cards if card.on <= day]
    current = max(enumerate(begun), key=lambda pair: (pair[1].on, pair[0]))[1] if begun else None
    opened = _parents_first(policies.programmes, day)
    in_use = {cutoff.scorecard for known, _ in opened if (cutoff := known.find_cutoff(day))}
    if current is not None:
        in_use.add(current.content_hash)
    formulas = {card.content_hash: compile_card(card) for card in begun if card.content_hash in in_use}
    struck = tuple(shock for shock in policies.shocks.values() if shock.has_struck(day))
    active = tuple(shock for shock in struck if shock.is_active(day))
    return InForce(
        day=day,
        position=policies.position,
        programmes=tuple(_programme(known, opening, day, formulas, active) for known, opening in opened),
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
    known: Programme, opening: ProgrammeOpened, day: date, formulas: dict[bytes, Formula], active: tuple[Shock, ...]
) -> ProgrammeInForce:
    cutoff = known.find_cutoff(day)
    return ProgrammeInForce(
        programme_id=known.programme_id,
        rule=opening.rule,
        rule_version=opening.rule_version,
        cutoff=cutoff,
        formula=formulas.get(cutoff.scorecard) if cutoff else None,
        relief=tuple(shock for shock in active if known.programme_id in shock.declared.relief_programmes),
    )


def touches_standing(before: InForce | None, after: InForce) -> bool:
    """Whether the change between two days or positions can move any household's standing."""
    if before is None:
        return bool(after.programmes or after.scorecard)
    return _what_moves_standings(before) != _what_moves_standings(after)


def _what_moves_standings(policies: InForce) -> tuple[object, ...]:
    """Formulas are left out, since two made of one card are not equal; the hash of the card speaks for them."""
    return policies.scorecard, [replace(programme, formula=None) for programme in policies.programmes]


def passes(score: Score, comparison: Comparison, cutoff: Decimal) -> bool:
    """Hold a score against a cut-off, exactly."""
    limit = Fraction(cutoff) if type(score) is Fraction else cutoff  # a tenth of the time that isinstance takes
    return score <= limit if comparison is Comparison.AT_OR_UNDER else score < limit
