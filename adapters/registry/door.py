"""The one door: a submission is planned, decided, checked and recorded whole, or refused with every reason."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from adapters.codec import to_store
from adapters.faults import WorldFailed
from adapters.keys.key_table import Conflict as TokenConflict
from adapters.keys.key_table import Holder, KeyRowPresent
from adapters.keys.keyring import Keyring
from adapters.keys.people import KeyRow
from adapters.log import Conflict, EventLog, NewEntry
from adapters.registry.ahead import Ahead, Foreseen, households_of, take_in_order
from adapters.registry.books import AlreadyRecorded, Books, OpenBooks, SubmissionRow
from adapters.registry.judging import Judge, next_version
from adapters.registry.plan import Plan, Planner
from adapters.registry.reading import History
from adapters.registry.settling import Prepared, TokensHeld, settle_keys
from adapters.submissions.partner_report import partner_of
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import AnySubmission, MissedOut
from domain.event import Envelope, Event
from domain.household.events import HouseholdEvent
from domain.refusal import Rejected
from domain.streams import submission_stream
from domain.submission import Reason, SubmissionRefused

ATTEMPTS_MAX = 20
"""How often a submission is decided anew because a household went on meanwhile."""
BATCH_SUBMISSIONS = 500
CONTENT_HASH_BYTES = 16

FoundT = TypeVar("FoundT")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a submission. `again`: it was known, and nothing was added. `position`: of its last event.

    `others` are households it changed beside its own: the one a member came from, the one that parted, the duplicate.
    """

    submission: UUID
    accepted: bool
    household: UUID | None = None
    others: tuple[UUID, ...] = ()
    position: int = 0
    reasons: tuple[Reason, ...] = ()
    flags: tuple[str, ...] = ()
    again: bool = False


