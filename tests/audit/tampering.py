"""What somebody who may do anything to the database and its files can do to a registry, and its name in an audit."""

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from adapters import codec
from adapters.audit.findings import Kind
from adapters.bench.population import CARD
from adapters.log import STREAM_MAX, Entry
from adapters.seals.published import CHECKPOINT, WITNESSED
from domain.programme import CutOffSet
from domain.questionnaire.codes import Outcome
from domain.scorecard_adoption import ScorecardAdopted
from domain.standing import Decided
from domain.streams import decisions_of, is_household
from tests.audit.audited_registry import UNSEALED, Copy

_PUSH_ON = "UPDATE stored_events SET notification_id = -notification_id - %s WHERE notification_id >= %s"
_TURN_BACK = "UPDATE stored_events SET notification_id = -notification_id WHERE notification_id < 0"


class Tampering(NamedTuple):
    """One way of tampering, and the kind of finding that must name it."""

    what: str
    kind: Kind
    do: Callable[[Copy], None]


def _own(registry: Copy) -> list[Entry]:
    """Events of households about themselves, in the order of the log."""
    return [entry for entry in registry.entries() if is_household(entry.stream) and entry.name != Decided.name]


def _last_of_its_stream(registry: Copy) -> Entry:
    own = _own(registry)
    return next(
        entry
        for entry in own
        if entry.version > 1 and not any(o.stream == entry.stream and o.version > entry.version for o in own)
    )


def _alter_a_byte(registry: Copy) -> None:
    position = _own(registry)[7].position
    registry.sql(
        "UPDATE stored_events SET state = set_byte(state, length(state) - 1, get_byte(state, length(state) - 1) # 1)"
        " WHERE notification_id = %s",
        position,
    )


def _delete_the_last_event(registry: Copy) -> None:
    registry.sql("DELETE FROM stored_events WHERE notification_id = %s", registry.entries()[-1].position)


def _delete_a_household(registry: Copy) -> None:
    household = _own(registry)[5].stream
    registry.sql("DELETE FROM stored_events WHERE originator_id IN (%s, %s)", household, decisions_of(household))


def _swap_payloads(registry: Copy) -> None:
    one, other = [entry for entry in _own(registry) if entry.version == 1][3:5]
    for entry, others in ((one, other), (other, one)):
        registry.sql(
            "UPDATE stored_events SET state = %s, topic = %s WHERE notification_id = %s",
            others.state,
            others.name,
            entry.position,
        )


def _insert_behind_the_day(registry: Copy) -> None:
    """An event of a household, put where its day was; everything after it is pushed on."""
    last = _last_of_its_stream(registry)
    registry.sql(_PUSH_ON, 1, last.position + 1)
    registry.sql(_TURN_BACK)
    registry.sql(
        "INSERT INTO stored_events (notification_id, originator_id, originator_version, topic, state)"
        " VALUES (%s, %s, %s, %s, %s)",
        *(last.position + 1, last.stream, last.version + 1, last.name, last.state + b""),
    )


def _move_an_event(registry: Copy) -> None:
    moved = _last_of_its_stream(registry)
    to = next(entry for entry in _own(registry) if entry.stream != moved.stream).stream
    version = max(entry.version for entry in _own(registry) if entry.stream == to) + 1
    registry.sql(
        "UPDATE stored_events SET originator_id = %s, originator_version = %s WHERE notification_id = %s",
        *(to, version, moved.position),
    )


def _change_a_decision(registry: Copy) -> None:
    """A decision is changed before it is sealed, so that the seals have nothing to say."""
    registry.seal(until=len(registry.entries()) - UNSEALED)
    entry = next(entry for entry in reversed(registry.entries()) if entry.name == Decided.name)
    envelope, event = codec.decode(entry.name, entry.state)
    changed = replace(event, conclusion=replace(event.conclusion, outcome=Outcome.BLOCKED))
    state = codec.encode(envelope, changed)
    registry.sql("UPDATE stored_events SET state = %s WHERE notification_id = %s", state, entry.position)


def _change_a_row(registry: Copy) -> None:
    registry.sql(
        "UPDATE eligibility SET outcome = %s"
        " WHERE decision_position = (SELECT min(decision_position) FROM eligibility)",
        int(Outcome.BLOCKED),
    )


def _change_a_scorecard_file(registry: Copy) -> None:
    file = registry.scorecards / CARD.name
    content = file.read_text()
    changed = content.replace("points = 6", "points = 7")
    assert changed != content, "the card has an answer of six points"
    file.write_text(changed)


