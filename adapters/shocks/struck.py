"""The households that a shock struck, as a part of a query.

It finds whom `Shock.find_struck` finds, in tables instead of in one household: those who have not moved since by where
they live, the others by the place that they left first after the impact; where it struck groups, only those who
belonged to one of them on that day. A duplicate that was merged is left out.
"""
# ruff: noqa: S608 - queries are made of constants and of names for parameters

from collections.abc import Iterator, Sequence

from domain.questionnaire.codes import Group
from domain.shock import Notified

Parameters = dict[str, object]

TEHSIL_LETTERS = 7
"""A P-code this long names a tehsil; its first five letters are the district's, three the region's."""


def struck(notified: Sequence[Notified]) -> tuple[str, Parameters]:
    """Write the query of household_id, members, place and union_council, the last two as they were at the impact.

    A household that several notifications struck is there once, where the first of them did.
    """
    parameters: Parameters = {}
    parts = [part for number, each in enumerate(notified) for part in _parts(number, each, parameters)]
    together = " UNION ALL ".join(parts)
    if len(notified) == 1:
        return together, parameters
    first = f"SELECT DISTINCT ON (household_id) * FROM ({together}) AS hit ORDER BY household_id, number"
    return f"SELECT household_id, members, place, union_council FROM ({first}) AS once", parameters


def _parts(number: int, notified: Notified, parameters: Parameters) -> Iterator[str]:
    day = f"%(impact_{number})s"
    parameters[f"impact_{number}"] = notified.impact_on
    known = f"h.registered_on <= {day} AND h.merged_into IS NULL"
    if notified.groups:
        known += f" AND {belonged('h', f'groups_{number}', day, notified.groups, parameters)}"
    later = f"f.household_id = h.household_id AND f.until_on > {day}"
    yield (
        f"SELECT h.household_id, h.members, h.place, h.union_council, {number} AS number FROM households h"
        f" WHERE {within('h', f'stayed_{number}', notified.places, parameters)} AND {known}"
        f" AND NOT EXISTS (SELECT FROM former_places f WHERE {later})"
    )
    yield (
        f"SELECT h.household_id, h.members, f.place, f.union_council, {number} FROM former_places f"
        f" JOIN households h ON {later}"
        f" WHERE {within('f', f'left_{number}', notified.places, parameters)} AND {known}"
        " AND NOT EXISTS (SELECT FROM former_places e WHERE e.household_id = f.household_id"
        f" AND e.until_on > {day} AND e.until_on < f.until_on)"
    )


def belonged(alias: str, name: str, day: str, groups: Sequence[Group], parameters: Parameters) -> str:
    """Write the condition that a household belonged to one of these groups on a day, which is an expression in SQL."""
    parameters[name] = list(map(int, groups))
    return (
        f"EXISTS (SELECT FROM group_memberships g WHERE g.household_id = {alias}.household_id"
        f" AND g.belongs_to = ANY(%({name})s::smallint[]) AND g.since_on <= {day}"
        f" AND (g.until_on IS NULL OR g.until_on > {day}))"
    )


def within(alias: str, name: str, places: Sequence[str], parameters: Parameters) -> str:
    """Write the condition that a row lies in one of these places, as a shock names places."""
    conditions = []
    for number, code in enumerate(places):
        official, _, council = code.partition("/")
        parameters[f"{name}_{number}"] = f"{official}%"
        condition = f"{alias}.place LIKE %({name}_{number})s"
        if council:
            parameters[f"{name}_{number}_council"] = council
            condition += f" AND {alias}.union_council = %({name}_{number}_council)s"
        conditions.append(f"({condition})")
    return f"({' OR '.join(conditions)})"


def whole_tehsils(notified: Sequence[Notified]) -> tuple[Notified, ...]:
    """The same with whole tehsils in place of union councils and everybody in place of groups.

    A threshold is that of its tehsil.
    """
    return tuple(
        Notified(each.impact_on, tuple(dict.fromkeys(code.partition("/")[0] for code in each.places)))
        for each in notified
    )
