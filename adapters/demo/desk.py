"""Where the made-up submissions go in: the registry's own door, at the minute at which each was sent."""

from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import date, datetime
from random import Random
from typing import Any
from uuid import UUID

from adapters.demo.by_hand import Numbers
from adapters.demo.interviews import Taken, brought, some_id, surveyed
from adapters.lives import homes
from adapters.lives.matters import Matter
from adapters.lives.newcomers import newcomer
from adapters.lives.part import household_of
from adapters.lives.tables import load_tables
from adapters.registry.door import Answer
from adapters.registry.opening import Registry
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import (
    AnyChange,
    AnySubmission,
    Cyclic,
    MissedOut,
    Questionnaire,
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


class Home(homes.Home):
    """A home as lives know it, with the survey that registers it and whether something is planned for it."""

    def __init__(self, first: MissedOut, sealer: Sealer, rng: Random) -> None:
        super().__init__(household_of(first, sealer), first.submission_id.bytes, first, sealer.new_member_id, rng)
        self.first = first
        self.is_set_aside = False
        """Whether something is planned for it, so that chance leaves it alone."""

    @property
    def ids(self) -> dict[int, UUID]:
        """What the registry calls the people on each line."""
        return {line: one.member_id for line, one in self.people.items()}


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

    def __init__(self, registry: Registry, clock: SetClock, rng: Random, numbers: Numbers, sealer: Sealer) -> None:
        self.registry = registry
        self.clock = clock
        self.rng = rng
        self.numbers = numbers
        self.sealer = sealer
        self.tables = load_tables()
        self.tally = Tally()

    def bring(self, taken: Taken, kind: type[Submission], *, refused: bool = False, **asked: Any) -> None:
        """Bring one submission of a kind; `refused` says that it should be."""
        submission: Any = kind(**taken.fields(), **asked)
        self.send(submission, taken.sent_at, refused=refused)

    def send(self, submission: AnySubmission, at: datetime, *, refused: bool = False) -> None:
        """Bring a submission that is made already."""
        self.clock.move_to(at)
        answer = self.registry.door.submit(submission)
        self.tally.count(submission, answer, refused=refused)

    def register(self, homes: Iterable[Home], at: datetime) -> Iterator[Answer]:
        """Send the first surveys of a round together, as a survey firm uploads them."""
        self.clock.move_to(at)
        submissions = [home.first for home in homes]
        for submission, answer in zip(submissions, self.registry.door.submit_many(submissions), strict=True):
            self.tally.count(submission, answer, refused=False)
            yield answer

    def somebody_new(self, like: Home, day: date) -> Questionnaire:
        """What a household that nobody had surveyed says; it has the make-up of another."""
        return newcomer(like.first, some_id(self.rng), day, self.tables, self.rng).survey

    def missed_out(self, survey: Questionnaire, day: date) -> Home:
        """A household that nobody had surveyed comes to the desk."""
        taken = surveyed(self.rng, day, survey.place)
        first = MissedOut(survey=survey, **taken.fields())
        self.send(first, taken.sent_at)
        return Home(first, self.sealer, self.rng)

    def asked_again(self, home: Home, day: date, unknown: frozenset[UUID] = frozenset()) -> Questionnaire:
        """What a home says in a full survey on a day; `unknown` are named without the registry's ids."""
        return home.restated(day, self.tables, self.rng, unknown)

    def survey_again(
        self,
        home: Home,
        day: date,
        kind: type[Cyclic | Recertification | ShockSurvey],
        *,
        refused: bool = False,
        shock: str | None = None,
    ) -> None:
        """A full survey of a household that is registered; one that is to be refused changes nothing of it."""
        home = deepcopy(home) if refused else home
        centre = self.rng.choice((CentreKind.DESK, CentreKind.VAN, CentreKind.UNION_COUNCIL_TEAM))
        taken = surveyed(self.rng, day, home.place, centre, home.head.member_id if home.head else None)
        asked: dict[str, Any] = {"household": home.household, "survey": self.asked_again(home, day)}
        if shock is not None:
            asked["shock"] = shock
        self.bring(taken, kind, refused=refused, **asked)
        home.surveys.append((day, kind.occasion, shock))

    def tell(self, home: Home, day: date, *matters: Matter) -> None:
        """What has happened in a home is told at the desk."""
        taken = brought(self.rng, day, home.place)
        changes = tuple(change for matter in matters for change in matter(home, taken.submission_id, day))
        self.bring(taken, RosterUpdate, household=home.household, changes=changes)

    def update(self, home: Home, day: date, *changes: AnyChange, refused: bool = False) -> None:
        """Changes of the roster, brought to the desk as they are."""
        taken = brought(self.rng, day, home.place)
        self.bring(taken, RosterUpdate, refused=refused, household=home.household, changes=changes)
