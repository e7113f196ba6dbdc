"""The one door, with everything behind it in memory and in Postgres: what goes in goes in whole, and once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.faults import Refused
from adapters.keys import people
from adapters.keys.people import Erased
from adapters.registry.door import Answer
from adapters.registry.erasures import complete_erasures, open_erasures
from adapters.registry.opening import Registry
from adapters.submissions.shape import (
    Correction,
    Cyclic,
    Erasure,
    MemberJoins,
    MemberLeaves,
    Merge,
    Move,
    Person,
    ProgrammeReports,
    RosterUpdate,
    ShockSurvey,
    Split,
    StatedFamily,
)
from domain.household.events import MemberJoined, MemberLeft, Registered
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import (
    Evidence,
    FamilyKind,
    JoinReason,
    LeaveReason,
    MaritalStatus,
    ProgrammeReport,
    Relation,
    Sex,
)
from domain.streams import submission_stream
from tests.households import (
    AMINA,
    AMINA_CNIC,
    BILAL,
    HINA,
    SANA,
    SANA_CNIC,
    Clock,
    common,
    lone_woman,
    memory_registry,
    missed_out,
    postgres_registry,
    proposed,
    questionnaire,
)

ALPHA = StatedFamily(number=1, kind=FamilyKind.ALPHA, recipient_line=2)
MARCH, MAY, JULY = date(2022, 3, 1), date(2022, 5, 1), date(2022, 7, 1)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    clock = Clock()
    if request.param == "memory":
        yield memory_registry(tmp_path, clock)
        return
    opened = postgres_registry(request.getfixturevalue("database"), tmp_path, clock)
    yield opened
    opened.log.close()


def registered(registry: Registry, *persons: Person, on: date = MARCH, **other: Any) -> UUID:
    return accepted(registry.door.submit(missed_out(on, *persons, **other)))


def accepted(answer: Answer) -> UUID:
    assert answer.accepted, answer.reasons
    assert answer.household is not None
    return answer.household


def refused(answer: Answer, because: str) -> None:
    assert not answer.accepted
    assert because in " ".join(reason.sentence for reason in answer.reasons)


def member(registry: Registry, household: UUID, line: int) -> UUID:
    state = registry.reader.household(household)
    assert state is not None
    return next(one.member_id for one in state.roster.values() if one.line == line)


def holder_of(registry: Registry, cnic: str) -> UUID | None:
    token = registry.door.token(cnic)
    holder = registry.door.find_holders([token]).get(token)
    return holder.household_id if holder else None


def test_a_submission_sent_twice_changes_nothing_the_second_time(registry: Registry):
    first = registry.door.submit(missed_out(number=1))
    before = registry.log.last_position()
    again = registry.door.submit(missed_out(number=1))
    assert again == replace(first, again=True)
    assert registry.log.last_position() == before


def test_another_content_under_a_known_submission_id_is_refused_and_not_recorded(registry: Registry):
    registry.door.submit(missed_out(number=2))
    before = registry.log.last_position()
    refused(registry.door.submit(missed_out(MAY, number=2)), "other content")
    assert registry.log.last_position() == before


def test_a_refused_submission_is_recorded_with_its_reasons_and_refused_again_the_same(registry: Registry):
    two_heads = missed_out(MARCH, BILAL, replace(AMINA, relation=Relation.HEAD), number=3)
    answer = registry.door.submit(two_heads)
    refused(answer, "head")
    event = registry.reader.refusal(two_heads.submission_id)
    assert event.reasons == answer.reasons
    assert registry.log.stream(submission_stream(two_heads.submission_id))
    assert registry.door.submit(two_heads).reasons == answer.reasons


def test_a_number_on_another_roster_is_refused_and_names_the_household(registry: Registry):
    first = registered(registry)
    refused(registry.door.submit(missed_out(MAY, lone_woman(AMINA_CNIC))), str(first))
    assert holder_of(registry, AMINA_CNIC) == first


def test_nothing_is_kept_of_a_household_whose_numbers_are_held_elsewhere(registry: Registry):
    registered(registry)
    clash = missed_out(
        MAY, lone_woman("9000000000041"), replace(BILAL, line=2, relation=Relation.SIBLING, spouse_line=None)
    )
    assert not registry.door.submit(clash).accepted
    assert holder_of(registry, "9000000000041") is None


def test_a_woman_who_marries_takes_her_number_and_her_key_along(registry: Registry):
    parents, husband = registered(registry), registered(registry, lone_woman("9000000000058"))
    sana = member(registry, parents, 3)
    bride = Person(
        line=2,
        relation=Relation.CHILD_IN_LAW,
        sex=Sex.FEMALE,
        age=20,
        cnic=SANA_CNIC,
        marital_status=MaritalStatus.MARRIED,
    )
    joins = MemberJoins(person=bride, reason=JoinReason.MARRIAGE, evidence=(Evidence.MARRIAGE_CERTIFICATE,))
    accepted(registry.door.submit(RosterUpdate(household=husband, changes=(joins,), **common(MAY))))
    assert holder_of(registry, SANA_CNIC) == husband
    assert isinstance(registry.reader.history(parents)[-1].event, MemberLeft)
    joined = registry.reader.history(husband)[-1].event
    assert isinstance(joined, MemberJoined)
    assert joined.member.member_id == sana
    row = registry.door.key_row(husband)
    assert people.open_identity(registry.keyring, row, sana, joined.member.identity).name == "Sana Bilal"


def test_a_departure_without_evidence_is_refused(registry: Registry):
    household = registered(registry)
    leaves = MemberLeaves(member=member(registry, household, 3), reason=LeaveReason.DEPARTURE)
    refused(registry.door.submit(RosterUpdate(household=household, changes=(leaves,), **common(MAY))), "Evidence")


def test_all_changes_of_a_roster_update_are_taken_or_none(registry: Registry):
    household = registered(registry)
    dies = MemberLeaves(member=member(registry, household, 4), reason=LeaveReason.DEATH)
    departs = MemberLeaves(member=member(registry, household, 3), reason=LeaveReason.DEPARTURE)
    assert not registry.door.submit(RosterUpdate(household=household, changes=(dies, departs), **common(MAY))).accepted
    assert len(registry.reader.history(household)) == 1


def test_a_change_that_brings_a_contradiction_onto_the_roster_is_refused(registry: Registry):
    household = registered(registry)
    elder = Person(line=5, relation=Relation.CHILD, sex=Sex.MALE, age=50, name="Elder Than His Father")
    joins = MemberJoins(person=elder, reason=JoinReason.RETURN, evidence=(Evidence.CNIC,))
    refused(registry.door.submit(RosterUpdate(household=household, changes=(joins,), **common(MAY))), "head")


def test_a_survey_that_arrives_late_is_kept_and_does_not_overwrite_newer_answers(registry: Registry):
    household = registered(registry, BILAL, AMINA)
    newer = questionnaire(BILAL, AMINA, place=Place("PK60202"))
    accepted(registry.door.submit(Cyclic(household=household, survey=newer, **common(date(2026, 6, 1)))))
    late = questionnaire(BILAL, AMINA, SANA)
    accepted(registry.door.submit(Cyclic(household=household, survey=late, **common(date(2024, 4, 1)))))
    now = registry.reader.household(household)
    then = registry.reader.household(household, as_of=date(2025, 1, 1))
    assert now is not None
    assert then is not None
    assert (now.place.code, len(now.roster)) == ("PK60202", 2)
    assert (then.place.code, len(then.roster)) == ("PK20101", 3)
    assert holder_of(registry, SANA_CNIC) is None


def test_a_cyclic_survey_before_its_time_is_refused_with_the_day_it_opens(registry: Registry):
    household = registered(registry)
    early = Cyclic(household=household, survey=questionnaire(), **common(date(2023, 3, 1)))
    refused(registry.door.submit(early), "2024-03-01")


def test_a_shock_survey_of_a_household_that_was_not_hit_is_refused(registry: Registry):
    household = registered(registry)
    survey = ShockSurvey(household=household, shock="flood-2022", survey=questionnaire(), **common(JULY))
    refused(registry.door.submit(survey), "flood-2022")


def test_members_who_part_form_a_household_with_their_numbers_and_keys(registry: Registry):
    old = registered(registry)
    sana = member(registry, old, 3)
    split = Split(household=old, members={sana: Relation.HEAD}, place=Place("PK60202"), **common(MAY))
    answer = registry.door.submit(split)
    accepted(answer)
    new = holder_of(registry, SANA_CNIC)
    assert new is not None
    assert answer.others == registry.door.submit(split).others == (new,)
    state = registry.reader.household(new)
    assert state is not None
    identity = state.roster[sana].identity
    assert people.open_identity(registry.keyring, registry.door.key_row(new), sana, identity).name == "Sana Bilal"
    missing = registry.reader.household(old)
    assert missing is not None
    assert sana not in missing.roster


def test_a_household_that_parted_can_be_surveyed_later_as_missed_out(registry: Registry):
    old = registered(registry)
    sana = member(registry, old, 3)
    (new,) = registry.door.submit(
        Split(household=old, members={sana: Relation.HEAD}, place=Place("PK60202"), **common(MAY))
    ).others
    herself = replace(SANA, line=1, relation=Relation.HEAD, mother_line=None, father_line=None)
    first = missed_out(JULY, herself, number=801)
    assert accepted(registry.door.submit(replace(first, household=new))) == new
    state = registry.reader.household(new)
    assert state is not None
    assert (state.last_full_survey_on, list(state.roster)) == (JULY, [sana])
    again = missed_out(date(2022, 8, 1), herself, number=802)
    refused(registry.door.submit(replace(again, household=new)), "last surveyed on 2022-07-01")


def test_families_of_a_duplicate_come_along_under_numbers_of_their_own(registry: Registry):
    stays = registered(registry, families=(ALPHA,))
    widow, cousin = lone_woman("9000000000066"), replace(HINA, line=2, mother_line=1, father_line=None)
    duplicate = registered(registry, widow, cousin, families=(replace(ALPHA, kind=FamilyKind.BETA, recipient_line=1),))
    accepted(registry.door.submit(Merge(household=stays, duplicate=duplicate, **common(MAY))))
    state = registry.reader.household(stays)
    assert state is not None
    assert [(family.number, family.kind) for family in state.families] == [(1, FamilyKind.ALPHA), (2, FamilyKind.BETA)]
    assert [one.family for one in state.roster.values()] == [1, 1, 1, 1, 2, 2]
    assert state.families[1].recipient == member(registry, stays, 5)


def test_a_duplicate_is_closed_into_the_household_that_stays(registry: Registry):
    stays, duplicate = registered(registry), registered(registry, lone_woman("9000000000066"))
    accepted(registry.door.submit(Merge(household=stays, duplicate=duplicate, **common(MAY))))
    assert holder_of(registry, "9000000000066") == stays
    refused(registry.door.submit(Move(household=duplicate, place=Place("PK60202"), **common(JULY))), str(stays))


def test_a_correction_replaces_what_the_old_submission_recorded_on_its_own_day(registry: Registry):
    wrong = missed_out(MARCH, BILAL, AMINA)
    household = accepted(registry.door.submit(wrong))
    right = Correction(
        household=household,
        corrects=wrong.submission_id,
        reason="a child was left out",
        survey=questionnaire(BILAL, AMINA, replace(SANA, line=3), HINA),
        **common(MAY),
    )
    accepted(registry.door.submit(right))
    state = registry.reader.household(household, as_of=MARCH)
    assert state is not None
    assert len(state.roster) == 4
    assert holder_of(registry, SANA_CNIC) == household


def test_a_correction_must_name_a_submission_that_brought_a_survey_of_this_household(registry: Registry):
    household, other = registered(registry, BILAL, AMINA), missed_out(MARCH, lone_woman("9000000000074"))
    registry.door.submit(other)
    right = Correction(
        household=household, corrects=other.submission_id, reason="?", survey=questionnaire(BILAL, AMINA), **common(MAY)
    )
    refused(registry.door.submit(right), "brought no survey")


def test_an_erased_person_can_be_opened_nowhere_and_the_others_still_can(registry: Registry):
    household = registered(registry)
    amina, bilal = member(registry, household, 2), member(registry, household, 1)
    before = registry.reader.history(household)[0].event
    assert isinstance(before, Registered)
    sealed = {one.member_id: one.identity for one in before.survey.roster}
    accepted(
        registry.door.submit(
            proposed(registry, Erasure(household=household, member=amina, authority="court 7/2022", **common(MAY)))
        )
    )
    row = registry.door.key_row(household)
    with pytest.raises(Erased):
        people.open_identity(registry.keyring, row, amina, sealed[amina])
    assert people.open_identity(registry.keyring, row, bilal, sealed[bilal]).name == "Bilal Ahmed"
    assert holder_of(registry, AMINA_CNIC) is None
    state = registry.reader.household(household)
    assert state is not None
    assert state.roster[amina].age == 40


def test_a_correction_does_not_bring_an_erased_persons_number_back(registry: Registry):
    first = missed_out(MARCH)
    household = accepted(registry.door.submit(first))
    amina = member(registry, household, 2)
    accepted(
        registry.door.submit(
            proposed(registry, Erasure(household=household, member=amina, authority="court 7/2022", **common(MAY)))
        )
    )
    right = Correction(
        household=household,
        corrects=first.submission_id,
        reason="one room more",
        survey=questionnaire(),
        **common(JULY),
    )
    refused(registry.door.submit(right), "erased")
    nameless = replace(AMINA, cnic=None, name=None, member_id=amina)
    kept = replace(right, **common(JULY), survey=questionnaire(BILAL, nameless, SANA, HINA))
    accepted(registry.door.submit(kept))
    assert holder_of(registry, AMINA_CNIC) is None


def test_somebody_who_left_the_roster_can_still_be_erased(registry: Registry):
    household = registered(registry)
    hina = member(registry, household, 4)
    before = registry.reader.household(household)
    assert before is not None
    sealed = before.roster[hina].identity
    dies = MemberLeaves(member=hina, reason=LeaveReason.DEATH)
    accepted(registry.door.submit(RosterUpdate(household=household, changes=(dies,), **common(MAY))))
    accepted(
        registry.door.submit(
            proposed(registry, Erasure(household=household, member=hina, authority="her parents", **common(JULY)))
        )
    )
    with pytest.raises(Erased):
        people.open_identity(registry.keyring, registry.door.key_row(household), hina, sealed)
    stranger = Erasure(household=household, member=UUID(int=4), authority="?", **common(JULY))
    refused(registry.door.submit(stranger), "not on the roster")


def test_an_erasure_is_open_until_it_is_stated_that_no_copy_from_before_it_is_left(registry: Registry):
    household = registered(registry)
    amina = member(registry, household, 2)
    accepted(
        registry.door.submit(
            proposed(registry, Erasure(household=household, member=amina, authority="court 7/2022", **common(MAY)))
        )
    )
    erased_on = registry.clock().date()
    assert [one.member_id for one in open_erasures(registry).waiting] == [amina]
    assert open_erasures(registry).overdue(registry.clock() + timedelta(days=35), 35) == []
    assert len(open_erasures(registry).overdue(registry.clock() + timedelta(days=36), 35)) == 1
    assert complete_erasures(registry, erased_on) == 0
    with pytest.raises(Refused, match="has not come"):
        complete_erasures(registry, erased_on + timedelta(days=1))
    registry.clock.now += timedelta(days=1)
    assert complete_erasures(registry, erased_on + timedelta(days=1)) == 1
    assert open_erasures(registry).waiting == []


def test_a_registration_that_was_closed_takes_nothing_even_for_days_before(registry: Registry):
    stays, duplicate = registered(registry), registered(registry, lone_woman("9000000000066"))
    accepted(registry.door.submit(Merge(household=stays, duplicate=duplicate, **common(JULY))))
    refused(registry.door.submit(Move(household=duplicate, place=Place("PK60202"), **common(MAY))), str(stays))


def test_a_report_of_a_programme_that_is_not_open_is_refused(registry: Registry):
    household = registered(registry)
    report = ProgrammeReports(household=household, programme="kafaalat", report=ProgrammeReport.ENROLLED, **common(MAY))
    refused(registry.door.submit(report), "kafaalat")


def test_a_household_nobody_registered_is_refused_in_words(registry: Registry):
    move = Move(household=UUID(int=2), place=Place("PK60202"), **common(MAY))
    refused(registry.door.submit(move), "not registered")


def test_a_date_in_the_future_is_refused(registry: Registry):
    refused(registry.door.submit(missed_out(date(2027, 1, 1))), "yet to come")


def test_a_place_that_does_not_exist_is_refused_with_what_is_near(registry: Registry):
    refused(registry.door.submit(missed_out(MARCH, place=Place("PK6029"))), "PK6029")


def test_many_submissions_get_the_answers_they_would_get_one_by_one(registry: Registry):
    clash = missed_out(MARCH, lone_woman(SANA_CNIC), number=901)
    wrong = missed_out(MARCH, BILAL, replace(AMINA, relation=Relation.HEAD), number=902)
    clean = [missed_out(MARCH, lone_woman(f"9{number:012d}"), number=1000 + number) for number in range(100, 120)]
    batch = [missed_out(number=900), *clean[:10], clash, wrong, clean[0], *clean[10:]]
    answers = list(registry.door.submit_many(batch, batch=50))
    assert [answer.submission for answer in answers] == [one.submission_id for one in batch]
    assert [answer.accepted for answer in answers] == [one not in (clash, wrong) for one in batch]
    assert [index for index, answer in enumerate(answers) if answer.again] == [13]
    assert registry.log.last_position() == 23
    again = list(registry.door.submit_many(batch, batch=50))
    assert all(answer.again for answer in again)
    assert [(one.accepted, one.household, one.position) for one in again] == [
        (one.accepted, one.household, one.position) for one in answers
    ]
    assert registry.log.last_position() == 23


def test_known_first_surveys_are_answered_in_bulk_without_reading_their_histories(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
):
    first = missed_out(number=950)
    household = accepted(registry.door.submit(first))
    monkeypatch.setattr(registry.door, "history", None)
    (again,) = registry.door.submit_many([first])
    assert (again.accepted, again.again, again.household) == (True, True, household)
    monkeypatch.undo()
    (changed,) = registry.door.submit_many([replace(first, operator="op-2")])
    assert [reason.check for reason in changed.reasons] == ["submission_id_used"]


def bride(cnic: str = SANA_CNIC, line: int = 2) -> MemberJoins:
    married = MaritalStatus.MARRIED
    person = Person(
        line=line, relation=Relation.CHILD_IN_LAW, sex=Sex.FEMALE, age=20, cnic=cnic, marital_status=married
    )
    return MemberJoins(person=person, reason=JoinReason.MARRIAGE, evidence=(Evidence.MARRIAGE_CERTIFICATE,))


def newborn(mother: UUID, line: int = 5) -> MemberJoins:
    child = Person(line=line, relation=Relation.CHILD, sex=Sex.FEMALE, age=0, name="Noor Bilal")
    return MemberJoins(person=child, reason=JoinReason.BIRTH, evidence=(Evidence.CRC,), mother=mother)


def updated(registry: Registry, household: UUID, *changes: Any, on: date = MAY) -> Answer:
    return registry.door.submit(RosterUpdate(household=household, changes=changes, **common(on)))


def lines(registry: Registry, household: UUID) -> list[int]:
    state = registry.reader.household(household)
    assert state is not None
    return [one.line for one in state.roster.values()]


def test_of_twins_brought_on_one_line_none_is_dropped_in_silence(registry: Registry):
    household = registered(registry)
    mother = member(registry, household, 2)
    refused(updated(registry, household, newborn(mother), newborn(mother)), "line 5")
    accepted(updated(registry, household, newborn(mother), newborn(mother, line=6)))
    assert lines(registry, household) == [1, 2, 3, 4, 5, 6]


def test_a_correction_does_not_bring_back_whoever_died_since(registry: Registry):
    first = missed_out(MARCH)
    household = accepted(registry.door.submit(first))
    dead = [MemberLeaves(member=member(registry, household, line), reason=LeaveReason.DEATH) for line in (3, 4)]
    accepted(updated(registry, household, *dead))
    everybody = questionnaire(replace(BILAL, age=45), AMINA, SANA, HINA)
    right = Correction(
        household=household, corrects=first.submission_id, reason="his age", survey=everybody, **common(JULY)
    )
    accepted(registry.door.submit(right))
    assert lines(registry, household) == [1, 2]
    assert holder_of(registry, SANA_CNIC) is None


def test_a_correction_that_would_undo_a_birth_of_the_same_day_is_refused(registry: Registry):
    first = missed_out(MARCH, BILAL, AMINA)
    household = accepted(registry.door.submit(first))
    accepted(updated(registry, household, newborn(member(registry, household, 2)), on=MARCH))
    right = Correction(
        household=household, corrects=first.submission_id, reason="?", survey=questionnaire(BILAL, AMINA), **common(MAY)
    )
    refused(registry.door.submit(right), "end of the day")
    assert lines(registry, household) == [1, 2, 5]


def test_a_late_marriage_does_not_put_a_woman_on_two_rosters(registry: Registry):
    parents, husband = registered(registry, BILAL, AMINA, SANA), registered(registry, lone_woman("9000000000058"))
    newer = questionnaire(BILAL, AMINA, SANA)
    accepted(registry.door.submit(Cyclic(household=parents, survey=newer, **common(date(2024, 6, 1)))))
    refused(updated(registry, husband, bride()), "two rosters")
    assert holder_of(registry, SANA_CNIC) == parents


def test_a_late_split_does_not_put_children_on_two_rosters(registry: Registry):
    old = registered(registry)
    accepted(registry.door.submit(Cyclic(household=old, survey=questionnaire(), **common(date(2024, 6, 1)))))
    parting = {member(registry, old, 3): Relation.HEAD, member(registry, old, 4): Relation.SIBLING}
    split = Split(household=old, members=parting, place=Place("PK60202"), **common(MAY))
    refused(registry.door.submit(split), "two rosters")


def test_a_number_that_a_later_member_has_is_not_given_to_another_by_correction(registry: Registry):
    first = missed_out(MARCH)
    household = accepted(registry.door.submit(first))
    accepted(updated(registry, household, bride("9000000000082", line=5)))
    hers = replace(HINA, cnic="9000000000082", member_id=member(registry, household, 4))
    right = Correction(
        household=household,
        corrects=first.submission_id,
        reason="?",
        survey=questionnaire(BILAL, AMINA, SANA, hers),
        **common(JULY),
    )
    refused(registry.door.submit(right), "same CNIC")


def test_who_joins_twice_the_second_time_for_an_earlier_day_is_one_member(registry: Registry):
    household = registered(registry, BILAL, AMINA)
    returns = replace(SANA, line=5, mother_line=None, father_line=None)
    joins = MemberJoins(person=returns, reason=JoinReason.RETURN, evidence=(Evidence.CNIC,))
    accepted(updated(registry, household, joins, on=JULY))
    accepted(updated(registry, household, joins, on=MAY))
    assert lines(registry, household) == [1, 2, 5]


def test_who_returns_to_a_roster_is_the_member_she_was(registry: Registry):
    household = registered(registry)
    sana = member(registry, household, 3)
    departs = MemberLeaves(member=sana, reason=LeaveReason.DEPARTURE, evidence=(Evidence.COURT_ORDER,))
    accepted(updated(registry, household, departs))
    returns = replace(SANA, line=5, mother_line=None, father_line=None)
    accepted(
        updated(
            registry,
            household,
            MemberJoins(person=returns, reason=JoinReason.RETURN, evidence=(Evidence.CNIC,)),
            on=JULY,
        )
    )
    assert member(registry, household, 5) == sana


def test_who_joins_under_the_id_of_a_stranger_is_refused(registry: Registry):
    old, new = registered(registry), registered(registry, lone_woman("9000000000058"))
    child = Person(line=2, member_id=member(registry, old, 4), relation=Relation.GRANDCHILD, sex=Sex.FEMALE, age=7)
    joins = MemberJoins(person=child, reason=JoinReason.RETURN, evidence=(Evidence.CITIZEN_REGISTER,))
    refused(updated(registry, new, joins), "not known here")


def test_sisters_of_one_name_are_two_members_in_the_next_survey_too(registry: Registry):
    elder, younger = replace(HINA, line=3), replace(HINA, line=4, age=6)
    household = registered(registry, BILAL, AMINA, elder, younger)
    ids = [member(registry, household, line) for line in (3, 4)]
    turned = questionnaire(BILAL, AMINA, replace(younger, line=3, age=8), replace(elder, age=9, line=4))
    accepted(registry.door.submit(Cyclic(household=household, survey=turned, **common(date(2024, 6, 1)))))
    assert [member(registry, household, line) for line in (4, 3)] == ids


def test_an_erasure_named_by_her_old_household_reaches_her_where_she_lives_now(registry: Registry):
    parents, husband = registered(registry), registered(registry, lone_woman("9000000000058"))
    sana = member(registry, parents, 3)
    accepted(updated(registry, husband, bride(), on=JULY))
    erasure = Erasure(household=parents, member=sana, authority="court", **common(MAY))
    accepted(registry.door.submit(proposed(registry, erasure)))
    accepted(registry.door.submit(replace(erasure, **common(MAY))))
    assert holder_of(registry, SANA_CNIC) is None
    state = registry.reader.household(husband)
    assert state is not None
    assert (state.roster[sana].token, state.roster[sana].identity) == (None, b"")
    assert not [one for one in (parents, husband) if people.holds_key(registry.door.key_row(one), sana)]


def test_a_person_in_a_registration_that_was_closed_can_still_be_erased(registry: Registry):
    twin = replace(BILAL, line=2, cnic=None, relation=Relation.SIBLING, spouse_line=None)
    stays, duplicate = registered(registry, BILAL, AMINA), registered(registry, lone_woman("9000000000066"), twin)
    his = member(registry, duplicate, 2)
    same = {his: member(registry, stays, 1)}
    accepted(registry.door.submit(Merge(household=stays, duplicate=duplicate, same_person=same, **common(MAY))))
    accepted(
        registry.door.submit(
            proposed(registry, Erasure(household=duplicate, member=his, authority="court", **common(JULY)))
        )
    )
    assert not people.holds_key(registry.door.key_row(duplicate), his)


def test_whoever_is_paid_in_a_family_and_stays_is_not_paid_in_the_household_that_parts(registry: Registry):
    old = registered(registry, families=(ALPHA,))
    split = Split(
        household=old, members={member(registry, old, 3): Relation.HEAD}, place=Place("PK60202"), **common(MAY)
    )
    (new,) = registry.door.submit(split).others
    state = registry.reader.household(new)
    assert state is not None
    assert [family.recipient for family in state.families] == [None]


def test_at_half_past_seven_in_the_evening_of_utc_it_is_tomorrow_in_pakistan(registry: Registry):
    assert isinstance(registry.clock, Clock)
    registry.clock.now = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
    accepted(registry.door.submit(missed_out(date(2026, 11, 22))))
    registry.desk.open_day()
    assert registry.reader.policies().today == date(2026, 11, 22)


def test_a_key_that_no_table_could_hold_is_refused(registry: Registry):
    """NUL: the log would take it, and every follower would stop at that event for good."""
    refused(registry.door.submit(replace(missed_out(), source_key="1\0")), "NUL")


@pytest.mark.parametrize("at_once", [True, False])
def test_a_number_is_free_for_another_only_when_who_held_it_has_gone_before(registry: Registry, at_once: bool):
    """However they are sent: what comes first is decided first."""
    parents, other = registered(registry, BILAL, AMINA, SANA), registered(registry, lone_woman("9000000000058"))
    sana_too = replace(SANA, line=2, relation=Relation.OTHER_RELATIVE, mother_line=None, father_line=None)
    day = date(2024, 6, 1)
    with_her = questionnaire(lone_woman("9000000000058"), sana_too)
    claims = Cyclic(household=other, survey=with_her, **common(day))
    gives_up = Cyclic(household=parents, survey=questionnaire(BILAL, AMINA), **common(day))
    if at_once:
        first, second = registry.door.submit_many([claims, gives_up])
    else:
        first, second = registry.door.submit(claims), registry.door.submit(gives_up)
    refused(first, "is on the roster of household")
    accepted(second)
    assert holder_of(registry, SANA_CNIC) is None
