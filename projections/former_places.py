"""Where households lived before they moved: with it, where each of them lived on the day on which a shock struck."""

from itertools import pairwise

from projections.changes import Column, Row, Table
from projections.known import Known

FORMER_PLACES = Table(
    "former_places",
    "Where did a household live before it moved, and until when?",
    (
        Column("household_id", "uuid"),
        Column("until_on", "date"),
        Column("place", "text"),
        Column("union_council", "text", nullable=True),
    ),
    key_columns=2,
)


def former_rows(known: Known | None) -> list[Row]:
    """List the places that a household left; `until_on` is the day from which it lived in the next one.

    A place that it left on the day on which it came is no row: on no day was that the last word.
    """
    if known is None or known.household is None:
        return []
    return [
        (known.household_id, until, place.code, place.union_council)
        for (since, place), (until, _) in pairwise(known.household.residences)
        if since < until
    ]
