"""How far the re-assessment after a change of policy has come."""

from uuid import UUID

import msgspec

from domain.questionnaire.codes import DecisionKind
from projections.changes import Column, Row, Table

REASSESSMENTS = Table(
    "reassessments",
    "Which changes of policy have been brought to every household, and how far is the last one?",
    (
        Column("policy_position", "int8"),
        Column("kind", "int2"),
        Column("reached", "uuid"),
        Column("done", "bool"),
        Column("total", "int8"),
        Column("seen", "int8"),
        Column("decided", "int8"),
    ),
)


class Reassessment(msgspec.Struct, frozen=True):
    """The bringing of a change of policy to every household, in the order of their ids, up to `reached`.

    `seen` counts the households looked at, of `total` at the beginning; `decided` the decisions it made.
    """

    policy_position: int
    kind: DecisionKind
    reached: UUID = UUID(int=0)
    done: bool = False
    total: int = 0
    seen: int = 0
    decided: int = 0

    @property
    def row(self) -> Row:
        """The row to store."""
        return (self.policy_position, self.kind, self.reached, self.done, self.total, self.seen, self.decided)


def from_row(row: Row) -> Reassessment:
    """Read a stored row back."""
    return msgspec.convert(dict(zip(Reassessment.__struct_fields__, row, strict=True)), Reassessment)
