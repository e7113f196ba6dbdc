"""A scorecard as a value: the checked document that an event carries, that is hashed, compiled and explained.

Everything is plain, frozen and ordered, so the same card always gives the same bytes. The format that people write is
in ``docs/scorecard-format.md``; reading it is an adapter's work.
"""

from typing import Final

import msgspec

from domain.scorecard.numbers import Exact, Number

FORMAT: Final = "gharana-scorecard/1"

Code = bool | int | str
"""An answer as a word, a whole number or yes and no."""
Match = bool | int | str | tuple[bool | int | str, ...]
Term = int | str | Exact
"""A name (of an answer or a derived value) or a number."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a card; unknown fields are refused so that an older program never half-reads a newer card."""


class Combined(_Part, frozen=True):
    """A value made of others: ``any``, ``all``, ``not``, ``pair``, ``count`` (how many are yes) or ``sum``."""

    how: str
    of: "tuple[str | Combined, ...]"


Expression = str | Combined


class Condition(_Part, frozen=True):
    """One comparison of a named value with literals, or with another named value (``with_field``)."""

    field: str
    test: str
    against: tuple[bool | int | str | Exact, ...] = ()
    with_field: str | None = None
    unrecorded: str = "missing"
    """What the comparison says where nothing was recorded: ``missing``, ``no`` or ``yes``."""


class Tally(_Part, frozen=True, tag_field="is", tag="tally"):
    """A value over the roster: count, count_any, any, all, or the sum, min, max or mean of a field."""

    name: str
    op: str
    where: tuple[Condition, ...] = ()
    where_any: tuple[Condition, ...] = ()
    that: tuple[Condition, ...] = ()
    """What ``all`` holds the chosen members to."""
    field: str | None = None
    if_none: Code | Exact | None = None


class Order(_Part, frozen=True):
    """How to choose among several members: by a field, ascending, or by the place of its word in a list."""

    field: str
    words: tuple[str, ...] = ()
    descending: bool = False


class Pick(_Part, frozen=True, tag_field="is", tag="pick"):
    """A field of one member: the first that satisfies the conditions, in the given order."""

    name: str
    take: str
    where: tuple[Condition, ...] = ()
    where_any: tuple[Condition, ...] = ()
    order_by: tuple[Order, ...] = ()
    if_none: Code | Exact | None = None


class Branch(_Part, frozen=True):
    when: tuple[Condition, ...]
    value: Code | Exact


class Case(_Part, frozen=True, tag_field="is", tag="case"):
    """The value of the first branch whose conditions all hold."""

    name: str
    branches: tuple[Branch, ...]
    otherwise: Code | Exact


class Formula(_Part, frozen=True, tag_field="is", tag="formula"):
    """Arithmetic or logic over the household: ratio, add, subtract, multiply, min, max, any, all, not."""

    name: str
    op: str
    terms: tuple[Term, ...]


Derive = Tally | Pick | Case | Formula


class Interval(_Part, frozen=True):
    """A stretch of numbers; an end that is None is open to infinity."""

    low: Number | None = None
    low_closed: bool = True
    high: Number | None = None
    high_closed: bool = True


class Level(_Part, frozen=True):
    code: str
    match: tuple[Match, ...]
    points: tuple[Number, ...] = ()


class Band(_Part, frozen=True):
    code: str
    interval: Interval
    points: tuple[Number, ...] = ()


class Outcome(_Part, frozen=True):
    """What everything else, or nothing, counts as."""

    code: str
    points: tuple[Number, ...] = ()


class Step(_Part, frozen=True):
    """One step of a calculation: add, sub, mul, div, at_least, at_most (with a number), or a link (without)."""

    do: str
    by: Number = 0


class Indicator(_Part, frozen=True):
    id: str
    value: Expression
    ask: str = ""
    levels: tuple[Level, ...] = ()
    bands: tuple[Band, ...] = ()
    otherwise: Outcome | None = None
    missing: Outcome | None = None
    coef: tuple[Number, ...] = ()
    """One per column of points; the value, after its steps, is multiplied by it."""
    transform: tuple[Step, ...] = ()


