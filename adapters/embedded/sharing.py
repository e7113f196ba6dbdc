"""Sharing one embedded server between all processes that use it, by locks that the kernel drops when a process ends."""

import fcntl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from adapters.embedded.layout import ServerLayout
from adapters.faults import WorldFailed
from adapters.home import REPOSITORY

POLL_SECONDS = 0.05


@contextmanager
def shared_server(
    layout: ServerLayout, answers: Callable[[], bool], *, wait_seconds_max: float, options: tuple[str, ...] = ()
) -> Iterator[None]:
    """Be one of the users of a home's server for as long as the block lasts, starting it where no other process has.

    The server is shared by all processes that name this home, and outlives the one that happened to start it; a
    second after the last of them has ended, in whatever way, it stops. `options` are for the keeper, should it have to
    start a server. Raises WorldFailed, with a sentence that names the log to read, when nothing answers in time.
    """
    give_up_at = time.monotonic() + wait_seconds_max
    try:
        layout.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        users = layout.users_lock.open("ab")
    except OSError as failure:
        raise WorldFailed(
            f"The registry's home {layout.home} cannot be used: {failure.strerror} ({failure.filename})."
        ) from failure
    with users:
        _register_as_user(users, layout, give_up_at)
        while not answers():
            _ask_keeper(layout, options, give_up_at)
        yield


def _register_as_user(users: IO[bytes], layout: ServerLayout, give_up_at: float) -> None:
    """Take the users' lock shared; while a server is shutting down its keeper holds it alone."""
    while True:
        try:
            fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            _pause(layout, give_up_at)
        else:
            return


def _ask_keeper(layout: ServerLayout, options: tuple[str, ...], give_up_at: float) -> None:
    if _has_keeper(layout):
        _pause(layout, give_up_at)
        return
    command = [sys.executable, "-m", "adapters.embedded.keeper", layout.KIND, str(layout.home), *options]
    seconds_left = max(0.1, give_up_at - time.monotonic())
    try:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=seconds_left,
        )
    except subprocess.TimeoutExpired:
        raise _too_late(layout) from None
    if done.returncode:
        raise WorldFailed(done.stderr.decode(errors="replace").strip())


def _has_keeper(layout: ServerLayout) -> bool:
    with layout.keeper_lock.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _pause(layout: ServerLayout, give_up_at: float) -> None:
    if time.monotonic() > give_up_at:
        raise _too_late(layout)
    time.sleep(POLL_SECONDS)


def _too_late(layout: ServerLayout) -> WorldFailed:
    logs = f"{layout.server_log} and {layout.keeper_log}"
    return WorldFailed(f"The embedded {layout.NAME} of {layout.home} did not start in time (see {logs}).")
