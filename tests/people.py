"""The same few people everywhere. Their numbers are tokens that no citizen register gives out; names are made up."""

from datetime import UTC, date, datetime
from uuid import UUID

from msgspec.structs import replace

from domain.event import Envelope
from domain.household.events import Registered, Survey
from domain.questionnaire.answers import Answers, Contact, Dwelling, Family, Member, Place
from domain.questionnaire.codes import (
    Asset,
    FamilyKind,
    Livestock,
    MaritalStatus,
    Relation,
    SchoolStatus,
    Sex,
    Toilet,
)

TODAY = date(2024, 5, 20)
SURVEYED_ON = date(2022, 3, 1)
ENVELOPE = Envelope(datetime(2024, 5, 20, 9, 30, tzinfo=UTC), "operator-7", "operator", "desk-muzaffargarh")

HERE = UUID("004a6c22-3267-81dd-9e17-fc2531c9c6d0")
ELSEWHERE = UUID("004a6c22-0000-8000-8000-00000000beee")

RURAL_MUZAFFARGARH = Place("PK60201", "Basti Kot")
KARACHI = Place("PK70101")

AMINA_ID, BILAL_ID, CHAND_ID, DILSHAD_ID, ESHAL_ID, FARIDA_ID, GULZAR_ID = (UUID(int=number) for number in range(1, 8))


def token(number: int) -> UUID:
    """Stands for a CNIC; no CNIC gives it."""
    return UUID(int=0xC0 << 120 | number)


BILAL = Member(
    BILAL_ID,
    1,
    Relation.HEAD,
    Sex.MALE,
    42,
    marital_status=MaritalStatus.MARRIED,
    spouse=AMINA_ID,
    token=token(2),
    identity=b"sealed Bilal",
)
AMINA = Member(
    AMINA_ID,
    2,
    Relation.SPOUSE,
    Sex.FEMALE,
    38,
    marital_status=MaritalStatus.MARRIED,
    spouse=BILAL_ID,
    token=token(1),
    identity=b"sealed Amina",
)
CHAND = Member(
    CHAND_ID, 3, Relation.CHILD, Sex.FEMALE, 9, mother=AMINA_ID, father=BILAL_ID, school=SchoolStatus.ATTENDING
)
DILSHAD = Member(DILSHAD_ID, 4, Relation.PARENT, Sex.FEMALE, 64, marital_status=MaritalStatus.WIDOWED, token=token(4))
ESHAL = Member(ESHAL_ID, 5, Relation.CHILD, Sex.FEMALE, 0, mother=AMINA_ID, father=BILAL_ID)
"""Born after the survey."""
FARIDA = Member(
    FARIDA_ID, 6, Relation.CHILD, Sex.FEMALE, 24, marital_status=MaritalStatus.SEPARATED, family=2, token=token(6)
)
"""A grown daughter who has come back to her parents."""
GULZAR = Member(GULZAR_ID, 7, Relation.GRANDCHILD, Sex.MALE, 3, family=2, mother=FARIDA_ID)
"""Farida's son."""

FIRST_FAMILY = Family(1, FamilyKind.BETA, AMINA_ID)
FARIDAS_FAMILY = Family(2, FamilyKind.BETA, FARIDA_ID)

ROSTER = (BILAL, AMINA, CHAND, DILSHAD)
ANSWERS = Answers(
    Dwelling(rooms=2, toilet=Toilet.FLUSH_OPEN_DRAIN),
    {Asset.FAN: 3, Asset.CAR: 0},
    {Livestock.BUFFALO: 2},
    owns_livestock=True,
    owns_land=False,
    land_owned_marla=0,
)
SURVEY = Survey(
    RURAL_MUZAFFARGARH, ANSWERS, ROSTER, (FIRST_FAMILY,), Contact(b"sealed phones", (token(91),)), b"sealed address"
)
POORER_SURVEY = replace(SURVEY, answers=replace(ANSWERS, assets={Asset.FAN: 0, Asset.CAR: 0}, livestock={}))
REGISTERED = Registered(SURVEYED_ON, SURVEY, "row 17")
