"""A process that follows a registry until it has caught up or is killed: `follower_process.py DSN [apart]`.

With `apart` the projector works in a process of its own.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from adapters.followers import assessor
from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.postgres.alone import alone
from adapters.postgres.log import PostgresLog
from adapters.postgres.projector_elsewhere import ProjectorElsewhere
from adapters.postgres.tables import PostgresTables
from tests.histories import compile_by_size


def main(dsn: str, *, apart: bool) -> None:
    assessor.HOUSEHOLDS_MAX = 100  # many transactions to be killed in
    with alone(dsn):
        log = PostgresLog(dsn)
        tables = PostgresTables(log)
        first = _InSmallSteps(Assessor(log, tables, compile_by_size, lambda: datetime.now(UTC)), 150)
        if not apart:
            run(log, [first, _InSmallSteps(Projector(log, tables), 300)], until_caught_up=True)
            return
        projector = ProjectorElsewhere(log, dsn)
        run(log, [first, projector], until_caught_up=True)
        projector.end()


class _InSmallSteps:
    def __init__(self, follower, limit: int) -> None:
        self._follower, self._limit = follower, limit

    def __getattr__(self, name: str):
        return getattr(self._follower, name)

    def step(self) -> bool:
        return self._follower.step(self._limit)


if __name__ == "__main__":
    main(sys.argv[1], apart=sys.argv[2:] == ["apart"])
