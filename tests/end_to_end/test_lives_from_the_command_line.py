"""A population imported, lived and assessed through bin/gharana: hardly a refusal, and nothing twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded.postgres import postgres_server
from tests.end_to_end.command_line import CommandLine
from tests.made_up_population import write_population
from tests.servers import remove_home

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

HOUSEHOLDS = 160
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
    write_population(folder, HOUSEHOLDS, parts=2)
    said = gharana.done("import", folder / "households", folder / "people", "--mapping", "population", "--json")
    assert (said.object["registered"], said.object["refused"]) == (HOUSEHOLDS, 0)
    return folder


def lives(gharana: CommandLine, population: Path, *options: object):
    return gharana.done("lives", population, "--mapping", "population", "--seed", 3, "--json", *options)


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


def test_lives_need_a_registry_that_stands(population: Path, tmp_path: Path):
    said = CommandLine(tmp_path / "nothing")("lives", population, "--mapping", "population")

    assert said.code == 1
    assert "No registry stands" in said.err
