"""The published cards, and the Pakistan card on many households: each score is the one of the exact engine."""

import random
from fractions import Fraction

import pytest

from adapters.bench.score import made_up_households
from adapters.documents.usable_scorecard import compiled_file
from domain.refusal import Rejected
from domain.scorecard import compile_scorecard
from tests.cards import PAKISTAN_CARD, card_of
from tests.columnar.rows import Rows, connection
from tests.documents.test_published_scorecards import CARDS, many_columns
from tests.reference import needs_reference

SEED = 20240229
OWNED = ("member_abroad", "paid_employee", "self_employed", "owns_stove", "owns_radio", "owns_sheep", "owns_cattle")
OWNED += ("owns_horses", "owns_poultry")


def differences(card, households):
    """Households whose score in columns is not the exact one; none may be left in doubt."""
    score = compile_scorecard(card).score
    found, doubtful = Rows(households).in_columns(card, connection())
    assert not doubtful
    assert sum(score is not None for score in found) > len(households) / 10
    for number, (answers, roster) in enumerate(households):
        try:
            expected = Fraction(score(answers, roster).score)
        except Rejected:
            expected = None
        if found[number] != expected:
            yield households[number], expected, found[number]


@needs_reference
@pytest.mark.parametrize(
    "name",
    [
        ("kenya2024__scorecard_10q.csv", "kenya2024__lookup_10q.csv"),
        ("philippines2023__scorecard.csv", "philippines2023__lookup.csv"),
    ],
)
@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_a_card_of_many_columns_and_places(name, count):
    text, _, questions, _ = many_columns(*name)
    chance = random.Random(SEED)
    answered = {question: [*responses, "something else", None] for question, responses in questions.items()}
    households = [
        (
            {
                question: chance.choice(responses[: None if chance.random() < 0.02 else -2])
                for question, responses in answered.items()
            },
            [],
        )
        for _ in range(count)
    ]
    assert list(differences(card_of(text), households)) == []


@needs_reference
@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_the_index_of_exact_fractions(count):
    card = compiled_file(CARDS / "global_mpi_2020.toml").card
    names = [indicator.id for indicator in card.indicators]
    chance = random.Random(SEED)
    households = [({name: chance.choice([True, False, True, False, None]) for name in names}, []) for _ in range(count)]
    assert list(differences(card, households)) == []


@needs_reference
@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_the_linear_card(count):
    card = compiled_file(CARDS / "anon_lso_pmt1000.toml").card
    chance = random.Random(SEED)
    households = [
        (
            {
                "household_size": chance.randint(1, 12),
                "highest_education": chance.choice(["none", "primary", "secondary", "over_secondary"]),
                "heating_fuel": chance.choice(["gas", "paraffin", "wood", "dung"]),
                **{name: chance.choice([True, False]) for name in OWNED},
            },
            [],
        )
        for _ in range(count)
    ]
    assert list(differences(card, households)) == []


@pytest.mark.slow
def test_the_pakistan_card_on_a_hundred_thousand_households():
    assert list(differences(compiled_file(PAKISTAN_CARD).card, made_up_households(100_000))) == []
