"""What `household history` says, in the order of the log: events, decisions, changes of card, and what is beside."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from adapters.cli.plain_words import (
    card_in_words,
    card_object,
    code_in_words,
    conclusion_in_words,
    event_in_words,
    in_words,
    instant,
    listed,
    reason_in_words,
    without_seals,
)
from adapters.keys.people import Identity
from adapters.registry.beside import Aside
from adapters.registry.disclosing import Opened
from adapters.registry.timeline import CardChange, Change, Entry, Happening, Timeline, Verdict, described
from adapters.words import to_words
from domain.event import Envelope, Recorded
from domain.household.events import (
    Corrected,
    DuplicateAbsorbed,
    Formed,
    KeysDestroyed,
    MemberErased,
    MemberJoined,
    MemberLeft,
    PaymentReported,
    ProgrammeReported,
    Resurveyed,
)
from domain.questionnaire.codes import Outcome
from domain.standing import Decided
from domain.submission import Disclosed, SubmissionRefused

PAISA_A_RUPEE = 100
_INDENT = " " * 10


def timeline_lines(
    line: Timeline, opened: Opened, asides: Iterable[Aside] = ()
) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Everything in the order of the log, each as an object and as sentences."""
    entries: list[Entry | Aside] = sorted([*line.entries, *asides], key=lambda entry: entry.position)
    for entry in entries:
        match entry:
            case Happening():
                yield _happening_object(entry), list(_happening_words(entry))
            case Verdict():
                yield decision_object(entry.recorded), [f"{entry.position:>6}  {_verdict_words(entry)}"]
            case CardChange():
                yield _card_change_object(entry), [_card_change_words(entry)]
            case Recorded():
                yield aside_line(entry)
    if opened.identities and line.household is not None:
        for member in line.household.roster.values():
            identity = opened.identities.get(member.member_id)
            if identity is not None:
                yield {"member": member.member_id, **named(identity)}, [f"  person {member.line}: {identity.name}"]


def named(identity: Identity | None) -> dict[str, Any]:
    """An opened identity as programs read it."""
    if identity is None:
        return {}
    return {"name": identity.name, "father_or_husband": identity.father_or_husband_name, "cnic": identity.cnic}


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
        "newer_survey": happening.newer_survey,
        "score_before": None if happening.score_before is None else str(happening.score_before),
        "score_after": None if happening.score_after is None else str(happening.score_after),
        "scorecard": card_object(happening.card),
        "details": without_seals(to_words(happening.event)),
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
    yield f"{happening.position:>6}  {happening.on}  {happening.name}  ({_recorded(happening.envelope)})"
    if happening.envelope.submission:
        yield f"{_INDENT}submission {happening.envelope.submission}"
    for sentence in _details(happening):
        yield f"{_INDENT}{sentence}"
    for change in happening.changes:
        if not _is_told(happening, change):
            yield f"{_INDENT}{_change_words(change)}"
    if happening.newer_survey:
        yield f"{_INDENT}kept; the newer survey of {happening.newer_survey} stands"
    if happening.score_before != happening.score_after and happening.card is not None:
        scores = f"{in_words(happening.score_before)} -> {in_words(happening.score_after)}"
        yield f"{_INDENT}score: {scores} by {happening.card.scorecard_id}"


def _recorded(envelope: Envelope) -> str:
    at = f" at {envelope.centre}" if envelope.centre else ""
    on = f" on device {envelope.device}" if envelope.device else ""
    return f"recorded {instant(envelope.recorded_at)} by {envelope.by}, {envelope.role}{at}{on}"


def _details(happening: Happening) -> Iterator[str]:
    """What an event says beside the changes that it makes."""
    event = happening.event
    who = f"person {happening.member.line}" if happening.member else "a person"
    match event:
        case Resurveyed():
            shock = f", for shock {event.shock}" if event.shock else ""
            programme = f", for programme {event.programme}" if event.programme else ""
            yield f"occasion: {code_in_words(event.occasion)}{shock}{programme}"
        case Corrected():
            yield f"corrects submission {event.corrects}: {event.reason}"
        case Formed():
            yield f"parted from household {event.from_household}"
        case MemberJoined():
            origin = f", from household {event.from_household}" if event.from_household else ""
            yield f"joined by {code_in_words(event.reason)}{origin}"
        case MemberLeft():
            goal = f", to household {event.to_household}" if event.to_household else ""
            as_she_was = f"{who}: {described(happening.member)}" if happening.member else who
            yield f"{as_she_was} -> left: {code_in_words(event.reason)}{goal}"
        case MemberErased():
            yield f"{who}: identity erased, on the authority of {event.authority}"
        case KeysDestroyed():
            yield f"the household's keys destroyed, on the authority of {event.authority}"
        case DuplicateAbsorbed():
            yield f"took in its duplicate, household {event.duplicate}"
        case ProgrammeReported():
            yield f"programme {event.programme} reports: {_report(event)}"
        case PaymentReported(amount_paisa=paisa):
            amount = "" if paisa is None else f" {Decimal(paisa) / PAISA_A_RUPEE:,} rupees"
            yield f"programme {event.programme} reports: paid{amount}"
        case _:
            pass  # its changes say all
    if evidence := getattr(event, "evidence", ()):
        yield f"evidence: {listed(evidence)}"


