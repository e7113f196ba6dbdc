"""What the household verbs say, as objects for programs and as sentences for people."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from adapters.cli.programme import ILLUSTRATION, cutoff_in_words
from adapters.keys.people import Identity
from adapters.registry.disclosing import NOTHING_OPENED, Opened
from adapters.registry.explaining import Explanation
from adapters.registry.timeline import Change, Happening, Timeline, described
from adapters.registry.triage import Triage
from adapters.words import to_words
from domain.event import Envelope, Recorded
from domain.household.state import Household
from domain.places import Places
from domain.standing import Decided, Standing

CNIC_DIGITS = 13
INPUT_CHARACTERS_MAX = 1_000


def triage_object(answer: Triage) -> dict[str, Any]:
    """A triage as programs read it."""
    return {
        "registered": answer.household is not None,
        "household": answer.household,
        "status": answer.status.word,
        "last_full_survey_on": answer.situation.last_full_survey_on,
        "occasions": [
            {"occasion": each.occasion.word, "open": each.is_open, "why": each.why, "from": each.from_day}
            for each in answer.occasions
        ],
    }


def triage_words(answer: Triage) -> Iterator[str]:
    """A triage as an operator reads it."""
    if answer.household is None:
        yield "Not registered."
    else:
        yield f"Registered in household {answer.household}: {answer.status.word.replace('_', ' ')}."
    for each in answer.occasions:
        mark = "open  " if each.is_open else "closed"
        later = f" (from {each.from_day})" if each.from_day else ""
        yield f"  {mark}  {each.occasion.word.replace('_', ' '):<16}{each.why}{later}"


def household_object(household: UUID, state: Household, standing: Standing, opened: Opened) -> dict[str, Any]:
    """A household as programs read it; names only where they were opened."""
    return {
        "household": household,
        "place": to_words(state.place),
        "residences": [{"since": since, "place": to_words(place)} for since, place in state.residences],
        "last_full_survey_on": state.last_full_survey_on,
        "merged_into": state.merged_into,
        "flags": list(state.flags),
        "score": None if standing.score is None else str(standing.score),
        "status": standing.situation.status.word,
        "conclusions": {
            name: {"outcome": each.outcome.word, "reason": each.reason, "recipients": list(each.recipients)}
            for name, each in standing.conclusions.items()
        },
        "due": None if standing.due is None else {"occasion": standing.due[0].word, "on": standing.due[1]},
        "roster": [
            {**to_words(member), **_named(opened.identities.get(member.member_id))} for member in state.roster.values()
        ],
        "families": [to_words(family) for family in state.families],
        "programmes": {
            name: {
                "enrolment": each.enrolment and each.enrolment.word,
                "verified": each.verified,
                "filters": each.filters,
            }
            for name, each in state.programmes.items()
        },
        "answers": None if state.answers is None else to_words(state.answers),
        **({"phones": opened.phones, "address": opened.address} if opened is not NOTHING_OPENED else {}),
    }


def household_words(
    household: UUID, state: Household, standing: Standing, opened: Opened, places: Places
) -> Iterator[str]:
    """A household as a person reads it."""
    chain = [places.name(code) for code in (state.place.tehsil, state.place.district, state.place.region) if code]
    yield f"Household {household} in {', '.join(chain)} ({state.place.code})"
    if state.merged_into:
        yield f"  closed: merged into {state.merged_into}"
    status = standing.situation.status.word.replace("_", " ")
    yield f"  last full survey: {state.last_full_survey_on or 'none'}; status: {status}"
    score = "not scored" if standing.score is None else str(standing.score)
    yield f"  score: {score} ({ILLUSTRATION})" if standing.score is not None else f"  score: {score}"
    for name, each in standing.conclusions.items():
        yield f"  {name}: {each.outcome.word} ({each.reason.replace('_', ' ')}), {len(each.recipients)} to be paid"
    if standing.due:
        yield f"  due: {standing.due[0].word} on {standing.due[1]}"
    for member in state.roster.values():
        identity = opened.identities.get(member.member_id)
        shown = f"  {identity.name}" if identity and identity.name else ""
        yield f"  {member.line:>3}  {described(member)}{shown}  [{member.member_id}]"
    if opened.phones or opened.address:
        yield f"  phones: {', '.join(opened.phones) or 'none'}; address: {', '.join(opened.address) or 'none'}"
    if state.flags:
        yield f"  flagged: {', '.join(state.flags)}"


def _named(identity: Identity | None) -> dict[str, Any]:
    if identity is None:
        return {}
    return {"name": identity.name, "father_or_husband": identity.father_or_husband_name, "cnic": identity.cnic}


def timeline_lines(line: Timeline, opened: Opened) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Happenings and decisions in the order of the log, each as an object and as sentences."""
    entries: list[Happening | Recorded[Decided]] = [*line.happenings, *line.decisions]
    for entry in sorted(entries, key=lambda each: each.position):
        if isinstance(entry, Happening):
            yield _happening_object(entry), list(_happening_words(entry))
        else:
            yield _decision_object(entry), [_decision_words(entry)]
    if opened.identities and line.household is not None:
        for member in line.household.roster.values():
            identity = opened.identities.get(member.member_id)
            if identity is not None:
                yield {"member": member.member_id, **_named(identity)}, [f"  person {member.line}: {identity.name}"]


