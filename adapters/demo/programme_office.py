"""The made-up programme office: it verifies whom the registry finds eligible, enrols them, and blocks a few."""

from datetime import date
from uuid import UUID

from adapters.demo.counts import rows_of
from adapters.demo.desk import Desk, Home
from adapters.demo.interviews import reported
from adapters.submissions.shape import ProgrammeReports
from domain.questionnaire.codes import Outcome, ProgrammeReport
from projections.eligibility import ELIGIBILITY

BLOCKED_IN_ALL = ("vehicle", "government_employee")
"""The filters that hit in the year: one household each."""


class Office:
    """One programme's office. It reads whom the registry decided on, and reports what it did with them."""

    def __init__(self, desk: Desk, programme: str, homes: list[Home], *, verifies: bool) -> None:
        self.programme = programme
        self.enrolled: list[Home] = []
        self._desk = desk
        self._homes = homes
        self._verifies = verifies
        self._filters = list(BLOCKED_IN_ALL) if verifies else []

    def work(self, day: date) -> None:
        """Go through everybody the registry has decided on: verify who is pending, enrol who is eligible."""
        outcomes = outcomes_of(self._desk, self.programme)
        for home in self._homes:
            outcome = outcomes.get(home.household)
            if outcome is Outcome.PENDING and self._verifies:
                self._verify(home, day)
            elif outcome is Outcome.ELIGIBLE and home not in self.enrolled:
                self.report(home, day, ProgrammeReport.ENROLLED)
                self.enrolled.append(home)

    def _verify(self, home: Home, day: date) -> None:
        if self._filters and not home.is_set_aside:
            home.is_set_aside = True
            self.report(home, day, ProgrammeReport.BLOCKED, self._filters.pop())
        else:
            self.report(home, day, ProgrammeReport.VERIFIED)

    def report(self, home: Home, day: date, report: ProgrammeReport, *filters: str, refused: bool = False) -> None:
        """Tell the registry."""
        taken = reported(self._desk.rng, day, self.programme)
        self._desk.bring(
            taken,
            ProgrammeReports,
            refused=refused,
            household=home.household,
            programme=self.programme,
            report=report,
            filters=filters,
        )


def outcomes_of(desk: Desk, programme: str) -> dict[UUID, Outcome]:
    """What was decided last about each household for a programme."""
    rows = rows_of(desk.registry, ELIGIBILITY)
    return {row["household_id"]: Outcome(row["outcome"]) for row in rows if row["programme"] == programme}
