"""Many first surveys taken together come to what each comes to by itself: the same events, keys and refusals."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from adapters.keys import people
from adapters.registry.door import Answer
from adapters.registry.opening import Registry
from adapters.submissions.shape import Address, MissedOut, Person, Questionnaire, StatedFamily
from adapters.uuids import uuid_of, uuid_of_digest, uuid_of_name
from domain.household.events import Registered, Survey
from domain.questionnaire.answers import Answers, Dwelling, Place
from domain.questionnaire.codes import DisabilityKind, FamilyKind, MaritalStatus, Relation, SchoolStatus, Sex
from domain.streams import household_stream
from tests.households import Clock, common, memory_registry

SPRING = date(2022, 3, 1)
SLIPS: list[dict[str, Any]] = [
    {"cnic": "12"},
    {"cnic": "9000000000017"},  # which others may have as well
    {"born": "2001-02-29"},
    {"born": "twelve"},
    {"age": -1},
    {"age": 99, "relation": Relation.CHILD},
    {"line": 1},
    {"relation": Relation.HEAD},
    {"spouse_line": 1},
    {"mother_line": 9},
    {"highest_class": 12},
    {"disability_certified": True},
    {"name": None},
    {"member_id": UUID(int=7)},  # who is on no roster here
]


@st.composite
def rosters(draw) -> tuple[Person, ...]:
    """A woman, her husband and children, as a survey finds them; about every third with a slip."""
    number = draw(st.integers(1, 15))  # few, so that some claim a number that another has
    married: dict[str, Any] = {"marital_status": MaritalStatus.MARRIED, "father_or_husband": "Bilal Ahmed"}
    names = st.sampled_from(["Amina Bibi", "آمنہ بی بی", "Sana", None])
    roster = [
        Person(line=1, relation=Relation.HEAD, sex=Sex.FEMALE, name=draw(names), spouse_line=2, age=40,
               cnic=f"9001{number:02}-110009-1", **married),
        Person(line=2, relation=Relation.SPOUSE, sex=Sex.MALE, name="Bilal", spouse_line=1, born="1975-04-00",
               **married),
        *(
            Person(
                line=3 + child, relation=Relation.CHILD, sex=Sex.FEMALE, name=draw(names), mother_line=1, age=5 + child,
                cnic=f"9000{number:02}-{child}00009-{child}", school=SchoolStatus.ATTENDING, father_line=2,
                disabilities=draw(st.sampled_from([(), (DisabilityKind.NO_SIGHT,)])),
            )
            for child in range(draw(st.integers(0, 3)))
        ),
    ]  # fmt: skip
    if draw(st.integers(0, 2)) == 0:
        at = draw(st.integers(0, len(roster) - 1))
        roster[at] = replace(roster[at], **draw(st.sampled_from(SLIPS)))
    return tuple(roster)


def mostly(right: Any, *wrong: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, 9).map(lambda drawn: wrong[drawn] if drawn < len(wrong) else right)


QUESTIONNAIRES = st.builds(
    Questionnaire,
    place=mostly(Place("PK20101", "Kot"), Place("PK999"), Place("PK20101", "a/b")),
    roster=rosters(),
    answers=st.builds(Answers, dwelling=st.builds(Dwelling, rooms=mostly(3, None, 0, 30))),
    families=mostly((), (StatedFamily(number=1, kind=FamilyKind.ALPHA, recipient_line=1),)),
    phones=mostly(("0300 9999017",), (), ("12",)),
    address=mostly(Address(), Address(village="Kot Bilal", landmark="near the well")),
)
DAYS = mostly(SPRING, date(2009, 1, 1), date(2030, 1, 1))
BATCHES = st.lists(st.tuples(QUESTIONNAIRES, DAYS), max_size=6)


def submissions(batch: list[tuple[Questionnaire, date]]) -> list[MissedOut]:
    return [
        MissedOut(survey=survey, source_key=f"row-{number}", **common(on, number))
        for number, (survey, on) in enumerate(batch)
    ]


def what_became_of(answer: Answer) -> Any:
    """An answer without its place in the log: those that are refused come in later where many are taken together."""
    return asdict(replace(answer, position=0))


def opened(registry: Registry, survey: Survey, household: Any) -> Any:
    """A survey with everything that is sealed in it read: no two sealed texts are alike."""
    keyring, row = registry.keyring, registry.door.key_row(household)
    roster = [
        (replace(one, identity=b""), one.identity and people.open_identity(keyring, row, one.member_id, one.identity))
        for one in survey.roster
    ]
    contact = survey.contact.sealed and people.open_contact(keyring, row, household, survey.contact.sealed)
    address = survey.address and people.open_address(keyring, row, household, survey.address)
    bare = replace(survey, roster=(), contact=replace(survey.contact, sealed=b""), address=b"")
    return bare, roster, contact, address, sorted(row.members)


def what_stands(registry: Registry, answers: list[Answer]) -> list[Any]:
    found = []
    for answer in answers:
        for one in registry.door.history(answer.household) if answer.accepted and answer.household else ():
            assert isinstance(one.event, Registered)
            told = one.event.on, one.event.source_key, opened(registry, one.event.survey, one.stream)
            found.append((one.stream, one.version, one.envelope, told))
    surveyed = [told[2] for *_, told in found]
    tokens = [member.token for _, roster, *_ in surveyed for member, _ in roster if member.token is not None]
    return [*found, sorted(registry.door.find_holders(tokens).items())]


@given(BATCHES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_taken_together_they_come_to_what_each_comes_to_by_itself(tmp_path: Path, batch):
    alone, together = memory_registry(tmp_path, Clock()), memory_registry(tmp_path, Clock())
    one_by_one = [alone.door.submit(submission) for submission in submissions(batch)]
    at_once = list(together.door.submit_many(submissions(batch)))
    assert list(map(what_became_of, at_once)) == list(map(what_became_of, one_by_one))
    assert what_stands(together, at_once) == what_stands(alone, one_by_one)


def test_a_clean_survey_does_not_take_the_slow_way(tmp_path, monkeypatch):
    registry = memory_registry(tmp_path, Clock())
    monkeypatch.setattr(registry.door, "submit", lambda _: (_ for _ in ()).throw(AssertionError("taken by itself")))
    roster = (Person(line=1, relation=Relation.HEAD, sex=Sex.FEMALE, name="Amina Bibi", age=40, cnic="9000000000017"),)
    batch = [(Questionnaire(place=Place("PK20101"), roster=roster), SPRING)]
    (answer,) = registry.door.submit_many(submissions(batch))
    assert answer.accepted


@given(st.binary(min_size=16, max_size=16))
def test_an_id_made_quickly_is_the_id(sixteen):
    made = uuid_of(sixteen)
    assert (made, hash(made), str(made), made.is_safe) == ((it := UUID(bytes=sixteen)), hash(it), str(it), it.is_safe)
    of_digest = uuid_of_digest(sixteen)
    assert (of_digest.version, of_digest.variant) == (8, "specified in RFC 4122")
    assert household_stream(date(1970, 1, 1), b"\0" * 16).int & ~1 == uuid_of_digest(b"\0" * 16).int & ~1
    assert uuid_of_name(made, "survey\n17") == uuid5(made, "survey\n17")
