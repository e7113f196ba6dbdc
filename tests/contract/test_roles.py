"""Nobody who runs a registry can change its history: what each role of the database may do, no table left out."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, RaiseException

from adapters.faults import Refused
from adapters.log import NewEntry
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import MIGRATIONS, migrate
from adapters.postgres.own_rights import excess, tables_without_trigger
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.rights import (
    APPEND_ONLY,
    FUNCTIONS,
    OWNER,
    PARTNER,
    READER,
    READER_COLUMNS,
    SEALER,
    TABLES,
    WRITER,
)
from adapters.postgres.roles import make_roles, read_standing
from adapters.postgres.roles_sql import roles_script
from adapters.postgres.writing import COPY_FROM_EVENTS
from tests.histories import compile_by_size
from tests.posted_feeds import tell
from tests.servers import fresh_database, login

pytestmark = pytest.mark.postgres

STREAM = UUID(int=0x42)


@pytest.fixture(scope="module")
def registry(postgres_dsn: str) -> Iterator[str]:
    """The DSN, as its superuser, of a database with tables and roles."""
    with fresh_database(postgres_dsn) as dsn:
        migrate(dsn)
        make_roles(dsn)
        with closing(PostgresLog(dsn)) as log:
            log.append([NewEntry(STREAM, 1, "a.fact.v1", b"one")])
        tell(dsn, 2, ("food-bank", "kafaalat"))
        tell(dsn, 1, ("school-fund", "kafaalat"))
        yield dsn


@pytest.fixture(scope="module")
def writer(registry: str) -> Iterator[str]:
    with login(registry, WRITER) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def reader(registry: str) -> Iterator[str]:
    with login(registry, READER) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def sealer(registry: str) -> Iterator[str]:
    with login(registry, SEALER) as dsn:
        yield dsn


def says(dsn: str, statement: str) -> list[tuple]:
    with psycopg.connect(dsn) as connection:
        cursor = connection.execute(statement.encode())
        while cursor.nextset():
            pass  # the last statement's answer is wanted
        return cursor.fetchall() if cursor.description else []


def is_refused(dsn: str, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        says(dsn, statement)


# The table of rights


def test_every_table_view_and_function_was_given_a_thought(registry: str):
    there = "relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')"
    assert {name for (name,) in says(registry, f"SELECT relname FROM pg_class WHERE {there}")} == TABLES.keys()
    functions = "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    assert {name for (name,) in says(registry, functions)} == FUNCTIONS.keys()


def test_every_column_of_a_table_shown_in_part_was_given_a_thought(registry: str):
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = 'webhooks' ORDER BY ordinal_position"
    columns = [name for (name,) in says(registry, query)]
    assert [name for name in columns if name != "wrapped_secret"] == list(READER_COLUMNS["webhooks"])


def test_every_sequence_belongs_to_a_column(registry: str):
    """Then whoever may insert needs no right of its own for it."""
    loose = (
        "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'i')"
    )
    assert says(registry, loose) == []


def test_the_database_says_what_the_table_of_rights_says(registry: str):
    assert read_standing(registry).differences() == []


def test_a_right_too_many_or_too_few_is_named(database: str):
    migrate(database)
    make_roles(database)
    says(database, "GRANT UPDATE (topic) ON stored_events TO gharana_writer; GRANT DELETE ON feed TO PUBLIC")
    says(database, "REVOKE INSERT ON feed FROM gharana_writer; ALTER TABLE tokens OWNER TO CURRENT_USER")
    differences = read_standing(database).differences()
    assert len(differences) == 4
    assert "PUBLIC may DELETE on feed and need not" in differences
    assert "gharana_writer may UPDATE on stored_events and need not" in differences
    assert "gharana_writer may not INSERT on feed and needs to" in differences
    assert any(each.startswith("tokens belongs to ") for each in differences)
    says(database, roles_script())
    assert read_standing(database).differences() == []


# Who may make roles


def test_an_owner_who_may_make_roles_makes_them(postgres_dsn: str):
    with (
        fresh_database(postgres_dsn) as dsn,
        login(dsn, attributes="CREATEROLE") as owner,
        psycopg.connect(dsn, autocommit=True) as server,
    ):
        server.execute(f"ALTER DATABASE {server.info.dbname} OWNER TO {_user(owner)}".encode())
        migrate(owner)
        server.execute(f"GRANT {OWNER} TO {_user(owner)} WITH ADMIN OPTION".encode())
        make_roles(owner)
        assert read_standing(owner).differences() == []
        server.execute(f"ALTER DATABASE {server.info.dbname} OWNER TO CURRENT_USER".encode())


def test_whoever_may_not_make_roles_is_told_who_can(database: str, writer: str):
    migrate(database)
    with login(database) as somebody, pytest.raises(Refused, match=r"cannot make the roles.* `roles sql` prints"):
        make_roles(somebody)


def test_roles_before_tables_are_refused(empty_database: str):
    with pytest.raises(Refused, match="run `gharana migrate` first"):
        make_roles(empty_database)


def _user(dsn: str) -> str:
    return psycopg.conninfo.conninfo_to_dict(dsn)["user"]


# The writer

CHANGES = (
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "ALTER TABLE {table} DISABLE TRIGGER {table}_append_only",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "DROP TRIGGER {table}_append_only ON {table}",
    "CREATE TRIGGER t BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE swallow AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "ALTER TABLE {table} RENAME TO old",
    "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "DROP TABLE {table}",
    "SELECT FROM {table} FOR UPDATE",
)


@pytest.mark.parametrize("role", [WRITER, READER, SEALER])
@pytest.mark.parametrize(("table", "column"), [("stored_events", "topic"), ("feed", "subject")])
def test_nobody_who_runs_changes_the_log_or_the_feed(registry: str, role: str, table: str, column: str):
    with login(registry, role) as dsn:
        for change in CHANGES:
            is_refused(dsn, change.format(table=table, column=column))


def test_a_writer_cannot_become_more_than_it_is(writer: str):
    is_refused(writer, f"SET ROLE {OWNER}")
    is_refused(writer, "SET session_replication_role = replica")
    is_refused(writer, "CREATE TABLE public.more (one int)")
    is_refused(writer, "CREATE SCHEMA more")
    is_refused(writer, "CREATE ROLE more")
    is_refused(writer, "DROP FUNCTION refuse_to_change_the_log() CASCADE")
    is_refused(
        writer,
        "CREATE OR REPLACE FUNCTION refuse_to_change_the_log() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END'",
    )


def test_nobody_makes_tables_where_an_older_server_let_everybody(empty_database: str):
    """Databases that were upgraded from PostgreSQL 14 let PUBLIC create in `public`."""
    says(empty_database, "GRANT CREATE ON SCHEMA public TO PUBLIC")
    migrate(empty_database)
    make_roles(empty_database)
    with login(empty_database, WRITER) as dsn:
        is_refused(dsn, "CREATE TABLE public.more (one int)")


def test_a_writer_appends_by_either_way(writer: str):
    appends(writer, UUID(int=0x77))


def test_a_writer_opens_tables_that_are_current(writer: str):
    assert migrate(writer) == []


def appends(dsn: str, stream: UUID) -> None:
    with closing(PostgresLog(dsn)) as log:
        before = log.last_position()
        log.append([NewEntry(stream, 1, "a.fact.v1", b"one")])
        many = [NewEntry(stream, number, "a.fact.v1", b"more") for number in range(2, COPY_FROM_EVENTS + 2)]
        assert log.append(many)[-1] == before + COPY_FROM_EVENTS + 1
        assert len(log.stream(stream)) == COPY_FROM_EVENTS + 1


# The others


def test_a_reader_writes_nowhere(reader: str):
    for table in TABLES:
        found = says(
            reader,
            f"SELECT has_table_privilege('{table}', right_), right_"
            " FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) AS right_"
            f" WHERE has_table_privilege('{table}', right_) OR has_any_column_privilege('{table}', 'INSERT, UPDATE')",
        )
        assert found == [], table
    is_refused(reader, "SELECT lock_log()")
    is_refused(reader, "DELETE FROM standing")
    is_refused(reader, "INSERT INTO checkpoints VALUES ('assessor', 1)")


def test_a_reader_sees_neither_keys_nor_what_webhooks_are_signed_with(reader: str):
    is_refused(reader, "SELECT FROM household_keys")
    is_refused(reader, "SELECT wrapped_secret FROM webhooks")
    is_refused(reader, "SELECT * FROM webhooks")
    assert says(reader, f"SELECT {', '.join(READER_COLUMNS['webhooks'])} FROM webhooks") == []


def test_a_sealer_appends_and_reads_the_log_and_sees_no_keys_and_no_answers(sealer: str):
    appends(sealer, UUID(int=0x78))
    assert {name for (name,) in says(sealer, _MAY_SELECT)} == {
        "stored_events",
        "checkpoints",
        "event_names",
        "registry",
        "schema_migrations",
    }
    for table in ("household_keys", "tokens", "key_copies", "webhooks", "feed"):
        is_refused(sealer, f"SELECT FROM {table}")


_MAY_SELECT = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
    " AND has_any_column_privilege(oid, 'SELECT')"
)


def test_a_partner_sees_the_rows_of_its_own_feeds_and_nothing_else(registry: str):
    with login(registry, PARTNER, name="food-bank") as dsn:
        assert [row[:2] for row in says(dsn, "SELECT * FROM own_feed ORDER BY sequence")] == [
            ("kafaalat", 1),
            ("kafaalat", 2),
        ]
        assert says(dsn, f"SET ROLE {PARTNER}; SELECT count(*) FROM own_feed") == [(2,)]
        assert says(dsn, _MAY_SELECT) == [("own_feed",)]
        is_refused(dsn, "SELECT FROM feed")
        is_refused(dsn, "INSERT INTO own_feed VALUES ('kafaalat', 3, 's', '{}', '')")
        is_refused(dsn, "UPDATE own_feed SET subject = ''")
        is_refused(dsn, "DELETE FROM own_feed")
        with login(registry, PARTNER, name="school-fund"):
            is_refused(dsn, 'SET SESSION AUTHORIZATION "school-fund"')
        is_refused(dsn, "CREATE OR REPLACE VIEW own_feed AS SELECT * FROM feed")


def test_a_partner_s_function_is_not_shown_the_rows_of_others(registry: str):
    """Without a security barrier a cheap condition of the reader's own sees each row before ours does."""
    with login(registry, PARTNER, name="food-bank") as dsn, psycopg.connect(dsn) as connection:
        seen: list[str] = []
        connection.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))
        connection.execute(
            "CREATE FUNCTION pg_temp.tell(headers text) RETURNS boolean LANGUAGE plpgsql COST 0.0001"
            " AS $$ BEGIN RAISE NOTICE '%', headers; RETURN true; END $$"
        )
        connection.execute("SELECT count(*) FROM own_feed WHERE pg_temp.tell(headers)")
        assert len(seen) == 2


