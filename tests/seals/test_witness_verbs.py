"""`gharana witness` as whoever runs one types it."""

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app_of
from tests.seals.registry_log import a_signer
from tests.seals.witness_process import WitnessProcess, witness_process

LOG = str(a_signer().verifier)


def said(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app_of(["witness"]), ["witness", *map(str, arguments)])
    return done.exit_code, done.output


def test_the_key_is_made_once_and_printed_for_the_policies_of_others(tmp_path):
    code, first = said("key", "--state", tmp_path / "state", "--name", "audit.example/witness")
    assert (code, first.partition("+")[0]) == (0, "audit.example/witness")
    assert said("key", "--state", tmp_path / "state") == (0, first)


def test_a_witness_serves_under_the_key_that_was_printed_and_stops_when_told(tmp_path):
    _, key = said("key", "--state", tmp_path / "state", "--name", "witness.example/one")
    with witness_process(tmp_path / "state", LOG) as witness:
        assert witness.vkey == key.strip()
        with pytest.raises(AssertionError, match="Another witness is at work"):
            WitnessProcess(tmp_path / "state").start(LOG)
        assert witness.stop() == 0


@pytest.mark.parametrize("listen", ["8088", "127.0.0.1:", "127.0.0.1:70000", ":8088", "127.0.0.1:http"])
def test_what_is_no_address_is_refused(listen: str, tmp_path):
    (tmp_path / "trust").write_text(f"log {LOG}\nquorum none\n")
    code, words = said("serve", "--state", tmp_path, "--trust", tmp_path / "trust", "--listen", listen)
    assert code == 1
    assert "is no place to listen at" in words


def test_a_policy_that_names_no_log_is_refused(tmp_path):
    (tmp_path / "trust").write_text("quorum none\n")
    code, words = said("serve", "--state", tmp_path, "--trust", tmp_path / "trust")
    assert code == 1
    assert "names no log" in words
