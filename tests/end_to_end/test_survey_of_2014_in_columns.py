"""The real survey, extracted: every household's score in columns is the one that its decision names."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

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

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(600), needs_reference]

IN_DOUBT_MAX = 0


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


def test_every_household_of_the_survey_has_in_columns_the_score_of_its_decision(gharana: CommandLine):
    gharana.done("import", *FILES, "--mapping", "mics2014", "--json")
    gharana.done("scorecard", "adopt", "pakistan_schreiner_2009", "--from", "2014-01-01")
    gharana.done("programme", "open", "kafaalat", "--from", "2014-01-01")
    gharana.done("run", "--until-caught-up")
    folder = gharana.home / "extract"
    made = gharana.done("extract", "--json").object
    assert HOUSEHOLDS - 50 < made["households"] <= HOUSEHOLDS
    opened = OpenExtract(folder)
    assert opened.manifest.scorecard is not None
    scores = in_columns(opened, opened.manifest.card(bytes.fromhex(opened.manifest.scorecard)))
    with postgres_server(gharana.home) as dsn, psycopg.connect(dsn) as connection:
        rows: list[tuple[object, Decimal | None]] = connection.execute(
            "SELECT household_id, score FROM standing"
        ).fetchall()
    standing = {row[0].bytes: None if row[1] is None else Fraction(row[1]) for row in rows}  # type: ignore[attr-defined]
    assert scores == standing
    every = every_word_card()
    assert in_columns(opened, every) == dict(exactly(opened, every))
    unchanged = gharana.done("simulate", "--programme", "kafaalat", "--json").object["whole"]
    assert (unchanged["entering"], unchanged["leaving"]) == (0, 0)
