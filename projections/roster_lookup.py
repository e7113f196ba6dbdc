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


def are_looked_up_alike(old: Household, new: Household) -> bool:
    """See at a glance that a household is found by what it was found by before; where this says no it may be, too."""
    if old.merged_into != new.merged_into or old.contact is not new.contact:
        return False
    if old.roster is new.roster:
        return True
    if len(old.roster) != len(new.roster):
        return False
    for before, after in zip(old.roster.values(), new.roster.values(), strict=True):
        if before is not after and before.name_tokens != after.name_tokens:
            return False
    return True
