"""Looking ahead: what planning asks about the households of many submissions, read at once.

Thirteen questions to the database a submission became three, and a commit serves up to a hundred of them.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar
from uuid import UUID

from adapters.keys.key_table import Holder
from adapters.keys.people import KeyRow
from adapters.registry.plan import Known
from adapters.registry.reading import History
from adapters.registry.settling import Prepared
from adapters.submissions import shape
from adapters.submissions.shape import AnySubmission

AnswerT = TypeVar("AnswerT")

TOGETHER_MAX = 100
"""Most submissions in one transaction: whoever waits for the log's lock meanwhile waits a few milliseconds."""

Foreseen = (
    shape.RosterUpdate
    | shape.Move
    | shape.ProgrammeReports
    | shape.PaymentReports
    | shape.ShockSurvey
    | shape.Cyclic
    | shape.Recertification
)
"""What may go in together with others. Splits, merges, corrections, appeals and erasures are rare, and go alone."""


class Ahead:
    """Answers from what was read ahead; whatever was not, or was changed since, is asked of the registry itself."""

    def __init__(self, known: Known, histories: dict[UUID, History], rows: dict[UUID, KeyRow]) -> None:
        self._known = known
        self._histories = histories
        self._rows = rows

    def history(self, household: UUID) -> History:
        """A household's events."""
        if household not in self._histories:
            self._histories[household] = self._known.history(household)
        return self._histories[household]

    def key_row(self, household: UUID) -> KeyRow:
        """A household's key row."""
        if household not in self._rows:
            self._rows[household] = self._known.key_row(household)
        return self._rows[household]

    def find_holders(self, tokens: Iterable[UUID]) -> dict[UUID, Holder]:
        """Who holds these tokens."""
        return self._known.find_holders(tokens)

    def forget(self, households: Iterable[UUID]) -> None:
        """These have changed."""
        for household in households:
            self._histories.pop(household, None)
            self._rows.pop(household, None)

    def forget_all(self) -> None:
        """Any may have changed."""
        self._histories.clear()
        self._rows.clear()


def households_of(submissions: Iterable[AnySubmission]) -> list[UUID]:
    """The households that submissions are about, each once."""
    return list(dict.fromkeys(one.household for one in submissions if isinstance(one, Foreseen)))


def take_in_order(
    submissions: dict[int, AnySubmission],
    ahead: Ahead,
    foresee: Callable[[AnySubmission, Ahead], Prepared | None],
    record: Callable[[dict[int, Prepared]], dict[int, AnswerT]],
    submit: Callable[[AnySubmission], AnswerT],
) -> dict[int, AnswerT]:
    """Take submissions as if one after another; those of different households and numbers are recorded together.

    A number that one gives up and another claims is settled in their order, since a transaction gives up before it
    claims. What is refused or of another kind goes by itself, when all before it are recorded.
    """
    answers: dict[int, AnswerT] = {}
    batch: dict[int, Prepared] = {}
    touched: set[UUID] = set()

    def record_batch() -> None:
        recorded = record(batch)
        ahead.forget(touched)
        for index in batch:
            if index in recorded:
                answers[index] = recorded[index]
            else:
                answers[index] = submit(submissions[index])
                ahead.forget_all()  # somebody came in between, and may have changed any household
        batch.clear()
        touched.clear()

    for index, one in submissions.items():
        prepared = foresee(one, ahead)
        if prepared is None or touched & _touched_by(prepared) or len(batch) >= TOGETHER_MAX:
            record_batch()
            prepared = None if prepared is None else foresee(one, ahead)
        if prepared is None:
            answers[index] = submit(one)
            ahead.forget_all()
        else:
            batch[index] = prepared
            touched |= _touched_by(prepared)
    record_batch()
    return answers


def _touched_by(prepared: Prepared) -> set[UUID]:
    """The households that a submission is about, and the tokens of numbers that change hands by it."""
    judged = prepared.judged
    moved = (holder for holder, _ in judged.moved)
    return {*prepared.plan.histories, *(one.token for one in (*judged.claimed, *judged.released, *moved))}
