"""The nation's benchmark takes a real journey: what it divides by what, and what it refuses."""

from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from adapters.bench import limits, nation
from adapters.bench.journey import Journey
from adapters.bench.nation import as_object, measure_nation, nation_hours
from adapters.faults import Refused
from domain.questionnaire.codes import Outcome
from tests.servers import remove_home

pytestmark = pytest.mark.alone

HOUSEHOLDS = 1_200


@contextmanager
def silent(_: str, __: int):
    yield lambda _: None


@pytest.fixture(scope="module")
def travelled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nation") / "bench"
    journey = Journey(folder, HOUSEHOLDS, seed=7, workers=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nation, "measure_log", _little_log)
        measured = nation._measured(journey, silent)
        with journey.opened() as registry:
            yield journey, registry, measured
    remove_home(folder / "registry")


def _little_log(dsn: str):
    from adapters.bench.log import measure_log

    return measure_log(dsn, runs=1, events=300, submissions=3)


@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_everybody_is_imported_decided_projected_and_rebuilt(travelled):
    journey, registry, measured = travelled
    (households,) = registry.rows("SELECT count(*) FROM households", {})[0]
    (assessed,) = registry.rows("SELECT count(*) FROM standing", {})[0]
    assert households == assessed == measured.stages["import"].amount == HOUSEHOLDS
    assert measured.stages["project"].amount <= registry.log.last_position()
    (flooded,) = registry.rows("SELECT count(*) FROM households WHERE place LIKE 'PK7%%'", {})[0]
    assert measured.stages["shock query"].amount == flooded > 0
    assert measured.sizes.tables["stored_events"] > 1_000 * HOUSEHOLDS
    assert all(stage.seconds > 0 for stage in measured.stages.values())
    assert journey.stages["import"].peak_mb > 100  # of three processes and a server


@pytest.mark.postgres
def test_whoever_of_the_flooded_awaits_verification_is_pending_and_not_eligible(travelled):
    _, registry, measured = travelled
    decided = "SELECT place, outcome FROM eligibility WHERE programme = 'kafaalat'"
    outcomes = [outcome for place, outcome in registry.rows(decided, {}) if place.startswith("PK7")]
    assert measured.flooded.eligible == outcomes.count(Outcome.ELIGIBLE)
    assert measured.flooded.living_there > measured.flooded.pending == outcomes.count(Outcome.PENDING) > 0
    assert measured.figures["flooded_households_living_there"] == measured.stages["shock query"].amount


@pytest.mark.postgres
def test_figures_are_amounts_by_seconds_and_hours_those_of_the_nation(travelled):
    _, _, measured = travelled
    brought = measured.stages["import"]
    assert measured.figures["import_households_per_s"] == HOUSEHOLDS / brought.seconds
    assert measured.figures["import_vs_copy"] == brought.rate / measured.figures["copy_households_per_s"]
    assert nation_hours(measured)["import"] == pytest.approx(35_645_850 / brought.rate / 3_600)
    wanted = {"import_households_per_s", "append_vs_copy", "live_events_per_s", "rebuild_events_per_s", "peak_mb"}
    assert wanted | {"bytes_per_household"} <= as_object(measured).keys()


@pytest.mark.postgres
def test_the_limit_copies_the_rows_of_the_import_into_tables_with_the_same_indexes(travelled):
    _, registry, _ = travelled
    with limits._slice(registry.dsn, 1_000) as batches, psycopg.connect(registry.dsn) as connection:
        limits._copy(registry.dsn, batches)
        for table, (columns, _) in limits.TABLES.items():
            copied = f"SELECT {columns} FROM bench_limit.{table}"
            assert connection.execute(copied).rowcount > 0
            assert connection.execute(f"{copied} EXCEPT SELECT {columns} FROM public.{table}").rowcount == 0
            assert indexes(connection, "bench_limit", table) == indexes(connection, "public", table)
        assert connection.execute("SELECT FROM bench_limit.household_keys").rowcount == 1_000
    assert registry.rows("SELECT to_regnamespace('bench_limit') IS NULL", {}) == [(True,)]


def indexes(connection: psycopg.Connection, schema: str, table: str) -> list[str]:
    found = connection.execute(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass", (f"{schema}.{table}",)
    )
    return sorted(definition.partition(" USING ")[2] for (definition,) in found)


def test_a_size_that_measures_nothing_is_refused(tmp_path: Path):
    with pytest.raises(Refused, match="ask for 10,000"):
        next(measure_nation(tmp_path / "new", [999, 9_999], 7, 2, silent))


def test_a_folder_that_exists_is_not_removed(tmp_path: Path):
    with pytest.raises(Refused, match="exists"):
        next(measure_nation(tmp_path, [10_000], 7, 2, silent))
    assert tmp_path.exists()