# The owner, and whoever is above


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("setting", ["origin", "replica"])
def test_the_trigger_meets_the_superuser_too_whatever_the_session_says(registry: str, table: str, setting: str):
    for change in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(RaiseException, match=r"only (appended|added)"):
            says(registry, f"SET session_replication_role = {setting}; {change}")


def test_a_trigger_that_is_switched_off_is_named(database: str):
    migrate(database)
    assert tables_without_trigger(database) == []
    says(database, "ALTER TABLE feed DISABLE TRIGGER feed_append_only")
    says(database, "ALTER TABLE submissions ENABLE TRIGGER submissions_append_only")
    says(database, "DROP TRIGGER stored_events_append_only ON stored_events")
    assert tables_without_trigger(database) == ["stored_events", "feed", "submissions"]


def test_what_an_owner_adds_belongs_to_the_role_and_bears_its_rights(database: str, tmp_path: Path):
    """As the next migration will: made anew by a login that is a member of the owner's role."""
    migrate(database)
    make_roles(database)
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "9999_anew.sql").write_text(
        "DROP TABLE group_memberships; CREATE TABLE group_memberships (household_id uuid PRIMARY KEY);"
        "ALTER TABLE stored_events ADD COLUMN more text"
    )
    with login(database, OWNER) as owner:
        with (
            login(database, WRITER) as writer,
            pytest.raises(Refused, match=r"older than this program.* as their owner"),
        ):
            migrate(writer, folder)
        assert migrate(owner, folder) == ["9999_anew.sql"]
        assert read_standing(database).differences() == []


