"""A made-up flood over real tehsils: it is declared, struck households are asked again, and in the end it is lifted."""

from datetime import date, timedelta

from adapters.demo.desk import Desk, Home
from adapters.demo.whereabouts import FLOODED, is_flooded
from adapters.lives.chance import chance
from adapters.lives.growing import after_the_flood
from adapters.submissions.shape import ShockSurvey
from domain.questionnaire.codes import EmploymentStatus, Hazard, OccupationGroup
from domain.shock_rules import DeclareShock, LiftShock
from projections.households import HOUSEHOLDS

NAME = "made-up-flood-2022"
RELIEF = "flood_relief"
IMPACT = date(2022, 8, 18)
DECLARED = date(2022, 8, 21)
RESURVEYS = (date(2022, 9, 5), date(2022, 11, 25))
WINDOW_CLOSES = date(2022, 12, 15)
LIFTED = date(2022, 12, 20)
ASKED_AGAIN = 0.5
"""The share of the struck households that is surveyed again (ours)."""
_AUTHORITY = "demo: provincial government"
_WORK_LOST = 0.35


def declare(desk: Desk, by: str) -> None:
    """Declare the flood, with its relief programme and its window of resurveys."""
    desk.registry.desk.shock(
        DeclareShock(
            shock=NAME,
            hazard=Hazard.FLOOD,
            on=DECLARED,
            impact_on=IMPACT,
            places=FLOODED,
            resurvey_from=RESURVEYS[0],
            resurvey_until=WINDOW_CLOSES,
            authority=_AUTHORITY,
            households=desk.registry.tables.count(HOUSEHOLDS),
            notification="made up for the demo",
            relief_programmes=(RELIEF,),
        ),
        by,
    )


def lift(desk: Desk, by: str) -> None:
    """Declare that the flood is over."""
    desk.registry.desk.shock(LiftShock(NAME, LIFTED, _AUTHORITY), by)


def struck(homes: list[Home]) -> list[Home]:
    """The homes in the places of the flood."""
    return [home for home in homes if is_flooded(home.place)]


def is_declared(desk: Desk) -> bool:
    """Whether the registry knows of the flood."""
    return NAME in desk.registry.reader.policies().shocks


def plan(desk: Desk, homes: list[Home]) -> list[tuple[date, Home]]:
    """Which struck households are asked again on which day; those of the cast have days of their own."""
    first, last = RESURVEYS
    span = (last - first).days
    asked = [home for home in struck(homes) if not home.is_set_aside and chance(desk.rng, ASKED_AGAIN)]
    return [(first + timedelta(days=desk.rng.randint(0, span)), home) for home in asked]


def resurvey(desk: Desk, home: Home, day: date) -> None:
    """Ask a struck household again: goods and animals are lost, and some heads live by day labour now."""
    home.answers = after_the_flood(desk.rng, home.answers)
    head = home.head
    if head and head.person.employment is EmploymentStatus.EMPLOYED and chance(desk.rng, _WORK_LOST):
        home.set(head.person.line, occupation=OccupationGroup.ELEMENTARY)
    desk.survey_again(home, day, ShockSurvey, shock=NAME)
