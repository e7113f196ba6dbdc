"""Compile a mapping against the questionnaire: every answer is known, of the right kind, and made quickly.

What a mapping file may say about a part of the questionnaire follows from the part's type alone, so a question that is
added to it can be mapped at once.
"""

import difflib
import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import msgspec
from pydantic import ValidationError

from adapters.documents import mapping as document
from adapters.documents.mapping import OPERATORS, Expression, faults_of
from adapters.faults import Refused
from adapters.surveys.answers import Answer, Build, Gathered, Listed, Part, PlainText, Whole, together
from adapters.surveys.expressions import Unreadable, Usage, constant, maker
from adapters.word_faults import nearest_first, shown
from domain.questionnaire.codes import Code


class Compiler:
    """Compiles the tables of one mapping that read the same file, and collects the columns that they read."""

    def __init__(self, mapping: document.Mapping) -> None:
        self.usage = Usage(frozenset(mapping.not_known), mapping.yes, mapping.no, mapping.offset)
        self.columns: list[str] = []

    def place_of(self, column: str) -> int:
        """Where a column stands in the texts of a row."""
        if column not in self.columns:
            self.columns.append(column)
        return self.columns.index(column)

    def build(self, kind: Any, table: Any, where: str, *, optional: bool = False) -> Build:
        """How a value of a type is made from a row as the table says; None is "not known"."""
        kind = _without_none(kind)
        if get_origin(kind) is dict:
            return self._counts(get_args(kind)[0], table, where)
        if get_origin(kind) is tuple:
            return self._list(get_args(kind)[0], table, where)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.struct(kind, table, where, optional=optional)
        return self._answer(kind, table, where)

    def struct(self, kind: type[msgspec.Struct], table: Any, where: str, *, optional: bool = False) -> Build:
        """How a part of the questionnaire is made."""
        return Whole(kind, self.fields(kind, table, where), where, optional=optional)

    def fields(
        self, kind: type[msgspec.Struct], table: Any, where: str, *, skip: frozenset[str] = frozenset()
    ) -> Gathered:
        """How the known fields of a part are made; those to skip are not the mapping's to say."""
        fields = {field.name: field for field in msgspec.structs.fields(kind) if field.name not in skip}
        _check_names(table, tuple(fields), where)
        lacking = [name for name, field in fields.items() if field.required and name not in table]
        if lacking:
            raise Refused(f"{where}: says nothing about {', '.join(lacking)}, which must be known.")
        parts = [
            (name, self.build(fields[name].type, part, f"{where}.{name}", optional=not fields[name].required))
            for name, part in table.items()
        ]
        return Gathered(parts)

    def _counts(self, codes: type[Code], table: Any, where: str) -> Build:
        """A number for each kind: 0 is "asked, none"; a kind not known is left out."""
        _check_names(table, tuple(code.word for code in codes), where)
        parts: list[Part] = [
            (codes[word.upper()], self._answer(int, part, f"{where}.{word}")) for word, part in table.items()
        ]
        return Gathered(parts)

    def _list(self, kind: Any, table: Any, where: str) -> Build:
        """A list of answers, one table each; of a code list also as one yes-or-no for each word."""
        if isinstance(table, dict):
            return self._words(kind, table, where)
        if not isinstance(table, tuple):
            raise Refused(f"{where}: must be a list of tables.")
        parts = [
            (number, self.build(kind, part, f"{where}.{number}", optional=True)) for number, part in enumerate(table, 1)
        ]
        return Listed(parts)

    def _words(self, codes: Any, table: dict[str, Any], where: str) -> Answer:
        if not (isinstance(codes, type) and issubclass(codes, Code)):
            raise Refused(f"{where}: must be a list of tables.")
        _check_names(table, tuple(code.word for code in codes), where)
        parts = [(codes[word.upper()], self._answer(bool, part, f"{where}.{word}")) for word, part in table.items()]

        return together(parts)

    def _answer(self, kind: Any, table: Any, where: str) -> Answer:
        expression = parse_expression(table, where)
        columns, make = maker(expression, self.usage, lambda part: parse_expression(part, where))
        as_kind = _converter(kind, where)
        for value in _constants(expression):
            _check_constant(as_kind, value, where)
        places = tuple(self.place_of(column) for column in columns)

        def answer(texts: Mapping[str, str]) -> Any:
            return as_kind(make(texts), columns)

        if kind is str and isinstance(expression, document.Coded) and expression.codes is None:
            return PlainText(places[0], expression.column, answer, self.usage.not_known)
        return Answer(places, columns, answer)


