"""A registry, extracted: every household's score in columns is the one that its decision names."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import psycopg
import pyarrow.parquet as pq
import pytest

from adapters.columnar.exact import ExactEngine
from adapters.embedded.postgres import postgres_server
from adapters.simulation.engines import open_engine
from adapters.simulation.opened import OpenExtract
from domain.scorecard.card import Scorecard
from tests.end_to_end.command_line import CommandLine
from tests.end_to_end.test_survey_of_2014_scores import FILES, HOUSEHOLDS
from tests.extract.test_extract import every_word_card
from tests.reference import needs_reference
from tests.servers import remove_home

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(600)]

IN_DOUBT_MAX = 0
MADE_UP = 100_000
FIGURES_HELD_MIN = 250


@pytest.fixture
def gharana(tmp_path: Path) -> Iterator[CommandLine]:
    with postgres_server(tmp_path):
        yield CommandLine(tmp_path)
    remove_home(tmp_path)


def in_columns(opened: OpenExtract, card: Scorecard) -> dict[bytes, Fraction | None]:
    found: dict[bytes, Fraction | None] = {}
    for part in opened.score(card, open_engine("duckdb"), ("household_id",)):
        assert part.exactly == IN_DOUBT_MAX
        bottom = part.bottom
        assert isinstance(bottom, int)
        ids = part.rows["household_id"].to_pylist()
        for household, top, scored in zip(ids, part.top.tolist(), part.scored.tolist(), strict=True):
            found[household] = Fraction(top, bottom) if scored else None
    return found


def exactly(opened: OpenExtract, card: Scorecard) -> Iterator[tuple[bytes, Fraction | None]]:
    engine = ExactEngine(card, opened.reader)
    for part in opened.manifest.parts:
        households, people = (pq.read_table(opened.folder / each.name) for each in (part.households, part.people))
        ids, answered = households["household_id"].to_pylist(), households["answered"].to_pylist()
        for number, score in engine.scores(households, people):
            yield ids[number], Fraction(score) if score is not None and answered[number] else None


def standing_scores(home: Path) -> dict[bytes, Fraction | None]:
    with postgres_server(home) as dsn, psycopg.connect(dsn) as connection:
        rows: list[tuple[UUID, Decimal | None]] = connection.execute(
            "SELECT household_id, score FROM standing"
        ).fetchall()
    return {household.bytes: None if score is None else Fraction(score) for household, score in rows}


def assert_scores_are_those_of_the_exact_engine(gharana: CommandLine) -> int:
    """Those under the card in force are those that decisions were made by, and those of a card with every word."""
    made = gharana.done("extract", "--json").object
    opened = OpenExtract(gharana.home / "extract")
    assert opened.manifest.scorecard is not None
    scores = in_columns(opened, opened.manifest.card(bytes.fromhex(opened.manifest.scorecard)))
    assert scores == standing_scores(gharana.home)
    every = every_word_card()
    assert in_columns(opened, every) == dict(exactly(opened, every))
    unchanged = gharana.done("simulate", "--programme", "kafaalat", "--json").object["whole"]
    assert (unchanged["entering"], unchanged["leaving"]) == (0, 0)
    return int(made["households"])


def decide(gharana: CommandLine, since: str) -> None:
    gharana.done("scorecard", "adopt", "pakistan_schreiner_2009", "--from", since)
    gharana.done("programme", "open", "kafaalat", "--from", since)
    gharana.done("run", "--until-caught-up")


@needs_reference
def test_every_household_of_the_survey_has_in_columns_the_score_of_its_decision(gharana: CommandLine):
    gharana.done("import", *FILES, "--mapping", "mics2014", "--json")
    decide(gharana, since="2014-01-01")
    assert HOUSEHOLDS - 50 < assert_scores_are_those_of_the_exact_engine(gharana) <= HOUSEHOLDS


def test_a_made_up_nation_has_in_columns_the_scores_of_its_decisions_and_the_indicators_of_the_report(
    gharana: CommandLine,
):
    nation = gharana.home / "nation"
    gharana.done("population", "--households", MADE_UP, "--seed", 7, "--out", nation)
    gharana.done("import", nation / "households", nation / "people", "--mapping", "population", "--json")
    decide(gharana, since="2021-01-01")
    assert assert_scores_are_those_of_the_exact_engine(gharana) == MADE_UP
    compared = gharana.done("indicators", "--compare", "--json").objects
    verdicts = Counter(figure["verdict"] for figure in compared)
    assert verdicts["outside"] == 0, [figure for figure in compared if figure["verdict"] == "outside"]
    assert verdicts["within"] > FIGURES_HELD_MIN
