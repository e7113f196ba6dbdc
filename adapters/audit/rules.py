"""The register of rules: who changed a scorecard, programme, cut-off, shock, agreement or key, and since when.

It is read from the log alone. Days that were opened are no change of a rule and are left out.
"""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import msgspec

from adapters.codec import recorded
from adapters.log import EventLog
from adapters.words import to_words
from domain.agreement import AgreementEnded, AgreementMade
from domain.event import Event, Recorded
from domain.keys import (
    DestructionApproved,
    DestructionEvent,
    DestructionProposed,
    DestructionRepeated,
    DestructionWithdrawn,
    KeysRewrapped,
    MasterKeyEvent,
    MasterKeyRotated,
    MasterKeysRetired,
)
from domain.partner import KeySet
from domain.programme import CutOffSet, ProgrammeClosed, ProgrammeOpened, ReliefShareSet, Rule
from domain.questionnaire.codes import Comparison
from domain.registry_day import DayOpened
from domain.scorecard_adoption import ScorecardAdopted
from domain.shock import (
    ShockDeclared,
    ShockLifted,
    ShockProposalWithdrawn,
    ShockProposed,
    ShockRevoked,
    ShockWidened,
    StruckCounted,
    ThresholdsSet,
)
from domain.streams import AGREEMENTS_END, KEYS_END, KEYS_FROM, PARTNERS_FROM

