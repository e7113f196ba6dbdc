"""The library's own test cases, run against our recorders: whatever is built on its interface may be built on our log.

They pass as they are; nothing of theirs is overridden but how a recorder is made. Its aggregate and process test cases
are not run: our log is neither (events without positions, and tracking beside an append, are not offered).
"""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent, Tracking

from adapters.postgres.checkpoints import CheckpointRecorder, stands_at
from adapters.postgres.datastore import Datastore
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from tests import library_cases

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]


class TestTheLogAsTheLibraryUsesIt(library_cases.ApplicationRecorderTestCase[PostgresLog]):
    @pytest.fixture(autouse=True)
    def _database(self, database: str) -> None:
        migrate(database)
        self.dsn = database

    def create_recorder(self) -> PostgresLog:
        log = PostgresLog(self.dsn)
        self.addCleanup(log.close)
        return log

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()

    def test_creating_tables_the_librarys_way_does_nothing(self) -> None:
        log = self.create_recorder()
        log.create_table()
        assert log.insert_events([]) is None
        assert log.insert_events([StoredEvent(UUID(int=1), 1, "a.v1", b"")]) == [1]


class TestCheckpointsAsTheLibraryUsesThem(library_cases.TrackingRecorderTestCase):
    @pytest.fixture(autouse=True)
    def _database(self, database: str) -> None:
        migrate(database)
        self.dsn = database

    def create_recorder(self) -> CheckpointRecorder:
        datastore = Datastore(self.dsn)
        self.addCleanup(datastore.close)
        recorder = CheckpointRecorder(datastore)
        recorder.create_table()
        return recorder

    def test_no_row_of_the_librarys_own_is_among_the_checkpoints(self) -> None:
        self.create_recorder().insert_tracking(Tracking("assessor", 5))
        log = PostgresLog(self.dsn)
        self.addCleanup(log.close)
        assert log.checkpoints() == {"assessor": 5}

    def test_whoever_has_compared_a_checkpoint_is_alone_with_it_until_the_end(self) -> None:
        log = PostgresLog(self.dsn)
        self.addCleanup(log.close)
        log.transact(lambda transaction: transaction.advance("assessor", 5))
        with ThreadPoolExecutor(1) as other:
            with log.transaction() as transaction:
                assert stands_at(transaction.cursor, "assessor", 5)
                second = other.submit(log.transact, lambda transaction: transaction.advance("assessor", 6, since=5))
                with pytest.raises(TimeoutError):
                    second.result(timeout=0.3)
            second.result(timeout=20)
