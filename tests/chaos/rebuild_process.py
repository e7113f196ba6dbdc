"""A process that rebuilds a registry by two workers: `rebuild_process.py DSN swap|compare`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from adapters.faults import WorldFailed
from adapters.postgres import rebuilding
from adapters.postgres.log import PostgresLog
from tests.histories import compile_by_size

EVENTS_IN_RANGE = 100


def main(dsn: str, swap: bool) -> int:
    rebuilding.RANGE_EVENTS = EVENTS_IN_RANGE  # many moments to be killed in
    log = PostgresLog(dsn)
    try:
        return 0 if rebuilding.rebuild(log, compile_by_size, swap=swap, workers=2).is_equal else 1
    except WorldFailed as fault:
        sys.stderr.write(f"{fault}\n")
        return 3
    finally:
        log.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2] == "swap"))
