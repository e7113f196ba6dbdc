"""Read one submission as it is written at the edge: a JSON object with field names and code words."""

from typing import Any

import msgspec

from adapters.faults import Refused
from adapters.json_faults import RepeatedKey, check_keys, why_not_json
from adapters.submissions.shape import AnySubmission
from adapters.word_faults import shown
from adapters.words import from_words, mirror

SUBMISSION_BYTES_MAX = 4 * 1024 * 1024
"""Longest submission that is read: some hundred times a household of fifty people."""


def read_submission(line: bytes) -> AnySubmission:
    """Read one submission, of whichever kind it says it is.

    Raises Refused with a sentence on what to mend. A key that stands twice in one object is refused: JSON does not say
    which of the two is meant.
    """
    if len(line) > SUBMISSION_BYTES_MAX:
        raise Refused(f"The submission has {len(line):,} bytes; at most {SUBMISSION_BYTES_MAX:,} are taken. Divide it.")
    submission: AnySubmission = from_words(line, AnySubmission)
    try:
        check_keys(line)
    except RepeatedKey as repeated:
        raise Refused(why_not_json(line, repeated, shown)) from None
    return submission


def submission_schema() -> dict[str, Any]:
    """The JSON schema of every kind of submission."""
    schema = msgspec.json.schema(mirror(AnySubmission))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A submission to the registry",
        "description": "One JSON object a line; `kind` says what is asked.",
        **schema,
    }
