"""What the benchmark of seals measures: every event sealed, evidence with decisions, a sealer at work meanwhile."""

import pytest

from adapters.bench.log import Turns
from adapters.bench.seal import LONG_EVENTS, SealRuns, measure_seal


@pytest.mark.postgres
@pytest.mark.alone
def test_a_small_registry_is_sealed_proved_and_submitted_to(postgres_dsn: str):
    measured = measure_seal(postgres_dsn, households=300, runs=1, submissions=20)
    assert measured.events > 300 * 3
    assert measured.bundle_events > LONG_EVENTS, "decisions are derived again, too"
    figures = dict(measured.figures)
    assert len(figures.pop("submission_slowdown")) == 1
    assert all(value > 0 for values in figures.values() for value in values)


def test_a_slowdown_is_how_much_longer_submissions_take_beside_a_sealer():
    measured = SealRuns(1, [1.0], [1.0], [1.0], [1.0], 20, [1.0], [1.0], Turns([2.0, 4.0], [2.1, 3.8]))
    assert measured.figures["submission_slowdown"] == pytest.approx([0.05, -0.05])
