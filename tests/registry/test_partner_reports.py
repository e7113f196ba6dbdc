"""Partners report what they did by their own tokens: taken once, or refused with a sentence and kept as refused."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.faults import Refused
from adapters.keys.partner_tokens import PartnerTokens
from adapters.registry.partner_reports import Outcomes, PartnerDesk
from adapters.submissions.partner_report import Did, PartnerReport
from domain.agreement import EndAgreement, MakeAgreement
from domain.household.events import PaymentReported, ProgrammeReported
from domain.questionnaire.codes import ProgrammeReport
from tests.households import NOW, POOR, lone_woman
from tests.registry.desk import MARCH, Desk

PARTNER, PROGRAMME = "food-bank", "kafaalat"
MAKE = MakeAgreement(MARCH, PARTNER, PROGRAMME, "Food Bank", "desk", "letter 12", ("PK2",))
DAY = NOW.date()
RICH = replace(POOR, assets=dict.fromkeys(POOR.assets, 2))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.cut_off("90")
    desk.registry.desk.agreement(MAKE, "director")
    yield desk
    desk.registry.log.close()


@pytest.fixture
def household(desk: Desk) -> UUID:
    household = desk.register()
    desk.decide()
    return household


def token(desk: Desk, household: UUID, partner: str = PARTNER) -> UUID:
    return PartnerTokens(desk.registry.keyring).token(partner, household.int)


def did(desk: Desk, household: UUID, what: Did, on: date = DAY, **other) -> PartnerReport:
    return PartnerReport(household=token(desk, household), did=what, on=on, **other)


def take(desk: Desk, *reports: PartnerReport) -> list[Outcomes]:
    return PartnerDesk(desk.registry, PARTNER, PROGRAMME).take(reports)


def told(desk: Desk, household: UUID) -> list:
    events = [one.event for one in desk.registry.reader.history(household)]
    return [event for event in events if isinstance(event, ProgrammeReported | PaymentReported)]


def test_what_a_partner_did_is_recorded_in_the_order_of_its_reports(desk: Desk, household: UUID):
    enrolled, paid = did(desk, household, Did.ENROLLED), did(desk, household, Did.PAID, amount_paisa=1_050_000)
    answers = take(desk, enrolled, paid)
    assert [each.accepted for each in answers] == [True, True]
    assert told(desk, household) == [
        ProgrammeReported(DAY, PROGRAMME, ProgrammeReport.ENROLLED),
        PaymentReported(DAY, PROGRAMME, answers[1].report, 1_050_000),
    ]


@pytest.mark.parametrize("reference", [None, "payment 7"])
def test_a_report_that_comes_again_adds_nothing_and_is_answered_as_before(desk: Desk, household: UUID, reference):
    take(desk, did(desk, household, Did.ENROLLED))
    payment = did(desk, household, Did.PAID, amount_paisa=500, reference=reference)
    first, same = take(desk, payment, payment)
    (again,) = take(desk, payment)
    assert (first.again, same.again, again.again, again.accepted) == (False, True, True, True)
    assert first.report == again.report
    assert len(told(desk, household)) == 2


def test_a_reference_used_for_another_report_is_refused(desk: Desk, household: UUID):
    take(desk, did(desk, household, Did.ENROLLED, reference="7"))
    (other,) = take(desk, did(desk, household, Did.EXITED, reference="7"))
    assert not other.accepted
    assert "The reference '7' names another report already" in other.sentences[0]


def test_two_payments_of_one_day_and_amount_are_two_by_their_references(desk: Desk, household: UUID):
    take(desk, did(desk, household, Did.ENROLLED))
    payments = [did(desk, household, Did.PAID, amount_paisa=500, reference=each) for each in "ab"]
    named = [each.report for each in take(desk, *payments)]
    assert told(desk, household)[1:] == [PaymentReported(DAY, PROGRAMME, each, 500) for each in named]


def test_a_refused_report_refuses_itself_only(desk: Desk, household: UUID):
    reports = did(desk, household, Did.PAID), did(desk, household, Did.ENROLLED)
    assert [each.accepted for each in take(desk, *reports)] == [False, True]


def test_a_token_of_another_partner_is_refused(desk: Desk, household: UUID):
    foreign = PartnerReport(household=token(desk, household, "school-fund"), did=Did.ENROLLED, on=DAY)
    (refused,) = take(desk, foreign)
    assert "stands for no household of food-bank" in refused.sentences[0]
    assert told(desk, household) == []


def test_a_household_that_was_never_on_the_list_is_refused(desk: Desk, household: UUID):
    rich = desk.register(lone_woman("9000000007401"), answers=RICH)
    desk.cut_off("1")
    desk.decide()
    (refused,) = take(desk, did(desk, rich, Did.ENROLLED))
    assert "was not on the list of food-bank on kafaalat by" in refused.sentences[0]


def test_a_report_of_a_day_before_the_household_came_to_the_list_is_refused(desk: Desk, household: UUID):
    (refused,) = take(desk, did(desk, household, Did.ENROLLED, MARCH - timedelta(days=1)))
    assert "was not on the list" in refused.sentences[0]


def test_a_report_of_a_day_to_come_is_refused(desk: Desk, household: UUID):
    (refused,) = take(desk, did(desk, household, Did.ENROLLED, DAY + timedelta(days=9)))
    assert "yet to come" in refused.sentences[0]


def test_what_is_done_when_the_agreement_is_over_is_still_taken(desk: Desk, household: UUID):
    take(desk, did(desk, household, Did.ENROLLED))
    later = DAY + timedelta(days=3)
    desk.clock.now += timedelta(days=3)
    desk.registry.desk.agreement(EndAgreement(later, PARTNER, PROGRAMME), "director")
    (taken,) = take(desk, did(desk, household, Did.EXITED, later))
    assert taken.accepted


def test_whoever_came_after_the_agreement_was_over_was_never_on_the_list(desk: Desk):
    later = DAY + timedelta(days=3)
    desk.registry.desk.agreement(EndAgreement(DAY, PARTNER, PROGRAMME), "director")
    desk.clock.now += timedelta(days=3)
    desk.registry.desk.open_day()
    newcomer = desk.register(lone_woman("9000000007402"), on=later)
    desk.decide()
    (refused,) = take(desk, did(desk, newcomer, Did.ENROLLED, later))
    assert "was not on the list" in refused.sentences[0]


def test_without_an_agreement_nothing_is_taken(desk: Desk):
    with pytest.raises(Refused, match="has no agreement on 'wheat'"):
        PartnerDesk(desk.registry, PARTNER, "wheat")


def test_no_id_of_the_registry_stands_in_an_outcome(desk: Desk, household: UUID):
    reports = [did(desk, household, what) for what in Did]
    assert str(household) not in str(take(desk, *reports))
