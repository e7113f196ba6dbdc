"""A file of evidence to be damaged: what is changed in it, which line is then wrong, and a word of why."""

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

from adapters.seals.heads import HeadsTree, open_or_make_heads
from domain.streams import decisions_of
from tests.evidence.made import NOBODY, World

Line = dict[str, Any]


class Damaged(NamedTuple):
    """A damaged file, by which policy it is read, which line is wrong, and a word of the sentence that says why."""

    content: bytes
    line: int
    word: str
    policy: str


class Evidence:
    """An intact file, to be damaged. Lines are counted from 1, as verifiers do."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.intact = world.evidence(world.bilals)
        self.absent = world.evidence(NOBODY)
        self.lines: list[Line] = [json.loads(line) for line in self.intact.splitlines()]

    def number(self, kind: str, **fields: Any) -> int:
        """The number of the first line of a kind in which these fields stand so."""
        wanted = {"line": kind, **{name: str(value) if name == "stream" else value for name, value in fields.items()}}
        return next(at for at, line in enumerate(self.lines, 1) if wanted.items() <= line.items())

    def own(self, version: int) -> int:
        return self.number("event", stream=self.world.bilals, version=version)

    def decided(self, version: int) -> int:
        return self.number("event", stream=decisions_of(self.world.bilals), version=version)

    def edited(
        self, change: Callable[[list[Line]], object], line: int, word: str, policy: str | None = None
    ) -> Damaged:
        """The file with its lines changed, and with the right number of lines stated."""
        lines = deepcopy(self.lines)
        change(lines)
        lines[0]["lines"] += len(lines) - len(self.lines)
        return Damaged(written(lines), line, word, policy or self.world.policy)

    def raw(self, content: bytes, line: int, word: str, policy: str | None = None) -> Damaged:
        return Damaged(content, line, word, policy or self.world.policy)

    def without(self, *numbers: int, line: int, word: str) -> Damaged:
        def change(lines: list[Line]) -> None:
            for number in sorted(numbers, reverse=True):
                del lines[number - 1]

        return self.edited(change, line, word)

    def altered(self, number: int, field: str, change: Callable[[Any], Any], word: str) -> Damaged:
        """The file with one field of one line changed; that line is then wrong."""
        return self.edited(
            lambda lines: lines[number - 1].update({field: change(lines[number - 1][field])}), number, word
        )

    def respelled(self, number: int, old: bytes, new: bytes, word: str) -> Damaged:
        """The file with some bytes of one line replaced by others that mean the same, or nothing."""
        lines = self.intact.split(b"\n")
        assert old in lines[number - 1], "there is something to respell"
        lines[number - 1] = lines[number - 1].replace(old, new, 1)
        return self.raw(b"\n".join(lines), number, word)

    @property
    def last(self) -> int:
        return len(self.lines)

    @property
    def heads(self) -> HeadsTree:
        tree = self.world.seal().tree
        return open_or_make_heads(tree, self.world.check(self.intact).heads.event.until_position)


def written(lines: list[Line]) -> bytes:
    """Lines as they must be written."""
    return b"".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for line in lines)


def flipped(text: str, at: int = 10) -> str:
    """Base64 with one bit of one byte the other way."""
    content = bytearray(base64.b64decode(text))
    content[at] ^= 1
    return base64.b64encode(content).decode()
