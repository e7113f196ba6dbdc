"""The made-up partner: its program, `examples/partner`, in a process of its own with a folder and key of its own."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from adapters.faults import WorldFailed
from adapters.home import REPOSITORY

PROGRAM = REPOSITORY / "examples" / "partner" / "follow.py"
ARRIVAL_SECONDS_MAX = 30.0
END_SECONDS_MAX = 10.0
POLL_SECONDS = 0.01


class PartnerOffice:
    """What the partner has: a folder with its key, its list, and what its program said."""

    def __init__(self, folder: Path, programme: str) -> None:
        folder.mkdir(mode=0o700)
        self.access = folder / "access.json"
        self.list = folder / "list.db"
        self._folder = folder
        self._programme = programme

    def begin(self, snapshot: Iterable[str]) -> str:
        """Put the list of a snapshot in place; returns what the program says."""
        return self._said("begin", "--list", self.list, self._written("first-snapshot.json", snapshot))

    def verify(self, snapshot: Iterable[str]) -> str:
        """Compare the list with a snapshot of the registry's; returns what the program says, also where they differ."""
        return self._said("verify", "--list", self.list, self._written("last-snapshot.json", snapshot))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Let the program listen for as long as the context lasts."""
        words = ("listen", "--list", self.list, "--access", self.access, "--programme", self._programme)
        with (
            (self._folder / "listen.log").open("wb") as said,
            subprocess.Popen([sys.executable, PROGRAM, *words], stdout=said, stderr=subprocess.STDOUT) as program,
        ):
            try:
                yield
            finally:
                program.terminate()
                try:
                    program.wait(END_SECONDS_MAX)
                except subprocess.TimeoutExpired:
                    program.kill()

    def wait_for(self, sequence: int) -> int:
        """Wait until a message is taken in; returns how many households are on the list then. Raises WorldFailed."""
        give_up_at = time.monotonic() + ARRIVAL_SECONDS_MAX
        with closing(sqlite3.connect(self.list, timeout=ARRIVAL_SECONDS_MAX)) as kept:
            while kept.execute("SELECT sequence FROM position").fetchone()[0] < sequence:
                if time.monotonic() > give_up_at:
                    raise WorldFailed(
                        f"The partner's program has not taken in message {sequence}: see what it says in "
                        f"{self._folder / 'listen.log'}."
                    )
                time.sleep(POLL_SECONDS)
            (households,) = kept.execute("SELECT count(*) FROM households").fetchone()
        return int(households)

    def some_of_the_list(self, rows_max: int) -> list[tuple[str, str, str, str]]:
        """The first households of the list, as the partner knows them: token, outcome, since, district."""
        with closing(sqlite3.connect(self.list)) as kept:
            query = "SELECT household, outcome, since, place FROM households ORDER BY household LIMIT ?"
            return kept.execute(query, (rows_max,)).fetchall()

    def _written(self, name: str, lines: Iterable[str]) -> Path:
        file = self._folder / name
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return file

    def _said(self, *words: str | Path) -> str:
        done = subprocess.run([sys.executable, PROGRAM, *words], capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip()
