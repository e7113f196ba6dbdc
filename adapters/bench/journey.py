"""The journey of a made-up nation: generated, imported, decided, projected, rebuilt, and hit by a flood."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import psycopg

from adapters.bench.memory import watched
from adapters.cards import compile_card
from adapters.documents.mapping import find_mapping, load_mapping
from adapters.documents.programme import find_programme_file, load_programme
from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.embedded.layout import Layout
from adapters.extract.making import make_extract
from adapters.faults import WorldFailed
from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.garbage import without_collecting
from adapters.population.frame import PART_HOUSEHOLDS
from adapters.population.generation import generate
from adapters.population.worker import Order
from adapters.postgres.log import PostgresLog
from adapters.postgres.rebuilding import rebuild
from adapters.registry.import_team import import_parts
from adapters.registry.import_worker import Assignment
from adapters.registry.importing import Rejects
from adapters.registry.opening import Registry, open_registry
from adapters.registry.programme_file import open_programme
from adapters.simulation.engines import DUCKDB, open_engine
from adapters.simulation.opened import OpenExtract
from adapters.simulation.simulation import Question, cutoff_of, simulate
from adapters.surveys.parts import parts_of
from domain.questionnaire.codes import Hazard, Outcome
from domain.scorecard.canonical import decode_card
from domain.shock_rules import ApproveShock, DeclareShock
from projections.households import HOUSEHOLDS

BY, SECOND = "bench", "second of the bench"
CARD, PROGRAMME, MAPPING = "pakistan_schreiner_2009", "kafaalat", "population"
IN_FORCE_FROM = date(2014, 1, 1)
FLOODED = ("PK7",)
"""Sindh: 1,613,673 of the 2,316,453 families paid by 30 September 2022 lived there (BISP through UrduPoint)."""
WINDOW_DAYS = 365
PARTS_A_WORKER = 4
"""Parts are made small enough that every worker has several, and none waits long for another in the end."""

CUTOFF_RAISED_BY = 5

Report = Callable[[int], None]


class Stage(NamedTuple):
    """What one stage did: so much of a thing, in so many seconds, with so much memory at the most."""

    name: str
    amount: int
    unit: str
    seconds: float
    peak_mb: float

    @property
    def rate(self) -> float:
        """How much a second."""
        return self.amount / max(self.seconds, 1e-9)


class Flooded(NamedTuple):
    """Households where the flood struck; those eligible for Kafaalat, and those who would be once verified.

    A made-up nation is verified by nobody, so that all who are poor enough are pending and none is eligible.
    """

    living_there: int
    eligible: int
    pending: int


class Journey:
    """A registry in a folder of its own, and the stages it has gone through."""

    def __init__(self, folder: Path, households: int, seed: int, workers: int) -> None:
        self.folder, self.households, self.seed, self.workers = folder, households, seed, workers
        self.stages: dict[str, Stage] = {}
        self.flooded = Flooded(0, 0, 0)
        self.files = folder / "population"
        self.environ = {"GHARANA_HOME": str(folder / "registry")}

    @contextmanager
    def opened(self) -> Iterator[Registry]:
        """The registry, with its server running meanwhile."""
        with open_registry(self.environ) as registry:
            yield registry

    def generate(self, report: Report) -> None:
        """Make the nation up, as files."""
        with self._stage("generate", "households") as done:
            part = min(PART_HOUSEHOLDS, -(-self.households // (PARTS_A_WORKER * self.workers)))
            order = Order(self.households, self.seed, self.files, is_counted=False, part_households=part)
            made = generate(order, self.workers, report)
            done(made.households)

    def set_policies(self, registry: Registry) -> None:
        """Adopt the card and open the programme, so that everybody is decided once."""
        registry.desk.adopt(adoption(adoptable(CARD), IN_FORCE_FROM), BY)
        open_programme(registry, load_programme(find_programme_file(PROGRAMME)), IN_FORCE_FROM, BY)

    def bring_in(self, registry: Registry, report: Report) -> None:
        """Import every part through the one door."""
        parts = parts_of(self.files / "households", self.files / "people")
        assignment = Assignment(load_mapping(find_mapping(MAPPING)), self.environ)
        rejects = Rejects(self.folder / "rejects.ndjson")
        with self._stage("import", "households", registry) as done:
            imported = import_parts(assignment, parts, rejects, self.workers, report)
            done(imported.registered)
        if imported.registered != self.households:
            raise WorldFailed(
                f"{imported.refused} households of the generator were refused: see {rejects.path}; a generated nation "
                "contradicts itself nowhere."
            )

    def decide(self, registry: Registry, report: Report) -> None:
        """Assess everybody for the first time."""
        assessor = Assessor(registry.log, registry.tables, compile_card, registry.clock)
        with self._stage("decide", "households", registry) as done, without_collecting():
            _follow(registry, [assessor], report)
            done(self.households)

    def project(self, registry: Registry, report: Report) -> None:
        """Keep the other answers: registrations and decisions."""
        with self._stage("project", "events", registry) as done, ThreadPoolExecutor(1) as writer, without_collecting():
            projector = Projector(registry.log, registry.tables, writer)
            _follow(registry, [projector], report)
            done(registry.log.last_position())

    def rebuild(self, registry: Registry, report: Report) -> None:
        """Make every answer anew, and hold it against the live one."""
        assert isinstance(registry.log, PostgresLog)
        seen = 0

        def more(events: int) -> None:
            nonlocal seen
            report(events - seen)
            seen = events

        with self._stage("rebuild", "events", registry) as done:
            made = rebuild(registry.log, compile_card, workers=self.workers, report=lambda each: more(each.events))
            done(made.events)
        self.stages["rebuild"] = self.stages["rebuild"]._replace(seconds=made.seconds)
        self.stages["compare"] = Stage("compare", made.events, "events", made.compare_seconds, 0)
        if not made.is_equal:
            raise WorldFailed("The answers made anew differ from the live ones: this is a fault of the program.")

    def extract(self, registry: Registry, report: Report) -> None:
        """Write what a scorecard can read as columns."""
        assert isinstance(registry.log, PostgresLog)
        with self._stage("extract", "households", registry) as done:
            done(make_extract(registry.log, self.folder / "extract", workers=self.workers, report=report).households)

    def simulate(self, _: Registry, report: Report) -> None:
        """Ask what another cut-off would do: every household scored anew by the same card, and counted."""
        with self._stage("simulate", "households") as done:
            opened = OpenExtract(self.folder / "extract")
            programme = next(each for each in opened.manifest.programmes if each.programme == PROGRAMME)
            in_force = cutoff_of(programme)
            assert in_force is not None, "the programme was opened with its cut-off"
            assert opened.manifest.scorecard is not None, "its card was adopted"
            card = decode_card(opened.manifest.scorecards[opened.manifest.scorecard])
            raised = msgspec.structs.replace(in_force, value=in_force.value + CUTOFF_RAISED_BY)
            found = simulate(opened, open_engine(DUCKDB), Question(programme, card, raised), report)
            done(found.considered)

    def hit(self, registry: Registry, report: Report) -> None:
        """Declare a flood over a province, count who lives there and who is eligible, and assess whom it touches."""
        today = registry.today()
        command = DeclareShock(
            shock="bench-flood",
            hazard=Hazard.FLOOD,
            on=today,
            impact_on=today,
            places=FLOODED,
            resurvey_from=today,
            resurvey_until=today + timedelta(days=WINDOW_DAYS),
            authority=BY,
            households=registry.tables.count(HOUSEHOLDS),
        )
        registry.desk.shock(command, BY)
        if command.shock in registry.reader.policies().proposed:
            registry.desk.shock(ApproveShock(command.shock, today, SECOND), SECOND)
        with self._stage("shock query", "households", registry) as done:
            outcomes = {"eligible": int(Outcome.ELIGIBLE), "pending": int(Outcome.PENDING)}
            rows = registry.rows(_AFFECTED, {"place": f"{FLOODED[0]}%", "programme": PROGRAMME, **outcomes})
            self.flooded = Flooded(*(sum(row[place] for row in rows) for place in (1, 2, 3)))
            done(self.flooded.living_there)
        assessor = Assessor(registry.log, registry.tables, compile_card, registry.clock)
        with self._stage("shock assessed", "households", registry) as done, without_collecting():
            _follow(registry, [assessor], report)
            done(self.flooded.living_there)

    @contextmanager
    def _stage(self, name: str, unit: str, registry: Registry | None = None) -> Iterator[Callable[[int], None]]:
        amount = 0

        def done(number: int) -> None:
            nonlocal amount
            amount = number

        servers = () if registry is None else _server(self.environ["GHARANA_HOME"])
        with watched(*servers) as peak:
            started = time.monotonic()
            yield done
            seconds = time.monotonic() - started
        self.stages[name] = Stage(name, amount, unit, seconds, peak.mb)


class Sizes(msgspec.Struct, frozen=True):
    """Bytes of each table with its indexes, and of the whole database."""

    database: int
    tables: dict[str, int]


def sizes(registry: Registry) -> Sizes:
    """How much room the registry takes."""
    with psycopg.connect(registry.dsn) as connection:
        (whole,) = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
        tables: dict[str, int] = dict(connection.execute(_TABLES).fetchall())
    return Sizes(whole, tables)


def _follow(registry: Registry, followers: list[Assessor] | list[Projector], report: Report) -> None:
    seen = 0

    def more(position: int) -> None:
        nonlocal seen
        report(position - seen)
        seen = position

    run(registry.log, followers, until_caught_up=True, report=lambda each: more(min(each.positions.values())))


def _server(home: str) -> tuple[int, ...]:
    """The process of the embedded server."""
    return (int((Layout(Path(home)).data / "postmaster.pid").read_text().split()[0]),)


_AFFECTED = """
    SELECT left(h.place, 5), count(*), count(*) FILTER (WHERE e.outcome = %(eligible)s),
        count(*) FILTER (WHERE e.outcome = %(pending)s), sum(h.members)
    FROM households h
    LEFT JOIN eligibility e ON e.household_id = h.household_id AND e.programme = %(programme)s
    WHERE h.place LIKE %(place)s AND h.merged_into IS NULL
    GROUP BY 1 ORDER BY 1"""
_TABLES = """
    SELECT relname, pg_total_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_total_relation_size(oid) > 1000000"""
