"""Sealing a registry, and the evidence of one household, as an operator and an auditor use them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from adapters.embedded.postgres import postgres_server
from adapters.seals.merkle import check_inclusion, leaf_hash
from adapters.seals.notes import Checkpoint, VerifierKey, open_note
from adapters.seals.proof_file import ProofFile
from adapters.words import to_words
from tests.end_to_end.command_line import CommandLine
from tests.households import BILAL_CNIC, missed_out
from tests.seals.witness_process import witness_process
from tests.servers import remove_home

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

CARD = "pakistan_schreiner_2009"
LINE = json.dumps(to_words(missed_out(number=7001)), default=str)
NOBODY = "00512345-0000-8000-8000-000000000010"


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    home = tmp_path_factory.mktemp("registry")
    command = CommandLine(home)
    with postgres_server(home):
        command.done("scorecard", "adopt", CARD, "--from", "2014-01-01", "--json")
        command.done("programme", "open", "kafaalat", "--from", "2014-01-01", "--json")
        command.done("submit", "-", "--json", stdin=LINE)
        command.done("run", "--until-caught-up", "--json")
        command.done("seal", "heads", "--json")
        yield command
    remove_home(home)


@pytest.fixture(scope="module")
def household(gharana: CommandLine) -> str:
    return str(gharana.done("household", "find", "--json", stdin=BILAL_CNIC).objects[0]["household"])


@pytest.fixture(scope="module")
def policy(gharana: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("auditor") / "policy"
    place.write_text(gharana.done("seal", "key").out + "quorum none\n")
    return place


def test_whoever_catches_up_has_sealed(gharana: CommandLine):
    shown = gharana.done("seal", "show", "--json").object
    assert shown["size"] > 4
    assert shown["waiting"] == 0
    assert gharana.done("seal", "now", "--json").object == shown
    rows = gharana("status", "--json").objects
    assert [row["lag_positions"] for row in rows if row.get("follower") == "sealer"] == [0]


def test_one_event_is_proved_to_whoever_knows_the_key(gharana: CommandLine, tmp_path: Path):
    gharana.done("seal", "proof", 3, "-o", tmp_path / "proof")
    proof = ProofFile.read((tmp_path / "proof").read_bytes())
    key = VerifierKey.read(gharana.done("seal", "key", "--json").object["key"])
    checkpoint = Checkpoint.read(open_note(proof.note, [key])[0])
    check_inclusion(2, checkpoint.size, leaf_hash(proof.extra), proof.proof, checkpoint.root)
    refused = gharana("seal", "proof", 10_000, "-o", tmp_path / "none")
    assert (refused.code, (tmp_path / "none").exists()) == (1, False)
    assert "there is no event 10,000" in refused.err


def test_a_household_is_proved_to_be_all_there_is_and_decided_as_its_rule_says(
    gharana: CommandLine, household: str, policy: Path, tmp_path: Path
):
    gharana.done("household", "evidence", household, "-o", tmp_path / "file", "--fresh", "--by", "auditor")
    verified = gharana.done("verify", tmp_path / "file", "--policy", policy, "--json").object
    assert verified["household"] == household
    assert (verified["registered"], verified["beyond"]) == (True, [])
    assert [(one["programme"], one["outcome"]) for one in verified["decisions"]] == [("kafaalat", "pending")]
    assert BILAL_CNIC not in (tmp_path / "file").read_text()


def test_names_open_for_whoever_has_the_file_and_it_is_recorded(
    gharana: CommandLine, household: str, policy: Path, tmp_path: Path
):
    gharana.done("household", "evidence", household, "-o", tmp_path / "file", "--open", "case 4", "--by", "judge")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600, "whoever has it can read them"
    said = gharana.done("verify", tmp_path / "file", "--policy", policy).out
    assert "Bilal" in said
    disclosed = gharana.done("household", "disclosures", household, "--json").objects
    assert "case 4" in str(disclosed)


def test_that_nobody_was_registered_under_an_id_is_proved_too(gharana: CommandLine, policy: Path, tmp_path: Path):
    gharana.done("household", "evidence", NOBODY, "-o", tmp_path / "file", "--by", "auditor")
    verified = gharana.done("verify", tmp_path / "file", "--policy", policy, "--json").object
    assert (verified["registered"], verified["events"]) == (False, 0)


def test_evidence_that_was_touched_is_refused_with_the_line(
    gharana: CommandLine, household: str, policy: Path, tmp_path: Path
):
    gharana.done("household", "evidence", household, "-o", tmp_path / "file", "--by", "auditor")
    lines = (tmp_path / "file").read_text().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if '"line":"event"' in line)
    (tmp_path / "file").write_text("".join([*lines[:at], *lines[at + 1 :]]))
    refused = gharana("verify", tmp_path / "file", "--policy", policy)
    assert (refused.code, refused.out) == (1, "")
    assert "Line 1: the file should have" in refused.err
    assert gharana("verify", tmp_path / "nothing", "--policy", policy).code == 3
    assert gharana("verify", tmp_path / "file").code == 2


def test_any_two_of_three_witnesses_vouch_for_a_household_and_one_does_not(
    gharana: CommandLine, household: str, tmp_path: Path
):
    log = gharana.done("seal", "key", "--json").object["key"]
    names = ("first", "second", "third")
    trust, trusted = tmp_path / "trust", {"GHARANA_TRUST": str(tmp_path / "trust")}
    with ExitStack() as running:
        witnesses = [running.enter_context(witness_process(tmp_path / name, log, name=name)) for name in names]
        lines = [f"witness {name} {one.vkey} {one.url}" for name, one in zip(names, witnesses, strict=True)]
        group = "group two-of-three 2 first second third\nquorum two-of-three"
        trust.write_text("\n".join([f"log {log}", *lines, group, ""]))
        witnesses[1].kill()
        made = gharana("household", "evidence", household, "-o", tmp_path / "file", "--fresh", **trusted)
        assert (made.code, made.err) == (0, "")
        gharana.done("verify", tmp_path / "file", "--policy", trust)
        witnesses[2].kill()
        made = gharana("household", "evidence", household, "-o", tmp_path / "file", "--fresh", **trusted)
        assert "Too few witnesses signed" in made.err
    refused = gharana("verify", tmp_path / "file", "--policy", trust)
    assert refused.code == 1
    assert "first signed, and second, third did not" in refused.err
