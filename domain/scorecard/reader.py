"""Where compiled code finds an answer: the seam between a card's names and the shape of the data.

``DICT_READER`` reads mappings keyed by the card's own names. Another reader gives, for each name it knows, an
expression over ``h`` (what is scored) and ``m`` (one member), and the card's word for each stored value. Expressions
are program text and are trusted; they come from our own code, never from a card.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Final

import msgspec

from domain.scorecard.card import Code


class Source(msgspec.Struct, frozen=True):
    """One answer in the data: the expression that reads it, and the card's words for its stored values.

    ``words`` maps a stored value (such as a number of an enumeration) to the card's word, or to None where the stored
    value means that nothing was recorded. Without ``words`` the stored value is the word.
    """

    expression: str
    words: Mapping[Hashable, Code | None] | None = None


class Reader(msgspec.Struct, frozen=True):
    """How to read a household and its members; a name that a reader does not know is a fault of the card."""

    household: Callable[[str], Source | None]
    member: Callable[[str], Source | None]
    members: str = "roster"
    """The expression of the members, over ``h`` and ``roster`` (the second argument of ``score``)."""
    household_names: tuple[str, ...] | None = None
    """Every name there is, for suggestions; None where any name may be read."""
    member_names: tuple[str, ...] | None = None


DICT_READER: Final = Reader(
    household=lambda name: Source(f"h.get({name!r})"),
    member=lambda name: Source(f"m.get({name!r})"),
)


def reader_of(household: Mapping[str, Source], member: Mapping[str, Source], members: str = "roster") -> Reader:
    """Make a reader from two tables of sources; names outside them are refused when a card is compiled."""
    return Reader(household.get, member.get, members, tuple(household), tuple(member))