def _truncate_a_tile(registry: Copy) -> None:
    tile = next(file for file in (registry.seals / "tile" / "0").rglob("*") if file.is_file())
    tile.write_bytes(tile.read_bytes()[:-32])


def _sign_a_fork(registry: Copy) -> None:
    """History is altered and sealed anew with the right key; the checkpoint that witnesses signed is left as it was."""
    witnessed = (registry.seals / CHECKPOINT).read_bytes()
    _alter_a_byte(registry)
    registry.seal()
    (registry.seals / WITNESSED).write_bytes(witnessed)


ELEVEN = (
    Tampering("an altered byte", Kind.ALTERED, _alter_a_byte),
    Tampering("the last event deleted", Kind.MISSING_AT_END, _delete_the_last_event),
    Tampering("a household deleted", Kind.MISSING_HOUSEHOLD, _delete_a_household),
    Tampering("two payloads swapped", Kind.SWAPPED, _swap_payloads),
    Tampering("an event inserted behind its day", Kind.INSERTED, _insert_behind_the_day),
    Tampering("an event moved to another household", Kind.MOVED, _move_an_event),
    Tampering("a decision changed", Kind.DECISION_DIFFERS, _change_a_decision),
    Tampering("a row of an answer changed", Kind.ANSWER_DIFFERS, _change_a_row),
    Tampering("a scorecard file changed", Kind.SCORECARD_DIFFERS, _change_a_scorecard_file),
    Tampering("a tile cut short", Kind.TILE_DAMAGED, _truncate_a_tile),
    Tampering("history altered and signed anew", Kind.FORK, _sign_a_fork),
)


def _rename_an_event(registry: Copy) -> None:
    position = _own(registry)[7].position
    registry.sql("UPDATE stored_events SET topic = 'household.moved.v1' WHERE notification_id = %s", position)


def _swap_positions(registry: Copy) -> None:
    one, other = [entry.position for entry in _own(registry) if entry.version == 1][3:5]
    for old, new in ((one, -1), (other, one), (-1, other)):
        registry.sql("UPDATE stored_events SET notification_id = %s WHERE notification_id = %s", new, old)


def _delete_in_the_middle(registry: Copy) -> None:
    registry.sql("DELETE FROM stored_events WHERE notification_id = %s", _last_of_its_stream(registry).position)


def _delete_and_close_the_gap(registry: Copy) -> None:
    position = _last_of_its_stream(registry).position
    registry.sql("DELETE FROM stored_events WHERE notification_id = %s", position)
    registry.sql(_PUSH_ON, -1, position + 1)
    registry.sql(_TURN_BACK)


def _cut_off_the_end(registry: Copy) -> None:
    registry.sql("DELETE FROM stored_events WHERE notification_id > %s", len(registry.entries()) - 10)


def _insert_before_the_beginning(registry: Copy) -> None:
    """No follower reads on from below the first position, but whoever folds the household reads it."""
    last = _last_of_its_stream(registry)
    _insert(registry, -5, last, last.version + 1)


def _insert_at_a_taken_position(registry: Copy) -> None:
    last = _last_of_its_stream(registry)
    registry.sql("DROP INDEX stored_events_notification_id_idx")
    registry.sql("CREATE INDEX ON stored_events (notification_id)")
    _insert(registry, last.position, last, last.version + 1)


def _insert_into_the_stream(registry: Copy) -> None:
    """A version is put between two others, and takes a new position: the later version is numbered anew."""
    last = _last_of_its_stream(registry)
    registry.sql(
        "UPDATE stored_events SET originator_version = %s WHERE notification_id = %s", last.version + 1, last.position
    )
    _insert(registry, len(registry.entries()) + 1, last, last.version)


def _append_behind_the_day(registry: Copy) -> None:
    """Not sealed yet, and written as if it had been recorded long ago."""
    last = _last_of_its_stream(registry)
    _insert(registry, len(registry.entries()) + 1, last, last.version + 1)


def _insert(registry: Copy, position: int, like: Entry, version: int) -> None:
    registry.sql(
        "INSERT INTO stored_events (notification_id, originator_id, originator_version, topic, state)"
        " VALUES (%s, %s, %s, %s, %s)",
        *(position, like.stream, version, like.name, like.state),
    )


