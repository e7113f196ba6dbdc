from decimal import Decimal
from fractions import Fraction

import pytest

from domain.scorecard import (
    MissingAnswer,
    ScorecardRefused,
    ScoreOutOfRange,
    Source,
    UnknownAnswer,
    compile_scorecard,
    ranges,
    reader_of,
    scorecard_hash,
)
from tests.cards import HEAD, SMALL, card_of, problems_of

AMINA = {"age": 34, "sex": "female", "works": True}
BILAL = {"age": 9, "sex": "male", "works": False}


def score(text, answers, roster=()):
    return compile_scorecard(card_of(text)).score(answers, roster)


def test_points_add_up_and_every_indicator_is_named():
    scored = score(SMALL, {"rooms": 4, "walls": "stone"})
    assert scored.score == 12
    assert scored.outputs == {"score": 12}
    assert list(scored.indicators) == [("rooms", "many", 5), ("walls", "brick", 7)]


def test_an_unknown_answer_is_refused_with_the_question_and_what_would_be_known():
    with pytest.raises(UnknownAnswer) as refusal:
        score(SMALL, {"rooms": 4, "walls": "glass"})
    assert refusal.value.question == "walls"
    assert refusal.value.answer == "glass"
    assert refusal.value.allowed == ("mud", "brick", "stone")


@pytest.mark.parametrize("rooms", ["four", True, [], {"a": 1}, 1.5, Decimal("NaN"), Decimal("1e999999")])
def test_what_is_no_number_is_never_counted_as_one(rooms):
    with pytest.raises(UnknownAnswer, match="rooms"):
        score(SMALL, {"rooms": rooms, "walls": "mud"})


@pytest.mark.parametrize("answers", [{"rooms": 2}, {"rooms": 2, "walls": None}])
def test_a_missing_answer_is_refused_unless_the_card_says_what_it_counts_as(answers):
    with pytest.raises(MissingAnswer, match="walls"):
        score(SMALL, answers)
    told = SMALL + 'missing = { code = "unknown", points = 3 }\n'
    assert list(score(told, answers).indicators)[1] == ("walls", "unknown", 3)


def test_otherwise_is_for_other_words_and_not_for_missing_ones():
    text = SMALL.replace('match = ["mud"]', 'match = ["clay"]') + 'otherwise = { code = "other", points = 1 }\n'
    assert score(text, {"rooms": 1, "walls": "mud"}).score == 1
    with pytest.raises(MissingAnswer):
        score(text, {"rooms": 1})
    with pytest.raises(UnknownAnswer):
        score(text, {"rooms": 1, "walls": ["mud"]})


def test_declared_codes_are_held_to_even_where_there_is_an_otherwise():
    text = HEAD + (
        '[answers.walls]\nkind = "code"\ncodes = ["mud", "brick"]\n'
        '[[indicator]]\nid = "walls"\nvalue = "walls"\nlevels = [{ match = ["mud"], points = 0 }]\n'
        "otherwise = { points = 4 }\n"
    )
    assert score(text, {"walls": "brick"}).score == 4
    with pytest.raises(UnknownAnswer, match="'mud', 'brick'"):
        score(text, {"walls": "brik"})


def test_any_of_several_is_yes_as_soon_as_one_is_and_unknown_where_the_rest_is_not_recorded():
    text = HEAD + (
        '[[indicator]]\nid = "cold"\nvalue = { any = ["fridge", "freezer"] }\n'
        "levels = [{ match = [true], points = 5 }, { match = [false], points = 0 }]\n"
    )
    assert score(text, {"fridge": True}).score == 5
    assert score(text, {"fridge": 0, "freezer": 1}).score == 5
    with pytest.raises(MissingAnswer, match="'fridge' and 'freezer'"):
        score(text, {"fridge": False})
    with pytest.raises(UnknownAnswer, match="freezer"):
        score(text, {"fridge": False, "freezer": "yes"})


ROSTER = (
    HEAD
    + """
[derive.workers]
op = "count"
of = "roster"
where = [{ field = "age", ge = 10 }, { field = "works", eq = true }]
[[indicator]]
id = "workers"
value = "workers"
bands = [{ code = "none", eq = 0, points = 0 }, { code = "some", ge = 1, points = 3 }]
"""
)


def test_members_are_counted():
    assert score(ROSTER, {}, [AMINA, BILAL]).score == 3
    assert score(ROSTER, {}, [BILAL]).score == 0


def test_a_roster_that_is_not_there_is_missing_and_not_a_household_of_nobody():
    with pytest.raises(MissingAnswer, match="roster"):
        score(ROSTER, {}, [])


def test_a_field_that_was_not_recorded_matters_only_where_the_count_hangs_on_it():
    child_not_asked = {"age": 9, "sex": "male"}
    assert score(ROSTER, {}, [AMINA, child_not_asked]).score == 3
    with pytest.raises(MissingAnswer, match=r"roster\.works"):
        score(ROSTER, {}, [BILAL, {"age": 34}])


