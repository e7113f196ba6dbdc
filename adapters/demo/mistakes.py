"""What the registry must refuse, each brought once: with the reason an operator can act on."""

from datetime import date, timedelta

from msgspec.structs import replace

from adapters.demo.changes import old_members
from adapters.demo.desk import Desk, Home
from adapters.demo.families import make_household
from adapters.demo.interviews import brought, surveyed
from adapters.demo.people import questionnaire
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


def two_heads(desk: Desk, day: date) -> None:
    """A new household in which two people say that they are its head."""
    made = make_household(desk.rng, desk.numbers, day)
    twice = tuple(replace(each, relation=Relation.HEAD) for each in made.people[:2])
    people = (*twice, *made.people[2:])
    taken = surveyed(desk.rng, day, made.place)
    desk.bring(taken, MissedOut, refused=True, survey=questionnaire(replace(made, people=people), day))


def known_number(desk: Desk, day: date, home: Home) -> None:
    """A household that is registered already comes as if it were missed out: its numbers are on a roster."""
    taken = surveyed(desk.rng, day, home.made.place)
    desk.bring(taken, MissedOut, refused=True, survey=questionnaire(home.made, day))


def too_early(desk: Desk, day: date, home: Home) -> None:
    """A household asks for its cyclic update before two years are over."""
    desk.survey_again(home, day, Cyclic, home.made, refused=True)


def not_a_beneficiary(desk: Desk, day: date, home: Home) -> None:
    """A household above the cut-off is surveyed as if it were to be certified again."""
    desk.survey_again(home, day, Recertification, home.made, refused=True)


def not_struck(desk: Desk, day: date, home: Home, shock: str) -> None:
    """A household that lived elsewhere at the impact asks for a survey because of the flood."""
    desk.survey_again(home, day, ShockSurvey, home.made, refused=True, shock=shock)


def gone_without_evidence(desk: Desk, day: date, home: Home) -> None:
    """Somebody is said to have left, and nothing is shown for it."""
    gone = (old_members(home, day) or [home.made.people[-1]])[0]
    leaves = MemberLeaves(member=desk.members(home)[gone.line], reason=LeaveReason.DEPARTURE)
    desk.update(home, day, home.made, leaves, refused=True)


def no_certificate(desk: Desk, day: date, home: Home) -> None:
    """A disability is said to be certified, and no certificate is shown."""
    change = DisabilityChanges(
        member=desk.members(home)[home.made.head.line], to=(DisabilityKind.HEARING,), certified=True
    )
    desk.update(home, day, home.made, change, refused=True)


def tomorrow(desk: Desk, day: date, home: Home) -> None:
    """A device with a wrong clock dates its submission on a day that is yet to come."""
    taken = replace(brought(desk.rng, day + timedelta(days=9), home.made.place), capture=None)
    gone = MemberLeaves(member=desk.members(home)[home.made.people[-1].line], reason=LeaveReason.DEATH)
    submission = RosterUpdate(**taken.fields(), household=home.household, changes=(gone,))
    desk.send(submission, taken.sent_at - timedelta(days=9), refused=True)


def unknown_filter(desk: Desk, day: date, office: Office, home: Home) -> None:
    """A programme reports a filter that its rule does not know."""
    assert desk.registry.reader.policies().programmes[office.programme].rule.filters, "the programme has filters"
    office.report(home, day, ProgrammeReport.BLOCKED, "left_handed", refused=True)
