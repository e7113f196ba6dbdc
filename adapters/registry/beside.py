"""What stands beside a household's history: submissions about it that were refused, and who had its names opened."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from adapters.codec import recorded
from adapters.registry.opening import Registry
from adapters.registry.reading import Reader
from domain.event import Recorded
from domain.streams import disclosure_stream, submission_stream
from domain.submission import Disclosed, SubmissionRefused

Aside = Recorded[SubmissionRefused] | Recorded[Disclosed]
REFUSED_MAX = 1_000
"""The latest refused submissions that are listed; whoever needs more asks the table."""


def refused_submissions(registry: Registry, household: UUID) -> list[UUID]:
    """The refused submissions about a household, as the table of submissions has them."""
    return [row[0] for row in registry.rows(_REFUSED, {"household": household, "limit": REFUSED_MAX})]


_REFUSED = """
    SELECT submission_id FROM submissions WHERE household_id = %(household)s AND NOT accepted
    ORDER BY position DESC LIMIT %(limit)s"""


def asides(
    reader: Reader, household: UUID, refused: Iterable[UUID] = (), known_at: datetime | None = None
) -> list[Aside]:
    """Refusals and disclosures in the order of the log, as far as they were recorded by an instant."""
    found = [recorded(entry) for entry in reader.log.stream(disclosure_stream(household))]
    for submission in refused:
        found += [recorded(entry) for entry in reader.log.stream(submission_stream(submission))]
    known = [one for one in found if known_at is None or one.envelope.recorded_at <= known_at]
    return sorted(known, key=lambda one: one.position)
