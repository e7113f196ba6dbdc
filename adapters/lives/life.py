"""The life of one household after its first survey: what happens when, and when the registry hears of it.

Until the dynamic registry begins nothing is heard; what happened before is told at the first contact afterwards.
"""

import heapq
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from adapters.lives import matters
from adapters.lives.chance import DAYS_IN_YEAR, delay, some_day
from adapters.lives.fates import Hazards
from adapters.lives.growing import after_the_flood, some_years_later
from adapters.lives.homes import Home, MemberId
from adapters.lives.matters import Changes, Matter
from adapters.lives.office import KAFAALAT, Office
from adapters.lives.sending import AFTERWARDS, FIRST, SOURCE, Happened, Sent, sent, submission_id
from adapters.lives.tables import Tables
from adapters.submissions.shape import (
    AnySubmission,
    Cyclic,
    Move,
    ProgrammeReports,
    Recertification,
    RosterUpdate,
    ShockSurvey,
)
from domain.household.participation import NOTHING_REPORTED
from domain.occasions import OCCASIONS, YEARS_BETWEEN_RECERTIFICATIONS, Opening, opening
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import Outcome, ProgrammeReport
from domain.registry_day import years_later

OPERATORS = 1_400
"""How many operators the registry's desks have (annual report FY 2022-23)."""

Task = Callable[[date], object]


class World(msgspec.Struct, frozen=True):
    """What all households of a part have in common."""

    seed: int
    tables: Tables
    office: Office
    member_id: MemberId
    hazards: Hazards
    happened: Happened


