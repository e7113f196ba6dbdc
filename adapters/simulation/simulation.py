"""What would change under another cut-off or card: one pass over an extract, counted in every direction."""

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from adapters.extract.columns import programme_columns
from adapters.extract.manifest import ExtractedProgramme
from adapters.faults import Refused
from adapters.simulation.curves import Confusion, Curve, confusion, curve
from adapters.simulation.opened import Engine, OpenExtract, ScoredPart
from adapters.simulation.reference import Reference
from adapters.simulation.rules import CutOff, columns_for, could_be_in, was_in, within
from adapters.simulation.tallies import KEPT, Flow, Scores, Tally
from adapters.simulation.where import Condition
from domain.questionnaire.codes import Comparison
from domain.scorecard.card import Scorecard

Report = Callable[[int], None]
_FINEST: Final = Decimal("0.000000001")
POVERTY_FIRST: Final = "higher_is_better_off"


class Question(msgspec.Struct, frozen=True):
    """What is to be simulated. Without a card the programme does not look at the score."""

    programme: ExtractedProgramme
    card: Scorecard | None
    cutoff: CutOff | None
    where: tuple[Condition, ...] = ()
    reference: Reference | None = None


class Found(msgspec.Struct, frozen=True):
    """What a simulation found."""

    tally: Tally
    considered: int
    left_out: int
    """Households that the filter leaves out."""
    not_scored: int
    exactly: int
    """Households that the exact engine scored one by one."""
    curves: tuple[Curve, ...]
    before: Confusion | None
    after: Confusion | None
    referred: int
    """Households that the reference knows."""

    @property
    def whole(self) -> Flow:
        """Everybody together."""
        return self.tally.whole()


class Proposal(msgspec.Struct, frozen=True):
    """The cut-off of another card that keeps the number of those who are in as well as one can."""

    value: Decimal
    were_in: int
    would_be_in: int


def simulate(extract: OpenExtract, engine: Engine, question: Question, report: Report | None = None) -> Found:
    """Go through all parts and count."""
    pass_ = _Pass(question)
    keep = _columns(question)
    for part in extract.score(question.card, engine, keep):
        pass_.add(part)
        if report is not None:
            report(part.rows.num_rows)
    return pass_.found()


def propose_cutoff(extract: OpenExtract, engine: Engine, question: Question, report: Report | None = None) -> Proposal:
    """Find the cut-off of the question's card that keeps the number in, over everybody the filter leaves.

    Raises Refused where nobody has a score.
    """
    scores, were_in = Scores(), 0
    for part in extract.score(question.card, engine, _columns(question)):
        chosen = _chosen(part, question)
        were_in += int((was_in(part, question.programme) & chosen).sum())
        scores.add(part, chosen, could_be_in(part, question.programme))
        if report is not None:
            report(part.rows.num_rows)
    values, counts = scores.table()
    if not len(values):
        raise Refused("Nobody has a score under this card, so no cut-off can be proposed.")
    reached = np.cumsum(counts[:, 1])
    best = int(np.abs(reached - were_in).argmin())
    return Proposal(_as_cutoff(float(values[best])), were_in, int(reached[best]))


def _as_cutoff(score: float) -> Decimal:
    """A score as a cut-off that people can write; one without an end is rounded up, so that it is within."""
    if score.is_integer():
        return Decimal(int(score))
    return Decimal(repr(score)).quantize(_FINEST, ROUND_CEILING).normalize()


def _columns(question: Question) -> tuple[str, ...]:
    asked = [column for condition in question.where for column in condition.columns]
    ids = ("household_id",) if question.reference is not None else ()
    return (*KEPT, *columns_for(question.programme), *asked, *ids)


def _chosen(part: ScoredPart, question: Question) -> np.ndarray:
    chosen = np.ones(part.rows.num_rows, bool)
    for condition in question.where:
        chosen &= condition.holds(part.column)
    return chosen


class _Pass:
    def __init__(self, question: Question) -> None:
        self._question = question
        self._tally = Tally()
        self._scores = Scores()
        self._counts = {"considered": 0, "left_out": 0, "not_scored": 0, "exactly": 0}
        self._referred: list[np.ndarray] = []

    def add(self, part: ScoredPart) -> None:
        question = self._question
        programme = question.programme
        chosen = _chosen(part, question)
        was = was_in(part, programme)
        now = could_be_in(part, programme)
        if question.cutoff is not None:
            now &= within(part, question.cutoff)
        paid = part.column(programme_columns(programme.programme)[2])
        self._tally.add(part, chosen, was, now, paid)
        self._scores.add(part, chosen, was, now)
        counts = self._counts
        counts["considered"] += int(chosen.sum())
        counts["left_out"] += int((~chosen).sum())
        counts["not_scored"] += int((chosen & ~part.scored).sum()) if question.card is not None else 0
        counts["exactly"] += part.exactly
        if question.reference is not None:
            self._refer(question.reference, part, chosen, was, now)

    def _refer(
        self, reference: Reference, part: ScoredPart, chosen: np.ndarray, was: np.ndarray, now: np.ndarray
    ) -> None:
        ids = part.rows["household_id"].combine_chunks().cast(pa.binary()).to_numpy(zero_copy_only=False)
        known, places = reference.find(ids.astype("S16"))
        rows = known & chosen
        of_reference = places[rows]
        self._referred.append(
            np.stack([reference.values[of_reference], reference.poor[of_reference], was[rows], now[rows]])
        )

    def found(self) -> Found:
        reference = np.concatenate(self._referred, 1) if self._referred else np.zeros((4, 0))
        value, poor, was, now = reference[0], *(row.astype(bool) for row in reference[1:])
        asked = self._question.reference is not None
        return Found(
            self._tally,
            **self._counts,
            curves=tuple(each for each in self._curves(value, was, now) if each is not None),
            before=confusion(poor, was) if asked else None,
            after=confusion(poor, now) if asked else None,
            referred=len(value),
        )

    def _curves(self, value: np.ndarray, was: np.ndarray, now: np.ndarray) -> list[Curve | None]:
        """Ordered by the reference where it is a number, else by the score."""
        measured = np.isfinite(value)
        if measured.any():
            order = np.argsort(value[measured], kind="stable")
            ordered = value[measured][order]
            ones = np.ones(len(ordered))
            names = ("the reference", "those in now", "those who would be in")
            groups = (ordered, was[measured][order], now[measured][order])
            return [curve(name, ones, group.astype(float)) for name, group in zip(names, groups, strict=True)]
        if self._question.card is None:
            return []
        scores, counts = self._scores.table()
        if self._question.card.direction != POVERTY_FIRST:
            scores, counts = scores[::-1], counts[::-1]
        if not len(scores):
            return []
        everybody = counts[:, 0]
        return [
            curve("the score", everybody, scores * everybody),
            curve("those in now", everybody, counts[:, 1].astype(float)),
            curve("those who would be in", everybody, counts[:, 2].astype(float)),
        ]


def cutoff_of(programme: ExtractedProgramme) -> CutOff | None:
    """The cut-off that a programme has now."""
    known = programme.cutoff
    return None if known is None else CutOff(known.value, Comparison(known.comparison), dict(known.relaxed))
