from pathlib import Path

import pytest

from adapters.documents import scorecard_shape
from domain.scorecard.check_names import COMBINATIONS, FORMULAS, QUESTION_KINDS, TALLIES, UNRECORDED
from domain.scorecard.comparison import TESTS
from domain.scorecard.finishing import ROUNDING
from domain.scorecard.operators import LINKS, STEPS
from tests.cards import HEAD, problems_of

PAGE = (Path(__file__).parents[2] / "docs" / "scorecard-format.md").read_text()
WORDS = {
    *COMBINATIONS,
    *FORMULAS,
    *LINKS,
    *QUESTION_KINDS,
    *ROUNDING,
    *STEPS,
    *TALLIES,
    *TESTS,
    *UNRECORDED,
    *scorecard_shape.DeriveShape.model_fields,
    *scorecard_shape.IndicatorShape.model_fields,
    *scorecard_shape.ScoreShape.model_fields,
    *scorecard_shape.ScorecardShape.model_fields,
}


@pytest.mark.parametrize("word", sorted(word.rstrip("_") for word in WORDS))
def test_every_word_of_the_format_is_explained(word):
    assert f"`{word}" in PAGE or f'"{word}"' in PAGE or f"[{word}" in PAGE or f"{word} =" in PAGE or f"{word}," in PAGE


def test_the_indicator_on_the_page_is_in_order():
    example = PAGE[PAGE.index("[[indicator]]") :]
    assert problems_of(HEAD + example[: example.index("```")]) == ""
