"""How answers are made of the texts of a row, and of the columns of many rows at once, which is what an import does.

Both ways come to the same, and a law says so. By columns an answer is looked up once for each text that occurs, and
whole parts are made without a dictionary between; a row by itself can say what is wrong with it.
"""

from collections.abc import Callable, Mapping
from itertools import starmap
from operator import itemgetter
from typing import Any, Protocol

import msgspec

from adapters.submissions.shape import TEXT_CHARACTERS_MAX
from adapters.surveys.batches import Batch, Texts
from adapters.surveys.expressions import Make, Unreadable

REMEMBERED_MAX = 10_000
"""Answers kept for each question; texts seen later than that are worked out anew."""


class Build(Protocol):
    """How something is made of the texts of a row; also of many rows at once, which is what an import does."""

    def __call__(self, texts: Texts) -> Any:
        """What a row makes; None is "not known". Raises Unreadable with every reason against it."""

    def column(self, batch: Batch) -> list[Any]:
        """What each row of a batch makes. Raises Unreadable where any row does: then they are made one by one."""


class Remembered(dict[Any, Any]):
    """Answers by the texts that they were made from: a survey asks the same few words a hundred thousand times."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, texts: Any) -> Any:
        answer = self.make(texts)
        if len(self) < REMEMBERED_MAX:
            self[texts] = answer
        return answer


class Answer:
    """One answer: where its columns stand in a row, how it is made of their texts, and what those have meant so far."""

    def __init__(self, places: tuple[int, ...], columns: tuple[str, ...], make: Make) -> None:
        self.places, self.columns, self.make = places, columns, make
        self.pick: Callable[[Texts], Any] = itemgetter(*places) if places else lambda _: ()
        if len(places) == 1:
            self.known = Remembered(lambda text: make({columns[0]: text}))
        else:
            self.known = Remembered(lambda picked: make(dict(zip(columns, picked, strict=True))))

    def __call__(self, texts: Texts) -> Any:
        return self.known[self.pick(texts)]

    def column(self, batch: Batch) -> list[Any]:
        """The answer of each row."""
        if len(self.places) == 1:
            return batch.answers(self.places[0], self.known)
        known = self.known
        if not self.places:
            return [known[()]] * len(batch.numbers)
        return [known[picked] for picked in zip(*map(batch.texts, self.places), strict=True)]


class PlainText(Answer):
    """A column taken as it stands, such as a name: there are too many different ones to remember."""

    def __init__(self, place: int, column: str, make: Make, not_known: frozenset[str]) -> None:
        super().__init__((place,), (column,), make)
        self._not_known = not_known

    def column(self, batch: Batch) -> list[Any]:
        """The text of each row."""
        texts: list[Any] = list(map(str.strip, batch.texts(self.places[0])))
        if max(map(len, texts), default=0) > TEXT_CHARACTERS_MAX or "\0" in "".join(texts):
            raise Unreadable(f"{self.columns[0]}: a text cannot be taken")
        if self._not_known.isdisjoint(texts):
            return texts
        return [None if text in self._not_known else text for text in texts]


Part = tuple[Any, Build]


class Gathered:
    """The known ones among several answers, made together, by their names.

    What was asked before is looked up here without a call for each answer: that halves the time of an import. Answers
    of one column come first, those of several next: a submission's content is known by its bytes, so the order counts.
    """

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        answers = [(name, part) for name, part in parts if isinstance(part, Answer)]
        self._singles = [(name, part.places[0], part.known) for name, part in answers if len(part.places) == 1]
        self._several = [(name, part.pick, part.known) for name, part in answers if len(part.places) != 1]
        self._others = [(name, part) for name, part in parts if not isinstance(part, Answer)]
        single = {name for name, _, _ in self._singles}
        several = {name for name, _, _ in self._several}
        self.in_order = sorted(parts, key=lambda part: 0 if part[0] in single else 1 if part[0] in several else 2)

    def __call__(self, texts: Texts) -> dict[Any, Any]:
        try:
            given = {name: answer for name, at, known in self._singles if (answer := known[texts[at]]) is not None}
            for name, pick, known in self._several:
                if (answer := known[pick(texts)]) is not None:
                    given[name] = answer
            for name, part in self._others:
                if (answer := part(texts)) is not None:
                    given[name] = answer
        except Unreadable:
            raise Unreadable(*_every_reason(self.parts, texts)) from None
        return given

    def column(self, batch: Batch) -> list[Any]:
        """What is known in each row."""
        names = [name for name, _ in self.in_order]
        columns = [part.column(batch) for _, part in self.in_order]
        rows = zip(*columns, strict=True) if columns else ((),) * len(batch.numbers)
        return [
            {name: answer for name, answer in zip(names, row, strict=True) if answer is not None}
            if None in row
            else dict(zip(names, row, strict=True))
            for row in rows
        ]


class Listed:
    """The known ones among several answers, as a list; not known where there is none."""

    def __init__(self, parts: list[Part]) -> None:
        self._gathered = Gathered(parts)

    def __call__(self, texts: Texts) -> tuple[Any, ...] | None:
        return tuple(self._gathered(texts).values()) or None

    def column(self, batch: Batch) -> list[Any]:
        """The list of each row."""
        columns = [part.column(batch) for _, part in self._gathered.in_order]
        return [tuple([answer for answer in row if answer is not None]) or None for row in zip(*columns, strict=True)]


class Whole:
    """A part of the questionnaire; an optional one is not known where something in it must be known and is not."""

    def __init__(self, kind: type[msgspec.Struct], given: Gathered, where: str, *, optional: bool) -> None:
        self._kind, self._given, self._where, self._optional = kind, given, where, optional
        self._fields = msgspec.structs.fields(kind)
        self._goes_by_position = kind.__match_args__ == kind.__struct_fields__
        self._required = tuple(field.name for field in self._fields if field.required)

    def __call__(self, texts: Texts) -> Any:
        return self._made(self._given(texts))

    def _made(self, given: dict[str, Any]) -> Any:
        for name in self._required:
            if name not in given:
                break
        else:
            return self._kind(**given)
        if self._optional:
            return None
        raise Unreadable(f"the {name} of the {self._where.rpartition('.')[2]} is not known, and must be")

    def column(self, batch: Batch) -> list[Any]:
        """The part that each row makes; fields go by position, which is three times as fast as by name."""
        if not self._goes_by_position:
            return [self._made(given) for given in self._given.column(batch)]
        parts = dict(self._given.parts)
        columns = [_or_default(field, parts.get(field.name), batch) for field in self._fields]
        lacking = [column for field, column in zip(self._fields, columns, strict=True) if field.required]
        if any(None in column for column in lacking):
            return [self._made(given) for given in self._given.column(batch)]
        return list(starmap(self._kind, zip(*columns, strict=True)))


def _or_default(field: msgspec.structs.FieldInfo, part: Build | None, batch: Batch) -> list[Any]:
    """The answers to one field, with its default where nothing is known; None where it has none."""
    if part is not None:
        answers = part.column(batch)
        if field.required or field.default is None or None not in answers:
            return answers
    else:
        answers = [None] * len(batch.numbers)
        if field.required or field.default is None:
            return answers
    if field.default is msgspec.NODEFAULT:
        make = field.default_factory
        return [make() if answer is None else answer for answer in answers]
    return [field.default if answer is None else answer for answer in answers]


def together(answers: list[tuple[Any, Answer]]) -> Answer:
    """Those of several yes-or-no answers that are yes, as one answer from all their columns."""
    places = {column: place for _, part in answers for column, place in zip(part.columns, part.places, strict=True)}

    def make(texts: Mapping[str, str]) -> tuple[Any, ...] | None:
        return tuple(name for name, part in answers if part.make(texts)) or None

    return Answer(tuple(places.values()), tuple(places), make)


def _every_reason(parts: list[Part], texts: Texts) -> list[str]:
    reasons: dict[str, None] = {}
    for _, part in parts:
        try:
            part(texts)
        except Unreadable as error:
            reasons |= dict.fromkeys(error.reasons)
    return list(reasons)
