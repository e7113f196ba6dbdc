"""One line of what a partner did, read or refused in a sentence."""

import json
from datetime import date
from uuid import UUID

import pytest

from adapters.faults import Refused
from adapters.submissions.partner_report import (
    REFERENCE_CHARACTERS_MAX,
    REPORT_BYTES_MAX,
    Did,
    PartnerReport,
    read_report,
    report_schema,
)

TOKEN = UUID(int=7)
WRITTEN = {"household": str(TOKEN), "did": "paid", "on": "2026-11-25", "amount_paisa": 500, "reference": "p-1"}


def read(**changes) -> PartnerReport:
    return read_report(json.dumps({**WRITTEN, **changes}).encode())


def test_a_report_is_read():
    read_as = PartnerReport(household=TOKEN, did=Did.PAID, on=date(2026, 11, 25), amount_paisa=500, reference="p-1")
    assert read() == read_as


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"did": "payed"}, "payed"),
        ({"did": "enrolled"}, "amount_paisa belongs to what was paid, not to enrolled"),
        ({"household": "me"}, "household"),
        ({"on": "yesterday"}, "on"),
        ({"colour": "red"}, "colour"),
        ({"reference": ""}, "reference has 0 characters"),
        ({"reference": "r" * (REFERENCE_CHARACTERS_MAX + 1)}, "reference has 201 characters"),
        ({"reference": "r" * REPORT_BYTES_MAX}, "bytes; at most"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(changes, sentence):
    with pytest.raises(Refused, match=sentence):
        read(**changes)


def test_a_key_that_stands_twice_is_refused():
    with pytest.raises(Refused, match="reference"):
        read_report(json.dumps(WRITTEN).replace("}", ', "reference": "p-2"}').encode())


def test_the_schema_names_every_field_and_word():
    written = json.dumps(report_schema())
    assert all(f'"{word}"' in written for word in (*WRITTEN, *(did.word for did in Did)))
