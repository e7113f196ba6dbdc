"""Which households belonged to a group over which a shock may be declared, and from when until when."""

from collections.abc import Iterator
from datetime import date

from domain.groups import groups_of
from domain.household.state import Household
from domain.questionnaire.codes import Group
from projections.changes import Column, Row, Table
from projections.known import Known

GROUP_MEMBERSHIPS = Table(
    "group_memberships",
    "To which groups did a household belong, from which day and until when?",
    (
        Column("household_id", "uuid"),
        Column("belongs_to", "int2"),
        Column("since_on", "date"),
        Column("until_on", "date", nullable=True),
    ),
    key_columns=3,
)


def group_membership_rows(known: Known | None) -> list[Row]:
    """List the stays in each group; `until_on` is the day from which it belonged to it no more, none while it does."""
    if known is None or known.household is None:
        return []
    rows: list[Row] = []
    began: dict[Group, date] = {}
    for since, groups in _course(known.household):
        rows += [(known.household_id, group, began.pop(group), since) for group in sorted(began.keys() - groups)]
        for group in groups:
            began.setdefault(group, since)
    return [*rows, *((known.household_id, group, since, None) for group, since in sorted(began.items()))]


def _course(household: Household) -> Iterator[tuple[date, frozenset[Group]]]:
    """The groups from each day on; a roster that was another one on the day on which it came is none of them."""
    since = household.known_since
    for until, roster in household.former_rosters:
        if since < until:
            yield since, groups_of(roster.values())
        since = until
    yield since, groups_of(household.roster.values())
