"""A feeder in a process of its own, until it has caught up or is killed: `feeder_process.py DSN EVENTS_EACH`."""

import sys
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from adapters.followers.feeder import Feeder
from adapters.postgres.log import PostgresLog
from adapters.postgres.tables import PostgresTables
from tests.agreed import SENDER


def main(dsn: str, limit: int) -> None:
    with closing(PostgresLog(dsn)) as log:
        feeder = Feeder(log, PostgresTables(log), SENDER)
        while feeder.step(limit):
            pass


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
