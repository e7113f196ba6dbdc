"""Extract and simulate as a user calls them, over a registry in Postgres."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from adapters.embedded.postgres import postgres_server
from adapters.words import to_words
from tests.end_to_end.command_line import CommandLine
from tests.households import lone_woman, missed_out
from tests.servers import remove_home

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

CARD = "pakistan_schreiner_2009"
WIDOWS = [
    missed_out(date(2022, 3, 1), lone_woman(f"90000001{number:05}"), number=8_000 + number) for number in range(4)
]
LINES = "\n".join(json.dumps(to_words(each), default=str) for each in [missed_out(number=7001), *WIDOWS])


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    home = tmp_path_factory.mktemp("simulate")
    command = CommandLine(home)
    with postgres_server(home):  # stays up between commands, which is quicker
        command.done("scorecard", "adopt", CARD, "--from", "2014-01-01", "--json")
        command.done("programme", "open", "kafaalat", "--from", "2014-01-01", "--json")
        command.done("submit", "-", "--json", stdin=LINES)
        command.done("run", "--until-caught-up", "--json")
        command.done("extract", "--json")
        yield command
    remove_home(home)


def test_the_extract_counts_every_household_and_person(gharana: CommandLine):
    made = gharana.done("extract", "--out", gharana.home / "another", "--json").object
    assert (made["households"], made["people"], made["merged_left_out"]) == (5, 8, 0)
    again = gharana.done("extract", "--out", gharana.home / "another", "--json").object
    assert again["households"] == 5
    assert [path.name for path in gharana.home.glob("another*")] == ["another"]


def test_what_is_in_force_changes_nothing_and_a_higher_cut_off_lets_everybody_in(gharana: CommandLine):
    now = gharana.done("simulate", "--programme", "kafaalat", "--json").object
    assert (now["whole"]["in_now"], now["whole"]["entering"], now["whole"]["leaving"]) == (1, 0, 0)
    then = gharana.done("simulate", "--programme", "kafaalat", "--cutoff", "100", "--json").object
    assert (then["whole"]["entering"], then["whole"]["in_then"]) == (4, 5)
    assert then["cost_note"].startswith("PKR")
    assert (now["relaxed"], then["relaxed"]) == ({"member_certified_disabled": 37}, {})


def test_the_tables_and_the_page_are_written_for_people(gharana: CommandLine, tmp_path: Path):
    page = tmp_path / "page.html"
    said = gharana.done("simulate", "--programme", "kafaalat", "--cutoff", "100", "--html", page)
    assert "by sex of the head" in said.out
    assert "an illustration" in said.out
    assert page.read_text().startswith("<!doctype html>")


def test_another_card_without_a_cut_off_gets_one_proposed_and_says_so(gharana: CommandLine, tmp_path: Path):
    card = tmp_path / "rooms.toml"
    card.write_text(
        'format = "gharana-scorecard/1"\nid = "people"\ntitle = "People"\ndirection = "higher_is_better_off"\n'
        '[[indicator]]\nid = "size"\nvalue = "household_size"\ncoef = 10\n'
    )
    answer = gharana.done("simulate", "--programme", "kafaalat", "--scorecard", card, "--json").object
    assert answer["scorecard"] == "people"
    assert any("10 is proposed, which lets 4 in where 1 are in now" in note for note in answer["notes"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--programme", "kafalat"], "Programme 'kafalat' is not in the extract; there are kafaalat"),
        (["--programme", "kafaalat", "--cutoff", "many"], "--cutoff: 'many' is not a number"),
        (["--programme", "kafaalat", "--relaxed", "poor=5"], "write NAME=X with one of member_certified_disabled"),
        (["--programme", "kafaalat", "--extract", "nowhere"], "No extract stands in nowhere"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_a_sentence(gharana: CommandLine, arguments: list[str], sentence: str):
    said = gharana("simulate", *arguments)
    assert said.code == 1
    assert sentence in said.err


def test_an_extract_of_another_registry_and_an_older_one_are_refused(gharana: CommandLine):
    folder = gharana.home / "foreign"
    gharana.done("extract", "--out", folder, "--json")
    manifest = folder / "manifest.json"
    written = manifest.read_text()
    manifest.write_text(written.replace(json.loads(written)["registry"], "0" * 16))
    said = gharana("simulate", "--programme", "kafaalat", "--extract", folder)
    assert (said.code, "made from another registry" in said.err) == (1, True)
    manifest.write_text(written)
    gharana.done("programme", "cutoff", "kafaalat", "30", "--scorecard", CARD)
    said = gharana("simulate", "--programme", "kafaalat", "--extract", folder)
    assert (said.code, "The extract is older than that: programme kafaalat was changed" in said.err) == (1, True)
    gharana.done("run", "--until-caught-up", "--json")
    gharana.done("extract", "--out", folder, "--json")
    assert gharana.done("simulate", "--programme", "kafaalat", "--extract", folder, "--json").object["cutoff"] == 30


def test_an_extract_made_while_events_wait_to_be_assessed_is_refused_or_says_so(gharana: CommandLine):
    newcomer = missed_out(date(2022, 3, 2), lone_woman("9000000300001"), number=8_100)
    gharana.done("submit", "-", "--json", stdin=json.dumps(to_words(newcomer), default=str))
    folder = gharana.home / "behind"
    said = gharana("extract", "--out", folder)
    assert (said.code, "Run `gharana run --until-caught-up` first" in said.err, folder.exists()) == (1, True, False)
    made = gharana.done("extract", "--out", folder, "--as-it-stands", "--json").object
    assert made["log_position"] == made["position"] + 1
    answer = gharana.done("simulate", "--programme", "kafaalat", "--extract", folder, "--json").object
    assert any("Events that are not in it: 1." in note for note in answer["notes"])
    gharana.done("run", "--until-caught-up", "--json")
    assert gharana.done("extract", "--out", folder, "--json").object["households"] == made["households"] + 1


def test_a_disk_that_fills_leaves_the_older_extract_or_none(gharana: CommandLine):
    folder, nothing = gharana.home / "kept", gharana.home / "none"
    gharana.done("extract", "--out", folder, "--json")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for out in (folder, nothing):
        with files_of_at_most(2_000):
            said = gharana.started_anew("extract", "--out", out)
        assert (said.code, said.err.count("\n")) == (3, 1), said.err
        assert "File too large" in said.err
        assert "The extract was not made: make room and run it again" in said.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in gharana.home.iterdir() if path.name.startswith(("kept", "none"))] == ["kept"]
    assert "No extract stands in" in gharana("simulate", "--programme", "kafaalat", "--extract", nothing).err
    gharana.done("simulate", "--programme", "kafaalat", "--extract", folder, "--json")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the disk take no more of a file than so many bytes; processes that are started meanwhile inherit this."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
