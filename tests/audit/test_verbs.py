"""The verbs under `audit`, as programs and people meet them, on a registry of a few households."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from adapters.cards import compile_card
from adapters.cli.main import app_of
from adapters.documents.programme import find_programme_file, load_programme
from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.postgres.rights import READER
from adapters.postgres.roles import make_roles
from adapters.registry.opening import open_registry
from adapters.registry.programme_file import open_programme
from adapters.submissions.shape import Cyclic
from tests.audit.test_flips import LATER, RICH, family
from tests.households import POOR, common, missed_out, questionnaire
from tests.registry.desk import CARD, MARCH
from tests.servers import login

HOUSEHOLDS, WELL_OFF = 6, 3


class Verbs:
    """Runs verbs on one registry."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self._app = app_of(["audit"])

    def __call__(self, *words: object) -> Result:
        return CliRunner().invoke(self._app, ["audit", *map(str, words)], env=self.environ)

    def objects(self, *words: object) -> list[dict[str, Any]]:
        said = self(*words, "--json")
        assert said.exit_code == 0, said.output
        return [json.loads(line) for line in said.stdout.splitlines()]


@pytest.fixture
def audit(database: str, tmp_path: Path) -> Verbs:
    environ = {"GHARANA_HOME": str(tmp_path), "GHARANA_DATABASE_URL": database}
    with open_registry(environ) as registry:
        registry.desk.adopt(adoption(adoptable(CARD), date(2014, 1, 1)), "director")
        open_programme(registry, load_programme(find_programme_file("kafaalat")), date(2014, 1, 1), "director")
        followers = [
            Assessor(registry.log, registry.tables, compile_card, registry.clock),
            Projector(registry.log, registry.tables),
        ]
        households = [
            registry.door.submit(missed_out(MARCH, *family(number), answers=RICH if number < WELL_OFF else POOR))
            for number in range(HOUSEHOLDS)
        ]
        run(registry.log, followers, until_caught_up=True)
        again = questionnaire(*family(0))
        registry.door.submit(Cyclic(household=households[0].household, survey=again, **common(LATER)))  # type: ignore[arg-type]
        run(registry.log, followers, until_caught_up=True)
    return Verbs(environ)


def test_a_sample_is_drawn_and_its_paper_written(audit: Verbs, tmp_path: Path) -> None:
    paper = tmp_path / "paper"
    said = audit("sample", "kafaalat", "--households", 4, "--seed", "1 2 3", "-o", paper, "--by", "Saima")
    assert said.exit_code == 0, said.output
    assert "4 of 6 households" in said.output
    with Path(f"{paper}.csv").open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    assert {(row["seed"], row["drawn by"], row["members"]) for row in rows} == {("1 2 3", "Saima", "4")}
    assert sum(float(row["weight"]) for row in rows) == pytest.approx(6)
    assert Path(f"{paper}.html").read_text(encoding="utf-8").count('class="sheet"') == 4
    again = audit("sample", "kafaalat", "--households", 4, "--seed", "1 2 3", "-o", paper)
    assert (again.exit_code, "is there already" in again.output) == (1, True)


def test_the_same_seed_lists_the_same_households_to_programs(audit: Verbs) -> None:
    *drawn, told = audit.objects("sample", "kafaalat", "--households", 4, "--seed", "1 2 3")
    assert (told["drawn"], told["population"], len(drawn)) == (4, 6, 4)
    assert audit.objects("sample", "kafaalat", "--households", 4, "--seed", "1 2 3")[:-1] == drawn


SAMPLE = ("sample", "kafaalat", "--households", 2, "--seed", "a", "--min", 1)


def sentence(said: Result) -> str:
    """What was said, without the frame and the folding of a terminal."""
    return " ".join(said.output.split())