class Door:
    """Takes submissions, one at a time or in bulk. Works with any log and its books, beside other processes."""

    def __init__(
        self, log: EventLog, open_books: OpenBooks, keyring: Keyring, judge: Judge, clock: Callable[[], datetime]
    ) -> None:
        self._log = log
        self._open_books = open_books
        self._sealer = Sealer(keyring)
        self.reader = judge.reader
        self._judge = judge
        self._clock = clock
        self._keyring = keyring
        self._planner = Planner(self._sealer, keyring, self)

    # What planning looks up

    def history(self, household: UUID) -> History:
        """A household's events."""
        return self.reader.history(household)

    def key_row(self, household: UUID) -> KeyRow:
        """A household's key row."""
        return self._look(lambda books: books.keys.get_keys([household])[household])

    def find_holders(self, tokens: Iterable[UUID]) -> dict[UUID, Holder]:
        """Who holds these tokens."""
        wanted = list(tokens)
        return self._look(lambda books: books.keys.find_holders(wanted))

    def token(self, cnic: str) -> UUID:
        """The token of a CNIC or B-form number; raises Rejected where it is not one."""
        return self._sealer.token(cnic)

    # Taking submissions

    def submit(
        self, submission: AnySubmission, refused_for: tuple[Reason, ...] = (), repeats_of: date | None = None
    ) -> Answer:
        """Take one submission; the same one again changes nothing and gets the same answer.

        One that is new is refused with the reasons that were found against it before it came here, if there are any.
        `repeats_of`: on which day an erasure was made first, by two people, that a restored backup has undone.
        """
        content_hash = self._content_hash(submission)
        held: TokensHeld | None = None
        for _ in range(ATTEMPTS_MAX):
            known = self._look(lambda books: books.submissions.find([submission.submission_id]))
            if known:
                return self._known_answer(submission, content_hash, known[submission.submission_id])
            try:
                if refused_for:
                    known_as = (
                        submission.household if submission.household and self.history(submission.household) else None
                    )
                    return self._refuse(submission, content_hash, refused_for, known_as)
                return self._take(submission, content_hash, held, repeats_of)
            except TokensHeld as found:
                held = found
            except _IN_BETWEEN:
                continue
        raise WorldFailed(
            f"Submission {submission.submission_id} met a change of its household {ATTEMPTS_MAX} times: send it again."
        )

    def submit_many(self, submissions: Iterable[AnySubmission], batch: int = BATCH_SUBMISSIONS) -> Iterator[Answer]:
        """Take many submissions in their order, those of different households together in one transaction.

        First surveys that are known are answered without flags, since no history is read for them.
        """
        remaining = iter(submissions)
        while chunk := list(islice(remaining, batch)):
            yield from self._submit_chunk(chunk)

    def _submit_chunk(self, chunk: list[AnySubmission]) -> list[Answer]:
        """Record what is new and clean in one go; whatever is not is taken one by one, which finds out why."""
        known = self._look(lambda books: books.submissions.find([one.submission_id for one in chunk]))
        answers: dict[int, Answer] = {}
        new: dict[int, tuple[MissedOut, bytes]] = {}
        for index, submission in enumerate(chunk):
            row = known.get(submission.submission_id)
            if (row is not None and not row.accepted) or not isinstance(submission, MissedOut) or submission.household:
                continue
            content_hash = self._content_hash(submission)
            if row is None:
                new[index] = submission, content_hash
            elif row.content_hash == content_hash:
                answers[index] = _as_before(row)
        answers |= self._record_together(self._prepare(new))
        rest = {index: one for index, one in enumerate(chunk) if index not in answers}
        ahead = self._look_ahead(rest.values())
        for index, one in rest.items():
            if row := known.get(one.submission_id):
                answers[index] = self._known_answer(one, self._content_hash(one), row, ahead.history)
        new_ones = {index: one for index, one in rest.items() if index not in answers}
        answers |= take_in_order(new_ones, ahead, self._foresee, self._record_together, self.submit)
        return [answers[index] for index in range(len(chunk))]

    def _look_ahead(self, submissions: Iterable[AnySubmission]) -> Ahead:
        histories = self.reader.histories(households_of(submissions))
        registered = [household for household, history in histories.items() if history]
        rows = self._look(lambda books: books.keys.get_keys(registered)) if registered else {}
        return Ahead(self, histories, rows)

    def _foresee(self, submission: AnySubmission, ahead: Ahead) -> Prepared | None:
        """Plan and judge a submission by what was read ahead, or nothing where it must be looked at by itself."""
        if not isinstance(submission, Foreseen):
            return None
        try:
            plan = Planner(self._sealer, self._keyring, ahead).plan(submission)
            judged = self._judge.judge(plan, submission, self._clock())
        except (Rejected, Conflict):
            return None
        return Prepared(submission, self._content_hash(submission), plan, judged)

    def _prepare(self, new: dict[int, tuple[MissedOut, bytes]]) -> dict[int, Prepared]:
        """Plan and judge first surveys; those that are refused are left out, and refused by themselves."""
        prepared: dict[int, Prepared] = {}
        plans = self._planner.first_surveys([submission for submission, _ in new.values()])
        for (index, (submission, content_hash)), plan in zip(new.items(), plans, strict=True):
            if plan is not None:
                with contextlib.suppress(Rejected):
                    judged = self._judge.judge_first(plan, submission, self._clock())
                    prepared[index] = Prepared(submission, content_hash, plan, judged)
        return prepared

    def _record_together(self, prepared: dict[int, Prepared]) -> dict[int, Answer]:
        """Record a batch; households whose numbers are held elsewhere are taken out, and the rest tried once more."""
        for _ in range(2):
            try:
                answers = self._record(list(prepared.values()))
                return dict(zip(prepared, answers, strict=True))
            except TokensHeld as held:
                blamed = {conflict.claim.household_id for conflict in held.conflicts}
                prepared = {index: one for index, one in prepared.items() if one.plan.household not in blamed}
            except _IN_BETWEEN:
                break
        return {}

    def _take(
        self, submission: AnySubmission, content_hash: bytes, held_before: TokensHeld | None, repeats_of: date | None
    ) -> Answer:
        """Take a submission that is not known.

        Numbers found on another roster refuse it only when they are found there twice: the first time, whoever has them
        may have come in after the submission was planned, and planned anew it may well be right.
        """
        plan: Plan | None = None
        try:
            plan = self._planner.plan(submission)
            judged = self._judge.judge(plan, submission, self._clock(), repeats_of)
            return self._record([Prepared(submission, content_hash, plan, judged)])[0]
        except Rejected as rejected:
            reasons = tuple(self._judge.reasons_of(rejected))
        except TokensHeld as held:
            if held_before is None or held_before.conflicts != held.conflicts:
                raise
            reasons = tuple(_held_elsewhere(conflict, plan) for conflict in held.conflicts)
        return self._refuse(
            submission, content_hash, reasons, plan.household if plan and any(plan.histories.values()) else None
        )

    def _record(self, batch: list[Prepared]) -> list[Answer]:
        if not batch:
            return []
        recorded_at = self._clock()
        entries: list[NewEntry] = []
        ends: list[int] = []
        for one in batch:
            entries += self._entries(one, recorded_at)
            ends.append(len(entries))

        def work(transaction: Any) -> list[int]:
            books = self._open_books(transaction)
            settle_keys(books, batch, recorded_at)
            before = transaction.append(entries).start - 1
            positions = [_last_position(one, before + end) for one, end in zip(batch, ends, strict=True)]
            books.submissions.record([_accepted(*row) for row in zip(batch, positions, strict=True)])
            return positions

        positions = self._log.transact(work)
        return [
            Answer(
                submission=one.submission.submission_id,
                accepted=True,
                household=one.plan.household,
                others=_others(event for household, event in one.judged.events if household == one.plan.household),
                position=position,
                flags=one.judged.flags,
            )
            for one, position in zip(batch, positions, strict=True)
        ]

    def _entries(self, one: Prepared, recorded_at: datetime) -> list[NewEntry]:
        """The events ready for the log; the first carries the capture facts, the others only who and where."""
        envelope = _envelope(one.submission, recorded_at)
        versions = {household: next_version(history) for household, history in one.plan.histories.items()}
        entries = [
            to_store(stream, version, replace(envelope, capture=None), event)
            for stream, version, event in one.judged.approvals
        ]
        for household, event in one.judged.events:
            entries.append(to_store(household, versions[household], envelope, event))
            versions[household] += 1
            if envelope.capture is not None:
                envelope = replace(envelope, capture=None)
        return entries

    def _refuse(
        self, submission: AnySubmission, content_hash: bytes, reasons: tuple[Reason, ...], household: UUID | None
    ) -> Answer:
        recorded_at = self._clock()
        event: Event = SubmissionRefused(
            on=submission.on,
            submission=submission.submission_id,
            kind=str(submission.__struct_config__.tag),
            source=submission.source,
            content_hash=content_hash,
            reasons=reasons,
            household=household,
        )
        entry = to_store(submission_stream(submission.submission_id), 1, _envelope(submission, recorded_at), event)

        def work(transaction: Any) -> int:
            position: int = transaction.append([entry]).start
            partner = partner_of(submission)
            row = SubmissionRow(
                submission.submission_id, content_hash, position, household, accepted=False, partner=partner
            )
            self._open_books(transaction).submissions.record([row])
            return position

        position = self._log.transact(work)
        return Answer(
            submission=submission.submission_id, accepted=False, household=household, position=position, reasons=reasons
        )

    def _known_answer(
        self,
        submission: AnySubmission,
        content_hash: bytes,
        row: SubmissionRow,
        history_of: Callable[[UUID], History] | None = None,
    ) -> Answer:
        reasons: tuple[Reason, ...] = ()
        others: tuple[UUID, ...] = ()
        flags: tuple[str, ...] = ()
        accepted = row.accepted
        if row.content_hash != content_hash:
            accepted = False
            sentence = (
                f"A submission with the id {submission.submission_id} and other content is recorded: "
                "give this one an id of its own, or send it as a correction of that one."
            )
            reasons = (Reason("submission_id_used", sentence),)
        elif not row.accepted:
            reasons = self.reader.refusal(submission.submission_id).reasons
        elif row.household is not None:
            history = (history_of or self.history)(row.household)
            own = [one.event for one in history if one.envelope.submission == submission.submission_id]
            others, flags = _others(own), _flags(own)
        return Answer(
            submission=submission.submission_id,
            accepted=accepted,
            household=row.household,
            others=others,
            position=row.position,
            reasons=reasons,
            flags=flags,
            again=True,
        )

    def _content_hash(self, submission: AnySubmission) -> bytes:
        return self._sealer.digest(b"content", _ENCODE(submission))[:CONTENT_HASH_BYTES]

    def _look(self, look: Callable[[Books], FoundT]) -> FoundT:
        return self._log.transact(lambda transaction: look(self._open_books(transaction)))


