"""Heads that the registry states untruthfully, under seals that are in order: only a second heads tree tells."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters import codec
from adapters.audit import against_heads
from adapters.audit.findings import Kind
from adapters.faults import WorldFailed
from adapters.followers.projector import PROJECTOR
from adapters.postgres.log import PostgresLog
from adapters.seals.heads import ROW_BYTES, ROWS, open_or_make_heads
from adapters.seals.published import HEADS, find_published
from domain.event import Envelope
from domain.seal import HeadsSealed
from domain.streams import heads_stream
from tests.audit.audited_registry import Copy, copy_of

DAY = date(2026, 1, 2)


def state(registry: Copy, **untruthfully: object) -> None:
    """State the heads of all that is sealed, and seal that."""
    published = find_published(registry.seals, registry.signer.verifier)
    assert published is not None
    heads = open_or_make_heads(published.tree, published.tree.size)
    event = replace(HeadsSealed(DAY, heads.until_position, len(heads), heads.tree.root()), **untruthfully)
    log = PostgresLog(registry.dsn)
    log.append([codec.to_store(heads_stream(), 1, Envelope(datetime(2026, 1, 2, tzinfo=UTC), "x", "system"), event)])
    log.close()
    registry.seal()


def kinds(registry: Copy) -> list[Kind]:
    return [each.kind for each in registry.audit().findings.summaries()]


def test_heads_that_were_stated_truthfully_are_no_finding(audited: Copy, tmp_path: Path):
    with copy_of(audited, tmp_path) as copy:
        state(copy)
        assert kinds(copy) == []


@pytest.mark.parametrize("untruthfully", [{"root": bytes(32)}, {"streams": 1}, {"until_position": 1_000_000}])
def test_heads_that_were_stated_otherwise_are_found(audited: Copy, tmp_path: Path, untruthfully):
    with copy_of(audited, tmp_path) as copy:
        state(copy, **untruthfully)
        assert kinds(copy) == [Kind.HEADS_DIFFER]


def spoil_heads(registry: Copy, until: int) -> None:
    """Make heads of which most rows are gone, as those that others are made from."""
    published = find_published(registry.seals, registry.signer.verifier)
    assert published is not None
    open_or_make_heads(published.tree, until)
    rows = registry.seals / HEADS / str(until) / ROWS
    rows.write_bytes(rows.read_bytes()[: 3 * ROW_BYTES])


def test_heads_that_were_made_before_are_not_believed(audited: Copy, tmp_path: Path):
    with copy_of(audited, tmp_path) as copy:
        half = copy.entries()[-1].position // 2
        spoil_heads(copy, half)
        state(copy)
        spoil_heads(copy, half)
        assert kinds(copy) == [Kind.HEADS_DIFFER]


def test_heads_that_cannot_be_read_are_found(audited: Copy, tmp_path: Path):
    with copy_of(audited, tmp_path) as copy:
        state(copy)
        copy.sql("UPDATE stored_events SET state = '\\x92' WHERE topic = %s", HeadsSealed.name)
        copy.seal()
        assert kinds(copy) == [Kind.UNREADABLE]


def test_without_room_for_a_second_heads_tree_it_is_said_not_to_be_checked(
    audited: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def no_room(*_: object, **__: object) -> None:
        raise WorldFailed("No space left on device.")

    with copy_of(audited, tmp_path) as copy:
        state(copy)
        monkeypatch.setattr(against_heads, "make_heads", no_room)
        assert "the heads that were stated: No space left on device" in copy.audit().not_checked
        assert kinds(copy) == []


def test_events_that_no_follower_came_to_are_said_not_to_be_checked(audited: Copy, tmp_path: Path):
    with copy_of(audited, tmp_path) as copy:
        assert not any("had not come to" in each for each in copy.audit().not_checked)
        last = copy.entries()[-1].position
        copy.sql("UPDATE checkpoints SET notification_id = %s WHERE application_name = %s", last - 100, PROJECTOR)
        assert any("had not come to" in each for each in copy.audit().not_checked)
