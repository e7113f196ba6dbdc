"""The log of an embedded server: kept small, and read for what it last complained about."""

import os
from pathlib import Path

LOG_BYTES_MAX = 10 * 1024 * 1024
TAIL_BYTES = 8192


def rotate(log: Path) -> None:
    """Put a log that has grown large aside; one older log is kept."""
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))


def last_lines(log: Path) -> list[str]:
    """Return the newest lines of a log, none if it cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
