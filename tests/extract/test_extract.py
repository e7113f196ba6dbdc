"""An extract says of every household what the exact engine reads in it, and holds nobody's name."""

import json
from fractions import Fraction

import numpy as np
import pyarrow.parquet as pq
import pytest

from adapters.documents.usable_scorecard import compiled_file
from adapters.extract.columns import column_reader
from adapters.extract.making import make_extract
from adapters.extract.manifest import MANIFEST
from adapters.faults import Refused
from adapters.simulation.engines import open_engine
from adapters.simulation.opened import OpenExtract
from domain.questionnaire.vocabulary import HOUSEHOLD_READER, HOUSEHOLD_WORDS, MEMBER_WORDS
from domain.refusal import Rejected
from domain.scorecard import check
from domain.scorecard.compiler import compiled
from tests.cards import HEAD, PAKISTAN_CARD, card_of
from tests.extract.written import write_extract

PAKISTAN = compiled_file(PAKISTAN_CARD).card


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    folder = tmp_path_factory.mktemp("extract") / "one"
    return folder, write_extract(folder, PAKISTAN)


@pytest.fixture
def broken(tmp_path):
    write_extract(tmp_path / "one", PAKISTAN, households=40)
    return tmp_path / "one"


def scores_in_columns(folder, card):
    """Every household's score by the expression, in the order of the extract."""
    opened = OpenExtract(folder)
    found = {}
    for part in opened.score(card, open_engine("duckdb"), ("household_id",)):
        for place, household_id in enumerate(part.rows["household_id"].to_pylist()):
            bottom = part.bottom if isinstance(part.bottom, int) else int(part.bottom[place])
            found[household_id] = Fraction(int(part.top[place]), bottom) if part.scored[place] else None
    return found


def scores_exactly(drawn, card):
    """The same by the formula that decisions are made with."""
    score = compiled(card, HOUSEHOLD_READER).score
    for household_id, household in drawn:
        if household.answers is None or not household.roster:
            yield household_id.bytes, None
            continue
        try:
            yield household_id.bytes, Fraction(score(household).score)
        except Rejected:
            yield household_id.bytes, None


def every_word_card():
    """A card that reads every name there is: words by their place in the alphabet, the rest as numbers."""
    lines = [HEAD, '[arithmetic]\ntype = "decimal"']
    for number, name in enumerate(MEMBER_WORDS):
        kind = MEMBER_WORDS[name]
        test = 'ne = "nothing"' if kind.words and name != "attends_school" else "ge = 3"
        yes_no = name not in ("line", "age", "highest_class") and (not kind.words or name == "attends_school")
        lines.append(f'[derive.m{number}]\nop = "count"\nof = "roster"')
        lines.append(f'where = [{{ field = "{name}", {"eq = true" if yes_no else test} }}]')
        lines.append(f'[[indicator]]\nid = "m{number}"\nvalue = "m{number}"\ncoef = {number + 1}')
        lines.append('missing = { code = "unanswered", points = 0.125 }')
    for number, (name, source) in enumerate(HOUSEHOLD_WORDS.items()):
        lines.append(f'[[indicator]]\nid = "h{number}"\nvalue = "{name}"')
        lines.append('missing = { code = "unanswered", points = 0.5 }')
        words = sorted({str(word) for word in (source.words or {}).values()})
        if name == "district":
            words = ["PK602", "PK201", "PK701", "PK501"]
        if words:
            levels = ", ".join(f'{{ match = ["{word}"], points = {place} }}' for place, word in enumerate(words, 2))
            lines.append(f'levels = [{levels}]\notherwise = {{ code = "otherwise", points = -1 }}')
        else:
            lines.append(f"coef = 0.{number + 1}")
    return card_of("\n".join(lines))


def test_the_pakistan_card_gives_what_decisions_are_made_by(extract):
    folder, drawn = extract
    expected = dict(scores_exactly(drawn, PAKISTAN))
    assert scores_in_columns(folder, PAKISTAN) == expected
    assert sum(score is not None for score in expected.values()) > 50


def test_every_answer_of_the_questionnaire_is_read_as_the_exact_engine_reads_it(extract):
    folder, drawn = extract
    card = every_word_card()
    assert check(card) == []
    expected = dict(scores_exactly(drawn, card))
    assert scores_in_columns(folder, card) == expected
    assert len(set(expected.values())) > 300


