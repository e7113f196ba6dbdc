import csv
import json
import random
from decimal import Decimal
from fractions import Fraction

import pytest

from adapters.cli.scorecard_files import check_card, score_lines
from adapters.documents.usable_scorecard import compiled_file
from adapters.faults import Refused
from domain.scorecard import compile_scorecard
from tests.cards import PAKISTAN_CARD, card_of
from tests.domain.scorecard_oracle import Naive
from tests.reference import REFERENCE, needs_reference

pytestmark = needs_reference

CARDS = REFERENCE / "scorecards"
SEED = 20240229


def rows_of(name):
    with (CARDS / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def text(value):
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize(("scorecard", "lookup"), [("pak_sps_2009_lookup.csv", "pakistan_schreiner_2009")])
def test_the_nine_look_ups_of_the_built_in_card_are_the_published_ones_digit_for_digit(scorecard, lookup):
    header, *rows = rows_of(scorecard)
    card = compiled_file(PAKISTAN_CARD).card
    assert card.id == lookup
    (table,) = card.lookups
    assert {column.name for column in table.columns} == set(header[1:])
    assert len(table.rows) == 20
    for score, *published in rows:
        row = next(row for row in table.rows if row.low <= int(score) <= row.high)
        ours = {column.name: value for column, value in zip(table.columns, row.values, strict=True)}
        assert {name: ours[name].text for name in header[1:]} == dict(zip(header[1:], published, strict=True))


def test_a_card_whose_look_up_file_is_not_there_is_refused_by_the_name_of_the_file():
    with pytest.raises(Refused, match=r"ppitables_lookup/ppiPAK2009\.csv cannot be read"):
        check_card(CARDS / "pak_sps_2009.toml")


@pytest.fixture
def published(tmp_path):
    """The published Pakistan card as it is, but for the path of its look-up."""
    card = (CARDS / "pak_sps_2009.toml").read_text()
    (tmp_path / "lookup.csv").write_text((CARDS / "pak_sps_2009_lookup.csv").read_text())
    path = tmp_path / "card.toml"
    path.write_text(card.replace("../ppitables_lookup/ppiPAK2009.csv", "lookup.csv"))
    return path


def test_the_published_card_gives_what_the_built_in_one_gives(published):
    from adapters.bench.score import made_up_households

    theirs, ours = compiled_file(published), compiled_file(PAKISTAN_CARD)
    for answers, roster in made_up_households(500):
        expected, found = theirs.score(answers, roster), ours.score(answers, roster)
        assert (found.score, found.indicators) == (expected.score, expected.indicators)
        assert dict(found.lookups) == dict(expected.lookups)


def test_the_structure_of_a_card_without_points_is_refused():
    with pytest.raises(Refused) as refusal:
        check_card(CARDS / "bisp_psc_2009_structure.toml")
    sentences = str(refusal.value).splitlines()
    assert "structure only" in sentences[0]
    assert sum("there are no points" in sentence for sentence in sentences) == 12


def test_the_multidimensional_index_adds_up_to_seven_eighteenths():
    deprived = {"nutrition", "year_schooling", "electricity"}
    names = [indicator.id for indicator in compiled_file(CARDS / "global_mpi_2020.toml").card.indicators]
    answers = {name: name in deprived for name in names}
    (line,) = score_lines(CARDS / "global_mpi_2020.toml", [json.dumps({"id": 1, "answers": answers}).encode()])
    assert b'"score": "7/18"' in line
    all_of_it = compiled_file(CARDS / "global_mpi_2020.toml").score(dict.fromkeys(names, True))
    assert (all_of_it.score, all_of_it.band) == (1, "severe")


def test_the_linear_card_is_exact_and_its_poorest_household_scores_zero():
    compiled = compiled_file(CARDS / "anon_lso_pmt1000.toml")
    owned = ["member_abroad", "paid_employee", "self_employed", "owns_stove", "owns_radio"]
    owned += ["owns_sheep", "owns_cattle", "owns_horses", "owns_poultry"]
    poorest = {"household_size": 9, "highest_education": "none", "heating_fuel": "dung", **dict.fromkeys(owned, 0)}
    assert (compiled.score(poorest).score, compiled.score(poorest).band) == (0, "poor")
    chance = random.Random(SEED)
    for _ in range(200):
        answers = {
            "household_size": chance.randint(1, 12),
            "highest_education": chance.choice(["none", "primary", "secondary", "over_secondary"]),
            "heating_fuel": chance.choice(["gas", "paraffin", "wood"]),
            **{name: chance.choice([True, False]) for name in owned},
        }
        _, (expected,) = Naive(compiled.card, answers).score()
        assert Fraction(compiled.score(answers).score) == expected


def many_columns(scorecard, lookup):
    """Encode a published card of many columns: the card's text, its table of points, its look-up."""
    (_, _, _, *columns), *levels = rows_of(scorecard)
    (_, *lookup_columns), *lookup_rows = rows_of(lookup)
    questions: dict[str, dict[str, list[int]]] = {}
    for question, _, response, *points in levels:
        questions.setdefault(f"q{question}", {})[response] = [int(point) for point in points]
    parts = [
        'format = "gharana-scorecard/1"\nid = "published"\ntitle = "published"\ndirection = "higher_is_better_off"',
        f'[score]\ncolumns = {text(columns)}\nrange = [0, 100]\nout_of_range = "clamp"',
        '[lookup]\nunit = "share"\nrows = [',
        *(f"  {text(row)}," for row in lookup_rows),
        "]\n[lookup.columns]",
        *(f"{text('P ' + name)} = {text(by)}" for name, by in zip(lookup_columns, columns, strict=True)),
    ]
    for question, responses in questions.items():
        parts.append(f'[[indicator]]\nid = "{question}"\nvalue = "{question}"\nlevels = [')
        parts += [f"  {{ match = [{text(response)}], points = {points} }}," for response, points in responses.items()]
        parts.append("]")
    by_score = {int(score): [Decimal(value) for value in values] for score, *values in lookup_rows}
    return "\n".join(parts), columns, questions, by_score


@pytest.mark.parametrize(
    ("scorecard", "lookup", "places"),
    [
        ("kenya2024__scorecard_10q.csv", "kenya2024__lookup_10q.csv", 47),
        ("philippines2023__scorecard.csv", "philippines2023__lookup.csv", 80),
    ],
)
def test_a_card_with_a_column_for_each_poverty_line_and_points_by_place_is_exact(scorecard, lookup, places):
    card, columns, questions, by_score = many_columns(scorecard, lookup)
    compiled = compile_scorecard(card_of(card))
    assert len(columns) == 12
    assert len(questions["q1"]) >= places
    chance = random.Random(SEED)
    for _ in range(500):
        answers = {question: chance.choice(list(responses)) for question, responses in questions.items()}
        scored = compiled.score(answers)
        sums = [
            sum(column) for column in zip(*(questions[name][given] for name, given in answers.items()), strict=True)
        ]
        expected = [min(max(total, 0), 100) for total in sums]
        assert list(scored.outputs) == columns
        assert list(scored.outputs.values()) == expected
        assert scored.score == expected[0]
        assert list(scored.lookups.values()) == [by_score[total][place] for place, total in enumerate(expected)]
