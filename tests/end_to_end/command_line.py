"""bin/gharana as a user calls it: a process of its own, in a home of its own.

The process comes from one that has imported the verbs already (see warm_start), which saves most of its time. Tests of
what lasts, is killed or is piped start bin/gharana itself.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import IO, Any, NamedTuple

from adapters.home import REPOSITORY

SECONDS_MAX = 110


@cache
def _warm() -> socket.socket:
    """The line to a process that makes calls; it ends when we do."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "tests.end_to_end.warm_start", str(theirs.fileno())]
    with theirs:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
    atexit.register(process.wait, SECONDS_MAX)
    atexit.register(ours.close)
    return ours


def _call(arguments: list[str], environ: dict[str, str], stdin: IO[bytes], out: IO[bytes], err: IO[bytes]) -> int:
    """Make a call and return its exit code."""
    path = os.pathsep.join(filter(None, [str(REPOSITORY), environ.get("PYTHONPATH")]))
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as answer, tempfile.TemporaryFile() as request:
        with os.fdopen(writing, "wb") as end:
            request.write(json.dumps([arguments, {**environ, "PYTHONPATH": path}, str(Path.cwd())]).encode())
            request.seek(0)
            socket.send_fds(_warm(), [b"?"], [each.fileno() for each in (request, stdin, out, err, end)])
        call = _number(answer)
        if not select.select([answer], [], [], SECONDS_MAX)[0]:
            os.kill(call, signal.SIGKILL)
            raise AssertionError(f"{arguments} took more than {SECONDS_MAX} seconds")
        return _number(answer)


def _number(answer: IO[bytes]) -> int:
    line = answer.readline()
    assert line.endswith(b"\n"), "the process that makes the calls is gone"
    return int(line)


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
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(stdin if isinstance(stdin, bytes) else stdin.encode())
            given.seek(0)
            code = _call([str(each) for each in arguments], {**self.environ(), **environ}, given, out, err)
            out.seek(0)
            err.seek(0)
            return Said(code, out.read().decode(), err.read().decode())

    def started_anew(self, *arguments: object) -> Said:
        """Run a verb by bin/gharana itself, which is held to the limits that we are held to."""
        command = [sys.executable, REPOSITORY / "bin" / "gharana", *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, check=False, text=True, timeout=SECONDS_MAX, env=self.environ()
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def environ(self) -> dict[str, str]:
        """The environment of a command: nothing of ours but the home."""
        settings = {name: value for name, value in os.environ.items() if not name.startswith("GHARANA_")}
        return {**settings, "GHARANA_HOME": str(self.home)}

    def done(self, *arguments: object, stdin: str | bytes = "") -> Said:
        """Run a verb that must succeed."""
        said = self(*arguments, stdin=stdin)
        assert said.code == 0, f"{arguments}: {said.err or said.out}"
        return said
