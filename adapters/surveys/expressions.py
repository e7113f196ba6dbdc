"""How each operator of a mapping makes an answer from the texts of its columns. Pure; None is "not known".

Every answer is a function of the texts of a few columns only, which is why `compile` may remember it by them.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, NamedTuple, assert_never

from adapters.documents import mapping as document
from adapters.documents.mapping import NOT_KNOWN, Constant, Expression
from adapters.submissions.shape import TEXT_CHARACTERS_MAX
from adapters.word_faults import shown

Texts = Mapping[str, str]
Make = Callable[[Texts], Any]

DIGITS_MAX = 15
"""Longest number that is read: beyond it, it is an identifier or a slip."""


class Unreadable(Exception):
    """Something in a row cannot be taken; each reason names its column."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reasons))


class Usage(NamedTuple):
    """What holds for the whole mapping: texts that mean "not known", yes and no, and the survey's clock."""

    not_known: frozenset[str]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    offset: timedelta


def maker(expression: Expression, usage: Usage, parse: Callable[[Any], Expression]) -> tuple[tuple[str, ...], Make]:
    """The columns that an expression reads, and the function that makes its answer from their texts."""
    match expression:
        case document.Value(value=value):
            return (), lambda _: value
        case document.Coded():
            return (expression.column,), _coded(expression, usage)
        case document.Table():
            return expression.table, _table(expression, usage)
        case document.Number():
            return (expression.number,), lambda texts: _number(expression, texts, usage)
        case document.YesNo():
            return (expression.yes_no,), _yes_no(expression, usage)
        case document.Line():
            return (expression.line,), lambda texts: _line(expression, texts, usage)
        case document.Day():
            columns = (expression.date,) if isinstance(expression.date, str) else expression.date
            return columns, lambda texts: _day(columns, expression.form, texts, usage)
        case document.Birth():
            further = usage._replace(not_known=usage.not_known.union(expression.unknown))
            return expression.birth, lambda texts: _birth(expression.birth, texts, further)
        case document.Instant():
            columns = (expression.instant,) if isinstance(expression.instant, str) else expression.instant
            return columns, lambda texts: _instant(columns, texts, usage)
        case document.First() | document.All() | document.AnyOf():
            return _several(expression, usage, parse)
        case document.Cases():
            return _cases(expression, usage, parse)
        case _:
            assert_never(expression)


def constant(value: Constant | None) -> Any:
    """A value of the mapping file, where `not_known` says so in words."""
    return None if value == NOT_KNOWN else value


def taken(column: str, texts: Texts) -> str:
    """The text of a column, without spaces around it. Raises Unreadable if nobody can have meant it."""
    text = texts[column].strip()
    if len(text) > TEXT_CHARACTERS_MAX:
        raise Unreadable(f"{column}: the text has more than {TEXT_CHARACTERS_MAX:,} characters")
    if "\x00" in text:
        raise Unreadable(f"{column}: the text holds the character NUL")
    return text


def _coded(expression: document.Coded, usage: Usage) -> Make:
    column, codes = expression.column, expression.codes

    def make(texts: Texts) -> Any:
        text = taken(column, texts)
        if codes is not None and text in codes:
            return constant(codes[text])
        if text in usage.not_known:
            return None
        if codes is None:
            return text
        if expression.otherwise is not None:
            return constant(expression.otherwise)
        raise Unreadable(f"{column}: {shown(text)} is not in the code list of the mapping")

    return make


def _table(expression: document.Table, usage: Usage) -> Make:
    def make(texts: Texts) -> Any:
        found: Any = expression.codes
        for column in expression.table:
            if not isinstance(found, dict):
                break
            text = taken(column, texts)
            if text not in found and text in usage.not_known:
                return None
            if text not in found and expression.otherwise is not None:
                return constant(expression.otherwise)
            if text not in found:
                raise Unreadable(f"{column}: {shown(text)} is not in the table of {', '.join(expression.table)}")
            found = found[text]
        return constant(found)

    return make


def _number(expression: document.Number, texts: Texts, usage: Usage) -> int | None:
    text = taken(expression.number, texts)
    if text in expression.words:
        number: int | None = constant(expression.words[text])
        return number
    if text in usage.not_known:
        return None
    found = _decimal(expression.number, text) * Decimal(str(expression.times))
    whole = found.to_integral_value(ROUND_HALF_UP)
    if whole != found and expression.times == 1:
        raise Unreadable(f"{expression.number}: {shown(text)} is not a whole number")
    return int(whole) if expression.at_most is None else min(int(whole), expression.at_most)


