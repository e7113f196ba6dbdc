"""`gharana population` as a user calls it: files that `import` takes, a comparison, sentences for what cannot be."""

import json

import pytest

from tests.end_to_end.command_line import CommandLine

SEVEN = ("population", "--seed", "7", "--workers", "1")


@pytest.fixture
def gharana(tmp_path):
    return CommandLine(tmp_path / "home")


def refusal(said):
    assert said.code == 1, said
    assert "Traceback" not in said.err
    assert said.object["error"] in said.err
    return said.object["error"]


def test_a_population_is_written_and_told_in_one_object(gharana, tmp_path):
    said = gharana.done(*SEVEN, "--households", 300, "--out", tmp_path / "made", "--json").object
    manifest = json.loads((tmp_path / "made" / "population.json").read_text())

    assert (said["households"], said["people"], said["parts"]) == (300, manifest["people"], 1)
    assert said["households_per_s"] > 0
    assert manifest["households"] == 300


def test_the_comparison_prints_every_published_row_and_ends_with_0_within_tolerance(gharana):
    said = gharana.done(*SEVEN, "--households", 20_000, "--check")
    lines = said.out.splitlines()

    assert lines[0].split() == [
        "table", "region", "district", "measure", "sex", "published", "generated", "difference", "tolerance", "verdict",
    ]  # fmt: skip
    assert len([line for line in lines if line.startswith("T")]) == 426
    assert "0 outside" in lines[-2]


def test_a_second_population_in_one_folder_is_refused(gharana, tmp_path):
    gharana.done(*SEVEN, "--households", 20, "--out", tmp_path / "made")

    again = gharana(*SEVEN, "--households", 20, "--out", tmp_path / "made", "--json")
    assert "holds a finished population already: name another folder" in refusal(again)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--households", 0, "--seed", 7, "--check"), "--households 0: must be from 1 to 40,000,000."),
        (("--households", 10, "--seed", -3, "--check"), "--seed -3: must be from 0 to"),
        (("--households", 10, "--seed", 7), "Neither --out nor --check"),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence(gharana, arguments, sentence):
    assert sentence in refusal(gharana("population", *arguments, "--json"))


def test_a_place_that_cannot_be_written_to_is_the_worlds_fault(gharana, tmp_path):
    (tmp_path / "file").write_text("")
    said = gharana(*SEVEN, "--households", 20, "--out", tmp_path / "file" / "made")

    assert said.code == 3
    assert "cannot be written" in said.err
    assert "Traceback" not in said.err


def test_a_number_that_is_none_is_a_fault_of_the_command_line(gharana):
    assert gharana("population", "--households", "many", "--seed", "7").code == 2
    too_many = gharana("population", "--households", 10, "--seed", 7, "--workers", 900, "--check")
    assert (too_many.code, "'--workers': Input should be less than or equal to 16" in too_many.err) == (2, True)