def _happening_object(happening: Happening) -> dict[str, Any]:
    return {
        "position": happening.position,
        "version": happening.version,
        "event": happening.name,
        "on": happening.on,
        **_who(happening.envelope),
        "changes": [
            {"what": change.what, "was": _value(change.was), "now": _value(change.now)} for change in happening.changes
        ],
        "score_before": None if happening.score_before is None else str(happening.score_before),
        "score_after": None if happening.score_after is None else str(happening.score_after),
        "details": to_words(happening.event),
    }


def _who(envelope: Envelope) -> dict[str, Any]:
    return {
        "recorded_at": envelope.recorded_at,
        "by": envelope.by,
        "role": envelope.role,
        "centre": envelope.centre,
        "device": envelope.device,
        "submission": envelope.submission,
        "capture": None if envelope.capture is None else to_words(envelope.capture),
    }


def _happening_words(happening: Happening) -> Iterator[str]:
    envelope = happening.envelope
    at = f" at {envelope.centre}" if envelope.centre else ""
    yield (
        f"{happening.position:>6}  {happening.on}  {happening.name}  "
        f"(recorded {envelope.recorded_at:%Y-%m-%d %H:%M} by {envelope.by}, {envelope.role}{at})"
    )
    for change in happening.changes:
        yield f"          {_change_words(change)}"
    if happening.score_before != happening.score_after:
        yield f"          score: {_or_none(happening.score_before)} -> {_or_none(happening.score_after)}"


def _change_words(change: Change) -> str:
    return f"{change.what}: {_or_none(_value(change.was))} -> {_or_none(_value(change.now))}"


def _or_none(value: Any) -> str:
    return "-" if value is None else str(value)


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(_value(key)): _value(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_value(each) for each in value]
    if isinstance(value, bool | int | str) and not hasattr(value, "word"):
        return value
    return None if value is None else to_words(value)


def _decision_object(recorded: Recorded[Decided]) -> dict[str, Any]:
    decided = recorded.event
    return {
        "position": recorded.position,
        "event": decided.name,
        "on": decided.on,
        "recorded_at": recorded.envelope.recorded_at,
        "by": recorded.envelope.by,
        "programme": decided.programme,
        "was": decided.was.word,
        "outcome": decided.conclusion.outcome.word,
        "reason": decided.conclusion.reason,
        "kind": decided.kind.word,
        "score": decided.conclusion.score,
        "scorecard": decided.conclusion.scorecard and decided.conclusion.scorecard.hex(),
        "cutoff": decided.conclusion.cutoff,
        "rule_version": decided.conclusion.rule_version,
        "cause_position": decided.cause_position,
    }


def _decision_words(recorded: Recorded[Decided]) -> str:
    decided = recorded.event
    score = f", score {decided.conclusion.score}" if decided.conclusion.score is not None else ""
    return (
        f"{recorded.position:>6}  {decided.on}  decided: {decided.programme} {decided.was.word} -> "
        f"{decided.conclusion.outcome.word} ({decided.conclusion.reason.replace('_', ' ')}{score}; "
        f"{decided.kind.word}, caused by {decided.cause_position})"
    )


def explanation_object(household: UUID, answer: Explanation) -> dict[str, Any]:
    """An explanation as programs read it."""
    scored = answer.scored
    return {
        "household": household,
        "programme": answer.programme,
        "day": answer.day,
        "outcome": answer.conclusion.outcome.word,
        "reason": answer.conclusion.reason,
        "recipients": list(answer.conclusion.recipients),
        "score": None if scored is None else str(scored.score),
        "not_scored_because": answer.not_scored_because,
        "scorecard": None
        if answer.card is None
        else {
            "id": answer.card.scorecard_id,
            "title": answer.card.title,
            "hash": answer.card.content_hash,
            "from": answer.card.on,
        },
        "cutoff": None if answer.cutoff is None else cutoff_in_words(answer.cutoff),
        "illustration": bool(answer.cutoff and answer.cutoff.illustration),
        "indicators": []
        if scored is None
        else [
            {"id": each.id, "question": answer.questions.get(each.id), "level": each.level, "points": str(each.points)}
            for each in scored.indicators
        ],
        "decision": None if answer.decision is None else _decision_object(answer.decision),
        "derived_again": answer.agrees,
        "policies_position": answer.policies_position,
        "household_version": answer.household_version,
    }


def explanation_words(household: UUID, answer: Explanation) -> Iterator[str]:
    """An explanation as an auditor reads it."""
    outcome, reason = answer.conclusion.outcome.word, answer.conclusion.reason.replace("_", " ")
    yield f"Household {household} was {outcome} for {answer.programme} on {answer.day}: {reason}."
    if answer.cutoff is not None:
        yield f"  rule: {cutoff_in_words(answer.cutoff)}"
    if answer.card is not None:
        yield f"  scorecard: {answer.card.title} ({answer.card.scorecard_id}, {answer.card.content_hash.hex()[:16]})"
    if answer.not_scored_because:
        yield f"  not scored: {answer.not_scored_because}"
    if answer.scored is not None:
        for each in answer.scored.indicators:
            yield f"  {each.points!s:>6}  {each.id}  {answer.questions.get(each.id, '')}  [{each.level}]"
        yield f"  {answer.scored.score!s:>6}  score"
    if answer.decision is None:
        yield "  No decision was recorded, since it was never other than ineligible. This was derived from the log now."
    elif answer.agrees:
        yield (
            f"  Derived again from the log (household version {answer.household_version}, policies at "
            f"{answer.policies_position}): the same as recorded at {answer.decision.position}."
        )
    else:
        yield f"  DIFFERS from what was recorded: {_decision_words(answer.decision).strip()}"
