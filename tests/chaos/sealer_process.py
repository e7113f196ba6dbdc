"""A process that seals a registry until it is killed: `sealer_process.py DSN FOLDER KEY`."""

import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from adapters.postgres.leading import SEALER_LOCK, leading
from adapters.postgres.log import PostgresLog
from adapters.seals import heads_making  # noqa: F401 - DuckDB takes long to load, and is to be killed at work
from adapters.seals.key_file import open_signer
from adapters.seals.sealer import Sealer
from adapters.seals.sealing import state_heads

EVENTS_AT_ONCE = 37
"""Small seals: many moments to be killed in, and many partial files."""
SEALS_BETWEEN_HEADS = 4


def main(dsn: str, folder: Path, key: Path) -> None:
    log = PostgresLog(dsn)
    with leading(dsn, SEALER_LOCK, threading.Event()):
        sealer, seals = Sealer(log, folder, open_signer(key)), 0
        sys.stdout.write("sealing\n")
        sys.stdout.flush()
        while True:
            seals += sealer.step(EVENTS_AT_ONCE)
            if seals % SEALS_BETWEEN_HEADS == SEALS_BETWEEN_HEADS - 1:
                state_heads(log, sealer.published.tree, date(2026, 11, 29), datetime.now(UTC))
                seals += 1


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
