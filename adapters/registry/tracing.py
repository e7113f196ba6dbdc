"""Following one person through the histories of households: who she was there, and where else she is or was."""

from collections.abc import Callable, Iterable
from datetime import date
from uuid import UUID

from msgspec.structs import replace

from adapters.registry.reading import History
from domain.event import Recorded
from domain.household.events import (
    Corrected,
    DuplicateAbsorbed,
    Formed,
    HouseholdEvent,
    MemberJoined,
    MemberLeft,
    MergedInto,
    Registered,
    Resurveyed,
    Survey,
)
from domain.household.state import Household, fold
from domain.questionnaire.answers import Member
from domain.refusal import Rejected


def whom_to_recognise(history: History, on: date) -> Household | None:
    """A household whose roster holds everybody that a survey of a day may mean.

    They are those on the roster of that day, those on it now, and whoever stood on it before, who is recognised by her
    number alone, since somebody else may bear her name by now. So a survey that arrives late, or is corrected, speaks
    of the same members as the events that came after its day.
    """
    now = fold(history)
    if now is None:
        return None
    then = fold(history, as_of=on)
    before = {
        member.member_id: replace(member, name_tokens=())
        for member in _ever_stated(history)
        if member.token is not None and member.member_id not in now.erased
    }
    return replace(now, roster=before | now.roster | (then.roster if then else {}))


def find_on_roster(history: History, member_id: UUID | None, token: UUID | None) -> Member | None:
    """The member of these who stands on a household's roster, or stood there last; not one who was erased."""
    now = fold(history)
    if now is None:
        return None
    ever = {member.member_id: member for member in _ever_stated(history)} | now.roster
    return next(
        (
            member
            for member in reversed(ever.values())
            if (member.member_id == member_id or (token is not None and member.token == token))
            and member.member_id not in now.erased
        ),
        None,
    )


def trace(member: UUID, begin: UUID, history_of: Callable[[UUID], History]) -> dict[UUID, History]:
    """Every household on whose roster a person is or was, with its history, as moves and merges lead to it.

    The first one comes first, whether or not she was ever there.
    """
    found: dict[UUID, History] = {}
    todo = [begin]
    while todo:
        household = todo.pop()
        if household not in found:
            found[household] = history_of(household)
            todo += _led_to(member, found[household])
    return {
        household: history
        for household, history in found.items()
        if household == begin or first_day(member, history) is not None
    }


def lives_elsewhere(member: UUID, household: UUID, histories: dict[UUID, History]) -> bool:
    """Whether a person stands now on the roster of another of these households, one that still has its keys."""
    others = (fold(history) for each, history in histories.items() if each != household)
    return any(
        member in other.roster and other.merged_into is None and other.keys_destroyed_on is None
        for other in others
        if other is not None
    )


def first_day(member: UUID, history: History) -> date | None:
    """The first day on which a household's history has a person on its roster."""
    return min((one.event.on for one in history if any(m.member_id == member for m in _stated(one))), default=None)


def _led_to(member: UUID, history: History) -> Iterable[UUID]:
    for recorded in history:
        match recorded.event:
            case MemberLeft(member_id=who, to_household=household) if who == member and household is not None:
                yield household
            case MemberJoined(member=joined, from_household=household) if (
                joined.member_id == member and household is not None
            ):
                yield household
            case Formed(from_household=household, roster=roster) if any(each.member_id == member for each in roster):
                yield household
            case MergedInto(survivor=household) | DuplicateAbsorbed(duplicate=household):
                yield household
            case _:
                pass


def _ever_stated(history: History) -> Iterable[Member]:
    return (member for recorded in history for member in _stated(recorded))


def _stated(recorded: Recorded[HouseholdEvent]) -> tuple[Member, ...]:
    match recorded.event:
        case Registered(survey=survey) | Resurveyed(survey=survey) | Corrected(survey=survey):
            return survey.roster
        case Formed(roster=roster):
            return roster
        case MemberJoined(member=member):
            return (member,)
        case _:
            return ()


def refuse_the_erased(history: History, survey: Survey) -> None:
    """A correction of what was recorded before an erasure may not bring the erased person's number back."""
    state = fold(history)
    erased = state.erased if state is not None else frozenset()
    numbers = {member.token for member in _ever_stated(history) if member.member_id in erased} - {None}
    if lines := [member.line for member in survey.roster if member.token in numbers]:
        raise Rejected(
            f"Person {lines[0]} was erased at her request: leave her number and name out, and give her member_id alone."
        )
