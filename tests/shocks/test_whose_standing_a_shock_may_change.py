"""By its standing alone it is known of some households that no shock decides anything for them."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from adapters.followers.timeline import timeline
from adapters.followers.touched import may_decide
from domain.programme import CutOffSet, ProgrammeOpened, Recipients, Rule
from domain.questionnaire.codes import Comparison, DecisionKind
from domain.registry_day import DayOpened
from projections.decisions import numeric
from projections.standing import STANDING, conclusions_to_bytes
from tests.people import TODAY
from tests.policies import CARD, FLOOD, scoring
from tests.scenario import recorded

OPENED = ProgrammeOpened(date(2024, 1, 1), "relief", Rule("Relief", Recipients.HEAD, relief=True), 1)
JUST_UNDER = Fraction(32) - Fraction(1, 10**40)


def standing(score):
    stated = {
        "household_id": UUID(int=2),
        "place": "PK60201",
        "score": numeric(score),
        "scorecard": CARD.content_hash,
        "conclusions": conclusions_to_bytes({}),
    }
    return tuple(stated.get(column.name) for column in STANDING.columns)


@pytest.mark.parametrize(
    ("comparison", "score", "may"),
    [
        (Comparison.AT_OR_UNDER, Decimal(32), True),
        (Comparison.AT_OR_UNDER, Decimal("32.1"), False),
        (Comparison.UNDER, JUST_UNDER, True),
        (Comparison.UNDER, Decimal("32.1"), False),
        (Comparison.UNDER, None, False),
    ],
)
def test_a_score_over_the_cut_off_is_enough_to_know_it_and_a_rounded_one_at_it_is_not(comparison, score, may):
    cutoff = CutOffSet(OPENED.on, "relief", Decimal(32), comparison, CARD.content_hash, CARD.scorecard_id)
    *_, last = timeline(recorded((DayOpened(TODAY), CARD, OPENED, cutoff, FLOOD)), lambda _: scoring(30)).turns
    assert last.kind is DecisionKind.SHOCK
    assert may_decide(standing(score), [last]) is may