def _forge_who_decided(registry: Copy) -> None:
    registry.seal(until=len(registry.entries()) - UNSEALED)
    entry = next(entry for entry in reversed(registry.entries()) if entry.name == Decided.name)
    envelope, event = codec.decode(entry.name, entry.state)
    state = codec.encode(replace(envelope, by="somebody"), event)
    registry.sql("UPDATE stored_events SET state = %s WHERE notification_id = %s", state, entry.position)


def _take_a_row_away(registry: Copy) -> None:
    registry.sql("DELETE FROM roster_lookup WHERE household_id = %s", _own(registry)[3].stream)


def _add_a_row_of_nobody(registry: Copy) -> None:
    registry.sql("INSERT INTO roster_lookup (household_id, tokens) VALUES (%s, '{}')", STREAM_MAX)


def _count_somebody_twice(registry: Copy) -> None:
    registry.sql("UPDATE indicators SET members = members + 1 WHERE ctid = (SELECT min(ctid) FROM indicators)")


def _damage_an_entry(registry: Copy) -> None:
    bundle = next(file for file in (registry.seals / "tile" / "entries").rglob("*") if file.is_file())
    content = bytearray(bundle.read_bytes())
    content[60] ^= 1
    bundle.write_bytes(content)


def _damage_the_signature(registry: Copy) -> None:
    note = registry.seals / CHECKPOINT
    note.write_bytes(note.read_bytes().replace(b"registry.example/seals ", b"registry.example/others "))


def _take_the_seals_away(registry: Copy) -> None:
    note = registry.seals / CHECKPOINT
    note.rename(registry.seals / WITNESSED)


def _lower_a_cut_off(registry: Copy) -> None:
    entry = next(entry for entry in registry.entries() if entry.name == CutOffSet.name)
    envelope, event = codec.decode(entry.name, entry.state)
    state = codec.encode(envelope, replace(event, value=event.value - 5))
    registry.sql("UPDATE stored_events SET state = %s WHERE notification_id = %s", state, entry.position)


def _garble_a_policy(registry: Copy) -> None:
    entry = next(entry for entry in registry.entries() if entry.name == CutOffSet.name)
    registry.sql("UPDATE stored_events SET state = '\\x92' WHERE notification_id = %s", entry.position)


def _take_a_card_out_of_the_log(registry: Copy) -> None:
    registry.sql("DELETE FROM stored_events WHERE topic = %s", ScorecardAdopted.name)


def _empty_the_log(registry: Copy) -> None:
    registry.sql("DELETE FROM stored_events")


OTHERS = (  # what else a superuser may think of
    Tampering("an event renamed", Kind.ALTERED, _rename_an_event),
    Tampering("two positions swapped", Kind.SWAPPED, _swap_positions),
    Tampering("an event deleted in the middle", Kind.MISSING_IN_MIDDLE, _delete_in_the_middle),
    Tampering("an event deleted and the gap closed", Kind.MISSING_IN_MIDDLE, _delete_and_close_the_gap),
    Tampering("the end cut off", Kind.MISSING_AT_END, _cut_off_the_end),
    Tampering("an event inserted before the beginning", Kind.INSERTED, _insert_before_the_beginning),
    Tampering("an event inserted at a taken position", Kind.INSERTED, _insert_at_a_taken_position),
    Tampering("an event inserted into its stream", Kind.INSERTED, _insert_into_the_stream),
    Tampering("an event appended behind its day", Kind.INSERTED, _append_behind_the_day),
    Tampering("a decision by another hand", Kind.DECISION_DIFFERS, _forge_who_decided),
    Tampering("a cut-off lowered", Kind.ALTERED, _lower_a_cut_off),
    Tampering("a policy garbled", Kind.ALTERED, _garble_a_policy),
    Tampering("a card taken out of the log", Kind.MISSING_IN_MIDDLE, _take_a_card_out_of_the_log),
    Tampering("the log emptied", Kind.MISSING_AT_END, _empty_the_log),
    Tampering("a row taken away", Kind.ANSWER_DIFFERS, _take_a_row_away),
    Tampering("a row of nobody added", Kind.ANSWER_DIFFERS, _add_a_row_of_nobody),
    Tampering("a count raised", Kind.ANSWER_DIFFERS, _count_somebody_twice),
    Tampering("an entry damaged", Kind.TILE_DAMAGED, _damage_an_entry),
    Tampering("a checkpoint of another name", Kind.NOT_BELIEVED, _damage_the_signature),
    Tampering("the seals taken away", Kind.FORK, _take_the_seals_away),
)
