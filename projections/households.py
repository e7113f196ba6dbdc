"""Which households there are, where they live and how many people they are."""

from domain.household.state import Household
from projections.changes import Column, Row, Table
from projections.known import Known

HOUSEHOLDS = Table(
    "households",
    "Which households are registered in a place, since when, and into which one a duplicate was merged?",
    (
        Column("household_id", "uuid"),
        Column("version", "int8"),
        Column("place", "text"),
        Column("union_council", "text", nullable=True),
        Column("members", "int4"),
        Column("registered_on", "date"),
        Column("last_on", "date"),
        Column("source_key", "text", nullable=True),
        Column("merged_into", "uuid", nullable=True),
    ),
)


def household_row(known: Known, household: Household) -> Row:
    """Describe a household; `registered_on` is the first day from which anything about it is known."""
    residences = household.residences
    place = residences[-1][1]
    return (
        known.household_id,
        known.version,
        place.code,
        place.union_council,
        len(household.roster),
        residences[0][0],
        household.on,
        known.source_key,
        household.merged_into,
    )
