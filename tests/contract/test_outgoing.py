"""What the relay may rely on, of whatever holds the feed."""

import json
from contextlib import closing

import msgspec
import psycopg
import pytest

from adapters.faults import WorldFailed
from adapters.memory.outgoing import MemoryOutgoing
from adapters.outgoing import WrittenHeaders, headers_of
from adapters.postgres.migrate import migrate
from adapters.postgres.outgoing import PostgresOutgoing
from tests.nats_servers import told


@pytest.fixture
def in_memory():
    feed = MemoryOutgoing()
    for message in told(7):
        feed.add(message.subject, message.headers, message.payload)
    return feed


@pytest.fixture
def in_postgres(database: str):
    """The table of two feeds, as the feeder fills it."""
    migrate(database)
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        for message in told(7):
            headers = msgspec.json.encode(message.headers).decode()
            cursor.execute(
                "INSERT INTO feed VALUES (%s, 'kafaalat', %s, %s, 1, %s, %s, %s)",
                (
                    ("bank", "post")[message.position % 2], message.position, message.position, message.subject,
                    headers, message.payload,
                ),
            )  # fmt: skip
    with closing(PostgresOutgoing(database)) as feed:
        yield feed


@pytest.fixture(params=["in_memory", pytest.param("in_postgres", marks=pytest.mark.postgres)])
def outgoing(request):
    """A feed of seven messages, as each adapter of the port holds it."""
    return request.getfixturevalue(request.param)


def test_a_feed_begins_at_one_and_has_no_gap(outgoing):
    assert [message.position for message in outgoing.after(0, 100)] == [1, 2, 3, 4, 5, 6, 7]


def test_no_more_is_returned_than_was_asked_for(outgoing):
    assert [message.position for message in outgoing.after(2, 3)] == [3, 4, 5]


def test_after_the_end_there_is_nothing(outgoing):
    assert list(outgoing.after(7, 10)) == []
    assert list(outgoing.after(99, 10)) == []


def test_the_same_position_gives_the_same_bytes_for_ever(outgoing):
    assert list(outgoing.after(0, 7)) == list(outgoing.after(0, 7)) == told(7)


def test_a_connection_that_was_cut_is_told_and_the_next_question_opens_another(in_postgres, database: str):
    assert len(in_postgres.after(0, 7)) == 7
    with psycopg.connect(database, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    with pytest.raises(WorldFailed, match="Postgres does not answer"):
        in_postgres.after(0, 7)
    assert len(in_postgres.after(0, 7)) == 7


@pytest.mark.parametrize(
    "headers",
    [
        {"ce-id": "1", "ce-type": "standing.decided.v1"},
        {"one": "1"},
        {"ce-id": 'with "quotes", and: colons', "x": "\\"},
        {"ce-id": "گھر"},
        {"x": "two\nlines"},
        {"x": ""},
        {"a,b": "c:d", "e": "{}"},
    ],
)
def test_headers_that_are_not_read_are_those_that_were_written(headers: dict[str, str]):
    for written in (
        msgspec.json.encode(headers).decode(),
        json.dumps(headers),
        json.dumps(headers, ensure_ascii=False),
    ):
        found = headers_of(written)
        assert dict(found) == headers
        if isinstance(found, WrittenHeaders):
            assert found.lines == "".join(f"{name}: {value}\r\n" for name, value in headers.items())
