"""Why a household is eligible or not, and whether what was recorded of it follows from the log as it was then."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.cards import compile_card, compiled_card
from adapters.registry.card_reading import Reading, readings
from adapters.registry.reading import History, Reader
from domain.event import Recorded
from domain.household.state import Household, fold
from domain.policies import Policies, in_force
from domain.programme import CutOffSet, Rule
from domain.refusal import Rejected
from domain.registry_day import DayOpened
from domain.scorecard.compiler import Scored
from domain.scorecard_adoption import ScorecardAdopted
from domain.shock import Shock
from domain.standing import NOT_OPEN, Conclusion, Decided, assess


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """A conclusion about a day with everything it rests on.

    `lines` are the roster lines of those who are paid; `lifted` the shocks that hit the household and are over.
    `poorest_percent`: the share of each tehsil that relief is given to, where that is the rule in place of a cut-off.
    """

    conclusion: Conclusion
    day: date
    policies_position: int
    household_version: int
    rule: Rule
    cutoff: CutOffSet | None
    poorest_percent: int | None
    card: ScorecardAdopted | None
    scored: Scored | None
    not_scored_because: str | None
    readings: tuple[Reading, ...]
    lines: tuple[int, ...]
    lifted: tuple[Shock, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What is concluded now, and what was recorded last.

    `derived` is the recorded decision derived again from the log of then. `since` is what came into the log after it
    that may have moved it; `decided_since`: a later decision was recorded, beyond the days or the instant asked about.
    """

    programme: str
    as_of: date | None
    known_at: datetime | None
    now: Grounds
    decision: Recorded[Decided] | None = None
    derived: Grounds | None = None
    cause: Recorded[Any] | None = None
    since: tuple[Recorded[Any], ...] = ()
    decided_since: bool = False

    @property
    def conclusion(self) -> Conclusion:
        """What is concluded now."""
        return self.now.conclusion

    @property
    def agrees(self) -> bool | None:
        """Whether deriving the recorded decision again gives the same; nothing where none was recorded."""
        if self.decision is None or self.derived is None:
            return None
        return self.decision.event.conclusion == self.derived.conclusion

    @property
    def still_holds(self) -> bool:
        """Whether outcome and recipients now are those that were recorded."""
        if self.decision is None:
            return False
        recorded = self.decision.event.conclusion
        return (recorded.outcome, recorded.recipients) == (self.conclusion.outcome, self.conclusion.recipients)


def explain(
    reader: Reader, household: UUID, programme: str, *, as_of: date | None = None, known_at: datetime | None = None
) -> Explanation:
    """Explain what is concluded now (or was, under either clock), and the last decision recorded. Raises Rejected."""
    known = [one for one in reader.history(household) if known_at is None or one.envelope.recorded_at <= known_at]
    history = [one for one in known if as_of is None or one.event.on <= as_of]
    policies = reader.policies_known_at(known_at)
    now = _grounds(history, programme, policies, as_of or policies.today or date.min)
    if now is None:
        raise Rejected(
            f"Household {household} was not registered by then: leave out --as-of and --known-at, or look it up."
        )
    taken = [decided for decided in reader.decisions(household) if decided.event.programme == programme]
    within = [decided for decided in taken if _within(decided, as_of, known_at)]
    decided_since = len(taken) > len(within)
    if not within:
        return Explanation(programme=programme, as_of=as_of, known_at=known_at, now=now, decided_since=decided_since)
    decision = within[-1]
    events = reader.policy_events()
    return Explanation(
        programme=programme,
        as_of=as_of,
        known_at=known_at,
        now=now,
        decision=decision,
        derived=_derived_again(reader, known, decision),
        cause=find_cause(decision, [*known, *events]),
        since=tuple(_since(decision, history, [one for one in events if _within(one, as_of, known_at)])),
        decided_since=decided_since,
    )


def find_cause(decision: Recorded[Decided], events: list[Recorded[Any]]) -> Recorded[Any] | None:
    """The event that moved a household's standing, among those of the household and the policies."""
    return next((one for one in events if one.position == decision.event.cause_position), None)


def _within(recorded: Recorded[Any], as_of: date | None, known_at: datetime | None) -> bool:
    return (as_of is None or recorded.event.on <= as_of) and (
        known_at is None or recorded.envelope.recorded_at <= known_at
    )


def _derived_again(reader: Reader, known: History, decision: Recorded[Decided]) -> Grounds | None:
    """The grounds of a decision, from the log as it was when it was recorded."""
    history = [recorded for recorded in known if recorded.version <= decision.event.household_version]
    policies = reader.policies_at(decision.event.policies_position)
    return _grounds(history, decision.event.programme, policies, decision.event.on)


def _since(decision: Recorded[Decided], history: History, policy_events: list[Recorded[Any]]) -> list[Recorded[Any]]:
    """What the decision did not know yet. Days that open are left out: there is one every day."""
    later: list[Recorded[Any]] = [one for one in history if one.version > decision.event.household_version]
    later += [
        one
        for one in policy_events
        if one.position > decision.event.policies_position and not isinstance(one.event, DayOpened)
    ]
    return sorted(later, key=lambda one: one.position)


def _grounds(history: History, programme: str, policies: Policies, day: date) -> Grounds | None:
    """Conclude about a household on a day, with every step in the open. Raises Rejected for an unknown programme."""
    state = fold(history)
    if state is None:
        return None
    if programme not in policies.programmes:
        raise Rejected(
            f"No programme {programme} was open by then; open ones: {', '.join(policies.programmes) or 'none'}."
        )
    conclusion = assess(state, in_force(policies, day, compile_card)).conclusions.get(programme, NOT_OPEN)
    known = policies.programmes[programme]
    opened = known.find_opening(day)
    rule = opened.rule if opened else known.rule
    cutoff = known.find_cutoff(day) if rule.needs_score else None
    wanted = cutoff.scorecard if cutoff else conclusion.scorecard
    card = next((card for card in policies.cards if wanted and card.content_hash == wanted), None)
    scored, problem = _scored(state, card)
    return Grounds(
        conclusion=conclusion,
        day=day,
        policies_position=policies.position,
        household_version=max(recorded.version for recorded in history),
        rule=rule,
        cutoff=cutoff,
        poorest_percent=known.find_share(day),
        card=card,
        scored=scored,
        not_scored_because=problem,
        readings=() if card is None or state.answers is None else readings(card.content, state),
        lines=tuple(sorted(state.roster[who].line for who in conclusion.recipients if who in state.roster)),
        lifted=tuple(_lifted(programme, state, policies, day)) if rule.relief else (),
    )


def _scored(state: Household, card: ScorecardAdopted | None) -> tuple[Scored | None, str | None]:
    if card is None:
        return None, None
    if state.answers is None:
        return None, "the household has no full survey of its own yet"
    try:
        return compiled_card(card.content).score(state), None
    except Rejected as rejected:
        return None, str(rejected)


def _lifted(programme: str, state: Household, policies: Policies, day: date) -> list[Shock]:
    """The shocks under which a programme gave relief to this household, until they were lifted or revoked."""
    return [
        shock
        for shock in policies.shocks.values()
        if programme in shock.declared.relief_programmes
        and shock.ended_on is not None
        and shock.ended_on <= day
        and shock.find_struck(state.find_place_on, state.find_groups_on) is not None
    ]
