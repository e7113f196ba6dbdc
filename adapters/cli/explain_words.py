"""What `household explain` says: what is concluded now, on what grounds, and how that stands to what was recorded."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from adapters.cli.history_words import decision_object, decision_words
from adapters.cli.plain_words import (
    card_in_words,
    card_object,
    conclusion_in_words,
    event_in_words,
    instant,
    listed,
)
from adapters.cli.programme import cutoff_in_words
from adapters.registry.explaining import Explanation, Grounds
from domain.event import Recorded
from domain.policies import passes
from domain.questionnaire.codes import Comparison, Outcome
from domain.scorecard.entries import Contribution
from domain.standing import Decided

EVENTS_SHOWN_MAX = 5


def explanation_object(household: UUID, answer: Explanation) -> dict[str, Any]:
    """An explanation as programs read it."""
    return {
        "household": household,
        "programme": answer.programme,
        "asked_day": answer.as_of,
        "known_at": answer.known_at,
        "now": _grounds_object(answer.now),
        "decision": None if answer.decision is None else decision_object(answer.decision),
        "derived_again": answer.agrees,
        "since": [{"position": one.position, "event": one.event.name, "on": one.event.on} for one in answer.since],
    }


def _grounds_object(grounds: Grounds) -> dict[str, Any]:
    scored = grounds.scored
    return {
        "day": grounds.day,
        "outcome": grounds.conclusion.outcome.word,
        "reason": grounds.conclusion.reason,
        "recipients": list(grounds.conclusion.recipients),
        "recipient_lines": list(grounds.lines),
        "score": None if scored is None else str(scored.score),
        "not_scored_because": grounds.not_scored_because,
        "missing": [name for reading in grounds.readings for name in reading.missing],
        "scorecard": card_object(grounds.card),
        "cutoff": None if grounds.cutoff is None else cutoff_in_words(grounds.cutoff),
        "illustration": bool(grounds.cutoff and grounds.cutoff.illustration),
        "indicators": _indicators(grounds),
        "poorest_percent": grounds.poorest_percent,
        "threshold": grounds.conclusion.cutoff if grounds.poorest_percent is not None else None,
        "shocks_lifted": [{"shock": shock.declared.shock, "on": shock.ended_on} for shock in grounds.lifted],
        "policies_position": grounds.policies_position,
        "household_version": grounds.household_version,
    }


def _indicators(grounds: Grounds) -> list[dict[str, Any]]:
    contributions = _contributions(grounds)
    return [
        {
            "id": reading.indicator,
            "question": reading.question,
            "value": reading.value,
            "missing": list(reading.missing),
            "level": found.level if (found := contributions.get(reading.indicator)) else None,
            "points": str(found.points) if found else None,
        }
        for reading in grounds.readings
    ]


def _contributions(grounds: Grounds) -> dict[str, Contribution]:
    return {} if grounds.scored is None else {each.id: each for each in grounds.scored.indicators}


def explanation_words(household: UUID, answer: Explanation) -> Iterator[str]:
    """An explanation as an auditor reads it."""
    verb, known = ("was", f", as known at {instant(answer.known_at)}") if answer.known_at else ("is", "")
    verb = "was" if answer.as_of else verb
    verdict = conclusion_in_words(answer.conclusion)
    yield f"Household {household} {verb} {verdict} for {answer.programme} on {answer.now.day}{known}; derived now."
    yield from _grounds_words(answer.now)
    if answer.decision is None:
        yield f"  {_none_recorded(answer)}"
    else:
        yield from _recorded_words(answer, answer.decision)


def _grounds_words(grounds: Grounds) -> Iterator[str]:
    if grounds.cutoff is not None:
        yield f"  rule: {cutoff_in_words(grounds.cutoff)}"
    if grounds.poorest_percent is not None:
        held = grounds.conclusion.cutoff
        threshold = "" if held is None else f"; its threshold is {held}"
        yield f"  rule: the poorest {grounds.poorest_percent}% of the tehsil where the shock struck{threshold}"
    if grounds.card is not None:
        yield f"  scorecard: {card_in_words(grounds.card)}"
    yield from _score_words(grounds)
    for shock in grounds.lifted:
        ended = f"lifted on {shock.lifted_on}" if shock.revoked_on is None else f"revoked on {shock.revoked_on}"
        yield f"  the shock {shock.declared.shock} struck this household; it was {ended}"
    if grounds.lines:
        paid = listed(f"person {line}" for line in grounds.lines)
        yield f"  {'paid' if grounds.conclusion.outcome is Outcome.ELIGIBLE else 'would be paid'}: {paid}"


def _score_words(grounds: Grounds) -> Iterator[str]:
    contributions = _contributions(grounds)
    for reading in grounds.readings:
        if found := contributions.get(reading.indicator):
            read = "" if reading.value in (None, found.level) else f", from {reading.value}"
            yield f"  {found.points!s:>6}  {reading.indicator}  {reading.question}  [{found.level}{read}]"
    if grounds.scored is not None:
        yield f"  {grounds.scored.score!s:>6}  score"
        yield from _comparisons(grounds)
    elif missing := [reading for reading in grounds.readings if reading.missing]:
        yield "  not scored, since the card does not say what counts for these missing answers; record them:"
        yield from (f"    {reading.indicator}: {', '.join(reading.missing)}" for reading in missing)
    elif grounds.not_scored_because:
        yield f"  not scored: {grounds.not_scored_because}"


def _comparisons(grounds: Grounds) -> Iterator[str]:
    """The score against the cut-off, and against the relaxed one where that is what let it pass."""
    cutoff, scored = grounds.cutoff, grounds.scored
    if cutoff is None or scored is None or isinstance(scored.score, float):
        return
    sign = "<=" if cutoff.comparison is Comparison.AT_OR_UNDER else "<"
    held_to = {"": cutoff.value} | {
        f" with {relaxation.word.replace('_', ' ')}": value
        for relaxation, value in cutoff.relaxed.items()
        if grounds.conclusion.reason == f"score_within_cutoff_relaxed:{relaxation.word}"
    }
    for where, limit in held_to.items():
        verdict = "passes" if passes(scored.score, cutoff.comparison, limit) else "does not pass"
        yield f"  score {scored.score} {sign} {limit}{where}: {verdict}"


def _none_recorded(answer: Explanation) -> str:
    if answer.decided_since or answer.as_of or answer.known_at:
        return "No decision recorded by then; derived now from what is known of that day."
    if answer.conclusion.outcome is Outcome.INELIGIBLE:
        return "No decision is recorded: the first is, once something other than ineligible is concluded."
    return "No decision recorded yet: `run` is behind. Derived now from what is known."


def _recorded_words(answer: Explanation, decision: Recorded[Decided]) -> Iterator[str]:
    yield f"  Last decision recorded, at {decision.position}, for {decision_words(decision)}"
    if answer.cause is not None:
        yield f"    because of {event_in_words(answer.cause)}"
    if answer.agrees and answer.derived is not None:
        yield (
            f"    Derived again from the log (household version {answer.derived.household_version}, policies at "
            f"{answer.derived.policies_position}): the same."
        )
    elif answer.derived is not None:
        yield f"    DIFFERS when derived again from the log of then: {conclusion_in_words(answer.derived.conclusion)}"
    if answer.since or not answer.still_holds:
        yield f"    {_standing_of(answer, decision)}"


def _standing_of(answer: Explanation, decision: Recorded[Decided]) -> str:
    """How a recorded decision stands to what came after it."""
    shown = [f"{one.event.name} of {one.event.on} at {one.position}" for one in answer.since[-EVENTS_SHOWN_MAX:]]
    more = f" and {len(answer.since) - len(shown)} others" if len(answer.since) > len(shown) else ""
    before = f", before {', '.join(shown)}{more}" if shown else ""
    if answer.still_holds:
        outcome = "nothing since changed the outcome or who is paid"
    elif answer.decided_since:
        outcome = "what is concluded above was decided later"
    else:
        outcome = "the outcome above differs and is not recorded yet: `run` is behind"
    return f"Decided at {decision.position}{before}: {outcome}."
