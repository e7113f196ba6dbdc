"""Values, instants and outcomes as people read them in the text of every household verb."""

from datetime import UTC, datetime
from typing import Any

from adapters.words import SEALED, to_words
from domain.event import Recorded
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import Code, Outcome
from domain.scorecard_adoption import ScorecardAdopted
from domain.standing import Conclusion

HASH_CHARACTERS_SHOWN = 16
_KEPT_INSIDE = frozenset({"token", "name_tokens", "phone_tokens", "identity", "sealed"})


def code_in_words(code: Code) -> str:
    """A code's word, with spaces."""
    return code.word.replace("_", " ")


def listed(codes: Any) -> str:
    """Codes or names in a row."""
    return ", ".join(in_words(each) for each in codes)


def in_words(value: Any) -> str:
    """Any value of an event or a household: nothing is `-`, a place its code, yes and no as such."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Place):
        parts = [value.code, value.union_council and f"union council {value.union_council}"]
        return ", ".join(part for part in (*parts, value.settlement and value.settlement.word) if part)
    if value is None or value == ():
        return "-"
    if isinstance(value, Code):
        return code_in_words(value)
    if isinstance(value, tuple | list | set | frozenset):
        return listed(value)
    if isinstance(value, dict):
        return ", ".join(f"{in_words(key)} {in_words(each)}" for key, each in value.items())
    written = value if isinstance(value, str) else to_words(value)
    return in_words(written) if isinstance(written, dict | list) else str(written)


def reason_in_words(reason: str) -> str:
    """A conclusion's reason without its code's punctuation."""
    what, _, which = reason.partition(":")
    names = which.replace("_", " ").replace(",", ", ")
    if what == "filter":
        return f"blocked by filter {names}"
    words = what.replace("cutoff", "cut-off").replace("_", " ")
    return f"{words}: {names}" if names else words


def conclusion_in_words(conclusion: Conclusion) -> str:
    """Outcome and reason; a filter says itself that it blocks."""
    reason = reason_in_words(conclusion.reason)
    return reason if conclusion.outcome is Outcome.BLOCKED else f"{code_in_words(conclusion.outcome)} ({reason})"


def instant(at: datetime) -> str:
    """An instant to the minute, in UTC, and it says so."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def event_in_words(recorded: Recorded[Any]) -> str:
    """An event by its position, name and instant."""
    return f"{recorded.position}: {recorded.event.name}, recorded {instant(recorded.envelope.recorded_at)}"


def card_in_words(card: ScorecardAdopted) -> str:
    """A scorecard by its title, name and the beginning of its hash."""
    return f"{card.title} ({card.scorecard_id}, {card.content_hash.hex()[:HASH_CHARACTERS_SHOWN]}, from {card.on})"


def card_object(card: ScorecardAdopted | None) -> dict[str, Any] | None:
    """A scorecard as programs read it, without its content."""
    if card is None:
        return None
    return {"id": card.scorecard_id, "title": card.title, "hash": card.content_hash, "from": card.on}


def without_seals(value: Any) -> Any:
    """Written values without tokens and sealed bytes, which say nothing to whoever may read the rest."""
    if isinstance(value, dict):
        kept = {name: without_seals(each) for name, each in value.items() if name not in _KEPT_INSIDE}
        return {name: each for name, each in kept.items() if not _is_seal(name, each)}
    return [without_seals(each) for each in value] if isinstance(value, list) else value


def _is_seal(name: str, value: Any) -> bool:
    return (name == "address" and value == SEALED) or (name == "contact" and value == {})
