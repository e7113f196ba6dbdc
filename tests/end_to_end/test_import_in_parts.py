"""A survey in folders of parts, brought to the door by several processes: the same as one pair of files."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from adapters.embedded.postgres import postgres_server
from adapters.home import REPOSITORY
from tests.end_to_end.command_line import CommandLine, Said
from tests.servers import remove_home
from tests.surveys.made_up_survey import AMINA, MAPPING, family, house, put

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

PARTS, HOUSEHOLDS_A_PART = 3, 40
WORKER_SECONDS_MAX = 30


class Registry(NamedTuple):
    home: Path
    dsn: str


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    home = tmp_path_factory.mktemp("parts")
    with postgres_server(home) as dsn:
        yield Registry(home, dsn)
    remove_home(home)


@pytest.fixture
def gharana(registry: Registry) -> CommandLine:
    return CommandLine(registry.home)


def survey(folder: Path, first: int, households: int = HOUSEHOLDS_A_PART) -> list[Path]:
    """Folders of parts; in each part one household has two heads."""
    homes, people = folder / "homes", folder / "people"
    for path in (homes, people):
        path.mkdir()
    for part in range(PARTS):
        numbers = range(first + part * households, first + (part + 1) * households)
        two_heads = AMINA | {"no": str(numbers[0]), "line": "2", "name": "Zahra"}
        everybody = [person for number in numbers for person in family(number)]
        everybody[1] = two_heads
        put(homes / f"part-{part}.csv", [house(number) for number in numbers])
        put(people / f"part-{part}.csv", everybody)
    (folder / "village.toml").write_text(MAPPING)
    return [homes, people, folder / "village.toml"]


def bring(gharana: CommandLine, files: list[Path], *options: object) -> Said:
    homes, people, mapping = files
    return gharana("import", homes, people, "--mapping", mapping, "--json", *options)


def test_every_part_is_accounted_for_and_twice_adds_nothing(gharana: CommandLine, tmp_path: Path):
    files, rejects = survey(tmp_path, first=1_000), tmp_path / "rejects.ndjson"
    counts = bring(gharana, files, "--workers", 2, "--rejects", rejects).object
    wanted = PARTS * HOUSEHOLDS_A_PART
    assert (counts["read"], counts["registered"], counts["refused"]) == (wanted, wanted - PARTS, PARTS)
    assert counts["people"] == counts["people_registered"] + counts["people_refused"] == 2 * wanted
    assert counts["reasons"]["heads_several"] == PARTS
    refused = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [row["key"] for row in refused] == ["1/1000", "1/1040", "1/1080"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    again = bring(gharana, files, "--workers", 2).object
    assert (again["registered"], again["already"], again["refused"]) == (0, wanted - PARTS, PARTS)


def test_a_damaged_part_is_refused_before_anything_is_registered(gharana: CommandLine, tmp_path: Path):
    files = survey(tmp_path, first=2_000)
    put(files[0] / "part-2.csv", [{key: text for key, text in house(1).items() if key != "roof"}])
    said = bring(gharana, files)
    assert said.code == 1
    assert "part-2.csv" in said.object["error"]
    assert "roof" in said.object["error"]
    counts = bring(gharana, [files[0] / "part-0.csv", files[1] / "part-0.csv", files[2]]).object
    assert counts["already"] == 0


def test_a_survey_cut_through_a_household_is_refused_and_changes_nothing(gharana: CommandLine, tmp_path: Path):
    files = survey(tmp_path, first=2_200)
    everybody = [person for number in range(2_240, 2_280) for person in family(number)]
    put(files[1] / "part-1.csv", everybody[:-1])
    put(files[1] / "part-2.csv", [everybody[-1], *(one for n in range(2_280, 2_320) for one in family(n))])
    said = bring(gharana, files)
    assert said.code == 1
    assert said.object["error"].startswith(
        "Rows of the household with the key 1/2279 stand in both part-1.csv and part-2.csv: sort the survey"
    )
    put(files[0] / "part-2.csv", [house(number) for number in range(2_279, 2_320)])
    assert bring(gharana, files).object["error"] == said.object["error"]
    whole = bring(gharana, [files[0] / "part-0.csv", files[1] / "part-0.csv", files[2]]).object
    assert whole["already"] == 0


def test_parts_that_share_a_range_of_keys_are_imported_where_every_household_is_whole(
    gharana: CommandLine, tmp_path: Path
):
    files = survey(tmp_path, first=2_400)
    for part, numbers in enumerate((range(2_400, 2_440, 2), range(2_401, 2_441, 2), range(2_500, 2_510))):
        put(files[0] / f"part-{part}.csv", [house(number) for number in numbers])
        put(files[1] / f"part-{part}.csv", [one for number in (*numbers, part) for one in family(number)])
    put(files[0] / "part-2.csv", [house(2_500), house(2_501) | {"number": ""}])
    put(files[1] / "part-0.csv", [*family(2_400), *family(2_402), AMINA | {"no": ""}])
    counts = bring(gharana, files).object
    assert (counts["registered"], counts["refused"], counts["people_refused"]) == (23, 19, 23)


def test_rejects_left_by_a_killed_import_are_not_told_again(gharana: CommandLine, tmp_path: Path):
    files, rejects = survey(tmp_path, first=2_600), tmp_path / "rejects.ndjson"
    (tmp_path / ".rejects.ndjson.00001").write_text('{"key": "1/1"}\n')
    bring(gharana, files, "--rejects", rejects)
    assert [json.loads(line)["key"] for line in rejects.read_text().splitlines()] == ["1/2600", "1/2640", "1/2680"]


@pytest.mark.parametrize("lacks", ["homes", "people"])
def test_a_part_without_its_counterpart_is_refused_by_name(gharana: CommandLine, tmp_path: Path, lacks: str):
    files = survey(tmp_path, first=3_000)
    (tmp_path / lacks / "part-1.csv").unlink()
    said = bring(gharana, files)
    assert said.code == 1
    assert said.object["error"].startswith(f"{tmp_path / lacks} lacks part-1.csv")


def test_a_folder_and_a_file_do_not_make_a_survey(gharana: CommandLine, tmp_path: Path):
    homes, people, mapping = survey(tmp_path, first=4_000)
    said = bring(gharana, [homes, people / "part-0.csv", mapping])
    assert said.code == 1
    assert "name two files, or two folders of parts" in said.object["error"]


def test_a_killed_process_ends_the_import_with_a_sentence_and_the_same_again_completes_it(
    gharana: CommandLine, registry: Registry, tmp_path: Path
):
    files = survey(tmp_path, first=10_000, households=2_000)
    before = submissions(registry.dsn)
    command = [sys.executable, REPOSITORY / "bin" / "gharana", "import", *files[:2], "--mapping", files[2], "--json"]
    process = subprocess.Popen([*map(str, command), "--workers", "2"], env=gharana.environ(), stdout=subprocess.PIPE)
    wait_for_a_submission_after(registry.dsn, before)
    os.kill(worker_of(process.pid), signal.SIGKILL)
    out, _ = process.communicate(timeout=WORKER_SECONDS_MAX)
    assert process.returncode == 3
    assert "was killed by SIGKILL. What was registered stays so; run the same import again." in json.loads(out)["error"]
    counts = bring(gharana, files, "--workers", 2).object
    assert counts["registered"] + counts["already"] == PARTS * 2_000 - PARTS
    assert counts["registered"] > 0
    assert counts["already"] > 0
    assert counts["refused"] == PARTS


def submissions(dsn: str) -> int:
    with psycopg.connect(dsn) as database:
        if database.execute("SELECT to_regclass('submissions')").fetchone() == (None,):
            return 0
        return int(database.execute("SELECT count(*) FROM submissions").fetchone()[0])


def wait_for_a_submission_after(dsn: str, before: int) -> None:
    give_up_at = time.monotonic() + WORKER_SECONDS_MAX
    while submissions(dsn) == before:
        assert time.monotonic() < give_up_at, "the import registered nothing"
        time.sleep(0.01)


def worker_of(leader: int) -> int:
    """One of the processes that an import has started."""
    give_up_at = time.monotonic() + WORKER_SECONDS_MAX
    while time.monotonic() < give_up_at:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "stat").read_text().rpartition(")")[2].split()
                if int(words[1]) == leader and b"import_worker" in (process / "cmdline").read_bytes():
                    return int(process.name)
            except (FileNotFoundError, ProcessLookupError):
                continue
        time.sleep(0.01)
    raise AssertionError("the import started no process")
