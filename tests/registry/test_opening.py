"""Opening a registry whose database goes away between two steps of it."""

from datetime import UTC, datetime

import pytest

from adapters.faults import WorldFailed
from adapters.registry.opening import _fitting_keyring

NOBODY_LISTENS = "postgresql://nobody@127.0.0.1:1/registry?connect_timeout=2"


def test_a_database_that_went_away_is_a_fault_of_the_world_and_makes_no_key(tmp_path):
    with pytest.raises(WorldFailed, match="Postgres did not answer"):
        _fitting_keyring(NOBODY_LISTENS, tmp_path / "master.key", datetime(2026, 1, 1, tzinfo=UTC))
    assert list(tmp_path.iterdir()) == []
