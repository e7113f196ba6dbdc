"""What programmes reported, as rows of the answers."""

from datetime import timedelta

from domain.household.events import PaymentReported, ProgrammeReported
from domain.questionnaire.codes import ProgrammeReport
from projections.known import fold
from projections.participation import participation_rows, payment_rows
from tests.people import REGISTERED, TODAY
from tests.projections.test_rows import HOUSEHOLD, recorded

LATER = TODAY + timedelta(days=30)


def told(report, on=TODAY, programme="relief"):
    return ProgrammeReported(on, programme, report)


def paid(amount, on=TODAY):
    return PaymentReported(on, "relief", HOUSEHOLD, amount)


def rows_of(rows, *events):
    return rows(fold(recorded(REGISTERED, *events)))


def test_where_a_household_stands_in_a_programme_is_told_with_its_last_enrolment():
    suspended = told(ProgrammeReport.ENROLLED), told(ProgrammeReport.SUSPENDED, LATER)
    assert rows_of(participation_rows, *suspended) == [(HOUSEHOLD, "relief", ProgrammeReport.SUSPENDED, LATER, TODAY)]


def test_a_programme_that_only_verified_has_no_row():
    assert rows_of(participation_rows, told(ProgrammeReport.VERIFIED)) == participation_rows(None) == []


def test_payments_of_one_day_are_added_up_and_those_of_another_are_another_row():
    payments = paid(500), paid(None), paid(700), paid(None, LATER)
    assert rows_of(payment_rows, told(ProgrammeReport.ENROLLED), *payments) == [
        (HOUSEHOLD, "relief", TODAY, 3, 1200),
        (HOUSEHOLD, "relief", LATER, 1, None),
    ]
    assert payment_rows(None) == []
