"""A population lives part by part: the same with any number of workers, and each part as it does alone."""

from pathlib import Path

import pytest
import typer

from adapters.cli.lives import some_parts
from adapters.documents.mapping import find_mapping, load_mapping
from adapters.faults import Refused, WorldFailed
from adapters.keys.file_keyring import KeyFilePlace
from adapters.lives.generation import Years, find_parts, live
from adapters.lives.runs import read_runs, write_run
from adapters.lives.tables import TABLES as FOLDER
from tests.lived.memory_registry import TABLES, registry_of
from tests.made_up_population import write_population

HOUSEHOLDS = 60
PARTS = 3


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("population")
    write_population(folder, HOUSEHOLDS, parts=PARTS)
    return folder


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Years:
    keys = tmp_path_factory.mktemp("keys")
    policies = registry_of(keys, []).reader.policies()
    return Years(7, TABLES.ends, policies, FOLDER, KeyFilePlace(keys / "master.key"))


def runs(population: Path, years: Years, room: Path, workers: int = 1, chosen: range | None = None) -> list[Path]:
    mapping = load_mapping(find_mapping("population"))
    return sorted(each.run for each in live(find_parts(population, chosen), mapping, years, room, workers))


def test_the_same_comes_out_with_any_number_of_workers(population, years, tmp_path):
    alone, together = tmp_path / "alone", tmp_path / "together"
    alone.mkdir()
    together.mkdir()

    assert [path.read_bytes() for path in runs(population, years, alone)] == [
        path.read_bytes() for path in runs(population, years, together, workers=2)
    ]


def test_a_part_lives_alone_as_it_does_among_the_others(population, years, tmp_path):
    (tmp_path / "some").mkdir()
    every = runs(population, years, tmp_path)
    (some,) = runs(population, years, tmp_path / "some", chosen=range(1, 2))

    assert len(every) == PARTS
    assert some.read_bytes() == every[1].read_bytes()


def test_all_parts_together_are_in_the_order_of_days(population, years, tmp_path):
    days = [one.arrives for one in read_runs(runs(population, years, tmp_path))]

    assert len(days) > HOUSEHOLDS
    assert days == sorted(days)


def test_parts_that_are_not_there_are_refused(population, tmp_path):
    with pytest.raises(Refused, match="no part of a population"):
        find_parts(tmp_path)
    with pytest.raises(Refused, match="numbered 0 to 2"):
        find_parts(population, range(7, 9))


@pytest.mark.parametrize("text", ["", "x", "9-7", "-3", "1-b"])
def test_parts_that_are_no_numbers_are_bad_usage(text):
    with pytest.raises(typer.BadParameter, match="names no parts"):
        some_parts(text)


@pytest.mark.parametrize(("text", "parts"), [("4", range(4, 5)), ("0-9", range(10))])
def test_parts_are_named_by_number(text, parts):
    assert some_parts(text) == parts


def test_a_disk_that_takes_no_more_is_told_in_a_sentence(tmp_path):
    with pytest.raises(WorldFailed, match="make room"):
        write_run(tmp_path / "no-such-folder" / "0.run", [])
