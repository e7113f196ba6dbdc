"""Keys as an officer meets them: two people destroy some, the master key is replaced, copied and brought back.

The verbs run in this process, which is twenty times quicker than one for each.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app_of
from adapters.registry.opening import open_registry
from tests.households import missed_out

pytestmark = pytest.mark.postgres


class Verbs:
    """Runs verbs of one registry."""

    def __init__(self) -> None:
        self.app = app_of(["keys", "erasure"])

    def done(self, *arguments: object) -> list[dict[str, Any]]:
        """Run a verb that must succeed, and read its answers."""
        said = CliRunner().invoke(self.app, [*map(str, arguments), "--json"])
        assert said.exit_code == 0, said.output
        return [json.loads(line) for line in said.stdout.splitlines()]

    def refused(self, *arguments: object) -> str:
        """Run a verb that must be refused, and say why it was."""
        said = CliRunner().invoke(self.app, [*map(str, arguments)])
        assert said.exit_code == 1, said.output
        return said.stderr


@pytest.fixture
def verbs(monkeypatch, tmp_path: Path, database: str) -> Verbs:
    for name in [name for name in os.environ if name.startswith("GHARANA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GHARANA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GHARANA_DATABASE_URL", database)
    return Verbs()


@pytest.fixture
def amina(verbs) -> tuple[object, ...]:
    """A household of four, and her in it, as options."""
    with open_registry(os.environ) as registry:
        household = registry.door.submit(missed_out(number=7301)).household
        state = registry.reader.household(household)
    member = next(one.member_id for one in state.roster.values() if one.line == 2)
    return ("--household", household, "--member", member)


@pytest.fixture
def under(tmp_path: Path) -> tuple[object, ...]:
    """A passphrase in a file, as options."""
    passphrase = tmp_path / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_text(secrets.token_hex(16))
    return ("--passphrase-file", passphrase)


def test_one_proposes_and_another_approves(verbs, amina):
    assert "nobody has proposed this" in verbs.refused("keys", "approve", *amina, "--by", "tariq")
    verbs.done("keys", "propose", *amina, "--authority", "court 7/2026", "--by", "sania")
    assert "another person must approve" in verbs.refused("keys", "approve", *amina, "--by", "Sania ")
    assert [each["proposed_by"] for each in verbs.done("keys", "proposals")] == ["sania"]
    assert verbs.done("keys", "approve", *amina, "--by", "tariq")[0]["member"] == str(amina[-1])
    assert "No destruction" in verbs.refused("keys", "withdraw", *amina, "--reason", "too late", "--by", "sania")
    assert len(verbs.done("erasure", "list")) == 1


def test_the_master_key_is_replaced_in_three_steps(verbs, amina):
    assert verbs.done("keys", "rotate", "--by", "tariq") == [{"master_key": 2}]
    assert "1 key rows" in verbs.refused("keys", "retire", "--by", "tariq")
    assert verbs.done("keys", "rewrap", "--by", "tariq") == [{"master_key": 2, "key_rows": 1, "webhooks": 0}]
    assert verbs.done("keys", "retire", "--by", "tariq") == [{"retired": [1], "newest": 2}]
    keyring, *masters = verbs.done("keys", "show")
    assert len(keyring["keyring"]) == 16
    shown = [(each["master_key"], each["state"], each["key_rows"]) for each in masters]
    assert shown == [(1, "destroyed", 0), (2, "wraps and opens", 1)]


def test_keys_are_copied_under_a_passphrase_and_brought_back_with_the_erasures(verbs, amina, under, tmp_path):
    copy, listed, key_file = tmp_path / "copy", tmp_path / "erasures.json", tmp_path / "home" / "keys" / "master.key"
    verbs.done("keys", "propose", *amina, "--authority", "court 7/2026", "--by", "sania")
    verbs.done("keys", "approve", *amina, "--by", "tariq")
    assert "beside the data" in verbs.refused("keys", "backup", "-o", tmp_path / "home" / "copy", *under)
    verbs.done("keys", "backup", "-o", copy, *under)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert "is there already" in verbs.refused("keys", "backup", "-o", copy, *under)
    assert "is there already" in verbs.refused("keys", "restore", copy, *under)
    before = key_file.read_bytes()
    key_file.unlink()
    key_file.with_name("erasures.json").write_text("of an earlier restore")
    assert "Another list of erasures" in verbs.refused("keys", "restore", copy, *under)
    assert not key_file.exists()
    key_file.with_name("erasures.json").unlink()
    (brought_back,) = verbs.done("keys", "restore", copy, *under)
    assert key_file.read_bytes() == before
    assert verbs.done("erasure", "export", "-o", listed)[0]["erasures"] == 1
    for each in (listed, brought_back["erasures"]):
        done = verbs.done("erasure", "repeat", each, "--by", "tariq")
        assert done == [{"again": 0, "as_they_were": 1, "unknown": 0}]


def test_a_passphrase_that_others_can_read_is_refused(verbs, amina, under, tmp_path):
    under[1].chmod(0o644)
    assert "can be read by others" in verbs.refused("keys", "backup", "-o", tmp_path / "copy", *under)
