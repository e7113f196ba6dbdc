"""`gharana audit`: what it takes, what it looks at, and how it ends."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from typer.testing import CliRunner, Result

from adapters.audit.auditing import Wanted
from adapters.audit.findings import Kind
from adapters.cli.main import app_of
from adapters.followers.projector import PROJECTOR
from adapters.log import NewEntry
from adapters.postgres.log import PostgresLog
from adapters.postgres.rights import READER
from adapters.postgres.roles import make_roles
from adapters.seals.notes import COSIGNATURE, VerifierKey
from adapters.seals.published import CHECKPOINT
from domain.streams import is_household
from tests.audit.audited_registry import Copy, copy_of
from tests.audit.tampering import ELEVEN, OTHERS, Tampering
from tests.seals.registry_log import a_signer
from tests.servers import login

EVENTS_IN_A_PART = 40
TAMPERINGS = {tampering.what: tampering for tampering in (*ELEVEN, *OTHERS)}


def run(registry: Copy, home: Path, *words: object, **environ: str) -> Result:
    named = {"GHARANA_HOME": str(home), "GHARANA_DATABASE_URL": registry.dsn, "GHARANA_SEALS": str(registry.seals)}
    return CliRunner().invoke(app_of(["audit"]), ["audit", *map(str, words)], env={**named, **environ})


def objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def tampered(what: str) -> Tampering:
    return TAMPERINGS[what]


def test_a_registry_in_order_ends_with_0_and_says_what_was_not_checked(audited: Copy, tmp_path: Path):
    result = run(audited, tmp_path, "--all", "--key", audited.signer.verifier)
    assert result.exit_code == 0, result.output
    assert "No findings." in result.stdout
    assert "Not checked: the feeds" in result.stdout
    assert "Not checked: whether history was sealed a second time" in result.stdout


def test_findings_end_with_1_and_are_told_by_kind_with_a_sentence(audited: Copy, tmp_path: Path):
    with copy_of(audited, tmp_path / "copy") as copy:
        tampered("a household deleted").do(copy)
        result = run(copy, tmp_path, "--all", "--key", copy.signer.verifier, "--list", 2)
        as_json = run(copy, tmp_path, "--all", "--key", copy.signer.verifier, "--json")
    assert (result.exit_code, as_json.exit_code) == (1, 1)
    assert "missing household: nothing is left of a household that was sealed" in result.stdout
    assert "  and " in result.stdout  # of the rows that it left, two are listed
    *_, total = objects(as_json)
    assert total["findings"] > 1
    assert total["sealed"] == total["position"]


def test_an_earlier_checkpoint_may_be_brought(audited: Copy, tmp_path: Path):
    brought = tmp_path / "brought"
    brought.write_bytes((audited.seals / CHECKPOINT).read_bytes())
    with copy_of(audited, tmp_path / "copy") as copy:
        tampered("an altered byte").do(copy)
        copy.seal()
        result = run(copy, tmp_path, "--all", "--key", copy.signer.verifier, "--against", brought, "--json")
    assert next(one["kind"] for one in objects(result) if "kind" in one) == Kind.FORK


def a_policy(place: Path, key: VerifierKey, *, witnessed: bool = False) -> Path:
    witness = a_signer("university.example/witness", COSIGNATURE).verifier
    asked = f"witness university {witness}\nquorum university\n" if witnessed else "quorum none\n"
    place.write_text(f"log {key}\n{asked}")
    return place


def test_the_policy_of_an_auditor_says_whose_seals_are_believed(audited: Copy, tmp_path: Path):
    right = a_policy(tmp_path / "right", audited.signer.verifier)
    wrong = a_policy(tmp_path / "wrong", a_signer(audited.signer.name).verifier)
    assert run(audited, tmp_path, "--all", "--policy", right).exit_code == 0
    refused = run(audited, tmp_path, "--all", "--policy", wrong, "--json")
    assert {one["kind"] for one in objects(refused) if "kind" in one} == {Kind.NOT_BELIEVED}
    assert refused.exit_code == 1


def test_witnesses_that_an_auditor_asks_for_must_have_signed(audited: Copy, tmp_path: Path):
    policy = a_policy(tmp_path / "policy", audited.signer.verifier, witnessed=True)
    result = run(audited, tmp_path, "--all", "--policy", policy)
    assert result.exit_code == 1
    assert "the trust policy asks for witnesses, and no checkpoint is here that enough of them signed" in result.stdout


def test_a_checkpoint_that_is_none_is_no_fork(audited: Copy, tmp_path: Path):
    (tmp_path / "brought").write_text("quorum none\n")
    key = f"log {audited.signer.verifier}"  # as `seal key` prints it
    result = run(audited, tmp_path, "--all", "--key", key, "--against", tmp_path / "brought", "--json")
    assert {one["kind"] for one in objects(result) if "kind" in one} == {Kind.NOT_BELIEVED}
    assert run(audited, tmp_path, "--all", "--key", key, "--against", tmp_path / "none").exit_code == 3


def test_without_a_key_the_seals_are_not_checked_and_the_rest_is(audited: Copy, tmp_path: Path):
    result = run(audited, tmp_path, "--all")
    assert result.exit_code == 0
    assert "Not checked: the seals" in result.stdout


@pytest.mark.parametrize(
    "words", [[], ["--all", "--sample", "3"], ["--sample", "3"], ["--since", "-1"], ["--sample", "0", "--seed", "x"]]
)
def test_what_is_audited_must_be_said(audited: Copy, tmp_path: Path, words: list[str]):
    assert run(audited, tmp_path, *words).exit_code == 2


def test_nothing_is_made_where_no_registry_stands(tmp_path: Path):
    home = tmp_path / "nowhere"
    result = CliRunner().invoke(app_of(["audit"]), ["audit", "--all"], env={"GHARANA_HOME": str(home)})
    assert result.exit_code == 1
    assert "No registry stands in" in result.stderr
    assert not home.exists()


def test_a_database_that_does_not_answer_ends_with_3(audited: Copy, tmp_path: Path):
    away = "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1"
    assert run(audited, tmp_path, "--all", GHARANA_DATABASE_URL=away).exit_code == 3


def test_a_database_without_tables_is_refused(empty_database: str, audited: Copy, tmp_path: Path):
    result = run(audited, tmp_path, "--all", GHARANA_DATABASE_URL=empty_database)
    assert result.exit_code == 1
    assert "holds no registry" in result.stderr


def test_a_login_that_only_reads_is_enough(audited: Copy, tmp_path: Path):
    with copy_of(audited, tmp_path / "copy") as copy:
        make_roles(copy.dsn)
        with login(copy.dsn, READER) as dsn:
            key = copy.signer.verifier
            in_order = run(copy, tmp_path, "--all", "--key", key, GHARANA_DATABASE_URL=dsn)
            tampered("a count raised").do(copy)
            found = run(copy, tmp_path, "--all", "--key", key, GHARANA_DATABASE_URL=dsn)
    assert (in_order.exit_code, found.exit_code) == (0, 1), in_order.output


def test_nothing_is_recorded(audited: Copy, tmp_path: Path):
    before = audited.entries()
    run(audited, tmp_path, "--all", "--key", audited.signer.verifier)
    assert audited.entries() == before


def test_a_sample_proves_each_event_of_whom_it_draws(audited: Copy, tmp_path: Path):
    everybody = len({entry.stream.int & ~1 for entry in audited.entries() if is_household(entry.stream)})
    drawn = Wanted(sample=everybody, seed="7", workers=1)
    assert audited.audit(drawn).findings.total == 0
    with copy_of(audited, tmp_path) as copy:
        tampered("an event moved to another household").do(copy)
        assert copy.audit(drawn).findings.summaries()[0].kind is Kind.MOVED


def test_a_sample_is_the_same_for_the_same_seed(audited: Copy):
    once, again, other = (audited.audit(Wanted(sample=5, seed=seed, workers=1)) for seed in ("1", "1", "2"))
    assert once.households == again.households == other.households == 5
    assert once.events == again.events


def test_since_a_position_only_what_came_after_it_is_looked_at(audited: Copy, tmp_path: Path):
    position = len(audited.entries()) - 10
    with copy_of(audited, tmp_path) as copy:
        tampered("an altered byte").do(copy)
        before = copy.audit(Wanted(since=position, workers=1))
        tampered("the last event deleted").do(copy)
        result = copy.audit(Wanted(since=position, workers=1))
    assert Kind.ALTERED not in {each.kind for each in before.findings.summaries()}
    assert result.findings.summaries()[0].kind is Kind.MISSING_AT_END
    assert 0 < result.households <= 10


def test_processes_side_by_side_find_what_one_finds(audited: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("EVENTS_FOR_A_TEAM", "RANGE_EVENTS", "STRETCH_EVENTS"):
        monkeypatch.setattr(f"adapters.audit.auditing.{name}", EVENTS_IN_A_PART)
    with copy_of(audited, tmp_path) as copy:
        tampered("an event inserted behind its day").do(copy)
        tampered("a count raised").do(copy)
        found = [counts(copy, workers) for workers in (1, 2)]
    assert found[0] == found[1] != {}


def counts(registry: Copy, workers: int) -> dict[Kind, int]:
    result = registry.audit(Wanted(workers=workers))
    return {each.kind: each.findings for each in result.findings.summaries()}


def test_writers_may_go_on_while_a_registry_is_audited(audited: Copy, tmp_path: Path):
    """What is appended and projected after the moment was opened is not seen, though the audit goes on to read."""
    with copy_of(audited, tmp_path) as copy:

        def go_on(what: str, _more: int, _all: int) -> None:
            if what == "seals":
                copy_on(copy)

        result = copy.audit(Wanted(workers=1), report=go_on)
        assert result.findings.total == 0
        assert len(copy.entries()) > result.position


def copy_on(registry: Copy) -> None:
    """Append an event to a household, and let a follower change its tables."""
    last = registry.entries()[-1]
    log = PostgresLog(registry.dsn)
    try:
        appended = log.append([one_more(registry, last.stream)])
        log.transact(lambda transaction: transaction.advance(PROJECTOR, appended[-1]))
    finally:
        log.close()
    with psycopg.connect(registry.dsn) as connection:
        connection.execute("UPDATE households SET version = version + 1, members = 99")


def one_more(registry: Copy, stream: UUID) -> NewEntry:
    last = [entry for entry in registry.entries() if entry.stream == stream][-1]
    return NewEntry(stream, last.version + 1, last.name, last.state)
