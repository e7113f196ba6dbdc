"""A second made-up flood, after the year: told to a partner as it happens, with a survey of those it struck."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from adapters.demo import flood
from adapters.demo.desk import Desk, Home
from adapters.lives.growing import after_the_flood
from adapters.postgres.moment import moment
from adapters.registry.opening import Registry
from adapters.shocks.surveying import progress, worklist
from adapters.submissions.shape import ShockSurvey
from domain.agreement import MakeAgreement
from domain.questionnaire.codes import Hazard
from domain.shock import Shock
from domain.shock_rules import DeclareShock

NAME = "made-up-flood-2023"
PARTNER = "relief-agency"
PLACES = ("PK701", "PK703")
"""Badin and Dadu districts; the flood is made up."""
AGREED = date(2023, 1, 9)
DECLARED = date(2023, 1, 10)
SURVEYED_FROM = date(2023, 1, 12)
TEAM_DAYS = 4
NOT_FOUND = 10
"""One household of so many is not at home on any of these days (ours)."""
_HOUR = 9


class TeamDay(msgspec.Struct, frozen=True):
    """One day of the survey: whom the teams surveyed, and how many were still on the worklist in the evening."""

    day: date
    surveyed: int
    left: int


class LiveFlood:
    """The flood and the survey after it, day by day, at the registry's own door."""

    def __init__(self, desk: Desk, homes: list[Home], by: str) -> None:
        self._desk = desk
        self._by = by
        self._homes = {home.household: home for home in homes}

    def agree(self) -> None:
        """The relief programme's partner is told of it from now on, everywhere and without scores."""
        self._open(AGREED)
        self._registry.desk.agreement(
            MakeAgreement(
                on=AGREED,
                partner=PARTNER,
                programme=flood.RELIEF,
                title="Relief agency (made up)",
                contact="desk@relief-agency.example",
                authority="demo: letter 1 of 2023",
            ),
            self._by,
        )

    def declare(self) -> None:
        """Declare it on the day on which it struck, with a window of resurveys that begins two days later."""
        self._open(DECLARED)
        self._registry.desk.shock(
            DeclareShock(
                shock=NAME,
                hazard=Hazard.FLOOD,
                on=DECLARED,
                impact_on=DECLARED,
                places=PLACES,
                resurvey_from=SURVEYED_FROM,
                resurvey_until=SURVEYED_FROM + timedelta(days=60),
                authority="demo: provincial government",
                notification="made up for the demo",
                relief_programmes=(flood.RELIEF,),
                households=sum(home.place.is_within(code) for home in self._homes.values() for code in PLACES),
            ),
            self._by,
        )

    def survey(self, catch_up: Callable[[], None]) -> Iterator[TeamDay]:
        """Send the teams out along the worklist, the poorest first, until only those are left who are not found."""
        waiting = self._waiting()
        found = [home for number, home in enumerate(waiting, 1) if number % NOT_FOUND]
        share = -(-len(found) // TEAM_DAYS)
        for number in range(TEAM_DAYS):
            day = SURVEYED_FROM + timedelta(days=number)
            self._open(day)
            asked = found[number * share : (number + 1) * share]
            for home in asked:
                home.answers = after_the_flood(self._desk.rng, home.answers)
                self._desk.survey_again(home, day, ShockSurvey, shock=NAME)
            catch_up()
            yield TeamDay(day, len(asked), self.left())

    def left(self) -> int:
        """How many households are on the worklist."""
        with moment(self._registry.dsn) as ask:
            return sum(each.left for each in progress(ask, self._shock))

    def _waiting(self) -> list[Home]:
        with moment(self._registry.dsn) as ask:
            listed = [each.household for each in worklist(ask, self._shock, "", len(self._homes))]
        return [self._homes[household] for household in listed if household in self._homes]

    @property
    def _registry(self) -> Registry:
        return self._desk.registry

    @property
    def _shock(self) -> Shock:
        return self._registry.reader.policies().shocks[NAME]

    def _open(self, day: date) -> None:
        self._desk.clock.move_to(datetime.combine(day, time(_HOUR, tzinfo=UTC)))
        self._registry.desk.open_day()
