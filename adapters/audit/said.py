"""What an event says in a few words, by itself: no household is read for it and no name is opened."""

from typing import Any

from domain.agreement import AgreementEnded, AgreementMade
from domain.event import Event
from domain.household.events import (
    Corrected,
    DisabilityChanged,
    DuplicateAbsorbed,
    Formed,
    GenderChanged,
    MaritalStatusChanged,
    MemberErased,
    MemberJoined,
    MemberLeft,
    MergedInto,
    Moved,
    PaymentReported,
    ProgrammeReported,
    Registered,
    Resurveyed,
    Survey,
)
from domain.questionnaire.codes import Code
from domain.standing import Decided
from domain.submission import Disclosed, SubmissionRefused


def said(event: Event) -> str:
    """An event in a few words; its name where it says no more."""
    match event:
        case Registered(survey=survey):
            return f"registered: {_survey(survey)}"
        case Resurveyed(survey=survey):
            return f"surveyed again ({_word(event.occasion)}): {_survey(survey)}"
        case Corrected(survey=survey):
            return f"corrected ({event.reason}): {_survey(survey)}"
        case Formed():
            return f"parted from {event.from_household}: {len(event.roster)} members"
        case SubmissionRefused():
            return f"{event.kind.replace('_', ' ')} refused: {', '.join(reason.check for reason in event.reasons)}"
        case Disclosed():
            return f"names of {len(event.opened)} members opened to {event.to}: {event.purpose}"
        case Decided():
            return f"{event.programme}: {_word(event.was)} -> {_word(event.conclusion.outcome)}"
        case AgreementMade() | AgreementEnded():
            return f"agreement of {event.partner} on {event.programme}"
        case _:
            return _of_members(event) or _of_households(event) or _named(event)


def _of_members(event: Event) -> str | None:
    match event:
        case MemberJoined():
            return f"a member joined ({_word(event.reason)})"
        case MemberLeft():
            return f"a member left ({_word(event.reason)})"
        case MaritalStatusChanged():
            return f"marital status: {_word(event.from_status)} -> {_word(event.to_status)}"
        case DisabilityChanged():
            certified = f"certified {_yes(event.from_certified)} -> {_yes(event.to_certified)}"
            return f"disabilities: {len(event.from_kinds)} -> {len(event.to_kinds)}, {certified}"
        case GenderChanged():
            return f"gender: {_word(event.from_sex)} -> {_word(event.to_sex)}"
        case MemberErased():
            return f"a member's identity erased, on the authority of {event.authority}"
        case _:
            return None


def _of_households(event: Event) -> str | None:
    match event:
        case Moved():
            return f"moved: {event.from_place.code} -> {event.to_place.code}"
        case DuplicateAbsorbed():
            return f"took in its duplicate {event.duplicate}"
        case MergedInto():
            return f"merged into {event.survivor}"
        case ProgrammeReported():
            return f"{event.programme} reports: {_word(event.report)}"
        case PaymentReported():
            return f"{event.programme} reports: paid"
        case _:
            return None


def _named(event: Event) -> str:
    """The event's name without its version, and what it is about where that is a policy."""
    words = event.name.rpartition(".")[0].partition(".")[2].replace("_", " ")
    subject: Any = next(
        (getattr(event, field) for field in ("scorecard_id", "programme", "shock", "partner") if hasattr(event, field)),
        None,
    )
    return words if subject is None else f"{words}: {subject}"


def _survey(survey: Survey) -> str:
    return f"{len(survey.roster)} members in {survey.place.code}"


def _word(code: Code | None) -> str:
    return "not known" if code is None else code.word.replace("_", " ")


def _yes(value: bool) -> str:  # noqa: FBT001 - it is the thing that is told
    return "yes" if value else "no"
