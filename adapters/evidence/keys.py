"""Keys put into evidence, so that a court can read whose history it is; recorded as a disclosure first."""

from uuid import UUID

from adapters.evidence.lines import Key
from adapters.keys import people
from adapters.registry.disclosing import open_names
from adapters.registry.opening import Registry


def keys_for(registry: Registry, household: UUID, purpose: str, by: str) -> tuple[Key, ...]:
    """The keys of a household and of who is on its roster now; what was destroyed is left out. Raises Refused."""
    state = registry.reader.household(household)
    if state is None:
        return ()
    open_names(registry, household, state, purpose, by)
    row = registry.door.key_row(household)
    of_household = [people.open_household_key(registry.keyring, row, household)] if row.household else []
    of_members = people.open_member_keys(registry.keyring, row, state.roster)
    return (*(Key(household, key) for key in of_household), *(Key(who, key) for who, key in of_members.items()))
