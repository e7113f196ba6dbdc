"""Why a household was eligible or not: the decision derived again from the log as it was, every step in the open."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.cards import compile_card, compiled_card
from adapters.registry.reading import Reader
from domain.event import Recorded
from domain.household.state import Household, fold
from domain.policies import Policies, in_force
from domain.programme import CutOffSet, Rule
from domain.refusal import Rejected
from domain.scorecard.compiler import Scored
from domain.scorecard_adoption import ScorecardAdopted
from domain.standing import NOT_OPEN, Conclusion, Decided, assess


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A conclusion with everything it rests on.

    `decision` is what was recorded, if anything was; `agrees`: deriving it again from the log of then gives the same.
    """

    programme: str
    conclusion: Conclusion
    day: date
    policies_position: int
    household_version: int
    rule: Rule
    cutoff: CutOffSet | None
    card: ScorecardAdopted | None
    scored: Scored | None
    not_scored_because: str | None
    decision: Recorded[Decided] | None
    agrees: bool
    questions: dict[str, str]


def explain(
    reader: Reader, household: UUID, programme: str, *, as_of: date | None = None, known_at: datetime | None = None
) -> Explanation:
    """Explain the decision in force, or what is concluded where none was recorded. Raises Rejected."""
    decision = _decision_in_force(reader, household, programme, as_of, known_at)
    history = [
        recorded
        for recorded in reader.history(household)
        if known_at is None or recorded.envelope.recorded_at <= known_at
    ]
    if decision is not None:
        history = [recorded for recorded in history if recorded.version <= decision.event.household_version]
        policies, day = reader.policies_at(decision.event.policies_position), decision.event.on
        state = fold(history)
    else:
        policies = reader.policies_known_at(known_at)
        day = as_of or policies.today or date.min
        state = fold(history, as_of=as_of)
    if state is None:
        raise Rejected(
            f"Household {household} was not registered by then: leave out --as-of and --known-at, or look it up."
        )
    if programme not in policies.programmes:
        raise Rejected(
            f"No programme {programme} was open by then; open ones: {', '.join(policies.programmes) or 'none'}."
        )
    return _explain(state, programme, policies, day, decision, history[-1].version)


def _decision_in_force(
    reader: Reader, household: UUID, programme: str, as_of: date | None, known_at: datetime | None
) -> Recorded[Decided] | None:
    taken = [
        decided
        for decided in reader.decisions(household)
        if decided.event.programme == programme
        and (as_of is None or decided.event.on <= as_of)
        and (known_at is None or decided.envelope.recorded_at <= known_at)
    ]
    return taken[-1] if taken else None


def _explain(
    state: Household,
    programme: str,
    policies: Policies,
    day: date,
    decision: Recorded[Decided] | None,
    version: int,
) -> Explanation:
    now = in_force(policies, day, compile_card)
    conclusion = assess(state, now).conclusions.get(programme, NOT_OPEN)
    known = policies.programmes[programme]
    opened = known.find_opening(day)
    rule = opened.rule if opened else known.rule
    cutoff = known.find_cutoff(day) if rule.needs_score else None
    card = next((card for card in policies.cards if cutoff and card.content_hash == cutoff.scorecard), None)
    scored, problem, questions = _scored(state, card)
    return Explanation(
        programme=programme,
        conclusion=conclusion,
        day=day,
        policies_position=policies.position,
        household_version=version,
        rule=rule,
        cutoff=cutoff,
        card=card,
        scored=scored,
        not_scored_because=problem,
        decision=decision,
        agrees=decision is None or decision.event.conclusion == conclusion,
        questions=questions,
    )


def _scored(state: Household, card: ScorecardAdopted | None) -> tuple[Scored | None, str | None, dict[str, str]]:
    if card is None:
        return None, None, {}
    compiled = compiled_card(card.content)
    questions: dict[str, Any] = {indicator.id: indicator.ask or indicator.id for indicator in compiled.card.indicators}
    if state.answers is None:
        return None, "the household has no full survey of its own yet", questions
    try:
        return compiled.score(state), None, questions
    except Rejected as rejected:
        return None, str(rejected), questions
