"""A partner gets its key by bin/gharana, gets in at the real message server, and gets no further with an old one."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded.nats import nats_server
from adapters.faults import Refused
from adapters.nats.consumers import find_consumers
from adapters.nats.line import Line
from tests.end_to_end.command_line import CommandLine
from tests.end_to_end.food_bank import TERMS, food_bank

pytestmark = [pytest.mark.postgres, pytest.mark.nats, pytest.mark.timeout(600)]

LET_IN_SECONDS_MAX = 20


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    home = tmp_path_factory.mktemp("registry")
    with food_bank(home) as command, nats_server(home):  # stays up between commands
        yield command


def gets_in(access: dict, *, wanted: bool) -> None:
    """Wait until the server has read its settings again."""
    url = access["server"].replace("//", f"//{access['user']}:{access['password']}@")
    give_up_at = time.monotonic() + LET_IN_SECONDS_MAX
    while True:
        try:
            Line(url).close()
            is_in = True
        except Refused:
            is_in = False
        if is_in == wanted:
            return
        assert time.monotonic() < give_up_at, "let in" if is_in else "kept out"
        time.sleep(0.05)


def test_a_partner_is_given_a_key_with_its_first_agreement_and_another_when_asked(gharana: CommandLine, tmp_path: Path):
    added = gharana.done("partner", "add", "red-crescent", "--programme", "kafaalat", *TERMS, "--json").object["access"]
    assert added["consumers"] == {"kafaalat": "red-crescent_kafaalat"}
    gets_in(added, wanted=True)

    again = gharana.done("partner", "end", "red-crescent", "--programme", "kafaalat", "--json").object
    assert again["changed"]
    file = tmp_path / "key.json"
    said = gharana.done("partner", "key", "red-crescent", "-o", file)
    access = json.loads(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600
    assert access["password"] not in said.out + said.err
    gets_in(access, wanted=True)
    gets_in(added, wanted=False)


def test_a_second_agreement_gives_no_second_key(gharana: CommandLine):
    added = gharana.done("partner", "add", "bank-of-two", "--programme", "kafaalat", *TERMS, "--json").object
    again = gharana.done("partner", "add", "bank-of-two", "--programme", "kafaalat", *TERMS, "--json").object
    assert (added["access"] is None, again["access"], again["changed"]) == (False, None, False)


def test_a_message_server_that_lost_everything_has_its_doors_again_when_somebody_publishes(gharana: CommandLine):
    with nats_server(gharana.home) as url, Line(url) as line:
        line.ask("STREAM.DELETE.ELIGIBILITY")
        assert gharana.done("publish", "--until-caught-up", "--json").object["position"] > 0
        assert {"food-bank_kafaalat", "red-crescent_kafaalat"} <= find_consumers(line)


def test_users_for_a_server_of_ones_own_are_printed_without_a_key(gharana: CommandLine):
    access = gharana.done("partner", "key", "food-bank", "--json").object
    (user,) = (
        user for user in gharana.done("partner", "access", "--json").object["users"] if user["user"] == "food-bank"
    )
    assert user["password"].startswith("$2b$")
    assert user["permissions"]["subscribe"]["allow"] == ["_INBOX_food-bank.>"]
    assert access["password"] not in gharana.done("partner", "access").out


def test_where_the_server_cannot_be_reached_the_key_is_given_all_the_same(gharana: CommandLine):
    said = gharana("partner", "key", "food-bank", "--json", GHARANA_NATS_URL="nats://me:secret@127.0.0.1:9")
    assert (said.code, said.object["server"]) == (0, "nats://127.0.0.1:9")
    assert "It holds at the message server from when `publish` runs" in " ".join(said.err.split())
    assert "secret" not in said.out + said.err


def test_a_key_file_names_the_server_also_where_the_doors_could_not_be_made(gharana: CommandLine, tmp_path: Path):
    written = gharana.home / "nats" / "access.json"
    before = written.read_text()
    written.write_text(json.dumps({**json.loads(before), "password": "another"}))
    try:
        said = gharana("partner", "key", "food-bank", "-o", tmp_path / "key.json")
    finally:
        written.write_text(before)
    assert "does not take our user and password" in " ".join(said.err.split())
    assert json.loads((tmp_path / "key.json").read_text())["server"] == f"nats://127.0.0.1:{json.loads(before)['port']}"


def test_what_cannot_be_given_is_refused_and_nothing_is_recorded(gharana: CommandLine, tmp_path: Path):
    before = gharana.done("partner", "access", "--json").object
    there = tmp_path / "there"
    there.touch()
    for arguments, sentence in (
        (("key", "nobody"), "No partner is known as 'nobody'"),
        (("key", "food-bank", "-o", there), "is there already"),
        (("key", "food-bank", "-o", tmp_path / "no" / "folder"), "cannot be written (No such file or directory)"),
        (("add", "another", "--programme", "kafaalat", *TERMS, "-o", there), "is there already"),
        (("add", "food-bank", "--programme", "kafaalat", *TERMS, "-o", tmp_path / "new"), "has a key already"),
    ):
        said = gharana("partner", *arguments)
        assert (said.code, sentence in " ".join(said.err.split())) == (1, True), said.err
    assert gharana.done("partner", "access", "--json").object == before
