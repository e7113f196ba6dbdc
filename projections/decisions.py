"""What was decided, in the order in which it was."""

from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from uuid import UUID

from domain.event import Recorded
from domain.standing import Decided
from projections.changes import Column, Row, Table

DECISIONS = Table(
    "decisions",
    "What was decided about a household or for a programme, when, and because of what?",
    (
        Column("position", "int8"),
        Column("household_id", "uuid"),
        Column("programme", "text"),
        Column("was", "int2"),
        Column("outcome", "int2"),
        Column("reason", "text"),
        Column("kind", "int2"),
        Column("decided_on", "date"),
        Column("score", "numeric", nullable=True),
        Column("place", "text"),
        Column("cause_position", "int8"),
        Column("policies_position", "int8"),
        Column("household_version", "int8"),
    ),
)

_PRECISION = Context(prec=28)
_SCORES_REMEMBERED_MAX = 4096


def decision_row(household_id: UUID, recorded: Recorded[Decided]) -> Row:
    """Put one decision about a household on record under its position in the log."""
    decided = recorded.event
    conclusion = decided.conclusion
    return (
        recorded.position,
        household_id,
        decided.programme,
        decided.was,
        conclusion.outcome,
        conclusion.reason,
        decided.kind,
        decided.on,
        stated_score(conclusion.score),
        decided.place,
        decided.cause_position,
        decided.policies_position,
        decided.household_version,
    )


@lru_cache(_SCORES_REMEMBERED_MAX)
def stated_score(written: str | None) -> Decimal | None:
    """Read a score for sorting and for sums: a rational is rounded to 28 digits, the exact one stays in the event."""
    if written is None:
        return None
    return numeric(Fraction(written)) if "/" in written else Decimal(written)


@lru_cache(_SCORES_REMEMBERED_MAX)
def numeric(score: Fraction | Decimal | int | None) -> Decimal | None:
    """Write a score as a decimal, a rational rounded to 28 digits."""
    if isinstance(score, Fraction):
        return _PRECISION.divide(Decimal(score.numerator), Decimal(score.denominator))
    return Decimal(score) if isinstance(score, int) else score
