"""Made-up households for tests of the door: the same few people, with numbers that nobody can have."""

import itertools
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from adapters.documents.places import load_places
from adapters.keys.file_keyring import open_or_make_key_file
from adapters.memory.books import MemoryBooks
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from adapters.postgres.books import open_books
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.tables import PostgresTables
from adapters.registry.opening import Registry
from adapters.submissions.shape import Address, Erasure, MissedOut, Person, Questionnaire, StatedFamily
from domain.questionnaire.answers import Answers, Dwelling, Place
from domain.questionnaire.codes import (
    Asset,
    DrinkingWater,
    MaritalStatus,
    OccupationGroup,
    Relation,
    SchoolStatus,
    Sex,
    Toilet,
)

NAMESPACE = UUID("11111111-2222-5333-8444-555555555555")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
KOT = Place("PK20101")
BILAL_CNIC, AMINA_CNIC, SANA_CNIC = "9000000000017", "9000000000025", "9000000000033"

BILAL = Person(
    line=1, relation=Relation.HEAD, sex=Sex.MALE, age=44, cnic=BILAL_CNIC, name="Bilal Ahmed",
    marital_status=MaritalStatus.MARRIED, spouse_line=2, highest_class=5, occupation=OccupationGroup.ELEMENTARY,
)  # fmt: skip
AMINA = Person(
    line=2, relation=Relation.SPOUSE, sex=Sex.FEMALE, age=40, cnic=AMINA_CNIC, name="Amina Bibi",
    marital_status=MaritalStatus.MARRIED, spouse_line=1, highest_class=0,
)  # fmt: skip
SANA = Person(
    line=3, relation=Relation.CHILD, sex=Sex.FEMALE, age=20, cnic=SANA_CNIC, name="Sana Bilal",
    marital_status=MaritalStatus.NEVER_MARRIED, mother_line=2, father_line=1, highest_class=10,
    occupation=OccupationGroup.ELEMENTARY,
)  # fmt: skip
HINA = Person(
    line=4, relation=Relation.CHILD, sex=Sex.FEMALE, age=7, name="Hina Bilal", school=SchoolStatus.NEVER_ATTENDED,
    mother_line=2, father_line=1,
)  # fmt: skip
POOR = Answers(
    dwelling=Dwelling(drinking_water=DrinkingWater.POND_CANAL_OR_RIVER, toilet=Toilet.NONE, rooms=1),
    assets=dict.fromkeys(
        (Asset.REFRIGERATOR, Asset.FREEZER, Asset.TELEVISION, Asset.MOTORCYCLE, Asset.CAR, Asset.OTHER_VEHICLE), 0
    ),
)
THEIR_PHONE, THEIR_VILLAGE = "0300 9999017", "Kot Bilal"
_numbers = itertools.count(1)


def submission_id(number: int) -> UUID:
    """A submission id, the same for the same number."""
    return uuid5(NAMESPACE, str(number))


def common(on: date, number: int | None = None) -> dict[str, Any]:
    """What every submission says of itself."""
    number = next(_numbers) if number is None else number
    return {"submission_id": submission_id(number), "source": "desk", "on": on, "operator": "op-1", "centre": "desk-7"}


def questionnaire(
    *people: Person, place: Place = KOT, answers: Answers = POOR, families: tuple[StatedFamily, ...] = ()
) -> Questionnaire:
    """A full survey of these people, or of Bilal's household."""
    return Questionnaire(
        place=place,
        roster=people or (BILAL, AMINA, SANA, HINA),
        answers=answers,
        families=families,
        phones=(THEIR_PHONE,),
        address=Address(village=THEIR_VILLAGE),
    )


def proposed(registry: Registry, erasure: Erasure) -> Erasure:
    """An erasure that another person has proposed before: who sends it approves it."""
    registry.key_desk.propose(erasure.household, erasure.member, erasure.authority, "sup-2")
    return erasure


def missed_out(on: date = date(2022, 3, 1), *people: Person, number: int | None = None, **other: Any) -> MissedOut:
    """A first survey."""
    return MissedOut(survey=questionnaire(*people, **other), **common(on, number))


def lone_woman(cnic: str, name: str = "Zahra Bibi", age: int = 50) -> Person:
    """A widow who heads her household."""
    widowed = MaritalStatus.WIDOWED
    return Person(line=1, relation=Relation.HEAD, sex=Sex.FEMALE, age=age, cnic=cnic, name=name, marital_status=widowed)


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def memory_registry(folder: Path, clock: Clock) -> Registry:
    """A registry in memory."""
    log = MemoryLog()
    keyring = open_or_make_key_file(folder / "master.key", NOW)
    return Registry(log, MemoryBooks().open, MemoryTables(log), keyring, load_places(), clock)


def postgres_registry(dsn: str, folder: Path, clock: Clock) -> Registry:
    """A registry in a real database; close its log when done."""
    migrate(dsn)
    log = PostgresLog(dsn)
    keyring = open_or_make_key_file(folder / "master.key", NOW)
    return Registry(log, open_books, PostgresTables(log), keyring, load_places(), clock, dsn)
