"""A programme: its rule, and the cut-offs it was given over time. Each cut-off names the scorecard it was made for."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import ClassVar, Final, assert_never

import msgspec
from msgspec.structs import replace

from domain.code import Code
from domain.event import Event
from domain.questionnaire.codes import Comparison
from domain.refusal import Rejected
from domain.relief import HUNDRED_PERCENT


class Recipients(Code):
    """Who in a household is paid."""

    EVER_MARRIED_WOMEN_AND_TRANSGENDER_PERSONS = 1
    CHILDREN_IN_SCHOOL = 2
    PREGNANT_OR_LACTATING_WOMEN_AND_INFANTS = 3
    HEAD = 4


class Relaxation(Code):
    """A circumstance under which a higher cut-off holds."""

    MEMBER_CERTIFIED_DISABLED = 1
    TRANSGENDER_MEMBER = 2


class Amount(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """What is paid in a quarter from a day on, in paisa, to whom (`what` names the kind of payment)."""

    from_day: date
    paisa: int
    what: str
    source: str


class AppealRule(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Who may appeal: non-beneficiaries whose score is at most this much over the cut-off."""

    points_over_cutoff_max: Decimal


class Rule(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """What makes a household eligible, beside the cut-off.

    after: programmes of which the household must be eligible for one. regions: P-codes, none for everywhere.
    filters: names of the profiling filters the programme may report. relief: only households hit by a declared shock
    that names this programme. reports: the programme tells whom it enrols. recertify_every_years: its clock, or none.
    """

    title: str
    recipients: Recipients
    needs_score: bool = True
    after: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    verification: bool = False
    relief: bool = False
    reports: bool = False
    recertify_every_years: int | None = None
    ages: tuple[int, int] | None = None
    appeal: AppealRule | None = None
    amounts: tuple[Amount, ...] = ()
    note: str = ""
    source: str = ""


class ProgrammeOpened(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A programme opened, or opened again with a changed rule."""

    name: ClassVar[str] = "programme.opened.v1"
    on: date
    programme: str
    rule: Rule
    rule_version: int
    authority: str = ""


class CutOffSet(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A programme was given a cut-off for one scorecard, from a day on.

    `relaxed` gives the higher cut-off where a circumstance holds. `illustration`: not the agency's own formula.
    """

    name: ClassVar[str] = "programme.cutoff_set.v1"
    on: date
    programme: str
    value: Decimal
    comparison: Comparison
    scorecard: bytes
    scorecard_id: str
    relaxed: dict[Relaxation, Decimal] = msgspec.field(default_factory=dict)
    illustration: bool = False
    source: str = ""


class ReliefShareSet(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A relief programme is given, from a day on, to the poorest share of the households of each notified tehsil."""

    name: ClassVar[str] = "programme.relief_share_set.v1"
    on: date
    programme: str
    poorest_percent: int
    source: str = ""


class ProgrammeClosed(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A programme closed; nobody is eligible for it from that day on."""

    name: ClassVar[str] = "programme.closed.v1"
    on: date
    programme: str
    reason: str


ProgrammeEvent = ProgrammeOpened | CutOffSet | ReliefShareSet | ProgrammeClosed


class Programme(msgspec.Struct, frozen=True, gc=False):
    """A programme as its events describe it, in order of recording; each of them counts from its own day."""

    turns: tuple[ProgrammeOpened | ProgrammeClosed, ...]
    cutoffs: tuple[CutOffSet, ...] = ()
    shares: tuple[ReliefShareSet, ...] = ()

    @property
    def programme_id(self) -> str:
        """The programme's name in the registry."""
        return self.turns[-1].programme

    @property
    def latest(self) -> ProgrammeOpened:
        """The opening recorded last; `find_opening` tells which one holds on a day."""
        return next(turn for turn in reversed(self.turns) if isinstance(turn, ProgrammeOpened))

    @property
    def rule(self) -> Rule:
        """The rule recorded last."""
        return self.latest.rule

    @property
    def rule_version(self) -> int:
        """The version of the rule recorded last."""
        return self.latest.rule_version

    @property
    def opened_on(self) -> date:
        """The first day on which it was open."""
        return min(turn.on for turn in self.turns if isinstance(turn, ProgrammeOpened))

    @property
    def closed_on(self) -> date | None:
        """The day it was closed, unless it was opened again since."""
        return self.turns[-1].on if isinstance(self.turns[-1], ProgrammeClosed) else None

    def find_cutoff(self, today: date) -> CutOffSet | None:
        """The cut-off in force: of those that have begun, the one that began last."""
        begun = [cutoff for cutoff in self.cutoffs if cutoff.on <= today]
        return max(enumerate(begun), key=lambda pair: (pair[1].on, pair[0]))[1] if begun else None

    def find_share(self, today: date) -> int | None:
        """The poorest share in force, in percent: of those that have begun, the one that began last."""
        begun = [share for share in self.shares if share.on <= today]
        return max(enumerate(begun), key=lambda pair: (pair[1].on, pair[0]))[1].poorest_percent if begun else None

    def find_opening(self, today: date) -> ProgrammeOpened | None:
        """The opening, with its rule, that holds on this day; nothing where the programme is not open then."""
        begun = [turn for turn in self.turns if turn.on <= today]
        last = max(enumerate(begun), key=lambda pair: (pair[1].on, pair[0]))[1] if begun else None
        return last if isinstance(last, ProgrammeOpened) else None

    def is_open(self, today: date) -> bool:
        """Whether the programme has opened and not closed by this day."""
        return self.find_opening(today) is not None


def evolve(programme: Programme | None, event: ProgrammeEvent) -> Programme | None:
    """Take one event in; it holds no rules."""
    match event:
        case ProgrammeOpened() if programme is None:
            return Programme((event,))
        case _ if programme is None:
            return None
        case ProgrammeOpened() | ProgrammeClosed():
            return replace(programme, turns=(*programme.turns, event))
        case CutOffSet():
            return replace(programme, cutoffs=(*programme.cutoffs, event))
        case ReliefShareSet():
            return replace(programme, shares=(*programme.shares, event))
        case _:
            assert_never(event)


class OpenProgramme(msgspec.Struct, frozen=True):
    """Open a programme with this rule, or give an open one a new rule."""

    programme: str
    rule: Rule
    on: date
    authority: str = ""


class SetCutOff(msgspec.Struct, frozen=True):
    """Give a programme a cut-off that is made for one scorecard."""

    programme: str
    value: Decimal
    comparison: Comparison
    scorecard: bytes
    scorecard_id: str
    on: date
    relaxed: dict[Relaxation, Decimal] = msgspec.field(default_factory=dict)
    illustration: bool = False
    source: str = ""


class SetReliefShare(msgspec.Struct, frozen=True):
    """Give a relief programme to the poorest share of the households of each notified tehsil."""

    programme: str
    poorest_percent: int
    on: date
    source: str = ""


class CloseProgramme(msgspec.Struct, frozen=True):
    """Close a programme from a day on."""

    programme: str
    on: date
    reason: str


ProgrammeCommand = OpenProgramme | SetCutOff | SetReliefShare | CloseProgramme

NONE_ADOPTED: Final[Mapping[bytes, date]] = {}
NONE_KNOWN: Final[Mapping[str, Programme]] = {}


def decide(
    command: ProgrammeCommand,
    programme: Programme | None,
    adopted: Mapping[bytes, date] = NONE_ADOPTED,
    known: Mapping[str, Programme] = NONE_KNOWN,
) -> list[ProgrammeEvent]:
    """Decide about a programme.

    `adopted`: from which day each scorecard may be used, by its hash; `known`: all programmes by their names.
    """
    match command:
        case OpenProgramme():
            return _open(command, programme, known)
        case SetCutOff():
            return _set_cutoff(command, _opened(programme, command.programme), adopted)
        case SetReliefShare():
            return _set_share(command, _opened(programme, command.programme))
        case CloseProgramme(on=on, reason=reason):
            opened = _opened(programme, command.programme)
            if opened.closed_on is not None:
                return []
            if on < opened.opened_on:
                raise Rejected(f"{command.programme} opened on {opened.opened_on}: it cannot close before, on {on}.")
            return [ProgrammeClosed(on, command.programme, reason)]
        case _:
            assert_never(command)


def _open(command: OpenProgramme, programme: Programme | None, known: Mapping[str, Programme]) -> list[ProgrammeEvent]:
    name, rule, on = command.programme, command.rule, command.on
    if programme is not None and programme.rule == rule and programme.closed_on is None:
        return []
    if missing := [parent for parent in rule.after if parent not in known]:
        raise Rejected(f"{name} is assessed after {', '.join(missing)}, which is not open: open that programme first.")
    if name in ancestors(name, {other: each.rule.after for other, each in known.items()} | {name: rule.after}):
        raise Rejected(
            f"{name} would be assessed after itself: take it out of what {', '.join(rule.after)} comes after."
        )
    return [ProgrammeOpened(on, name, rule, programme.rule_version + 1 if programme else 1, command.authority)]


def ancestors(name: str, after: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Every programme that must be assessed before this one, near and far; `after` gives the near ones of each."""
    found: set[str] = set()
    todo = list(after.get(name, ()))
    while todo:
        parent = todo.pop()
        if parent not in found:
            found.add(parent)
            todo += after.get(parent, ())
    return frozenset(found)


def _set_cutoff(command: SetCutOff, programme: Programme, adopted: Mapping[bytes, date]) -> list[ProgrammeEvent]:
    if not programme.rule.needs_score:
        raise Rejected(f"{command.programme} does not look at the score, so it takes no cut-off.")
    if programme.shares:
        raise Rejected(
            f"{command.programme} is given to the poorest {programme.shares[-1].poorest_percent}% of each tehsil, so "
            "it takes no cut-off: open a programme of another name for that."
        )
    usable_from = adopted.get(command.scorecard)
    if usable_from is None:
        raise Rejected(f"The cut-off names scorecard {command.scorecard_id}, which is not adopted: adopt it first.")
    if command.on < usable_from:
        raise Rejected(
            f"Scorecard {command.scorecard_id} may be used from {usable_from} on: a cut-off for it cannot begin on "
            f"{command.on}."
        )
    event = CutOffSet(
        on=command.on,
        programme=command.programme,
        value=command.value,
        comparison=command.comparison,
        scorecard=command.scorecard,
        scorecard_id=command.scorecard_id,
        relaxed=command.relaxed,
        illustration=command.illustration,
        source=command.source,
    )
    return [] if programme.cutoffs and programme.cutoffs[-1] == event else [event]


def _set_share(command: SetReliefShare, programme: Programme) -> list[ProgrammeEvent]:
    name, percent = command.programme, command.poorest_percent
    if not programme.rule.relief or not programme.rule.needs_score:
        raise Rejected(f"{name} is not a relief programme that looks at the score, so it takes no poorest share.")
    if programme.cutoffs:
        raise Rejected(
            f"{name} has a cut-off, so it takes no poorest share: open a programme of another name for that."
        )
    if not 1 <= percent < HUNDRED_PERCENT:
        raise Rejected(f"A poorest share is from 1 to 99 percent, and not {percent}; for all, leave the score out.")
    event = ReliefShareSet(command.on, name, percent, command.source)
    return [] if programme.shares and programme.shares[-1] == event else [event]


def _opened(programme: Programme | None, name: str) -> Programme:
    if programme is None:
        raise Rejected(f"Programme {name} is not open: open it first.")
    return programme
