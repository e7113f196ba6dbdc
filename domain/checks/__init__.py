"""Named checks on a full survey: what contradicts itself is refused, what is odd is accepted with a flag.

`docs/checks.md` lists them all, made from `domain.checks.table`. An optional fact that is missing is never an error.
"""

from datetime import date

from domain.checks.answers import check_answers
from domain.checks.captured import check_capture, check_day, check_place
from domain.checks.finding import Check, Finding, Severity, flags, refusals
from domain.checks.persons import check_person
from domain.checks.roster import check_families, check_roster
from domain.checks.table import CHECKS
from domain.household.events import Survey
from domain.questionnaire.capture import Capture

__all__ = ["CHECKS", "Check", "Finding", "Severity", "check_person", "check_survey", "flags", "refusals"]


def check_survey(on: date, survey: Survey, capture: Capture | None, received_on: date) -> tuple[Finding, ...]:
    """Everything the checks find in a survey, in the order of the questionnaire; nothing when all is well."""
    found: list[Finding] = []
    check_day(on, received_on, found)
    check_place(survey.place, found)
    by_id = check_roster(on, survey.roster, found)
    if survey.families:
        check_families(survey.families, survey.roster, by_id, found)
    check_answers(survey.answers, found)
    if capture is not None:
        check_capture(on, capture, by_id, found)
    return tuple(found)
