"""The benchmark of the followers scores with the published card, and its made-up households can be scored by it."""

import psycopg
import pytest

from adapters import codec
from adapters.bench.followers import measure_live, measure_rebuild
from adapters.bench.peer import library_follows_per_s
from adapters.bench.population import Population, adoption
from adapters.cards import compile_card
from domain.household import state

pytestmark = pytest.mark.alone

HOUSEHOLDS = 400
SHARE_SCORED = 0.98


def test_nearly_all_made_up_households_are_scored_and_the_scores_are_spread_out():
    score = compile_card(adoption())
    scores = []
    for entries in Population().households(HOUSEHOLDS):
        household = None
        for entry in entries:
            household = state.evolve(household, codec.decode(entry.name, entry.state)[1])
        scores.append(score(household))
    scored = [each for each in scores if each is not None]
    assert len(scored) >= SHARE_SCORED * HOUSEHOLDS
    assert sum(each <= 32 for each in scored) > HOUSEHOLDS / 20
    assert len(set(scored)) > HOUSEHOLDS / 10


@pytest.mark.postgres
def test_the_followers_and_the_library_take_in_logs_of_which_nothing_is_left(postgres_dsn: str):
    measured = measure_live(postgres_dsn, runs=2, households=30)
    assert [len(measured.projector), len(measured.assessor), len(measured.library)] == [2, 2, 2]
    assert all(pace.events_per_s > 0 for pace in (*measured.projector, *measured.assessor))
    assert _databases(postgres_dsn) == []


@pytest.mark.postgres
def test_a_rebuild_is_measured_both_ways_beside_the_reading_of_the_same_rows(postgres_dsn: str, monkeypatch):
    monkeypatch.setattr("adapters.postgres.rebuilding.RANGE_EVENTS", 20)
    measured = measure_rebuild(postgres_dsn, runs=1, households=40)
    assert measured.reading[0] > 0
    assert measured.to_compare[0].events_per_s > 0
    assert measured.for_good[0].cpu_us > 0
    assert _databases(postgres_dsn) == []


@pytest.mark.postgres
def test_the_library_has_a_row_for_each_household_it_followed(database: str):
    registrations = [history[0] for history in Population().households(7)]
    assert library_follows_per_s(database, registrations) > 0
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT household_id, members FROM library.sizes").fetchall()
    sizes = [len(codec.decode(entry.name, entry.state)[1].survey.roster) for entry in registrations]
    assert sorted(members for _, members in rows) == sorted(sizes)


def _databases(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'bench_followers%'")
        return [name for (name,) in found]