def _report(event: ProgrammeReported) -> str:
    filters = f" by filter {', '.join(event.filters).replace('_', ' ')}" if event.filters else ""
    family = "" if event.family is None else f", family {event.family}"
    return f"{code_in_words(event.report)}{filters}{family}"


def _is_told(happening: Happening, change: Change) -> bool:
    """Whether the details of a departure say this already."""
    member = happening.member
    return isinstance(happening.event, MemberLeft) and member is not None and change.what == f"person {member.line}"


def _change_words(change: Change) -> str:
    return f"{change.what}: {in_words(change.was)} -> {in_words(change.now)}"


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(_value(key)): _value(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_value(each) for each in value]
    if isinstance(value, bool | int | str) and not hasattr(value, "word"):
        return value
    return None if value is None else to_words(value)


def decision_object(recorded: Recorded[Decided]) -> dict[str, Any]:
    """A recorded decision as programs read it."""
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
        "recipients": list(decided.conclusion.recipients),
        "kind": decided.kind.word,
        "score": decided.conclusion.score,
        "scorecard": decided.conclusion.scorecard and decided.conclusion.scorecard.hex(),
        "cutoff": decided.conclusion.cutoff,
        "rule_version": decided.conclusion.rule_version,
        "cause_position": decided.cause_position,
    }


def _verdict_words(verdict: Verdict) -> str:
    decided = verdict.recorded.event
    score = f", score {decided.conclusion.score}" if decided.conclusion.score is not None else ""
    cause = f"because of {event_in_words(verdict.cause)}" if verdict.cause else f"caused by {decided.cause_position}"
    head = f"{decided.on}  decided: {decided.programme} "
    tail = f"({reason_in_words(decided.conclusion.reason)}{score}; {code_in_words(decided.kind)}, {cause})"
    outcome = code_in_words(decided.conclusion.outcome)
    if decided.was is decided.conclusion.outcome:
        paid, before = listed(verdict.paid) or "nobody", listed(verdict.paid_before) or "nobody"
        return f"{head}{outcome}, now paid: {paid} (was {before}) {tail}"
    would = "" if decided.conclusion.outcome is Outcome.ELIGIBLE else "would be "
    paid = f", {would}paid: {listed(verdict.paid)}" if verdict.paid else ""
    return f"{head}{code_in_words(decided.was)} -> {outcome}{paid} {tail}"


def decision_words(recorded: Recorded[Decided]) -> str:
    """A recorded decision in a few words: its day and what was concluded."""
    return f"{recorded.event.on}: {conclusion_in_words(recorded.event.conclusion)}"


def _card_change_object(change: CardChange) -> dict[str, Any]:
    return {
        "position": change.adopted.position,
        "event": change.adopted.event.name,
        "on": change.adopted.event.on,
        **_who(change.adopted.envelope),
        "scorecard": card_object(change.adopted.event),
    }


def _card_change_words(change: CardChange) -> str:
    adopted = change.adopted
    return (
        f"{adopted.position:>6}  {adopted.event.on}  {adopted.event.name}  ({_recorded(adopted.envelope)}); "
        f"from here on the score is by {card_in_words(adopted.event)}"
    )


def aside_line(recorded: Aside) -> tuple[dict[str, Any], list[str]]:
    """A refusal or a disclosure, as an object and as sentences."""
    written = {
        "position": recorded.position,
        "event": recorded.event.name,
        "on": recorded.event.on,
        **_who(recorded.envelope),
    }
    head = f"{recorded.position:>6}  {recorded.event.on}  {recorded.event.name}  ({_recorded(recorded.envelope)})"
    match recorded.event:
        case Disclosed(to=to, purpose=purpose, opened=opened):
            value = {**written, "to": to, "purpose": purpose, "opened": list(opened)}
            return value, [head, f"{_INDENT}names of {len(opened)} members opened to {to}: {purpose}"]
        case SubmissionRefused(submission=submission, kind=kind, reasons=reasons):
            value = {**written, "submission": submission, "kind": kind, "reasons": to_words(reasons)}
            refused = [f"{_INDENT}refused ({reason.check}): {reason.sentence}" for reason in reasons]
            return value, [head, f"{_INDENT}{kind.replace('_', ' ')}, submission {submission}", *refused]
