"""Flips: households that an update brought under a cut-off while their roster stayed the same, and who recorded them.

Read from the log in one pass. Of an update one sees only what changed and who recorded it, never why: a household that
sold its cow is a flip as well. So whoever recorded many is held against how many updates they recorded at all.
"""

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import count
from typing import Any
from uuid import UUID

import msgspec
from msgspec.msgpack import Decoder

from adapters.audit.density import ALPHA
from adapters.cards import compile_card
from adapters.codec import recorded
from adapters.log import Entry, EventLog
from domain.event import Envelope, Recorded
from domain.household.events import (
    Corrected,
    DisabilityChanged,
    DuplicateAbsorbed,
    Formed,
    GenderChanged,
    HeadChanged,
    MaritalStatusChanged,
    MemberJoined,
    MemberLeft,
    MergedInto,
    Moved,
    Registered,
    Resurveyed,
)
from domain.household.state import fold
from domain.policies import Policies, passes
from domain.programme import Programme
from domain.questionnaire.codes import Comparison, DecisionKind, Occasion, Outcome
from domain.standing import Decided
from domain.streams import household_of

READ_EVENTS = 20_000
LISTED_MAX = 1_000
"""So many flips are kept to be listed, those nearest to the cut-off first."""
ORDINARY = frozenset({DecisionKind.CIRCUMSTANCES, DecisionKind.CORRECTION})
"""Flips by an appeal, a shock or a change of policy have their reason on record."""
UPDATES = frozenset(
    kind.name
    for kind in (
        Resurveyed,
        Corrected,
        MaritalStatusChanged,
        DisabilityChanged,
        GenderChanged,
        HeadChanged,
        Moved,
    )
)
"""What may move a score while the same people stand on the roster."""
OF_THE_ROSTER = frozenset(
    kind.name for kind in (Registered, Formed, MemberJoined, MemberLeft, DuplicateAbsorbed, MergedInto)
)

FIELDS = ("operator", "centre", "device")
HALF = 0.5
"""Added to the flips of the others, so that none at all is not taken for none ever. Source: Jeffreys' prior."""


class Recorder(msgspec.Struct, frozen=True):
    """Whoever recorded an update: an operator, a centre or a device."""

    field: str
    name: str


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """A household that an update brought to the eligible side of the cut-off."""

    position: int
    household: UUID
    place: str
    recorded_at: datetime
    event: str
    kind: str
    was: str
    score: str
    cutoff: str
    under_by: float
    operator: str
    role: str
    centre: str | None
    device: str | None


COLUMNS = Flip.__struct_fields__


class Rate(msgspec.Struct, frozen=True):
    """How many of somebody's updates were flips, beside all others of the same kind.

    `p_value`: how probable so many are for somebody whose updates flip as often as those of the others. Where so many
    are looked at, the rarest is rare by itself: who `stands_out` is rare among them all (Bonferroni's inequality).
    """

    recorder: Recorder
    updates: int
    flips: int
    others_updates: int
    others_flips: int
    p_value: float
    stands_out: bool

    @property
    def share(self) -> float:
        """Flips among the updates."""
        return self.flips / self.updates if self.updates else 0.0

    @property
    def others_share(self) -> float:
        """The same of all others."""
        return self.others_flips / self.others_updates if self.others_updates else 0.0


class _OccasionOfResurvey(msgspec.Struct, frozen=True, array_like=True):
    """As much of a `Resurveyed` as says for what occasion it was; the survey in it is not read."""

    on: msgspec.Raw
    occasion: Occasion


assert Resurveyed.__struct_fields__[:2] == _OccasionOfResurvey.__struct_fields__, "its first fields have changed"
_envelope_of = Decoder(tuple[Envelope, msgspec.Raw]).decode
_occasion_of = Decoder(tuple[Envelope, _OccasionOfResurvey]).decode
_EXPLAINED = frozenset({Occasion.APPEAL, Occasion.SHOCK})