def parse_expression(table: Any, where: str) -> Expression:
    """The expression that a table of the mapping file says. Raises Refused if it says none, or two."""
    named = [name for name in table if name in OPERATORS] if isinstance(table, dict) else []
    if len(named) != 1:
        raise Refused(f"{where}: must be a table with one of {', '.join(OPERATORS)}.")
    try:
        return OPERATORS[named[0]].model_validate(table)
    except ValidationError as failure:
        raise Refused(faults_of(failure, (where,))) from failure


def _converter(kind: Any, where: str) -> Callable[[Any, tuple[str, ...]], Any]:
    """How an answer becomes a value of the questionnaire's kind; Unreadable where it is another kind's."""
    if isinstance(kind, type) and issubclass(kind, Code):
        read: Callable[[Any], Any] = {code.word: code for code in kind}.__getitem__
    elif kind in CONVERTERS:
        read = CONVERTERS[kind]
    else:
        raise Refused(f"{where}: cannot be mapped.")

    def convert(answer: Any, columns: tuple[str, ...]) -> Any:
        if answer is None:
            return None
        try:
            return read(answer)
        except (KeyError, ValueError, TypeError):
            choices = nearest_first(str(answer), [code.word for code in kind]) if issubclass(kind, Code) else ""
            wanted = f"is not one of the words {choices}" if choices else f"is not {KIND_WORDS[kind]}"
            raise Unreadable(f"{', '.join(columns) or 'the value'}: {shown(answer)} {wanted}") from None

    return convert


def _exactly(*kinds: type) -> Callable[[Any], Any]:
    def check(answer: Any) -> Any:
        if type(answer) not in kinds:
            raise TypeError
        return answer

    return check


def _count(answer: Any) -> int:
    if not isinstance(answer, int):
        raise TypeError
    return int(answer)  # yes is one of them, no is none


CONVERTERS: dict[Any, Callable[[Any], Any]] = {
    int: _count,
    bool: _exactly(bool),
    str: _exactly(str),
    date: _exactly(date),
    datetime: _exactly(datetime),
    UUID: UUID,
}
KIND_WORDS = {
    int: "a whole number",
    bool: "yes or no",
    str: "a text",
    date: "a date",
    datetime: "a moment",
    UUID: "an id",
}


def _constants(expression: Expression) -> list[Any]:
    """Every value that the mapping file itself gives, so that a wrong word is found before any row is read."""
    match expression:
        case document.Value(value=value):
            return [value]
        case document.Coded(codes=codes, otherwise=otherwise):
            return [*(codes or {}).values(), otherwise]
        case document.Table(codes=codes, otherwise=otherwise):
            return [*_leaves(codes), otherwise]
        case document.Cases(cases=cases, otherwise=otherwise):
            parts = [*(case.then for case in cases), otherwise]
            return [value for part in parts for value in _constants_of_part(part)]
        case document.First(first=parts) | document.All(all=parts) | document.AnyOf(any=parts):
            return [value for part in parts for value in _constants_of_part(part)]
        case _:
            return []


def _constants_of_part(part: Any) -> list[Any]:
    return _constants(parse_expression(part, "")) if isinstance(part, dict) else [part]


def _leaves(codes: Any) -> list[Any]:
    return [leaf for part in codes.values() for leaf in _leaves(part)] if isinstance(codes, dict) else [codes]


def _check_constant(as_kind: Callable[[Any, tuple[str, ...]], Any], value: Any, where: str) -> None:
    try:
        as_kind(constant(value), ())
    except Unreadable as error:
        raise Refused(f"{where}: {error}.") from None


def _check_names(table: Any, names: tuple[str, ...], where: str) -> None:
    if not isinstance(table, dict):
        raise Refused(f"{where}: must be a table.")
    for name in table:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=3) or names
            raise Refused(f"{where}: {name!r} is not known here; write one of {', '.join(near)}.")


def _without_none(kind: Any) -> Any:
    if get_origin(kind) not in (Union, types.UnionType):
        return kind
    (only,) = [part for part in get_args(kind) if part is not types.NoneType]
    return only
