"""Read one submission as it is written at the edge: a JSON object with field names and code words."""

import json
from collections import Counter
from typing import Any

import msgspec

from adapters.faults import Refused
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
    json.loads(line, object_pairs_hook=_refuse_twice)
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


def _refuse_twice(pairs: list[tuple[str, Any]]) -> None:
    times = Counter(key for key, _ in pairs)
    twice = next((key for key, count in times.items() if count > 1), None)
    if twice is not None:
        raise Refused(f"{shown(twice)} stands twice in one object: leave out the one that is not meant.")
