"""How every verb speaks: plain sentences and aligned tables for people, one JSON object a line for programs."""

import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NoReturn, ParamSpec, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from adapters.faults import Refused, WorldFailed
from domain.refusal import Rejected

EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_WORLD_FAILED = 0, 1, 2, 3
EXIT_INTERRUPTED = 130

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for programs.")]

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


class Output:
    """Where a verb's answers go. With `json`, standard output holds JSON only; people's words go to standard error."""

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self._console = Console(highlight=False, soft_wrap=True, markup=False)
        self._errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

    def line(self, value: Mapping[str, Any]) -> None:
        """One answer as a JSON object on a line of its own."""
        sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False) + "\n")

    def answer(self, value: Mapping[str, Any], *sentences: str) -> None:
        """One answer: the object for programs, or the sentences for people."""
        if self.json:
            self.line(value)
        else:
            for sentence in sentences:
                self._console.print(sentence)

    def say(self, *sentences: str) -> None:
        """Tell people something; programs do not hear it."""
        if not self.json:
            for sentence in sentences:
                self._console.print(sentence)

    def warn(self, sentence: str) -> None:
        """Tell something on standard error."""
        self._errors.print(sentence)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str | None = None) -> None:
        """A table for people, numbers to the right; each row as an object for programs."""
        if self.json:
            for row in rows:
                self.line(dict(zip(columns, row, strict=True)))
            return
        table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for index, column in enumerate(columns):
            numeric = bool(rows) and all(isinstance(row[index], int | float | Decimal) for row in rows)
            table.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_shown(value) for value in row))
        self._console.print(table)

    @contextmanager
    def progress(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A progress bar on standard error; gives a function that is told how many more are done."""
        if self.json or not sys.stderr.isatty():
            yield lambda _: None
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._errors) as bar:
            task = bar.add_task(what, total=total)
            yield lambda more: bar.update(task, advance=more)


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """The bytes of a file, or of standard input for `-`. Raises Refused where it cannot be read."""
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as lines:
            yield lines
    except OSError as failure:
        raise Refused(f"{file}: cannot be read ({failure.strerror}): check the name and the rights.") from failure


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, int) and not isinstance(value, bool | IntEnum):
        return f"{value:,}"
    return str(_plain(value)) if isinstance(value, IntEnum | Fraction | UUID | date) else str(value)


def _plain(value: Any) -> Any:
    """What JSON does not know: codes by their word, exact numbers and dates as written."""
    match value:
        case IntEnum():
            return value.name.lower()
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case UUID() | Fraction():
            return str(value)
        case bytes():
            return value.hex()
        case frozenset() | set():
            return sorted(map(str, value))
        case _:
            raise TypeError(f"{type(value).__name__} has no form in JSON")


def verb(function: Callable[P, ResultT]) -> Callable[P, ResultT]:
    """Turn refusals and faults into a sentence on standard error and the exit code that says whose fault it was."""

    @functools.wraps(function)
    def run(*arguments: P.args, **options: P.kwargs) -> ResultT:
        as_json = bool(options.get("json"))
        try:
            result = function(*arguments, **options)
            sys.stdout.flush()
        except (Refused, Rejected) as refusal:
            _end(str(refusal), EXIT_REFUSED, as_json=as_json)
        except WorldFailed as failure:
            _end(str(failure), EXIT_WORLD_FAILED, as_json=as_json)
        except BrokenPipeError:
            sys.stderr.close()
            raise SystemExit(EXIT_DONE) from None
        except KeyboardInterrupt:
            _end(
                "Stopped. What was recorded stays recorded; run the same again to go on.",
                EXIT_INTERRUPTED,
                as_json=False,
            )
        return result

    return run


def _end(sentence: str, code: int, *, as_json: bool) -> NoReturn:
    if as_json:
        sys.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    sys.stderr.write(f"gharana: {sentence}\n")
    raise typer.Exit(code)
