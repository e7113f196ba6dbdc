"""The demo's own registry: a home inside the registry's home, made anew at each run and left for looking around."""

import fcntl
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from adapters.embedded.layout import Layout
from adapters.faults import Refused, WorldFailed
from adapters.home import registry_home

FOLDER = "demo"
MARK = "made-by-the-demo.txt"
MARK_SAYS = "Made-up households. `gharana demo` deletes this folder and makes it anew.\n"
STOPPED_SECONDS_MAX = 15.0
POLL_SECONDS = 0.1


@contextmanager
def premises(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """An empty home for the demo; gives the environment in which it is the registry's home. The last one is deleted.

    Raises Refused where the demo would touch a registry that is not its own, and WorldFailed for a disk that fails.
    """
    if environ.get("GHARANA_DATABASE_URL"):
        raise Refused(
            "GHARANA_DATABASE_URL names a database, and the demo would write made-up people into it: unset it. "
            "The demo makes a private registry of its own."
        )
    home = registry_home(environ) / FOLDER
    with ExitStack() as kept:
        try:
            home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = kept.enter_context((home.parent / f"{FOLDER}.lock").open("ab"))
            _take(lock, f"Another demo is running in {home.parent}: wait for its end, or set GHARANA_HOME elsewhere.")
            _clear(home)
            home.mkdir(mode=0o700)
            (home / MARK).write_text(MARK_SAYS)
        except OSError as failure:
            raise WorldFailed(f"The demo cannot use {home}: {failure.strerror} ({failure.filename}).") from failure
        yield {"GHARANA_HOME": str(home)}


def _clear(home: Path) -> None:
    """Delete the last demo, once its server has stopped. Whatever the demo did not make is left alone."""
    if not home.exists():
        return
    if not (home / MARK).is_file():
        raise Refused(f"{home} was not made by the demo, so it is not deleted: move it away, or set GHARANA_HOME.")
    keeper = Layout(home).keeper_lock
    if keeper.exists():
        with keeper.open("ab") as lock:
            _take(
                lock,
                f"The last demo's registry in {home} is still in use: end the programs that use it, then try again.",
                within_seconds=STOPPED_SECONDS_MAX,
            )
            _delete(home)
    else:
        _delete(home)


def _delete(home: Path) -> None:
    """Out of the way by one rename, so that an interrupted deletion leaves nothing that looks like a registry."""
    gone = home.with_name(f"{home.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    home.rename(gone)
    shutil.rmtree(gone)


def _take(lock: IO[bytes], otherwise: str, within_seconds: float = 0) -> None:
    """Take a lock for as long as its file is open. Raises Refused when somebody else keeps it."""
    give_up_at = time.monotonic() + within_seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise Refused(otherwise) from None
            time.sleep(POLL_SECONDS)
        else:
            return
