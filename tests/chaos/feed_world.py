"""A registry, its servers and every process from the door to a partner, with what may befall them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from adapters.cli.shock_options import notified_by, with_thresholds
from adapters.documents.programme import find_programme_file, load_programme
from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.faults import Refused, WorldFailed
from adapters.home import REPOSITORY
from adapters.nats.consumers import consumer_name
from adapters.nats.stream import STREAM
from adapters.postgres.moment import moment
from adapters.postgres.webhooks import Webhooks
from adapters.registry.opening import Registry, open_registry, utc_now
from adapters.registry.programme_file import open_programme
from domain.agreement import MakeAgreement
from domain.programme import SetCutOff
from domain.questionnaire.codes import Comparison, Hazard
from domain.shock_rules import DeclareShock, LiftShock, RevokeShock
from tests.chaos.feed_servers import PostgresProcess, Streams, streams
from tests.chaos.feed_workers import find_at_work, supervisor_of
from tests.posted_feeds import webhook_to
from tests.receiver import Receiver, receiving
from tests.severed_line import SeveredLine

PARTNER = "food-bank"
PROGRAMMES = ("kafaalat", "flood_relief", "flood_relief_poorest")
KEPT = "kafaalat"
"""Of this programme the program that partners are given keeps a list, too."""
POSTED = "flood_relief"
"""Of this one the partner has a webhook, too."""
RUNS = "run", "stand-by"
"""Two supervisors: of each worker one works, and the other takes over."""
CARD = "pakistan_schreiner_2009"
CUT_OFFS = {"kafaalat": Decimal(70), "flood_relief": Decimal(75)}
"""Households of one woman score 48 to 91 on this card, so that about half of them pass."""
IMPACT = date(2024, 9, 1)
"""Of the households that were surveyed by then, some moved since."""

ROOM_BYTES = 256 * 1024 * 1024
FULL_SECONDS_MAX = 60
SETTLED_SECONDS_MAX = 180
STARTED_ANEW_SECONDS = 0.3
STOPPED_SECONDS_MAX = 20
"""What the service file in docs/operations.md gives `run` to stop."""

CHAOS = Path(__file__).parent
EXAMPLE = REPOSITORY / "examples" / "partner" / "follow.py"
GHARANA = REPOSITORY / "bin" / "gharana"


class World:
    """Everything that runs, by name; what ended by itself is started again by `watch`."""

    def __init__(
        self,
        folder: Path,
        postgres: PostgresProcess,
        line: SeveredLine,
        nats: Streams,
        receiver: Receiver,
        draw: Random,
    ) -> None:
        self.folder = folder
        self.postgres = postgres
        self.nats = nats
        self.receiver = receiver
        self.draw = draw
        self.killed: Counter[str] = Counter()
        self.befell: Counter[str] = Counter()
        self.ended: list[tuple[str, int]] = []
        self._line = line
        self._room = ROOM_BYTES
        self._commands: dict[str, list[object]] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    # Processes

    def begin(self, commands: dict[str, list[object]]) -> None:
        """Start the table of processes; another way to run the registry is another table."""
        self._commands = commands
        for name in commands:
            self._start(name)

    def watch(self) -> None:
        """Start again what ended by itself, as whoever runs it would; the door may have come to its end."""
        for name, process in list(self._processes.items()):
            code = process.poll()
            if code is None or (name == "door" and code == 0):
                continue
            self.ended.append((name, code))
            time.sleep(STARTED_ANEW_SECONDS)
            self._start(name)

    def kill(self, name: str) -> None:
        """Kill a process; one that had just ended by itself is started first, so that the kill meets it."""
        self.watch()
        process = self._processes[name]
        self.killed["supervisor" if name in RUNS else name] += process.poll() is None
        process.kill()
        process.wait()
        self._start(name)

    def kill_worker(self, name: str) -> None:
        """Kill the process that does a worker's work; its supervisor starts it again, unless the other takes over."""
        self._send_worker(name, signal.SIGKILL)
        self.killed[name] += 1

    def kill_supervisor(self) -> None:
        """Kill the supervisor whose publisher is at work, without a word to its workers."""
        leads = supervisor_of(self._find_worker("publisher"))
        self.kill(next((name for name in RUNS if self._processes[name].pid == leads), RUNS[0]))

    def _send_worker(self, name: str, number: signal.Signals) -> int:
        """Send a worker a signal; of one that has just ended by itself, the next is found."""
        while True:
            pid = self._find_worker(name)
            with suppress(ProcessLookupError):
                os.kill(pid, number)
                return pid

    def _find_worker(self, name: str) -> int:
        self.watch()
        return find_at_work(self.folder, name, {self._processes[run].pid for run in RUNS})

    def end(self) -> dict[str, int]:
        """Stop every `run` as its service would, and kill all others; returns with what the runs ended."""
        runs = {name: self._processes.pop(name) for name in RUNS if name in self._processes}
        for process in runs.values():
            process.terminate()
        for process in self._processes.values():
            process.kill()
            process.wait()
        return {name: _ended(process) for name, process in runs.items()}

    def log_of(self, name: str) -> str:
        """What a process has complained of."""
        return (self.folder / f"{name}.log").read_text()

    def is_done(self, name: str) -> bool:
        return self._processes[name].poll() == 0

    def _start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, *map(str, self._commands[name])]
            self._processes[name] = subprocess.Popen(command, env=self.environ(), stdout=log, stderr=log)

    def environ(self) -> dict[str, str]:
        """The environment of every process: its way to Postgres leads over a line that may be cut."""
        settings = {name: value for name, value in os.environ.items() if not name.startswith("GHARANA_")}
        return {
            **settings,
            "GHARANA_HOME": str(self.folder),
            "GHARANA_DATABASE_URL": self._line.dsn,
            "GHARANA_NATS_URL": self.nats.urls,
            "GHARANA_NATS_REPLICAS": str(self.nats.replicas),
            "GHARANA_NATS_STREAM_BYTES": str(self._room),
            "GHARANA_WEBHOOK_HOSTS": f"127.0.0.1:{self.receiver.port}",
            "CHAOS_FOLDER": str(self.folder),
        }

    @property
    def answered(self) -> int:
        """How many submissions have their answer."""
        answers = self.folder / "answers"
        return answers.read_bytes().count(b"\n") if answers.exists() else 0

    # What befalls them

    def kill_postgres(self) -> None:
        self.postgres.kill()
        time.sleep(self.draw.uniform(0, 1))
        self.postgres.start()
        self.killed["Postgres"] += 1

    def kill_nats(self) -> None:
        self.nats.kill_one(self.draw, self.draw.uniform(0, 1.5))
        self.killed["NATS"] += 1

    def kill_leader_of_nats(self) -> None:
        self.nats.kill_leader(self.draw.uniform(0, 1.5))
        self.killed["leader of NATS"] += 1

    def cut(self) -> None:
        """The next thing that anybody says to Postgres is the last on that line, whether or not it arrives."""
        self._line.cut_next(deliver=self.draw.random() < 0.5)
        self.befell["lines cut"] += 1

    def jump(self) -> None:
        """The registry's clock is wrong: ahead by days, or back to where it should be and before."""
        offset = self.draw.choice((3, 1, 0, -2)) * 86_400 + self.draw.randrange(-3_600, 3_600)
        (self.folder / "clock").write_text(str(offset))
        self.befell["clock jumps"] += 1

    def fill_the_stream(self) -> None:
        """The stream takes a little more and is full; an operator makes room after a while."""
        held = self.nats.bytes_held()
        before = self._complaints_of_room()
        self._give_room(held + 2_000)
        give_up_at = time.monotonic() + FULL_SECONDS_MAX
        while self._complaints_of_room() == before and time.monotonic() < give_up_at:
            self.watch()
            time.sleep(0.1)
        self.befell["full streams"] += self._complaints_of_room() > before
        self._give_room(ROOM_BYTES)

    def _give_room(self, room_bytes: int) -> None:
        """Both publishers must be told: whichever leads gives the stream the room that it was told of."""
        self._room = room_bytes
        for name in RUNS:
            self.kill(name)

    def _complaints_of_room(self) -> int:
        return sum(self.log_of(name).count("is full") for name in RUNS)

    def freeze(self) -> None:
        """The leading publisher stands still while Postgres gives the lead to the other, and then believes it leads."""
        frozen = self._send_worker("publisher", signal.SIGSTOP)
        try:
            self.kill_postgres()
            time.sleep(self.draw.uniform(1, 3))
        finally:
            with suppress(ProcessLookupError):  # it was coming to its end already
                os.kill(frozen, signal.SIGCONT)
        self.befell["publishers frozen"] += 1

    # Policies

    def now(self) -> datetime:
        clock = self.folder / "clock"
        return utc_now() + timedelta(seconds=float(clock.read_text()) if clock.exists() else 0)

    @contextmanager
    def registry(self) -> Iterator[Registry]:
        """The registry over a line that nobody cuts."""
        with open_registry({**self.environ(), "GHARANA_DATABASE_URL": self.postgres.dsn}, self.now) as registry:
            yield registry

    def stand_ready(self) -> None:
        """Programmes of every kind, and a partner who is told of all of them, of one also by a webhook."""
        with self.registry() as registry:
            registry.desk.adopt(adoption(adoptable(CARD), date(2014, 1, 1)), "director")
            card = registry.reader.policies().find_card(CARD)
            assert card is not None
            for name in PROGRAMMES:
                open_programme(registry, load_programme(find_programme_file(name)), date(2014, 1, 1), "director")
                terms = MakeAgreement(registry.today(), PARTNER, name, "Food Bank", "desk", "letter 12", score=True)
                registry.desk.agreement(terms, "director")
            for name, value in CUT_OFFS.items():
                under, on = Comparison.AT_OR_UNDER, date(2015, 1, 1)
                command = SetCutOff(name, value, under, card.content_hash, CARD, on)
                registry.desk.programme(command, "director")
            with closing(Webhooks(registry.dsn)) as webhooks:
                webhook_to(webhooks, registry.keyring, self.receiver.port, feed=(PARTNER, POSTED))

    def declare(self, shock: str, place: str, relief: str) -> None:
        """Declare a shock while submissions go through; a poorest share needs a moment when the followers are up."""

        def attempt(registry: Registry) -> None:
            day = _last_day(registry)
            command = DeclareShock(
                shock, Hazard.FLOOD, day, IMPACT, (place,), IMPACT, day + timedelta(days=100), "NDMA", 0,
                relief_programmes=(relief,),
            )  # fmt: skip
            with moment(registry.dsn) as ask:
                command = with_thresholds(registry, ask, command, notified_by(command), [relief])
            registry.desk.shock(command, "director")

        self._insist(attempt)

    def lift(self, shock: str) -> None:
        self._insist(lambda registry: registry.desk.shock(LiftShock(shock, _last_day(registry), "NDMA"), "director"))

    def revoke(self, shock: str) -> None:
        def attempt(registry: Registry) -> None:
            registry.desk.shock(RevokeShock(shock, _last_day(registry), "the wrong district", "NDMA"), "director")

        self._insist(attempt)

    def _insist(self, attempt: Callable[[Registry], object]) -> None:
        """Ask again until it is done; after the first refusal nothing new comes in, so that the followers catch up."""
        pause = self.folder / "pause"
        give_up_at = time.monotonic() + SETTLED_SECONDS_MAX
        try:
            while True:
                try:
                    with self.registry() as registry:
                        attempt(registry)
                    self.befell["shocks told"] += 1
                except (Refused, WorldFailed):
                    if time.monotonic() > give_up_at:
                        raise
                    pause.touch()
                    self.watch()
                    time.sleep(0.2)
                else:
                    return
        finally:
            pause.unlink(missing_ok=True)


