"""A population imported, lived and assessed through bin/gharana: hardly a refusal, and nothing twice."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded.postgres import postgres_server
from tests.end_to_end.command_line import CommandLine
from tests.made_up_population import write_population
from tests.servers import remove_home

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

HOUSEHOLDS = 240
REFUSED_SHARE_MAX = 0.005


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    home = tmp_path_factory.mktemp("lives")
    with postgres_server(home):  # stays up between commands, which is quicker
        yield CommandLine(home)
    remove_home(home)


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory, gharana: CommandLine) -> Path:
    folder = tmp_path_factory.mktemp("population")
    mapping = write_population(folder, HOUSEHOLDS, parts=2)
    for part in ("part-00000.parquet", "part-00001.parquet"):
        said = gharana.done(
            "import", folder / "households" / part, folder / "people" / part, "--mapping", mapping, "--json"
        )
        assert said.object["refused"] == 0
    return folder


def lives(gharana: CommandLine, population: Path, *options: object):
    return gharana.done("lives", population, "--mapping", population / "made-up.toml", "--seed", 3, "--json", *options)


def test_a_population_lives_to_the_end_and_everything_about_it_holds(gharana: CommandLine, population: Path):
    begun = lives(gharana, population, "--until", "2024-06-30").object
    first = lives(gharana, population).object

    assert first["known_already"] == begun["accepted"]
    assert first["lived"]["households"] == HOUSEHOLDS
    refused = sum(first["refused"].values())
    assert refused <= REFUSED_SHARE_MAX * first["submissions"], first["reasons"]

    gharana.done("run", "--until-caught-up", "--json")
    assert all(found["ok"] for found in gharana.done("check", "--json").objects)

    again = lives(gharana, population, "--workers", 1).object
    assert again["accepted"] == {}
    assert sum(again["known_already"].values()) == first["submissions"] - refused


def test_the_file_holds_what_the_door_was_told(gharana: CommandLine, population: Path, tmp_path: Path):
    file = tmp_path / "lives.ndjson"
    told = lives(gharana, population)
    written = lives(gharana, population, "--out", file).object
    answers = gharana("submit", file, "--json").objects

    assert written["submissions"] == told.object["submissions"] == len(answers)
    assert all(answer["again"] for answer in answers)


def test_some_parts_alone_live_as_they_do_among_the_others(gharana: CommandLine, population: Path, tmp_path: Path):
    lines = {}
    for name, options in {"all": (), "first": ("--parts", 0), "second": ("--parts", "1-1")}.items():
        file = tmp_path / f"{name}.ndjson"
        lives(gharana, population, "--out", file, *options)
        lines[name] = {json.loads(line)["submission_id"] for line in file.read_text().splitlines()}

    assert lines["first"] | lines["second"] == lines["all"]
    assert not lines["first"] & lines["second"]


def test_what_cannot_be_lived_is_refused_in_a_sentence(gharana: CommandLine, population: Path, tmp_path: Path):
    for folder, options, code, says in (
        (tmp_path, (), 1, "no part of a population"),
        (population, ("--parts", "7-9"), 1, "no part from 7 to 9"),
        (population, ("--parts", "9-7"), 2, "names no parts"),
        (population, ("--until", "2031-01-01"), 1, "no later than 2026-06-30"),
        (population, ("--seed", "-1"), 2, "seed"),
    ):
        said = gharana("lives", folder, "--mapping", population / "made-up.toml", *options)
        assert (said.code, says in said.err) == (code, True), said


def test_lives_need_a_registry_that_stands(population: Path, tmp_path: Path):
    said = CommandLine(tmp_path / "nothing")("lives", population)

    assert said.code == 1
    assert "No registry stands" in said.err
