"""Adopted scorecards, compiled once for folded households and kept by their hash."""

from functools import lru_cache

from domain.household.state import Household
from domain.policies import Formula, Score
from domain.questionnaire.vocabulary import HOUSEHOLD_READER
from domain.refusal import Rejected
from domain.scorecard.canonical import decode_card
from domain.scorecard.compiler import Compiled, compiled
from domain.scorecard_adoption import ScorecardAdopted

CARDS_KEPT = 64


def compile_card(adopted: ScorecardAdopted) -> Formula:
    """A formula that scores households; nothing comes out where an answer the card needs is not known.

    The same card gives the same formula, so that what is in force on two days can be compared.
    """
    return _formula(adopted.content)


@lru_cache(CARDS_KEPT)
def _formula(content: bytes) -> Formula:
    score = compiled_card(content).score

    def formula(household: Household) -> Score | None:
        if household.answers is None or not household.roster:
            return None
        try:
            return score(household).score
        except Rejected:
            return None

    return formula


@lru_cache(CARDS_KEPT)
def compiled_card(content: bytes) -> Compiled:
    """A stored card, ready to score folded households."""
    return compiled(decode_card(content), HOUSEHOLD_READER)
