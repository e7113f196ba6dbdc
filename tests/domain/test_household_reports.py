"""What programmes report about a household and its families; the clocks depend on it."""

from datetime import date
from uuid import UUID

import pytest

from domain.household.decide import PAYMENT_PAISA_MAX, ReportPayment, ReportProgramme
from domain.household.events import MemberJoined, PaymentReported, ProgrammeReported
from domain.household.participation import Participation
from domain.questionnaire.codes import JoinReason, ProgrammeReport
from tests.people import FARIDA, FARIDAS_FAMILY, REGISTERED, TODAY
from tests.scenario import given, household_of

ENROLLED, SUSPENDED, EXITED = ProgrammeReport.ENROLLED, ProgrammeReport.SUSPENDED, ProgrammeReport.EXITED
VERIFIED, BLOCKED, CLEARED = ProgrammeReport.VERIFIED, ProgrammeReport.BLOCKED, ProgrammeReport.CLEARED
EARLIER = date(2023, 1, 1)
FARIDA_JOINED = MemberJoined(date(2022, 6, 1), FARIDA, JoinReason.RETURN, family=FARIDAS_FAMILY)


def told(report, *filters, on=EARLIER, family=None):
    return ProgrammeReported(on, "kafaalat", report, filters, family)


def tell(report, *filters, family=None):
    return ReportProgramme(TODAY, "kafaalat", report, filters, family)


def participation(*events):
    known = household_of(REGISTERED, FARIDA_JOINED, *events)
    assert known is not None
    return known.programmes.get("kafaalat", Participation())


@pytest.mark.parametrize(
    ("before", "report"),
    [
        ((), ENROLLED),
        ((ENROLLED,), SUSPENDED),
        ((ENROLLED,), EXITED),
        ((ENROLLED, SUSPENDED), ENROLLED),
        ((ENROLLED, EXITED), ENROLLED),
        ((), VERIFIED),
    ],
)
def test_a_programme_reports_what_it_did(before, report):
    history = [told(earlier) for earlier in before]
    given(REGISTERED, *history).when(tell(report)).then(told(report, on=TODAY))


@pytest.mark.parametrize("report", [ENROLLED, VERIFIED])
def test_the_same_report_again_changes_nothing(report):
    given(REGISTERED, told(report)).when(tell(report)).then_nothing()


@pytest.mark.parametrize("report", [SUSPENDED, EXITED])
@pytest.mark.parametrize("before", [(), (VERIFIED,)])
def test_nobody_is_suspended_or_exits_who_was_never_enrolled(before, report):
    history = [told(earlier) for earlier in before]
    given(REGISTERED, *history).when(tell(report)).then_rejected(because="never enrolled this household")


def test_a_family_that_was_never_enrolled_is_not_suspended_though_another_was():
    history = (REGISTERED, FARIDA_JOINED, told(ENROLLED, family=1))
    given(*history).when(tell(SUSPENDED, family=2)).then_rejected(because="never enrolled")


def test_filters_block_until_they_are_cleared():
    given(REGISTERED).when(tell(BLOCKED, "vehicle")).then(told(BLOCKED, "vehicle", on=TODAY))
    given(REGISTERED, told(BLOCKED, "vehicle")).when(tell(BLOCKED, "vehicle")).then_nothing()
    given(REGISTERED, told(BLOCKED, "vehicle")).when(tell(CLEARED)).then(told(CLEARED, on=TODAY))
    given(REGISTERED, told(BLOCKED, "vehicle")).when(tell(CLEARED, "travel_abroad")).then_nothing()
    given(REGISTERED).when(tell(CLEARED)).then_nothing()


def test_a_block_names_its_filters():
    given(REGISTERED).when(tell(BLOCKED)).then_rejected(because="name at least one")


def test_clearing_one_filter_leaves_the_others():
    assert participation(told(BLOCKED, "vehicle", "travel_abroad"), told(CLEARED, "vehicle")).filters == (
        "travel_abroad",
    )


def test_one_family_is_enrolled_beside_another():
    history = (REGISTERED, FARIDA_JOINED, told(ENROLLED, family=1))
    given(*history).when(tell(ENROLLED, family=2)).then(told(ENROLLED, on=TODAY, family=2))


def test_a_household_is_enrolled_as_long_as_one_of_its_families_is():
    both = (told(ENROLLED, family=1), told(ENROLLED, family=2))
    one_left = participation(*both, told(EXITED, on=TODAY, family=1))
    assert (one_left.enrolment, one_left.since) == (ENROLLED, EARLIER)
    none_left = participation(*both, told(EXITED, on=TODAY, family=1), told(EXITED, on=TODAY, family=2))
    assert (none_left.enrolment, none_left.since) == (EXITED, TODAY)


def test_a_report_on_the_household_speaks_of_every_family():
    given(REGISTERED, told(ENROLLED)).when(tell(ENROLLED, family=1)).then_nothing()
    assert participation(told(ENROLLED, family=1), told(EXITED, on=TODAY)).find_report_on(1) is EXITED


def test_a_family_that_nobody_belongs_to_is_not_reported_on():
    given(REGISTERED).when(tell(ENROLLED, family=9)).then_rejected(because="Nobody on the roster belongs to family 9")


FIRST, SECOND = UUID(int=1), UUID(int=2)


def paid(amount=None, which=FIRST):
    return PaymentReported(TODAY, "kafaalat", which, amount)


def pay(amount=None, which=FIRST):
    return ReportPayment(TODAY, "kafaalat", which, amount)


@pytest.mark.parametrize("standing", [(ENROLLED,), (ENROLLED, SUSPENDED), (ENROLLED, EXITED)])
def test_a_household_that_was_enrolled_is_paid(standing):
    given(REGISTERED, *map(told, standing)).when(pay(1_050_000)).then(paid(1_050_000))


def test_nobody_is_paid_who_was_never_enrolled():
    given(REGISTERED, told(VERIFIED)).when(pay()).then_rejected(because="has not enrolled this household by")


def test_two_payments_of_one_day_are_two():
    given(REGISTERED, told(ENROLLED), paid(500)).when(pay(500, SECOND)).then(paid(500, SECOND))


@pytest.mark.parametrize("amount", [0, -1, PAYMENT_PAISA_MAX + 1])
def test_an_amount_that_cannot_be_one_payment_is_rejected(amount):
    given(REGISTERED, told(ENROLLED)).when(pay(amount)).then_rejected(because="cannot be one payment")


def test_a_household_enrolled_again_is_known_by_its_last_enrolment():
    known = participation(told(ENROLLED), told(SUSPENDED, on=TODAY), paid(500))
    assert (known.enrolled_on, known.since, [each.amount_paisa for each in known.payments]) == (EARLIER, TODAY, [500])
