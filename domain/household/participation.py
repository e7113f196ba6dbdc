"""Where a household stands in a programme, as the programme reports it, and what it was paid."""

from datetime import date
from uuid import UUID

import msgspec

from domain.questionnaire.codes import ProgrammeReport


class Payment(msgspec.Struct, frozen=True, gc=False):
    """One payment that a programme reported; the amount is absent where it did not say."""

    payment: UUID
    on: date
    amount_paisa: int | None


class Participation(msgspec.Struct, frozen=True, gc=False):
    """What one programme last reported: where the household stands in it, since when; verified; filters that hit.

    `families` holds the last report about each family by its number, or about the whole household under None; the
    household is enrolled as long as one of them is. `enrolled_on` is the day of the last report of enrolled.
    """

    enrolment: ProgrammeReport | None = None
    since: date | None = None
    verified: bool = False
    filters: tuple[str, ...] = ()
    families: dict[int | None, ProgrammeReport] = msgspec.field(default_factory=dict)
    enrolled_on: date | None = None
    payments: tuple[Payment, ...] = ()

    def find_report_on(self, family: int | None) -> ProgrammeReport | None:
        """Where a family stands: as reported about it, else about the whole household."""
        return self.families.get(family, self.families.get(None))


NOTHING_REPORTED = Participation()
