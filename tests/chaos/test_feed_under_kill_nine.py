"""Submissions and two shocks go through while every process and server on the way to a partner is killed at random."""

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random

import pytest

from adapters.submissions.sealing import Sealer
from tests.chaos.feed_accounts import (
    Journal,
    check_feed,
    check_lists,
    check_posted,
    check_submissions,
    is_through,
    journal,
)
from tests.chaos.feed_submissions import submissions
from tests.chaos.feed_workers import faults
from tests.chaos.feed_world import RUNS, World, processes, world

pytestmark = [pytest.mark.alone, pytest.mark.postgres, pytest.mark.nats]

GOES_ON_SECONDS_MAX = 240
"""A batch of submissions gets through in this time, whatever was just killed."""
THROUGH_SECONDS_MAX = 240
LOOK_SECONDS = 0.1

Blow = Callable[[World], None]
WORKERS = ("assessor", "projector", "feeder", "publisher", "webhooks")
KILLS: dict[str, Blow] = {
    **{name: partial(World.kill_worker, name=name) for name in WORKERS},
    "supervisor": World.kill_supervisor,
    "subscriber": lambda world: world.kill("subscriber"),
    "partner": lambda world: world.kill("partner"),
    "door": lambda world: world.kill("door"),
    "Postgres": World.kill_postgres,
    "NATS": World.kill_nats,
}
SHORT: tuple[Blow, ...] = (*KILLS.values(), World.cut, World.cut, World.jump, World.fill_the_stream)
LONG: tuple[Blow, ...] = (
    *(KILLS[name] for name in (*WORKERS, "supervisor") for _ in range(5)),
    *(KILLS[name] for name in ("subscriber", "partner", "Postgres", "NATS") for _ in range(8)),
    *(KILLS["door"] for _ in range(4)),
    *[World.cut] * 12,
    *[World.jump] * 5,
    *[World.fill_the_stream] * 2,
    *[World.freeze] * 3,
)
LONG_WITH_THREE: tuple[Blow, ...] = (*LONG, *[World.kill_leader_of_nats] * 4)
POLICIES: tuple[tuple[float, Blow], ...] = (
    (0.35, lambda world: world.declare("flood-fixed", "PK201", "flood_relief")),
    (0.5, lambda world: world.declare("flood-poorest", "PK602", "flood_relief_poorest")),
    (0.7, lambda world: world.lift("flood-fixed")),
    (0.85, lambda world: world.revoke("flood-poorest")),
)
"""After which part of the submissions which is told: two shocks, of which one is lifted and one was wrong."""


def survive(number: int, seed: int, blows: Sequence[Blow], per_second: float, replicas: int = 1) -> str:
    """Let everything happen, let it come to rest, hold all against all, and say it in a line."""
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="gharana-chaos-"))
    try:
        with world(folder, seed, replicas) as made:
            made.begin(processes(folder, made.nats, number, seed, per_second))
            _befall(made, number, _schedule(seed, blows))
            found, decisions, listed = _account(made, number, seed)
            said = f"seed {seed}: {number:,} submissions, {decisions:,} decisions, {listed:,} on lists, 2 shocks; "
            line = f"{said}{_told(made, found)}; {time.monotonic() - begun:.0f} s"
            assert (found.missing, found.doubled, found.out_of_order) == (0, 0, 0), line
            unmet = [name for name, blow in KILLS.items() if blow in blows and not made.killed[name]]
            assert unmet == [], line
            assert World.fill_the_stream not in blows or made.befell["full streams"], line
            told = [fault for name in RUNS for fault in faults(made.log_of(name))]
            assert told == [], "\n".join([line, *told])
            return line
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _schedule(seed: int, blows: Sequence[Blow]) -> list[tuple[float, Blow]]:
    draw = Random(seed)
    drawn = [(draw.uniform(0.05, 0.9), blow) for blow in blows]
    return sorted([*drawn, *POLICIES], key=lambda one: one[0])


def _befall(made: World, number: int, schedule: list[tuple[float, Blow]]) -> None:
    for part, blow in [*schedule, (1.0, lambda _: None)]:
        give_up_at = time.monotonic() + GOES_ON_SECONDS_MAX
        before = made.answered
        while made.answered < part * number:
            made.watch()
            assert time.monotonic() < give_up_at or made.answered > before, "nothing gets through"
            time.sleep(LOOK_SECONDS)
        time.sleep(made.draw.uniform(0, 0.3))
        blow(made)


def _account(made: World, number: int, seed: int) -> tuple[Journal, int, int]:
    give_up_at = time.monotonic() + THROUGH_SECONDS_MAX
    with made.registry() as registry:
        while not is_through(made, registry) and time.monotonic() < give_up_at:
            made.watch()
            time.sleep(LOOK_SECONDS)
        codes = made.end()
        assert set(codes.values()) == {0}, {name: made.log_of(name)[-4_000:] for name in codes}
        found = journal(made, registry)
        if found.missing or found.doubled:
            return found, 0, 0
        sent = [one.submission_id for one in submissions(number, seed, Sealer(registry.keyring))]
        decisions = check_submissions(made, registry, sent)
        check_feed(registry)
        again = check_posted(made, registry)
        assert again <= sum(made.killed.values()) + sum(made.befell.values()), "posted again without a reason"
        return found, decisions, check_lists(made, registry)


def _told(made: World, found: Journal) -> str:
    restarts = sum(made.killed[name] for name in ("Postgres", "NATS", "leader of NATS"))
    ended = _counted(Counter(name for name, _ in made.ended))
    again, early = (found.seen.get(what, 0) for what in ("again", "early"))
    return (
        f"killed {_counted(made.killed)}; servers started again {restarts}; {_counted(made.befell)}; "
        f"ended by themselves {ended}; came again {again}, early {early}; "
        f"missing {found.missing}, doubled {found.doubled}, out of order {found.out_of_order}"
    )


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "nothing"


@pytest.mark.timeout(600)
def test_one_kill_of_each_loses_nothing_doubles_nothing_and_disorders_nothing():
    print(survive(1_000, seed=20261125, blows=SHORT, per_second=150))  # noqa: T201 - the account of the run


@pytest.mark.timeout(600)
def test_a_cluster_that_loses_a_server_and_then_its_leader_loses_nothing_either():
    blows = World.kill_nats, World.kill_leader_of_nats
    print(survive(300, seed=20261126, blows=blows, per_second=100, replicas=3))  # noqa: T201


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("replicas", [1, 3])
def test_fifty_kills_lose_nothing_double_nothing_and_disorder_nothing(
    replicas: int, capsys: pytest.CaptureFixture[str]
):
    seed = int(os.environ.get("GHARANA_CHAOS_SEED") or Random().randrange(10**6))
    number = int(os.environ.get("GHARANA_CHAOS_SUBMISSIONS") or 50_000)
    with capsys.disabled():
        print(f"\nseed {seed}, {replicas} NATS", flush=True)  # noqa: T201 - also where it does not come to its end
        blows = LONG if replicas == 1 else LONG_WITH_THREE
        print(survive(number, seed, blows, per_second=200, replicas=replicas), flush=True)  # noqa: T201
