"""What programmes reported: where each household stands in them, and when they paid it."""

from projections.changes import Column, Row, Table
from projections.known import Known

PARTICIPATION = Table(
    "participation",
    "Where does a household stand in a programme, since when, and when was it last enrolled?",
    (
        Column("household_id", "uuid"),
        Column("programme", "text"),
        Column("enrolment", "int2"),
        Column("since", "date"),
        Column("enrolled_on", "date", nullable=True),
    ),
    key_columns=2,
)
PAYMENTS = Table(
    "payments",
    "On which days did a programme pay a household, how often, and how much where it said so?",
    (
        Column("household_id", "uuid"),
        Column("programme", "text"),
        Column("paid_on", "date"),
        Column("payments", "int4"),
        Column("paisa", "int8", nullable=True),
    ),
    key_columns=3,
)


def participation_rows(known: Known | None) -> list[Row]:
    """List the programmes that reported a household enrolled, suspended or exited."""
    if known is None or known.household is None:
        return []
    return [
        (known.household_id, programme, told.enrolment, told.since, told.enrolled_on)
        for programme, told in known.household.programmes.items()
        if told.enrolment is not None
    ]


def payment_rows(known: Known | None) -> list[Row]:
    """List the days on which a programme paid a household; payments of one day are added up."""
    if known is None or known.household is None:
        return []
    days: dict[tuple[str, object], tuple[int, int | None]] = {}
    for programme, told in known.household.programmes.items():
        for payment in told.payments:
            count, paisa = days.get((programme, payment.on), (0, None))
            if payment.amount_paisa is not None:
                paisa = (paisa or 0) + payment.amount_paisa
            days[programme, payment.on] = count + 1, paisa
    return [(known.household_id, programme, on, *sums) for (programme, on), sums in days.items()]
