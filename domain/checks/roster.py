"""Checks on the whole roster, and on the families in it: one pass over the members, sentences only where it failed."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from domain.checks.finding import Finding
from domain.checks.limits import ADULT_AGE, ROSTER_LARGE
from domain.checks.persons import check_person
from domain.checks.relatives import GENERATIONS_BELOW_HEAD, check_links, check_under_head
from domain.checks.table import finding
from domain.questionnaire.answers import Family, Member
from domain.questionnaire.codes import FamilyKind, Relation

_HEAD, _SPOUSE, _ALPHA = Relation.HEAD, Relation.SPOUSE, FamilyKind.ALPHA


def check_roster(on: date, roster: Sequence[Member], found: list[Finding]) -> dict[int, Member]:
    """Add what contradicts itself in a roster; gives the members by the number of their id for whoever looks further.

    Ids are held against each other by number: a UUID is hashed and compared in Python, which took half of the time.
    """
    by_id = {member.member_id.int: member for member in roster}
    heads: list[Member] = []
    spouses: list[Member] = []
    near: list[Member] = []
    lines: list[int] = []
    tokens: list[int] = []
    for member in roster:
        relation = member.relation
        if relation is _HEAD:
            heads.append(member)
        elif relation is _SPOUSE:
            spouses.append(member)
        elif GENERATIONS_BELOW_HEAD[relation]:
            near.append(member)
        lines.append(member.line)
        if member.token is not None:
            tokens.append(member.token.int)
        check_person(on, member, found)
        check_links(member, by_id, found)
    if len(heads) == 1:
        check_under_head(heads[0], spouses, near, found)
    else:
        _report_heads(roster, heads, found)
    if len(by_id) != len(roster) or len(set(lines)) != len(lines) or len(set(tokens)) != len(tokens):
        _report_repeated(roster, found)
    if not 0 < len(roster) <= ROSTER_LARGE or min(lines) < 1:
        _report_size(roster, found)
    return by_id


def _report_heads(roster: Sequence[Member], heads: list[Member], found: list[Finding]) -> None:
    if not roster:
        found.append(finding("roster_empty", "The roster holds nobody."))
    elif not heads:
        found.append(finding("head_missing", f"None of the {len(roster)} members is the head."))
    else:
        found.append(finding("heads_several", f"Lines {_lines(heads)} are all recorded as head.", *heads))


def _report_size(roster: Sequence[Member], found: list[Finding]) -> None:
    if len(roster) > ROSTER_LARGE:
        found.append(finding("roster_large", f"The roster holds {len(roster)} members."))
    for member in roster:
        if member.line < 1:
            what = f"A member stands on line {member.line}."
            found.append(finding("line_not_positive", what, member))


def _report_repeated(roster: Sequence[Member], found: list[Finding]) -> None:
    for same in _sharing(roster, lambda member: member.member_id):
        what = f"Lines {_lines(same)} are one member."
        found.append(finding("member_twice", what, *same))
    for same in _sharing(roster, lambda member: member.line):
        what = f"{len(same)} members stand on line {same[0].line}."
        found.append(finding("line_twice", what, *same))
    for same in _sharing(roster, lambda member: member.token):
        what = f"Lines {_lines(same)} have the same CNIC or B-form number."
        found.append(finding("cnic_twice", what, *same))


def _sharing(roster: Sequence[Member], key_of: Callable[[Member], UUID | int | None]) -> list[list[Member]]:
    """Members that share a key, in roster order; a member without one shares nothing."""
    holders: dict[UUID | int, list[Member]] = {}
    for member in roster:
        key = key_of(member)
        if key is not None:
            holders.setdefault(key, []).append(member)
    return [members for members in holders.values() if len(members) > 1]


def _lines(members: Sequence[Member]) -> str:
    return " and ".join(str(member.line) for member in members)


def check_families(
    families: Sequence[Family], roster: Sequence[Member], by_id: dict[int, Member], found: list[Finding]
) -> None:
    """Hold the families against the roster; called where families are listed at all."""
    numbers = {family.number for family in families}
    inhabited = {member.family for member in roster}
    if len(numbers) != len(families) or numbers != inhabited:
        _report_families(families, roster, found)
    alphas = 0
    for family in families:
        if family.kind is _ALPHA:
            alphas += 1
        if family.recipient is not None:
            _check_recipient(family, by_id.get(family.recipient.int), found)
    if alphas > 1:
        found.append(finding("alpha_families_several", f"The roster holds {alphas} alpha families."))


def _report_families(families: Sequence[Family], roster: Sequence[Member], found: list[Finding]) -> None:
    listed = Counter(family.number for family in families)
    inhabited = {member.family for member in roster}
    for number, times in listed.items():
        if times > 1:
            found.append(finding("family_twice", f"Family {number} is listed {times} times."))
        if number not in inhabited:
            found.append(finding("family_empty", f"Nobody on the roster belongs to family {number}."))
    for member in roster:
        if member.family not in listed:
            what = f"The member on line {member.line} belongs to family {member.family}, which is not listed."
            found.append(finding("family_not_listed", what, member))


def _check_recipient(family: Family, recipient: Member | None, found: list[Finding]) -> None:
    if recipient is None:
        what = f"The recipient of family {family.number} is not on the roster."
        found.append(finding("recipient_not_in_family", what))
    elif recipient.family != family.number:
        what = f"The recipient of family {family.number} is on line {recipient.line}, in family {recipient.family}."
        found.append(finding("recipient_not_in_family", what, recipient))
    elif recipient.age is not None and recipient.age < ADULT_AGE:
        what = f"The recipient of family {family.number} on line {recipient.line} is {recipient.age}."
        found.append(finding("recipient_under_18", what, recipient))
