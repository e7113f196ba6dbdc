"""What partners are sent, byte for byte: one example of everything that is told. Partners parse these for years.

A file is written where it is missing (python -m tests.golden.make_missing), and never again.
"""

import json

import msgspec
import pytest

from projections.feed_message import FEED
from tests.golden.files import read
from tests.golden.wire import EXAMPLES, FOLDER, as_sent, on_file


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_is_sent_in_the_bytes_on_file(name: str):
    assert on_file(as_sent(EXAMPLES[name])) == read(FOLDER / f"{name}.json")


def test_every_file_has_its_example():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_headers_are_ascii_and_those_of_cloudevents(name: str):
    row = as_sent(EXAMPLES[name])
    headers = row[FEED.column("headers")]
    assert isinstance(headers, str)
    assert headers.isascii()
    told = json.loads(headers)
    needed = {"ce-specversion", "ce-id", "ce-source", "ce-type"}
    others = {"ce-time", "ce-subject", "ce-sequence", "ce-recordedtime", "ce-traceparent", "content-type"}
    assert told.keys() == needed | others
    assert all(isinstance(value, str) and value for value in told.values())
    assert (told["ce-specversion"], told["ce-subject"]) == ("1.0", row[FEED.column("subject")])


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_belongs_to_the_trace_of_its_event(name: str):
    told = json.loads(str(as_sent(EXAMPLES[name])[FEED.column("headers")]))
    version, trace, parent, flags = told["ce-traceparent"].split("-")
    assert (version, flags) == ("00", "00")
    assert (trace, parent) == (f"0123456789abcdef{1_234:016x}", f"{4_711:016x}")


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_subject_has_words_that_a_message_server_takes(name: str):
    words = str(as_sent(EXAMPLES[name])[FEED.column("subject")]).split(".")
    assert words[:3] == ["eligibility", "food-bank", "kafaalat"]
    assert all(word and not set(word) & set(" *>\t") for word in words)


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_message_names_a_household_by_its_id(name: str):
    row = as_sent(EXAMPLES[name])
    number = f"{getattr(EXAMPLES[name].what, 'household', 1):032x}"
    assert number not in msgspec.json.encode(str(row)).decode().replace("-", "")
