"""Finding the thresholds of relief programmes: once, from the standings of one position of the log."""
# ruff: noqa: S608 - queries are made of constants and of names for parameters

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec

from adapters.faults import Refused
from adapters.followers.assessing import ASSESSOR
from adapters.followers.projector import PROJECTOR
from adapters.log import EventLog
from adapters.postgres.moment import Ask
from adapters.shocks.struck import TEHSIL_LETTERS, struck, whole_tehsils
from domain.relief import ReliefThresholds, TehsilThreshold, threshold_of
from domain.scorecard.canonical import decode_card
from domain.scorecard_adoption import ScorecardAdopted
from domain.shock import Notified

POOREST_FIRST = "higher_is_better_off"
EXACT = ("integer", "decimal")
"""How a card works its scores out, where the table of standings holds them exactly: rational ones are rounded there."""


class Reached(msgspec.Struct, frozen=True):
    """How far the answers of a moment are, and how many households of a re-assessment were looked at by then."""

    assessed: int
    projected: int
    reassessed: int | None
    is_settled: bool


def reached_at(ask: Ask, log: EventLog) -> Reached:
    """Say of which positions the answers of this moment are."""
    rows = ask("SELECT application_name, notification_id FROM checkpoints", {})
    reached: dict[str, int] = dict(row for row in rows)
    assessed, projected = reached.get(ASSESSOR, 0), reached.get(PROJECTOR, 0)
    ((reassessed,),) = ask("SELECT sum(seen) FROM reassessments WHERE NOT done", {})
    is_settled = assessed == projected and reassessed is None and not log.policies(assessed)
    return Reached(assessed, projected, None if reassessed is None else int(reassessed), is_settled)


def settled_position(ask: Ask, log: EventLog) -> int:
    """Find the position that all answers of this moment are of. Raises Refused where they are of several."""
    reached = reached_at(ask, log)
    if not reached.is_settled:
        raise Refused(
            f"Thresholds are found from standings of one position, and `run` is under way: assessed up to "
            f"{reached.assessed:,}, projected up to {reached.projected:,}"
            f"{'' if reached.reassessed is None else ', re-assessing'}. Let it catch up (`run --until-caught-up`), "
            "then ask again."
        )
    return reached.assessed


def find_thresholds(
    ask: Ask, notified: Sequence[Notified], card: ScorecardAdopted | None, shares: Mapping[str, int]
) -> tuple[ReliefThresholds, ...]:
    """Find the thresholds of each programme that is given to a poorest share, in every tehsil that was notified.

    All households of a tehsil count, also where only a union council in it was notified. Raises Refused where scores of
    the card in force cannot be held against a threshold.
    """
    if not shares:
        return ()
    hash_of_card = _usable(card).content_hash
    of_programme: dict[str, list[TehsilThreshold]] = {name: [] for name in shares}
    for tehsil, scores, not_scored in _scores(ask, notified):
        for name, percent in shares.items():
            of_programme[name].append(threshold_of(tehsil, scores, not_scored, percent))
    return tuple(
        ReliefThresholds(name, percent, hash_of_card, tuple(of_programme[name])) for name, percent in shares.items()
    )


def _usable(card: ScorecardAdopted | None) -> ScorecardAdopted:
    if card is None:
        raise Refused("No scorecard is in force, so there are no scores to find thresholds from: adopt one first.")
    content = decode_card(card.content)
    if content.direction != POOREST_FIRST:
        raise Refused(f"On {card.scorecard_id} a higher score is poorer, so it gives no threshold for the poorest.")
    if content.arithmetic.type not in EXACT:
        raise Refused(
            f"Scores of {card.scorecard_id} are {content.arithmetic.type} numbers, which are rounded where they are "
            "kept: thresholds need a card of integers or decimals, or a programme with a cut-off."
        )
    return card


def _scores(ask: Ask, notified: Sequence[Notified]) -> Iterator[tuple[str, list[tuple[Decimal, int]], int]]:
    """Each tehsil with its scores, lowest first, and how many households have each; then how many have none."""
    hit, parameters = struck(whole_tehsils(notified))
    rows = ask(
        f"SELECT left(hit.place, {TEHSIL_LETTERS}), standing.score, count(*) FROM ({hit}) AS hit"
        " LEFT JOIN standing USING (household_id)"
        f" WHERE length(hit.place) >= {TEHSIL_LETTERS} GROUP BY 1, 2 ORDER BY 1, 2 NULLS LAST",
        parameters,
    )
    for tehsil, of_tehsil in groupby(rows, key=itemgetter(0)):
        scores: list[tuple[Decimal, int]] = []
        not_scored = 0
        row: tuple[Any, ...]
        for row in of_tehsil:
            if row[1] is None:
                not_scored = row[2]
            else:
                scores.append((row[1], row[2]))
        yield tehsil, scores, not_scored