def test_a_wrong_field_names_the_member_by_place():
    with pytest.raises(UnknownAnswer, match="roster member 2: age"):
        score(ROSTER, {}, [AMINA, {"age": "nine", "works": False}])


MANY = (
    HEAD
    + """
[arithmetic]
type = "decimal"
[score]
columns = ["food line", "total line"]
main = "total line"
intercept = [1.5, 2.25]
range = [0, 10]
out_of_range = "clamp"
[[lookup]]
columns = { "P(food)" = "food line", "P(total)" = "total line" }
rows = [["0..4.99", 80.0, 90.50], ["5..10", 10.0, 20.10]]
[[indicator]]
id = "county"
value = "county"
levels = [
  { match = ["Lamu"], points = [0.25, 1] },
  { match = ["Kwale"], points = { "food line" = 20, "total line" = 0.75 } },
]
"""
).replace('type = "decimal"', 'type = "decimal"\nquantum = 0.01')


def test_each_column_has_its_own_points_score_and_look_up():
    scored = score(MANY, {"county": "Kwale"})
    assert scored.score == 3
    assert str(scored.score) == "3.00"
    assert scored.outputs == {"food line": 10, "total line": Decimal("3.00")}
    assert {name: str(value) for name, value in scored.lookups.items()} == {"P(food)": "10.0", "P(total)": "90.50"}
    assert scored.indicators[0].points == {"food line": 20, "total line": Decimal("0.75")}


def test_a_look_up_that_misses_a_reachable_score_refuses_the_card():
    assert "no row for '1.75'" in problems_of(MANY.replace('"0..4.99"', '"2..4.99"'))


def test_rationals_are_exact_to_the_last_digit():
    text = HEAD + (
        '[arithmetic]\ntype = "rational"\n'
        '[[indicator]]\nid = "a"\nvalue = "a"\ncoef = "1/18"\n[[indicator]]\nid = "b"\nvalue = "b"\ncoef = "1/3"\n'
    )
    assert score(text, {"a": 1, "b": True}).score == Fraction(7, 18)
    assert score(text, {"a": 9, "b": 0}).score == Decimal("0.5")


FLOATS = (
    HEAD
    + """
[arithmetic]
type = "float"
quantum = "0.01"
[score]
intercept = 1.25
link = "exp"
[[indicator]]
id = "land"
value = "land"
coef = 0.5
transform = [{ link = "asinh" }]
[[indicator]]
id = "income"
value = "income"
coef = 0.1
transform = [{ add = 1 }, { link = "log" }, { mean = 8.2, sd = 1.3 }]
[[indicator]]
id = "chance"
value = "size"
coef = -1
transform = [{ link = "logistic" }]
"""
)


def test_links_are_computed_in_float64_and_rounded_to_the_quantum():
    # exp(1.25 + 0.5 asinh(2) + 0.1 (ln(5000) - 8.2) / 1.3 - 1/(1 + e^-5)) = exp(1.00291...) = 2.7262
    scored = score(FLOATS, {"land": 2, "income": 4999, "size": 5})
    assert str(scored.score) == "2.73"
    assert [str(one.points) for one in scored.indicators] == ["0.72", "0.02", "-0.99"]


def test_a_logarithm_of_nothing_is_refused_by_name():
    with pytest.raises(UnknownAnswer, match="income"):
        score(FLOATS, {"land": 2, "income": -1, "size": 5})


def test_a_score_without_end_is_refused():
    with pytest.raises(ScoreOutOfRange):
        score(FLOATS.replace("coef = -1", "coef = 1e9"), {"land": 2, "income": 4999, "size": 5})


CHANCE = (
    HEAD
    + """
[arithmetic]
type = "float"
quantum = 0.1
[score]
link = "logistic"
rescale = { mul = 100 }
[lookup]
columns = ["rate"]
rows = [["50.0..73.0", 9.0], ["73.1..100", 2]]
[[indicator]]
id = "radio"
value = { any = ["radio"] }
coef = 1
[[indicator]]
id = "walls"
value = "walls"
levels = [{ match = ["mud"], points = 0 }, { match = ["brick"], points = 0.5 }]
"""
)


def test_a_look_up_covers_every_step_of_the_quantum_in_the_range_of_a_logistic_card():
    (column,) = ranges(card_of(CHANCE))
    assert (str(column.low), str(column.high)) == ("50.0", "81.8")
    assert score(CHANCE, {"radio": True, "walls": "brick"}).lookups == {"rate": 2}
    assert "no row for 73.1 up to 73.2" in problems_of(CHANCE.replace("73.1..", "73.2.."))
    assert "no row for 81.7 up to 81.8 (included)" not in problems_of(CHANCE.replace("..100", "..81.8"))
    assert "no row for 81.8" in problems_of(CHANCE.replace("..100", "..81.7"))


