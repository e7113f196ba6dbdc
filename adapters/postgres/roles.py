"""The roles in a server: making them, renewing their rights, and reading who may do what there now."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
from psycopg.rows import TupleRow, tuple_row

from adapters.faults import Refused, WorldFailed
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line
from adapters.postgres.rights import FUNCTIONS, OWNER, ROLES, TABLES, Grant, grants
from adapters.postgres.roles_sql import rights_statements, roles_statements

_HAS_ROLES = "SELECT FROM pg_class WHERE oid = to_regclass('stored_events') AND pg_get_userbyid(relowner) = %s"
_OF_TABLES = "relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')"
_GIVEN = f"""
    SELECT grantee, relname::text AS name, privilege_type AS privilege, '{{}}'::text[] AS columns
    FROM pg_class, aclexplode(relacl) WHERE {_OF_TABLES} AND grantee <> relowner
    UNION ALL
    SELECT grantee, relname::text, privilege_type, array_agg(attname::text ORDER BY attnum)
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid, aclexplode(attacl)
    WHERE {_OF_TABLES} AND grantee <> relowner GROUP BY grantee, relname, privilege_type
    UNION ALL
    SELECT grantee, proname || '(' || replace(oidvectortypes(proargtypes), ', ', ',') || ')', privilege_type, '{{}}'
    FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    WHERE pronamespace = current_schema()::regnamespace AND grantee <> proowner"""  # noqa: S608 - constants
_GRANTS = f"""
    SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END, name, array_agg(privilege), columns
    FROM ({_GIVEN}) AS given GROUP BY 1, 2, 4 ORDER BY 1, 2"""  # noqa: S608 - constants
_OWNERS = f"SELECT relname, pg_get_userbyid(relowner) FROM pg_class WHERE {_OF_TABLES} ORDER BY relname"  # noqa: S608
_ROLES_THERE = "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
_MEMBERS = """
    SELECT role.rolname, member.rolname FROM pg_auth_members AS membership
    JOIN pg_roles AS role ON role.oid = membership.roleid JOIN pg_roles AS member ON member.oid = membership.member
    WHERE role.rolname = ANY(%s) ORDER BY 1, 2"""


class Standing(NamedTuple):
    """What a database says: rights of anybody on the registry's tables, who owns them, and who is in which role."""

    grants: list[Grant]
    owners: dict[str, str]
    members: list[tuple[str, str]]

    def differences(self) -> list[str]:
        """In which ways this is not what the program needs."""
        wanted = {(each.role, each.on, each.columns): each.rights for each in grants()}
        found = {(each.role, each.on, each.columns): each.rights for each in self.grants if _is_ours(each.on)}
        said = []
        for key in sorted(wanted.keys() | found.keys()):
            role, on, _ = key
            needs, has = wanted.get(key, frozenset()), found.get(key, frozenset())
            said += [f"{role} may {', '.join(sorted(has - needs))} on {on} and need not"] if has - needs else []
            said += [f"{role} may not {', '.join(sorted(needs - has))} on {on} and needs to"] if needs - has else []
        said += [f"{table} belongs to {owner}" for table, owner in self.owners.items() if owner != OWNER]
        return said


def _is_ours(name: str) -> bool:
    return name in TABLES or name in FUNCTIONS


def make_roles(dsn: str) -> None:
    """Make the roles and set their rights. Raises Refused where this login may not."""
    with _transaction(dsn) as cursor:
        try:
            cursor.execute(roles_statements().encode())
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException) as fault:
            raise Refused(
                f"This login ({cursor.connection.info.user}) cannot make the roles: {fault.diag.message_primary}. "
                "Nothing was changed. Whoever administers the server can run what `roles sql` prints."
            ) from fault


def renew_rights(dsn: str) -> bool:
    """Set all rights as this program needs them, where the registry has its roles; as their owner."""
    with _transaction(dsn) as cursor:
        return renew_rights_within(cursor)


def renew_rights_within(cursor: psycopg.Cursor[TupleRow]) -> bool:
    """Set them in the transaction that makes tables, so that nobody is without rights in between."""
    if cursor.execute(_HAS_ROLES, (OWNER,)).fetchone() is None:
        return False
    cursor.execute(rights_statements().encode())
    return True


def read_standing(dsn: str) -> Standing:
    """Read who may do what. Raises Refused where the server has not all roles."""
    with _transaction(dsn) as cursor:
        there = {name for (name,) in cursor.execute(_ROLES_THERE, (list(ROLES),)).fetchall()}
        if missing := [role for role in ROLES if role not in there]:
            raise Refused(f"The server has no role {', '.join(missing)}: `roles make` makes them.")
        rows = cursor.execute(_GRANTS.encode()).fetchall()
        given = [Grant(role, on, frozenset(rights), tuple(columns)) for role, on, rights, columns in rows]
        owners = dict(cursor.execute(_OWNERS.encode()).fetchall())
        return Standing(given, owners, cursor.execute(_MEMBERS, (list(ROLES),)).fetchall())


@contextmanager
def _transaction(dsn: str) -> Iterator[psycopg.Cursor[TupleRow]]:
    try:
        with (
            psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS_MAX) as connection,
            connection.cursor(row_factory=tuple_row) as cursor,
        ):
            yield cursor
    except psycopg.OperationalError as fault:
        raise WorldFailed(
            f"Postgres failed while roles were looked at: {one_line(fault)}. Nothing was changed."
        ) from fault
