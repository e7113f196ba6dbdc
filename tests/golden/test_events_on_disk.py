"""What was stored in 2026 can be read in 2046, byte by byte."""

from datetime import date
from typing import ClassVar

import msgspec
import pytest
from msgspec.structs import fields

from adapters import codec
from adapters.codec import UnknownEvent, decode, encode, known_events, refuse_newer
from adapters.words import to_words
from domain.catalogue import EVENTS as KINDS
from domain.event import Envelope, Event
from domain.household.events import ContactChanged, Moved
from domain.registry_day import DayOpened
from tests.golden.examples import ENVELOPE, EXAMPLES, ON, PLACE
from tests.golden.files import EVENTS, SCHEMAS, in_words, read, schema
from tests.golden.make_missing import write_missing

FILES = sorted(EVENTS.glob("*.json"))
BY_NAME = {event.name: event for event in EXAMPLES}


def raw(envelope, event):
    """Bytes as some other program might have written them."""
    return msgspec.msgpack.Encoder(uuid_format="bytes", decimal_format="string").encode([envelope, event])


def test_every_event_has_a_file_and_every_file_an_event():
    readable = known_events().keys()
    assert {path.stem for path in FILES} == set(readable)
    assert {path.stem for path in SCHEMAS.glob("*.json")} == {*KINDS, "envelope"}


def test_every_event_has_one_example():
    assert sorted(event.name for event in EXAMPLES) == sorted(KINDS)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.name)
def test_an_example_fills_every_field(event):
    left_out = [field.name for field in fields(event) if getattr(event, field.name) == field.default]
    assert left_out == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_stored_bytes_are_read_as_what_was_meant(path):
    stored = read(path)
    assert path.stem == stored["name"]
    told = in_words(stored["name"], bytes.fromhex(stored["state"]))
    assert {"envelope": stored["envelope"], "event": stored["event"]} == told


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_read_is_written_as_the_same_bytes(path):
    stored = read(path)
    state = bytes.fromhex(stored["state"])
    if stored["name"] in codec.UPCASTERS:
        pytest.skip("a retired event is read and never written")
    assert encode(*decode(stored["name"], state)) == state


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sealed_bytes_and_hashes_come_back_as_they_went_in(path):
    stored = read(path)
    assert decode(stored["name"], bytes.fromhex(stored["state"])) == (ENVELOPE, BY_NAME[stored["name"]])


@pytest.mark.parametrize("name", [*KINDS, "envelope"])
def test_what_an_event_is_stored_as_has_not_changed(name):
    assert (SCHEMAS / f"{name}.json").read_text() == schema({**KINDS, "envelope": Envelope}[name]), (
        f"{name} is stored otherwise than before. A new field at the end of the event itself is fine: write the "
        "schemas anew (tests/golden/make_missing.py) and let the review see it. Anything else is a new version and an "
        "upcaster."
    )


def test_making_missing_files_never_touches_what_is_there(tmp_path):
    (tmp_path / f"{DayOpened.name}.json").write_text("kept")
    assert len(write_missing(tmp_path)) == len(EXAMPLES) - 1
    assert (tmp_path / f"{DayOpened.name}.json").read_text() == "kept"
    assert write_missing(tmp_path) == []


# Retired events


class MovedAsOnceStored(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """As a move was stored before it said where from."""

    name: ClassVar[str] = "household.relocated.v1"
    on: date
    code: str


@pytest.fixture
def with_a_retired_event(monkeypatch):
    def raised(old: MovedAsOnceStored) -> Moved:
        return Moved(old.on, PLACE, msgspec.structs.replace(PLACE, code=old.code))

    monkeypatch.setattr(codec, "_pairs", {})
    monkeypatch.setitem(codec.UPCASTERS, "household.relocated.v1", (MovedAsOnceStored, raised))


@pytest.mark.usefixtures("with_a_retired_event")
def test_a_retired_event_is_read_as_todays():
    state = encode(ENVELOPE, MovedAsOnceStored(ON, "PK70101"))
    assert decode("household.relocated.v1", state) == (
        ENVELOPE,
        Moved(ON, PLACE, msgspec.structs.replace(PLACE, code="PK70101")),
    )


@pytest.mark.usefixtures("with_a_retired_event")
def test_a_retired_event_is_known_when_the_registry_is_opened():
    refuse_newer({"household.relocated.v1": known_events()["household.relocated.v1"]})


def test_the_same_bytes_are_refused_where_nothing_can_read_them():
    state = encode(ENVELOPE, MovedAsOnceStored(ON, "PK70101"))
    with pytest.raises(UnknownEvent, match=r"an event named household.relocated.v1.*Run that version"):
        decode("household.relocated.v1", state)


# What a newer program wrote, or what is damaged


def longer(value):
    return [*msgspec.to_builtins(value, builtin_types=(bytes, date)), "something new"]


NESTED = [msgspec.to_builtins(ON), [b"sealed", [], "something new"]]
SHORT_ENVELOPE = Envelope(ENVELOPE.recorded_at, "operator-7", "operator")


@pytest.mark.parametrize(
    ("name", "state"),
    [
        (DayOpened.name, raw(SHORT_ENVELOPE, [ON, "something new"])),
        (ContactChanged.name, raw(SHORT_ENVELOPE, NESTED)),
        (DayOpened.name, raw([ENVELOPE.recorded_at, "a", "b", *[None] * 4, "something new"], [ON])),
        (DayOpened.name, raw([ENVELOPE.recorded_at, "a", "b", None, None, None, [*[None] * 10, "new"]], [ON])),
    ],
    ids=["event", "struct in an event", "envelope", "struct in an envelope"],
)
def test_an_array_that_is_longer_than_we_know_is_refused(name, state):
    with pytest.raises(UnknownEvent, match=f"An event {name} in the log cannot be read.*a newer version wrote it"):
        decode(name, state)


@pytest.mark.parametrize(
    ("name", "event"),
    [(DayOpened.name, []), (DayOpened.name, ["yesterday"]), ("household.gender_changed.v1", [ON, PLACE, 1, 9])],
    ids=["too short", "no day", "unknown code"],
)
def test_what_does_not_fit_is_refused(name, event):
    with pytest.raises(UnknownEvent, match="cannot be read"):
        decode(name, raw(SHORT_ENVELOPE, event))


@pytest.mark.parametrize("state", [b"", b"\xc1", encode(ENVELOPE, DayOpened(ON))[:-1]], ids=["empty", "noise", "cut"])
def test_damaged_bytes_are_refused(state):
    with pytest.raises(UnknownEvent, match=r"restore the log from a backup"):
        decode(DayOpened.name, state)


def test_a_registry_that_a_newer_program_wrote_to_is_not_opened():
    refuse_newer(known_events())
    grown = known_events() | {DayOpened.name: known_events()[DayOpened.name] + 1, "household.cloned.v1": 3}
    with pytest.raises(UnknownEvent, match=r"it knows household.cloned.v1, registry.day_opened.v1"):
        refuse_newer(grown)


def test_a_field_appended_to_a_struct_that_events_share_makes_them_longer():
    assert known_events()[ContactChanged.name] > codec.fields_of(ContactChanged) > len(fields(ContactChanged))


def test_words_hide_what_is_sealed():
    assert to_words(BY_NAME["household.address_changed.v1"])["address"] == "sealed"
