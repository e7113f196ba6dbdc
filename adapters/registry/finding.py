"""Finding households: by CNIC in the tokens written with every submission, by phone, name and place in kept answers."""

from typing import Literal
from uuid import UUID

import msgspec

from adapters.faults import Refused
from adapters.keys.tokens import name_tokens, phone_token
from adapters.registry.opening import Registry

FOUND_MAX = 100
"""A search that finds more is too wide to be of use at a desk, and discloses too much: name a place as well."""


class Wanted(msgspec.Struct, frozen=True):
    """What somebody is looked for by."""

    by: Literal["cnic", "phone", "name"]
    text: str


class Found(msgspec.Struct, frozen=True):
    """A household found, and the member who matched, where one did."""

    household: UUID
    member: UUID | None
    line: int | None
    place: str
    members: int


def find_households(registry: Registry, wanted: Wanted | None, place: str | None) -> list[Found]:
    """Find households; without anybody wanted, all in a place.

    Raises Rejected for a text that is no CNIC or phone, Refused where too many are found.
    """
    if place is not None and (problem := registry.places.find_problem(place)):
        raise Refused(problem)
    if wanted is not None and wanted.by == "cnic":
        token = registry.door.token(wanted.text)
        holder = registry.door.find_holders([token]).get(token)
        found = [] if holder is None else _described(registry, holder.household_id, [token])
    else:
        tokens = _tokens(registry, wanted) if wanted is not None else []
        households = _households_with(registry, tokens, place)
        if len(households) > FOUND_MAX:
            raise Refused(f"More than {FOUND_MAX} households match: narrow the search with --place, or use a CNIC.")
        found = [one for household in households for one in _described(registry, household, tokens)]
    return [one for one in found if place is None or one.place.startswith(place)]


def _tokens(registry: Registry, wanted: Wanted) -> list[UUID]:
    key = registry.keyring.token_key()
    if wanted.by == "phone":
        return [phone_token(key, wanted.text)]
    tokens = list(name_tokens(key, wanted.text))
    if not tokens:
        raise Refused("That is no name: give at least one word of letters.")
    return tokens


def _households_with(registry: Registry, tokens: list[UUID], place: str | None) -> list[UUID]:
    """Households in a place whose kept tokens hold all of these; without tokens all of the place."""
    query = _WITH_TOKENS if tokens else _IN_PLACE
    rows = registry.rows(query, {"tokens": tokens, "place": f"{place or ''}%", "limit": FOUND_MAX + 1})
    return [row[0] for row in rows]


_IN_PLACE = "SELECT household_id FROM households WHERE merged_into IS NULL AND place LIKE %(place)s LIMIT %(limit)s"
_WITH_TOKENS = """
    SELECT household_id FROM roster_lookup JOIN households USING (household_id)
    WHERE tokens @> %(tokens)s::uuid[] AND merged_into IS NULL AND place LIKE %(place)s LIMIT %(limit)s"""


def _described(registry: Registry, household: UUID, tokens: list[UUID]) -> list[Found]:
    """The household, with the members who carry one of the tokens; with none of them where a phone matched."""
    state = registry.reader.household(household)
    if state is None:
        return []
    wanted = set(tokens)
    matching = [
        member for member in state.roster.values() if member.token in wanted or wanted & set(member.name_tokens)
    ]
    best = [member for member in matching if wanted <= {member.token, *member.name_tokens}] or matching
    place, members = state.place.code, len(state.roster)
    return [Found(household, member.member_id, member.line, place, members) for member in best] or [
        Found(household, None, None, place, members)
    ]
