"""docs/operations.md names every figure, every event of the journal, every state and every worker, and no others."""

import re
from datetime import UTC, datetime

import pytest

from adapters.home import REPOSITORY
from adapters.supervision.condition import State
from adapters.supervision.records import WorkerRecord
from adapters.supervision.workers import WORKERS
from adapters.watching import metrics
from adapters.watching.lag import Course, Distance
from adapters.watching.status import ELSEWHERE, NOT_RUNNING

PAGE = (REPOSITORY / "docs" / "operations.md").read_text()
SUPERVISION = REPOSITORY / "adapters" / "supervision"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def first_cells(heading):
    """The words in the first column of the table under a heading."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def test_every_figure_is_documented_and_no_other(monkeypatch, tmp_path):
    record = WorkerRecord("feeder", 1, 0, State.WORKING, NOW, "Works.")
    course = Course(1, 1, 1, None, [Distance("feeder", 1, 1)], {}, None)
    monkeypatch.setattr(metrics, "read_records", lambda _: [record])
    monkeypatch.setattr(metrics.Figures, "_find_course", lambda _: course)
    samples = [sample for family in metrics.Figures({}).collect() for sample in family.samples]
    assert {sample.name for sample in samples} == first_cells("Figures")


def test_every_event_of_the_journal_is_documented_and_no_other():
    code = "".join(path.read_text() for path in SUPERVISION.glob("*.py"))
    told = set(re.findall(r'ournal\.(?:info|warning|error)\(\s*"(\w+)"', code)) | {"notice"}
    of_conditions = {state.replace(" ", "_") for state in (State.WORKING, State.STANDING_BY, State.WAITING)}
    assert told | of_conditions == first_cells("The journal")


def test_every_state_is_documented_and_no_other():
    assert first_cells("`bin/gharana status`") == {*map(str, State), ELSEWHERE, NOT_RUNNING}


@pytest.mark.parametrize("worker", [*WORKERS, metrics.METRICS])
def test_every_worker_is_documented(worker):
    assert worker in first_cells("`bin/gharana run`")