SIGNS = {Comparison.AT_OR_UNDER: "<=", Comparison.UNDER: "<"}
KINDS = ("scorecard", "programme", "cut-off", "shock", "agreement", "partner key", "keys", "other")


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change: where it stands in the log, who made it, and what it says, in words.

    `proposed_by` and `approved_by` are two persons where a shock, or the destruction of keys, took two.
    `content_hash` is the scorecard's: of the card that was adopted, or of the one that a cut-off was made
    for. `hash_holds`: the stored card has that hash.
    """

    position: int
    recorded_at: datetime
    on: date
    kind: str
    subject: str
    event: str
    what: str
    by: str
    role: str
    proposed_by: str | None
    approved_by: str | None
    authority: str | None
    scorecard: str | None
    content_hash: bytes | None
    hash_holds: bool | None


COLUMNS = RuleChange.__struct_fields__


def rule_changes(log: EventLog) -> list[RuleChange]:
    """Every change of a rule, in the order of the log. Rules are few: a list of them is always small."""
    entries = [*log.policies(), *log.scan(PARTNERS_FROM, AGREEMENTS_END), *log.scan(KEYS_FROM, KEYS_END)]
    history = _History()
    ordered = map(recorded, sorted(entries, key=lambda entry: entry.position))
    return [history.change(each) for each in ordered if not isinstance(each.event, DayOpened)]


class _History:
    """What was said before, so that a change can be told by what it changed."""

    def __init__(self) -> None:
        self._rules: dict[str, Rule] = {}
        self._proposers: dict[str, str] = {}
        self._cards: dict[bytes, str] = {}

    def change(self, written: Recorded[Any]) -> RuleChange:
        event, envelope = written.event, written.envelope
        kind, subject = _kind_and_subject(event)
        proposed_by, approved_by = self._two_persons(event, envelope.by)
        card_hash = _card_hash(event)
        is_adoption = isinstance(event, ScorecardAdopted)
        if isinstance(event, ScorecardAdopted):
            self._cards[event.content_hash] = event.scorecard_id
        return RuleChange(
            position=written.position,
            recorded_at=envelope.recorded_at,
            on=event.on,
            kind=kind,
            subject=subject,
            event=event.name,
            what="; ".join(self._said(event)),
            by=envelope.by,
            role=envelope.role,
            proposed_by=proposed_by,
            approved_by=approved_by,
            authority=getattr(event, "authority", "") or None,
            scorecard=None if card_hash is None else self._cards.get(card_hash),
            content_hash=card_hash,
            hash_holds=hashlib.sha256(event.content).digest() == card_hash if is_adoption else None,
        )

    def _two_persons(self, event: Event, by: str) -> tuple[str | None, str | None]:
        """Who proposed and who approved; nobody for what one person may do alone."""
        match event:
            case ShockProposed(shock=shock, proposed_by=person):
                self._proposers[shock] = person
                return person, None
            case ShockProposalWithdrawn(shock=shock):
                return self._proposers.pop(shock, None), None
            case ShockDeclared(shock=shock) if shock in self._proposers:
                return self._proposers.pop(shock), by
            case DestructionProposed(proposed_by=person):
                return person, None
            case DestructionApproved(proposed_by=person, approved_by=other):
                return person, other
            case _:
                return None, None

    def _said(self, event: Event) -> Iterator[str]:
        """What an event says, beside its day and its name, in a few words."""
        match event:
            case ScorecardAdopted():
                yield f"adopted: {event.title}"
            case ProgrammeOpened():
                before = self._rules.get(event.programme)
                self._rules[event.programme] = event.rule
                yield f"opened with version {event.rule_version} of its rule"
                yield from _rule_in_words(event.rule) if before is None else _differences(before, event.rule)
            case ProgrammeClosed():
                yield f"closed: {event.reason}"
            case CutOffSet():
                yield from _cutoff_in_words(event)
            case ReliefShareSet():
                yield f"given to the poorest {event.poorest_percent}% of each tehsil"
                yield from _source(event.source)
            case KeySet():
                yield "given a new key to the message server"
            case AgreementMade() | AgreementEnded():
                yield from _agreement_in_words(event)
            case DestructionProposed() | DestructionWithdrawn() | DestructionApproved() | DestructionRepeated():
                yield from _destruction_in_words(event)
            case MasterKeyRotated() | KeysRewrapped() | MasterKeysRetired():
                yield from _master_keys_in_words(event)
            case _:
                yield from _shock_in_words(event)


def _kind_and_subject(event: Event) -> tuple[str, str]:
    match event:
        case ScorecardAdopted(scorecard_id=name):
            return "scorecard", name
        case CutOffSet(programme=name) | ReliefShareSet(programme=name):
            return "cut-off", name
        case ProgrammeOpened(programme=name) | ProgrammeClosed(programme=name):
            return "programme", name
        case AgreementMade() | AgreementEnded():
            return "agreement", f"{event.partner} on {event.programme}"
        case KeySet(partner=name):
            return "partner key", name
        case MasterKeyRotated() | KeysRewrapped() | MasterKeysRetired():
            return "keys", "master keys"
        case DestructionProposed() | DestructionWithdrawn() | DestructionApproved() | DestructionRepeated():
            return "keys", f"household {event.household}"
        case _:
            shock = getattr(event, "shock", None)
            return ("other", event.name) if shock is None else ("shock", str(shock))


def _card_hash(event: Event) -> bytes | None:
    match event:
        case ScorecardAdopted(content_hash=card):
            return card
        case CutOffSet(scorecard=card):
            return card
        case _:
            return None


def _cutoff_in_words(event: CutOffSet) -> Iterator[str]:
    yield f"score {SIGNS[event.comparison]} {event.value} by {event.scorecard_id}"
    for relaxation, value in event.relaxed.items():
        yield f"{SIGNS[event.comparison]} {value} with {relaxation.word.replace('_', ' ')}"
    if event.illustration:
        yield "an illustration, not the agency's own formula"
    yield from _source(event.source)


def _agreement_in_words(event: AgreementMade | AgreementEnded) -> Iterator[str]:
    if isinstance(event, AgreementEnded):
        yield "ended"
        return
    yield f"made with {event.title}"
    yield f"for {', '.join(event.places) or 'everywhere'}"
    yield "the partner may see the score" if event.score else "without the score"
    yield f"until {event.until}" if event.until else "without an end"


def _destruction_in_words(event: DestructionEvent) -> Iterator[str]:
    whose = "those of the household" if event.member is None else f"that of member {event.member}"
    match event:
        case DestructionProposed():
            yield f"destruction proposed of keys: {whose}; to be approved until {event.until}"
        case DestructionWithdrawn():
            yield f"destruction not to be approved any more, of keys: {whose}; {event.reason}"
        case DestructionApproved():
            yield f"destroyed keys: {whose}"
        case DestructionRepeated():
            yield f"destroyed keys again that a backup had brought back: {whose}; first on {event.first_on}"


def _master_keys_in_words(event: MasterKeyEvent) -> Iterator[str]:
    match event:
        case MasterKeyRotated():
            yield f"version {event.version} wraps from now on"
        case KeysRewrapped():
            yield f"{event.households:,} households, {event.webhooks:,} webhooks brought under version {event.version}"
        case MasterKeysRetired():
            yield f"versions {', '.join(map(str, event.versions))} destroyed; the newest is {event.newest}"


def _shock_in_words(event: Event) -> Iterator[str]:
    match event:
        case ShockProposed():
            yield f"proposed over {event.households:,} households"
            yield from _struck_in_words(event)
        case ShockDeclared():
            yield "declared"
            yield from _struck_in_words(event)
        case ShockProposalWithdrawn():
            yield f"proposal withdrawn: {event.reason}"
        case StruckCounted():
            yield f"{event.households:,} households counted for {event.counted_for}, who declared or added them alone"
        case ShockWidened():
            yield f"widened by {len(event.places):,} places, struck on {event.impact_on}"
        case ThresholdsSet(thresholds=thresholds):
            yield f"thresholds of {thresholds.programme} for the poorest {thresholds.poorest_percent}%"
            yield f"{len(thresholds.tehsils):,} tehsils, from standings at {event.snapshot_position:,}"
        case ShockLifted():
            yield "lifted"
        case ShockRevoked():
            yield f"revoked: {event.reason}"
        case _:
            yield str(to_words(event))


def _struck_in_words(event: ShockDeclared | ShockProposed) -> Iterator[str]:
    yield f"{event.hazard.word.replace('_', ' ')} of {event.impact_on} in {len(event.places):,} places"
    if event.groups:
        yield f"for {', '.join(group.word.replace('_', ' ') for group in event.groups)}"
    yield f"resurvey {event.resurvey_from} to {event.resurvey_until}"
    if event.relief_programmes:
        yield f"relief by {', '.join(event.relief_programmes)}"
    if event.notification:
        yield f"notification {event.notification}"


def _rule_in_words(rule: Rule) -> Iterator[str]:
    for name, value in to_words(rule).items():
        if name not in ("amounts", "note"):
            yield f"{name.replace('_', ' ')}: {_value(value)}"


def _differences(before: Rule, after: Rule) -> Iterator[str]:
    """The fields that another version of a rule has otherwise."""
    was, now = to_words(before), to_words(after)
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            yield f"{name.replace('_', ' ')}: {_value(was.get(name))} -> {_value(now.get(name))}"


def _value(written: Any) -> str:
    return "-" if written is None else ", ".join(map(str, written)) if isinstance(written, list) else str(written)


def _source(source: str) -> Iterator[str]:
    if source:
        yield f"source: {source}"
