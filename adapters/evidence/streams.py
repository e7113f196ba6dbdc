"""Which streams a household's evidence holds whole: its own, its decisions, and every policy but the calendar."""

from uuid import UUID

from adapters.log import POLICIES_FROM
from domain.streams import decisions_of, policy_stream

DAYS = policy_stream("registry", "days")
"""One event for each day of the registry. Those on which something was decided are enough."""


def own_streams(household: UUID) -> tuple[UUID, UUID]:
    """The household's own stream and that of its decisions."""
    return household, decisions_of(household)


def is_whole(stream: UUID, household: UUID) -> bool:
    """Whether the file must hold all events of a stream."""
    return stream in own_streams(household) or (stream >= POLICIES_FROM and stream != DAYS)
