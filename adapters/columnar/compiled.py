"""A scorecard as one expression over columns: households in, an exact score for each of them out.

What the expression cannot vouch for it marks: those households are scored one by one by the exact engine
(`adapters.columnar.exact`), so that every score is the one that a decision would name.
"""

from fractions import Fraction
from math import lcm
from typing import Final

import ibis
import msgspec
from ibis.expr.types import Table

from adapters.columnar.derivation import Derivation, over_roster
from adapters.columnar.ending import Ended, end
from adapters.columnar.exact import columns_read
from adapters.columnar.indicators import amount_of
from adapters.columnar.numbers import NO, Column, NotInColumns, Number, number
from adapters.columnar.roster import DOUBTFUL, MEMBERS, RosterColumns
from adapters.columnar.sources import HOUSEHOLD, MEMBERS_MAX, ColumnReader
from adapters.columnar.stages import Stages
from adapters.columnar.values import Value, any_of, equals, is_null, not_declared
from domain.scorecard.card import Arm, Expression, Scorecard, arms_of
from domain.scorecard.kinds import names_of
from domain.scorecard.numbers import value_of

SCORE: Final = "score_top"
SCORE_BOTTOM: Final = "score_bottom"
DOUBT: Final = "doubtful"


class Scoring(msgspec.Struct, frozen=True):
    """The expression, and the denominator of all scores (none where each row has its own, in `score_bottom`)."""

    table: Table
    bottom: int | None


def scoring(
    card: Scorecard, reader: ColumnReader, households: Table, people: Table, keep: tuple[str, ...] = ()
) -> Scoring:
    """Compile a checked card over two tables: a row a household, and a row a person with the same `household`.

    The result has `household`, the columns to keep, the score's numerator (null: not scored) and `doubtful`. People are
    read only where the card looks at them; a household without any is then not scored, as the exact engine does not.
    Raises NotInColumns.
    """
    names = names_of(card)
    arms = arms_of(card)
    expressions = [indicator.value for arm in arms for indicator in arm.indicators]
    if card.variant_by is not None:
        expressions.append(card.variant_by)
    derives = over_roster(expressions, names)
    needed, _ = columns_read(card, reader)  # every stage names all columns of the one before
    table, roster = households.select(*dict.fromkeys((HOUSEHOLD, *keep, *needed))), None
    if derives:
        roster = RosterColumns(people, reader, names)
        grouped = roster.grouped(derives)
        table = table.left_join(grouped, HOUSEHOLD).drop(f"{HOUSEHOLD}_right")
    stages = Stages(table)
    derivation = Derivation(stages, reader, names, roster)
    ended = [_of_arm(card, arm, derivation) for arm in arms]
    score, doubts = _by_variant(card, arms, ended, derivation)
    if derives:
        doubts += [table[DOUBTFUL].fill_null(NO), (table[MEMBERS] > MEMBERS_MAX).fill_null(NO)]
    return _selected(stages.table, keep, score, any_of(doubts + derivation.doubts).fill_null(NO))


def _selected(table: Table, keep: tuple[str, ...], score: Number, doubtful: Column) -> Scoring:
    columns = {SCORE: score.top, DOUBT: doubtful}
    bottom = score.bottom if isinstance(score.bottom, int) else None
    if bottom is None:
        columns[SCORE_BOTTOM] = score.bottom
    kept = [name for name in keep if name != HOUSEHOLD]
    return Scoring(table.select(HOUSEHOLD, *kept, **columns), bottom)


def _of_arm(card: Scorecard, arm: Arm, derivation: Derivation) -> Ended:
    """The main column of one complete set of points; a household is refused by any of its columns."""
    floats = card.arithmetic.type == "float"
    main = arm.score.columns.index(arm.score.main)
    stages = derivation.stages
    values = stages.values([derivation.value(indicator.value) for indicator in arm.indicators])
    for indicator, value in zip(arm.indicators, values, strict=True):
        _doubt_undeclared(derivation, indicator.value, value)
    ended = None
    doubts: list[Column] = []
    refused: list[Column] = []
    for column in range(len(arm.score.columns)):
        if column != main and not _may_be_refused(arm):
            continue
        amounts = [
            amount_of(indicator, value, column, stages, floats=floats)
            for indicator, value in zip(arm.indicators, values, strict=True)
        ]
        finished = end(
            amounts, Fraction(value_of(arm.score.intercept[column])), arm.score, card.arithmetic, derivation.stages
        )
        doubts.append(finished.doubtful)
        if column == main:
            ended = finished
        else:
            refused.append(finished.score.top.isnull())
    assert ended is not None, "the main column is one of them"
    score = ended.score
    if over_roster([indicator.value for indicator in arm.indicators], derivation.names):
        refused.append(derivation.stages.table[MEMBERS].isnull())
    if refused:
        kept = ibis.cases((~any_of(refused), score.top))
        score = number(kept, score.low, score.high, score.bottom, score.bottom_high)
    return Ended(score, any_of(doubts))


def _may_be_refused(arm: Arm) -> bool:
    """Whether a column may leave the declared range; its look-ups were checked for every score in it."""
    return arm.score.out_of_range == "error" and not (arm.score.low is None and arm.score.high is None)


def _doubt_undeclared(derivation: Derivation, expression: Expression, value: Value) -> None:
    """An answer that is judged as it is must be one that the card declares."""
    if isinstance(expression, str) and expression not in derivation.names.derives:
        doubt = not_declared(value, derivation.names.questions.get(expression))
        if doubt is not None:
            derivation.doubts.append(doubt)


def _by_variant(
    card: Scorecard, arms: tuple[Arm, ...], ended: list[Ended], derivation: Derivation
) -> tuple[Number, list[Column]]:
    if card.variant_by is None:
        return ended[0].score, [ended[0].doubtful]
    by = derivation.value(card.variant_by)
    if not all(isinstance(each.score.bottom, int) for each in ended):
        raise NotInColumns("The variants of this card divide by answers.")
    shared = lcm(*(each.score.bottom for each in ended if isinstance(each.score.bottom, int)))
    cases, doubts, low, high = [], [], 0, 0
    for arm, each in zip(arms, ended, strict=True):
        assert isinstance(each.score.bottom, int), "seen above"
        factor = shared // each.score.bottom
        chosen = any_of([equals(by, match) for match in arm.match]) & ~is_null(by)
        cases.append((chosen, each.score.top * ibis.literal(factor, "int64")))
        doubts.append(chosen & each.doubtful)
        low, high = min(low, each.score.low * factor), max(high, each.score.high * factor)
    return number(ibis.cases(*cases), low, high, shared), doubts