class Score(_Part, frozen=True):
    columns: tuple[str, ...] = ("score",)
    main: str = "score"
    """The column that is the household's score; the others are further outputs."""
    intercept: tuple[Number, ...] = (0,)
    steps: tuple[Step, ...] = ()
    low: Number | None = None
    high: Number | None = None
    out_of_range: str = "error"


class Arithmetic(_Part, frozen=True):
    """How numbers are worked out: integer, decimal, rational (all exact) or float (rounded to the quantum)."""

    type: str = "integer"
    quantum: Number | None = None
    rounding: str = "half_even"


class LookupColumn(_Part, frozen=True):
    name: str
    by: str
    """The column of points whose score this look-up is read at."""


class LookupRow(_Part, frozen=True, array_like=True):
    """Values for every score from low to high, both included, as printed."""

    low: Number
    high: Number
    values: tuple[Number, ...]


class Lookup(_Part, frozen=True):
    columns: tuple[LookupColumn, ...]
    rows: tuple[LookupRow, ...]
    unit: str = ""


class Variant(_Part, frozen=True):
    """A whole set of points for some answers: its indicators come after the common ones."""

    id: str
    match: tuple[Match, ...]
    indicators: tuple[Indicator, ...] = ()
    score: Score | None = None
    bands: tuple[Band, ...] | None = None
    lookups: tuple[Lookup, ...] | None = None


class Question(_Part, frozen=True):
    """A declared answer: code (one of a list), word (any text), count (0, 1, 2, ...), number or yes_no."""

    name: str
    kind: str
    codes: tuple[bool | int | str, ...] = ()
    low: Number | None = None
    high: Number | None = None


class ScoreVector(_Part, frozen=True):
    """Scores and what the look-ups must say of them; the group rate is the mean, rounded as printed."""

    scores: tuple[Number, ...]
    expected: tuple[tuple[str, tuple[Number, ...]], ...] = ()
    group_rate: Number | None = None


class AnswersVector(_Part, frozen=True):
    """A household and what must come out for it; what is left out is not compared."""

    answers: dict[str, bool | int | str | Exact | None]
    roster: tuple[dict[str, bool | int | str | Exact | None], ...] = ()
    score: Number | None = None
    outputs: tuple[tuple[str, Number], ...] = ()
    lookups: tuple[tuple[str, Number], ...] = ()
    levels: tuple[tuple[str, str], ...] = ()


class Scorecard(_Part, frozen=True):
    """A formula that turns a household's answers into a score, complete with its look-ups and its own tests."""

    id: str
    title: str
    direction: str
    unit: str = "household"
    status: str = ""
    note: str = ""
    source: tuple[tuple[str, str], ...] = ()
    arithmetic: Arithmetic = Arithmetic()
    questions: tuple[Question, ...] = ()
    roster: tuple[Question, ...] = ()
    derives: tuple[Tally | Pick | Case | Formula, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    score: Score = Score()
    bands: tuple[Band, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    variant_by: Expression | None = None
    variants: tuple[Variant, ...] = ()
    score_vectors: tuple[ScoreVector, ...] = ()
    answers_vectors: tuple[AnswersVector, ...] = ()


class Arm(msgspec.Struct, frozen=True):
    """One complete set of points: the card itself, or its common part joined with one variant."""

    name: str
    match: tuple[Match, ...]
    indicators: tuple[Indicator, ...]
    score: Score
    bands: tuple[Band, ...]
    lookups: tuple[Lookup, ...]


def arms_of(card: Scorecard) -> tuple[Arm, ...]:
    """List the complete sets of points of a card; a card without variants has one."""
    if not card.variants:
        return (Arm("", (), card.indicators, card.score, card.bands, card.lookups),)
    return tuple(
        Arm(
            variant.id,
            variant.match,
            card.indicators + variant.indicators,
            variant.score or card.score,
            card.bands if variant.bands is None else variant.bands,
            card.lookups if variant.lookups is None else variant.lookups,
        )
        for variant in card.variants
    )