def test_a_link_without_a_value_leaves_the_range_open():
    text = CHANCE.replace("coef = 1", 'coef = 1\ntransform = [{ link = "log" }]')
    assert "the range of the scores is not known" in problems_of(text)


@pytest.mark.parametrize(
    ("rounding", "expected"), [("half_even", "0.2"), ("half_up", "0.3"), ("down", "0.2"), ("ceiling", "0.3")]
)
def test_rounding_is_the_declared_one(rounding, expected):
    text = HEAD + (
        f'[arithmetic]\ntype = "decimal"\nquantum = 0.1\nrounding = "{rounding}"\n'
        '[[indicator]]\nid = "a"\nvalue = "a"\ncoef = 0.25\n'
    )
    assert str(score(text, {"a": 1}).score) == expected


VARIANTS = (
    SMALL
    + """
[variants]
by = "area"
[[variant]]
id = "town"
match = ["town"]
[[variant.indicator]]
id = "rent"
value = "rents"
levels = [{ match = [true], points = 1 }, { match = [false], points = 2 }]
[[variant]]
id = "country"
match = ["village", "farm"]
score = { intercept = 100 }
indicator = [{ id = "cows", value = "cows", coef = 2 }]
"""
)


def test_a_variant_brings_its_own_indicators_and_score():
    town = score(VARIANTS, {"area": "town", "rooms": 1, "walls": "mud", "rents": True})
    country = score(VARIANTS, {"area": "farm", "rooms": 1, "walls": "mud", "cows": 3})
    assert (town.score, town.variant) == (1, "town")
    assert (country.score, country.variant) == (106, "country")


def test_a_household_in_no_variant_is_refused_by_name():
    with pytest.raises(UnknownAnswer, match="area"):
        score(VARIANTS, {"area": "moon", "rooms": 1, "walls": "mud"})
    with pytest.raises(MissingAnswer, match="area"):
        score(VARIANTS, {"rooms": 1, "walls": "mud"})


def test_the_score_falls_into_a_band():
    text = SMALL + '[[band]]\ncode = "poor"\nle = 6\n[[band]]\ncode = "other"\nge = 7\n'
    assert score(text, {"rooms": 3, "walls": "mud"}).band == "poor"
    assert score(text, {"rooms": 2, "walls": "brick"}).band == "other"


def test_points_beyond_the_declared_range_refuse_the_card_unless_it_clamps():
    beyond = SMALL + "[score]\nrange = [0, 10]\n"
    assert "beyond 10" in problems_of(beyond)
    assert score(beyond + 'out_of_range = "clamp"\n', {"rooms": 3, "walls": "brick"}).score == 10


def test_the_range_of_reachable_scores_comes_from_the_points():
    (column,) = ranges(card_of(SMALL))
    assert (column.low, column.high) == (0, 12)
    assert ranges(card_of(VARIANTS))[1].high is None, "nothing bounds the number of cows"


def test_the_hash_covers_points_and_look_ups():
    hashes = {
        scorecard_hash(card_of(text)) for text in (MANY, MANY.replace("0.75", "0.76"), MANY.replace("20.10", "20.1"))
    }
    assert len(hashes) == 3
    assert scorecard_hash(card_of(MANY)) == scorecard_hash(card_of(MANY))


# another shape of data


class Walls:
    MUD, BRICK, UNKNOWN = 1, 2, 0


class Home:
    def __init__(self, rooms, walls):
        self.rooms = rooms
        self.walls = walls


HOME = reader_of(
    {
        "rooms": Source("h.rooms"),
        "walls": Source("h.walls", {Walls.MUD: "mud", Walls.BRICK: "brick", Walls.UNKNOWN: None}),
    },
    {},
)


def test_the_same_card_reads_the_fields_of_a_struct():
    compiled = compile_scorecard(card_of(SMALL), HOME)
    assert compiled.score(Home(4, Walls.BRICK)).score == 12
    with pytest.raises(MissingAnswer, match="walls"):
        compiled.score(Home(4, Walls.UNKNOWN))


def test_a_card_that_asks_what_the_questionnaire_lacks_is_refused_with_a_suggestion():
    with pytest.raises(ScorecardRefused, match="did you mean 'rooms'"):
        compile_scorecard(card_of(SMALL.replace('value = "rooms"', 'value = "roms"')), HOME)


def test_text_of_a_card_never_becomes_program_text():
    evil = "x') or __import__('os').abort() #"
    text = SMALL.replace('"walls"', f'"{evil}"').replace('"mud"', f'"{evil}"')
    assert score(text, {"rooms": 4, evil: evil}).score == 5


def test_a_yes_is_not_the_number_one():
    text = SMALL.replace("lt = 3", "lt = 1").replace("ge = 3", "ge = 1")
    assert score(text, {"rooms": 1, "walls": "mud"}).score == 5
    with pytest.raises(UnknownAnswer, match="rooms"):
        score(text, {"rooms": True, "walls": "mud"})
