"""A real witness: `bin/gharana witness serve` as a process that can be killed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.home import REPOSITORY

ENDED_SECONDS_MAX = 10


class WitnessProcess:
    """One witness with its folder; `start` it again after a kill."""

    def __init__(self, folder: Path, name: str = "witness.example/one", port: int = 0) -> None:
        self.folder = folder
        self._name = name
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self.vkey = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self, *logs: str) -> None:
        """Start at the same port as before, as a witness of logs by their verifier keys."""
        trust = self.folder.with_suffix(".trust")
        trust.write_text("".join(f"log {log}\n" for log in logs) + "quorum none\n")
        asked = ["--state", self.folder, "--trust", trust, "--listen", f"127.0.0.1:{self._port}", "--name", self._name]
        command = [sys.executable, "-m", "adapters.cli.main", "witness", "serve", *map(str, asked), "--json"]
        with self.journal.open("ab") as journal:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=journal, cwd=REPOSITORY)
        line = self._process.stdout.readline()
        answer = json.loads(line or "{}")
        if "port" not in answer:
            self._ended()
            raise AssertionError(answer or self.journal.read_text())
        self._port, self.vkey = answer["port"], answer["vkey"]

    @property
    def journal(self) -> Path:
        return self.folder.with_suffix(".journal")

    def kill(self) -> None:
        self._process.kill()
        self._ended()

    def stop(self) -> int:
        """Ask it to stop, as an operator does; returns its exit code."""
        self._process.terminate()
        return self._ended()

    def _ended(self) -> int:
        code = self._process.wait(ENDED_SECONDS_MAX)
        self._process.stdout.close()
        self._process = None
        return code

    @property
    def is_running(self) -> bool:
        return self._process is not None


@contextmanager
def witness_process(folder: Path, *logs: str, name: str = "witness.example/one") -> Iterator[WitnessProcess]:
    witness = WitnessProcess(folder, name)
    witness.start(*logs)
    try:
        yield witness
    finally:
        if witness.is_running:
            witness.kill()
