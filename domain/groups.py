"""Groups of households over which a shock may be declared: who belongs to one is decided from the roster alone.

Sources: Ehsaas Emergency Cash of 2020 was for those who live by daily wages (The Nation, 12 November 2020); after the
floods of 2010 families headed by women or by disabled persons were paid beside those on the list of damage (enrolment
guidelines of the Citizens Damage Compensation Program). The registry knows certified disability of every member, and
its programmes ask for that, so it stands for the last.
"""

from collections.abc import Callable, Iterable

from domain.questionnaire.answers import Member
from domain.questionnaire.codes import EmploymentNature, Group, Relation, Sex

_HAS: dict[Group, Callable[[Member], bool]] = {
    Group.DAY_LABOUR: lambda member: member.employment_nature is EmploymentNature.DAY_LABOUR,
    Group.MEMBER_CERTIFIED_DISABLED: lambda member: member.disability_certified,
    Group.WOMAN_HEADED: lambda member: member.relation is Relation.HEAD and member.sex is Sex.FEMALE,
}
assert _HAS.keys() == set(Group), "every group has its condition"


def groups_of(roster: Iterable[Member]) -> frozenset[Group]:
    """The groups to which a household with this roster belongs: one member of whom it is so is enough."""
    members = tuple(roster)
    return frozenset(group for group, has in _HAS.items() if any(map(has, members)))
