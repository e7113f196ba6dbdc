"""The SQL that makes the roles of a registry and sets their rights, as text; it may be run any number of times.

Roles belong to the whole server and need CREATEROLE; rights belong to tables and need only their owner. So the two are
separate: whoever migrates sets the rights alone.
"""
# ruff: noqa: S608 - made of the names in rights.py and of nothing that anybody types

from collections import defaultdict
from collections.abc import Iterable, Iterator

from adapters.postgres.rights import EVERYBODY, FUNCTIONS, OWNER, READER, ROLES, TABLES, WRITER, grants

WAIT_SECONDS_MAX = 10
"""Giving a table to its owner waits for whoever works on it, and everybody else then waits behind that."""

_HEAD = """\
-- The roles of a Gharana registry, and what each may do. Run it in the registry's database, after `gharana migrate`: as
-- a superuser, or as one who owns the database and its tables and may make roles (CREATEROLE). It may be run again at
-- any time, and takes away what else these roles were given. PostgreSQL 15 to 18.
"""

_SETTINGS = f"SET LOCAL client_min_messages = warning;\nSET LOCAL lock_timeout = '{WAIT_SECONDS_MAX}s';\n"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


_MAKE = f"""\
DO $make$
DECLARE
    wanted text;
BEGIN
    IF to_regclass('own_feed') IS NULL THEN
        RAISE EXCEPTION 'the tables of this version are not there: run `gharana migrate` first';
    END IF;
    FOREACH wanted IN ARRAY ARRAY[{_quoted(ROLES)}] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- somebody else made it just now
            END;
        END IF;
        IF EXISTS (
            SELECT FROM pg_roles WHERE rolname = wanted AND (rolsuper OR rolcanlogin OR rolcreaterole OR rolcreatedb
                OR rolreplication OR rolbypassrls)
        ) THEN
            RAISE EXCEPTION 'the role % is there already, and is more than a group: make it NOLOGIN and take its'
                ' attributes away', wanted;
        END IF;
    END LOOP;
    IF NOT pg_has_role(current_user, '{OWNER}', 'USAGE') THEN
        EXECUTE format('GRANT {OWNER} TO %I', current_user);
    END IF;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', current_schema());
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO {", ".join(ROLES)}', current_schema());
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO {OWNER}', current_schema());
    EXECUTE format('GRANT CREATE ON DATABASE %I TO {OWNER}', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO {OWNER}, {READER}, {WRITER}', current_database()); -- for `audit`
END $make$;
"""

_OWN = f"""\
DO $own$
DECLARE
    owned text;
BEGIN
    FOR owned IN
        SELECT format('TABLE %s', oid::regclass) FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relowner <> '{OWNER}'::regrole
            AND relname IN ({_quoted(TABLES)})
        UNION ALL
        SELECT format('FUNCTION %s', oid::regprocedure) FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proowner <> '{OWNER}'::regrole
            AND proname IN ({_quoted(function.partition("(")[0] for function in FUNCTIONS)})
    LOOP
        EXECUTE format('ALTER %s OWNER TO {OWNER}', owned);
    END LOOP;
END $own$;
"""


def roles_script() -> str:
    """Everything, in one transaction, as a database administrator runs it."""
    return f"{_HEAD}\nBEGIN;\n{roles_statements()}\nCOMMIT;\n"


def roles_statements() -> str:
    """Make the roles, give the tables to the owner's, set all rights; to be run in a transaction."""
    return f"{_SETTINGS}\n{_MAKE}\n{rights_statements()}"


def rights_statements() -> str:
    """Give the tables to the owner's role and set all rights, where the roles are there."""
    return "\n".join((_OWN, *_rights()))


def _rights() -> Iterator[str]:
    nobody = ", ".join((EVERYBODY, *(role for role in ROLES if role != OWNER)))
    yield f"REVOKE ALL ON {', '.join(TABLES)} FROM {nobody};"
    yield f"REVOKE ALL ON FUNCTION {', '.join(FUNCTIONS)} FROM {nobody};"
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for role, on, rights, columns in grants():
        within = f" ({', '.join(columns)})" if columns else ""
        what = ", ".join(f"{right}{within}" for right in sorted(rights))
        alike[role, what].append(on)
    for (role, what), objects in alike.items():
        kind = "FUNCTION " if objects[0] in FUNCTIONS else ""
        yield f"GRANT {what} ON {kind}{', '.join(objects)} TO {role};"
