"""What `subscribe` prints for people: a sentence for each kind of message that a partner is told."""

import msgspec
import pytest

from adapters.cli.subscribe import in_plain_words
from projections.feed_message import PAYLOADS
from tests.golden.wire import EXAMPLES, TOKEN, as_sent, on_file

SENTENCES = {
    "agreement_made": "The agreement begins, from 2026-11-01 until 2027-06-30: the list is new.",
    "agreement_ended": "The agreement is over, and so is the list.",
    "decided_to_eligible_with_score": (
        f"{TOKEN} in PK602: pending -> eligible from 2026-11-21, score within cutoff (circumstances), score 16.17"
    ),
    "shock_declared": "flood-2026 (flood) is declared: PK602 PK70101/Lyari",
    "shock_lifted": "flood-2026 (flood) is over: PK602 PK70101/Lyari",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_message_is_told_in_a_sentence(name):
    assert said(name) == SENTENCES[name]


def test_every_kind_of_message_has_one():
    assert {EXAMPLES[name].name for name in EXAMPLES if said(name)} == set(PAYLOADS)


def said(name):
    message = on_file(as_sent(EXAMPLES[name]))
    return in_plain_words(message["headers"]["ce-type"], msgspec.json.decode(message["payload"]))