_ENCODE = msgspec.msgpack.Encoder(decimal_format="string").encode
_IN_BETWEEN = (Conflict, AlreadyRecorded, KeyRowPresent)
"""Somebody else was there first: nothing was recorded, and all of it is to be looked at again."""


def _others(events: Iterable[HouseholdEvent]) -> tuple[UUID, ...]:
    """The other households that a household's events name."""
    named = (getattr(event, field, None) for event in events for field in _OTHER_HOUSEHOLDS)
    return tuple(sorted({household for household in named if household is not None}))


_OTHER_HOUSEHOLDS = ("to_household", "from_household", "duplicate", "survivor")


def _flags(events: Iterable[HouseholdEvent]) -> tuple[str, ...]:
    return next((survey.flags for event in events if (survey := getattr(event, "survey", None)) is not None), ())


def _as_before(row: SubmissionRow) -> Answer:
    return Answer(submission=row.submission, accepted=True, household=row.household, position=row.position, again=True)


def _last_position(one: Prepared, appended: int) -> int:
    """The position of a submission's last event; where all it says was so already, that of its household's last."""
    return appended if one.judged.events else one.plan.histories[one.plan.household][-1].position


def _accepted(one: Prepared, position: int) -> SubmissionRow:
    submission = one.submission.submission_id
    partner = partner_of(one.submission)
    return SubmissionRow(submission, one.content_hash, position, one.plan.household, accepted=True, partner=partner)


def _envelope(submission: AnySubmission, recorded_at: datetime) -> Envelope:
    capture = submission.capture
    if capture is not None and capture.received_at is None:
        capture = replace(capture, received_at=recorded_at)
    return Envelope(
        recorded_at,
        submission.operator,
        submission.role,
        submission.centre,
        submission.device,
        submission.submission_id,
        capture,
    )


def _held_elsewhere(conflict: TokenConflict, plan: Plan | None) -> Reason:
    line = None
    if plan is not None and plan.survey is not None:
        line = next((m.line for m in plan.survey.roster if m.member_id == conflict.claim.member_id), None)
    who = f"person {line}" if line else "this person"
    sentence = (
        f"The CNIC or B-form number of {who} is on the roster of household {conflict.holder.household_id}: "
        "if it is hers, bring her as joining by marriage or return; if it is one household, merge the two."
    )
    return Reason("number_on_another_roster", sentence)
