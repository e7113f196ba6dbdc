"""Where a card's names are found in columns: the seam between a card and the shape of a table."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from domain.scorecard.card import Code

YES_NO: Final[Mapping[int, Code | None]] = {0: False, 1: True}


class ColumnSource(msgspec.Struct, frozen=True):
    """One answer in a table of whole numbers, null where nothing was recorded.

    `words` gives the card's word for each stored number (None: nothing was recorded). Without `words` the number is the
    answer, over `bottom`, and lies between `low` and `high`.
    """

    column: str
    words: Mapping[int, Code | None] | None = None
    low: int = 0
    high: int = 0
    bottom: int = 1


class ColumnReader(msgspec.Struct, frozen=True):
    """How to find answers of the household and of its members; a name that is not there cannot be scored in columns."""

    household: Callable[[str], ColumnSource | None]
    member: Callable[[str], ColumnSource | None]


HOUSEHOLD: Final = "household"
"""The column by which people are put to their household, unique within what is scored together."""
PLACE_ON_ROSTER: Final = "place_on_roster"
"""The place of a member on the roster, from 0: what ties are decided by."""
MEMBERS_MAX: Final = 1_000
"""Households with more members than this are scored by the exact engine; the door takes none as large."""
