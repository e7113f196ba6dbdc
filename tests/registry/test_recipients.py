"""A partner's token is turned back for a purpose, while the household is on its list, and that is recorded."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from adapters.codec import recorded
from adapters.faults import Refused
from adapters.keys.partner_tokens import PartnerTokens
from adapters.registry.recipients import resolve
from domain.agreement import EndAgreement, MakeAgreement
from domain.questionnaire.codes import ProgrammeReport
from domain.refusal import Rejected
from domain.streams import disclosure_stream
from domain.submission import Disclosed
from tests.households import AMINA_CNIC
from tests.registry.desk import MARCH, Desk

PARTNER, PROGRAMME, PURPOSE = "food-bank", "kafaalat", "payment of March"
MAKE = MakeAgreement(MARCH, PARTNER, PROGRAMME, "Food Bank", "desk", "letter 12", ("PK2",))


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
    desk.report(household, ProgrammeReport.VERIFIED)
    desk.decide()
    return household


def token(desk: Desk, household: UUID, partner: str = PARTNER) -> UUID:
    return PartnerTokens(desk.registry.keyring).token(partner, household.int)


def disclosures(desk: Desk, household: UUID) -> list:
    return [recorded(entry) for entry in desk.registry.log.stream(disclosure_stream(household))]


def test_only_who_is_paid_is_opened_and_it_is_recorded(desk: Desk, household: UUID):
    found = resolve(desk.registry, PARTNER, PROGRAMME, token(desk, household), PURPOSE, "clerk-3")
    assert (found.household, found.outcome.word) == (household, "eligible")
    assert [(one.name, one.cnic) for one in found.recipients.values()] == [("Amina Bibi", AMINA_CNIC)]
    (disclosure,) = disclosures(desk, household)
    today = desk.registry.today()
    assert disclosure.event == Disclosed(today, household, (desk.member(household, 2),), PARTNER, PURPOSE)
    assert disclosure.envelope.by == "clerk-3"


def test_the_token_of_another_partner_stands_for_nobody(desk: Desk, household: UUID):
    with pytest.raises(Refused, match="stands for no household of food-bank"):
        resolve(desk.registry, PARTNER, PROGRAMME, token(desk, household, "school-fund"), PURPOSE, "clerk-3")


def test_nobody_is_looked_up_without_a_purpose(desk: Desk, household: UUID):
    with pytest.raises(Refused, match="Say for what purpose"):
        resolve(desk.registry, PARTNER, PROGRAMME, token(desk, household), " ", "clerk-3")
    assert disclosures(desk, household) == []


def test_nobody_is_looked_up_who_is_not_on_the_list(desk: Desk, household: UUID):
    desk.cut_off("1")
    desk.decide()
    with pytest.raises(Refused, match="is not on the list of food-bank on kafaalat now"):
        resolve(desk.registry, PARTNER, PROGRAMME, token(desk, household), PURPOSE, "clerk-3")


def test_nobody_is_looked_up_who_lives_elsewhere(desk: Desk, household: UUID):
    desk.registry.desk.agreement(EndAgreement(desk.registry.today(), PARTNER, PROGRAMME), "director")
    elsewhere = MakeAgreement(desk.registry.today(), PARTNER, PROGRAMME, "Food Bank", "desk", "letter 13", ("PK7",))
    desk.registry.desk.agreement(elsewhere, "director")
    with pytest.raises(Refused, match="is not on the list"):
        resolve(desk.registry, PARTNER, PROGRAMME, token(desk, household), PURPOSE, "clerk-3")


def test_nobody_is_looked_up_when_the_agreement_is_over(desk: Desk, household: UUID):
    desk.registry.desk.agreement(EndAgreement(desk.registry.today(), PARTNER, PROGRAMME), "director")
    with pytest.raises(Refused, match="No agreement of food-bank on kafaalat is in force"):
        resolve(desk.registry, PARTNER, PROGRAMME, token(desk, household), PURPOSE, "clerk-3")


def test_an_agreement_is_on_a_programme_and_over_places_that_there_are(desk: Desk):
    with pytest.raises(Rejected, match="No programme is known as 'wheat': there are: kafaalat"):
        desk.registry.desk.agreement(MakeAgreement(MARCH, "other", "wheat", "Other", "desk", "letter"), "director")
    unknown = MakeAgreement(MARCH, "other", PROGRAMME, "Other", "desk", "letter", ("PK999",))
    with pytest.raises(Rejected, match="No place has the code 'PK999'"):
        desk.registry.desk.agreement(unknown, "director")


def test_an_agreement_moves_nobody(desk: Desk, household: UUID):
    before = desk.registry.reader.decisions(household)
    desk.registry.desk.agreement(EndAgreement(desk.registry.today(), PARTNER, PROGRAMME), "director")
    desk.decide()
    assert desk.registry.reader.decisions(household) == before
    assert desk.assessor.reassessment is None
