"""Submissions of lives brought to the registry's door, or written to a file that `gharana submit` takes."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from adapters.faults import WorldFailed
from adapters.lives.sending import Sent, read_again
from adapters.registry.door import BATCH_SUBMISSIONS, Answer, Door
from adapters.submissions.shape import AnySubmission
from adapters.words import to_words

Report = Callable[[int], None]


class Brought(msgspec.Struct):
    """What the door said, by kind of submission; refusals also by their reason. `late` are dated before others sent."""

    accepted: Counter[str] = msgspec.field(default_factory=Counter)
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    again: Counter[str] = msgspec.field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = msgspec.field(default_factory=dict)
    late: int = 0
    seconds: float = 0.0

    @property
    def submissions(self) -> int:
        """All that were answered."""
        return self.accepted.total() + self.refused.total() + self.again.total()

    def count(self, one: Sent, submission: AnySubmission, answer: Answer) -> None:
        """Count one answer."""
        kind = str(submission.__struct_config__.tag)
        self.late += one.arrives > submission.on.toordinal()
        if not answer.accepted:
            self.refused[kind] += 1
            for reason in answer.reasons:
                why = kind, reason.check if reason.check != "rule" else reason.sentence.split(":")[0].rstrip(".")
                self.reasons[why] += 1
                self.examples.setdefault(why, f"{submission.submission_id}: {reason.sentence}")
        elif answer.again:
            self.again[kind] += 1
        else:
            self.accepted[kind] += 1


def bring(door: Door, stream: Iterator[Sent], report: Report = lambda _: None) -> Brought:
    """Bring everything to the door in its order; what is known already is counted as such and adds nothing."""
    brought, begun = Brought(), time.monotonic()
    while chunk := list(islice(stream, BATCH_SUBMISSIONS)):
        submissions = [read_again(one) for one in chunk]
        answers = door.submit_many(submissions)
        for one, submission, answer in zip(chunk, submissions, answers, strict=True):
            brought.count(one, submission, answer)
        report(len(chunk))
    brought.seconds = round(time.monotonic() - begun, 3)
    return brought


def write(path: Path, stream: Iterator[Sent], report: Report = lambda _: None) -> None:
    """Write everything to a file, one JSON object a line. The file takes its name when it is whole."""
    beside = path.with_name(f"{path.name}.unfinished")
    try:
        with beside.open("wb") as lines:
            write_lines(lines, stream, report)
        beside.replace(path)
    except OSError as failure:
        raise WorldFailed(
            f"{path}: the submissions cannot be written ({failure.strerror}): make room and run the same again."
        ) from failure


def write_lines(lines: BinaryIO, stream: Iterator[Sent], report: Report = lambda _: None) -> None:
    """One JSON object a line, as `gharana submit` reads them."""
    while chunk := list(islice(stream, BATCH_SUBMISSIONS)):
        lines.writelines(_encode(to_words(read_again(one))) + b"\n" for one in chunk)
        report(len(chunk))


_encode = msgspec.json.Encoder().encode
