"""Which PostgreSQL this registry lives in: the one GHARANA_DATABASE_URL names, else a private one under its home."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg

from adapters.embedded.postgres import postgres_server
from adapters.faults import Refused, WorldFailed
from adapters.home import registry_home
from adapters.postgres.datastore import one_line

VERSION_MIN = 15
VERSION_MAX = 18
CONNECT_SECONDS_MAX = 10

_NAMED_BY = "GHARANA_DATABASE_URL"


def is_private(environ: Mapping[str, str]) -> bool:
    """Say whether the registry lives in a private server of its own, where one superuser does everything."""
    return not environ.get(_NAMED_BY)


@contextmanager
def database(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the DSN of this registry's database, which stays reachable for as long as the context lasts.

    Raises Refused when GHARANA_DATABASE_URL cannot be read or names a server of an unsupported version, and WorldFailed
    when no server answers.
    """
    named = environ.get(_NAMED_BY)
    if named:
        _check_version(named)
        yield named
    else:
        with postgres_server(registry_home(environ)) as dsn:
            yield dsn


def _check_version(dsn: str) -> None:
    try:
        with psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS_MAX) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.ProgrammingError as failure:
        raise Refused(f"GHARANA_DATABASE_URL is not an address of PostgreSQL: {one_line(failure)}.") from None
    except psycopg.OperationalError as failure:
        raise WorldFailed(f"The server that GHARANA_DATABASE_URL names does not answer: {one_line(failure)}.") from None
    if not VERSION_MIN <= version <= VERSION_MAX:
        raise Refused(
            f"The server that GHARANA_DATABASE_URL names is PostgreSQL {version}; "
            f"Gharana needs {VERSION_MIN} to {VERSION_MAX}."
        )