def _decimal(column: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Unreadable(f"{column}: {shown(text)} is neither a number nor a word of the mapping") from None
    if not number.is_finite() or len(text) > DIGITS_MAX:
        raise Unreadable(f"{column}: {shown(text)} is not a number that can be taken")
    return number


def _yes_no(expression: document.YesNo, usage: Usage) -> Make:
    yes, no = expression.yes or usage.yes, expression.no or usage.no
    answers: dict[str, bool] = dict.fromkeys(yes, True) | dict.fromkeys(no, False)

    def make(texts: Texts) -> bool | None:
        text = taken(expression.yes_no, texts)
        if text not in answers and text not in usage.not_known:
            raise Unreadable(
                f"{expression.yes_no}: {shown(text)} is neither yes ({', '.join(yes)}) nor no ({', '.join(no)})"
            )
        return answers.get(text)

    return make


def _line(expression: document.Line, texts: Texts, usage: Usage) -> int | None:
    text = taken(expression.line, texts)
    return None if text in expression.not_here else _whole(expression.line, text, usage)


def _whole(column: str, text: str, usage: Usage) -> int | None:
    if text in usage.not_known:
        return None
    if not text.isdecimal() or len(text) > DIGITS_MAX:
        raise Unreadable(f"{column}: {shown(text)} is not a whole number")
    return int(text)


def _day(columns: tuple[str, ...], form: str | None, texts: Texts, usage: Usage) -> date | None:
    if len(columns) == 1:
        return _day_in_form(columns[0], form, taken(columns[0], texts), usage)
    parts = [_whole(column, taken(column, texts), usage) for column in columns]
    if None in parts:
        return None
    try:
        return date(*parts)  # type: ignore[arg-type]
    except ValueError:
        raise Unreadable(f"{', '.join(columns)}: {'-'.join(map(str, parts))} is not a date") from None


def _day_in_form(column: str, form: str | None, text: str, usage: Usage) -> date | None:
    if text in usage.not_known:
        return None
    try:
        # the day alone is asked for, whatever clock it was read from
        return datetime.strptime(text, form).date() if form else date.fromisoformat(text[:10])  # noqa: DTZ007
    except ValueError:
        raise Unreadable(f"{column}: {shown(text)} is not a date written as {form or 'YYYY-MM-DD'}") from None


def _birth(columns: tuple[str, ...], texts: Texts, usage: Usage) -> str | None:
    parts = [_whole(column, taken(column, texts), usage) or 0 for column in columns] + [0, 0]
    year, month, day = parts[:3]
    if not year:
        return None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        raise Unreadable(f"{', '.join(columns)}: {year}-{month}-{day} is not a date") from None
    return f"{year:04}-{month:02}-{day:02}"


def _instant(columns: tuple[str, ...], texts: Texts, usage: Usage) -> datetime | None:
    clock = timezone(usage.offset)
    if len(columns) == 1:
        return _instant_in_text(columns[0], taken(columns[0], texts), clock, usage)
    parts = [_whole(column, taken(column, texts), usage) for column in columns]
    if None in parts:
        return None
    try:
        return datetime(*parts, tzinfo=clock)  # type: ignore[arg-type,misc]
    except ValueError:
        raise Unreadable(f"{', '.join(columns)}: {' '.join(map(str, parts))} is not a day and a time") from None


def _instant_in_text(column: str, text: str, clock: timezone, usage: Usage) -> datetime | None:
    if text in usage.not_known:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{column}: {shown(text)} is not a moment written as YYYY-MM-DDTHH:MM") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock)


def _several(
    expression: document.First | document.All | document.AnyOf, usage: Usage, parse: Callable[[Any], Expression]
) -> tuple[tuple[str, ...], Make]:
    made = [maker(parse(part), usage, parse) for part in parts_of(expression)]
    columns = tuple(dict.fromkeys(column for used, _ in made for column in used))
    makes = [make for _, make in made]
    if isinstance(expression, document.First):
        return columns, lambda texts: next((found for make in makes if (found := make(texts)) is not None), None)
    decisive = isinstance(expression, document.AnyOf)
    return columns, lambda texts: _together([make(texts) for make in makes], decisive=decisive)


def parts_of(expression: document.First | document.All | document.AnyOf) -> tuple[dict[str, Any], ...]:
    """The expressions that an expression is made of."""
    match expression:
        case document.First(first=parts) | document.All(all=parts) | document.AnyOf(any=parts):
            return parts


def _together(answers: list[bool | None], *, decisive: bool) -> bool | None:
    """One decisive answer settles it; without one, all must be known."""
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive


def _cases(
    expression: document.Cases, usage: Usage, parse: Callable[[Any], Expression]
) -> tuple[tuple[str, ...], Make]:
    def outcome(part: Any) -> tuple[tuple[str, ...], Make]:
        return maker(parse(part), usage, parse) if isinstance(part, dict) else ((), lambda _: constant(part))

    made = [(case.when, *outcome(case.then)) for case in expression.cases]
    rest_columns, rest = outcome(expression.otherwise)
    columns = dict.fromkeys(column for when, used, _ in made for column in (*when, *used)) | dict.fromkeys(rest_columns)

    def make(texts: Texts) -> Any:
        for when, _, then in made:
            if all(_fits(taken(column, texts), wanted) for column, wanted in when.items()):
                return then(texts)
        return rest(texts)

    return tuple(columns), make


def _fits(text: str, wanted: tuple[str, ...] | document.Between) -> bool:
    if isinstance(wanted, tuple):
        return text in wanted
    number = re.match(r"-?\d{1,15}", text)  # a top code such as 95+ counts as its number
    if number is None:
        return False
    low, high = wanted.at_least, wanted.at_most
    return (low is None or int(number[0]) >= low) and (high is None or int(number[0]) <= high)
