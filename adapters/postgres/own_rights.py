"""What the login in use may do beyond what running a registry needs, and whether the log's triggers stand.

Asked of the server and not of our own table of rights: a superuser's rights stand in no grant. What counts is what the
login can make of itself by SET ROLE.
"""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from adapters.postgres.rights import APPEND_ONLY

NOT_TO_BE_CHANGED = ("stored_events", "feed")
_CHANGES = ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
_ATTRIBUTES = {
    "rolsuper": "is a superuser, whom nothing stops",
    "rolcreaterole": "may make roles, and so give itself others",
    "rolbypassrls": "passes over row security",
}
_OUTSIDE = {
    "pg_write_server_files": "may write files of the server, those of its tables too",
    "pg_execute_server_program": "may run programs on the server",
}
_BECOMES = "SELECT EXISTS (SELECT FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER') AND {attribute})"
_OWNS = """
    SELECT relname FROM pg_class
    WHERE oid = ANY(%(tables)s::regclass[]) AND pg_has_role(session_user, relowner, 'MEMBER')
    ORDER BY relname DESC"""
_MAY = """
    SELECT EXISTS (SELECT FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')
        AND (has_table_privilege(oid, %(table)s::regclass, %(change)s)
            OR %(change)s = 'UPDATE' AND has_any_column_privilege(oid, %(table)s::regclass, 'UPDATE')))"""
_BEFORE_ANY_CHANGE = 2 + 8 + 16 + 32
"""How pg_trigger.tgtype says BEFORE, DELETE, UPDATE and TRUNCATE, once a statement."""
_ALWAYS = """
    SELECT tgrelid::regclass::text FROM pg_trigger
    WHERE tgname = tgrelid::regclass::text || '_append_only' AND tgenabled = 'A' AND tgtype = %s"""

Ask = Callable[..., list[Any]]


def excess(dsn: str) -> list[str]:
    """Name each right that nothing which runs needs: `is a superuser`, `may DELETE from stored_events` and so on."""
    with psycopg.connect(dsn) as connection, connection.cursor(row_factory=tuple_row) as cursor:

        def ask(query: str, **parameters: object) -> list[Any]:
            return [value for (value,) in cursor.execute(query.encode(), parameters).fetchall()]

        return list(_excess(ask))


def _excess(ask: Ask) -> Iterator[str]:
    for attribute, says in _ATTRIBUTES.items():
        if ask(_BECOMES.format(attribute=attribute)) == [True]:
            yield says
    for role, says in _OUTSIDE.items():
        if ask(_BECOMES.format(attribute=f"rolname = '{role}'")) == [True]:
            yield says
    for table in ask(_OWNS, tables=list(NOT_TO_BE_CHANGED)):
        yield f"owns {table}, and may switch off what keeps it as it is"
    for table in NOT_TO_BE_CHANGED:
        if changes := [change for change in _CHANGES if ask(_MAY, table=table, change=change) == [True]]:
            yield f"may {', '.join(changes)} on {table}"


def tables_without_trigger(dsn: str) -> list[str]:
    """Which tables that are only appended to lack the trigger that says so, or have it switched off."""
    with psycopg.connect(dsn) as connection, connection.cursor(row_factory=tuple_row) as cursor:
        there = {table for (table,) in cursor.execute(_ALWAYS, (_BEFORE_ANY_CHANGE,)).fetchall()}
    return [table for table in APPEND_ONLY if table not in there]
