"""What a partner reports that it did with a household on its list, as it is written at the edge."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from adapters.faults import Refused
from adapters.json_faults import RepeatedKey, check_keys, why_not_json
from adapters.submissions.shape import AnySubmission, PaymentReports, ProgrammeReports
from adapters.word_faults import shown
from adapters.words import from_words, mirror
from domain.questionnaire.codes import Code, ProgrammeReport

REPORT_BYTES_MAX = 16 * 1024
"""Longest report that is read: some hundred times an ordinary one."""
REFERENCE_CHARACTERS_MAX = 200
PARTNER_ROLE = "partner"
"""The role in which a partner's reports are recorded; the operator is the partner, the source its feed."""


class Did(Code):
    """What a partner did with a household."""

    ENROLLED = 1
    SUSPENDED = 2
    EXITED = 3
    PAID = 4


class PartnerReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One deed for one household. `household` is the partner's own token; `amount_paisa` only where it was paid.

    `reference` is the partner's own name for this report: the same one again adds nothing. Without it, all that the
    report says is its name.
    """

    household: UUID
    did: Did
    on: date
    amount_paisa: int | None = None
    reference: str | None = None


def read_report(line: bytes) -> PartnerReport:
    """Read one report. Raises Refused with a sentence on what to mend."""
    if len(line) > REPORT_BYTES_MAX:
        raise Refused(f"The report has {len(line):,} bytes; at most {REPORT_BYTES_MAX:,} are taken.")
    report: PartnerReport = from_words(line, PartnerReport)
    try:
        check_keys(line)
    except RepeatedKey as repeated:
        raise Refused(why_not_json(line, repeated, shown)) from None
    if report.amount_paisa is not None and report.did is not Did.PAID:
        raise Refused(f"amount_paisa belongs to what was paid, not to {report.did.word}: leave it out.")
    if report.reference is not None and not 0 < len(report.reference) <= REFERENCE_CHARACTERS_MAX:
        raise Refused(f"reference has {len(report.reference):,} characters; 1 to {REFERENCE_CHARACTERS_MAX} are taken.")
    return report


def report_schema() -> dict[str, Any]:
    """The JSON schema of a partner's report."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What a partner did with a household on its list",
        "description": "One JSON object a line.",
        **msgspec.json.schema(mirror(PartnerReport)),
    }


def as_submission(
    report: PartnerReport, submission: UUID, household: UUID, partner: str, programme: str
) -> ProgrammeReports | PaymentReports:
    """The report as the door takes it: of the household that its token stands for."""
    common: dict[str, Any] = {
        "submission_id": submission,
        "source": f"{partner}/{programme}",
        "on": report.on,
        "operator": partner,
        "role": PARTNER_ROLE,
        "household": household,
        "programme": programme,
    }
    if report.did is Did.PAID:
        return PaymentReports(amount_paisa=report.amount_paisa, **common)
    return ProgrammeReports(report=ProgrammeReport[report.did.name], **common)


def partner_of(submission: AnySubmission) -> str | None:
    """The partner whose report a submission is; nobody for what comes from desks and surveys."""
    is_report = isinstance(submission, ProgrammeReports | PaymentReports) and submission.role == PARTNER_ROLE
    return submission.operator if is_report else None