def _ended(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(STOPPED_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _last_day(registry: Registry) -> date:
    """The last day that was opened, which a clock that went back may be before."""
    return max(registry.today(), registry.reader.policies().today or date.min)


def write_access(folder: Path, nats: Streams) -> Path:
    """What the registry hands over with a key; these servers let everybody in."""
    access = {"server": nats.urls, "user": PARTNER, "password": "", "inbox_prefix": "_INBOX", "stream": STREAM}
    file = folder / "access.json"
    file.write_text(json.dumps({**access, "consumers": {KEPT: consumer_name((PARTNER, KEPT))}}))
    return file


def processes(folder: Path, nats: Streams, submissions: int, seed: int, per_second: float) -> dict[str, list[object]]:
    """The table of processes: how each is started. The partner reads twice: with a journal, and by the example."""
    door, partner = CHAOS / "feed_door.py", CHAOS / "feed_subscriber.py"
    kept, access = folder / "kept.db", write_access(folder, nats)
    return {
        "door": [door, submissions, seed, per_second],
        **{name: [GHARANA, "run", "--log", "json"] for name in RUNS},
        "subscriber": [partner, nats.urls, folder / "list.sqlite", PARTNER, seed],
        "partner": [EXAMPLE, "listen", "--list", kept, "--access", access, "--programme", KEPT],
    }


@contextmanager
def world(folder: Path, seed: int, replicas: int) -> Iterator[World]:
    """Servers and an empty registry with its policies; nothing runs yet."""
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresProcess(folder))
        (folder / "line").mkdir()
        line = stack.enter_context(SeveredLine(postgres.dsn, folder / "line"))
        nats = stack.enter_context(streams(folder / "nats", replicas))
        receiver = stack.enter_context(receiving())
        made = World(folder, postgres, line, nats, receiver, Random(seed))
        stack.callback(made.end)
        made.stand_ready()
        yield made
