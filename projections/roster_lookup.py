"""Where to look for a household of which a phone number or the names of people are known.

Tokens of CNICs are not here: a person stands on one roster, so those are in a table with a unique constraint, which is
written together with the events.
"""

from uuid import UUID

from domain.household.state import Household
from projections.changes import Column, Row, Table

ROSTER_LOOKUP = Table(
    "roster_lookup",
    "Which households have this phone number, or people of these names?",
    (Column("household_id", "uuid"), Column("tokens", "uuid[]")),
)


def lookup_row(household_id: UUID, household: Household) -> Row | None:
    """Gather the tokens of a household, each once, phones first; a closed duplicate is not looked up any more."""
    if household.merged_into is not None:
        return None
    tokens = list(household.contact.phone_tokens)
    for member in household.roster.values():
        tokens += member.name_tokens
    return (household_id, tuple(dict.fromkeys(tokens))) if tokens else None
