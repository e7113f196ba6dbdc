"""A card may be in order and yet ask for what the registry's questionnaire does not have: said before it is adopted."""

from pathlib import Path

import pytest

from adapters.cli.scorecard_files import check_card
from adapters.documents.scorecard import find_scorecard_file
from adapters.documents.usable_scorecard import adoptable
from adapters.faults import Refused
from adapters.pages.vocabulary import vocabulary_page
from domain.questionnaire.vocabulary import HOUSEHOLD_WORDS, MEMBER_WORDS

ODD = """
format = "gharana-scorecard/1"
id = "odd"
title = "Odd"
direction = "higher_is_better_off"
[arithmetic]
type = "integer"
[[indicator]]
id = "fridge"
value = "has_fridge"
levels = [{ match = [true], points = 5 }, { match = [false], points = 0 }]
[score]
combine = "sum_points"
range = [0, 5]
"""


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    card = tmp_path / "odd.toml"
    card.write_text(ODD)
    return card


def test_a_card_that_reads_unknown_names_is_refused_with_near_ones(odd: Path):
    with pytest.raises(Refused, match=r"no 'has_fridge'.*did you mean 'owns_refrigerator'.*scorecard-format\.md"):
        adoptable(str(odd))


def test_checking_a_card_says_whether_it_could_be_adopted(odd: Path):
    checked = check_card(odd)
    assert not checked.adoptable
    assert "owns_refrigerator" in checked.not_adoptable_because[0]
    shipped = check_card(find_scorecard_file("pakistan_schreiner_2009"))
    assert (shipped.adoptable, shipped.not_adoptable_because) == (True, [])


def test_every_name_that_a_card_may_read_stands_on_the_page_with_what_it_is():
    rows = [line.split(" | ") for line in vocabulary_page().splitlines()[2:]]
    assert [row[0].strip("| `") for row in rows] == [*HOUSEHOLD_WORDS, *MEMBER_WORDS]
    assert all(row[2].strip("| ") for row in rows)
