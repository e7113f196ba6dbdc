"""What programmes report about a household: enrolled, suspended or exited, verified, stopped by filters, paid."""

from datetime import date
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.household.events import PaymentReported, ProgrammeReported
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


_STRONGEST_FIRST = (ProgrammeReport.ENROLLED, ProgrammeReport.SUSPENDED, ProgrammeReport.EXITED)


def after_report(before: Participation, event: ProgrammeReported) -> Participation:
    """What is known of a programme after its next report."""
    match event.report:
        case ProgrammeReport.ENROLLED | ProgrammeReport.SUSPENDED | ProgrammeReport.EXITED:
            earlier = {} if event.family is None else before.families
            families = {**earlier, event.family: event.report}
            enrolment: ProgrammeReport = event.report
            if len(families) > 1:
                enrolment = next(report for report in _STRONGEST_FIRST if report in families.values())
            since = before.since if enrolment is before.enrolment else event.on
            enrolled_on = event.on if event.report is ProgrammeReport.ENROLLED else before.enrolled_on
            return replace(before, enrolment=enrolment, since=since, families=families, enrolled_on=enrolled_on)
        case ProgrammeReport.VERIFIED:
            return replace(before, verified=True)
        case ProgrammeReport.BLOCKED:
            return replace(before, filters=tuple(sorted({*before.filters, *event.filters})))
        case ProgrammeReport.CLEARED:
            cleared = set(event.filters) or set(before.filters)
            return replace(before, filters=tuple(name for name in before.filters if name not in cleared))


def paid(before: Participation, event: PaymentReported) -> Participation:
    """What is known of a programme after it reported a payment."""
    return replace(before, payments=(*before.payments, Payment(event.payment, event.on, event.amount_paisa)))
