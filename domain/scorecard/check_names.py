"""Checks the derived values of a card: known operators, whole conditions, names that exist, no circles."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Final

from domain.scorecard.card import Case, Condition, Derive, Expression, Formula, Pick, Scorecard, Tally
from domain.scorecard.comparison import MEMBERSHIP, ORDERING, TESTS
from domain.scorecard.kinds import Names, conditions_of, fields_of, names_in, operands_of
from domain.scorecard.operators import ARITHMETIC

TALLIES: Final = ("count", "count_any", "any", "all", "sum", "min", "max", "mean")
FORMULAS: Final = (*ARITHMETIC, "any", "all", "not")
COMBINATIONS: Final = ("any", "all", "not", "pair", "count", "sum")
UNRECORDED: Final = ("missing", "no", "yes")
QUESTION_KINDS: Final = ("code", "word", "count", "number", "yes_no")
_OF_FIELD: Final = ("sum", "min", "max", "mean")
_YES_NO_ONLY: Final = ("any", "all", "not", "count")


def suggestion(name: str, known: Iterable[str]) -> str:
    """Say what was probably meant, or what there is."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(map(repr, names[:12])) or 'none'}."


def derive_problems(card: Scorecard, names: Names) -> Iterator[str]:
    for derive in card.derives:
        where = f"Derived value {derive.name!r}"
        yield from (f"{where}: {problem}" for problem in _of_derive(derive, names))
        yield from (f"{where}: {problem}" for problem in _of_names(derive, names))
        if derive.name in names.questions:
            yield f"{where} has the name of a declared answer; rename one of them."
    yield from _circles(names)
    for question in card.questions + card.roster:
        yield from _of_question(question.name, question.kind, question.codes)


def expression_problems(expression: Expression, names: Names) -> Iterator[str]:
    """Check a value of an indicator: its combinations and its names."""
    if isinstance(expression, str):
        yield from _unknown([expression], names)
        return
    if expression.how not in COMBINATIONS:
        yield f"there is no way {expression.how!r} to combine values; {suggestion(expression.how, COMBINATIONS)}"
    if not expression.of or (expression.how == "not" and len(expression.of) != 1):
        yield f"{expression.how!r} needs {'one value' if expression.how == 'not' else 'at least one value'}."
    for part in expression.of:
        kind = names.kind(part)
        if expression.how in _YES_NO_ONLY and kind.name not in {"yes_no", "unknown"}:
            yield f"{expression.how!r} combines answers of yes and no, and {_called(part)} is not one."
        yield from expression_problems(part, names)


def _called(expression: Expression) -> str:
    return (
        repr(expression) if isinstance(expression, str) else f"the {expression.how!r} of {list(names_in(expression))}"
    )


def _of_question(name: str, kind: str, codes: tuple[bool | int | str, ...]) -> Iterator[str]:
    where = f"Declared answer {name!r}"
    if kind not in QUESTION_KINDS:
        yield f"{where}: there is no kind {kind!r}; {suggestion(kind, QUESTION_KINDS)}"
    elif (kind == "code") != bool(codes):
        yield f"{where}: a kind 'code' lists its codes, and no other kind does."
    if len(set(codes)) != len(codes):
        yield f"{where}: a code stands there twice."


def _of_derive(derive: Derive, names: Names) -> Iterator[str]:
    match derive:
        case Tally():
            yield from _of_tally(derive)
        case Pick():
            if not derive.where and not derive.where_any:
                yield "a pick needs conditions ('where' or 'where_any') that say which member."
        case Case():
            if not derive.branches:
                yield "a case needs at least one branch."
            if any(not branch.when for branch in derive.branches):
                yield "every branch of a case needs conditions; what is left goes to 'else'."
        case Formula():
            yield from _of_formula(derive, names)
    for condition in conditions_of(derive):
        yield from _of_condition(condition)


def _of_tally(derive: Tally) -> Iterator[str]:
    if derive.op not in TALLIES:
        yield f"there is no operator {derive.op!r} over the roster; {suggestion(derive.op, TALLIES)}"
    if derive.op == "count_any" and not derive.where_any:
        yield "count_any needs 'where_any'."
    if (derive.op == "all") != bool(derive.that):
        yield "'all' over the roster needs 'that', what its members are held to, and no other operator has it."
    if (derive.op in _OF_FIELD) != (derive.field is not None):
        yield f"a field is needed by {', '.join(_OF_FIELD)} and by no other operator."


def _of_formula(derive: Formula, names: Names) -> Iterator[str]:
    if derive.op not in FORMULAS:
        yield f"there is no operator {derive.op!r}; {suggestion(derive.op, FORMULAS)}"
        return
    count = len(derive.terms)
    if count == 0 or (derive.op == "ratio" and count != 2) or (derive.op == "not" and count != 1):  # noqa: PLR2004
        yield f"{derive.op!r} does not take {count} values."
    logical = derive.op in _YES_NO_ONLY
    for term in derive.terms:
        if not isinstance(term, str):
            if logical:
                yield f"{derive.op!r} combines answers of yes and no, and a number is not one."
            continue
        kind = names.kind(term).name
        if (logical and kind not in {"yes_no", "unknown"}) or (not logical and kind in {"code", "pair"}):
            yield f"{derive.op!r} cannot use {term!r}, which is of the kind {kind!r}."


def _of_condition(condition: Condition) -> Iterator[str]:
    where = f"the condition on {condition.field!r}"
    if condition.test not in TESTS:
        yield f"{where}: there is no comparison {condition.test!r}; {suggestion(condition.test, TESTS)}"
    if condition.unrecorded not in UNRECORDED:
        yield f"{where}: unrecorded is one of {', '.join(UNRECORDED)}, not {condition.unrecorded!r}."
    if condition.with_field is not None:
        if condition.against or condition.test in MEMBERSHIP:
            yield f"{where}: a comparison with another field is eq, ne, lt, le, gt or ge, and has no other operand."
    elif not condition.against or (condition.test not in MEMBERSHIP and len(condition.against) != 1):
        yield f"{where}: {condition.test!r} needs {'a list' if condition.test in MEMBERSHIP else 'one value'}."
    if condition.test in ORDERING and any(isinstance(literal, bool | str) for literal in condition.against):
        yield f"{where}: {condition.test!r} compares numbers."


def _of_names(derive: Derive, names: Names) -> Iterator[str]:
    yield from _unknown(operands_of(derive), names)
    if not isinstance(derive, Tally | Pick):
        return
    for field in fields_of(derive):
        if names.members and field not in names.members:
            yield f"the roster has no field {field!r}; {suggestion(field, names.members)}"
        elif field in names.derives:
            yield f"{field!r} is a value of the household, and conditions over the roster read fields of members."


def _unknown(wanted: Iterable[str], names: Names) -> Iterator[str]:
    known = [*names.derives, *names.questions]
    for name in wanted:
        if names.questions and name not in known:
            yield f"nothing is called {name!r}; {suggestion(name, known)}"


def _circles(names: Names) -> Iterator[str]:
    done: set[str] = set()
    for name in names.derives:
        circle = _circle(name, (), names, done)
        if circle:
            yield f"Derived values go round in a circle: {' needs '.join(map(repr, circle))}; break it."
            return


def _circle(name: str, path: tuple[str, ...], names: Names, done: set[str]) -> tuple[str, ...]:
    if name in path:
        return (*path[path.index(name) :], name)
    if name in done or name not in names.derives:
        return ()
    for operand in operands_of(names.derives[name]):
        circle = _circle(operand, (*path, name), names, done)
        if circle:
            return circle
    done.add(name)
    return ()
