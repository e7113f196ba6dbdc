"""Who may do what in the database: one line for each table, view and function that the migrations make.

Nobody but the owner may change or take away a row of the log or of the feed, and the owner meets a trigger. A new table
without a line here fails a test: somebody has to say who needs it.
"""

from collections.abc import Iterator
from typing import NamedTuple

OWNER = "gharana_owner"
"""Owns every table, so that it may migrate and put rebuilt answers in place; for the hours when that is done."""
WRITER = "gharana_writer"
"""The door and every follower: whatever runs."""
READER = "gharana_reader"
"""Auditors and reports: reads, and cannot open what is sealed."""
SEALER = "gharana_sealer"
"""Reads the log and appends to it, and sees nothing of keys and tokens."""
PARTNER = "gharana_partner"
"""Reads the rows of its own feeds through a view, and no table."""
ROLES = (OWNER, WRITER, READER, SEALER, PARTNER)
EVERYBODY = "PUBLIC"

Rights = frozenset[str]

NOTHING: Rights = frozenset()
READ: Rights = frozenset({"SELECT"})
APPEND = READ | {"INSERT"}
AMEND = APPEND | {"UPDATE"}
KEEP = AMEND | {"DELETE"}
CALL: Rights = frozenset({"EXECUTE"})


class TableRights(NamedTuple):
    """What each role may do with a table; the owner may do everything with its own."""

    writer: Rights
    reader: Rights = READ
    sealer: Rights = NOTHING
    partner: Rights = NOTHING


_ANSWER = TableRights(KEEP)
"""Answers follow from the log: whoever spoils one is found by `rebuild`."""

TABLES: dict[str, TableRights] = {
    # what is only appended to
    "stored_events": TableRights(APPEND, sealer=APPEND),
    "feed": TableRights(APPEND),
    "submissions": TableRights(APPEND),
    "key_copies": TableRights(APPEND),
    "schema_migrations": TableRights(READ, sealer=READ),
    # what says which registry and which program this is
    "registry": TableRights(APPEND, sealer=READ),
    "event_names": TableRights(AMEND, sealer=AMEND),
    # how far everybody has come
    "checkpoints": TableRights(AMEND, sealer=READ),
    "reassessments": TableRights(KEEP),
    "feed_ends": TableRights(AMEND),
    # keys: a destroyed key is overwritten, its row stays; the reader need open nothing
    "household_keys": TableRights(AMEND, reader=NOTHING),
    "tokens": TableRights(KEEP),
    "erasures": TableRights(AMEND),
    # webhooks: the reader sees all but what is signed with, see READER_COLUMNS
    "webhooks": TableRights(KEEP, reader=NOTHING),
    "webhook_dead_letters": TableRights(KEEP),
    "webhook_replays": TableRights(KEEP),
    # answers
    "standing": _ANSWER,
    "eligibility": _ANSWER,
    "decisions": _ANSWER,
    "households": _ANSWER,
    "roster_lookup": _ANSWER,
    "indicators": _ANSWER,
    "former_places": _ANSWER,
    "shock_surveys": _ANSWER,
    "participation": _ANSWER,
    "payments": _ANSWER,
    "group_memberships": _ANSWER,
    # what a partner sees
    "own_feed": TableRights(NOTHING, reader=NOTHING, partner=READ),
}

READER_COLUMNS = {
    "webhooks": (
        "webhook_id",
        "partner",
        "programme",
        "url",
        "scheme",
        "made_at",
        "made_by",
        "sequence",
        "tries",
        "refused_in_a_row",
        "next_try_at",
        "last_error",
        "paused_at",
    )
}
"""Tables of which the reader may see these columns and not the others."""

_APPENDERS = {WRITER: CALL, SEALER: CALL}
FUNCTIONS: dict[str, dict[str, Rights]] = {
    # They run as whoever calls them, who needs the right to insert all the same.
    "lock_log()": _APPENDERS,
    "append_events(uuid[],bigint[],text[],bytea[])": _APPENDERS,
    # Triggers: whoever changes a table calls them without a right to.
    "refuse_to_change_the_log()": {},
    "refuse_to_change_the_feed()": {},
    "refuse_to_change_what_is_added()": {},
}

APPEND_ONLY = ("stored_events", "feed", "submissions", "key_copies", "schema_migrations")
"""Each has a trigger TABLE_append_only that no setting of a session passes over."""


class Grant(NamedTuple):
    """That a role may do things with a table or function, or with some columns of a table."""

    role: str
    on: str
    rights: Rights
    columns: tuple[str, ...] = ()


def grants() -> Iterator[Grant]:
    """Every right of every role but the owner's."""
    for table, of in TABLES.items():
        for role, rights in zip((WRITER, READER, SEALER, PARTNER), of, strict=True):
            if rights:
                yield Grant(role, table, rights)
    for table, columns in READER_COLUMNS.items():
        yield Grant(READER, table, READ, columns)
    for function, of_function in FUNCTIONS.items():
        for role, rights in of_function.items():
            yield Grant(role, function, rights)
