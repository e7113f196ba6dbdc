"""A programme's rule over columns: who is within the cut-off, and what the outcome is then."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final

import msgspec
import numpy as np

from adapters.extract.columns import programme_columns
from adapters.extract.manifest import ExtractedProgramme
from adapters.faults import Refused
from adapters.simulation.opened import ScoredPart
from domain.programme import Relaxation
from domain.questionnaire.codes import Comparison, Outcome

RELAXING: Final = {
    Relaxation.MEMBER_CERTIFIED_DISABLED: "certified_disabled_member",
    Relaxation.TRANSGENDER_MEMBER: "transgender_member",
}
"""The column that says whether a circumstance holds under which a higher cut-off counts."""
IN: Final = (int(Outcome.ELIGIBLE), int(Outcome.PENDING))
"""Counted as in: eligible, and eligible as soon as the programme has verified it."""
_SAFE: Final = 2**62


class CutOff(msgspec.Struct, frozen=True):
    """A cut-off to try: value, comparison, and the higher ones under a circumstance."""

    value: Decimal
    comparison: Comparison
    relaxed: dict[Relaxation, Decimal] = {}

    @property
    def sign(self) -> str:
        """The comparison as people write it."""
        return "<=" if self.comparison is Comparison.AT_OR_UNDER else "<"


def refuse_poorest_share(programme: ExtractedProgramme) -> None:
    """Raise Refused for a programme that has thresholds of tehsils: one cut-off for all says nothing about it."""
    if programme.poorest_percent is not None:
        raise Refused(
            f"{programme.programme} is given to the poorest {programme.poorest_percent}% of each tehsil, by thresholds "
            "that a shock brings: `shock preview` says what they would be, and a simulation of one cut-off does not."
        )


def columns_for(programme: ExtractedProgramme) -> tuple[str, ...]:
    """The columns that a programme's rule reads beside the score."""
    parents = tuple(programme_columns(parent)[0] for parent in programme.rule.after)
    return (*programme_columns(programme.programme), *parents, *RELAXING.values())


def was_in(part: ScoredPart, programme: ExtractedProgramme) -> np.ndarray:
    """Who is in now, as the registry has decided."""
    return np.isin(part.column(programme_columns(programme.programme)[0]), IN)


def could_be_in(part: ScoredPart, programme: ExtractedProgramme) -> np.ndarray:
    """Whom nothing but the score keeps out: place, parent programmes, recipients and filters allow it."""
    allowed: np.ndarray = np.isin(part.column(programme_columns(programme.programme)[1]), IN)
    parents = [part.column(programme_columns(parent)[0]) == Outcome.ELIGIBLE for parent in programme.rule.after]
    for_parents: np.ndarray = np.logical_or.reduce(parents) if parents else np.ones(len(allowed), bool)
    allowed &= for_parents
    return allowed


def within(part: ScoredPart, cutoff: CutOff) -> np.ndarray:
    """Whose score passes, exactly; those without a score never do."""
    passed: np.ndarray = passes(part.top, part.bottom, cutoff.comparison, cutoff.value)
    for relaxation, limit in cutoff.relaxed.items():
        holds: np.ndarray = part.column(RELAXING[relaxation]) == 1
        passed |= holds & passes(part.top, part.bottom, cutoff.comparison, limit)
    passed &= part.scored
    return passed


def passes(top: np.ndarray, bottom: np.ndarray | int, comparison: Comparison, value: Decimal) -> np.ndarray:
    """Hold scores against a cut-off, exactly."""
    limit = Fraction(value)
    if isinstance(bottom, int):
        scaled = limit * bottom
        last = floor(scaled) if comparison is Comparison.AT_OR_UNDER else ceil(scaled) - 1
        found: np.ndarray = top <= max(min(last, _SAFE), -_SAFE)
        return found
    left = top.astype(object) * limit.denominator
    right = bottom.astype(object) * limit.numerator
    return np.asarray(left <= right if comparison is Comparison.AT_OR_UNDER else left < right, dtype=bool)
