"""What is brought to the door while things are killed: first surveys, moves, corrections, reports; some of it twice."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from uuid import UUID

from msgspec.structs import replace

from adapters.lives.part import household_of
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import AnySubmission, Correction, MissedOut, Move, ProgrammeReports
from domain.questionnaire.answers import Answers, Dwelling, Place
from domain.questionnaire.codes import ProgrammeReport, Toilet
from tests.households import POOR, common, lone_woman, missed_out

PLACES = ("PK20101", "PK20102", "PK60201", "PK60202", "PK70101")
FIRST_SURVEYS = date(2022, 3, 1)
AFTERWARDS = date(2025, 1, 1)
DAYS = 500
SHARE_OF_FIRST_SURVEYS = 0.4
NOBODY = UUID("00000000-0000-4000-8000-000000000000")


def submissions(number: int, seed: int, sealer: Sealer) -> Iterator[AnySubmission]:
    """So many submissions, the same for the same seed and keys; a few are refused, a few are others sent again."""
    drawing = _Drawing(Random(seed), sealer)
    for index in range(number):
        yield drawing.next(index)


class _Drawing:
    """Draws what comes next out of what came before."""

    def __init__(self, draw: Random, sealer: Sealer) -> None:
        self._draw = draw
        self._sealer = sealer
        self._firsts: list[MissedOut] = []
        self._sent: list[AnySubmission] = []

    def next(self, index: int) -> AnySubmission:
        draw = self._draw.random()
        if self._sent and draw < 0.02:
            return self._draw.choice(self._sent)
        is_first = len(self._firsts) < 20 or draw < SHARE_OF_FIRST_SURVEYS
        drawn = self._first_survey(index) if is_first else self._afterwards(index)
        self._sent.append(drawn)
        return drawn

    def _first_survey(self, index: int) -> MissedOut:
        woman = lone_woman(f"90000{index:07d}1")
        day = FIRST_SURVEYS + timedelta(days=self._draw.randrange(DAYS))
        first = missed_out(day, woman, number=index, place=self._place(), answers=self._answers())
        self._firsts.append(first)
        return first

    def _afterwards(self, index: int) -> AnySubmission:
        first = self._draw.choice(self._firsts)
        household = household_of(first, self._sealer)
        said = common(AFTERWARDS + timedelta(days=self._draw.randrange(DAYS)), index)
        draw = self._draw.random()
        if draw < 0.45:
            return Move(household=household, place=self._place(), **said)
        if draw < 0.85:
            survey = replace(first.survey, answers=self._answers())
            return Correction(
                household=household, corrects=first.submission_id, reason="typed wrongly", survey=survey, **said
            )
        if draw < 0.97:
            report = self._draw.choice((ProgrammeReport.VERIFIED, ProgrammeReport.ENROLLED))
            return ProgrammeReports(household=household, programme="kafaalat", report=report, **said)
        return Move(household=NOBODY, place=self._place(), **said)

    def _place(self) -> Place:
        return Place(self._draw.choice(PLACES))

    def _answers(self) -> Answers:
        rooms = self._draw.randrange(1, 7)
        dwelling = Dwelling(
            drinking_water=POOR.dwelling.drinking_water, toilet=self._draw.choice(list(Toilet)), rooms=rooms
        )
        return Answers(dwelling=dwelling, assets={asset: self._draw.choice((0, 0, 0, 1)) for asset in POOR.assets})
