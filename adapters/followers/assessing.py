"""One household after another: what its event, or a change of policy, makes of its standing. Pure.

Every submission is assessed by itself, and a change of policy is brought to a household before the next of its own
events. So which decisions there are, and why, follows from the log alone: not from how it was cut into batches, nor
from how far a re-assessment had come when the household came to the desk.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from adapters import codec
from adapters.followers.ids_as_bytes import conclusions_in
from adapters.followers.timeline import Timeline
from adapters.log import NewEntry
from domain.event import Envelope, Recorded
from domain.policies import InForce
from domain.questionnaire.codes import DecisionKind
from domain.standing import Decided, assess, decide_changes, kind_of
from domain.streams import decisions_of as sibling_of
from projections.changes import Change, Insert, Put, Row, diff_rows
from projections.former_places import FORMER_PLACES, former_rows
from projections.known import Known
from projections.standing import STANDING, decisions_of, position_of, standing_row

ASSESSOR = "assessor"
ROLE = "system"


class Sitting:
    """One batch of assessments: begins with the standings as they are stored, ends with new ones and decisions."""

    def __init__(self, stored: dict[int, Row], recorded_at: datetime) -> None:
        self.rows: dict[int, Row] = {}
        self.decisions: list[NewEntry] = []
        self._stored = stored
        self._places: list[Change] = []
        self._envelope = Envelope(recorded_at, ASSESSOR, ROLE)

    def stored(self, household: UUID) -> Row | None:
        """The standing as it is at this point of the batch."""
        return self.rows.get(household.int) or self._stored.get(household.int)

    def changes(self) -> list[Change]:
        """What the new standings change in their table, where whoever has no earlier one begins, and who left where."""
        standings: list[Change] = [
            (Put if number in self._stored else Insert)(STANDING, STANDING.key(row), row)
            for number, row in self.rows.items()
        ]
        return standings + self._places

    def catch_up(self, known: Known, timeline: Timeline, brought: int = 0) -> None:
        """Bring every change of policy that touches a household to it, if it did not take it in, as of its position.

        Changes up to the position `brought` were brought to everybody: they are not looked at again for a household of
        which they decided nothing, and whose standing is therefore of an earlier position.
        """
        row = self.stored(known.household_id)
        if row is None or known.household is None:
            return
        for turn in timeline.turns_after(max(position_of(row), brought)):
            if turn.touches(known.household):
                self._conclude(known, turn.in_force, turn.kind, turn.position)

    def settle(self, before: Known | None, known: Known) -> None:
        """Note the places that a household left, where its events changed anything about them."""
        old, new = None if before is None else before.household, known.household
        if old is not None and new is not None and old.residences is new.residences:
            return
        self._places += diff_rows(FORMER_PLACES, former_rows(before), former_rows(known))

    def assess(self, known: Known, in_force: InForce, kind: DecisionKind) -> None:
        """Assess a household after one of its own events."""
        self._conclude(known, in_force, kind, known.position)

    def _conclude(self, known: Known, in_force: InForce, kind: DecisionKind, position: int) -> None:
        household = known.household
        if household is None:
            return
        row = self.stored(known.household_id)
        standing = assess(household, in_force)
        decided = decide_changes(
            conclusions_in(row),
            standing,
            kind=kind,
            policies=in_force,
            cause_position=position,
            household_version=known.version,
            place=household.place.district or household.place.region,
        )
        decisions = decisions_of(row)
        self._record(known.household_id, decided, decisions)
        reached = position if row is None or decided else max(known.position, position_of(row))
        after = standing_row(known, standing, reached, decisions + len(decided))
        if after != row:
            self.rows[known.household_id.int] = after

    def _record(self, household: UUID, decided: Sequence[Decided], earlier: int) -> None:
        if decided:
            sibling = sibling_of(household)
            for version, event in enumerate(decided, earlier + 1):
                self.decisions.append(codec.to_store(sibling, version, self._envelope, event))


def submissions_in(events: Sequence[Recorded[Any]]) -> Iterator[list[Recorded[Any]]]:
    """Put together what one submission caused in one household; an event that answers to none stands for itself.

    What a submission causes stands together in the log, whichever households it touches.
    """
    for submission, caused in groupby(events, key=_submission):
        together = list(caused)
        if len(together) == 1:
            yield together
        elif submission is None:
            yield from ([recorded] for recorded in together)
        else:
            of_household: dict[int, list[Recorded[Any]]] = {}
            for recorded in together:
                of_household.setdefault(recorded.stream.int, []).append(recorded)
            yield from of_household.values()


def _submission(recorded: Recorded[Any]) -> object:
    return recorded.envelope.submission


def kind_of_all(events: Sequence[Recorded[Any]]) -> DecisionKind:
    """Why a submission moved a standing: the first special reason among its events, else circumstances."""
    for recorded in events:
        kind = kind_of(recorded.event)
        if kind is not DecisionKind.CIRCUMSTANCES:
            return kind
    return DecisionKind.CIRCUMSTANCES
