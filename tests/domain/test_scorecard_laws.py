from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.documents.scorecard import load_scorecard
from domain.refusal import Rejected
from domain.scorecard import check, compile_scorecard, decode_card, encode_card, ranges, scorecard_hash
from tests.cards import EVERYTHING, PAKISTAN_CARD, card_of
from tests.domain.scorecard_oracle import REFUSED, Naive

PAKISTAN = load_scorecard(PAKISTAN_CARD)
EVERY = card_of(EVERYTHING)
VARIANTS = card_of(
    EVERYTHING
    + """
[variants]
by = "area"
[[variant]]
id = "town"
match = ["town", "city"]
[[variant.indicator]]
id = "rent"
value = "owner"
levels = [{ match = [true], points = [3, 1] }, { match = [false], points = [0.5, 0] }]
[[variant]]
id = "country"
match = ["country"]
score = { intercept = [0, 2] }
indicator = [{ id = "land", value = "land", coef = [0.5, 0.25] }]
"""
)
compiled_pakistan = compile_scorecard(PAKISTAN)
compiled_every = compile_scorecard(EVERY)
compiled_variants = compile_scorecard(VARIANTS)


def sparse(**fields):
    """A mapping in which every field may be absent or null, though mostly it is not."""
    return st.fixed_dictionaries({}, optional={name: values | st.none() for name, values in fields.items()}) | (
        st.fixed_dictionaries(fields)
    )


yes_no = st.booleans()
member = sparse(
    age=st.integers(0, 90),
    sex=st.sampled_from(["female", "male", "transgender"]),
    relation=st.sampled_from(["head", "spouse", "child", "other"]),
    in_school=yes_no,
    attends_school=yes_no,
    occupation_group=st.sampled_from(["elementary", "other"]),
    highest_class=st.integers(0, 16),
    line=st.integers(1, 9),
    **{"class": st.integers(0, 12)},
)
roster = st.lists(member, max_size=7)
answers = sparse(
    rooms=st.integers(0, 9) | st.fractions(0, 9, max_denominator=8),
    owner=yes_no,
    walls=st.sampled_from(["mud", "brick", "stone"]),
    area=st.sampled_from(["town", "city", "country", "moon"]),
    land=st.fractions(0, 50, max_denominator=10),
)
pakistani = sparse(
    province=st.sampled_from(["Punjab", "Sindh", "NWFP", "Balochistan", "Islamabad", "Gilgit-Baltistan"]),
    drinking_water=st.sampled_from(["piped", "hand_pump", "canal"]),
    toilet=st.sampled_from(["none", "flush_open_drain", "flush_public_sewerage"]),
    owns_refrigerator=yes_no,
    owns_freezer=yes_no,
    owns_television=yes_no,
    owns_motorcycle=yes_no,
    owns_car=yes_no,
    owns_other_vehicle=yes_no,
)


def outcome(compiled, household, members):
    """What compiled code says, in the oracle's form."""
    try:
        scored = compiled.score(household, members)
    except Rejected:
        return REFUSED
    judged = []
    for contribution in scored.indicators:
        points = contribution.points
        columns = list(points.values()) if isinstance(points, Mapping) else [points]
        judged.append((contribution.id, contribution.level, [Fraction(one) for one in columns]))
    return judged, [Fraction(one) for one in scored.outputs.values()]


@settings(max_examples=150)
@given(pakistani, roster)
def test_the_compiled_pakistan_card_says_what_a_naive_reading_says(household, members):
    assert outcome(compiled_pakistan, household, members) == Naive(PAKISTAN, household, members).score()


@settings(max_examples=250)
@given(answers, roster)
def test_compiled_code_says_what_a_naive_reading_says_for_every_operator(household, members):
    assert outcome(compiled_every, household, members) == Naive(EVERY, household, members).score()


@settings(max_examples=60)
@given(answers, roster)
def test_variants_say_what_a_naive_reading_says(household, members):
    assert outcome(compiled_variants, household, members) == Naive(VARIANTS, household, members).score()


@settings(max_examples=80)
@given(pakistani, roster)
def test_no_household_scores_outside_the_range_worked_out_from_the_card(household, members):
    (column,) = ranges(PAKISTAN)
    try:
        scored = compiled_pakistan.score(household, members)
    except Rejected:
        return
    assert column.low <= scored.score <= column.high
    assert scored.score == sum(contribution.points for contribution in scored.indicators)


@settings(max_examples=60)
@given(pakistani, st.lists(member, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_roster_changes_nothing_where_lines_are_numbered(household, members, chance):
    numbered = [{**one, "line": place} for place, one in enumerate(members)]
    shuffled = chance.sample(numbered, len(numbered))
    assert outcome(compiled_pakistan, household, numbered) == outcome(compiled_pakistan, household, shuffled)


@pytest.mark.parametrize("card", [PAKISTAN, EVERY, VARIANTS], ids=["pakistan", "everything", "variants"])
def test_a_card_is_the_same_after_being_stored_in_an_event(card):
    assert check(card) == []
    rebuilt = decode_card(encode_card(card))
    assert rebuilt == card
    assert scorecard_hash(rebuilt) == scorecard_hash(card)
    assert encode_card(rebuilt) == encode_card(card)
