"""Making an extract from a registry in Postgres: what it takes in, and what becomes of one that is interrupted."""

from datetime import date

import pytest

from adapters import team
from adapters.cards import compile_card
from adapters.extract import making
from adapters.extract.making import make_extract
from adapters.extract.manifest import read_manifest
from adapters.faults import Refused, WorldFailed
from adapters.followers.assessor import Assessor
from domain.questionnaire.codes import DecisionKind
from projections.changes import Put
from projections.reassessments import REASSESSMENTS, Reassessment
from tests.households import Clock, lone_woman, missed_out, postgres_registry

pytestmark = [pytest.mark.postgres]


@pytest.fixture
def registry(database, tmp_path):
    registry = postgres_registry(database, tmp_path, Clock())
    registry.desk.open_day()
    for number in range(5):
        woman = lone_woman(f"90000002{number:05}")
        registry.door.submit(missed_out(date(2022, 3, 1), woman, number=9_000 + number))
    assessor = Assessor(registry.log, registry.tables, compile_card, Clock())
    while assessor.step():
        pass
    yield registry
    registry.log.close()


def test_parts_hold_every_household_once(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(making, "HOUSEHOLDS_MAX", 2)
    manifest = make_extract(registry.log, tmp_path / "extract")
    assert [part.households.rows for part in manifest.parts] == [2, 2, 1]
    assert (manifest.households, manifest.people, manifest.merged) == (5, 5, 0)
    assert manifest.position == registry.log.checkpoint("assessor")
    assert read_manifest(tmp_path / "extract") == manifest


def test_a_worker_that_is_killed_leaves_the_older_extract_as_it_was(registry, tmp_path, monkeypatch):
    before = make_extract(registry.log, tmp_path / "extract")
    monkeypatch.setattr(making, "answers", killing_one)
    with pytest.raises(WorldFailed, match=r"was killed by SIGKILL\. The extract was not made; run it again"):
        make_extract(registry.log, tmp_path / "extract")
    assert read_manifest(tmp_path / "extract") == before
    assert not (tmp_path / "extract.making").exists()
    monkeypatch.undo()
    assert make_extract(registry.log, tmp_path / "extract").households == 5


def killing_one(workers, tasks):
    """Hand out the parts when one of the processes is dead."""
    workers[0].process.kill()
    workers[0].process.wait()
    return team.answers(workers, tasks)


def test_while_events_wait_to_be_assessed_an_extract_is_made_only_as_it_stands(registry, tmp_path):
    reached = registry.log.last_position()
    registry.door.submit(missed_out(date(2022, 3, 2), lone_woman("9000000300001"), number=9_100))
    with pytest.raises(
        Refused, match=rf"assessed up to {reached}: events that their standing lacks: 1.*run --until-caught-up"
    ):
        make_extract(registry.log, tmp_path / "extract")
    made = make_extract(registry.log, tmp_path / "extract", as_it_stands=True)
    assert (made.position, made.log_position, made.households) == (reached, reached + 1, 5)


def test_while_a_change_of_policy_is_under_way_there_is_no_extract(registry, tmp_path):
    unfinished = Put(REASSESSMENTS, (1,), Reassessment(1, DecisionKind.POLICY).row)
    with registry.log.transaction() as transaction:
        registry.tables.apply(transaction, [unfinished])
    with pytest.raises(Refused, match=r"run --until-caught-up"):
        make_extract(registry.log, tmp_path / "extract")