class Life:
    """One household with its agenda. Tasks are worked off by day; what is sent is collected in `out`."""

    def __init__(self, world: World, home: Home, rng: Random, number: int = 0) -> None:
        self.world = world
        self.home = home
        self.rng = rng
        self.out: list[Sent] = []
        self._number = number
        self._agenda: list[tuple[date, int, int, Task]] = []
        self._planned = 0
        self._untold: list[Matter] = []
        self._moved_to: Place | None = None
        self._is_to_be_recertified = False

    @property
    def begins(self) -> date:
        """The first day on which this household can bring anything up to date."""
        return max(self.world.tables.begins, self.home.surveyed_on + timedelta(days=1))

    # The agenda

    def at(self, day: date, task: Task, rank: int = AFTERWARDS) -> None:
        """Plan a task for a day; beyond the last day lived it is dropped."""
        if day <= self.world.tables.ends:
            self._planned += 1
            heapq.heappush(self._agenda, (day, rank, self._planned, task))

    def live(self) -> list[Sent]:
        """Work off the agenda."""
        while self._agenda:
            day, _, _, task = heapq.heappop(self._agenda)
            if self.home.people:
                task(day)
        return self.out

    # What happens, and when it is told

    def happens(self, matter: Matter) -> Task:
        """Something happens: it waits to be told, at the first contact or after a delay."""

        def task(day: date) -> None:
            self._untold.append(matter)
            if day >= self.begins:
                self.at(day + delay(self.rng, self.world.tables.rates["days_until_told"]), self.visit)

        return task

    def told_at_once(self, matter: Matter) -> Task:
        """Something is told of on its own day; of some of these the registry hears after later facts."""

        def task(day: date) -> None:
            rates = self.world.tables.rates
            if day < self.begins:
                self._untold.append(matter)
            elif self.rng.random() < rates["told_late"]:
                late = timedelta(days=self.rng.randint(1, int(rates["days_late_max"])))
                self._update(day, (matter,), arrives=day + late)
            else:
                self._tell(day, matter)

        return task

    def forget(self, matter: Matter) -> None:
        """It is not worth telling any more."""
        self._untold = [each for each in self._untold if each is not matter]

    def visit(self, day: date) -> None:
        """Tell everything that waits."""
        self._tell(day)

    def weds(self, matter: Matter) -> Task:
        """A wedding: told first thing on its day."""
        return lambda day: self._tell(day, matter, rank=FIRST)

    def moves(self, place: Place) -> Task:
        """The household moves: known at once, or at the first contact."""

        def task(day: date) -> None:
            self._moved_to = place
            self.world.happened.counts["moves"] += 1
            if day >= self.begins:
                self._tell(day)

        return task

    def _tell(self, day: date, *more: Matter, rank: int = AFTERWARDS) -> None:
        told, self._untold = (*self._untold, *more), []
        self._update(day, told, rank=rank)
        place, self._moved_to = self._moved_to, None
        if place is not None and self.home.people and place != self.home.place:
            self.home.address = matters.some_address(self.rng)
            self._send(Move, day, rank=rank, place=place, address=self.home.address)
            self.home.residences.append((day, place))

    def _update(
        self, day: date, told: tuple[Matter, ...], *, rank: int = AFTERWARDS, arrives: date | None = None
    ) -> None:
        submission = self._next_id()
        changes: Changes = ()
        for matter in told:
            changes += matter(self.home, submission, day)
        if changes:
            self._send(RosterUpdate, day, rank=rank, arrives=arrives, submission_id=submission, changes=changes)

    # Surveys

    def survey(
        self, day: date, kind: type[Cyclic | Recertification | ShockSurvey], shock: str | None = None
    ) -> Opening:
        """Survey the household again if the occasion is open; what waited is told by it."""
        home = self.home
        standing = self.world.office.standing(home, day)
        chance = opening(OCCASIONS[kind.occasion], standing.situation, day, shock)
        if not chance.is_open:
            return chance
        submission = self._next_id()
        known = {one.member_id for one in home.people.values()}
        for matter in self._untold:
            matter(home, submission, day)
        self._untold = []
        if not home.people:
            return chance
        if self._moved_to is not None:
            home.residences.append((day, self._moved_to))
            self._moved_to = None
        home.answers = some_years_later(home.answers, home.surveyed_on, day, self.world.tables, self.rng)
        asked: dict[str, Any] = {}
        if shock is not None:
            asked["shock"] = shock
            home.answers = after_the_flood(self.rng, home.answers)
        unknown = frozenset(one.member_id for one in home.people.values()) - known
        survey = home.restated(day, self.world.tables, self.rng, unknown)
        self._send(kind, day, submission_id=submission, survey=survey, **asked)
        home.surveys.append((day, kind.occasion, shock))
        self.at(day + self._some_days(), self.review)
        return chance

    def cyclic(self, day: date) -> None:
        """Comes to the desk for a cyclic update; whoever may not have one yet is sent away."""
        self.survey(day, Cyclic)

    def resurvey(self, shock: str) -> Task:
        """Is asked again after a flood."""
        return lambda day: self.survey(day, ShockSurvey, shock)

    def recertify(self, day: date) -> None:
        """A beneficiary is surveyed again, later if it is early; who is none any more is forgotten."""
        self._is_to_be_recertified = False
        chance = self.survey(day, Recertification)
        if chance.is_open or chance.from_day is not None:
            self._plan_recertification(day)

    def _plan_recertification(self, day: date) -> None:
        """In the wave, if the household is reached by it; else some time after it has fallen due."""
        if self._is_to_be_recertified:
            return
        self._is_to_be_recertified = True
        rates, wave = self.world.tables.rates, self.world.tables.calendar["recertification_wave"]
        since = self.home.surveyed_on
        due = max(day + timedelta(days=1), years_later(since, YEARS_BETWEEN_RECERTIFICATIONS))
        if due <= wave.last_day and self.rng.random() < rates["recertified_in_the_wave"]:
            self.at(some_day(self.rng, max(due, wave.first_day), wave.last_day), self.recertify)
        else:
            waits = timedelta(days=int(self.rng.expovariate(rates["recertifications"]) * DAYS_IN_YEAR))
            self.at(max(due, wave.last_day + timedelta(days=1)) + waits, self.recertify)

    # The programme

    def review(self, day: date) -> None:
        """Kafaalat looks at what the registry concludes: it verifies, enrols, or lets go."""
        enrolment = self.home.programmes.get(KAFAALAT, NOTHING_REPORTED).enrolment
        outcome = self.world.office.outcome(self.home, day)
        if enrolment is ProgrammeReport.ENROLLED:
            if outcome is Outcome.INELIGIBLE:
                self._report(day, ProgrammeReport.EXITED)
        elif outcome is Outcome.PENDING:
            self._report(day, ProgrammeReport.VERIFIED)
            self.at(day + self._some_days(), self.review)
        elif outcome is Outcome.ELIGIBLE:
            self._report(day, ProgrammeReport.ENROLLED)
            self._plan_recertification(day)

    def _some_days(self) -> timedelta:
        return timedelta(days=self.rng.randint(1, int(self.world.tables.rates["days_until_reviewed"])))

    def _report(self, day: date, report: ProgrammeReport) -> None:
        office = f"{KAFAALAT}-office"
        told = {"source": KAFAALAT, "operator": office, "role": "programme", "centre": office, "programme": KAFAALAT}
        self._send(ProgrammeReports, day, rank=AFTERWARDS, arrives=day, report=report, **told)
        before = self.home.programmes.get(KAFAALAT, NOTHING_REPORTED)
        if report is ProgrammeReport.VERIFIED:
            self.home.programmes[KAFAALAT] = replace(before, verified=True)
        else:
            self.home.programmes[KAFAALAT] = replace(before, enrolment=report, since=day)

    # Sending

    def _next_id(self) -> UUID:
        self._number += 1
        return submission_id(self.world.seed, self.home.key, self._number)

    def _send(
        self,
        kind: Callable[..., AnySubmission],
        on: date,
        *,
        rank: int = AFTERWARDS,
        arrives: date | None = None,
        **asked: Any,
    ) -> None:
        taken = {
            "submission_id": asked.get("submission_id") or self._next_id(),
            "source": SOURCE,
            "on": on,
            "operator": f"operator-{1 + self.rng.randrange(OPERATORS):04d}",
            "centre": f"desk-{self.home.place.code}",
            "household": self.home.household,
        }
        made = kind(**{**taken, **asked})
        self.out.append(sent(arrives or on, rank, self.home.key, self._number, made))
