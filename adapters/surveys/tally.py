"""What became of every row: the counts of an import, and the line for each row that could not go in."""

import msgspec

NAMED_FILTERS_MAX = 100
"""Reasons for leaving rows out that are counted by name; further ones are counted together."""


class Rejection(msgspec.Struct, frozen=True):
    """A row that does not go in: where it stands, its key, why, and how many households and people it accounts for.

    `filtered` marks people whom the mapping leaves out on purpose.
    """

    file: str
    row: int
    key: str
    reasons: tuple[str, ...]
    households: int = 0
    people: int = 0
    filtered: bool = False


class Tally(msgspec.Struct):
    """Counts of one reading. For households and for people alike: read = mapped + refused + filtered.

    Mapped is what was handed on; the door may still refuse it, and counts that itself.
    """

    households_read: int = 0
    households_mapped: int = 0
    households_refused: int = 0
    households_filtered: int = 0
    people_read: int = 0
    people_mapped: int = 0
    people_refused: int = 0
    people_filtered: int = 0
    filters: dict[str, int] = msgspec.field(default_factory=dict)

    def filtered(self, reason: str) -> None:
        """Count a row that the mapping leaves out, by the column and text that decided it."""
        named = reason if reason in self.filters or len(self.filters) < NAMED_FILTERS_MAX else "other"
        self.filters[named] = self.filters.get(named, 0) + 1

    def is_complete(self) -> bool:
        """Whether every row read is accounted for."""
        households = self.households_mapped + self.households_refused + self.households_filtered
        people = self.people_mapped + self.people_refused + self.people_filtered
        return (households, people) == (self.households_read, self.people_read)
