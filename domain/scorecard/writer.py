"""A function in the making: indented lines, names from a counter, and the constants that the lines speak of.

No text of a card becomes program text except through ``literal``: as the ``repr`` of a plain value, or as the name of a
constant.
"""

import itertools
from collections.abc import Iterator
from types import TracebackType

from domain.scorecard.numbers import Exact, value_of


class Writer:
    def __init__(self, parent: "Writer | None" = None) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, object] = {} if parent is None else parent.constants
        self._counter: Iterator[int] = itertools.count(1) if parent is None else parent._counter  # noqa: SLF001 - its own kind
        self._depth = 0

    def section(self) -> "Writer":
        """Start lines that are put in their place later, with the same names and constants."""
        return Writer(self)

    def fresh(self, prefix: str) -> str:
        return f"{prefix}{next(self._counter)}"

    def line(self, text: str) -> None:
        self.lines.append("    " * self._depth + text)

    def put(self, *sections: "Writer") -> None:
        for section in sections:
            for line in section.lines:
                self.line(line)

    def assign(self, prefix: str, expression: str) -> str:
        name = self.fresh(prefix)
        self.line(f"{name} = {expression}")
        return name

    def block(self, header: str) -> "_Block":
        """Write a header; the lines written ``with`` it stand below it, one step further in."""
        self.line(header)
        return _Block(self)

    def indent(self, steps: int) -> None:
        self._depth += steps

    def constant(self, value: object) -> str:
        name = self.fresh("K")
        self.constants[name] = value
        return name

    def literal(self, value: object) -> str:
        """Write a value of a card: plain ones as their repr, all others as a constant."""
        if isinstance(value, Exact):
            value = value_of(value)
        return repr(value) if value is None or type(value) in {bool, int, str} else self.constant(value)

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


class _Block:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def __enter__(self) -> None:
        self._writer.indent(1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.indent(-1)
