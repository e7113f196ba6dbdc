"""What the registry must refuse, each brought once: with the reason an operator can act on."""

from copy import deepcopy
from datetime import date, timedelta

from msgspec.structs import replace

from adapters.demo.desk import Desk, Home
from adapters.demo.interviews import brought, surveyed
from adapters.demo.programme_office import Office
from adapters.submissions.shape import (
    Cyclic,
    DisabilityChanges,
    MemberLeaves,
    MissedOut,
    Recertification,
    RosterUpdate,
    ShockSurvey,
)
from domain.questionnaire.codes import DisabilityKind, LeaveReason, ProgrammeReport, Relation


def two_heads(desk: Desk, day: date, like: Home) -> None:
    """A new household in which two people say that they are its head."""
    survey = desk.somebody_new(like, day)
    twice = tuple(replace(each, relation=Relation.HEAD) for each in survey.roster[:2])
    taken = surveyed(desk.rng, day, survey.place)
    desk.bring(taken, MissedOut, refused=True, survey=replace(survey, roster=(*twice, *survey.roster[2:])))


def known_number(desk: Desk, day: date, home: Home) -> None:
    """A household that is registered already comes as if it were missed out: its numbers are on a roster."""
    survey = desk.asked_again(deepcopy(home), day, frozenset(home.ids.values()))
    desk.bring(surveyed(desk.rng, day, home.place), MissedOut, refused=True, survey=survey)


def too_early(desk: Desk, day: date, home: Home) -> None:
    """A household asks for its cyclic update before two years are over."""
    desk.survey_again(home, day, Cyclic, refused=True)


def not_a_beneficiary(desk: Desk, day: date, home: Home) -> None:
    """A household above the cut-off is surveyed as if it were to be certified again."""
    desk.survey_again(home, day, Recertification, refused=True)


def not_struck(desk: Desk, day: date, home: Home, shock: str) -> None:
    """A household that lived elsewhere at the impact asks for a survey because of the flood."""
    desk.survey_again(home, day, ShockSurvey, refused=True, shock=shock)


def gone_without_evidence(desk: Desk, day: date, home: Home) -> None:
    """Somebody is said to have left, and nothing is shown for it."""
    gone = list(home.people.values())[-1]
    desk.update(home, day, MemberLeaves(member=gone.member_id, reason=LeaveReason.DEPARTURE), refused=True)


def no_certificate(desk: Desk, day: date, home: Home) -> None:
    """A disability is said to be certified, and no certificate is shown."""
    change = DisabilityChanges(member=home.people[1].member_id, to=(DisabilityKind.HEARING,), certified=True)
    desk.update(home, day, change, refused=True)


def tomorrow(desk: Desk, day: date, home: Home) -> None:
    """A device with a wrong clock dates its submission on a day that is yet to come."""
    taken = replace(brought(desk.rng, day + timedelta(days=9), home.place), capture=None)
    gone = MemberLeaves(member=list(home.people.values())[-1].member_id, reason=LeaveReason.DEATH)
    submission = RosterUpdate(**taken.fields(), household=home.household, changes=(gone,))
    desk.send(submission, taken.sent_at - timedelta(days=9), refused=True)


def unknown_filter(desk: Desk, day: date, office: Office, home: Home) -> None:
    """A programme reports a filter that its rule does not know."""
    assert desk.registry.reader.policies().programmes[office.programme].rule.filters, "the programme has filters"
    office.report(home, day, ProgrammeReport.BLOCKED, "left_handed", refused=True)
