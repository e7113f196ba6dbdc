"""A registry for audits, made once for all tests of a process; each tampers with a copy."""

from collections.abc import Iterator

import pytest

from tests.audit.audited_registry import Copy, make_registry
from tests.servers import fresh_database


@pytest.fixture(scope="session")
def audited(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    with fresh_database(postgres_dsn) as dsn:
        yield make_registry(dsn, tmp_path_factory.mktemp("audited"))
