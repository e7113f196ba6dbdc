"""The same expression on a local Spark gives the same scores, row by row. Runs where pyspark and Java are installed."""

import importlib.util
import shutil

import pytest

from adapters.faults import Refused
from adapters.simulation.engines import SparkEngine, open_engine
from adapters.simulation.opened import OpenExtract
from domain.scorecard import check
from tests.cards import HEAD, card_of
from tests.extract.test_extract import PAKISTAN, every_word_card
from tests.extract.written import write_extract

has_spark = importlib.util.find_spec("pyspark") is not None
needs_spark = pytest.mark.skipif(
    not has_spark or shutil.which("java") is None,
    reason="Spark is not installed: requirements-spark.lock and Java 17 bring it",
)

LINKS = card_of(
    HEAD
    + """
[arithmetic]
type = "float"
quantum = 0.01
[derive.mean_age]
op = "mean"
of = "roster"
field = "age"
[derive.dependents]
op = "count"
of = "roster"
where = [{ field = "age", lt = 15 }]
[derive.share]
op = "ratio"
num = "dependents"
den = "household_size"
[[indicator]]
id = "size"
value = "household_size"
coef = -0.37
transform = [{ link = "log" }, { mean = 1.3, sd = 0.6 }]
[[indicator]]
id = "age"
value = "mean_age"
coef = 0.013
transform = [{ add = 0.5 }, { link = "sqrt" }]
missing = { code = "none", points = 0.25 }
[[indicator]]
id = "share"
value = "share"
bands = [{ code = "few", le = 0.5, points = 0.5 }, { code = "many", gt = 0.5, points = -0.5 }]
missing = { code = "none", points = 0 }
[[indicator]]
id = "land"
value = "land_owned_marla"
coef = 0.1
transform = [{ add = 1 }, { link = "log10" }]
missing = { code = "none", points = 0 }
[score]
link = "logistic"
"""
)


def scores(opened, card, engine):
    """Every household's score, by part and number."""
    found = {}
    for number, part in enumerate(opened.score(card, engine, ())):
        for place, household in enumerate(part.rows["household"].to_pylist()):
            top, bottom = int(part.top[place]), part.bottom
            found[number, household] = (top, bottom) if part.scored[place] else None
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")
@needs_spark
def test_spark_gives_every_household_the_score_that_duckdb_gives_it(tmp_path):
    write_extract(tmp_path / "one", PAKISTAN, households=400)
    opened = OpenExtract(tmp_path / "one")
    spark = open_engine("spark")
    for card in (PAKISTAN, every_word_card(), LINKS):
        assert check(card) == []
        ours = scores(opened, card, open_engine("duckdb"))
        assert scores(opened, card, spark) == ours
        assert len({score for score in ours.values() if score is not None}) > 10


@pytest.mark.skipif(has_spark, reason="Spark is installed here")
def test_where_spark_is_not_installed_a_sentence_says_how_to_get_it():
    with pytest.raises(Refused, match=r"Spark is not installed: install requirements-spark\.lock"):
        SparkEngine()
