"""What tests need to know about servers that run in the background."""

import fcntl
import shutil
import time
from pathlib import Path

from adapters.embedded.layout import Layout, NatsLayout, ServerLayout

STOPPED_SECONDS_MAX = 30


def keeper_is_at_work(home: Path, kind: type[ServerLayout] = Layout) -> bool:
    try:
        with kind(home).keeper_lock.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def wait_until_stopped(home: Path) -> None:
    give_up_at = time.monotonic() + STOPPED_SECONDS_MAX
    while any(keeper_is_at_work(home, kind) for kind in (Layout, NatsLayout)):
        assert time.monotonic() < give_up_at, f"the server of {home} is still there"
        time.sleep(0.05)


def remove_home(home: Path) -> None:
    """Delete a home once its last user has left it; a server must not lose its files under its feet."""
    wait_until_stopped(home)
    shutil.rmtree(Layout(home.resolve()).socket_folder, ignore_errors=True)  # not below a home whose path is long
    shutil.rmtree(home, ignore_errors=True)
