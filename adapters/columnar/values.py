"""A value of a card in columns: a word, yes or no, or a number; null in all its parts where the card has no value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_, or_

import ibis
import msgspec

from adapters.columnar.numbers import NO, YES, Column, Number, chosen_by_case, compared, constant, number
from adapters.columnar.sources import ColumnSource
from domain.scorecard.card import Question
from domain.scorecard.numbers import Exact, value_of


class Value(msgspec.Struct, frozen=True):
    """At most one of the parts is not null in a row. `words` are what the numbers in `code` stand for."""

    code: Column | None = None
    words: Mapping[int, str] = {}
    flag: Column | None = None
    number: Number | None = None
    pair: tuple[Value, ...] = ()


NOTHING = Value()


def value_from(source: ColumnSource, column: Column) -> Value:
    """Read a column of a table."""
    if source.words is None:
        return Value(number=number(column, source.low, source.high, source.bottom))
    texts = {stored: word for stored, word in source.words.items() if isinstance(word, str)}
    flags = {stored: word for stored, word in source.words.items() if isinstance(word, bool)}
    numbers = {
        stored: word for stored, word in source.words.items() if isinstance(word, int) and not isinstance(word, bool)
    }
    alone = len(texts) == len(source.words)
    yes = [stored for stored, word in flags.items() if word]
    no = [stored for stored, word in flags.items() if not word]
    cases = [(column == stored, constant(word)) for stored, word in numbers.items()]
    return Value(
        (column if alone else ibis.cases((column.isin(list(texts)), column))) if texts else None,
        texts,
        _flag(column, yes, no) if flags else None,
        chosen_by_case(cases, None) if cases else None,
    )


def _flag(column: Column, yes: list[int], no: list[int]) -> Column:
    if not yes or not no:
        stored, answer = (yes, True) if yes else (no, False)
        return ibis.cases((column.isin(stored), ibis.literal(answer)))
    return ibis.cases((column.isin(yes), YES), (column.isin(no), NO))


def literal(value: bool | int | str | Exact | None) -> Value:  # noqa: FBT001 - an answer, not a switch
    """A value that the card itself gives."""
    match value:
        case None:
            return NOTHING
        case bool():
            return Value(flag=ibis.literal(value))
        case str():
            return Value(code=ibis.literal(0, "int64"), words={0: value})
        case int():
            return Value(number=constant(value))
        case _:
            return Value(number=constant(value_of(value)))


def is_null(value: Value) -> Column:
    """Where nothing is known."""
    if value.pair:
        return any_of(is_null(part) for part in value.pair)
    parts = [part for part in (value.code, value.flag, value.number.top if value.number else None) if part is not None]
    return reduce(and_, (part.isnull() for part in parts)) if parts else YES


def equals(value: Value, wanted: object) -> Column:
    """Where a value is this one of the card's; never null. As in Python, yes equals 1 and no equals 0."""
    if isinstance(wanted, tuple):
        assert len(value.pair) == len(wanted), "the check holds pairs to their length"
        return all_of(equals(part, each) for part, each in zip(value.pair, wanted, strict=True))
    if isinstance(wanted, str):
        stored = [each for each, word in value.words.items() if word == wanted]
        return _surely(value.code.isin(stored)) if stored and value.code is not None else NO
    assert isinstance(wanted, int | Exact), "a card matches words, numbers, yes and no"
    exact = value_of(wanted)
    found = []
    if value.number is not None:
        found.append(_surely(compared(value.number, "eq", constant(exact))))
    if value.flag is not None and exact in (0, 1):
        found.append(_surely(value.flag if exact == 1 else ~value.flag))
    return any_of(found)


def same(one: Value, other: Value) -> Column:
    """Where two values are the same; null where one of them is null."""
    found = [
        equals(one, word) & equals(other, word)
        for word in dict.fromkeys(one.words.values())
        if word in set(other.words.values())
    ]
    numbers = [as_term(each) for each in (one, other)]
    if numbers[0] is not None and numbers[1] is not None:
        found.append(_surely(compared(numbers[0], "eq", numbers[1])))
    return ibis.cases((~(is_null(one) | is_null(other)), any_of(found)))


def as_term(value: Value) -> Number | None:
    """The value as a number to compute with: yes counts 1. Words have none."""
    if value.flag is None:
        return value.number
    counted = number(value.flag.cast("int64"), 0, 1)
    if value.number is None:
        return counted
    return chosen_by_case([(value.flag.notnull(), counted), (value.number.top.notnull(), value.number)], None)


