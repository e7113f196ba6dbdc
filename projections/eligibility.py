"""Who is eligible for what, since when and why: the last decision about each household and programme."""

from uuid import UUID

from domain.event import Recorded
from domain.standing import Decided
from projections.changes import Column, Key, Row, Table
from projections.decisions import stated_score

ELIGIBILITY = Table(
    "eligibility",
    "Which households are eligible for a programme, since when, why, and who in them is paid?",
    (
        Column("household_id", "uuid"),
        Column("programme", "text"),
        Column("outcome", "int2"),
        Column("since", "date"),
        Column("reason", "text"),
        Column("score", "numeric", nullable=True),
        Column("place", "text"),
        Column("recipients", "uuid[]"),
        Column("decision_position", "int8"),
    ),
    key_columns=2,
)

_SINCE = ELIGIBILITY.column("since")


def eligibility_key(household_id: UUID, decided: Decided) -> Key:
    """Name the row that a decision about a household changes."""
    return household_id, decided.programme


def needs_earlier(decided: Decided) -> bool:
    """Whether the outcome stays (but others are paid now), so that `since` is to be found in the earlier row."""
    return decided.was == decided.conclusion.outcome


def eligibility_row(earlier: Row | None, household_id: UUID, recorded: Recorded[Decided]) -> Row:
    """Say what holds after a decision. `place` is the decision's; where they live now is in `households`."""
    decided = recorded.event
    conclusion = decided.conclusion
    since = earlier[_SINCE] if earlier is not None and needs_earlier(decided) else decided.on
    return (
        household_id,
        decided.programme,
        conclusion.outcome,
        since,
        conclusion.reason,
        stated_score(conclusion.score),
        decided.place,
        conclusion.recipients,
        recorded.position,
    )
