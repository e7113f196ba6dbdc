"""The process that runs an embedded server: `python -m adapters.embedded.keeper KIND HOME [OPTION...]`.

The command returns when the server is ready (0) or cannot be had (1, with one sentence on standard error). It leaves a
keeper behind, detached from whoever started it: the keeper starts the server anew should it crash, and stops it when no
process holds the users' lock any more. When the keeper itself is killed, the server shuts down too.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Protocol

from adapters.embedded.cluster import Cluster
from adapters.embedded.layout import Layout, NatsLayout, ServerLayout
from adapters.embedded.nats_store import NatsStore
from adapters.faults import WorldFailed

IDLE_SECONDS = 1.0
"""How long the server stays after its last user, so that one command after another finds it running."""

POLL_SECONDS = 0.1
STOP_SECONDS_MAX = 60
RESTARTS_MAX = 5
RESTARTS_FORGOTTEN_SECONDS = 60.0
READY = b"ready"
LOCKED_BY_ANOTHER = b"busy"


class Kept(Protocol):
    """What the keeper must be able to do with a server, of whatever kind."""

    def make_once(self) -> None: ...

    def start(self) -> subprocess.Popen[bytes]: ...

    def is_ready(self, server: subprocess.Popen[bytes]) -> bool: ...

    def clear_leftovers(self) -> None: ...

    def trouble(self, what: str) -> str: ...


class Keeper:
    """Runs the server of one home for as long as somebody uses it."""

    def __init__(self, layout: ServerLayout, kept: Kept, report: IO[bytes]) -> None:
        self._layout = layout
        self._kept = kept
        self._report = report
        self._stopping = False
        self._crashes: list[float] = []

    def keep(self) -> None:
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        self._kept.make_once()
        self._kept.clear_leftovers()
        with self._layout.users_lock.open("ab") as users:
            while self._serve(users):
                self._kept.clear_leftovers()

    def _serve(self, users: IO[bytes]) -> bool:
        """Run one server to its end; report whether it crashed and another should take its place."""
        server = self._kept.start()
        try:
            while server.poll() is None:
                self._report_when_ready(server)
                if self._stopping or self._nobody_uses_it(users, server):
                    return False
            self._count_crash()
            return True
        finally:
            _stop(server)

    def _nobody_uses_it(self, users: IO[bytes], server: subprocess.Popen[bytes]) -> bool:
        """Report whether the users' lock was free for IDLE_SECONDS; then it stays ours until the server is gone."""
        free_until = time.monotonic() + IDLE_SECONDS
        while server.poll() is None and not self._stopping:
            time.sleep(POLL_SECONDS)
            if not _lock_at_once(users):
                return False
            if time.monotonic() > free_until:
                return True
            fcntl.flock(users, fcntl.LOCK_UN)
        return False

    def _report_when_ready(self, server: subprocess.Popen[bytes]) -> None:
        if not self._report.closed and self._kept.is_ready(server):
            _say(self._report, READY)

    def _count_crash(self) -> None:
        now = time.monotonic()
        self._crashes = [then for then in self._crashes if now - then < RESTARTS_FORGOTTEN_SECONDS] + [now]
        if len(self._crashes) > RESTARTS_MAX or not self._report.closed:
            raise WorldFailed(self._kept.trouble("does not start"))
        time.sleep(POLL_SECONDS)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True


def main(layout: ServerLayout, options: list[str]) -> int:
    """Start the keeper of a home's server in the background and wait until it reports."""
    ours, theirs = os.pipe()
    if os.fork() == 0:
        os.close(ours)
        _become_keeper(layout, options, os.fdopen(theirs, "wb", buffering=0))
    os.close(theirs)
    with os.fdopen(ours, "rb") as report:
        said = report.read()
    if said in {READY, LOCKED_BY_ANOTHER}:
        return 0
    sys.stderr.write(
        said.decode() or f"The keeper of the embedded {layout.NAME} ended early (see {layout.keeper_log})."
    )
    return 1


def _become_keeper(layout: ServerLayout, options: list[str], report: IO[bytes]) -> None:
    os.setsid()
    status = 1
    try:
        _redirect_to(layout.keeper_log)
        with _keeper_lock(layout) as is_ours:
            if is_ours:
                Keeper(layout, _kept(layout, options), report).keep()
            else:
                _say(report, LOCKED_BY_ANOTHER)
        status = 0
    except WorldFailed as failure:
        _say(report, str(failure).encode())
    except OSError as failure:
        what = f"{failure.strerror} ({failure.filename})"
        _say(report, f"The embedded {layout.NAME} of {layout.home} cannot be run: {what}.".encode())
    except BaseException:  # noqa: BLE001 (the last handler of a detached process: its log is the only place to tell)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _kept(layout: ServerLayout, options: list[str]) -> Kept:
    if isinstance(layout, NatsLayout):
        return NatsStore(layout, *options)
    assert isinstance(layout, Layout)
    return Cluster(layout)


def _redirect_to(log: Path) -> None:
    os.chdir("/")
    with Path(os.devnull).open("rb") as nothing, log.open("ab") as file:
        os.dup2(nothing.fileno(), 0)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


@contextmanager
def _keeper_lock(layout: ServerLayout) -> Iterator[bool]:
    with layout.keeper_lock.open("ab") as lock:
        yield _lock_at_once(lock)


def _lock_at_once(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _say(report: IO[bytes], sentence: bytes) -> None:
    if report.closed:
        sys.stderr.buffer.write(sentence + b"\n")
        return
    try:
        report.write(sentence)
    except BrokenPipeError:  # whoever started us was killed; others may want the server all the same
        pass
    finally:
        report.close()


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End a server: politely, then at once (its next start recovers from the log), then by force."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(number)
        try:
            server.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            continue


if __name__ == "__main__":
    os.umask(0o077)
    _layouts = {kind.KIND: kind for kind in (Layout, NatsLayout)}
    raise SystemExit(main(_layouts[sys.argv[1]](Path(sys.argv[2])), sys.argv[3:]))
