"""A few policies for tests of deciders and of what they conclude: one card, and Kafaalat as it was and is."""

from datetime import date
from decimal import Decimal

from domain.policies import Formula, InForce, Policies, Score, fold, in_force
from domain.programme import CutOffSet, ProgrammeOpened, Recipients, Relaxation, Rule
from domain.questionnaire.codes import Comparison, Hazard
from domain.scorecard_adoption import ScorecardAdopted
from domain.shock import ShockDeclared
from tests.people import TODAY
from tests.scenario import recorded

CARD = ScorecardAdopted(date(2009, 1, 1), "card-2009", "A card", b"\x01" * 32, b"content of 2009")
OTHER_CARD = ScorecardAdopted(date(2021, 1, 1), "card-2021", "Another card", b"\x02" * 32, b"content of 2021")

KAFAALAT_RULE = Rule(
    "Kafaalat",
    Recipients.EVER_MARRIED_WOMEN_AND_TRANSGENDER_PERSONS,
    filters=("travel_abroad", "vehicle"),
    verification=True,
    reports=True,
    recertify_every_years=3,
)
KAFAALAT = ProgrammeOpened(date(2009, 1, 1), "kafaalat", KAFAALAT_RULE, 1)
FLOOD = ShockDeclared(
    on=date(2024, 4, 20),
    shock="flood-2024",
    hazard=Hazard.FLOOD,
    impact_on=date(2024, 4, 10),
    places=("PK602",),
    resurvey_from=date(2024, 5, 1),
    resurvey_until=date(2024, 6, 30),
    authority="provincial authority",
    relief_programmes=("relief",),
)


STATED = {name: getattr(FLOOD, name) for name in FLOOD.__struct_fields__}
"""What it says, to declare or propose the same."""


def cutoff(on: date, value: str, card: ScorecardAdopted = CARD, **others: object) -> CutOffSet:
    return CutOffSet(
        on, "kafaalat", Decimal(value), Comparison.AT_OR_UNDER, card.content_hash, card.scorecard_id, **others
    )


def cutoff_32() -> CutOffSet:
    return cutoff(date(2022, 6, 1), "32", relaxed={Relaxation.MEMBER_CERTIFIED_DISABLED: Decimal(37)})


def policies_of(*events: object) -> Policies:
    return fold(recorded(events))


def scoring(score: Score | None) -> Formula:
    return lambda _: score


def in_force_with(score: Score | None, *events: object, day: date = TODAY) -> InForce:
    """What is in force where every card gives every household this score."""
    return in_force(policies_of(CARD, *events), day, lambda _: scoring(score))
