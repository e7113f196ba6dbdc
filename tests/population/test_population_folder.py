"""The folder of a population: the same bytes for any number of workers, whole files only, and a run that goes on."""

import hashlib
import json
import os
import resource
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from adapters import team
from adapters.faults import Refused, WorldFailed
from adapters.population import generation
from adapters.population.folder import filling, find_part, purpose_of
from adapters.population.generation import HOUSEHOLDS_MAX, SEED_MAX, check_order, generate
from adapters.population.worker import Order

NUMBER, PARTS = 900, 300


def order(folder, *, seed=7, households=NUMBER, counted=False):
    return Order(households, seed, folder, counted, PARTS)


def bytes_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    generate(order(folder), workers=1)
    return bytes_of(folder)


def test_two_workers_write_the_same_bytes_as_one(tmp_path, undisturbed):
    generate(order(tmp_path / "two"), workers=2)

    assert bytes_of(tmp_path / "two") == undisturbed


def test_the_manifest_says_what_every_file_holds(undisturbed, tmp_path):
    manifest = json.loads(undisturbed["population.json"])
    files = [part[kind] for part in manifest["parts"] for kind in ("households", "people")]

    assert (manifest["format"], manifest["seed"], manifest["households"]) == ("gharana-population/1", 7, NUMBER)
    assert {each["file"] for each in files} | {"population.json"} == set(undisturbed)
    for each in files:
        assert hashlib.sha256(undisturbed[each["file"]]).hexdigest() == each["sha256"]
    assert sum(part["households"]["rows"] for part in manifest["parts"]) == NUMBER
    assert sum(part["people"]["rows"] for part in manifest["parts"]) == manifest["people"]
    (tmp_path / "one.parquet").write_bytes(undisturbed[files[0]["file"]])
    assert pq.ParquetFile(tmp_path / "one.parquet").metadata.num_rows == files[0]["rows"]


def test_a_run_that_was_broken_off_goes_on_to_the_same_bytes(tmp_path, undisturbed):
    def stop_after_one(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(order(tmp_path), workers=1, more=stop_after_one)
    left = bytes_of(tmp_path)
    (tmp_path / "people" / "part-00000.parquet.writing").write_bytes(b"half")
    generate(order(tmp_path), workers=1)

    assert "population.json" not in left
    assert bytes_of(tmp_path) == undisturbed


def test_the_beginnings_of_another_population_are_not_gone_on_with(tmp_path):
    with pytest.raises(KeyError), filling(tmp_path, purpose_of(7, NUMBER, PARTS)):
        raise KeyError

    with pytest.raises(Refused, match="holds the beginnings of 900 households with seed 7"):
        generate(order(tmp_path, seed=8), workers=1)


def test_a_folder_that_is_being_filled_is_left_alone(tmp_path):
    purpose = purpose_of(7, NUMBER, PARTS)
    with filling(tmp_path, purpose), pytest.raises(Refused, match="another run fills this folder"):
        generate(order(tmp_path), workers=1)


def test_a_folder_that_holds_anything_else_is_refused(tmp_path):
    (tmp_path / "letters.txt").write_text("dear all")

    with pytest.raises(Refused, match="is not empty"):
        generate(order(tmp_path), workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_finished_population_is_not_overwritten(tmp_path, undisturbed):
    (tmp_path / "population.json").write_bytes(undisturbed["population.json"])

    with pytest.raises(Refused, match="holds a finished population already"):
        generate(order(tmp_path), workers=1)


def test_a_disk_that_takes_no_more_leaves_no_half_file_and_the_run_can_go_on(tmp_path, undisturbed):
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))
    try:
        with pytest.raises(WorldFailed, match="cannot be written"):
            generate(order(tmp_path), workers=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert [name for name in bytes_of(tmp_path) if not name.endswith("unfinished.json")] == []
    generate(order(tmp_path), workers=1)

    assert bytes_of(tmp_path) == undisturbed


DAMAGE = {
    "empty": lambda _: b"",
    "something else": lambda _: b"not Parquet at all",
    "cut off": lambda whole: whole[:-100],
    "changed in the middle": lambda whole: whole[: len(whole) // 2] + bytes(200) + whole[len(whole) // 2 + 200 :],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_part_of_an_earlier_run_is_named_and_made_anew_once_it_is_removed(tmp_path, undisturbed, damage):
    def stop_after_one(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(order(tmp_path), workers=1, more=stop_after_one)
    path = tmp_path / "people" / "part-00000.parquet"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Refused, match=r"part-00000\.parquet is damaged .*remove this file, then run the same again"):
        generate(order(tmp_path), workers=1)
    path.unlink()
    generate(order(tmp_path), workers=1)

    assert bytes_of(tmp_path) == undisturbed


def test_a_part_of_an_earlier_run_that_the_disk_does_not_give_is_a_fault_of_the_world(tmp_path):
    (tmp_path / "people" / "part-00000.parquet").mkdir(parents=True)
    (tmp_path / "households" / "part-00000.parquet").mkdir(parents=True)
    with pytest.raises(WorldFailed, match=r"part-00000\.parquet: cannot be read \(Is a directory\)"):
        find_part(tmp_path, 0)


def test_a_part_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    synced = set()
    fsync, replace = os.fsync, Path.replace

    def noted(descriptor):
        synced.add(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    def checked(path, target):
        assert str(path) in synced
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(Path, "replace", checked)
    generate(order(tmp_path), workers=1)
    assert len(synced) == 2 * NUMBER // PARTS + 2  # both files of each part, what was begun, and the manifest


def test_a_worker_that_is_killed_ends_the_run_with_a_sentence_and_it_can_go_on(tmp_path, undisturbed, monkeypatch):
    def killing_one(workers, tasks, **more):
        workers[0].process.kill()
        workers[0].process.wait()
        return team.answers(workers, tasks, **more)

    monkeypatch.setattr(generation, "answers", killing_one)
    with pytest.raises(WorldFailed, match=r"of the population .* was killed by SIGKILL.*run the same again to go on"):
        generate(order(tmp_path), workers=2)
    monkeypatch.undo()
    generate(order(tmp_path), workers=2)

    assert bytes_of(tmp_path) == undisturbed


def test_counting_does_not_change_what_is_written(tmp_path, undisturbed):
    done = generate(order(tmp_path, counted=True), workers=1)

    assert done.tally.households.sum() == NUMBER
    assert bytes_of(tmp_path) == undisturbed


def test_a_run_that_goes_on_counts_the_parts_of_before_as_well(tmp_path):
    def stop_after_one(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(order(tmp_path), workers=1, more=stop_after_one)

    assert generate(order(tmp_path, counted=True), workers=1).tally.households.sum() == NUMBER


@pytest.mark.parametrize(
    ("households", "seed", "what"),
    [
        (0, 7, "--households 0"),
        (HOUSEHOLDS_MAX + 1, 7, "--households 40000001"),
        (10, -1, "--seed -1"),
        (10, SEED_MAX + 1, "--seed"),
    ],
)
def test_a_number_out_of_its_range_is_refused(households, seed, what):
    with pytest.raises(Refused, match=what):
        check_order(households, seed)
