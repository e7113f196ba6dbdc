"""Where the made-up submissions go in: the registry's own door, at the minute at which each was sent."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from adapters.demo.interviews import Taken, brought, surveyed
from adapters.demo.people import MadeUp, Numbers, questionnaire
from adapters.registry.door import Answer
from adapters.registry.opening import Registry
from adapters.submissions.shape import (
    AnyChange,
    AnySubmission,
    Cyclic,
    MissedOut,
    Recertification,
    RosterUpdate,
    ShockSurvey,
    Submission,
)
from domain.questionnaire.codes import CentreKind


class SetClock:
    """A clock that stands until it is moved, and only moves on."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        """The instant that was set last."""
        return self._now

    def move_to(self, instant: datetime) -> None:
        """Let it be this instant, unless it is later already."""
        self._now = max(self._now, instant)


class Home:
    """A made-up household as its own members know it, and what the registry calls it."""

    def __init__(self, made: MadeUp, surveyed_on: date) -> None:
        self.made = made
        self.surveyed_on = surveyed_on
        self.household = UUID(int=0)
        self.survey = UUID(int=0)
        """The submission that brought its last full survey."""
        self.is_set_aside = False
        """Whether something is planned for it, so that chance leaves it alone."""


class Tally:
    """What became of the submissions."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()
        self.flags: Counter[str] = Counter()
        self.again = 0
        self.unexpected: list[str] = []
        """Answers that the demo did not foresee; there should be none."""

    def count(self, submission: AnySubmission, answer: Answer, *, refused: bool) -> None:
        """Count one answer; `refused` is what was foreseen."""
        kind = str(submission.__struct_config__.tag)
        if answer.accepted is refused:
            why = "; ".join(reason.sentence for reason in answer.reasons)
            self.unexpected.append(f"{kind} of {submission.on} was {'accepted' if refused else f'refused: {why}'}")
        self.flags.update(answer.flags)
        if answer.again and answer.accepted:
            self.again += 1
        elif answer.accepted:
            self.accepted[kind] += 1
        else:
            self.refused[kind, _in_short(answer)] += 1

    @property
    def submissions(self) -> int:
        """All that were answered."""
        return self.accepted.total() + self.refused.total() + self.again


def _in_short(answer: Answer) -> str:
    """The first reason: its check, or for a rule of the household the sentence up to where it goes into particulars."""
    reason = answer.reasons[0]
    return reason.check if reason.check != "rule" else reason.sentence.split(":")[0].rstrip(".")


class Desk:
    """Everything that brings submissions: the registry, its clock, chance, and what has been counted."""

    def __init__(self, registry: Registry, clock: SetClock, rng: Random, numbers: Numbers) -> None:
        self.registry = registry
        self.clock = clock
        self.rng = rng
        self.numbers = numbers
        self.tally = Tally()

    def bring(self, taken: Taken, kind: type[Submission], *, refused: bool = False, **asked: Any) -> Answer:
        """Bring one submission of a kind; `refused` says that it should be."""
        submission: Any = kind(**taken.fields(), **asked)
        return self.send(submission, taken.sent_at, refused=refused)

    def send(self, submission: AnySubmission, at: datetime, *, refused: bool = False) -> Answer:
        """Bring a submission that is made already."""
        self.clock.move_to(at)
        answer = self.registry.door.submit(submission)
        self.tally.count(submission, answer, refused=refused)
        return answer

    def register(self, homes: Iterable[Home], at: datetime) -> Iterator[Answer]:
        """Send the first surveys of a round together, as a survey firm uploads them."""
        waiting = list(homes)
        self.clock.move_to(at)
        submissions = [self._first_survey(home) for home in waiting]
        for home, submission, answer in zip(
            waiting, submissions, self.registry.door.submit_many(submissions), strict=True
        ):
            self.tally.count(submission, answer, refused=False)
            _registered(home, submission, answer)
            yield answer

    def _first_survey(self, home: Home) -> MissedOut:
        taken = surveyed(self.rng, home.surveyed_on, home.made.place, CentreKind.SURVEY_ROUND)
        return MissedOut(survey=questionnaire(home.made, home.surveyed_on), **taken.fields())

    def missed_out(self, made: MadeUp, day: date) -> Home:
        """A household that nobody had surveyed comes to the desk."""
        home = Home(made, day)
        taken = surveyed(self.rng, day, made.place)
        answer = self.bring(taken, MissedOut, survey=questionnaire(made, day))
        home.household, home.survey = answer.household or home.household, taken.submission_id
        return home

    def survey_again(
        self,
        home: Home,
        day: date,
        kind: type[Cyclic | Recertification | ShockSurvey],
        made: MadeUp,
        *,
        refused: bool = False,
        shock: str | None = None,
    ) -> Answer:
        """A full survey of a household that is registered; `made` is what it says now."""
        respondent = self.members(home).get(made.head.line)
        centre = self.rng.choice((CentreKind.DESK, CentreKind.VAN, CentreKind.UNION_COUNCIL_TEAM))
        taken = surveyed(self.rng, day, made.place, centre, respondent)
        asked: dict[str, Any] = {"household": home.household, "survey": questionnaire(made, day)}
        if shock is not None:
            asked["shock"] = shock
        answer = self.bring(taken, kind, refused=refused, **asked)
        if answer.accepted:
            home.made, home.surveyed_on, home.survey = made, day, taken.submission_id
        return answer

    def update(self, home: Home, day: date, made: MadeUp, *changes: AnyChange, refused: bool = False) -> Answer:
        """Changes in the roster, brought to the desk; `made` is the household after them."""
        taken = brought(self.rng, day, home.made.place)
        answer = self.bring(taken, RosterUpdate, refused=refused, household=home.household, changes=changes)
        if answer.accepted:
            home.made = made
        return answer

    def members(self, home: Home) -> dict[int, UUID]:
        """What the registry calls the people on each line of a household's roster."""
        state = self.registry.reader.household(home.household)
        assert state is not None, "the household was registered"
        return {member.line: member.member_id for member in state.roster.values()}


def _registered(home: Home, submission: MissedOut, answer: Answer) -> None:
    if answer.household is not None:
        home.household, home.survey = answer.household, submission.submission_id


class Happening(msgspec.Struct, frozen=True):
    """Something of the year worth telling."""

    on: date
    sentence: str
