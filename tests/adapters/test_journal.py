"""The journal on standard error: one schema for every line, and no values that an exception may hold."""

import json
from datetime import datetime

import pytest

from adapters.journal import LINE_BYTES_MAX, Journal, journal_form, one_line


def lines(capfd):
    return capfd.readouterr().err.splitlines()


def test_each_line_is_an_object_of_the_same_five_fields(capfd):
    journal = Journal("feeder", "json")
    journal.info("working", "Works.")
    journal.warning("restarting", "It is started again.", code=-9)
    first, second = map(json.loads, lines(capfd))
    assert [list(each) for each in (first, second)] == [["time", "worker", "level", "event", "fields"]] * 2
    assert datetime.fromisoformat(first["time"]).tzinfo is not None
    assert (first["worker"], first["level"], first["event"]) == ("feeder", "info", "working")
    assert (second["level"], second["fields"]) == ("warning", {"sentence": "It is started again.", "code": -9})


def test_for_people_a_line_is_a_sentence(capfd):
    Journal("feeder", "plain").error("down", "It stays down.", code=1)
    (line,) = lines(capfd)
    assert line.endswith(" feeder: It stays down.")


def test_into_a_file_it_is_json_unless_asked_otherwise():
    assert (journal_form(None), journal_form("plain")) == ("json", "plain")


def test_a_line_stays_whole_however_long_its_sentence_is(capfd):
    Journal("feeder", "json").info("notice", "گھر" * 5_000)
    (line,) = lines(capfd)
    assert len(line.encode()) <= LINE_BYTES_MAX
    assert json.loads(line)["event"] == "notice"


def test_a_fault_is_told_by_its_kind_its_place_and_its_first_line_alone():
    with pytest.raises(ValueError, match="unique") as raised:
        raise ValueError("a row breaks unique constraint\nDETAIL: Key (cnic)=(35202-1234567-8) exists.")
    told = one_line(raised.value)
    assert told.startswith("ValueError (test_journal.py:")
    assert told.endswith("): a row breaks unique constraint")