class FlipSearch:
    """Goes through the log once and counts updates and flips of one programme."""

    def __init__(self, log: EventLog, policies: Policies, programme: Programme) -> None:
        self._log = log
        self._programme = programme
        self._cards = {card.content_hash: card for card in policies.cards}
        self._updates: Counter[Recorder] = Counter()
        self._flips: Counter[Recorder] = Counter()
        self._last: _Submission | None = None
        self._nearest: list[tuple[float, int, Flip]] = []
        self._numbers = count()
        self.updates = 0
        self.flips = 0

    def read(self, until_position: int, report: Callable[[int], None] = lambda _: None) -> Iterator[Flip]:
        """Read up to a position, and give each flip; `report` is told how many events were read."""
        reached = 0
        while entries := self._log.after(reached, READ_EVENTS, until_position=until_position):
            reached = entries[-1].position
            candidates = [entry for entry in entries if self._may_be_flip(entry)]
            for entry in entries:
                self._count_update(entry)
            for flip in self._found(candidates):
                self._count_flip(flip)
                yield flip
            report(len(entries))
        self._end_submission()

    def _may_be_flip(self, entry: Entry) -> bool:
        return entry.name == Decided.name and self._programme.programme_id.encode() in entry.state

    def _count_update(self, entry: Entry) -> None:
        """The events of a submission stand together: it is an update unless one of them is about who is on a roster."""
        is_update = entry.name in UPDATES
        if not is_update and entry.name not in OF_THE_ROSTER:
            return
        envelope = _envelope_of(entry.state)[0]
        if entry.name == Resurveyed.name and _occasion_of(entry.state)[1].occasion in _EXPLAINED:
            is_update = False
        last = self._last
        if last is None or envelope.submission is None or envelope.submission != last.envelope.submission:
            self._end_submission()
            self._last = _Submission(envelope, is_update)
        elif not is_update:
            self._last = _Submission(envelope, is_update=False)

    def _end_submission(self) -> None:
        if self._last is not None and self._last.is_update:
            self.updates += 1
            self._updates.update(_recorders(self._last.envelope))
        self._last = None

    def _count_flip(self, flip: Flip) -> None:
        self.flips += 1
        self._flips.update(_recorders_of_flip(flip))
        ranked = (-flip.under_by, -next(self._numbers), flip)
        if len(self._nearest) < LISTED_MAX:
            heapq.heappush(self._nearest, ranked)
        else:
            heapq.heappushpop(self._nearest, ranked)

    @property
    def nearest(self) -> list[Flip]:
        """The flips that came to lie nearest to the cut-off, the nearest first."""
        return [flip for _, _, flip in sorted(self._nearest, reverse=True)]

    def _found(self, candidates: Sequence[Entry]) -> Iterator[Flip]:
        decided = [one for one in map(recorded, candidates) if self._came_in(one.event)]
        households = [household_of(one.stream) for one in decided]
        streams = self._log.streams(list(dict.fromkeys(households)))
        for one, household in zip(decided, households, strict=True):
            flip = self._flip(one, household, [recorded(entry) for entry in streams[household]])
            if flip is not None:
                yield flip

    def _came_in(self, event: Decided) -> bool:
        return (
            event.programme == self._programme.programme_id
            and event.kind in ORDINARY
            and event.was is Outcome.INELIGIBLE
            and event.conclusion.outcome is not Outcome.INELIGIBLE
            and event.conclusion.score is not None
            and event.conclusion.cutoff is not None
        )

    def _flip(self, one: Recorded[Decided], household: UUID, history: list[Recorded[Any]]) -> Flip | None:
        """The flip that a decision records, or nothing: the roster changed, or it was no score that moved it."""
        conclusion = one.event.conclusion
        cause = next((each for each in history if each.position == one.event.cause_position), None)
        card = self._cards.get(conclusion.scorecard or b"")
        if cause is None or card is None or conclusion.cutoff is None or conclusion.score is None:
            return None
        submission = cause.envelope.submission
        update = [each for each in history if submission is not None and each.envelope.submission == submission]
        first, last = (update or [cause])[0].position, (update or [cause])[-1].position
        before = fold(each for each in history if each.position < first)
        after = fold(each for each in history if each.position <= last)
        if before is None or after is None or before.roster.keys() != after.roster.keys():
            return None
        was, score = compile_card(card)(before), Fraction(conclusion.score)
        comparison = self._comparison(conclusion.scorecard, conclusion.cutoff)
        if (
            was is None
            or passes(was, comparison, conclusion.cutoff)
            or not passes(score, comparison, conclusion.cutoff)
        ):
            return None
        envelope = cause.envelope
        return Flip(
            position=cause.position,
            household=household,
            place=one.event.place,
            recorded_at=envelope.recorded_at,
            event=cause.event.name,
            kind=one.event.kind.word,
            was=str(was),
            score=conclusion.score,
            cutoff=str(conclusion.cutoff),
            under_by=float(Fraction(conclusion.cutoff) - score),
            operator=envelope.by,
            role=envelope.role,
            centre=envelope.centre,
            device=envelope.device,
        )

    def _comparison(self, scorecard: bytes | None, value: object) -> Comparison:
        """How the cut-off of a decision compares: that of the last one of this card and value."""
        same = [each for each in self._programme.cutoffs if (each.scorecard, each.value) == (scorecard, value)]
        return same[-1].comparison if same else Comparison.AT_OR_UNDER

    def rates(self, field: str) -> list[Rate]:
        """Whoever recorded flips, the least probable number first."""
        updates = {each: number for each, number in self._updates.items() if each.field == field}
        flips = {each: number for each, number in self._flips.items() if each.field == field}
        all_updates, all_flips = sum(updates.values()), sum(flips.values())
        found = []
        for recorder, number in flips.items():
            own = max(updates.get(recorder, 0), number)
            others, others_flips = max(all_updates - own, 0), all_flips - number
            p_value = at_least(number, own, min((others_flips + HALF) / (others + 1), 1.0))
            stands_out = p_value * len(updates) < ALPHA
            found.append(Rate(recorder, own, number, others, others_flips, p_value, stands_out))
        return sorted(found, key=lambda rate: (rate.p_value, -rate.flips, rate.recorder.name))


class _Submission(msgspec.Struct, frozen=True):
    envelope: Envelope
    is_update: bool


def _recorders(envelope: Envelope) -> list[Recorder]:
    return _named(envelope.by, envelope.centre, envelope.device)


def _recorders_of_flip(flip: Flip) -> list[Recorder]:
    return _named(flip.operator, flip.centre, flip.device)


def _named(*names: str | None) -> list[Recorder]:
    return [Recorder(field, name) for field, name in zip(FIELDS, names, strict=True) if name is not None]


def at_least(successes: int, trials: int, share: float) -> float:
    """How probable so many successes or more are in so many trials (binomial)."""
    if successes <= 0 or share >= 1:
        return 1.0
    likely = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1)
    term = math.exp(likely + successes * math.log(share) + (trials - successes) * math.log1p(-share))
    total, hits, odds = 0.0, successes, share / (1 - share)
    while hits <= trials and (hits < trials * share or term > total * NEGLIGIBLE):
        total += term
        term *= odds * (trials - hits) / (hits + 1)
        hits += 1
    return min(total, 1.0)


NEGLIGIBLE = 1e-12
"""Terms of a sum that are smaller than this part of it are left out."""
