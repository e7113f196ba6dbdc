"""A whole survey through the one door: what goes in, what does not and why, and nobody lost on the way."""

import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from adapters.faults import WorldFailed
from adapters.registry.door import BATCH_SUBMISSIONS, Answer, Door
from adapters.submissions.shape import MissedOut
from adapters.surveys.survey import Survey
from adapters.surveys.tally import Rejection

Report = Callable[[int], None]


class Imported(msgspec.Struct):
    """Counts of one import. read = registered + refused + already; `left_out` rows are those the mapping does not want.

    `people` counts every person row of the survey that was read, whatever became of it; the rest says what did.
    `reasons` counts households by check, one with several reasons under each; `people_not_readable` counts rows of
    people that were refused by themselves: not to be read, or of no household in the file.
    """

    read: int = 0
    registered: int = 0
    refused: int = 0
    already: int = 0
    left_out: int = 0
    flagged: int = 0
    people: int = 0
    people_registered: int = 0
    people_refused: int = 0
    people_already: int = 0
    people_left_out: int = 0
    people_not_readable: int = 0
    seconds: float = 0.0
    reasons: dict[str, int] = msgspec.field(default_factory=dict)

    def add(self, other: "Imported") -> None:
        """Count another part of the same survey in; its seconds ran beside ours and are not added."""
        for name in self.__struct_fields__:
            if name not in {"seconds", "reasons"}:
                setattr(self, name, getattr(self, name) + getattr(other, name))
        for check, households in other.reasons.items():
            self.reasons[check] = self.reasons.get(check, 0) + households


class Rejects:
    """The file of rows that did not go in: one JSON object a row. It is made when the first one comes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: Any = None

    @property
    def has_rows(self) -> bool:
        """Whether any row was written."""
        return self._file is not None

    def write(self, file: str, row: int, key: str, reasons: list[str]) -> None:
        """Add a row. Raises WorldFailed when the file cannot be written."""
        self._add(_encode({"file": file, "row": row, "key": key, "reasons": reasons}) + b"\n")

    def take_in(self, part: Path) -> None:
        """Add the rows of another file of rejects, and remove that file."""
        if not part.exists():
            return
        with part.open("rb") as rows:
            for row in rows:
                self._add(row)
        part.unlink()

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()

    def _add(self, row: bytes) -> None:
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("wb")
            self._file.write(row)
            self._file.flush()
        except OSError as failure:
            raise WorldFailed(
                f"{self.path}: the rejects cannot be written ({failure.strerror}). What was registered stays so; "
                "make room and run the import again."
            ) from failure


_encode = msgspec.json.Encoder().encode


def import_survey(door: Door, survey: Survey, rejects: Rejects, report: Report = lambda _: None) -> Imported:
    """Bring every household of a survey to the door. Run again, what is registered already is only counted."""
    done = Imported()
    started = time.monotonic()
    try:
        for batch in _batches(survey.submissions()):
            _take(door, batch, rejects, done)
            report(len(batch))
    finally:
        rejects.close()
    tally = survey.tally
    assert tally.is_complete(), "every row read is accounted for"
    done.left_out = tally.households_filtered
    done.people_left_out = tally.people_filtered
    done.people = tally.people_read
    done.seconds = round(time.monotonic() - started, 3)
    return done


def _batches(
    outcomes: Iterator[tuple[int, MissedOut | Rejection]],
) -> Iterator[list[tuple[int, MissedOut | Rejection]]]:
    while batch := list(islice(outcomes, BATCH_SUBMISSIONS)):
        yield batch


def _take(door: Door, batch: list[tuple[int, MissedOut | Rejection]], rejects: Rejects, done: Imported) -> None:
    submissions = [(row, outcome) for row, outcome in batch if isinstance(outcome, MissedOut)]
    answers = door.submit_many([submission for _, submission in submissions])
    for (row, submission), answer in zip(submissions, answers, strict=True):
        _count(submission, answer, done)
        if not answer.accepted:
            reasons = [reason.sentence for reason in answer.reasons]
            rejects.write(submission.source, row, submission.source_key or "", reasons)
    for row, outcome in batch:
        if isinstance(outcome, Rejection):
            _count_rejection(outcome, done)
            rejects.write(outcome.file, row, outcome.key, list(outcome.reasons))


def _count(submission: MissedOut, answer: Answer, done: Imported) -> None:
    people = len(submission.survey.roster)
    done.read += 1
    if not answer.accepted:
        done.refused += 1
        done.people_refused += people
        for check in {reason.check for reason in answer.reasons}:
            done.reasons[check] = done.reasons.get(check, 0) + 1
    elif answer.again:
        done.already += 1
        done.people_already += people
    else:
        done.registered += 1
        done.people_registered += people
        done.flagged += bool(answer.flags)


def _count_rejection(rejection: Rejection, done: Imported) -> None:
    if rejection.filtered:
        return
    done.read += rejection.households
    done.refused += rejection.households
    done.people_refused += rejection.people
    if rejection.households:
        done.reasons["not_readable"] = done.reasons.get("not_readable", 0) + rejection.households
    else:
        done.people_not_readable += rejection.people
