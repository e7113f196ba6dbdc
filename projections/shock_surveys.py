"""Which households were surveyed again after a shock, and when."""

from domain.questionnaire.codes import Occasion
from projections.changes import Column, Row, Table
from projections.known import Known

SHOCK_SURVEYS = Table(
    "shock_surveys",
    "Which households were surveyed again for a shock, and on which day?",
    (Column("household_id", "uuid"), Column("shock", "text"), Column("surveyed_on", "date")),
    key_columns=2,
)


def shock_survey_rows(known: Known | None) -> list[Row]:
    """List the shocks for which a household was surveyed again, each with the last day on which it was."""
    if known is None or known.household is None:
        return []
    days = {
        done.subject: done.on
        for done in known.household.surveys
        if done.occasion is Occasion.SHOCK and done.subject is not None
    }
    return [(known.household_id, shock, on) for shock, on in days.items()]
