"""The shock loop over a made-up nation: from the commit of a declaration until the stream holds the last decision.

It is gone through twice, over places that have nothing in common: once stage by stage, so that each stage's processor
time is seen, and once with `run` as in production, which gives the seconds.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from adapters.bench.journey import BY, IN_FORCE_FROM, PROGRAMME, WINDOW_DAYS, Journey
from adapters.bench.processor import spending
from adapters.cards import compile_card
from adapters.documents.programme import find_programme_file, load_programme
from adapters.embedded.layout import Layout, NatsLayout
from adapters.faults import WorldFailed
from adapters.followers.assessing import ASSESSOR
from adapters.followers.assessor import Assessor
from adapters.followers.feeder import FEEDER, Feeder, sender_of
from adapters.followers.projector import PROJECTOR, Projector
from adapters.followers.run import Follower, run
from adapters.garbage import without_collecting
from adapters.nats.line import NotDone, open_line
from adapters.nats.relay import Relay
from adapters.nats.stream import STREAM
from adapters.postgres.moment import Ask, moment
from adapters.postgres.outgoing import PostgresOutgoing
from adapters.registry.opening import Registry
from adapters.registry.programme_file import open_programme
from adapters.shocks.previewing import count_at_most
from adapters.shocks.thresholds import find_thresholds, settled_position
from domain.agreement import MakeAgreement
from domain.questionnaire.codes import Hazard, Outcome
from domain.relief import ReliefThresholds
from domain.shock import Notified, ShockProposed
from domain.shock_rules import ApproveShock, DeclareShock

RELIEF = "flood_relief_poorest"
PARTNER = "bench-relief"
APPROVER = "bench-approver"
BY_STAGES, AS_IN_PRODUCTION = ("PK7",), ("PK1", "PK2", "PK3", "PK4", "PK5", "PK6")
"""Sindh, where most of those paid in 2022 lived; and all the rest, which is most of the nation."""
DECISIONS_OF_2022 = 2_700_000
"""Families that were paid (study of the programme, socialscienceregistry.org/trials/12147)."""
WAIT_SECONDS_MAX = 3_600.0
LOOK_SECONDS = 0.05
START_SECONDS = 5.0
"""What the programs are given to start, connect and look."""
END_SECONDS_MAX = 30.0


class StageCost(msgspec.Struct, frozen=True):
    """What one stage took: decisions, seconds, and seconds of processor by who took them."""

    decisions: int
    seconds: float
    processor: dict[str, float]

    @property
    def us_each(self) -> float:
        """Microseconds of processor for each decision, of everybody together."""
        return sum(self.processor.values()) / max(1, self.decisions) * 1e6


class Looped(msgspec.Struct, frozen=True):
    """One declaration until its last decision was in the stream; struck households, decisions, and seconds."""

    struck: int
    decisions: int
    seconds: float


def set_up(journey: Journey, registry: Registry, report: Callable[[int], None]) -> None:
    """Import and decide the nation, and agree with a partner on relief and on the programme of every day."""
    journey.set_policies(registry)
    open_programme(registry, load_programme(find_programme_file(RELIEF)), IN_FORCE_FROM, BY)
    journey.bring_in(registry, report)
    for programme in (RELIEF, PROGRAMME):
        made = MakeAgreement(registry.today(), PARTNER, programme, "Relief", "desk@relief.example", "letter 1")
        registry.desk.agreement(made, BY)


def catch_up(registry: Registry) -> None:
    """Bring every follower to the end of the log."""
    with without_collecting():
        run(registry.log, _followers(registry), until_caught_up=True)


def _followers(registry: Registry) -> list[Follower]:
    log, tables = registry.log, registry.tables
    assessor = Assessor(log, tables, compile_card, registry.clock)
    return [assessor, Projector(log, tables), Feeder(log, tables, sender_of(registry.keyring))]


def declare(registry: Registry, name: str, places: Sequence[str], settle: Callable[[], object]) -> float:
    """Declare a flood whose relief goes to the poorest of each tehsil; returns when that was committed.

    Over as many households as these, one person proposes and another approves; in between `settle` lets the followers
    come to the end of the log.
    """
    today = registry.today()
    notified = Notified(today, tuple(places))
    with moment(registry.dsn) as ask:
        households = count_at_most(ask, registry.log, notified)
        thresholds, position = _thresholds(registry, ask, notified)
    command = DeclareShock(
        shock=name,
        hazard=Hazard.FLOOD,
        on=today,
        impact_on=today,
        places=tuple(places),
        resurvey_from=today,
        resurvey_until=today + timedelta(days=WINDOW_DAYS),
        authority=BY,
        households=households,
        relief_programmes=(RELIEF,),
        thresholds=thresholds,
        snapshot_position=position,
        by=BY,
    )
    events = registry.desk.shock(command, BY)
    if any(isinstance(event, ShockProposed) for event in events):
        settle()
        with moment(registry.dsn) as ask:
            thresholds, position = _thresholds(registry, ask, notified)
        approval = ApproveShock(name, today, APPROVER, thresholds, position)
        registry.desk.shock(approval, APPROVER)
    return time.time()


def _thresholds(registry: Registry, ask: Ask, notified: Notified) -> tuple[tuple[ReliefThresholds, ...], int]:
    position, today = settled_position(ask, registry.log), registry.today()
    policies = registry.reader.policies()
    shares = {RELIEF: policies.find_shares(today)[RELIEF]}
    return find_thresholds(ask, (notified,), policies.find_current_card(today), shares), position


def loop_by_stages(registry: Registry, home: Path, url: str) -> dict[str, StageCost]:
    """Go through the loop one stage after another: assess, feed, publish, and project, which may come after."""
    followers = _followers(registry)
    declare(registry, "bench-stages", BY_STAGES, lambda: run(registry.log, followers, until_caught_up=True))
    before = registry.log.last_position()
    assessor, projector, feeder = followers
    costs: dict[str, StageCost] = {}
    with closing(PostgresOutgoing(registry.dsn)) as outgoing, closing(Relay(outgoing, lambda: open_line(url))) as relay:
        relay.pass_on()
        steps: list[tuple[str, Callable[[], object]]] = [
            ("assess", lambda: run(registry.log, [assessor], until_caught_up=True)),
            ("feed", lambda: run(registry.log, [feeder], until_caught_up=True)),
            ("publish", relay.pass_on),
            ("project", lambda: run(registry.log, [projector], until_caught_up=True)),
        ]
        families = {"ours": os.getpid(), "postgres": _postgres(home), "nats": _nats(home)}
        for name, step in steps:
            with without_collecting(), spending(families) as spent:
                began = time.monotonic()
                step()
                seconds = time.monotonic() - began
            costs[name] = StageCost(registry.log.last_position() - before, seconds, spent.seconds)
    return costs


def loop_as_in_production(registry: Registry, url: str) -> Looped:
    """Declare while `run` is under way, and wait for the last decision in the stream."""
    told = end_of_feed(registry)
    committed = declare(
        registry,
        "bench-production",
        AS_IN_PRODUCTION,
        lambda: wait_until(lambda: _is_settled(registry), "The proposal of the shock was not taken in in time."),
    )
    position = registry.log.last_position()
    wait_until(lambda: _is_told(registry, position), "The decisions of the shock were not told in time.")
    wait_until(lambda: is_published(registry, url), "The decisions of the shock were not published in time.")
    with open_line(url) as line:
        last_at = msgspec.convert(line.ask(f"STREAM.INFO.{STREAM}")["state"]["last_ts"], datetime)
    wait_until(lambda: _is_projected(registry), "The decisions of the shock were not projected in time.")
    ((struck,),) = registry.rows(_LIVING_IN, {"regions": list(AS_IN_PRODUCTION)})
    decisions = end_of_feed(registry) - told - 1  # the declaration itself is told, too
    return Looped(struck, decisions, last_at.timestamp() - committed)


def wait_until(is_so: Callable[[], bool], sentence: str) -> None:
    """Look until something is so. Raises WorldFailed with the sentence when it takes too long."""
    give_up_at = time.monotonic() + WAIT_SECONDS_MAX
    while not is_so():
        if time.monotonic() > give_up_at:
            raise WorldFailed(sentence)
        time.sleep(LOOK_SECONDS)


def end_of_feed(registry: Registry) -> int:
    """How many rows the feed of relief holds."""
    rows = registry.rows(_END_OF_FEED, {"partner": PARTNER, "programme": RELIEF})
    return int(rows[0][0]) if rows else 0


def end_of_stream(url: str) -> int:
    """How many messages the stream holds; none where it was never made."""
    try:
        with open_line(url) as line:
            return int(line.ask(f"STREAM.INFO.{STREAM}")["state"]["last_seq"])
    except NotDone:
        return 0


def is_published(registry: Registry, url: str) -> bool:
    """Whether the stream holds everything that the feeds do."""
    return end_of_stream(url) == int(registry.rows(_FEED_POSITION, {})[0][0])


def _is_told(registry: Registry, position: int) -> bool:
    """Whether the re-assessment at a position is done, and the feeder at the end of what it decided."""
    ((told,),) = registry.rows(_IS_TOLD, {"position": position, "feeder": FEEDER})
    return bool(told)


def _is_projected(registry: Registry) -> bool:
    return registry.log.checkpoint(PROJECTOR) == registry.log.last_position()


def _is_settled(registry: Registry) -> bool:
    return _is_projected(registry) and registry.log.checkpoint(ASSESSOR) == registry.log.last_position()


def pending(registry: Registry, households: int) -> list[UUID]:
    """So many households at most that await verification for the programme of every day."""
    rows = registry.rows(_PENDING, {"programme": PROGRAMME, "pending": int(Outcome.PENDING), "limit": households})
    return [row[0] for row in rows]


@contextmanager
def in_production(journey: Journey) -> Iterator[None]:
    """Let `run` work as a process of its own, with all its workers, as it does in production."""
    environment = {**os.environ, **journey.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "adapters.cli.main", "run"]
    with (journey.folder / "production.log").open("wb") as said:
        running = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        try:
            time.sleep(START_SECONDS)
            yield
            if running.poll() is not None:
                raise WorldFailed(f"`run` ended by itself, with code {running.returncode}: see {said.name}.")
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(END_SECONDS_MAX)


def _postgres(home: Path) -> int:
    return int((Layout(home).data / "postmaster.pid").read_text().split()[0])


def _nats(home: Path) -> int:
    (ports,) = NatsLayout(home.resolve()).ports_folder.glob("*.ports")
    return int(ports.stem.rpartition("_")[2])


_END_OF_FEED = "SELECT sequence FROM feed_ends WHERE partner = %(partner)s AND programme = %(programme)s"
_FEED_POSITION = "SELECT coalesce(max(feed_position), 0) FROM feed"
_LIVING_IN = "SELECT count(*) FROM households WHERE left(place, 3) = ANY(%(regions)s) AND merged_into IS NULL"
_IS_TOLD = """
    SELECT EXISTS (SELECT FROM reassessments WHERE policy_position = %(position)s AND done)
        AND (SELECT max(notification_id) FROM stored_events)
            = (SELECT notification_id FROM checkpoints WHERE application_name = %(feeder)s)"""
_PENDING = """
    SELECT household_id FROM eligibility WHERE programme = %(programme)s AND outcome = %(pending)s
    ORDER BY household_id LIMIT %(limit)s"""
