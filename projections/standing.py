"""What the registry concludes about each household now, up to when, and when its next full survey is due."""

from operator import itemgetter
from typing import cast
from uuid import UUID

from msgspec.msgpack import Decoder, Encoder

from domain.questionnaire.codes import Outcome
from domain.standing import Conclusion, Standing
from projections.changes import Column, Row, Table
from projections.decisions import numeric
from projections.known import Known

STANDING = Table(
    "standing",
    "What is a household's score and status, what was concluded for each programme, and when is it due for a survey?",
    (
        Column("household_id", "uuid"),
        Column("position", "int8"),
        Column("version", "int8"),
        Column("decisions", "int8"),
        Column("place", "text"),
        Column("union_council", "text", nullable=True),
        Column("score", "numeric", nullable=True),
        Column("scorecard", "bytea", nullable=True),
        Column("status", "int2"),
        Column("conclusions", "bytea"),
        Column("due_occasion", "int2", nullable=True),
        Column("due_on", "date", nullable=True),
        Column("last_full_survey_on", "date", nullable=True),
    ),
)

_POSITION = STANDING.column("position")
_DECISIONS = STANDING.column("decisions")
CONCLUSIONS = STANDING.column("conclusions")
"""Where in a row the conclusions are, as bytes."""

_encode = Encoder(uuid_format="bytes", decimal_format="string").encode
_decode = Decoder(dict[str, Conclusion]).decode
_NOTHING_CONCLUDED = _encode({})


def standing_row(known: Known, standing: Standing, position: int, decisions: int) -> Row:
    """Write down a standing after so many decisions.

    `position` is that of the household's last event, or of a later change of policy by which something was decided.
    """
    assert known.household is not None, "what has not begun has no standing"
    place = known.household.place
    occasion, due_on = standing.due or (None, None)
    return (
        known.household_id,
        position,
        known.version,
        decisions,
        place.code,
        place.union_council,
        numeric(standing.score),
        standing.scorecard,
        standing.situation.status,
        conclusions_to_bytes(standing.conclusions),
        occasion,
        due_on,
        standing.situation.last_full_survey_on,
    )


def conclusions_to_bytes(conclusions: dict[str, Conclusion]) -> bytes:
    """Keep only what differs from the default, ineligible and nobody paid: most households conclude nothing."""
    kept = [
        (programme, conclusion)
        for programme, conclusion in conclusions.items()
        if conclusion.outcome is not Outcome.INELIGIBLE or conclusion.recipients
    ]
    return _encode(dict(sorted(kept, key=itemgetter(0)))) if kept else _NOTHING_CONCLUDED


def conclusions_of(row: Row | None) -> dict[str, Conclusion]:
    """Read back what was concluded; nothing where the household was never assessed."""
    return {} if row is None or concludes_nothing(row) else _decode(cast("bytes", row[CONCLUSIONS]))


def concludes_nothing(row: Row) -> bool:
    """Say whether a household is eligible for nothing, and nobody in it paid."""
    return row[CONCLUSIONS] == _NOTHING_CONCLUDED


def household_in(row: Row) -> UUID:
    """Read whose standing it is."""
    return cast("UUID", row[0])


def position_of(row: Row) -> int:
    """Read from where on changes of policy are to be looked at; again at those that decided nothing."""
    return cast("int", row[_POSITION])


def decisions_of(row: Row | None) -> int:
    """Read how many decisions stand in the sibling stream."""
    return 0 if row is None else cast("int", row[_DECISIONS])