def as_flag(value: Value) -> Column:
    """The value as yes or no: 1 and 0 count as them. Null for everything else."""
    parts = [] if value.flag is None else [value.flag]
    if value.number is not None:
        parts.append(
            ibis.cases((equals(Value(number=value.number), 1), True), (equals(Value(number=value.number), 0), False))
        )
    if not parts:
        return ibis.literal(None, "boolean")
    return parts[0] if len(parts) == 1 else ibis.coalesce(*parts)


def not_usable(value: Value, use: str) -> Column | None:
    """Where a value cannot be used so, and the exact engine refuses it; none where that cannot be."""
    wrong = []
    if value.code is not None and use in ("number", "term", "yes_no"):
        wrong.append(value.code.notnull())
    if value.flag is not None and use == "number":
        wrong.append(value.flag.notnull())
    if value.number is not None and use == "yes_no":
        wrong.append(value.number.top.notnull() & ~(equals(value, 0) | equals(value, 1)))
    return any_of(wrong) if wrong else None


def not_declared(value: Value, question: Question | None) -> Column | None:
    """Where a value is not one that the card declares; none where that cannot be."""
    if question is None:
        return None
    wrong = []
    texts, whole = set(value.words.values()), value.number
    match question.kind:
        case "code":
            if not texts <= set(question.codes) or value.flag is not None or whole is not None:
                wrong.append(~any_of(equals(value, code) for code in question.codes))
        case "word":
            others: tuple[Column | None, ...] = (value.flag, whole.top if whole is not None else None)
            wrong += [other.notnull() for other in others if other is not None]
        case "yes_no":
            return not_usable(value, "yes_no")
        case _:
            if value.code is not None or value.flag is not None:
                wrong.append(value.number.top.isnull() if value.number else YES)
            if whole is not None:
                wrong += _outside(whole, question)
    return ~is_null(value) & any_of(wrong) if wrong else None


def _outside(whole: Number, question: Question) -> list[Column]:
    found = []
    low = 0 if question.kind == "count" and question.low is None else question.low
    if low is not None and not (whole.is_whole and whole.low >= value_of(low)):
        found.append(_surely(compared(whole, "lt", constant(value_of(low)))))
    high = question.high
    if high is not None and not (whole.is_whole and whole.high <= value_of(high)):
        found.append(_surely(compared(whole, "gt", constant(value_of(high)))))
    if question.kind == "count" and not whole.is_whole:
        bottom = whole.bottom if not isinstance(whole.bottom, int) else ibis.literal(whole.bottom, "int64")
        found.append(_surely(whole.top % bottom != 0))
    return found


def first_of(cases: list[tuple[Column, Value]], otherwise: Value) -> Value:
    """The value of the first case that holds; a case that is null makes it null."""
    every = [value for _, value in cases] + [otherwise]
    words: dict[int, str] = dict(enumerate(dict.fromkeys(w for value in every for w in value.words.values())))
    numbered = {word: place for place, word in words.items()}
    conditions = [condition for condition, _ in cases]

    def pick(parts: list[Column | None]) -> Column | None:
        if all(part is None for part in parts):
            return None
        return ibis.cases(*zip(conditions, parts[:-1], strict=True), else_=parts[-1])

    codes = [_recoded(value, numbered) for value in every]
    blank = number(ibis.literal(None, "int64"), 0, 0)
    numbers = [value.number or blank for value in every]
    return Value(
        pick(codes),
        words,
        pick([value.flag for value in every]),
        chosen_by_case(list(zip(conditions, numbers[:-1], strict=True)), numbers[-1])
        if any(value.number is not None for value in every)
        else None,
    )


def _recoded(value: Value, numbered: Mapping[str, int]) -> Column | None:
    if value.code is None:
        return None
    pairs = [(value.code == stored, ibis.literal(numbered[word], "int64")) for stored, word in value.words.items()]
    return ibis.cases(*pairs)


def any_of(conditions: Iterable[Column]) -> Column:
    """Or, in three values."""
    return reduce(or_, conditions, NO) if (conditions := list(conditions)) else NO


def all_of(conditions: Iterable[Column]) -> Column:
    """And, in three values."""
    return reduce(and_, conditions) if (conditions := list(conditions)) else YES


def _surely(condition: Column) -> Column:
    return condition.fill_null(NO)
