"""What an audit finds: by kind, each with a sentence, gathered so that however many there are, few are kept."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

LISTED_DEFAULT = 20
"""Findings of a kind that are listed unless said otherwise; all are counted."""


class Kind(StrEnum):
    """Kinds of findings; what comes first is the likelier cause of what comes after it."""

    FORK = "fork"
    NOT_BELIEVED = "seal not believed"
    TILE_DAMAGED = "tile damaged"
    ALTERED = "altered"
    SWAPPED = "swapped"
    MOVED = "moved to another household"
    INSERTED = "inserted"
    MISSING_AT_END = "missing at the end"
    MISSING_HOUSEHOLD = "missing household"
    MISSING_IN_MIDDLE = "missing in the middle"
    CHAIN_BROKEN = "chain broken"
    HEADS_DIFFER = "heads differ"
    UNREADABLE = "unreadable"
    SCORECARD_DIFFERS = "scorecard file differs"
    DECISION_DIFFERS = "decision differs"
    ANSWER_DIFFERS = "answer row differs"
    FEED_DIFFERS = "feed differs"


MEANING = {
    Kind.FORK: "this tree does not go on from one that somebody else has seen: history was sealed a second time",
    Kind.NOT_BELIEVED: "a checkpoint lacks signatures that are asked for: look first whether key and policy are right",
    Kind.TILE_DAMAGED: "a file of the seals is missing, cut short, or does not fit the others",
    Kind.ALTERED: "an event is not what was sealed at its position",
    Kind.SWAPPED: "two events stand in each other's place",
    Kind.MOVED: "an event that was sealed for one household stands in the history of another",
    Kind.INSERTED: "an event stands where none was sealed, or was written behind its day",
    Kind.MISSING_AT_END: "the log ends before what was sealed",
    Kind.MISSING_HOUSEHOLD: "nothing is left of a household that was sealed",
    Kind.MISSING_IN_MIDDLE: "an event that was sealed is not in the log, and later ones are",
    Kind.CHAIN_BROKEN: "an entry of the tree does not name the one before it in its stream, or a stream has a gap",
    Kind.HEADS_DIFFER: "where the streams end was stated otherwise than it was sealed: evidence may leave out events",
    Kind.UNREADABLE: "a history cannot be read or followed, so that nothing can be derived from it",
    Kind.SCORECARD_DIFFERS: "a card is not the one that was adopted under its name",
    Kind.DECISION_DIFFERS: "what was decided does not follow from the history and the rules of that position",
    Kind.ANSWER_DIFFERS: "a row of an answer does not follow from the log",
    Kind.FEED_DIFFERS: "partners were told something else than the log says",
}
assert MEANING.keys() == set(Kind), "every kind is explained"


class Finding(msgspec.Struct, frozen=True):
    """One thing that is not as it should be. `household` is its id; `subject` says more precisely where."""

    kind: Kind
    says: str
    position: int | None = None
    household: str | None = None

    @property
    def as_object(self) -> dict[str, Any]:
        """For programs."""
        return {"finding": self.kind, "position": self.position, "household": self.household, "says": self.says}


class KindSummary(msgspec.Struct):
    """How many findings of a kind there are, the first position and household, and the first few of them."""

    kind: Kind
    findings: int = 0
    position: int | None = None
    household: str | None = None
    listed: list[Finding] = msgspec.field(default_factory=list)


class Findings:
    """Gathers findings by kind."""

    def __init__(self, listed_max: int = LISTED_DEFAULT) -> None:
        self._listed_max = listed_max
        self._kinds: dict[Kind, KindSummary] = {}

    def add(self, findings: Iterable[Finding]) -> None:
        """Count findings, and keep the first few of each kind."""
        for finding in findings:
            self._count(finding, 1)
            listed = self._kinds[finding.kind].listed
            if len(listed) < self._listed_max:
                listed.append(finding)

    def count_more(self, kind: Kind, number: int) -> None:
        """Count findings that are not listed."""
        self._kinds.setdefault(kind, KindSummary(kind)).findings += number

    def _count(self, finding: Finding, number: int) -> None:
        summary = self._kinds.setdefault(finding.kind, KindSummary(finding.kind))
        summary.findings += number
        if finding.position is not None and (summary.position is None or finding.position < summary.position):
            summary.position, summary.household = finding.position, finding.household
        elif summary.household is None:
            summary.household = finding.household

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(summary.findings for summary in self._kinds.values())

    def summaries(self) -> list[KindSummary]:
        """Every kind of which there is a finding, likely causes first."""
        return [self._kinds[kind] for kind in Kind if kind in self._kinds]
