"""A survey through `gharana import`: everybody accounted for, twice adds nothing, damaged files write nothing."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded.postgres import postgres_server
from tests.end_to_end.command_line import CommandLine, Said
from tests.servers import remove_home
from tests.surveys.made_up_survey import AMINA, MAPPING, family, house, put

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    home = tmp_path_factory.mktemp("imports")
    with postgres_server(home):  # stays up between commands, which is quicker
        yield CommandLine(home)
    remove_home(home)


@pytest.fixture
def village(tmp_path: Path) -> list[Path]:
    """Four households: one is left out by the mapping, one has two heads."""
    (tmp_path / "village.toml").write_text(MAPPING)
    two_heads = [AMINA | {"no": "3"}, AMINA | {"no": "3", "line": "2", "name": "Zahra"}]
    homes = [house(1), house(2), house(3), house(4, result="refused")]
    return [
        put(tmp_path / "homes.csv.gz", homes),
        put(tmp_path / "people.csv.gz", [*family(1), *family(2), *two_heads]),
        tmp_path / "village.toml",
    ]


def bring(gharana: CommandLine, files: list[Path], *options: object) -> Said:
    homes, people, mapping = files
    return gharana("import", homes, people, "--mapping", mapping, "--json", *options)


def events(gharana: CommandLine) -> int:
    return int(gharana.done("check", "--json").objects[0]["says"].split()[0].replace(",", ""))


def test_every_household_and_person_is_accounted_for_and_twice_adds_nothing(
    gharana: CommandLine, village: list[Path], tmp_path: Path
):
    rejects = tmp_path / "rejects.ndjson"
    first = bring(gharana, village, "--rejects", rejects)
    assert first.code == 0
    counts = first.object
    assert (counts["read"], counts["registered"], counts["refused"], counts["already"]) == (3, 2, 1, 0)
    assert (counts["left_out"], counts["people"], counts["people_refused"]) == (1, 6, 2)
    (refused,) = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert (refused["row"], refused["key"]) == (4, "1/3")
    assert "head" in refused["reasons"][0]
    assert counts["rejects"] == str(rejects)
    before = events(gharana)
    again = bring(gharana, village).object
    assert (again["registered"], again["refused"], again["already"]) == (0, 1, 2)
    assert events(gharana) == before


def test_reasons_count_households_and_people_by_themselves(gharana: CommandLine, tmp_path: Path):
    (tmp_path / "village.toml").write_text(MAPPING)
    stray, unreadable = AMINA | {"no": "99"}, AMINA | {"no": "21", "line": "3", "sex": "?!"}
    files = [
        put(tmp_path / "homes.csv", [house(21), house(22)]),
        put(tmp_path / "people.csv", [*family(21), unreadable, *family(22), stray]),
        tmp_path / "village.toml",
    ]
    counts = bring(gharana, files).object
    assert (counts["registered"], counts["refused"], counts["reasons"]) == (1, 1, {"not_readable": 1})
    assert (counts["people_refused"], counts["people_not_readable"]) == (4, 2)
    assert len(Path(counts["rejects"]).read_text().splitlines()) == 3


def damaged(files: list[Path], kind: str) -> list[Path]:
    homes, people, mapping = files
    match kind:
        case "truncated gz":
            people.write_bytes(people.read_bytes()[:-30])
        case "wrong columns":
            put(homes, [{key: text for key, text in house(1).items() if key != "roof"}])
        case "invalid UTF-8 in the heading":
            homes.write_bytes(gzip.compress(b"clus\xffter,number\n1,2\n"))
        case "files exchanged":
            homes, people = people, homes
        case "a mapping that is not there":
            mapping = mapping.with_name("nowhere.toml")
    return [homes, people, mapping]


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("truncated gz", "people.csv.gz"),
        ("wrong columns", "roof"),
        ("invalid UTF-8 in the heading", "UTF-8"),
        ("files exchanged", "people.csv.gz"),
        ("a mapping that is not there", "nowhere"),
    ],
)
def test_a_damaged_survey_is_refused_whole_with_a_sentence(
    gharana: CommandLine, village: list[Path], kind: str, says: str
):
    before = events(gharana)
    said = bring(gharana, damaged(village, kind))
    assert said.code == 1
    assert says in said.object["error"]
    assert "Traceback" not in said.err
    assert events(gharana) == before
