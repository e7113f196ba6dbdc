"""Answers written straight into the tables, as followers would have written them of many more households."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

import psycopg

from domain.questionnaire.codes import Outcome
from domain.streams import household_stream
from projections.standing import conclusions_to_bytes

CARD = b"card of the tests, by its hash  "


def household(number: int) -> UUID:
    return household_stream(date(2022, 3, 1), (2 * number).to_bytes(13, "big"))


def write_standings(
    dsn: str, standings: Iterable[tuple[int, str, Decimal | int | None, Outcome]], card: bytes = CARD
) -> None:
    """Write (number, place, score, outcome for kafaalat) of each household."""
    rows = [(household(number), place, score, outcome) for number, place, score, outcome in standings]
    nothing = conclusions_to_bytes({})
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        with cursor.copy(
            "COPY standing (household_id, position, version, decisions, place, score, scorecard, status,"
            " conclusions) FROM STDIN"
        ) as copy:
            for one, place, score, _ in rows:
                copy.write_row((one, 1, 1, 0, place, score, card, 1, nothing))
        with cursor.copy(
            "COPY households (household_id, version, place, members, registered_on, last_on) FROM STDIN"
        ) as copy:
            for one, place, _, _ in rows:
                copy.write_row((one, 1, place, 4, date(2022, 3, 1), date(2022, 3, 1)))
        with cursor.copy(
            "COPY eligibility (household_id, programme, outcome, since, reason, place, recipients,"
            " decision_position) FROM STDIN"
        ) as copy:
            for one, place, _, outcome in rows:
                if outcome is not Outcome.INELIGIBLE:
                    copy.write_row((one, "kafaalat", int(outcome), date(2022, 3, 1), "made up", place, [], 1))
