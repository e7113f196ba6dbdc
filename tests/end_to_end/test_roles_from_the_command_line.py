"""A registry in a server of its own, run by logins that may do what they need and no more."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.rights import OWNER, READER, ROLES, SEALER, WRITER
from adapters.registry.opening import open_registry, utc_now
from adapters.words import to_words
from tests.end_to_end.command_line import CommandLine
from tests.households import missed_out
from tests.servers import fresh_database, login

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

LINE, ANOTHER_LINE = (json.dumps(to_words(missed_out(number=number)), default=str) for number in (7101, 7102))


class As(CommandLine):
    """Verbs in a registry's home, by somebody who logs in to its database."""

    def __init__(self, home: Path, dsn: str) -> None:
        super().__init__(home)
        self._dsn = dsn

    def environ(self) -> dict[str, str]:
        return {**super().environ(), "GHARANA_DATABASE_URL": self._dsn}


@pytest.fixture(scope="module")
def dsn(postgres_dsn: str) -> Iterator[str]:
    with fresh_database(postgres_dsn) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def superuser(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> As:
    """Has made the tables, and the roles by the printed SQL."""
    superuser = As(tmp_path_factory.mktemp("registry"), dsn)
    superuser.done("migrate", "--json")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(superuser.done("roles", "sql").out.encode())
    return superuser


@pytest.fixture(scope="module")
def writer(superuser: As, dsn: str) -> Iterator[As]:
    with login(dsn, WRITER) as writer_dsn:
        yield As(superuser.home, writer_dsn)


@pytest.fixture(scope="module")
def household(writer: As) -> str:
    """Registered, assessed and told of by the writer alone."""
    writer.done("scorecard", "adopt", "pakistan_schreiner_2009", "--from", "2014-01-01", "--json")
    writer.done("programme", "open", "kafaalat", "--from", "2014-01-01", "--json")
    answer = writer.done("submit", "-", "--json", stdin=LINE).objects[0]
    writer.done("run", "--until-caught-up", "--json")
    return str(answer["household"])


def test_a_writer_does_the_work_of_a_registry(writer: As, household: str):
    events = writer.done("household", "history", household, "--json").objects
    assert events[0]["event"] == "household.registered.v1"
    checks = {one["check"]: one for one in writer.done("check", "--json").objects}
    assert checks["rights"]["ok"] is checks["append only"]["ok"] is True


def test_a_writer_is_told_what_the_owner_must_do(writer: As, household: str):
    said = writer("rebuild")
    assert (said.code, said.out) == (1, "")
    assert "This login may not do that (permission denied for database" in said.err


def test_a_reader_reads_and_is_refused_in_a_sentence_where_it_would_write_or_open(
    superuser: As, dsn: str, household: str
):
    with login(dsn, READER) as reader_dsn:
        reader = As(superuser.home, reader_dsn)
        checks = {one["check"]: one["says"] for one in reader.done("check", "--json").objects}
        assert "not looked at" in checks["erasures"]
        for verb in (("submit", "-"), ("household", "show", household, "--open", "an audit")):
            said = reader(*verb, stdin=ANOTHER_LINE)
            assert said.code == 1, said
            assert "This login may not do that (permission denied for" in said.err


def test_a_sealer_seals_and_a_reader_audits(superuser: As, dsn: str, household: str):
    with login(dsn, SEALER) as sealer_dsn, login(dsn, READER) as reader_dsn:
        sealer, reader = As(superuser.home, sealer_dsn), As(superuser.home, reader_dsn)
        sealer.done("seal", "heads")
        assert "No findings." in reader.done("audit", "--all").out
        said = sealer("household", "find", "--anyone", "--place", "PK20101")
        assert (said.code, said.out) == (1, "")
        assert "permission denied" in said.err


def test_a_reader_opens_a_registry_whose_day_nobody_has_opened(superuser: As, dsn: str, household: str):
    with login(dsn, READER) as reader_dsn:
        environ = {"GHARANA_HOME": str(superuser.home), "GHARANA_DATABASE_URL": reader_dsn}
        with closing(PostgresLog(dsn)) as log:
            before = log.last_position()
        with open_registry(environ, lambda: utc_now() + timedelta(days=1)) as registry:
            assert registry.log.last_position() == before


def test_a_superuser_is_named_and_told_which_role_to_use(superuser: As, household: str):
    said = superuser("check", "--json")
    rights = next(one for one in said.objects if one["check"] == "rights")
    assert (said.code, rights["ok"]) == (1, False)
    assert "is a superuser" in rights["says"]
    assert WRITER in rights["says"]


def test_roles_are_shown_as_the_database_has_them(superuser: As, writer: As, dsn: str):
    *rows, verdict = superuser.done("roles", "show", "--json").objects
    assert {row["role"] for row in rows} == set(ROLES)
    assert {"role": WRITER, "on": "stored_events", "rights": "INSERT, SELECT"} in rows
    assert verdict["differences"] == []
    assert any(each["role"] == WRITER for each in verdict["members"])
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("GRANT DELETE ON feed TO gharana_writer")
        said = writer("roles", "show")
        assert said.code == 1
        assert "LOOK  gharana_writer may DELETE on feed and need not." in said.out
        with login(dsn, OWNER) as owner:
            assert As(superuser.home, owner).done("migrate", "--json").object == {"applied": [], "rights_set": True}
    assert "This is what the program needs." in writer.done("roles", "show").out