def test_what_cannot_be_answered_is_refused_with_a_sentence(audit: Verbs) -> None:
    for words, refusal in (
        (("sample", "kafaalat", "--households", 7, "--seed", "a"), "7 households cannot be drawn out of 6"),
        (("sample", "kafalat", "--households", 2, "--seed", "a"), "No programme is known as 'kafalat'"),
        ((*SAMPLE, "--place", "PK9"), "No place has the code 'PK9'"),
        (("cutoff", "kafalat"), "No programme is known as 'kafalat'"),
    ):
        said = audit(*words)
        assert (said.exit_code, refusal in sentence(said)) == (1, True), said.output


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("sample", "kafaalat", "--households", 2, "--seed", " "), "a seed of nothing is forgotten"),
        ((*SAMPLE, "--near", "-1"), "is no distance"),
        ((*SAMPLE, "--near", "two"), "is no number of points"),
        ((*SAMPLE, "--strata", "house"), "makes no strata"),
        (("activity",), "say whose doings"),
        (("activity", "--operator", "a", "--device", "b"), "say whose doings"),
        (("activity", "--operator", "a", "--hours", "18-08"), "are no hours of work"),
        (("activity", "--operator", "a", "--from", "2026-02-01", "--until", "2026-01-01"), "lies after --until"),
        (("cutoff", "kafaalat", "--no-flips", "-o", "x.csv"), "looks for none"),
        (("rules", "--kind", "law"), "is no kind of rule"),
    ],
)
def test_a_command_that_is_written_wrongly_is_told_so(words: tuple[object, ...], problem: str, tmp_path: Path) -> None:
    said = Verbs({"GHARANA_HOME": str(tmp_path)})(*words)
    assert (said.exit_code, problem in sentence(said)) == (2, True), said.output


def test_what_an_operator_recorded_is_listed_and_summed_up(audit: Verbs, tmp_path: Path) -> None:
    said = audit("activity", "--operator", "op-1")
    assert "7 filings with 7 events" in said.output
    assert "surveyed again (cyclic): 4 members in PK20101" in said.output
    *listed, whole = audit.objects("activity", "--centre", "desk-7")
    assert (len(listed), whole["filings"], whole["days"][0]["filings"]) == (7, 7, 7)
    file = tmp_path / "acts.csv"
    assert audit("activity", "--centre", "desk-7", "-o", file).exit_code == 0
    assert len(file.read_text(encoding="utf-8-sig").splitlines()) == 8
    assert "Nothing up to position" in audit("activity", "--operator", "op-9").output


def test_a_flip_is_told_with_who_recorded_it(audit: Verbs, tmp_path: Path) -> None:
    said = audit("cutoff", "kafaalat")
    assert said.exit_code == 0, said.output
    assert "Too few scores lie around the cut-off for a test." in said.output
    assert "Of 1 updates that left the roster as it was, 1 brought a household" in said.output
    (told,) = audit.objects("cutoff", "kafaalat", "--level", "region", "-o", tmp_path / "flips.csv")
    assert (told["flips"]["updates"], told["flips"]["flips"]) == (1, 1)
    assert told["flips"]["nearest"][0]["operator"] == "op-1"
    assert told["places"][0]["place"] == "PK2"
    with (tmp_path / "flips.csv").open(newline="", encoding="utf-8-sig") as lines:
        (row,) = csv.DictReader(lines)
    assert row["centre"] == "desk-7"


def test_the_register_of_rules_is_listed_and_written(audit: Verbs, tmp_path: Path) -> None:
    assert [told["kind"] for told in audit.objects("rules")] == ["scorecard", "programme", "cut-off"]
    assert [told["kind"] for told in audit.objects("rules", "--kind", "cut-off")] == ["cut-off"]
    file = tmp_path / "rules.csv"
    said = audit("rules", "-o", file)
    assert "3 changes up to position" in said.output
    assert "director" in file.read_text(encoding="utf-8-sig")
    assert "score <= 32" in audit("rules").output


def test_an_auditor_needs_no_more_rights_than_to_read(audit: Verbs, database: str, tmp_path: Path) -> None:
    make_roles(database)
    with login(database, READER) as dsn:
        as_reader = Verbs({**audit.environ, "GHARANA_DATABASE_URL": dsn})
        for words in (
            (*SAMPLE, "-o", tmp_path / "paper"),
            ("activity", "--operator", "op-1"),
            ("cutoff", "kafaalat"),
            ("rules",),
        ):
            said = as_reader(*words)
            assert said.exit_code == 0, said.output
