"""What is in force on a day, and exact comparison with a cut-off."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.catalogue import POLICY_EVENTS
from domain.policies import PolicyEvent, in_force, passes, touches_standing
from domain.programme import ProgrammeClosed, ProgrammeOpened, Recipients, Rule
from domain.questionnaire.codes import Comparison
from domain.registry_day import DayOpened
from domain.shock import ShockLifted, ShockProposalWithdrawn, ShockProposed, ShockWidened, StruckCounted
from tests.people import TODAY
from tests.policies import (
    CARD,
    FLOOD,
    KAFAALAT,
    KAFAALAT_RULE,
    OTHER_CARD,
    STATED,
    cutoff,
    in_force_with,
    policies_of,
    scoring,
)

THREE_CUTOFFS = (cutoff(date(2010, 7, 1), "16.17"), cutoff(date(2020, 1, 1), "29"), cutoff(date(2022, 6, 1), "32"))
RELIEF = ProgrammeOpened(date(2024, 1, 1), "relief", Rule("Relief", Recipients.HEAD, needs_score=False, relief=True), 1)
SCHOOL = ProgrammeOpened(date(2020, 1, 1), "a_school", Rule("School", Recipients.CHILDREN_IN_SCHOOL, False), 1)


def compiled(card):
    return scoring(len(card.content))


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2010, 6, 30), None),
        (date(2010, 7, 1), "16.17"),
        (date(2019, 12, 31), "16.17"),
        (date(2020, 1, 1), "29"),
        (date(2022, 5, 31), "29"),
        (date(2022, 6, 1), "32"),
        (TODAY, "32"),
    ],
)
def test_the_cutoff_in_force_is_the_one_that_began_last(day, value):
    (kafaalat,) = in_force_with(30, KAFAALAT, *THREE_CUTOFFS, day=day).programmes
    assert (str(kafaalat.cutoff.value) if kafaalat.cutoff else None) == value


def test_cutoffs_that_were_recorded_in_another_order_begin_on_their_own_days():
    (kafaalat,) = in_force_with(30, KAFAALAT, *reversed(THREE_CUTOFFS)).programmes
    assert kafaalat.cutoff == THREE_CUTOFFS[-1]


def test_of_two_cutoffs_of_one_day_the_one_recorded_last_holds():
    corrected = replace(THREE_CUTOFFS[-1], value=Decimal(33))
    (kafaalat,) = in_force_with(30, KAFAALAT, *THREE_CUTOFFS, corrected).programmes
    assert kafaalat.cutoff == corrected


def test_another_card_changes_nothing_for_a_programme_until_a_cutoff_names_it():
    before = in_force(policies_of(CARD, KAFAALAT, *THREE_CUTOFFS), TODAY, compiled)
    after = in_force(policies_of(CARD, KAFAALAT, *THREE_CUTOFFS, OTHER_CARD), TODAY, compiled)
    named = in_force(
        policies_of(CARD, KAFAALAT, *THREE_CUTOFFS, OTHER_CARD, cutoff(TODAY, "40", OTHER_CARD)), TODAY, compiled
    )
    assert after.scorecard == OTHER_CARD.content_hash  # the registry's own score follows the newest card
    assert [each.programmes[0].cutoff.scorecard for each in (before, after, named)] == [
        CARD.content_hash,
        CARD.content_hash,
        OTHER_CARD.content_hash,
    ]


def test_only_cards_in_use_are_compiled_and_each_once():
    asked = []
    older = replace(CARD, scorecard_id="old", content_hash=b"\x09" * 32)
    in_force(
        policies_of(older, CARD, KAFAALAT, *THREE_CUTOFFS, OTHER_CARD),
        TODAY,
        lambda card: asked.append(card.scorecard_id) or scoring(1),
    )
    assert sorted(asked) == ["card-2009", "card-2021"]


def test_a_programme_is_in_force_while_it_is_open():
    closed = ProgrammeClosed(date(2023, 1, 1), "kafaalat", "reform")
    names = [
        [programme.programme_id for programme in in_force_with(1, KAFAALAT, closed, day=day).programmes]
        for day in (date(2008, 1, 1), date(2022, 12, 31), date(2023, 1, 1))
    ]
    assert names == [[], ["kafaalat"], []]


def test_a_programme_comes_after_those_it_is_assessed_after_also_when_they_opened_later():
    depends = replace(SCHOOL, on=TODAY, rule=replace(SCHOOL.rule, after=("kafaalat",)), rule_version=2)
    order = [programme.programme_id for programme in in_force_with(1, SCHOOL, KAFAALAT, depends).programmes]
    assert order == ["kafaalat", "a_school"]


def test_a_shock_brings_relief_from_its_impact_until_it_is_lifted():
    lifted = ShockLifted(TODAY, "flood-2024")
    for day, shocks in ((date(2024, 4, 9), 0), (FLOOD.impact_on, 1), (TODAY - timedelta(days=1), 1), (TODAY, 0)):
        (relief,) = in_force_with(1, RELIEF, FLOOD, lifted, day=day).programmes
        assert len(relief.relief) == shocks, day


def test_a_proposed_shock_is_not_in_force_until_it_is_declared():
    proposed = ShockProposed(**STATED, households=200_000, proposed_by="Amir")
    waiting, holding = policies_of(proposed), policies_of(proposed, FLOOD)
    assert (waiting.shocks, waiting.proposed) == ({}, {"flood-2024": proposed})
    assert (list(holding.shocks), holding.proposed) == (["flood-2024"], {})


def test_what_a_person_declared_and_added_alone_is_counted_together_under_one_name():
    counts = [StruckCounted(TODAY, "flood-2024", 3, name) for name in ("Amir", " AMIR", "Bushra")]
    assert policies_of(FLOOD, *counts).alone == {"flood-2024": {"amir": 6, "bushra": 3}}


def test_a_count_moves_no_standing():
    counted = StruckCounted(TODAY, "flood-2024", 3, "Amir")
    before, after = (in_force_with(1, RELIEF, FLOOD, *more) for more in ((), (counted,)))
    assert not touches_standing(before, after)


def test_what_is_withdrawn_is_proposed_no_more():
    proposed = ShockProposed(**STATED, households=200_000, proposed_by="Amir")
    other = replace(proposed, shock="flood-2025")
    withdrawn = ShockProposalWithdrawn(TODAY, "flood-2024", "no water")
    assert policies_of(proposed, other, withdrawn).proposed == {"flood-2025": other}


def test_places_that_were_struck_later_do_not_count_on_earlier_days():
    widened = ShockWidened(TODAY, "flood-2024", TODAY, ("PK603",), "NDMA")
    found = [in_force_with(1, FLOOD, widened, day=day).shocks[0].places for day in (FLOOD.on, TODAY)]
    assert found == [("PK602",), ("PK602", "PK603")]


def test_a_day_on_which_nothing_begins_moves_no_standing():
    history = (CARD, KAFAALAT, *THREE_CUTOFFS)
    before = in_force(policies_of(*history), TODAY, compiled)
    after = in_force(policies_of(*history, DayOpened(TODAY)), TODAY + timedelta(days=1), compiled)
    assert not touches_standing(before, after)


@pytest.mark.parametrize(
    "event",
    [
        OTHER_CARD,
        cutoff(TODAY, "33"),
        replace(KAFAALAT, rule=replace(KAFAALAT_RULE, verification=False), rule_version=2),
        ProgrammeClosed(TODAY, "kafaalat", "reform"),
        FLOOD,
    ],
    ids=lambda event: event.name,
)
def test_a_change_of_policy_moves_standings(event):
    history = (CARD, KAFAALAT, RELIEF, *THREE_CUTOFFS)
    before = in_force(policies_of(*history), TODAY, compiled)
    assert touches_standing(before, in_force(policies_of(*history, event), TODAY, compiled))


def test_a_first_look_moves_standings_where_there_is_anything_to_conclude():
    assert not touches_standing(None, in_force(policies_of(FLOOD), TODAY, compiled))
    assert touches_standing(None, in_force(policies_of(CARD), TODAY, compiled))


def test_policies_are_folded_from_every_policy_event():
    assert set(get_args(PolicyEvent)) == set(POLICY_EVENTS)
    folded = policies_of(DayOpened(TODAY), CARD, KAFAALAT, THREE_CUTOFFS[0], FLOOD)
    assert (folded.position, folded.today) == (5, TODAY)
    assert folded.find_card("card-2009") == CARD
    assert folded.find_card("card-2021") is None
    assert folded.usable_from() == {CARD.content_hash: CARD.on}


@pytest.mark.parametrize(
    ("score", "at_or_under", "under"),
    [
        (32, True, False),
        (33, False, False),
        (31, True, True),
        (Decimal("32.00"), True, False),
        (Decimal("32.0000000001"), False, False),
        (Fraction(32), True, False),
        (Fraction(95999999, 3000000), True, True),
        (Fraction(96000001, 3000000), False, False),
        (Decimal("32.00000000000000000001"), False, False),
        (Fraction(32 * 10**30 + 1, 10**30), False, False),
        (Fraction(32 * 10**30 - 1, 10**30), True, True),
    ],
)
def test_a_score_is_held_against_the_cutoff_exactly(score, at_or_under, under):
    assert passes(score, Comparison.AT_OR_UNDER, Decimal(32)) is at_or_under
    assert passes(score, Comparison.UNDER, Decimal(32)) is under


def test_16_17_is_not_rounded():
    assert passes(Fraction(1617, 100), Comparison.AT_OR_UNDER, Decimal("16.17"))
    assert not passes(Fraction(16170001, 1000000), Comparison.AT_OR_UNDER, Decimal("16.17"))


@given(st.integers(-10000, 10000), st.integers(-10000, 10000))
def test_integers_decimals_and_rationals_compare_alike(hundredths, limit):
    cut = Decimal(limit) / 100
    for comparison in Comparison:
        told = passes(Fraction(hundredths, 100), comparison, cut)
        assert passes(Decimal(hundredths) / 100, comparison, cut) is told
        if hundredths % 100 == 0:
            assert passes(hundredths // 100, comparison, cut) is told
