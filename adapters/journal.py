"""The journal of what our workers do, for operators: one JSON object a line for programs, sentences on a terminal.

Every line has the same five fields: `time`, `worker`, `level`, `event` (a word of the table in docs/operations.md) and
`fields`. Nothing about a household or a person goes into it.
"""

import os
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import structlog

JournalForm = Literal["json", "plain"]
LINE_BYTES_MAX = 4_000
"""A line of up to 4,096 bytes is written to a pipe in one piece, however many processes share it."""
WORDS_MAX = 1_000

_Line = MutableMapping[str, Any]


class Journal:
    """Where one worker tells what happens to it; a sentence is among the fields of each line."""

    def __init__(self, worker: str, form: JournalForm) -> None:
        self._lines = structlog.wrap_logger(
            _Stderr(),
            processors=[_in_schema, _in_json if form == "json" else _in_words],
            wrapper_class=structlog.BoundLogger,
        ).bind(worker=worker)

    def info(self, event: str, sentence: str, **fields: object) -> None:
        self._lines.info(event, sentence=sentence, **fields)

    def warning(self, event: str, sentence: str, **fields: object) -> None:
        self._lines.warning(event, sentence=sentence, **fields)

    def error(self, event: str, sentence: str, **fields: object) -> None:
        self._lines.error(event, sentence=sentence, **fields)


def journal_form(asked: JournalForm | None) -> JournalForm:
    """Return the form that was asked for; otherwise sentences on a terminal, and JSON anywhere else."""
    return asked or ("plain" if sys.stderr.isatty() else "json")


def one_line(fault: BaseException) -> str:
    """Say what went wrong and where in our code, without the values that a longer account would hold."""
    where = traceback.extract_tb(fault.__traceback__)[-1:]
    at = f" ({where[0].filename.rpartition('/')[2]}:{where[0].lineno})" if where else ""
    said = str(fault).partition("\n")[0]
    return f"{type(fault).__name__}{at}: {said}" if said else f"{type(fault).__name__}{at}"


class _Stderr:
    """Writes each line in one call; whoever closed standard error is not interested."""

    def msg(self, line: str) -> None:
        try:
            os.write(2, line.encode()[:LINE_BYTES_MAX] + b"\n")
        except OSError:
            return

    info = warning = error = msg


def _in_schema(_: object, level: str, line: _Line) -> _Line:
    worker, event = line.pop("worker"), line.pop("event")
    fields = {name: value[:WORDS_MAX] if isinstance(value, str) else value for name, value in line.items()}
    now = datetime.now(UTC)
    return {"time": now, "worker": worker, "level": level, "event": event, "fields": fields}


def _in_json(_: object, __: str, line: _Line) -> str:
    return msgspec.json.encode(line).decode()


def _in_words(_: object, __: str, line: _Line) -> str:
    return f"{line['time']:%H:%M:%S} {line['worker']}: {line['fields']['sentence']}"
