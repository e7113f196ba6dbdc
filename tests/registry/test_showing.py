"""What `household triage` and `household show` tell of a day: what was so then, and what is only derived now."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.cards import compile_card
from adapters.cli.household_words import Shown, household_object, household_words, triage_words
from adapters.faults import Refused
from adapters.registry.disclosing import NOTHING_OPENED
from adapters.registry.triage import Triage, triage
from adapters.submissions.shape import Cyclic, Erasure
from domain.policies import in_force
from domain.standing import assess
from tests.households import AMINA, BILAL, common, proposed, questionnaire
from tests.registry.desk import JULY, MARCH, MAY, Desk, dies

STRANGER = UUID("11111111-2222-4333-8444-555555555554")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def asked(desk: Desk, household: UUID, on: date) -> Triage:
    return triage(desk.registry.reader, desk.registry.judge, household, on)


def shown(desk: Desk, household: UUID, day: date = date(2026, 11, 21), *, is_to_come: bool = False) -> Shown:
    state = desk.registry.reader.household(household)
    assert state is not None
    policies = desk.registry.reader.policies()
    return Shown(
        household=household,
        state=state,
        day=day,
        is_to_come=is_to_come,
        standing=assess(state, in_force(policies, day, compile_card)),
        policies=policies,
        opened=NOTHING_OPENED,
    )


def told(found: Shown, desk: Desk) -> str:
    return "\n".join(household_words(found, desk.registry.places))


def test_triage_of_a_past_day_knows_nothing_of_what_came_after(desk: Desk):
    household = desk.register(BILAL, AMINA)
    desk.submit(Cyclic(household=household, survey=questionnaire(BILAL, AMINA), **common(date(2026, 6, 1))))
    assert asked(desk, household, MAY).situation.last_full_survey_on == MARCH
    desk.update(household, dies(desk.member(household, 2)), on=date(2026, 7, 1))
    state = asked(desk, household, JULY).state
    assert state is not None
    assert len(state.roster) == 2


def test_triage_of_a_day_before_the_registration_says_so(desk: Desk):
    household = desk.register()
    found = asked(desk, household, date(2022, 2, 1))
    assert found.state is None
    assert f"Household {household} was not registered on 2022-02-01" in next(triage_words(found))
    assert "2022-03-01" in next(triage_words(found))


def test_triage_of_an_id_that_is_no_households_is_refused(desk: Desk):
    with pytest.raises(Refused, match="not registered"):
        asked(desk, STRANGER, MAY)


def test_triage_tells_the_day_an_occasion_opens_once(desk: Desk):
    household = desk.register(BILAL, AMINA)
    told = "\n".join(triage_words(asked(desk, household, MAY)))
    assert told.count("2024-03-01") == 1


def test_show_names_the_card_and_whose_rule_is_an_illustration(desk: Desk):
    household = desk.register()
    found = told(shown(desk, household), desk)
    assert "score: 22 by Poverty scorecard for Pakistan (Schreiner 2009) (pakistan_schreiner_2009" in found
    assert "kafaalat: pending (awaits verification), to be paid: person 2 (an illustration" in found
    desk.cut_off("32")
    assert "an illustration" not in told(shown(desk, household), desk)


def test_show_says_what_is_derived_now_and_that_ages_are_as_stated(desk: Desk):
    found = told(shown(desk, desk.register()), desk)
    assert "derived now, for 2026-11-21" in found
    assert "roster, with the age when last stated" in found


def test_show_tells_that_the_keys_of_a_household_were_destroyed(desk: Desk):
    household = desk.register(BILAL, AMINA)
    desk.submit(proposed(desk.registry, Erasure(household=household, authority="court", **common(MAY))))
    found = shown(desk, household)
    assert "  keys destroyed on 2022-05-01: takes nothing but what programmes report" in told(found, desk)
    assert household_object(found)["keys_destroyed_on"] == MAY


def test_show_marks_whoever_was_erased(desk: Desk):
    household = desk.register()
    erasure = Erasure(household=household, member=desk.member(household, 3), authority="court", **common(MAY))
    desk.submit(proposed(desk.registry, erasure))
    found = shown(desk, household)
    (line,) = [line for line in told(found, desk).splitlines() if "(erased)" in line]
    assert line.startswith("    3  ")
    assert [member["erased"] for member in household_object(found)["roster"]] == [False, False, True, False]


def test_show_of_a_day_to_come_says_so(desk: Desk):
    found = shown(desk, desk.register(), date(2027, 1, 1), is_to_come=True)
    assert told(found, desk).startswith("2027-01-01 is yet to come")


def test_show_tells_programs_no_token_and_no_seal(desk: Desk):
    member: dict[str, Any]
    for member in household_object(shown(desk, desk.register()))["roster"]:
        assert not {"token", "name_tokens", "identity"} & member.keys()
