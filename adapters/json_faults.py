"""Sentences for a line that is no JSON object: what it looks like, and how to mend it."""

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not JSON, not UTF-8, or nested deeper than Python goes."""

_A_FIELD = re.compile(rb'"[^"]*"\s*:')


class RepeatedKey(Exception):
    """A key stands twice in one object, and JSON does not say which of the two is meant."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


def decoded(line: bytes) -> Any:
    """Decode a line by itself. Raises one of UNREADABLE, or RepeatedKey."""
    value = msgspec.json.decode(line)
    check_keys(line)
    return value


def check_keys(line: bytes) -> None:
    """Raises RepeatedKey where a key stands twice in one object of a line that is JSON."""
    json.loads(line, object_pairs_hook=_once)


def why_not_json(line: bytes, error: Exception, shown: Callable[[str], str]) -> str:
    """Say in one sentence why a line is no JSON object."""
    if isinstance(error, RepeatedKey):
        return f"{shown(error.key)} stands twice in one object: leave out the one that is not meant."
    if line.startswith(codecs.BOM_UTF8):
        return "The text begins with a byte order mark: remove the byte order mark (save as UTF-8 without BOM)."
    if not _is_utf8(line):
        return "The text is not valid UTF-8: save the file as UTF-8 and send it again."
    if isinstance(error, RecursionError):
        return "The objects and lists are nested too deeply: no submission goes deeper than a few levels."
    if _is_a_piece(line.strip()):
        return (
            "one complete JSON object must stand on one line; this looks like JSON spread over several: "
            "`jq -c .` joins it."
        )
    if "out of range" in str(error):
        return "A number is too large to be kept exactly: write a smaller one."
    return f"This is not a JSON object ({error}): write one complete object in braces."


def _is_a_piece(line: bytes) -> bool:
    """Whether JSON was spread over several lines: this one opens, closes or names something and is not whole."""
    closes_only = bool(line) and not line.strip(b"]}, \t")
    return closes_only or line.endswith((b",", b"{", b"[")) or _A_FIELD.match(line) is not None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> None:
    times = Counter(key for key, _ in pairs)
    twice = next((key for key, count in times.items() if count > 1), None)
    if twice is not None:
        raise RepeatedKey(twice)