def test_households_in_doubt_are_scored_by_the_exact_engine(extract):
    folder, drawn = extract
    card = card_of(
        HEAD
        + """
[answers.rooms]
kind = "count"
high = 5
[answers.walls]
kind = "word"
[[indicator]]
id = "rooms"
value = "rooms"
coef = 3
missing = { code = "unanswered", points = 1 }
[[indicator]]
id = "walls"
value = "walls"
levels = [{ match = ["stone"], points = 2 }]
otherwise = { code = "else", points = 0 }
missing = { code = "unanswered", points = 1 }
"""
    )
    in_doubt = sum(part.exactly for part in OpenExtract(folder).score(card, open_engine("duckdb"), ()))
    assert in_doubt == sum(
        household.answers is not None and household.answers.dwelling.rooms == 7 and bool(household.roster)
        for _, household in drawn
    )
    assert in_doubt > 50
    assert scores_in_columns(folder, card) == dict(scores_exactly(drawn, card))


def test_every_word_of_the_vocabulary_has_its_column():
    reader = column_reader({}, {})
    assert [name for name in HOUSEHOLD_WORDS if reader.household(name) is None] == []
    assert [name for name in MEMBER_WORDS if reader.member(name) is None] == []


def test_no_column_can_hold_a_name(extract):
    folder, _ = extract
    for path in folder.glob("*.parquet"):
        schema = pq.read_schema(path)
        numbers = {"int8", "int16", "int32", "int64", "double"}
        assert {field.name for field in schema if str(field.type) not in numbers} <= {"household_id"}


def test_the_kept_score_is_the_one_in_the_standing(extract):
    folder, drawn = extract
    expected = dict(scores_exactly(drawn, PAKISTAN))
    for path in folder.glob("households-*.parquet"):
        for row in pq.read_table(path, columns=["household_id", "score"]).to_pylist():
            score = expected[row["household_id"]]
            assert row["score"] == (None if score is None else float(score))


def test_parts_number_their_households_from_nothing(extract):
    folder, _ = extract
    for path in folder.glob("households-*.parquet"):
        numbers = pq.read_table(path, columns=["household"])["household"].to_numpy()
        assert (numbers == np.arange(len(numbers))).all()


# What is damaged


def test_places_on_a_roster_count_from_nothing_in_its_order(extract):
    folder, _ = extract
    for path in folder.glob("people-*.parquet"):
        people = pq.read_table(path, columns=["household", "place_on_roster"]).to_pylist()
        places: dict[int, list[int]] = {}
        for one in people:
            places.setdefault(one["household"], []).append(one["place_on_roster"])
        assert any(len(of_household) > 1 for of_household in places.values())
        assert all(of_household == list(range(len(of_household))) for of_household in places.values())


def test_a_part_that_was_cut_is_found_by_its_length(broken):
    path = broken / "people-00000.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(Refused, match=r"people-00000\.parquet has [\d,]+ bytes, and the manifest says"):
        OpenExtract(broken)


def test_a_part_that_is_missing_is_named(broken):
    (broken / "households-00000.parquet").unlink()
    with pytest.raises(Refused, match=r"households-00000\.parquet is missing"):
        OpenExtract(broken)


def test_a_part_whose_end_was_written_over_is_damaged(broken):
    path = broken / "households-00000.parquet"
    content = bytearray(path.read_bytes())
    content[-4:] = b"none"
    path.write_bytes(content)
    with pytest.raises(Refused, match="is damaged and cannot be read as Parquet"):
        OpenExtract(broken)


def test_a_part_with_other_bytes_in_it_is_found_by_its_hash(broken):
    path = broken / "households-00000.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(Refused, match="its SHA-256 is another one"):
        list(OpenExtract(broken).score(PAKISTAN, open_engine("duckdb"), ()))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "gharana-extract/9"}, "this is 'gharana-extract/9', and this program reads gharana-extract/2"),
        ({"households": "many"}, "is damaged"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(broken, change, sentence):
    path = broken / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(Refused, match=sentence):
        OpenExtract(broken)


def test_a_manifest_that_was_cut_is_refused(broken):
    path = broken / MANIFEST
    path.write_text(path.read_text()[:200])
    with pytest.raises(Refused, match=r"manifest\.json is damaged"):
        OpenExtract(broken)


def test_rows_that_are_not_those_of_the_manifest_are_refused(broken):
    path = broken / MANIFEST
    manifest = json.loads(path.read_text())
    manifest["parts"][0]["people"]["rows"] += 1
    path.write_text(json.dumps(manifest))
    with pytest.raises(Refused, match=r"rows, and the manifest says"):
        OpenExtract(broken)


def test_an_unfinished_extract_is_none(broken):
    (broken / MANIFEST).unlink()
    with pytest.raises(Refused, match="No extract stands in"):
        OpenExtract(broken)


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "letters.txt").write_text("dear Amina")
    with pytest.raises(Refused, match="holds files, and no extract"):
        make_extract(None, tmp_path)
    assert (tmp_path / "letters.txt").exists()