def test_a_login_in_no_role_is_told_so(registry: str):
    with login(registry) as somebody, pytest.raises(Refused, match="in none of its roles"):
        migrate(somebody)


def test_a_rebuild_takes_the_owner_and_leaves_owner_and_rights_as_they_were(database: str):
    migrate(database)
    make_roles(database)
    says(database, "GRANT SELECT ON standing TO PUBLIC")
    with login(database, OWNER) as owner, closing(PostgresLog(owner)) as log:
        assert rebuild(log, compile_by_size, swap=True, workers=1).swapped
    with closing(PostgresLog(database)) as log:  # a superuser, who is not the owner
        assert rebuild(log, compile_by_size, swap=True, workers=1).swapped
    assert read_standing(database).differences() == ["PUBLIC may SELECT on standing and need not"]
    with login(database, WRITER) as writer, closing(PostgresLog(writer)) as log, pytest.raises(InsufficientPrivilege):
        rebuild(log, compile_by_size, workers=1)


# What `check` says of the login in use


@pytest.mark.parametrize("role", [WRITER, READER, SEALER, PARTNER])
def test_a_login_of_those_that_run_may_do_nothing_too_much(registry: str, role: str):
    with login(registry, role) as dsn:
        assert excess(dsn) == []


def test_a_superuser_is_told_each_thing(registry: str):
    told = " ".join(excess(registry))
    for word in (
        "superuser",
        "make roles",
        "row security",
        "owns stored_events",
        "owns feed",
        "TRUNCATE, TRIGGER on feed",
    ):
        assert word in told


@pytest.mark.parametrize(
    ("attributes", "also", "word"),
    [
        ("CREATEROLE", "", "may make roles"),
        ("BYPASSRLS", "", "row security"),
        ("", "GRANT UPDATE ON stored_events TO {login}", "may UPDATE on stored_events"),
        ("", "GRANT TRIGGER ON feed TO {login}", "may TRIGGER on feed"),
        ("", "GRANT UPDATE (topic) ON stored_events TO {login}", "may UPDATE on stored_events"),
        ("", "GRANT pg_write_all_data TO {login}", "may UPDATE, DELETE on stored_events"),
        ("NOINHERIT", "GRANT gharana_owner TO {login}", "owns stored_events"),
        ("", "GRANT pg_execute_server_program TO {login}", "programs on the server"),
    ],
)
def test_each_right_that_is_too_much_is_named(registry: str, attributes: str, also: str, word: str):
    with login(registry, WRITER, attributes=attributes) as dsn:
        says(registry, also.format(login=_user(dsn)) or "SELECT 1")
        assert word in "; ".join(excess(dsn))
