"""Keys put into evidence, so that a court can read whose history it is; recorded as a disclosure first."""

from uuid import UUID

from adapters.evidence.lines import Key
from adapters.keys import people
from adapters.keys.people import Erased
from adapters.registry.disclosing import open_names
from adapters.registry.opening import Registry


def keys_for(registry: Registry, household: UUID, purpose: str, by: str) -> tuple[Key, ...]:
    """The keys of a household and of who is on its roster now; who was erased has none. Raises Refused."""
    state = registry.reader.household(household)
    if state is None or state.keys_destroyed_on is not None:
        return ()
    open_names(registry, household, state, purpose, by)
    row = registry.door.key_row(household)
    found = [Key(household, people.open_household_key(registry.keyring, row, household))]
    for member_id in state.roster:
        try:
            found.append(Key(member_id, people.open_member_key(registry.keyring, row, member_id)))
        except Erased:
            continue
    return tuple(found)
