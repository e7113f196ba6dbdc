"""How every verb speaks: plain sentences and aligned tables for people, one JSON object a line for programs."""

import functools
import json
import os
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
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from adapters.faults import Refused, WorldFailed
from domain.refusal import Rejected

EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_WORLD_FAILED = 0, 1, 2, 3
EXIT_INTERRUPTED = 130
EXIT_NO_READER = 141
"""What a shell shows for a program that ended because nobody reads its output any more (128 + SIGPIPE)."""

WIDTH_OF_A_FILE = 10_000
"""Tables are folded to a terminal; into a file or a pipe they go as wide as they are."""

ID_CHARACTERS = len(str(UUID(int=0)))

WHEN_CUT_SHORT = "What was recorded stays recorded; run the same again to go on."

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for programs.")]

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `verb`, which ends every verb alike."""
        raise BrokenPipeError


class _RateColumn(ProgressColumn):
    """How many are done in a second, of late."""

    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text("" if rate is None else f"{rate:,.0f}/s")


class Output:
    """Where a verb's answers go. With `json`, standard output holds JSON only; people's words go to standard error."""

    def __init__(self, *, json: bool) -> None:
        self.json = json
        width = None if sys.stdout.isatty() else WIDTH_OF_A_FILE
        self._console = _Console(highlight=False, soft_wrap=True, markup=False, width=width)
        self._errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

    def line(self, value: Mapping[str, Any]) -> None:
        """One answer as a JSON object on a line of its own."""
        sys.stdout.write(self.in_json(value) + "\n")

    @staticmethod
    def in_json(value: Mapping[str, Any]) -> str:
        """An answer as one JSON object, without the end of the line."""
        return json.dumps(value, default=_plain, ensure_ascii=False)

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
            values = [row[index] for row in rows if row[index] is not None]
            numeric = bool(values) and all(isinstance(value, int | float | Decimal) for value in values)
            ids = any(isinstance(value, UUID) for value in values)
            table.add_column(
                column.replace("_", " "),
                justify="right" if numeric else "left",
                overflow="fold",
                no_wrap=ids,
                min_width=ID_CHARACTERS if ids else None,
            )
        for row in rows:
            table.add_row(*(_shown(value) for value in row))
        self._console.print(table)

    @contextmanager
    def progress(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A progress bar on standard error, with rate and time left; gives a function told how many more are done."""
        if self.json or not sys.stderr.isatty():
            yield lambda _: None
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._errors) as bar:
            task = bar.add_task(what, total=total)
            yield lambda more: bar.update(task, advance=more)


def write_output(out: Path, content: bytes) -> None:
    """Write a file that somebody asked for by its name. Raises Refused for a folder, WorldFailed where it cannot be."""
    if out.is_dir():
        raise Refused(f"{out} is a folder: name the file that is to be written.")
    try:
        out.write_bytes(content)
    except OSError as failure:
        raise WorldFailed(f"{out} cannot be written ({failure.strerror}): name another place.") from failure


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """The bytes of a file, or of standard input for `-`. Raises Refused where it cannot be read."""
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        lines = Path(file).open("rb")  # noqa: SIM115 - closed below; what fails while it is read is another matter
    except OSError as failure:
        raise Refused(f"{file}: cannot be read ({failure.strerror}): check the name and the rights.") from failure
    with lines:
        yield lines


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
        case Decimal() | Fraction():
            return _number(value)
        case UUID():
            return str(value)
        case bytes():
            return value.hex()
        case frozenset() | set():
            return sorted(map(str, value))
        case _:
            raise TypeError(f"{type(value).__name__} has no form in JSON")


def _number(value: Decimal | Fraction) -> int | float | str:
    """A number where JSON readers get exactly this one, else a text such as 7/18."""
    if value == int(value):
        return int(value)
    return float(value) if Fraction(repr(float(value))) == Fraction(value) else str(value)


def verb(function: Callable[P, ResultT]) -> Callable[P, ResultT]:
    """Turn refusals and faults into a sentence on standard error and the exit code that says whose fault it was."""

    @functools.wraps(function)
    def run(*arguments: P.args, **options: P.kwargs) -> ResultT:
        try:
            with _in_sentences(as_json=bool(options.get("json"))):
                result = function(*arguments, **options)
                sys.stdout.flush()
        except BrokenPipeError:
            _abandon_stdout()
            raise typer.Exit(EXIT_NO_READER) from None
        except OSError as failure:
            _abandon_stdout()
            what = failure.filename or "Standard input or output"
            _end(f"{what}: {failure.strerror or failure}. {WHEN_CUT_SHORT}", EXIT_WORLD_FAILED)
        except KeyboardInterrupt:
            _end(f"Stopped. {WHEN_CUT_SHORT}", EXIT_INTERRUPTED)
        return result

    return run


@contextmanager
def _in_sentences(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except (Refused, Rejected) as refusal:
        _end(str(refusal), EXIT_REFUSED, as_json=as_json)
    except WorldFailed as failure:
        _end(str(failure), EXIT_WORLD_FAILED, as_json=as_json)


def _abandon_stdout() -> None:
    """Python writes what is left when it ends: into nothing, where standard output takes no more."""
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


def _end(sentence: str, code: int, *, as_json: bool = False) -> NoReturn:
    if as_json:
        sys.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    sys.stderr.write(f"gharana: {sentence}\n")
    raise typer.Exit(code)
