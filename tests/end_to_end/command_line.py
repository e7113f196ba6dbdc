"""bin/gharana as a user calls it: a process of its own, in a home of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from adapters.home import REPOSITORY

SECONDS_MAX = 110


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Standard output, read as one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def object(self) -> dict[str, Any]:
        """The last of them."""
        return self.objects[-1]


class CommandLine:
    """Runs verbs in one home."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *arguments: object, stdin: str | bytes = "", **environ: str) -> Said:
        text = stdin if isinstance(stdin, bytes) else stdin.encode()
        done = subprocess.run(
            [sys.executable, REPOSITORY / "bin" / "gharana", *map(str, arguments)],
            input=text,
            capture_output=True,
            check=False,
            timeout=SECONDS_MAX,
            env={**self.environ(), **environ},
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def environ(self) -> dict[str, str]:
        """The environment of a command: nothing of ours but the home."""
        settings = {name: value for name, value in os.environ.items() if not name.startswith("GHARANA_")}
        return {**settings, "GHARANA_HOME": str(self.home)}

    def done(self, *arguments: object, stdin: str | bytes = "") -> Said:
        """Run a verb that must succeed."""
        said = self(*arguments, stdin=stdin)
        assert said.code == 0, f"{arguments}: {said.err or said.out}"
        return said
