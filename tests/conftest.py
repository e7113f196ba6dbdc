"""Fixtures for every test: one PostgreSQL for the whole run, and a database for each test that asks for one."""

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from psycopg.conninfo import conninfo_to_dict

from adapters.embedded.postgres import postgres_server
from adapters.postgres.migrate import migrate
from tests.servers import fresh_database, remove_home

settings.register_profile("gharana", deadline=None)  # a busy machine is no fault of a law
settings.load_profile("gharana")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for a server is marked so, whether or not its author remembered."""
    for item in items:
        if "postgres_dsn" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)


def pytest_collection_finish() -> None:
    """Keep all that was imported out of every later look for garbage, which took half a second each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """A server of the run's own, or the one GHARANA_TEST_DATABASE_URL names; the DSN's user may create databases."""
    named = os.environ.get("GHARANA_TEST_DATABASE_URL")
    if named:
        yield named
        return
    home = Path(tempfile.mkdtemp(prefix="gharana-test-"))
    try:
        with postgres_server(home) as dsn:
            yield dsn
    finally:
        remove_home(home)


@pytest.fixture(scope="session")
def migrated_once(postgres_dsn: str) -> Iterator[str]:
    """The name of a database with the registry's tables to copy: a copy costs a fifth of making them anew."""
    with fresh_database(postgres_dsn) as dsn:
        migrate(dsn)
        yield str(conninfo_to_dict(dsn)["dbname"])


@pytest.fixture
def database(postgres_dsn: str, migrated_once: str) -> Iterator[str]:
    """The DSN of a fresh database with the registry's tables and nothing in them.

    It is dropped after the test together with whoever is still connected to it.
    """
    with fresh_database(postgres_dsn, template=migrated_once) as dsn:
        yield dsn


@pytest.fixture
def empty_database(postgres_dsn: str) -> Iterator[str]:
    """The DSN of a fresh database without any tables, which is dropped like the other."""
    with fresh_database(postgres_dsn) as dsn:
        yield dsn
