"""`gharana demo` as somebody runs it who has just cloned the repository: by subprocess, in a home of its own."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from adapters.demo.premises import MARK
from adapters.home import REPOSITORY
from tests.servers import remove_home

pytestmark = pytest.mark.postgres
SECONDS_MAX = 100
THE_SHOCK = 1
"""The message that a flood is declared; the others are decisions."""
NUMBER = re.compile(r"\b(?:\d{13}|\d{5}-\d{7}-\d)\b")


def run(home, *arguments, **environ):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GHARANA_")}
    return subprocess.run(
        [sys.executable, REPOSITORY / "bin" / "gharana", *arguments],
        env={**clean, "GHARANA_HOME": str(home), **environ},
        cwd="/",
        text=True,
        capture_output=True,
        timeout=SECONDS_MAX,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("registry")
    yield home
    remove_home(home / "demo")


@pytest.fixture(scope="module")
def played(home):
    """The demo as people see it, and once more, in the same home and at once, as programs see it."""
    words = run(home, "demo", "--households", "60")
    objects = run(home, "demo", "--households", "60", "--json")
    return words, objects


@pytest.fixture(scope="module")
def stages(played):
    lines = map(json.loads, played[1].stdout.splitlines())
    return {line["stage"]: line for line in lines if "stage" in line}


def test_it_ends_well_twice_in_a_row_and_warns_of_nothing(played):
    for done in played:
        assert (done.returncode, done.stderr) == (0, "")


def test_it_tells_its_stages_the_history_the_explanation_and_what_is_open(played):
    out = played[0].stdout

    for said in (
        "An empty registry",
        "60 households with",
        "await verification for kafaalat",
        "2022-12",
        "A flood is declared",
        "The history of household",
        "household.registered.v1",
        "household.member_joined.v1",
        "household.resurveyed.v1",
        "decided: kafaalat",
        "Derived again from the log",
        "Registered in household",
        "messages have reached the partner",
        "districts agree",
        "Try next",
    ):
        assert said in out, said


def test_it_names_the_formula_an_illustration_wherever_it_shows_who_is_eligible(played):
    sections = ("score <= 32", "By the published card", "The history of household", "rule: score <= 32")
    for section in sections:
        line = next(line for line in played[0].stdout.splitlines() if section in line)
        assert "an illustration: the agency's own formula is not published" in line


def test_nothing_it_prints_looks_like_a_number_of_the_citizen_register(played):
    for done in played:
        assert not NUMBER.search(done.stdout)


def test_its_objects_are_one_a_stage_and_count_up(stages):
    done, months = stages["done"], [stages[f"2022-{month:02d}"] for month in range(1, 13)]
    accepted, refused = sum(done["accepted"].values()), sum(each["number"] for each in done["refused"])

    assert done["unexpected"] == []
    assert accepted + refused + done["again"] == done["submissions"]
    assert stages["registered"]["households"] + sum(month["accepted"] for month in months) == accepted
    assert sum(month["refused"] for month in months) == refused
    assert done["households"] + done["merged"] == done["accepted"]["missed_out"] + done["accepted"]["split"]
    assert {name: done[name] for name in stages["counts"] if name != "stage"} == {
        name: value for name, value in stages["counts"].items() if name != "stage"
    }


def test_the_same_seed_gives_the_same_counts(played, stages):
    people = f"{stages['done']['households']:,} households with {stages['done']['people']:,} people"

    assert people in played[0].stdout


def test_a_flood_reaches_the_partner_while_it_is_declared_and_the_worklist_goes_down(played, stages):
    days = [json.loads(line) for line in played[1].stdout.splitlines() if "left_on_worklist" in line]
    live, left = stages["live"], [day["left_on_worklist"] for day in days]

    assert 0 < live["told"] - THE_SHOCK == live["listed"] < live["worklist"]
    assert left == sorted(left, reverse=True)
    assert live["worklist"] - sum(day["surveyed"] for day in days) == left[-1] == stages["reconciled"]["left"]
    assert f"{days[-1]['on_partner_list']} households" in stages["reconciled"]["said"]
    assert "agree" in stages["reconciled"]["said"]


def test_a_history_is_proved_and_an_altered_one_is_refused(played, stages):
    proved = stages["proved"]
    assert proved["sealed"] > stages["counts"]["events"]
    assert proved["decisions_derived_again"] > 1
    assert re.match(r"Line \d+: the inclusion proof", proved["altered"])


def test_the_explanation_was_derived_again(stages):
    assert stages["explanation"]["derived_again"] is True
    assert stages["explanation"]["now"]["illustration"] is True
    assert stages["explanation"]["household"] == stages["done"]["household"]


def test_its_home_holds_its_own_key_and_the_commands_it_names_work_there(stages, home):
    done = stages["done"]
    explained = run(
        home / "demo", "household", "explain", done["household"], "kafaalat", "--as-of", "2022-08-01", "--json"
    )

    assert done["home"] == str(home / "demo")
    assert (home / "demo" / "keys" / "master.key").exists()
    assert f"household explain {done['household']} kafaalat --as-of 2022-08-01" in done["next"][0]
    assert json.loads(explained.stdout)["now"]["score"] == "28"


def test_it_refuses_to_write_made_up_people_into_a_database_that_was_named(tmp_path):
    done = run(tmp_path, "demo", GHARANA_DATABASE_URL="postgresql://nowhere/registry")

    assert done.returncode == 1
    assert "GHARANA_DATABASE_URL names a database" in done.stderr
    assert not (tmp_path / "demo").exists()


def test_interrupted_it_says_that_its_registry_is_unfinished(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GHARANA_")}
    listening = ("env", "--default-signal=INT")  # what a shell starts in the background ignores interrupts
    with subprocess.Popen(
        [*listening, sys.executable, REPOSITORY / "bin" / "gharana", "demo", "--json"],
        env={**clean, "GHARANA_HOME": str(tmp_path)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as demo:
        assert demo.stdout is not None
        demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        _, err = demo.communicate(timeout=SECONDS_MAX)
    remove_home(tmp_path / "demo")
    assert demo.returncode == 130
    assert "unfinished: run `gharana demo` again" in err
    assert "Traceback" not in err


def test_it_deletes_no_folder_that_it_did_not_make(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("years of work")

    done = run(tmp_path, "demo")

    assert done.returncode == 1
    assert "was not made by the demo" in done.stderr
    assert (tmp_path / "demo" / "thesis.txt").read_text() == "years of work"
    assert not (tmp_path / "demo" / MARK).exists()
